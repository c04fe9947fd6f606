//! Everything comes back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{home, listed, private, says_no_key, sealed};
use crate::samples::{GROQ, OPENAI_2};
use crate::world::World;

#[test]
fn an_empty_home_has_everything_as_before() {
    let old = home();
    let (file, pass) = sealed(&old);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let new = World::new();
    let restore = || new.byok("restore --passphrase-file").arg(&pass).arg(&file);
    let dry = restore().arg("--dry-run").stdout_holds(&["openai:work", "groq"]);
    says_no_key(&dry.stderr_holds(&["my-llm", "https://llm.example.com/v1", "nothing was changed"]).check());
    assert!(new.tree().is_empty(), "{:?}", new.tree());
    restore().code(2).stdout_holds(&["new"]).stderr_holds(&["`--yes`"]).check();
    assert!(new.tree().is_empty(), "{:?}", new.tree());
    says_no_key(&restore().arg("--yes").go());
    assert_eq!(listed(&new), listed(&old));
    new.byok("get openai").stdout(OPENAI_2).check();
    new.byok("get groq").stdout(GROQ).check();
    let same = |name: &str| assert_eq!(fs::read(new.home().join(name)).ok(), fs::read(old.home().join(name)).ok());
    same("config.toml");
    same("providers.toml");
    let vault = |world: &World, name: &str| {
        let pin = fs::read_to_string(world.home().join(format!("pins/{name}.toml"))).unwrap();
        pin.lines().next().unwrap().to_owned()
    };
    for name in ["default", "work"] {
        assert_eq!(vault(&new, name), vault(&old, name));
    }
    let trust = |world: &World| {
        let all = world.tree().into_iter().filter(|path| path.starts_with("trust/") && path.len() == 70);
        all.map(|path| (fs::read(world.home().join(&path)).unwrap(), path)).collect::<Vec<_>>()
    };
    assert!(trust(&new) == trust(&old) && trust(&new).len() == 1, "{:?}", new.tree());
    // Once more, and there is nothing to do.
    restore().stderr_holds(&["everything is here already"]).check();
}

#[test]
fn with_the_identity_at_hand_no_passphrase_is_needed() {
    let old = home();
    let said = old.byok("backup home.age").stderr_holds(&["2 profiles with 3 keys", "opened it again"]).check();
    assert!(String::from_utf8_lossy(&said.stderr).contains("the identity that opens it is not in it"));
    let new = World::new();
    new.byok("restore").arg(old.path("home.age")).code(4).stderr_holds(&["there is no identity"]).check();
    let identity = old.home().join("identity.txt");
    let given = || new.byok("restore --yes").arg(old.path("home.age")).env("BYOK_IDENTITY_FILE", &identity);
    given().go();
    assert!(!new.home().join("identity.txt").exists());
    new.byok("get openai").env("BYOK_IDENTITY_FILE", &identity).stdout(OPENAI_2).check();
}

#[test]
fn a_second_machine_has_an_identity_of_its_own() {
    let (old, new) = (home(), World::new().with_keys(&[("openai", "sk-new-machine")]));
    let shown: serde_json::Value = serde_json::from_slice(&new.byok("identity show --json").output().stdout).unwrap();
    let recipient = shown["recipients"][0].as_str().unwrap();
    let backup = old.byok("backup other.age --to").arg(recipient);
    backup.stderr_holds(&["it does not open with the identity of this machine"]).check();
    old.byok("restore other.age").code(4).stderr_holds(&["it is sealed for another identity"]).check();
    let work = new.byok("restore").arg(old.path("other.age")).args("work --yes").stdout_holds(&["groq"]);
    work.stderr_holds(&["restored profile `work`"]).check();
    // One profile only, and nothing else of it.
    assert!(!new.home().join("providers.toml").exists());
    new.byok("-p work get groq").stdout(GROQ).check();
    new.byok("get openai").stdout("sk-new-machine").check();
    // It goes on being open to the machine that it came from.
    fs::copy(new.home().join("profiles/work.age"), old.path("work.age")).unwrap();
    let Some(age) = crate::tools::tool(&["age"]) else { return };
    let identity = old.home().join("identity.txt");
    let opened = std::process::Command::new(age).arg("-d").arg("-i").arg(identity).arg(old.path("work.age")).output();
    assert!(String::from_utf8_lossy(&opened.unwrap().stdout).contains(GROQ));
}

#[test]
fn a_backup_goes_through_a_pipe_and_takes_no_place_unasked() {
    let world = home();
    let piped = world.byok("backup -").output();
    assert!(piped.status.success() && piped.stdout.starts_with(b"age-encryption.org/v1\n"));
    let new = World::new();
    let identity = world.home().join("identity.txt");
    let back = new.byok("restore - --yes").stdin(&piped.stdout).env("BYOK_IDENTITY_FILE", &identity);
    back.go();
    assert_eq!(new.byok("get groq -p work").env("BYOK_IDENTITY_FILE", &identity).output().stdout, GROQ.as_bytes());
    let there = private(&world.path("there"), "something");
    world.byok("backup there").code(4).stderr_holds(&["is already there", "--force"]).check();
    assert_eq!(fs::read(&there).unwrap(), b"something");
    world.byok("backup there --force").go();
    assert!(fs::read(&there).unwrap().starts_with(b"age-"));
    world.byok("backup some.age --skip work").stderr_holds(&["1 profile with 2 keys"]).check();
    world.byok("backup none.age --skip gone").code(3).stderr_holds(&["there is no profile `gone`"]).check();
}

#[test]
fn the_log_tells_who_took_everything() {
    let world = home();
    world.byok("backup home.age").go();
    let log = world.byok("log --json").output();
    let log = String::from_utf8_lossy(&log.stdout);
    assert!(log.contains("\"backup\""), "{log}");
    let new = World::new();
    new.byok("restore --yes")
        .arg(world.path("home.age"))
        .env("BYOK_IDENTITY_FILE", world.home().join("identity.txt"))
        .go();
    let log = new.byok("log --json").output();
    assert!(String::from_utf8_lossy(&log.stdout).contains("\"restore\""));
}

#[test]
fn a_profile_at_a_path_of_its_own_comes_back_there_or_into_byoks_own_folder() {
    let old = World::new().with_keys(&[("openai", OPENAI_2)]);
    old.byok("profile create team --file team.age").go();
    old.byok("-p team add groq --stdin --as-is").stdin(GROQ).go();
    let mate = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    old.byok("-p team recipient add mate --yes").arg(mate).go();
    let (file, pass) = sealed(&old);
    // Where it lies is this machine's affair, and whom it is open to is shown.
    let new = World::new();
    let restore = new.byok("restore --yes --passphrase-file").arg(&pass).arg(&file).stdout_holds(&["groq"]);
    let said = ["profile `team` lay at", "team.age`: here it goes into byok's own folder", mate, "(`mate`)"];
    restore.stderr_holds(&said).check();
    assert!(new.home().join("profiles/team.age").exists());
    assert!(!new.home().join("config.toml").exists(), "nothing else was set there");
    new.byok("-p team get groq").stdout(GROQ).check();
    new.byok("-p team recipient list").stdout_holds(&["mate"]).check();
    // Where it is known here, it comes back there, with those whom the backup names.
    fs::remove_file(old.path("team.age")).unwrap();
    let restore = old.byok("restore --yes --passphrase-file").arg(&pass).arg(&file).stdout_holds(&["groq"]);
    restore.stderr_holds(&["restored profile `team`"]).check();
    assert!(old.path("team.age").exists() && !old.home().join("profiles/team.age").exists());
    old.byok("-p team get groq").stdout(GROQ).check();
}
