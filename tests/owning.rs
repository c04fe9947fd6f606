//! Servers and providers of a person's own: added, tried and tested.

use crate::upstream::{Reply, Seen, Upstream};
use crate::world::World;

const KEY: &str = "sk-mine-7d1f0c5b2a9e4836";

/// What a server that speaks as OpenAI does answers to this key, and to every other.
fn lists_models(seen: &Seen) -> Reply {
    match seen.header("authorization") {
        Some(sent) if sent == format!("Bearer {KEY}") => {
            Reply::json(200, r#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#)
        }
        _ => Reply::json(401, r#"{"error":{"message":"no such key"}}"#),
    }
}

#[test]
fn a_provider_of_ones_own_is_tried_when_it_is_added_and_its_keys_are_tested() {
    let world = World::new();
    let server = Upstream::http(lists_models);
    let base = server.url("/v1");
    let add = world.byok("provider add my-llm --base-url").arg(&base).without("BYOK_OFFLINE");
    let path = world.home().join("providers.toml");
    add.stderr(format!(
        "added provider `my-llm` to `{}`\nit answers, and refuses a key that nobody issued: keys can be tested\nbyok: hint: add its key with `byok add my-llm`\n",
        path.display()
    ))
    .check();
    assert_eq!(server.seen()[0].target, "/v1/models");
    let add = world.byok("add my-llm --stdin").stdin(KEY).without("BYOK_OFFLINE");
    add.stderr_holds(&["tested: valid, 2 models\n", "added `my-llm`"]).check();
    world
        .byok("add my-llm:wrong --stdin")
        .stdin("sk-mine-4b6c2a9e1d7f0035")
        .without("BYOK_OFFLINE")
        .code(5)
        .stderr("byok: error: My Llm turns this key down: invalid, no such key\nbyok: hint: nothing was stored; `--no-test` does it all the same\n")
        .check();
    world.byok("list").stdout_holds(&["valid"]).check();
}

#[test]
fn an_address_without_its_version_is_found_all_the_same() {
    let world = World::new();
    let server = Upstream::http(|seen| match seen.target.as_str() {
        "/v1/models" => lists_models(seen),
        _ => Reply::json(404, r#"{"detail":"Not Found"}"#),
    });
    let add = world.byok("add home-made --stdin --endpoint").arg(server.url("")).stdin(KEY).without("BYOK_OFFLINE");
    add.stderr_holds(&["tested: valid, 2 models\n"]).check();
    // A known provider's key at a server of one's own goes the same way.
    let add = world.byok("add openai:proxy --stdin --as-is --endpoint").arg(server.url("")).stdin(KEY);
    add.without("BYOK_OFFLINE").stderr_holds(&["tested: valid, 2 models\n"]).check();
    let asked: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    // The real key finds its way, and an invented one is sent where that led.
    let way = ["/models", "/v1/models", "/v1/models"];
    assert_eq!(asked, [way, way].concat());
}

#[test]
fn a_server_that_takes_any_key_proves_none() {
    let world = World::new();
    let server = Upstream::http(|_| Reply::json(200, r#"{"object":"list","data":[{"id":"a"}]}"#));
    let add = world.byok("provider add open --base-url").arg(server.url("/v1")).without("BYOK_OFFLINE");
    add.stderr_holds(&["it answers whatever the key: whether one works cannot be tested\n"]).check();
    let add = world.byok("add open --stdin").stdin(KEY).without("BYOK_OFFLINE");
    add.stderr_holds(&["not tested: it answers whatever the key, which proves none, 1 model\n"]).check();
}

#[test]
fn a_local_server_needs_no_key() {
    let world = World::new();
    let server = Upstream::http(|_| Reply::json(200, r#"{"object":"list","data":[{"id":"llama3"}]}"#));
    let add = world.byok("add ollama --stdin --endpoint").arg(server.url("")).without("BYOK_OFFLINE");
    add.stderr_holds(&["no key, as a server of one's own may need none: stored as `no-key`\n", "1 model\n"]).check();
    let sent = server.seen();
    assert!(sent.iter().all(|seen| seen.header("authorization").is_none()), "a local Ollama takes no key");
    let env = format!("export OLLAMA_API_KEY='no-key';\nexport OLLAMA_HOST='{}';\n", server.url(""));
    let env = env.replace('\'', "");
    world.byok("env").stdout(env).check();
    // Elsewhere an empty key is still a mistake.
    world.byok("add openai --stdin").code(2).stderr_holds(&["byok: error:"]).check();
}

#[test]
fn a_wrong_address_is_said_at_once() {
    let world = World::new();
    let add = world.byok("provider add gone --base-url https://does-not-exist.invalid/v1").without("BYOK_OFFLINE");
    add.stderr_holds(&[
        "byok: warning: it could not be tried: unreachable, dns: the name does-not-exist.invalid is not found\n",
    ])
    .check();
    let add = world.byok("add my-nas --stdin --no-test --endpoint https://192.168.7.7/v1").stdin(KEY);
    add.stderr_holds(&[
        "byok: warning: this endpoint is in a private network: whoever runs it there will see the key\n",
    ])
    .check();
    for link_local in ["https://169.254.169.254/v1", "https://[fd00:ec2::254]/", "https://metadata.google.internal/v1"]
    {
        world
            .byok("add my-cloud --stdin --endpoint")
            .arg(link_local)
            .stdin(KEY)
            .code(2)
            .stderr_holds(&["link-local address"])
            .check();
    }
}
