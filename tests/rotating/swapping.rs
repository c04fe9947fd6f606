//! The swap: what it takes along, what it leaves, and what keeps it from being made.

use serde_json::json;

use super::{logged, mask, masks, quiet, shown};
use crate::samples::{ANTHROPIC, OPENAI};
use crate::trying::{Net, answer, believing, key, own};
use crate::upstream::Upstream;
use crate::world::World;

/// A world with one key of OpenAI's.
fn one() -> World {
    let world = World::new();
    world.byok("add openai:work --stdin").stdin(key("valid")).go();
    world
}

#[test]
fn a_new_secret_takes_the_place_of_the_old_one_and_all_else_stays() {
    let (world, net) = (one(), Net::new(answer));
    world.byok("add openai:home --stdin").stdin(key("busy")).go();
    world.byok("edit openai:work --tag prod --note mine --env MY_KEY --field org=acme --expires 30d").go();
    world.byok("use openai:home").go();
    world.byok("use openai:work").go();
    let before = shown(&world, "openai:work");
    let day = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7 * 24)).to_string();
    quiet(net.byok(&world, "rotate openai:work --stdin").stdin(key("fine")).stderr(
        believing(&world)
            + &format!(
                "tested: valid, 2 models\n\
             rotated `openai:work`: `{}` answers from now on\n\
             the old one (`{}`) is kept, sealed, until {}: `byok rotate --undo openai:work` takes it back\n\
             what runs already keeps the old one until it is started anew\n\
             revoke the old one at https://platform.openai.com/api-keys: the trash can beside it > Revoke key\n\
             byok: hint: when that is done, end the rotation with `byok rotate --finish openai:work`\n",
                mask("fine"),
                mask("valid"),
                &day[..10],
            ),
    ));
    world.byok("get openai").stdout(key("fine")).check();
    let mut after = shown(&world, "openai:work");
    assert_eq!(after["tested"]["verdict"], "valid");
    assert_eq!(after["previous"][0]["fingerprint"], before["fingerprint"]);
    assert_eq!(after["previous"].as_array().unwrap().len(), 1);
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    // The end of the old secret's life says nothing of the new one's.
    assert_eq!(after["expires"], json!(null));
    for own in ["mask", "fingerprint", "updated", "since", "tested", "previous", "expires", "last_used"] {
        after[own] = before[own].clone();
    }
    assert_eq!(after, before);
    assert_eq!(logged(&world).last().unwrap(), "openai rotated");
    world.byok("list").stdout_holds(&["active, old one kept"]).check();
    world.byok("show openai:work").stdout_holds(&["old one", &mask("valid")]).check();
    // Only what answers goes out.
    let output = world.byok("env").go();
    let env = String::from_utf8(output.stdout).unwrap();
    assert!(env.contains(&key("fine")) && !env.contains(&key("valid")));
}

#[test]
fn a_secret_that_does_not_work_changes_nothing() {
    for (word, code, says) in [
        ("bad", 5, "the new key does not work: invalid"),
        ("revoked", 5, "the new key does not work: revoked"),
        ("poor", 5, "the new key does not work: no-credit"),
        ("blocked", 1, "cannot tell whether the new key works: blocked"),
        ("page", 1, "cannot tell whether the new key works: unexpected"),
        ("down", 1, "cannot tell whether the new key works: provider-down"),
        ("gone", 1, "cannot tell whether the new key works: unreachable"),
    ] {
        let (world, net) = (one(), Net::new(answer));
        let before = std::fs::read(world.sealed()).unwrap();
        let still = format!("nothing was changed: `openai:work` is still `{}`\n", mask("valid"));
        let hint = "`byok rotate openai:work --no-test`";
        let run = net.byok(&world, "rotate openai:work --stdin").stdin(key(word));
        quiet(run.code(code).stderr_holds(&[&still, says, hint]));
        assert_eq!(std::fs::read(world.sealed()).unwrap(), before, "{word}");
        // The hint works when pasted.
        world.byok("rotate openai:work --no-test --stdin").stdin(key(word)).go();
        assert_eq!(masks(&world, "openai:work"), [mask("valid"), mask(word)]);
    }
}

