//! The identity, where copies of it lie, and the profiles that it opens.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{SECRET, examined, groups, made, mended, paste};
use crate::tools::tool;
use crate::world::World;

fn world() -> World {
    World::new().with_keys(&[("openai", SECRET)])
}

fn private(path: &std::path::Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_recovery_sheet_that_was_never_made_is_missed_until_it_is() {
    let fresh = World::new();
    assert_eq!(groups(&fresh, "identity").ids(), Vec::<String>::new());
    fresh.byok("profile create work").go();
    assert_eq!(groups(&fresh, "identity").ids(), Vec::<String>::new(), "there is nothing to lose yet");
    let world = world();
    let one = mended(&world, "identity", "no-backup");
    assert_eq!(one.severity, "warning");
    assert_eq!(one.text, "no recovery sheet was made of this identity: if it is lost, 1 key is lost");
    let note = fs::read_to_string(world.home().join("backup.toml")).unwrap();
    assert!(note.starts_with("age1") && !note.contains("SECRET"), "{note}");
    assert_eq!(fs::metadata(world.home().join("backup.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    // Another identity has no sheet.
    let other = World::new().with_keys(&[("openai", SECRET)]);
    fs::copy(world.home().join("backup.toml"), other.home().join("backup.toml")).unwrap();
    groups(&other, "identity").one("no-backup");
}

#[test]
fn an_identity_that_is_missing_or_broken_is_told_and_nothing_else_is_hidden() {
    let world = world();
    world.byok("identity backup --output sheet").go();
    let path = world.home().join("identity.txt");
    fs::rename(&path, world.path("aside")).unwrap();
    let found = examined(world.byok("doctor identity profiles keys"));
    let one = found.one("identity-missing");
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("problem", Some("byok identity restore SHEET")));
    paste(&world, &one.fix.unwrap().replace("SHEET", "sheet"));
    assert_eq!(groups(&world, "identity").ids(), Vec::<String>::new());

    private(&path, "no identity at all\n");
    let found = examined(world.byok("doctor"));
    assert_eq!(found.one("identity-broken").severity, "problem");
    assert_eq!(found.0["groups"].as_array().unwrap().len(), 14);
    fs::copy(world.path("aside"), &path).unwrap();
    assert_eq!(groups(&world, "identity").ids(), Vec::<String>::new());
}

#[test]
fn a_plain_identity_beside_one_behind_a_passphrase_is_told() {
    let world = world();
    private(&world.path("words"), "correct horse battery staple\n");
    let words = world.path("words");
    world.byok("identity backup --output sheet").go();
    fs::copy(world.home().join("identity.txt"), world.path("aside")).unwrap();
    let moved = world.byok("identity move --to passphrase").env("BYOK_PASSPHRASE_FILE", &words);
    moved.env("BYOK_NEW_PASSPHRASE_FILE", &words).go();
    world.byok("lock").go();
    let locked = examined(world.byok("doctor identity profiles keys"));
    assert_eq!(locked.ids(), ["locked", "locked", "locked"]);
    let one = &locked.all()[0];
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("note", Some("byok unlock")));
    // In CI nobody unlocks it.
    let ci = examined(world.byok("doctor identity").env("CI", "true"));
    assert_eq!(ci.one("locked").severity, "warning");
    let opened = |line: &str| world.byok(line).env("BYOK_PASSPHRASE_FILE", &words);
    assert_eq!(examined(opened("doctor identity profiles keys")).ids(), ["never-tested"]);

    fs::copy(world.path("aside"), world.home().join("identity.txt")).unwrap();
    let one = examined(opened("doctor identity")).one("identity-in-the-clear");
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("problem", Some("byok identity move --to passphrase")));
    opened("identity move --to passphrase").env("BYOK_NEW_PASSPHRASE_FILE", &words).go();
    assert_eq!(examined(opened("doctor identity")).ids(), Vec::<String>::new());
    world.byok("lock").output();
}

#[test]
fn an_identity_that_a_repository_would_take_along_is_told() {
    let Some(git) = tool(&["git"]) else { return };
    let world = world();
    world.byok("identity backup --output sheet").go();
    let run = |line: &str| {
        let mut command = std::process::Command::new(&git);
        command
            .args(["-c", "safe.directory=*"])
            .args(line.split(' '))
            .current_dir(world.root())
            .env("HOME", world.root());
        made(&mut command);
    };
    run("init -q .");
    let one = mended(&world, "identity", "identity-in-git");
    assert_eq!(one.severity, "problem");
    assert!(one.text.ends_with("which does not ignore it"), "{one:?}");
    // git says so as well.
    run("check-ignore -q home/identity.txt");
    run("add -f home/identity.txt");
    let one = mended(&world, "identity", "identity-in-git");
    assert!(one.text.contains("is in the index of the git work tree"), "{one:?}");
    // A sealed profile is made for being committed.
    assert_eq!(examined(world.byok("doctor identity profiles")).ids(), Vec::<String>::new());
}

#[test]
fn an_identity_of_the_environment_is_no_finding() {
    let world = world();
    let identity = fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let line = identity.lines().find(|line| line.starts_with("AGE-SECRET")).unwrap().to_owned();
    fs::remove_file(world.home().join("identity.txt")).unwrap();
    let ci = world.byok("doctor identity profiles environment").env("CI", "true").env("BYOK_IDENTITY", &line);
    assert_eq!(examined(ci).ids(), Vec::<String>::new());
    let both = world.byok("doctor identity").env("BYOK_IDENTITY", &line).env("BYOK_IDENTITY_FILE", "/nonexistent");
    let one = examined(both).one("identity-broken");
    assert_eq!(one.fix.as_deref(), Some("unset BYOK_IDENTITY"));
}

#[test]
fn profiles_that_do_not_open_are_told_one_by_one() {
    let world = world();
    for name in ["broken", "old", "strange", "gone"] {
        world.byok("profile create").arg(name).go();
    }
    let path = |name: &str| world.home().join(format!("profiles/{name}.age"));
    let old = fs::read(path("old")).unwrap();
    world.byok("-p old add groq --stdin --as-is").stdin(SECRET).go();
    private(&path("old"), old);
    private(&path("strange"), fs::read(path("default.age".trim_end_matches(".age"))).unwrap());
    let mut bytes = fs::read(path("broken")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    private(&path("broken"), bytes);
    fs::remove_file(path("gone")).unwrap();
    let found = groups(&world, "profiles");
    assert_eq!(found.ids(), ["profile-broken", "profile-broken", "profile-broken", "profile-lost"]);
    let all = found.all();
    for (one, told) in
        all.iter().zip(["broken.age`", "is an older copy", "is not the one that byok wrote", "was here, and is gone"])
    {
        assert!(one.text.contains(told) && one.severity == "problem" && one.fix.is_some(), "{one:?}");
    }
    // Each fix that is a command of its own mends its own.
    for one in all.iter().filter(|one| one.fix.as_ref().unwrap().starts_with("byok profile accept")) {
        paste(&world, &format!("{} --yes", one.fix.as_ref().unwrap()));
    }
    paste(&world, all[0].fix.as_ref().unwrap());
    paste(&world, "byok profile rm gone --yes");
    assert_eq!(groups(&world, "profiles").ids(), Vec::<String>::new());
    world.byok("get openai").stdout(SECRET).check();
}

#[test]
fn a_profile_from_elsewhere_and_its_other_recipients_are_told() {
    let Some((keygen, age)) = tool(&["age-keygen"]).zip(tool(&["age"])) else { return };
    let world = world();
    world.byok("identity backup --output sheet").go();
    fs::remove_file(world.home().join("pins/default.toml")).unwrap();
    let one = mended(&world, "profiles", "not-pinned");
    assert_eq!(one.severity, "note");

    made(std::process::Command::new(keygen).args(["-o", "other.txt"]).current_dir(world.root()));
    let other = fs::read_to_string(world.path("other.txt")).unwrap();
    let other = other.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    let script = |edit: &str| {
        format!(
            "set -e; {age} -d -i home/identity.txt home/profiles/default.age >plain
             own=$(grep -o 'age1[a-z0-9]*' plain | head -1); {edit}
             {age} -r \"$own\" -r {other} -o sealed <plain; chmod 600 sealed; mv sealed home/profiles/default.age",
            age = age.display()
        )
    };
    paste(&world, &script(""));
    let one = groups(&world, "profiles").one("more-openers");
    assert_eq!(one.severity, "warning");
    paste(&world, &one.fix.unwrap());
    // Its copy is for nobody else.
    assert_eq!(groups(&world, "profiles").ids(), ["more-openers"]);

    paste(&world, &script(&format!("sed -i 's/^recipients = \\[/&\"{other}\", /' plain")));
    // Nobody here has agreed to it yet.
    let one = groups(&world, "profiles").one("profile-broken");
    assert_eq!(one.fix.as_deref(), Some("byok profile accept default"));
    world.byok("profile accept default --yes").go();
    let one = groups(&world, "profiles").one("other-recipients");
    assert_eq!(one.severity, "note");
    assert!(one.text.contains(&format!("opens for 1 other as well: `{other}`")), "{one:?}");
    paste(&world, &one.fix.unwrap());
}
