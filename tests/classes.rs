//! Admin keys: taken in by every way, marked as such, and handed out by none.

use crate::upstream::{Reply, Seen, Upstream};
use crate::world::World;

const ADMIN: &str = "sk-admin-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ";
const WORK: &str = "sk-proj-Wrk4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ";
const ROUTER: &str = "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";

/// Its marks, as `byok list --json` has them.
fn listed(world: &World) -> Vec<(String, bool, bool)> {
    let output = world.byok("list --json").go();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = document["keys"].as_array().unwrap().iter();
    let flag = |key: &serde_json::Value, name: &str| key[name].as_bool().unwrap();
    keys.map(|key| (key["key"].as_str().unwrap().to_owned(), flag(key, "admin"), flag(key, "active"))).collect()
}

/// The document as a byok wrote it that knew no such class.
fn unmark(world: &World) {
    use byok::seal::{Identities, open, seal};
    let own = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let own = Identities::parse(&own).unwrap();
    let opened = open(&std::fs::read(world.sealed()).unwrap(), &own).unwrap();
    let text = std::str::from_utf8(&opened).unwrap();
    assert!(text.contains("admin = true\n"));
    let text = text.replace("admin = true\n", "");
    std::fs::write(world.sealed(), seal(text.as_bytes(), &own.recipients()).unwrap()).unwrap();
}

fn rows(expected: &[(&str, bool, bool)]) -> Vec<(String, bool, bool)> {
    expected.iter().map(|(name, admin, active)| ((*name).to_owned(), *admin, *active)).collect()
}

#[test]
fn an_admin_key_is_taken_in_as_one_and_takes_nobodys_place() {
    let world = World::new();
    world
        .byok("add openai --stdin")
        .stdin(ADMIN)
        .stderr_holds(&[
            "added `openai:admin` (sk-a…0TuQ) to profile `default`\nan admin key: it is never handed out to programs\n",
        ])
        .check();
    world.byok("add openai --stdin").stdin(WORK).stderr_holds(&["added `openai:default`"]).check();
    assert_eq!(listed(&world), rows(&[("openai:admin", true, false), ("openai:default", false, true)]));
    // By its shape alone, and only at its own provider.
    let world = World::new();
    world.byok("add --stdin").stdin(ADMIN).stderr_holds(&["added `openai:admin`"]).check();
    world
        .byok("add groq --stdin")
        .stdin(ADMIN)
        .stderr_holds(&["this looks like a key of OpenAI, not of Groq"])
        .code(2)
        .check();
    world.byok("show openai:admin").stdout_holds(&["admin", "yes: never handed out to programs"]).check();
    // A label that was given stays.
    world.byok("add openai:root --stdin --duplicate").stdin(ADMIN).stderr_holds(&["added `openai:root`"]).check();
}

#[test]
fn an_import_keeps_the_two_classes_apart() {
    let world = World::new();
    let run = || {
        let run = world.byok("import-env").env("OPENAI_ADMIN_KEY", ADMIN).env("OPENAI_API_KEY", WORK);
        run.env("OPENROUTER_PROVISIONING_KEY", ROUTER)
    };
    run()
        .stdout_holds(&["openai:admin", "OPENAI_API_KEY", "openrouter:admin", "OPENAI_ADMIN_KEY"])
        .stderr_holds(&["3 keys sealed in profile `default`\n"])
        .check();
    let all = [("openai:admin", true, false), ("openai:default", false, true), ("openrouter:admin", true, false)];
    assert_eq!(listed(&world), rows(&all));
    run().stdout_holds(&["already here"]).stderr_holds(&["0 keys sealed"]).check();
    // Another admin key asks for that one's place, not for the other's.
    let other = ADMIN.replace("Can4", "Oth4");
    world
        .byok("import-env --replace")
        .env("OPENAI_ADMIN_KEY", &other)
        .stdout_holds(&["openai:admin", "replaced"])
        .stderr_holds(&["1 key sealed"])
        .check();
    world.byok("get openai:admin").stdout(other).check();
    world.byok("get openai").stdout(WORK).check();
    // An admin key under the usual name is one all the same.
    let world = World::new();
    world.byok("import-env").env("OPENAI_API_KEY", ADMIN).go();
    assert_eq!(listed(&world), rows(&[("openai:admin", true, false)]));
    // From another tool's file.
    let world = World::new();
    world.file("user/.config/io.datasette.llm/keys.json", format!("{{\"openai\": \"{ADMIN}\"}}"));
    world.byok("import llm").env("HOME", world.path("user")).go();
    assert_eq!(listed(&world), rows(&[("openai:admin", true, false)]));
}