#[test]
fn what_is_no_new_key_is_refused_before_anybody_is_asked() {
    let (world, net) = (one(), Net::new(answer).idle());
    world.byok("add openai:home --stdin").stdin(key("busy")).go();
    world.byok("rotate openai:work --stdin").stdin(key("fine")).go();
    let before = std::fs::read(world.sealed()).unwrap();
    for (given, code, says) in [
        (key("fine"), 1, "this is the key that is stored as `openai:work` already"),
        (key("valid"), 1, "`byok rotate --undo openai:work`"),
        (key("busy"), 1, "this key is here already, as `openai:home`"),
        ("sk-your-api-key-here".to_owned(), 2, "placeholder"),
        (ANTHROPIC.to_owned(), 2, "a key of Anthropic, not of OpenAI"),
        (format!("{}\n{OPENAI}\n", key("a")), 2, "more than one key"),
        (String::new(), 2, "the value is empty"),
    ] {
        let run = net.byok(&world, "rotate openai:work --stdin").stdin(&given).code(code);
        quiet(run.stderr_holds(&["nothing was changed: `openai:work` is still", says]));
    }
    // Whoever pastes the key where its name belongs.
    net.byok(&world, "rotate").arg(key("new")).code(2).stderr_holds(&["never an argument"]).check();
    net.byok(&world, "rotate openai:none --stdin").stdin(key("a")).code(3).stderr_holds(&["no key"]).check();
    net.byok(&world, "rotate groq --stdin").stdin(key("a")).code(3).stderr_holds(&["`byok add groq`"]).check();
    net.byok(&world, "rotate openai:work").code(2).stderr_holds(&["`… | byok rotate openai:work --stdin`"]).check();
    net.byok(&world, "rotate openai:work --stdin --keep soon").code(2).stderr_holds(&["--keep"]).check();
    for wrong in ["--undo", "--undo openai:work --stdin", "--finish --no-test", "--json --stdin openai", "--stdin"] {
        net.byok(&world, &format!("rotate {wrong}")).code(2).stderr_holds(&[""]).check();
    }
    assert_eq!(std::fs::read(world.sealed()).unwrap(), before);
    assert_eq!(net.proxy.connections(), 0);
}

#[test]
fn a_secret_comes_from_a_variable_or_a_file_and_has_an_end_of_its_own() {
    let world = one();
    world.byok("rotate openai:work --from-env NEW --expires 2099-01-01").env("NEW", key("fine")).go();
    assert_eq!(shown(&world, "openai:work")["expires"], "2099-01-01T00:00:00Z");
    world.file("new.txt", key("busy") + "\n");
    world.byok("rotate openai --from-file new.txt").go();
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine"), mask("busy")]);
    assert_eq!(shown(&world, "openai")["expires"], json!(null));
    // An older one that comes back is no old one any more.
    world.byok("rotate openai --stdin").stdin(key("valid")).go();
    assert_eq!(masks(&world, "openai"), [mask("fine"), mask("busy"), mask("valid")]);
    world.byok("add openai:work --stdin --replace").stdin(key("busy")).go();
    assert_eq!(masks(&world, "openai"), [mask("fine"), mask("busy")]);
}

#[test]
fn the_old_secret_is_kept_as_long_as_is_said_or_not_at_all() {
    for none in ["0", "0d"] {
        let world = one();
        let run = world.byok("rotate openai --keep").arg(none).arg("--stdin").stdin(key("fine"));
        let output = run.stderr_holds(&["is not kept"]).check();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("--finish"));
        assert_eq!(masks(&world, "openai"), [mask("fine")]);
        world.byok("rotate --undo openai").code(3).stderr_holds(&["no old key of `openai:work` is kept"]).check();
    }
    let world = one();
    world.byok("rotate openai --keep 1h --stdin").stdin(key("fine")).go();
    let shown = shown(&world, "openai");
    let time = |value: &serde_json::Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let kept = time(&shown["previous"][0]["kept_until"]).duration_since(time(&shown["previous"][0]["replaced"]));
    // To the next whole second.
    assert!((3600..=3601).contains(&kept.as_secs()), "{kept}");
}

#[test]
fn a_person_is_told_where_the_old_secret_still_lies() {
    let world = one();
    world.byok("add openai:twin --stdin --duplicate").stdin(key("valid")).go();
    world.byok("profile copy default spare").go();
    world.file("work/.env", format!("A=1\nOPENAI_API_KEY={}\n", key("valid")));
    world.file("user/.codex/auth.json", format!("{{\n  \"OPENAI_API_KEY\": \"{}\"\n}}\n", key("valid")));
    world.file("user/.config/io.datasette.llm/keys.json", format!("{{\n  \"openai\": \"{}\"\n}}\n", key("other")));
    let run = world.byok("rotate openai:work --stdin").stdin(key("fine")).within("work");
    let run = run.env("HOME", world.path("user")).env("ANY_NAME", key("valid"));
    quiet(run.stderr_holds(&[
        "the old one is stored as `openai:twin` as well",
        "the old one is stored in profile `spare` as well, as `openai:work`\n",
        "`byok -p spare rotate openai:work`",
        "the old one still lies in `.env:2`, `~/.codex/auth.json:2`\n",
        "`byok where openai`",
        "the old one is still set in this shell, as `ANY_NAME`\n",
    ]));
}

