//! A real server that nobody here wrote: the proxy of `LiteLLM`, which `tests/litellm.sh install` puts into `target/`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::tools::skipped;
use crate::world::{Run, World};

const MASTER: &str = "sk-master-of-the-proxy-0000000000000004711";
const WRONG: &str = "sk-of-nobody-at-all-0000000000000000004712";

/// A proxy, which ends with the test.
struct LiteLlm {
    process: Child,
    port: String,
}

impl LiteLlm {
    /// Starts it, open to everybody where `master` is empty; `None`, said, where it is not installed.
    fn start(master: &str) -> Option<Self> {
        /// What the script ends with where there is nothing to start.
        const NOT_INSTALLED: i32 = 77;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/litellm.sh");
        let mut command = Command::new(script);
        command.args(["serve", "0", master]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        if port.is_empty() {
            let _ = process.kill();
            let ended = process.wait_with_output().unwrap();
            let why = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(NOT_INSTALLED), "{why}");
            skipped(why.trim_end());
            return None;
        }
        Some(Self { process, port: port.trim_end().to_owned() })
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Adds a key whose endpoint is a path of this server.
    fn add<'a>(&self, world: &'a World, name: &str, path: &str, key: &str) -> Run<'a> {
        world.byok("add --stdin").arg(name).arg("--endpoint").arg(self.url(path)).without("BYOK_OFFLINE").stdin(key)
    }
}

impl Drop for LiteLlm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `byok test --json` says of all keys: name, verdict, whether it works, what it says, how many models.
#[track_caller]
fn verdicts(world: &World, code: i32) -> Vec<(String, String, Value, Value, Value)> {
    let run = world.byok("test --json").without("BYOK_OFFLINE").stdout_holds(&["\"version\": 1"]);
    let output = run.code(code).check();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |key: &Value| {
        let models = key["facts"]["models"].clone();
        (text(&key["key"]), text(&key["verdict"]), key["works"].clone(), key["says"].clone(), models)
    };
    document["keys"].as_array().unwrap().iter().map(row).collect()
}

/// The two lines of every first key.
fn founded(world: &World) -> String {
    let home = world.home().display().to_string();
    format!(
        "made an age identity: {home}/identity.txt\n\
         without it nobody opens your keys: keep a copy of this file somewhere safe, off this machine\n\
         made profile `default`: {home}/profiles/default.age\n"
    )
}

#[test]
fn a_litellm_proxy_tells_its_master_key_from_others() {
    let Some(proxy) = LiteLlm::start(MASTER) else { return };
    let world = World::new();
    // Without a database, it answers a key that it does not know by 400.
    let refused = |name: &str| {
        format!(
            "byok: error: {name} turns this key down: invalid, the proxy knows no such key\n\
             byok: hint: nothing was stored; `--no-test` does it all the same\n"
        )
    };
    let good = |name: &str| format!("tested: valid, 1 model\n|added `{name}` (sk-m…4711) to profile `default`\n");
    for (id, name) in [("litellm", "LiteLLM proxy"), ("my-proxy", "My Proxy")] {
        for path in ["", "/v1"] {
            proxy.add(&world, id, path, WRONG).stderr(refused(name)).code(5).check();
        }
    }
    assert_eq!(world.tree(), Vec::<String>::new());

    proxy.add(&world, "litellm", "", MASTER).stderr(good("litellm").replace('|', &founded(&world))).check();
    // Both of the addresses that people give for it, also as that of a provider that byok never heard of.
    for (name, path) in [("litellm:v1", "/v1"), ("my-proxy", "/v1"), ("my-other-proxy", "")] {
        let run = proxy.add(&world, name, path, MASTER).arg("--duplicate");
        run.stderr(good(name).replace('|', "")).check();
    }
    let row = |name: &str, verdict: &str, works: bool, says: Value, models: Value| {
        (name.to_owned(), verdict.to_owned(), works.into(), says, models)
    };
    let valid = |name| row(name, "valid", true, Value::Null, 1.into());
    let others = ["litellm:default", "litellm:v1", "my-other-proxy"].map(valid);
    assert_eq!(verdicts(&world, 0), [&others[..], &[valid("my-proxy")]].concat());

    let wrong = proxy.add(&world, "my-proxy", "/v1", WRONG).arg("--replace").arg("--no-test");
    wrong.stderr("replaced `my-proxy` (sk-o…4712) in profile `default`\n").check();
    let invalid = row("my-proxy", "invalid", false, "the proxy knows no such key".into(), Value::Null);
    assert_eq!(verdicts(&world, 5), [&[invalid], &others[..]].concat());
}

#[test]
fn an_open_litellm_proxy_proves_no_key() {
    let Some(proxy) = LiteLlm::start("") else { return };
    let world = World::new();
    let untestable = "it answers whatever the key, which proves none";
    let said = format!(
        "not tested: {untestable}, 1 model\n{}added `litellm` (sk-o…4712) to profile `default`\n",
        founded(&world)
    );
    proxy.add(&world, "litellm", "", WRONG).stderr(said).check();
    let row = ("litellm".to_owned(), "untestable".to_owned(), Value::Null, untestable.into(), 1.into());
    assert_eq!(verdicts(&world, 1), [row]);
}
