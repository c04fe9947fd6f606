//! The keys themselves, their copies in the clear, and variables that stand in their way.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{SECRET, examined, groups, paste};
use crate::samples::GROQ;
use crate::upstream::{Reply, Seen, Upstream};
use crate::world::World;

#[test]
fn keys_that_end_are_told_by_their_severity() {
    let world = World::new();
    let add = |name: &str, end: &str, secret: &str| {
        world.byok("add --stdin --as-is").args(&format!("{name} --expires {end}")).stdin(secret).go();
    };
    add("openai", "2001-01-01", SECRET);
    add("groq", "90d", "gsk-a");
    add("groq:old", "2001-01-01", "gsk-b");
    add("xai", "13d", "xai-a");
    let found = groups(&world, "keys");
    let told: Vec<(String, String)> = found.all().into_iter().map(|one| (one.severity, one.text)).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(severity, text)| (severity.as_str(), text.as_str())).collect();
    assert_eq!(
        told,
        [
            ("problem", "`openai` has expired"),
            ("warning", "`groq:old` has expired"),
            ("warning", "`xai` expires in 13 days"),
            ("note", "never tested: openai, groq:default, groq:old, xai"),
        ]
    );
    for (name, fix) in [("openai", 0), ("groq:old", 1), ("xai", 2)] {
        let command = found.all()[fix].fix.clone().unwrap();
        assert_eq!(command, format!("byok rotate {name}"));
        paste(&world, &format!("echo {name}-sk-new-0123456789 | {command} --stdin --as-is"));
        // A replaced key's end is the old key's: a new one has none until it is told.
        paste(&world, &format!("byok edit {name} --expires never"));
    }
    let kept = "old-secret-kept";
    assert_eq!(groups(&world, "keys").ids(), [kept, kept, kept, "never-tested"]);
}

