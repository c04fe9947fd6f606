//! `byok list`, `show`, `get` and `has`: what is there, without what it is.

use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

#[test]
fn keys_are_listed_masked() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2), ("anthropic", ANTHROPIC)]);
    world.byok("edit anthropic --no-export --tag trial --expires 2000-01-01 --note mine").go();
    world
        .byok("list")
        .stdout_holds(&[
            "KEY             SECRET     STATE                  ADDED     EXPIRES       TAGS   NOTE\n",
            "anthropic       sk-a…x1AA  expired, not exported  just now  27 years ago  trial  mine\n",
            "openai:default  sk-p…9f2c  active                 just now\n",
            "openai:work     sk-p…17a0                         just now\n",
        ])
        .check();
    world.byok("list groq").code(3).stderr_holds(&["there is no key `groq`"]).check();
    world.byok("list --tag trial").stdout_holds(&["anthropic"]).check();
    world.byok("list --expired").stdout_holds(&["anthropic"]).check();
}

#[test]
fn an_empty_home_has_no_keys_yet() {
    let world = World::new();
    world
        .byok("list")
        .stderr(
            "there are no keys yet\n\
             byok: hint: take in those of this shell with `byok import-env`, or one with `byok add PROVIDER`\n",
        )
        .check();
    for verb in
        ["env", "get openai", "show openai", "rm openai --yes", "use openai", "edit openai --note x", "run -- true"]
    {
        world
            .byok(verb)
            .code(3)
            .stderr_holds(&["byok: error: there is no profile `default`", "`byok import-env`"])
            .check();
    }
    world.byok("has openai").code(3).check();
    assert!(world.tree().is_empty(), "looking leaves nothing behind: {:?}", world.tree());
}

#[test]
fn json_reports_carry_a_version_and_no_secret() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    for verb in [
        "list --json",
        "show openai --json",
        "profile list --json",
        "provider list --json",
        "provider show openai --json",
        "import-env --dry-run --json",
    ] {
        let output = world.byok(verb).go();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["version"], 1, "{verb}");
        assert!(!String::from_utf8(output.stdout).unwrap().contains(&OPENAI[8..40]), "{verb}");
    }
    let document: serde_json::Value = serde_json::from_slice(&world.byok("list --json").go().stdout).unwrap();
    let key = &document["keys"][0];
    assert_eq!((key["provider"].as_str(), key["mask"].as_str()), (Some("openai"), Some("sk-p…9f2c")));
    // printf %s KEY | sha256sum | cut -c1-16
    assert_eq!(key["fingerprint"], "b8a4c2e03071f51c");
}

#[test]
fn a_short_secret_shows_neither_mask_nor_fingerprint() {
    let world = World::new().with_keys(&[("custom", "short-secret")]);
    let shown = String::from_utf8(world.byok("show custom").go().stdout).unwrap();
    assert!(shown.contains("secret     …\n") && !shown.contains("fingerprint"), "{shown}");
}

#[test]
fn get_prints_the_secret_and_nothing_else() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2)]);
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("get openai:work").stdout(OPENAI_2).check();
    world
        .byok("get openai:home")
        .code(3)
        .stderr(
            "byok: error: there is no key `openai:home`\n\
             byok: hint: there are `openai:default`, `openai:work`\n\
             byok: hint: add it with `byok add openai:home`\n",
        )
        .check();
}

#[test]
fn a_mistyped_name_is_answered_with_what_is_there() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2), ("groq", GROQ)]);
    world
        .byok("get opnai")
        .code(3)
        .stderr(
            "byok: error: no provider or key is called `opnai`\n\
             byok: hint: did you mean `openai`? it has `openai:default` (active), `openai:work`\n\
             byok: hint: there are keys for `openai:default` (active), `openai:work`, `groq`\n",
        )
        .check();
    world
        .byok("get mistral")
        .code(3)
        .stderr(
            "byok: error: there is no key `mistral`\n\
             byok: hint: add it with `byok add mistral`\n\
             byok: hint: there are keys for `openai:default` (active), `openai:work`, `groq`\n",
        )
        .check();
}

#[test]
fn a_key_that_is_there_is_not_missing_where_a_filter_leaves_none() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    let none = "profile `default` has no such keys\n";
    for filter in ["--tag trial", "--expired", "--expiring 30d"] {
        world.byok("list openai").args(filter).stderr(none).check();
        world.byok("list openai mistral").args(filter).stderr(none).check();
    }
    world.byok("list openai --tag trial --json").stdout_holds(&["\"keys\": []"]).check();
    world.byok("list mistral --tag trial").code(3).stderr_holds(&["there is no key `mistral`"]).check();
    let other = world.byok("list openai:zz").code(3);
    other.stderr_holds(&["there is no key `openai:zz`\nbyok: hint: there is `openai`\n"]).check();
}

#[test]
fn what_only_takes_away_or_chooses_hints_at_what_there_is() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2), ("groq", GROQ)]);
    for verb in ["rm --yes openai:zz", "use openai:zz", "rename openai:zz openai:b", "edit openai:zz --note a"] {
        let run = world.byok(verb).code(3);
        run.stderr(
            "byok: error: there is no key `openai:zz`\n\
             byok: hint: there are `openai:default`, `openai:work`: `byok list openai`\n",
        )
        .check();
    }
    world
        .byok("rm mistral")
        .code(3)
        .stderr(
            "byok: error: there is no key `mistral`\n\
             byok: hint: there are keys for `openai:default` (active), `openai:work`, `groq`: `byok list`\n",
        )
        .check();
    // Where a name was mistyped, that comes first.
    world.byok("use opnai").code(3).stderr_holds(&["hint: did you mean `openai`?"]).check();
}

#[test]
fn an_expired_key_never_answers() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    world.byok("edit openai --expires 2000-01-01").go();
    for verb in ["get openai", "env openai", "run openai -- true", "run --require openai -- true"] {
        world.byok(verb).code(3).stderr_holds(&["openai"]).check();
    }
    world.byok("has openai").code(3).check();
    world
        .byok("env")
        .stdout(format!("export GROQ_API_KEY={GROQ};\n"))
        .stderr("byok: warning: `openai` is left out: it expired on 2000-01-01\n")
        .check();
    world.byok("edit openai --expires never").go();
    world.byok("has openai").check();
}

#[test]
fn has_is_silent() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    world.byok("has openai groq").check();
    world.byok("has openai mistral").code(3).check();
    world.byok("has openai:work").code(3).check();
}

#[test]
fn the_environment_answers_where_the_profile_has_no_key() {
    let world = World::new().with_keys(&[("groq", GROQ)]);
    world.byok("get openai").env("OPENAI_API_KEY", OPENAI).stdout(OPENAI).check();
    world.byok("get groq").env("GROQ_API_KEY", "another").stdout(GROQ).check();
    world.byok("run --require openai -- true").env("OPENAI_API_KEY", OPENAI).check();
}

#[test]
fn the_profiles_in_fallback_answer_in_their_order() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("-p work add groq --stdin").stdin(GROQ).go();
    world.file("home/config.toml", "fallback = [\"work\"]\n");
    world.byok("get groq").stdout(GROQ).check();
    world.byok("has groq openai").check();
    world.byok("env").stdout(format!("export OPENAI_API_KEY={OPENAI};\n")).check();
    world.byok("env groq").stdout(format!("export GROQ_API_KEY={GROQ};\n")).check();
    world.file("home/config.toml", "fallbak = []\n");
    world.byok("env").code(1).stderr_holds(&["config.toml", "fallbak", "line 1"]).check();
}