/// A world whose admin keys are known in each of the three ways: by a mark, by their beginning, and by both.
fn full() -> World {
    let world = World::new();
    // As a byok stored it that knew no such class.
    world.byok("add openai:old --as-is --stdin").stdin(ADMIN).go();
    unmark(&world);
    world.byok("add openrouter --admin --stdin").stdin(ROUTER).go();
    world.byok("add groq --stdin").stdin("gsk_0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefgh").go();
    world
}

#[test]
fn no_verb_hands_an_admin_key_out() {
    let world = full();
    for unasked in ["env", "env --json", "export", "export --format json", "run -- env", "hook zsh", "env --all-names"]
    {
        let output = world.byok(unasked).output();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(ADMIN) && !text.contains(ROUTER), "{unasked}: {text}");
        assert!(output.status.success() || unasked.contains("json"), "{unasked}: {text}");
    }
    for name in ["openai:old", "openai", "openrouter:admin", "openrouter"] {
        let shown = if name.starts_with("openai") { "openai:old" } else { "openrouter:admin" };
        for verb in [
            format!("env {name}"),
            format!("env {name} --all-names"),
            format!("export {name}"),
            format!("export {name} --format json"),
            format!("run {name} -- env"),
            format!("run --require {name} -- env"),
            format!("setup {} {name} --yes", if name.starts_with("openai") { "codex" } else { "crush" }),
        ] {
            let output = world.byok(&verb).env("HOME", world.path("user")).output();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.stdout.is_empty(), "{verb}");
            assert_eq!(output.status.code(), Some(4), "{verb}: {stderr}");
            let says = format!("`{shown}` is an admin key, which is never handed out to programs");
            assert!(stderr.contains(&says), "{verb}: {stderr}");
        }
        world
            .byok(&format!("use {name}"))
            .stderr_holds(&["is an admin key, which is never handed out"])
            .code(4)
            .check();
    }
    world.byok("run --require-any openai:old --require-any groq -- env").stdout_holds(&["GROQ_API_KEY="]).check();
    world
        .byok("export openai:old --to llm --yes")
        .env("HOME", world.path("user"))
        .stderr_holds(&["admin key"])
        .code(4)
        .check();
    assert!(!world.path("user").exists(), "a file was written");
    // A person may still pipe one, by its full name only.
    world.byok("get openai:old").stdout(ADMIN).check();
    world.byok("get openrouter:admin").stdout(ROUTER).check();
    world.byok("get openai").stderr_holds(&["`openai:old` is an admin key"]).code(4).check();
    world.byok("has openai").code(3).check();
}

#[test]
fn a_project_does_not_hand_one_out_either() {
    let world = full();
    world.file("project/.byok.toml", "requires = [\"openai:old\"]\n");
    world.byok("trust --yes").within("project").go();
    for verb in ["env", "run -- env"] {
        let output = world.byok(verb).within("project").output();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(ADMIN), "{verb}: {text}");
    }
}

#[test]
fn run_takes_a_managed_admin_key_out_of_the_environment() {
    let world = World::new();
    world.byok("import-env").env("OPENAI_ADMIN_KEY", ADMIN).go();
    world.byok("add openai --stdin").stdin(WORK).go();
    let run = |arguments: &str| {
        let output = world.byok(arguments).env("OPENAI_ADMIN_KEY", ADMIN).env("ADMIN", "kept").go();
        String::from_utf8(output.stdout).unwrap()
    };
    let environment = run("run -- env");
    assert!(
        environment.contains(WORK) && environment.contains("ADMIN=kept") && !environment.contains(ADMIN),
        "{environment}"
    );
    // One that byok does not manage is a person's own doing, unless only what is chosen is to be there.
    let foreign = ADMIN.replace("Can4", "Oth4");
    let run = |arguments: &str| {
        let output = world.byok(arguments).env("OPENAI_ADMIN_KEY", &foreign).go();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run("run -- env").contains(&foreign));
    assert!(!run("run --only -- env").contains(&foreign));
}