#[test]
fn a_key_that_does_not_answer_can_be_rotated() {
    let world = one();
    world.byok("edit openai --expires 2020-01-01").go();
    world.byok("get openai").code(3).stderr_holds(&["expired", "`byok rotate openai:work`"]).check();
    world.byok("rotate openai:work --stdin").stdin(key("fine")).go();
    world.byok("get openai").stdout(key("fine")).check();
    // What a person has put aside stays there.
    world.byok("edit openai --disable").go();
    let run = world.byok("rotate openai --stdin").stdin(key("busy"));
    run.stderr_holds(&["is disabled", "`byok edit openai:work --enable`"]).check();
    world.byok("get openai").code(3).stderr_holds(&["disabled"]).check();
}

#[test]
fn a_new_secret_goes_where_the_old_one_went_and_nowhere_else() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    let world = World::new();
    let lead = |to: &Upstream| {
        let entry = format!("[mine]\nbase_url = \"{}\"\nopenai_compatible = true\n", to.url("/v1"));
        world.file("home/providers.toml", entry);
    };
    lead(&first);
    world.byok("add mine --stdin").without("BYOK_OFFLINE").stdin(own("valid")).go();
    lead(&second);
    let run = world.byok("rotate mine --stdin").without("BYOK_OFFLINE").stdin(own("fine")).code(4);
    run.stderr_holds(&["nothing was changed: `mine` is still", "has changed from"]).check();
    assert_eq!(second.connections(), 0);
    lead(&first);
    let run = world.byok("rotate mine --stdin").without("BYOK_OFFLINE").stdin(own("fine"));
    run.stderr_holds(&["tested: valid", "rotated `mine`", "revoke the old one where it was made"]).check();
}

#[test]
fn a_profile_in_the_keychain_is_rotated_the_same() {
    #[cfg(target_os = "linux")]
    {
        let Some(keyring) = crate::keyring::Keyring::unlocked() else { return };
        keyring.byok("profile create work --store keychain").go();
        keyring.byok("-p work add openai --stdin").stdin(key("valid")).go();
        keyring.byok("-p work rotate openai --stdin").stdin(key("fine")).stderr_holds(&["rotated `openai`"]).check();
        keyring.byok("-p work get openai").stdout(key("fine")).check();
        keyring.byok("-p work rotate --undo openai").stderr_holds(&["again"]).check();
        keyring.byok("-p work get openai").stdout(key("valid")).check();
        keyring.byok("-p work rotate --finish --force").stderr_holds(&["wiped the old one"]).check();
        keyring.byok("-p work rotate --undo openai").code(3).stderr_holds(&["no old key"]).check();
    }
}

#[test]
fn an_old_secret_is_still_known_for_byoks_own() {
    let world = super::rotated();
    world.byok("add groq --stdin").stdin(crate::samples::GROQ).go();
    let log = format!("a {} b {} c\n", key("valid"), key("fine"));

    let output = world.byok("redact").stdin(&log).go();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(!out.contains("0123456789abc") && out.matches("openai:work").count() == 2, "{out}");
    let (old, new) = (crate::scanning::groq(1), crate::scanning::groq(2));
    world.byok("add groq:work --stdin").stdin(&old).go();
    world.byok("rotate groq:work --stdin").stdin(new).go();
    world.file("src/a.py", format!("key = \"{old}\"\n"));
    world.byok("scan src").code(1).stdout_holds(&["your `groq:work`"]).stderr_holds(&[""]).check();
    // What a shell had from byok before the rotation is taken out of the environment where it is not asked for.
    let run = world.byok("run groq:default -- printenv").env("OPENAI_API_KEY", key("valid")).go();
    assert!(!String::from_utf8(run.stdout).unwrap().contains("OPENAI_API_KEY"));
    world.byok("env --unset").env("OPENAI_API_KEY", key("valid")).stdout_holds(&["unset", "OPENAI_API_KEY"]).check();
    world.file("user/.codex/auth.json", format!("{{\n  \"OPENAI_API_KEY\": \"{}\"\n}}\n", key("valid")));
    world
        .byok("where openai")
        .env("HOME", world.path("user"))
        .stdout_holds(&["openai:work, the old one"])
        .stderr_holds(&[""])
        .check();
    let told = crate::trying::json(&world.byok("where --json").env("HOME", world.path("user")).go());
    assert_eq!((&told["copies"][0]["same_as"], &told["copies"][0]["old_of"]), (&json!(null), &json!("openai:work")));
}

#[test]
fn a_clock_at_any_time_is_good_enough() {
    // X01
    let Some(faketime) = crate::tools::tool(&["faketime"]) else { return };
    for time in ["1970-01-02 00:00:00", "2038-01-19 04:00:00", "2100-01-01 00:00:00"] {
        let world = one();
        let at = |arguments: &str| world.byok(arguments).through([faketime.to_str().unwrap(), time]);
        at("rotate openai --stdin").stdin(key("fine")).go();
        at("rotate").stdout_holds(&["kept, wiped in 7 days"]).stderr_holds(&[""]).check();
        world.byok("rotate --undo openai").go();
        assert_eq!(masks(&world, "openai"), [mask("fine"), mask("valid")], "{time}");
    }
}
