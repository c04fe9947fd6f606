//! `byok use`, `edit`, `rm`, `profile` and `provider`.

use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

fn two() -> World {
    World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2), ("groq", GROQ)])
}

#[test]
fn use_chooses_what_a_bare_provider_means() {
    let world = two();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("use openai:work").stderr("`openai` means `openai:work` now\n").check();
    world.byok("get openai").stdout(OPENAI_2).check();
    world.byok("env").stdout(format!("export OPENAI_API_KEY={OPENAI_2};\nexport GROQ_API_KEY={GROQ};\n")).check();
    world.byok("use openai:home").code(3).stderr_holds(&["there are `openai:default`, `openai:work`"]).check();
}

#[test]
fn two_keys_for_one_variable_are_never_blended() {
    let world = two();
    world
        .byok("env openai openai:work")
        .code(2)
        .stderr(
            "byok: error: `openai:default` and `openai:work` both set `OPENAI_API_KEY`\n\
             byok: hint: give one of them another variable: `byok edit openai:work --env OTHER_NAME`\n",
        )
        .check();
    world.byok("edit openai:work --env OPENAI_WORK_KEY").go();
    world
        .byok("env openai openai:work")
        .stdout(format!("export OPENAI_API_KEY={OPENAI};\nexport OPENAI_WORK_KEY={OPENAI_2};\n"))
        .check();
    world
        .byok("add my-proxy --stdin --env OPENAI_API_KEY")
        .stdin("a-secret-of-my-proxy")
        .stderr_holds(&["`openai:default` sets `OPENAI_API_KEY` already"])
        .check();
    world
        .byok("env --except groq")
        .stdout(format!("export OPENAI_API_KEY={OPENAI};\n"))
        .stderr_holds(&["`openai:default` and `my-proxy` both set `OPENAI_API_KEY`: it is set from `openai:default`"])
        .check();
}

#[test]
fn a_removal_is_confirmed() {
    let world = two();
    world
        .byok("rm groq")
        .code(2)
        .stderr("byok: error: nobody is here to confirm the removal\nbyok: hint: say it with `--yes`\n")
        .check();
    world
        .byok("rm openai --yes")
        .code(2)
        .stderr(
            "byok: error: `openai` has several keys\n\
             byok: hint: say which: `openai:default`, `openai:work`\n\
             byok: hint: or all of them: `byok rm openai --all`\n",
        )
        .check();
    world
        .byok("rm openai:default --yes")
        .stderr("removed `openai:default` from profile `default`\n`openai` means `openai:work` now\n")
        .check();
    world.byok("rm groq mistral --yes").code(3).stderr_holds(&["there is no key `mistral`"]).check();
    world.byok("has groq").check();
    world.byok("rm --all --yes").stderr("removed `groq`, `openai:work` from profile `default`\n").check();
    world.byok("list").stderr("profile `default` has no keys\n").check();
}

#[test]
fn an_edit_changes_what_is_known_and_never_the_secret() {
    let world = two();
    world.byok("edit groq").code(2).stderr_holds(&["nothing to change was given"]).check();
    world.byok("edit groq --note one --tag a --tag b").stderr("changed `groq`\n").check();
    world.byok("edit groq --note one --tag a").stderr("`groq` is so already; nothing was changed\n").check();
    world.byok("edit groq --untag a --note").arg("").go();
    let shown = String::from_utf8(world.byok("show groq").go().stdout).unwrap();
    assert!(!shown.contains("note") && shown.contains("tags         b\n"), "{shown}");
    world.byok("get groq").stdout(GROQ).check();
}

