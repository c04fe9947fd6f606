//! `byok add`: whatever people paste, and nothing that they did not mean.

use crate::samples::{AMBIGUOUS, ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

fn stored(world: &World, name: &str) -> String {
    String::from_utf8(world.byok("get").arg(name).go().stdout).unwrap()
}

#[test]
fn first_use_makes_identity_and_profile_and_says_where() {
    let world = World::new();
    let home = world.home();
    let home = home.display();
    world
        .byok("add openai --stdin")
        .stdin(OPENAI)
        .stderr(format!(
            "made an age identity: {home}/identity.txt\n\
             without it nobody opens your keys: keep a copy of this file somewhere safe, off this machine\n\
             made profile `default`: {home}/profiles/default.age\n\
             added `openai` (sk-p…9f2c) to profile `default`\n"
        ))
        .check();
    let tree = ["identity.lock", "identity.txt", "pins/default.toml", "profiles/default.age", "profiles/default.lock"];
    assert_eq!(world.tree(), tree);
    assert_eq!(stored(&world, "openai"), OPENAI);
}

#[test]
fn a_key_is_recognised_by_its_shape() {
    let world = World::new();
    for (key, provider) in [(OPENAI, "openai"), (ANTHROPIC, "anthropic"), (GOOGLE, "google"), (GROQ, "groq")] {
        world.byok("add --stdin").stdin(key).go();
        assert_eq!(stored(&world, provider), key);
    }
    world
        .byok("add --stdin")
        .stdin(AMBIGUOUS)
        .code(2)
        .stderr_holds(&["keys of several providers look like this one", "`byok add deepseek --stdin`"])
        .check();
    world
        .byok("add --stdin")
        .stdin("a-key-of-no-known-shape-at-all")
        .code(2)
        .stderr(
            "byok: error: cannot tell by its shape whose key this is\n\
             byok: hint: name the provider: `byok add PROVIDER`\n\
             byok: hint: see them with `byok provider list`\n",
        )
        .check();
}

#[test]
fn the_names_that_people_say_lead_to_the_right_provider() {
    let world = World::new();
    for (said, id) in [
        ("grok", "xai"),
        ("claude", "anthropic"),
        ("gemini", "google"),
        ("hf", "huggingface"),
        ("together", "togetherai"),
    ] {
        world.byok("add --stdin --as-is").arg(said).stdin(format!("a made-up key for {id}")).go();
        assert_eq!(stored(&world, id), format!("a made-up key for {id}"));
    }
}

#[test]
fn any_name_works_as_a_provider() {
    let world = World::new();
    world.byok("add my-service --stdin").stdin("a-secret-of-my-service").go();
    world.byok("env my-service").stdout("export MY_SERVICE_API_KEY=a-secret-of-my-service;\n").check();
    world
        .byok("provider show my-service")
        .stdout_holds(&["My Service", "MY_SERVICE_API_KEY", "any name works"])
        .check();
}

#[test]
fn what_surrounds_a_pasted_key_is_taken_off_and_said() {
    for (pasted, said) in [
        (format!("{OPENAI}\n"), ""),
        (format!("\"{OPENAI}\""), "the quotes around it"),
        (format!("Bearer {OPENAI}"), "the header around it"),
        (format!("export OPENAI_API_KEY='{OPENAI}'\n"), "the assignment around it, the quotes around it"),
        (format!("{}\n{}\n", &OPENAI[..40], &OPENAI[40..]), "line breaks inside it"),
        (format!("\u{feff}{OPENAI}\u{200b}"), "invisible characters"),
    ] {
        let world = World::new();
        let output = world.byok("add openai --stdin").stdin(&pasted).go();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.contains("took off"), !said.is_empty(), "{pasted:?}: {stderr}");
        assert!(stderr.contains(said), "{pasted:?}: {stderr}");
        assert_eq!(stored(&world, "openai"), OPENAI, "{pasted:?}");
    }
}

#[test]
fn what_cannot_be_the_key_is_refused_and_nothing_is_made() {
    let world = World::new();
    for (given, said) in [
        ("YOUR_KEY_HERE", "this is a placeholder, not a key"),
        ("sk-ant-oat01-abcdefghijklmnopqrstuvwxyz0123456789", "an OAuth token of Claude Code"),
        ("", "the value is empty"),
        (" \n", "the value is empty"),
        ("a\0b", "the value holds a NUL byte"),
    ] {
        world.byok("add anthropic --stdin").stdin(given).code(2).stderr_holds(&["byok: error: ", said]).check();
    }
    world.byok("add openai --stdin").stdin(b"\xff\xfe").code(2).stderr_holds(&["not UTF-8 text"]).check();
    world
        .byok("add openai --stdin")
        .stdin("a".repeat(1024 * 1024 + 1))
        .code(2)
        .stderr_holds(&["longer than 1 MiB"])
        .check();
    assert!(world.tree().is_empty(), "{:?}", world.tree());
}