#[test]
fn a_key_whose_provider_calls_it_one_is_marked() {
    use crate::upstream::{Reply, Upstream};
    // Told by the test, at an address of the person's own.
    let upstream = Upstream::http(|_| Reply::json(200, r#"{"data":{"label":"x","is_management_key":true,"usage":0}}"#));
    let world = World::new();
    let endpoint = upstream.url("/api/v1");
    let add = format!("add openrouter --stdin --endpoint {endpoint}");
    world.byok(&add).without("BYOK_OFFLINE").stdin(ROUTER).go();
    drop(upstream);
    assert_eq!(listed(&world), rows(&[("openrouter:admin", true, false)]));
    world.byok("env openrouter").stderr_holds(&["is an admin key"]).code(4).check();
}

#[test]
fn one_that_came_in_before_does_not_stay_active_when_another_key_joins_it() {
    let world = World::new();
    world.byok("add openai --as-is --stdin").stdin(ADMIN).go();
    unmark(&world);
    world.byok("add openai:work --stdin").stdin(WORK).go();
    assert_eq!(listed(&world), rows(&[("openai:admin", true, false), ("openai:work", false, true)]));
    world.byok("get openai").stdout(WORK).check();
}

#[test]
fn an_admin_key_goes_to_no_address_of_ones_own() {
    let world = World::new();
    let refused = ["an admin key of OpenRouter goes to OpenRouter alone", "leave `--endpoint` out"];
    let add = world.byok("add openrouter --admin --stdin --no-test --endpoint http://127.0.0.1:9/v1").stdin(ROUTER);
    add.stderr_holds(&refused).code(2).check();
    world.byok("add openrouter --admin --stdin").stdin(ROUTER).go();
    world
        .byok("edit openrouter:admin --no-test --endpoint http://127.0.0.1:9/v1")
        .stderr_holds(&refused)
        .code(2)
        .check();
    // One that was marked after it got its address goes home all the same.
    let server = Upstream::http(|_: &Seen| Reply::json(200, "{}")).may_stay_idle();
    world.byok("add openrouter:old --stdin --duplicate --no-test --endpoint").arg(server.url("/v1")).stdin(ROUTER).go();
    world.byok("edit openrouter:old --admin").go();
    let dead = "http://127.0.0.1:9";
    world.byok("test openrouter:old").without("BYOK_OFFLINE").env("HTTPS_PROXY", dead).output();
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn an_admin_key_is_one_under_any_name() {
    let world = World::new();
    world.byok("add groq:y --as-is --stdin --no-test").stdin(ADMIN).stderr_holds(&["an admin key"]).check();
    world
        .byok("add openai:x --as-is --stdin --no-test")
        .stdin(format!(" {ADMIN}"))
        .stderr_holds(&["an admin key"])
        .check();
    for verb in ["env --quoted --shell posix", "run -- env", "export -o -"] {
        let out = world.byok(verb).output();
        assert!(!String::from_utf8_lossy(&out.stdout).contains("sk-admin-"), "{verb}");
    }
    world.byok("env groq:y").code(4).stderr_holds(&["is an admin key"]).check();
    world.byok("edit openai:x --no-admin").code(4).stderr_holds(&["begins as only admin keys do"]).check();
    world.byok("add groq --stdin --as-is --no-test").stdin("a-groq-key-of-some-length").go();
    let rotate = world.byok("rotate groq:default --as-is --stdin --no-test").stdin(ADMIN);
    rotate.code(2).stderr_holds(&["nothing was changed"]).check();
    // A project that needs one is told so, by `check` as by `run`.
    world.file("project/.byok.toml", "requires = [\"openai:x\"]\n");
    world.byok("trust --yes").within("project").go();
    let missing = ["openai:x", "missing", "is an admin key"];
    world.byok("check").within("project").code(3).stdout_holds(&missing).stderr_holds(&[""]).check();
    // Nor is a tool set up with one.
    let setup = world.byok("setup llm openai:x --yes --shell bash").env("HOME", world.path("user"));
    setup.code(4).stderr_holds(&["is an admin key"]).check();
}
