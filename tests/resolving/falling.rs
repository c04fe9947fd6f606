//! The profiles in `fallback`: who answers, when they are opened, and how they are set.

use super::world;
use crate::samples::{GOOGLE, GROQ, OPENAI};
use crate::world::World;

/// Makes the profile `team` one that does not open.
fn break_team(world: &World) {
    std::fs::write(world.home().join("profiles/team.age"), "no age file").unwrap();
}

#[test]
fn every_verb_that_takes_a_name_asks_them() {
    let world = world();
    world.byok("get google").stdout(GOOGLE).check();
    world.byok("has google openai").check();
    world.byok("env google").stdout(format!("export GEMINI_API_KEY={GOOGLE};\n")).check();
    world.byok("run google -- printenv GEMINI_API_KEY").stdout(format!("{GOOGLE}\n")).check();
    world.byok("run --require google -- printenv GEMINI_API_KEY").stdout(format!("{GOOGLE}\n")).check();
    world.byok("export google --format dotenv").stdout_holds(&[GOOGLE]).check();
    world.file("app/.byok.toml", "requires = [\"google\", \"openai:work\"]\n");
    world.byok("trust --yes").within("app").go();
    world.byok("check").within("app").stdout_holds(&["google       there", "openai:work  there"]).check();
    // What is handed out unasked is the meant profile's alone.
    world.byok("env --except groq").stdout(format!("export OPENAI_API_KEY={OPENAI};\n")).check();
    world.byok("-p team get openai").code(3).stderr_holds(&["there is no key `openai`"]).check();
}

#[test]
fn one_that_does_not_open_keeps_nobody_from_the_keys_of_the_first() {
    let world = world();
    break_team(&world);
    world.byok("get groq").stdout(GROQ).check();
    world.byok("has groq").check();
    world.byok("env groq").stdout(format!("export GROQ_API_KEY={GROQ};\n")).check();
    world.byok("run --require groq -- true").check();
    // Who answers must not depend on what happens to open: neither the next profile nor the environment does.
    world.byok("-p last add google --stdin --as-is").stdin("of-another-account-0123").go();
    world.byok("profile edit default --fallback team,last").go();
    for verb in ["get google", "has google", "env google", "run --require google -- true"] {
        world.byok(verb).env("GEMINI_API_KEY", "of-the-system").code(4).stderr_holds(&["team.age"]).check();
    }
}

#[test]
fn one_that_is_not_there_is_passed_over() {
    let world = world();
    world.file("home/config.toml", "fallback = [\"gone\", \"team\"]\n");
    let warning = ["there is no profile `gone`, which `fallback` names", "`byok profile create gone`"];
    world.byok("get google").stdout(GOOGLE).stderr_holds(&warning).check();
    world.byok("get groq").stdout(GROQ).check();
    world.byok("has google").check();
}

#[test]
fn a_key_that_is_put_aside_is_not_to_be_had_from_the_environment() {
    let world = world();
    world.byok("edit groq --disable").go();
    world.byok("-p team edit mistral --expires 2020-01-01").go();
    for (name, variable, why) in [
        ("groq", "GROQ_API_KEY", "`groq` is disabled"),
        ("mistral", "MISTRAL_API_KEY", "`mistral` expired on 2020-01-01"),
    ] {
        for verb in [format!("get {name}"), format!("run --require {name} -- true")] {
            world.byok(&verb).env(variable, "of-the-system").code(3).stderr_holds(&[why]).check();
        }
    }
    // Another profile's key of that name is another key.
    world.byok("-p team add groq --stdin --as-is").stdin("the-teams-own-groq-key").go();
    world.byok("get groq").stdout("the-teams-own-groq-key").check();
}

#[test]
fn an_admin_key_is_printed_by_its_whole_name_and_handed_to_no_program() {
    let world = world();
    world.byok("add openai:admin --stdin --as-is --admin").stdin("an-admin-key-0123456789").go();
    world.byok("add cohere --stdin --as-is --admin").stdin("another-admin-key-01234").go();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("get openai:admin").stdout("an-admin-key-0123456789").check();
    world.byok("get cohere:admin").stdout("another-admin-key-01234").check();
    for verb in ["get cohere", "env openai:admin", "run --require openai:admin -- true", "run cohere -- true"] {
        world.byok(verb).code(4).stderr_holds(&["is an admin key, which is never handed out"]).check();
    }
    world.byok("has cohere").code(3).check();
}

#[test]
fn what_is_set_for_a_profile_is_checked_and_keeps_comments() {
    let world = world();
    world.file("home/config.toml", "# mine\n[profiles.default]\nfallback = [\"team\"] # theirs\n");
    world.byok("profile edit default --rotate-after 90d").stderr_holds(&["changed"]).check();
    world.byok("profile edit team --fallback default,default").stderr_holds(&["changed"]).check();
    let text = std::fs::read_to_string(world.home().join("config.toml")).unwrap();
    let expected = "# mine\n[profiles.default]\nfallback = [\"team\"] # theirs\nrotate_after = \"90d\"\n";
    assert_eq!(text, format!("{expected}\n[profiles.team]\nfallback = [\"default\"]\n"));
    world.byok("-p team get groq").stdout(GROQ).check();
    world.byok("profile edit default --no-fallback --rotate-after never").stderr_holds(&["changed"]).check();
    world.byok("get google").code(3).stderr_holds(&["there is no key"]).check();
    for (verb, code, says) in [
        ("profile edit nosuch --no-fallback", 3, "no profile `nosuch`"),
        ("profile edit default --fallback nosuch", 3, "no profile `nosuch`"),
        ("profile edit default --fallback default", 2, "cannot answer after itself"),
        ("profile edit default --rotate-after soon", 2, "no number of days"),
        ("profile edit default", 2, "nothing to change"),
    ] {
        world.byok(verb).code(code).stderr_holds(&[says]).check();
    }
    world.file("home/config.toml", "[profiles.default]\nfallbak = []\n");
    world.byok("profile edit default --no-fallback").code(1).stderr_holds(&["fallbak", "line 2"]).check();
}