#[test]
fn another_providers_key_is_questioned() {
    let world = World::new();
    world
        .byok("add openai --stdin")
        .stdin(ANTHROPIC)
        .code(2)
        .stderr(
            "byok: error: this looks like a key of Anthropic, not of OpenAI\n\
             byok: hint: store it where it belongs: `byok add anthropic --stdin`\n\
             byok: hint: or all the same with `byok add openai --as-is --stdin`\n",
        )
        .check();
    world.byok("add openai --as-is --stdin").stdin(ANTHROPIC).go();
    assert_eq!(stored(&world, "openai"), ANTHROPIC);
}

#[test]
fn secrets_are_kept_exactly() {
    let world = World::new();
    for value in [
        "it's \"quoted\" $HOME `x` \\ é🔑",
        "line one\nline two\n",
        "  blanks  ",
        "'",
        "-n",
        "=x",
        &"k".repeat(1024 * 1024),
    ] {
        world.byok("add custom --stdin --as-is --replace").stdin(value).go();
        assert_eq!(stored(&world, "custom"), value);
    }
}

#[test]
fn replacing_a_key_takes_consent() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world
        .byok("add openai --stdin")
        .stdin(OPENAI_2)
        .code(1)
        .stderr(
            "byok: error: `openai` holds another key already (`sk-p…9f2c`)\n\
             byok: hint: put the new one in its place with `byok add openai --replace`\n\
             byok: hint: or keep both: `byok add openai:NEW`\n",
        )
        .check();
    assert_eq!(stored(&world, "openai"), OPENAI);
    world
        .byok("add openai --stdin --replace")
        .stdin(OPENAI_2)
        .stderr("replaced `openai` (sk-p…17a0) in profile `default`\n")
        .check();
    assert_eq!(stored(&world, "openai"), OPENAI_2);
    world
        .byok("add openai --stdin")
        .stdin(OPENAI_2)
        .stderr("`openai` (sk-p…17a0) is already here, unchanged\n")
        .check();
    world
        .byok("add openai:work --stdin")
        .stdin(OPENAI_2)
        .code(1)
        .stderr_holds(&["this key is here already, as `openai`", "--duplicate"])
        .check();
    world.byok("add openai:work --stdin --duplicate").stdin(OPENAI_2).go();
}

#[test]
fn a_slip_in_a_name_is_questioned() {
    World::new()
        .byok("add opnai --stdin")
        .stdin(OPENAI)
        .code(3)
        .stderr(
            "byok: error: there is no provider `opnai`\n\
             byok: hint: did you mean `openai`? `byok add openai`\n\
             byok: hint: or make it one of your own: `byok provider add opnai`\n",
        )
        .check();
}

#[test]
fn without_a_terminal_the_missing_key_is_an_error_that_names_the_flags() {
    World::new()
        .byok("add openai")
        .code(2)
        .stderr(
            "byok: error: nobody is there to type the key\n\
             byok: hint: pipe it: `… | byok add openai --stdin`\n\
             byok: hint: or take it from a variable or a file: `byok add openai --from-env VAR`, `byok add openai --from-file FILE`\n",
        )
        .check();
}

#[test]
fn a_key_comes_from_a_variable_or_a_file() {
    let world = World::new();
    world.byok("add openai --from-env MY_KEY").env("MY_KEY", OPENAI).go();
    assert_eq!(stored(&world, "openai"), OPENAI);
    let file = world.file("key.txt", format!("{GROQ}\n"));
    world.byok("add groq --from-file").arg(file).go();
    assert_eq!(stored(&world, "groq"), GROQ);
    world.byok("add xai --from-env NOT_SET").code(1).stderr_holds(&["there is no variable `NOT_SET`"]).check();
    world.byok("add xai --from-file none.txt").code(1).stderr_holds(&["there is no file `none.txt`"]).check();
}