#[test]
fn profiles_are_apart() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("profile create work").stderr_holds(&["made profile `work`: "]).check();
    world.byok("profile create work").code(1).stderr_holds(&["there is a profile `work` already"]).check();
    world.byok("-p work env").check();
    world.byok("-p work add groq --stdin").stdin(GROQ).go();
    world.byok("env").env("BYOK_PROFILE", "work").stdout(format!("export GROQ_API_KEY={GROQ};\n")).check();
    world
        .byok("env -p default")
        .env("BYOK_PROFILE", "work")
        .stdout(format!("export OPENAI_API_KEY={OPENAI};\n"))
        .check();
    world.byok("profile use work").stderr("working on profile `work` from now on\n").check();
    world.byok("env").stdout(format!("export GROQ_API_KEY={GROQ};\n")).check();
    world
        .byok("profile list")
        .stdout("PROFILE  STATE   KEYS  STORE\ndefault          1     file\nwork     in use  1     file\n")
        .check();
    world.byok("profile copy work spare").stderr_holds(&["made profile `spare`"]).check();
    world.byok("-p spare get groq").stdout(GROQ).check();
    world.byok("profile rm spare").code(2).stderr_holds(&["say it with `--yes`"]).check();
    world.byok("profile rm spare --yes").stderr("removed profile `spare` and its key\n").check();
    world.byok("profile rm spare --yes").code(3).stderr_holds(&["there is no profile `spare`"]).check();
    world.byok("profile use spare").code(3).stderr_holds(&["`byok profile create spare`"]).check();
    for bad in ["../x", "/abs", "a/b", ".", "-rf", "A", "a b", ""] {
        world.run(["profile", "create", "--", bad]).code(2).stderr_holds(&["cannot use this name"]).check();
    }
}

#[test]
fn a_forged_profile_is_refused_until_it_is_accepted() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let other = World::new();
    let identity = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
    other
        .byok("add openai --stdin --endpoint https://evil.example/v1")
        .env("BYOK_IDENTITY", identity)
        .stdin(OPENAI_2)
        .go();
    std::fs::copy(other.sealed(), world.sealed()).unwrap();
    for verb in ["env", "list", "get openai", "rm openai --yes", "run -- true"] {
        world
            .byok(verb)
            .code(4)
            .stderr_holds(&["is not the one that byok wrote", "`byok profile accept default`"])
            .check();
    }
    world.byok("add groq --stdin").stdin(GROQ).code(4).stderr_holds(&["is not the one that byok wrote"]).check();
    world.byok("profile accept default").code(2).stderr_holds(&["to https://evil.example/v1", "`--yes`"]).check();
    world.byok("profile accept default --yes").stderr_holds(&["is trusted from now on"]).check();
    world.byok("get openai").stdout(OPENAI_2).check();
}

#[test]
fn an_older_copy_is_refused_until_it_is_accepted() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let old = std::fs::read(world.sealed()).unwrap();
    world.byok("add groq --stdin").stdin(GROQ).go();
    std::fs::write(world.sealed(), old).unwrap();
    world
        .byok("list")
        .code(4)
        .stderr(
            "byok: error: profile `default` is an older copy: generation 1, but 2 was seen\n\
             byok: hint: put the newest copy back\n\
             byok: hint: or go on from this one, without the later changes: `byok profile accept default`\n",
        )
        .check();
    world.byok("profile accept default --yes").go();
    world.byok("has openai").check();
}

#[test]
fn a_provider_of_ones_own_lies_over_the_built_in_ones() {
    let world = World::new();
    world
        .byok("provider add my-llm --name")
        .arg("My LLM")
        .arg("--env=MINE_KEY")
        .arg("--base-url=https://llm.example/v1")
        .stderr_holds(&["added provider `my-llm` to `", "`byok add my-llm`"])
        .check();
    world.byok("add my-llm --stdin").stdin(ANTHROPIC.replace("sk-ant-api03-", "")).go();
    world.byok("env").stdout_holds(&["export MINE_KEY="]).check();
    world.byok("provider show my-llm").stdout_holds(&["My LLM", "MINE_KEY", "https://llm.example/v1"]).check();
    world.byok("provider add my-llm").code(1).stderr_holds(&["is one of your providers already"]).check();
    world
        .byok("provider add other --base-url http://evil.example")
        .code(2)
        .stderr_holds(&["cannot use `--base-url`"])
        .check();
    world
        .byok("provider add other --env OPENAI_API_KEY")
        .code(1)
        .stderr_holds(&["this provider cannot be added", "openai"])
        .check();
    world.byok("provider rm my-llm").stderr_holds(&["took provider `my-llm` out of"]).check();
    world.byok("provider rm my-llm").code(3).stderr_holds(&["is not one of your own providers"]).check();
    world.byok("provider rm openai").code(3).stderr_holds(&["is not one of your own providers"]).check();
}

