//! What must not be lost, or taken for more than it is: a verdict that is known, an address that is stored.

use super::{json, stored};
use crate::upstream::{Reply, Seen, Upstream};
use crate::world::World;

const KEY: &str = "sk-mine-7d1f0c5b2a9e4836";
const OTHER: &str = "sk-mine-1c9e5a7b3d2f4860";

/// A server that knows one key.
fn knows(key: &'static str) -> Upstream {
    Upstream::http(move |seen: &Seen| {
        let known = seen.header("authorization") == Some(&format!("Bearer {key}"));
        if known { Reply::json(200, "{\"data\":[{}]}") } else { Reply::json(401, "{\"error\":\"no such key\"}") }
    })
}

#[test]
fn a_new_key_is_tested_where_the_old_one_lives() {
    let (world, server) = (World::new(), knows(KEY));
    let add = |arguments: &str| world.byok(arguments).without("BYOK_OFFLINE");
    add("add openai --stdin --as-is --endpoint").arg(server.url("/v1")).stdin(KEY).go();
    // The same command as byok's own hint: the address is not repeated.
    let run = add("add openai --replace --stdin --as-is").stdin(OTHER).code(5);
    run.stderr_holds(&["OpenAI turns this key down: invalid, no such key"]).check();
    let run = add("test openai --stdin").stdin(OTHER).code(5);
    run.stdout_holds(&["invalid", "no such key"]).check();
    let run = add("import-env --replace --test").env("OPENAI_API_KEY", OTHER).code(5);
    run.stdout_holds(&["not stored: invalid, no such key"]).stderr_holds(&["0 keys sealed"]).check();
    assert_eq!(server.seen().len(), 2 + 3, "every question came here");
    world.byok("get openai").stdout(KEY).check();
}

#[test]
fn a_test_that_learns_nothing_takes_no_verdict_away() {
    let (world, server) = (World::new(), knows(KEY));
    let run = world.byok("add mine --stdin --endpoint").arg(server.url("/v1")).without("BYOK_OFFLINE");
    run.stdin(KEY).go();
    drop(server);
    let test = || world.byok("test mine").without("BYOK_OFFLINE");
    test().code(1).stdout_holds(&["unreachable  connect: nobody listens"]).check();
    assert_eq!(stored(&world), super::pairs(&[("mine", "valid")]));
    world.byok("list").stdout_holds(&["valid"]).check();
    let show =
        world.byok("show mine").stdout_holds(&["verdict      valid, 1 model\n", "since then   unreachable, connect: "]);
    show.check();
    world.byok("status").stdout_holds(&["valid             1\n", "no answer lately  1  mine\n"]).check();
    let tested = json(&world.byok("show mine --json").go());
    assert_eq!(tested["tested"]["since"]["verdict"], "unreachable");
    // What is known will do.
    test().arg("--max-age").arg("1h").stdout_holds(&["valid", "just now"]).check();
}

#[test]
fn an_answer_that_all_keys_get_says_nothing_of_one() {
    for (status, word, code) in [(429, "unexpected", 1), (403, "blocked", 5), (402, "untestable", 1)] {
        let (world, server) = (World::new(), Upstream::http(move |_| Reply::json(status, "{}")));
        let run = world.byok("add mine --stdin --no-test --endpoint").arg(server.url("/v1"));
        run.stdin(KEY).go();
        world.byok("test").without("BYOK_OFFLINE").code(code).stdout_holds(&[word]).check();
        assert_eq!(server.seen().len(), 2, "{status}: an invented key is sent as well");
    }
}

#[test]
fn a_test_of_ones_own_is_doubted_until_it_is_vouched_for() {
    let server = Upstream::http(|_| Reply::json(200, "{\"data\":[{}]}"));
    let entry = |more: &str| {
        format!(
            "[open]\nbase_url = \"{0}\"\ntest.url = \"{0}/x\"\ntest.status = {{ 200 = \"valid\", 401 = \"invalid\" }}\n{more}",
            server.url("/v1")
        )
    };
    for (more, word) in
        [("", "untestable"), ("auth.style = \"none\"\n", "untestable"), ("test.unproven = false\n", "valid")]
    {
        let world = World::new();
        world.file("home/providers.toml", entry(more));
        let run = world.byok("test open --stdin").without("BYOK_OFFLINE").stdin(KEY);
        let output = run.output();
        assert!(String::from_utf8(output.stdout).unwrap().contains(word), "{more}");
    }
    let world = World::new();
    world.file("home/providers.toml", entry("test.headers = { Host = \"evil.example\" }\n"));
    world.byok("provider list").code(1).stderr_holds(&["`Host` is no name of a header that an entry may set"]).check();
}