#[test]
fn what_belongs_to_a_key_is_kept_with_it_and_goes_out_with_it() {
    let world = World::new();
    world
        .byok("add openai --stdin --endpoint https://eu.example.com/v1 --field org=acme --note mine --tag trial --expires 2999-01-01")
        .stdin(OPENAI)
        .go();
    world
        .byok("env")
        .stdout(format!(
            "export OPENAI_API_KEY={OPENAI};\nexport OPENAI_BASE_URL=https://eu.example.com/v1;\nexport OPENAI_ORG_ID=acme;\n"
        ))
        .check();
    world
        .byok("show openai")
        .stdout_holds(&["acme", "trial", "mine", "2999-01-01", "https://eu.example.com/v1"])
        .check();
    for bad in ["http://example.com", "https://user:pass@h/", "https://h/?key=1", "file:///etc/passwd"] {
        world
            .byok("add groq --stdin --endpoint")
            .arg(bad)
            .stdin(GROQ)
            .code(2)
            .stderr_holds(&["cannot use this endpoint"])
            .check();
    }
    for bad in ["PATH", "LD_PRELOAD", "A B", "1A", "A;touch x"] {
        world.byok("add groq --stdin --env").arg(bad).stdin(GROQ).code(2).stderr_holds(&["cannot use `--env`"]).check();
    }
}

#[test]
fn a_key_that_changes_what_is_billed_says_so_once() {
    let world = World::new();
    let added = world.byok("add anthropic --stdin").stdin(ANTHROPIC).go();
    let said = String::from_utf8(added.stderr).unwrap();
    assert!(said.contains("Claude Code") && said.contains("`byok edit anthropic --no-export`"), "{said}");
    world.byok("add anthropic --stdin").stdin(ANTHROPIC).stderr_holds(&["already here"]).check();
    world.byok("env").stdout(format!("export ANTHROPIC_API_KEY={ANTHROPIC};\n")).check();
    world.byok("edit anthropic --no-export").stderr("changed `anthropic`\n").check();
    world.byok("env").check();
    world.byok("env anthropic").stdout(format!("export ANTHROPIC_API_KEY={ANTHROPIC};\n")).check();
}

#[test]
fn a_retired_provider_is_recognised_and_not_offered() {
    let world = World::new();
    world.byok("add github-models --stdin").stdin("a-token-of-some-length").stderr_holds(&["is retired"]).check();
    world
        .byok("import-env --dry-run")
        .env("GITHUB_TOKEN", "ghp_abcdefghijklmnopqrstuvwxyz0123456789")
        .stderr_holds(&["found no key"])
        .check();
}

#[test]
fn an_identity_from_the_environment_needs_no_file() {
    let world = World::new();
    let other = World::new().with_keys(&[("openai", OPENAI)]);
    let identity = std::fs::read_to_string(other.home().join("identity.txt")).unwrap();
    world.byok("add groq --stdin").env("BYOK_IDENTITY", &identity).stdin(GROQ).go();
    assert_eq!(world.tree(), ["pins/default.toml", "profiles/default.age", "profiles/default.lock"]);
    world.byok("get groq").env("BYOK_IDENTITY", &identity).stdout(GROQ).check();
    let file = other.home().join("identity.txt");
    world.byok("get groq").env("BYOK_IDENTITY_FILE", file).stdout(GROQ).check();
    world
        .byok("get groq")
        .code(4)
        .stderr_holds(&["there is no identity to open it with", "BYOK_IDENTITY_FILE"])
        .check();
    world.byok("add xai --stdin").stdin(GROQ).code(2).stderr_holds(&["looks like a key of Groq"]).check();
    world.byok("add xai --stdin").stdin("a-made-up-secret").code(4).stderr_holds(&["there is no identity"]).check();
    world
        .byok("get groq")
        .env("BYOK_IDENTITY", "")
        .code(4)
        .stderr_holds(&["`BYOK_IDENTITY` is set, but empty"])
        .check();
    world
        .byok("get groq")
        .env("BYOK_IDENTITY", "AGE-SECRET-KEY-1NONSENSE")
        .code(4)
        .stderr_holds(&["line 1 is no age identity"])
        .check();
}

#[test]
fn two_keys_at_once_are_not_glued_together() {
    let world = World::new();
    for given in [format!("{OPENAI}\n{OPENAI_2}\n"), format!("OPENAI_API_KEY={OPENAI}\nOPENAI_API_KEY={OPENAI_2}\n")] {
        world.byok("add openai --stdin").stdin(given).code(2).stderr_holds(&["this is more than one key"]).check();
    }
    assert!(world.tree().is_empty());
}

#[test]
fn a_profile_never_grows_beyond_what_can_be_read_again() {
    let world = World::new();
    let megabyte = "k".repeat(1024 * 1024);
    let mut kept = 0;
    for at in 0..18 {
        let add = world
            .byok("add --stdin --as-is")
            .arg(format!("service-of-mine-{at}"))
            .stdin(format!("{at:02}{}", &megabyte[2..]));
        match add.output().status.code() {
            Some(0) => kept += 1,
            code => {
                assert_eq!(code, Some(4), "after {kept} keys");
                break;
            }
        }
    }
    assert_eq!(kept, 15);
    world.byok("has service-of-mine-0 service-of-mine-14").check();
    world.byok("has service-of-mine-15").code(3).check();
}
