//! A profile that is cut, changed or another's is refused as a whole: never taken for an empty one, never written over.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use byok::seal::{self, Identities};

use crate::leaks::canary;
use crate::samples::OPENAI;
use crate::tools::tool;
use crate::world::World;

/// Verbs that read the profile, and two that would write it.
const VERBS: [&str; 7] =
    ["list", "env", "export", "get openai", "run -- true", "add groq --stdin --as-is", "rm openai -y"];

/// Puts bytes in the profile's place and sees every verb refuse them, print nothing and leave them alone.
#[track_caller]
fn refused(world: &World, bytes: &[u8], verbs: &[&str], what: &str) {
    fs::write(world.sealed(), bytes).unwrap();
    for verb in verbs {
        let output = world.byok(verb).stdin("a-value-of-some-length-at-least").output();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{what}: {verb}: {stderr}");
        assert!(output.stdout.is_empty() && !stderr.is_empty(), "{what}: {verb}: {stderr}");
        assert_eq!(fs::read(world.sealed()).unwrap(), bytes, "{what}: {verb} wrote the file");
    }
}

fn identities(world: &World) -> Identities {
    Identities::parse(&fs::read_to_string(world.home().join("identity.txt")).unwrap()).unwrap()
}

#[test]
fn a_profile_that_is_cut_changed_or_grown_is_refused_by_every_verb() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef0123")]);
    let whole = fs::read(world.sealed()).unwrap();
    refused(&world, b"", &VERBS, "empty");
    refused(&world, b"garbage, and no age file", &VERBS, "garbage");
    refused(&world, &whole[..whole.len() - 1], &VERBS, "one byte short");
    // Each cut and each bit is tried in the library's own tests; here it is the way from there to an exit code.
    for at in (1..whole.len()).step_by(whole.len() / 16) {
        refused(&world, &whole[..at], &["list", "env"], &format!("cut to {at}"));
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        refused(&world, &flipped, &["list", "env"], &format!("bit flipped at {at}"));
    }
    for more in [b"\n".as_slice(), b"\0", b"garbage", &whole] {
        refused(&world, &[&whole, more].concat(), &VERBS, "something behind it");
    }
    fs::write(world.sealed(), &whole).unwrap();
    world.byok("get openai").stdout_holds(&["sk-test-0123456789abcdef0123"]).check();
}

#[test]
fn of_a_profile_whose_second_part_is_damaged_the_first_is_not_printed() {
    // age seals 64 KiB at a time, and could hand the first of them out before it finds the second one forged.
    let first = "k".repeat(60_000);
    let world = World::new().with_keys(&[("openai", &first), ("groq", &first), ("xai", &first)]);
    let mut bytes = fs::read(world.sealed()).unwrap();
    assert!(bytes.len() > 128 << 10, "{} bytes are no three parts", bytes.len());
    let at = bytes.len() - (20 << 10);
    bytes[at] ^= 1;
    refused(&world, &bytes, &VERBS, "damaged near its end");
}

#[test]
fn what_opens_and_is_no_profile_is_not_written_over() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef0123")]);
    let recipients = identities(&world).recipients();
    for content in ["", "\n", "{}", "[]", "version = 2\n", "version = 4294967296\n", "name = \"another schema\"\n"] {
        let sealed = seal::seal(content.as_bytes(), &recipients).unwrap();
        refused(&world, &sealed, &VERBS, &format!("{content:?}"));
    }
}