#[test]
fn providers_are_found_by_what_people_know_of_them() {
    let world = World::new();
    world.byok("provider list gemini").stdout_holds(&["google", "GEMINI_API_KEY"]).check();
    world
        .byok("provider show claude")
        .stdout_holds(&["anthropic", "ANTHROPIC_API_KEY", "https://console.anthropic.com"])
        .check();
    world.byok("provider list no-such-thing").code(3).stderr_holds(&["no provider matches"]).check();
    world.byok("provider show opnai").code(3).stderr_holds(&["did you mean `openai`?"]).check();
    let all = String::from_utf8(world.byok("provider list").go().stdout).unwrap();
    assert!(all.lines().count() > 250, "{}", all.lines().count());
}

#[test]
fn accepting_a_profile_shows_whom_it_opens_for_and_what_it_sets() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let identity = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let ours = identity.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let theirs = byok::seal::Identities::generate().recipients().remove(0);
    let forged = format!(
        "byok = 1\nvault = \"{}\"\ngeneration = 9\nrecipients = [\"{ours}\", \"{theirs}\"]\n\
         [[key]]\nprovider = \"openai\"\nsecret = \"{OPENAI_2}\"\nenv = [\"SOME_OTHER_NAME\"]\nadded = \"2026-11-20T14:06:34Z\"\n",
        "ab".repeat(32)
    );
    let sealed = byok::seal::seal(forged.as_bytes(), &[ours.to_owned()]).unwrap();
    std::fs::write(world.sealed(), sealed).unwrap();
    world
        .byok("profile accept default")
        .code(2)
        .stderr_holds(&[
            &format!("every key that you add to it will also open for {theirs}"),
            "exported as SOME_OTHER_NAME",
        ])
        .check();
}

#[test]
fn a_profile_that_another_program_sealed_for_more_is_not_shut_for_them() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let identities =
        byok::seal::Identities::parse(&std::fs::read_to_string(world.home().join("identity.txt")).unwrap());
    let identities = identities.unwrap();
    let content = byok::seal::open(&std::fs::read(world.sealed()).unwrap(), &identities).unwrap();
    let mut all = identities.recipients();
    all.extend(byok::seal::Identities::generate().recipients());
    let sealed = byok::seal::seal(&content, &all).unwrap();
    std::fs::write(world.sealed(), &sealed).unwrap();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("edit openai --note x").code(4).stderr_holds(&["was sealed for others as well"]).check();
    assert_eq!(std::fs::read(world.sealed()).unwrap(), sealed);
}

#[test]
fn settings_that_others_can_write_are_refused_and_links_are_kept() {
    let world = World::ordinary();
    let home = world.home();
    world.byok("add openai --stdin").stdin(OPENAI).go();
    let elsewhere = world.file("config-of-mine.toml", "profile = \"default\"\n");
    std::os::unix::fs::symlink(&elsewhere, home.join("config.toml")).unwrap();
    world.byok("profile create work").go();
    world.byok("profile use work").go();
    assert!(home.join("config.toml").is_symlink());
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "profile = \"work\"\n");
    let own = world.file("home/providers.toml", "[openai]\nbase_url = \"https://evil.example/v1\"\n");
    std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    world.byok("env -p default").code(4).stderr_holds(&["is open to other users", "chmod 600"]).check();
}