#[test]
fn what_is_spent_or_over_is_not_called_valid() {
    for (body, word) in [
        ("{\"data\":{\"limit\":1,\"limit_remaining\":0}}", "no-credit"),
        ("{\"data\":{\"limit\":1,\"limit_remaining\":-5}}", "no-credit"),
        ("{\"data\":{\"limit\":1,\"limit_remaining\":1,\"expires_at\":\"2020-01-01T00:00:00Z\"}}", "expired"),
        ("{\"data\":{\"limit\":1,\"limit_remaining\":0.5,\"expires_at\":null}}", "valid"),
        ("{\"data\":{\"limit\":null,\"limit_remaining\":null}}", "valid"),
    ] {
        let (world, net) = (World::new(), super::Net::new(move |_| Reply::json(200, body)));
        let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
        let output = net.byok(&world, "test openrouter --stdin").stdin(key).output();
        assert!(String::from_utf8(output.stdout).unwrap().contains(word), "{body}");
    }
}

#[test]
fn a_project_file_does_not_say_where_a_key_goes() {
    let (world, evil) = (World::new(), knows(KEY).may_stay_idle());
    let env = world.file(".env", format!("DATABRICKS_HOST={}\nOPENAI_BASE_URL={}\n", evil.url(""), evil.url("/v1")));
    let import = || {
        let run = world.byok("import-env --test --file").arg(&env).without("BYOK_OFFLINE");
        run.env("DATABRICKS_TOKEN", "dapi0123456789abcdef0123456789abcdef").env("HTTPS_PROXY", "http://127.0.0.1:1")
    };
    let run = import().stderr_holds(&["1 key sealed"]);
    run.stdout_holds(&["skipped: its `endpoint` does not come from where the key does"]).check();
    let fields = json(&world.byok("show databricks --json").go())["fields"].take();
    assert_eq!(fields, serde_json::json!({}));
    // A key that stands in the same file has its address from there.
    let own = world.file("own.env", format!("OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={}\n", evil.url("/v1")));
    let run = world.byok("import-env openai --file").arg(&own).stderr_holds(&["1 key sealed"]);
    run.stdout_holds(&["added"]).check();
    assert_eq!(evil.connections(), 0);
}

#[test]
fn an_import_leads_a_stored_key_nowhere_else_without_consent() {
    let world = World::new();
    let evil = knows(KEY).may_stay_idle();
    world.byok("add azure --stdin --field resource=mine").stdin("0123456789abcdef0123456789abcdef").go();
    let import = |arguments: &str| {
        let run = world.byok(arguments).without("BYOK_OFFLINE").env("HTTPS_PROXY", "http://127.0.0.1:1");
        run.env("AZURE_OPENAI_API_KEY", "0123456789abcdef0123456789abcdef").env("AZURE_RESOURCE_NAME", "evil")
    };
    for arguments in ["import-env", "import-env --test"] {
        let run = import(arguments).code(1);
        let said = "would lead the key from mine.openai.azure.com to evil.openai.azure.com";
        run.stdout_holds(&[said]).stderr_holds(&["`byok import-env azure --replace`"]).check();
        world.byok("show azure").stdout_holds(&["resource     mine\n"]).check();
    }
    import("import-env --replace").stdout_holds(&["updated"]).stderr_holds(&["1 key sealed"]).check();
    world.byok("show azure").stdout_holds(&["resource     evil\n"]).check();
    assert_eq!(evil.connections(), 0);
    // What would steer a shell or a header later is not taken in now.
    let run = world.byok("import-env").env("OPENAI_API_KEY", KEY).env("OPENAI_ORG_ID", "org\r\nX-Evil: 1");
    run.stdout_holds(&["added", "skipped: its `organisation` is no short, plain text"]).stderr_holds(&[""]).check();
}

#[test]
fn adding_is_no_consent_to_an_entry_that_leads_elsewhere() {
    let evil = knows(KEY).may_stay_idle();
    let world = World::new();
    world.byok("add openai --stdin --as-is").stdin(KEY).go();
    world.file("home/providers.toml", format!("[openai]\nbase_url = \"{}\"\n", evil.url("/v1")));
    for arguments in [
        "add openai --stdin --as-is",
        "add openai --stdin --as-is --replace",
        "add openai:second --stdin --as-is --duplicate",
        "test openai --stdin",
    ] {
        let run = world.byok(arguments).without("BYOK_OFFLINE").stdin(KEY).code(4);
        run.stdout_holds(&[""])
            .stderr_holds(&["the address of `openai` has changed from api.openai.com to 127.0.0.1:"])
            .check();
    }
    world.byok("add openai:third --stdin --as-is --duplicate --no-test").stdin(KEY).without("BYOK_OFFLINE").go();
    world
        .byok("test")
        .without("BYOK_OFFLINE")
        .code(4)
        .stdout_holds(&["not sent"])
        .stderr_holds(&["not sent there"])
        .check();
    assert_eq!(evil.connections(), 0);
    // An address for this very key is consent.
    let run = world.byok("add openai --replace --duplicate --stdin --as-is --endpoint").arg(evil.url("/v1"));
    run.without("BYOK_OFFLINE").stdin(KEY).stderr_holds(&["tested: valid"]).check();
}