#[test]
fn a_key_that_its_provider_refused_is_told_and_one_that_is_there_twice() {
    let world = World::new();
    let server = Upstream::http(|seen: &Seen| match seen.header("authorization") {
        Some(sent) if sent.ends_with("sk-good") => Reply::json(200, r#"{"object":"list","data":[{"id":"a"}]}"#),
        _ => Reply::json(401, r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#),
    });
    let url = server.url("/v1");
    for (name, secret) in [("openai", "sk-good"), ("openai:bad", "sk-bad"), ("openai:same", "sk-good")] {
        world.byok("add --stdin --as-is --duplicate --endpoint").arg(&url).arg(name).stdin(secret).go();
    }
    let tested = world.byok("test").without("BYOK_OFFLINE").output();
    assert_eq!(tested.status.code(), Some(5), "{tested:?}");
    let found = groups(&world, "keys");
    assert_eq!(found.ids(), ["does-not-work", "twice"]);
    let one = found.one("does-not-work");
    assert_eq!(
        (one.severity.as_str(), one.text.as_str()),
        ("warning", "`openai:bad` did not work when it was tested: invalid")
    );
    assert_eq!(one.fix.as_deref(), Some("byok rotate openai:bad"));
    // Nobody else's affair, until it is the one that is handed out.
    world.byok("use openai:bad").go();
    assert_eq!(groups(&world, "keys").one("does-not-work").severity, "problem");
    world.byok("rm openai:bad --yes").go();
    let one = groups(&world, "keys").one("twice");
    // In a terminal it asks.
    paste(&world, &format!("{} --yes", one.fix.unwrap()));
    assert_eq!(one.text, "`openai:same` is the same key as `openai:default`");
    assert_eq!(groups(&world, "keys").ids(), Vec::<String>::new());
}

#[test]
fn another_profiles_keys_are_mended_there() {
    let world = World::new();
    world.byok("profile create work").go();
    world.byok("-p work add openai --stdin --as-is --expires 2001-01-01").stdin(SECRET).go();
    assert_eq!(groups(&world, "keys").one("expired").fix.as_deref(), Some("byok -p work rotate openai"));
    let found = examined(world.byok("-p work doctor keys"));
    assert_eq!(found.one("expired").fix.as_deref(), Some("byok rotate openai"));
}

#[test]
fn copies_in_env_files_are_told_and_their_lines_taken_away() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    let text =
        format!("# mine\nA=1\nexport OPENAI_API_KEY={SECRET}\nGROQ_API_KEY={GROQ}\nMISTRAL_API_KEY=your-key-here\n");
    world.file("project/.env", &text);
    world.file("project/deep/.env.local", format!("OPENAI_API_KEY='{SECRET}'\n"));
    for name in ["project/.env", "project/deep/.env.local"] {
        fs::set_permissions(world.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::create_dir(world.path("project/.git")).unwrap();
    // Beyond the repository, it is another matter.
    world.file(".env", format!("OPENAI_API_KEY={SECRET}\n"));
    let doctor = || examined(world.byok("doctor plaintext").within("project/deep").env("HOME", world.path("user")));
    let found = doctor();
    assert_eq!(found.ids(), ["plaintext-copy", "plaintext-copy", "plaintext-key"]);
    let all = found.all();
    let project = world.path("project").display().to_string();
    assert_eq!(all[0].text, format!("`{project}/deep/.env.local:1` holds `openai` in the clear"));
    assert_eq!(all[1].text, format!("`{project}/.env:3` holds `openai` in the clear"));
    assert_eq!(all[2].text, format!("`{project}/.env:4` holds a key, `GROQ_API_KEY`, in the clear"));
    assert!(!found.0.to_string().contains(SECRET) && !found.0.to_string().contains("gsk_"));
    // A person is shown what goes and asked; here, nobody is.
    for one in all {
        paste(&world, &format!("cd project/deep && {} --yes", one.fix.as_ref().unwrap()));
    }
    assert_eq!(doctor().ids(), Vec::<String>::new());
    assert_eq!(fs::read_to_string(world.path("project/.env")).unwrap(), "# mine\nA=1\nMISTRAL_API_KEY=your-key-here\n");
    world.byok("has openai groq").go();
}

#[test]
fn variables_that_stand_in_a_keys_way_are_told_by_name_only() {
    let world = World::new().with_keys(&[("openai", SECRET), ("openai:work", "sk-work-0123456789abcdef")]);
    let other = "sk-other-0123456789abcdef";
    for (name, value, id, severity) in [
        ("OPENAI_API_KEY", other, "shadowed", "warning"),
        ("OPENAI_BASE_URL", "https://evil.example/v1", "foreign-endpoint", "warning"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0", "tls-off", "problem"),
        ("SSL_CERT_FILE", "/tmp/evil.pem", "certificates", "note"),
        ("BYOK_PROFLE", "work", "idle-variable", "warning"),
        ("BYOK_PASSPHRASE", other, "passphrase-in-environment", "problem"),
    ] {
        let found = examined(world.byok("doctor environment").env(name, value));
        let one = found.one(id);
        assert_eq!((one.severity.as_str(), found.ids().len()), (severity, 1), "{one:?}");
        assert!(one.text.contains(&format!("`{name}")), "{one:?}");
        for secret in [other, "evil"] {
            assert!(!found.0.to_string().contains(secret), "{:#}", found.0);
        }
        // The fix, pasted into the shell that has the variable.
        let script = format!("export {name}='{value}'; {}; exec byok doctor environment", one.fix.unwrap());
        let output = world.shell(&script).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "ok       environment\n", "{script}");
    }
    // Whatever byok itself sets shadows nothing: the active key, another label, its own variables.
    let env = world.byok("doctor environment").env("OPENAI_API_KEY", SECRET).env("BYOK_HOOKED", "OPENAI_API_KEY");
    env.stdout("ok       environment\n").stderr("all is well\n").check();
    let work = world.byok("doctor environment").env("OPENAI_API_KEY", "sk-work-0123456789abcdef");
    assert_eq!(examined(work).ids(), Vec::<String>::new());
    let job = world.byok("doctor environment").env("OPENAI_API_KEY", other).env("CI", "true");
    assert_eq!(examined(job).one("shadowed").severity, "note");
}

#[test]
fn core_files_of_other_programs_are_a_note_where_they_are_made() {
    let world = World::new();
    let with = |limit: &str| {
        let through = ["sh".to_owned(), "-c".to_owned(), format!("ulimit -c {limit}; exec \"$@\""), "sh".to_owned()];
        examined(world.byok("doctor memory").through(through))
    };
    assert!(!with("0").ids().iter().any(|id| id.contains("core")), "byok turns its own off");
    if with("unlimited").ids().iter().any(|id| id == "core-files") {
        let one = with("unlimited").one("core-files");
        assert_eq!(one.severity, "note");
        paste(&world, &one.fix.unwrap());
    }
}
