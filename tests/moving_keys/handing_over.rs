//! `byok export --encrypted` on one side, `byok import` on the other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::home;
use crate::samples::{GROQ, OPENAI, OPENAI_2};
use crate::tools::tool;
use crate::world::World;

/// The recipient of a home.
fn recipient(world: &World) -> String {
    let shown: serde_json::Value = serde_json::from_slice(&world.byok("identity show --json").output().stdout).unwrap();
    shown["recipients"][0].as_str().unwrap().to_owned()
}

fn other() -> World {
    let world = World::new();
    world.byok("init --identity file").go();
    world
}

#[test]
fn keys_go_from_one_person_to_another() {
    let (ours, theirs) = (home(), other());
    let export = ours.byok("export --encrypted openai:* --tag trial -o keys.age --to").arg(recipient(&theirs));
    export.stderr_holds(&["sealed `openai:old` for 1 recipient", "byok import byok --file"]).check();
    let file = ours.path("keys.age");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let import = || theirs.byok("import").arg(&file).env("HOME", theirs.path("user"));
    import()
        .code(2)
        .stdout_holds(&["openai:old", "new"])
        .stderr_holds(&["nobody is here to confirm", "--yes`"])
        .check();
    let dry = import().arg("--dry-run").stdout_holds(&["new"]);
    dry.stderr_holds(&["whoever knows your recipient can seal such a file", "nothing was changed"]).check();
    assert_eq!(theirs.byok("has openai").output().status.code(), Some(3));
    import().arg("--yes").stdout_holds(&["openai:old"]).stderr_holds(&["1 key sealed in profile `default`"]).check();
    theirs.byok("get openai:old").stdout(OPENAI_2).check();
    theirs.byok("show openai:old").stdout_holds(&["mine", "trial", "MY_KEY"]).check();
    import().stdout_holds(&["same"]).stderr_holds(&["0 keys sealed"]).check();
    // By the name of the tool as well.
    let named = theirs.byok("import byok --json --dry-run --file").arg(&file).env("HOME", theirs.path("user"));
    named.stdout_holds(&["\"result\": \"same\"", "\"version\": 1"]).check();
    // What differs gives way only when told.
    theirs.byok("add openai:old --stdin --as-is --replace").stdin("sk-mine-0123456789abcdef").go();
    import().arg("--yes").stdout_holds(&["different"]).stderr_holds(&["--replace`", "0 keys"]).check();
    theirs.byok("get openai:old").stdout("sk-mine-0123456789abcdef").check();
    import().args("--yes --replace").stdout_holds(&["takes the place of"]).stderr_holds(&["1 key sealed"]).check();
    theirs.byok("get openai:old").stdout(OPENAI_2).check();
}