#[test]
fn no_plugin_is_started_for_an_identity_or_a_recipient_that_names_one() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef0123")]);
    let mark = world.path("started");
    let plugin = world.file("plugins/age-plugin-evil", format!("#!/bin/sh\ntouch {}\n", mark.display()));
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", world.path("plugins").display());
    let identity = "AGE-PLUGIN-EVIL-1QQPQQZLFAKE\n";
    for verb in VERBS {
        let output = world.byok(verb).env("PATH", &path).env("BYOK_IDENTITY", identity).stdin("a-long-value").output();
        assert_eq!(output.status.code(), Some(4), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let stranger = world.byok("recipient add eve age1evil1qqpqqzlfake").env("PATH", &path).output();
    assert!(!stranger.status.success());
    fs::write(world.home().join("identity.txt"), identity).unwrap();
    for verb in VERBS {
        let output = world.byok(verb).env("PATH", &path).stdin("a-long-value").output();
        assert_eq!(output.status.code(), Some(4), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(!mark.exists(), "the plugin was started");
    // It would have left its mark.
    assert!(Command::new(plugin).status().unwrap().success() && mark.exists());
}

/// Keeps a processor busy for a while, and comes to an end where nobody stops it.
const BURN: &str = "i=0; while [ $i -lt 30000000 ]; do i=$((i + 1)); done";

#[test]
fn the_cost_of_a_passphrase_is_the_same_on_a_busy_machine() {
    let Some(nice) = tool(&["nice"]) else { return };
    let nice = [nice.to_str().unwrap(), "-n", "10"];
    for (through, busy) in [(&[][..], 4), (&nice[..], 0)] {
        let world = World::new();
        let passphrase = world.file("passphrase", "correct horse battery staple of many words\n");
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        let mut burners: Vec<_> = (0..busy).map(|_| Command::new("sh").args(["-c", BURN]).spawn().unwrap()).collect();
        let run = world.byok("init --identity passphrase").env("BYOK_NEW_PASSPHRASE_FILE", &passphrase);
        let output = run.through(through.iter().copied()).output();
        for burner in &mut burners {
            burner.kill().unwrap();
            burner.wait().unwrap();
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let files = crate::leaks::every_file(&world.home());
        let costs: Vec<u8> = files.iter().filter_map(|path| seal::work_factor(&fs::read(path).unwrap()).ok()).collect();
        assert_eq!(costs, [seal::WORK_FACTOR], "{files:?}");
        assert_eq!(seal::WORK_FACTOR, 18);
    }
}

#[test]
fn what_was_said_to_be_stored_is_there_whoever_is_killed_afterwards() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef0123")]);
    let mut stored = Vec::new();
    for round in 0..40_u64 {
        let (label, secret) = (format!("groq:k{round}"), canary());
        fs::write(world.path("secret"), &secret).unwrap();
        let mut command = world.command();
        command.args(["add", &label, "--as-is", "--from-file", "secret", "--duplicate"]);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Every other one is killed, each a little later in its work than the one before.
        if round % 2 == 1 {
            std::thread::sleep(Duration::from_micros(500 * round));
            let _ = child.kill();
        }
        if child.wait().unwrap().success() {
            stored.push((label, secret));
        }
    }
    assert!(stored.len() >= 20, "{} were stored", stored.len());
    for (label, secret) in stored {
        world.byok("get").arg(&label).stdout(secret).check();
    }
}

#[test]
fn code_in_an_env_file_is_text_and_an_empty_secret_is_none() {
    let world = World::new();
    let codes =
        ["`touch PWN`", "$(touch PWN)", "${X:-$(touch PWN)}", "\"$(touch PWN)\"", "'x'; touch PWN", "x;touch PWN"];
    for code in codes {
        world.file("code.env", format!("OPENAI_API_KEY={code}\nGROQ_API_KEY=sk-{code}\n"));
        let output = world.byok("import-env --file code.env --replace").output();
        assert!(matches!(output.status.code(), Some(0..=4)), "{code}: {}", output.status);
        let _ = world.byok("env").output();
    }
    assert!(crate::leaks::every_file(world.root()).iter().all(|path| !path.ends_with("PWN")));
    let world = World::new();
    for empty in ["", " ", "\"\"", "''"] {
        world.file("empty.env", format!("OPENAI_API_KEY={empty}\n"));
        world.byok("import-env --file empty.env").output();
        world.byok("has openai").code(3).check();
    }
}

#[test]
fn a_passphrase_opens_on_a_machine_that_has_no_time_to_spare() {
    // A limit that is a measurement of the machine would be too low now for what was made at leisure.
    let world = World::new();
    let passphrase = world.file("passphrase", "correct horse battery staple of many words\n");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
    world.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", &passphrase).go();
    world.byok("add openai --stdin --as-is").stdin(OPENAI).env("BYOK_PASSPHRASE_FILE", &passphrase).go();
    let mut burners: Vec<_> = (0..6).map(|_| Command::new("sh").args(["-c", BURN]).spawn().unwrap()).collect();
    let opened: Vec<_> = (0..2)
        .map(|_| {
            world.byok("lock").go();
            world.byok("get openai").env("BYOK_PASSPHRASE_FILE", &passphrase).output()
        })
        .collect();
    for burner in &mut burners {
        burner.kill().unwrap();
        burner.wait().unwrap();
    }
    world.byok("lock").go();
    for output in opened {
        assert_eq!(output.stdout, OPENAI.as_bytes(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn another_identity_is_told_from_damage() {
    let (ours, theirs) = (World::new().with_keys(&[("openai", OPENAI)]), World::new().with_keys(&[("openai", OPENAI)]));
    let whole = fs::read(ours.sealed()).unwrap();
    fs::write(ours.sealed(), fs::read(theirs.sealed()).unwrap()).unwrap();
    ours.byok("list").code(4).stderr_holds(&["sealed for another identity"]).check();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for damaged in [&changed[..], &whole[..whole.len() - 1], &whole[..20]] {
        fs::write(ours.sealed(), damaged).unwrap();
        let output = ours.byok("list").output();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(!said.contains("another identity") && said.contains("byok: hint: "), "{said}");
    }
}

#[test]
fn too_little_memory_for_a_passphrase_is_an_error_and_changes_nothing() {
    let world = World::new();
    let passphrase = world.file("passphrase", "correct horse battery staple of many words\n");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
    world.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", &passphrase).go();
    world.byok("lock").go();
    let before = fs::read(world.home().join("identity.age")).unwrap();
    // scrypt alone takes 256 MiB.
    let limited = ["sh", "-c", "ulimit -c unlimited; ulimit -v 200000; exec \"$@\"", "--"];
    for deed in ["identity show", "unlock", "add openai --stdin --as-is"] {
        let run = world.byok(deed).stdin(OPENAI).env("BYOK_PASSPHRASE_FILE", &passphrase).through(limited);
        let output = run.output();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0..=4)), "{deed}: {}: {said}", output.status);
        assert!(deed == "identity show" || !output.status.success() && said.contains("memory"), "{deed}: {said}");
    }
    assert_eq!(fs::read(world.home().join("identity.age")).unwrap(), before);
    assert!(
        !fs::read_dir(world.root()).unwrap().any(|one| one.unwrap().file_name().to_string_lossy().contains("core"))
    );
}

#[test]
fn ten_thousand_stanzas_that_nobody_knows_cost_neither_time_nor_memory() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let sealed = fs::read(world.sealed()).unwrap();
    let first = sealed.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for count in [100, 10_000] {
        let stanza = format!("-> grease {}\n{}\n", "a".repeat(40), "A".repeat(43));
        let grease = stanza.repeat(count);
        let content = [&sealed[..first], grease.as_bytes(), &sealed[first..]].concat();
        fs::write(world.sealed(), content).unwrap();
        let start = Instant::now();
        // 100 MB of all that it maps.
        let run = world.byok("list").through(["sh", "-c", "ulimit -v 100000; exec \"$@\"", "--"]);
        run.code(4).stderr_holds(&["byok: error: ", "byok: hint: "]).check();
        assert!(start.elapsed() < Duration::from_secs(2), "{count}: {:?}", start.elapsed());
    }
}