#[test]
fn what_a_key_was_before_and_admin_keys_stay_here() {
    let (ours, theirs) = (home(), other());
    ours.byok("rotate openai:old --stdin --no-test --as-is --keep 7d").stdin("sk-after-rotation-0123456789").go();
    ours.byok("add anthropic:boss --admin --stdin --as-is").stdin("sk-ant-admin01-boss-0123456789").go();
    ours.byok("export --encrypted * -o all.age --to").arg(recipient(&theirs)).arg("--to").arg(recipient(&ours)).go();
    let Some(age) = tool(&["age"]) else { return };
    let identity = ours.home().join("identity.txt");
    let opened = |path: &std::path::Path| {
        let output = Command::new(&age).arg("-d").arg("-i").arg(&identity).arg(path).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (here, text) = (opened(&ours.sealed()), opened(&ours.path("all.age")));
    assert!(here.contains("previous") && here.contains("boss"), "{here}");
    assert!(text.contains(OPENAI) && text.contains(GROQ), "{text}");
    assert!(!text.contains("previous") && !text.contains("boss") && !text.contains("tested"), "{text}");
    let vault = |text: &str| text.lines().find(|line| line.starts_with("vault")).map(str::to_owned);
    assert!(vault(&text).is_some() && vault(&text) != vault(&here));
    theirs.byok("import --yes").arg(ours.path("all.age")).env("HOME", theirs.path("user")).go();
    theirs.byok("get groq").stdout(GROQ).check();
    // What a bare provider meant there, it means here, where there was no key of it.
    theirs.byok("get openai").stdout("sk-after-rotation-0123456789").check();
}

#[test]
fn where_a_key_leads_is_shown_before_it_is_taken_in() {
    let (ours, theirs) = (home(), other());
    ours.byok("edit groq --endpoint https://elsewhere.example/v1 --env EVIL_NAME --no-test").go();
    ours.byok("edit openai:old --disable").go();
    ours.byok("add anthropic:boss --admin --stdin --as-is").stdin("sk-ant-admin01-boss-0123456789").go();
    ours.byok("export --encrypted groq openai:old anthropic:boss -o keys.age --to").arg(recipient(&theirs)).go();
    let import = |more: &str| {
        theirs.byok("import").arg(ours.path("keys.age")).args(more).env("HOME", theirs.path("user")).code(0)
    };
    let leads = ["new, to https://elsewhere.example/v1, exported as EVIL_NAME", "new, an admin key", ", disabled"];
    import("").code(2).stdout_holds(&leads).stderr_holds(&["nobody is here to confirm"]).check();
    import("--dry-run").stdout_holds(&leads).stderr_holds(&["nothing was changed"]).check();
    let output = import("--dry-run --json").output();
    assert!(String::from_utf8_lossy(&output.stdout).contains("exported as EVIL_NAME"));
    import("--yes").stdout_holds(&leads).stderr_holds(&["3 keys sealed"]).check();
    theirs.byok("edit groq --note mine --env").arg("").go();
    import("--dry-run").stdout_holds(&["differs in env, note"]).stderr_holds(&["--replace`"]).check();
}

#[test]
fn a_key_under_the_name_of_an_address_is_not_handed_out_so() {
    let world = home();
    for name in ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL"] {
        let told = [name, "programs look for a provider's address", "hint: "];
        world.byok("edit groq --env").arg(name).code(2).stderr_holds(&told).check();
        let add = world.byok("add mistral --stdin --as-is --env").arg(name).stdin("mistral-0123456789abcdefghijklmn");
        add.code(2).stderr_holds(&told).check();
    }
    // An older byok, or another person, has stored one all the same.
    let Some(age) = tool(&["age"]) else { return };
    let identity = world.home().join("identity.txt");
    world.byok("export --encrypted groq -o keys.age --to").arg(recipient(&world)).go();
    let output = Command::new(&age).arg("-d").arg("-i").arg(&identity).arg(world.path("keys.age")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let evil = text.replace("provider = \"groq\"", "provider = \"groq\"\nenv = [\"OPENAI_BASE_URL\", \"MY_GROQ\"]");
    let evil = evil.replace("secret = \"", "secret = \"x");
    assert!(evil != text && evil.contains("OPENAI_BASE_URL"), "no such lines");
    let plain = world.file("plain", evil);
    let mut seal = Command::new(&age);
    seal.args(["-r", &recipient(&world), "-o"]).arg(world.path("evil.age")).arg(&plain);
    assert!(seal.status().unwrap().success());
    let import = world.byok("import --replace --yes").arg(world.path("evil.age")).env("HOME", world.path("user"));
    import.stdout_holds(&["exported as OPENAI_BASE_URL, MY_GROQ"]).stderr_holds(&["1 key sealed"]).check();
    let told = ["`OPENAI_BASE_URL` is not set from `groq:old`", "hint: `byok edit groq:old --env"];
    for verb in ["env groq", "env", "export --format json", "run -- env"] {
        let output = world.byok(verb).stdout_holds(&["MY_GROQ"]).stderr_holds(&told).check();
        assert!(!String::from_utf8_lossy(&output.stdout).contains("OPENAI_BASE_URL"), "{verb}");
    }
    let set = world.byok("env --unset").env("OPENAI_BASE_URL", format!("x{GROQ}"));
    set.stdout_holds(&["unset OPENAI_BASE_URL"]).stderr_holds(&told).check();
    world.byok("edit groq --env").arg("").go();
    let output = world.byok("env").stdout_holds(&["GROQ_API_KEY"]).check();
    assert!(output.stderr.is_empty());
}

#[test]
fn misuse_and_foreign_files_are_told() {
    let (ours, theirs) = (home(), other());
    let to = recipient(&theirs);
    ours.byok("export --encrypted openai:old --to llm -o x.age").code(2).stderr_holds(&["`llm` is a tool"]).check();
    ours.byok("export openai:old -o x.age --to").arg(&to).code(2).stderr_holds(&["--encrypted"]).check();
    ours.byok("export --to llm -o x").code(2).stderr_holds(&["`--to TOOL` cannot be used with"]).check();
    ours.byok("export --encrypted openai:old --to age1x -o x.age")
        .code(4)
        .stderr_holds(&["is no age recipient"])
        .check();
    ours.byok("export --encrypted mistral --to")
        .arg(&to)
        .arg("-o")
        .arg("x.age")
        .code(3)
        .stderr_holds(&["no key `mistral`"])
        .check();
    assert!(!ours.path("x.age").exists());
    ours.byok("export --encrypted openai:old -o for-them.age --to").arg(&to).go();
    let import = |path: &str| ours.byok("import --yes").arg(path).env("HOME", ours.path("user"));
    import("for-them.age").code(4).stderr_holds(&["it is sealed for another identity"]).check();
    ours.byok("backup home.age").go();
    import("home.age").code(4).stderr_holds(&["it is a backup of a whole home", "--dry-run`"]).check();
    ours.file("plain.age", OPENAI);
    let plain = import("plain.age").code(4).stderr_holds(&["it is not an age file"]).check();
    assert!(!String::from_utf8_lossy(&plain.stderr).contains(&OPENAI[8..24]));
    import("gone.age").code(1).stderr_holds(&["there is no file `gone.age`"]).check();
    import("byok").code(2).stderr_holds(&["`byok` has no file of its own"]).check();
}
