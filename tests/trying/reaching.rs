//! N12, L13: whom byok talks to, and whom it does not.

use super::{Net, answer, keys};
use crate::leaks::traced;
use crate::tools::tool;
use crate::upstream::Upstream;
use crate::world::World;

/// The internet addresses that were connected to or written to, as `address:port`.
fn reached(calls: &str) -> Vec<String> {
    let between = |line: &str, start: &str, end: char| {
        let rest = line.split_once(start)?.1;
        Some(rest[..rest.find(end)?].to_owned())
    };
    let address = |line: &str| {
        let port = between(line, "port=htons(", ')')?;
        let ip = between(line, "inet_addr(\"", '"').or_else(|| between(line, "inet_pton(AF_INET6, \"", '"'))?;
        Some(format!("{ip}:{port}"))
    };
    let mut all: Vec<String> = calls.lines().filter_map(address).collect();
    all.sort();
    all.dedup();
    all
}

const CALLS: [&str; 2] = ["-e", "trace=/connect|sendto|sendmsg|sendmmsg"];

#[test]
fn a_test_reaches_the_hosts_of_its_keys_and_nobody_else() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (first, second) = (Upstream::http(answer), Upstream::http(answer));
    let world = World::new();
    for (name, upstream) in [("one", &first), ("two", &second)] {
        let run = world.byok(&format!("add {name} --stdin --endpoint")).arg(upstream.url("/v1"));
        run.stdin(super::own("valid")).go();
    }
    // A key that nobody names is not sent on somebody's way.
    let run = world.byok("test one").without("BYOK_OFFLINE");
    assert_eq!(reached(&traced(&world, &strace, &CALLS, run, 0)), [first.address().to_string()]);
    let mut both = [first.address().to_string(), second.address().to_string()];
    both.sort();
    let run = world.byok("test").without("BYOK_OFFLINE");
    assert_eq!(reached(&traced(&world, &strace, &CALLS, run, 0)), both);
}

#[test]
fn behind_a_proxy_only_the_proxy_is_reached_and_no_name_is_looked_up() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (world, net) = (keys(&["valid"]), Net::new(answer));
    let run = net.byok(&world, "test");
    let proxy = net.proxy.url().trim_start_matches("http://").to_owned();
    assert_eq!(reached(&traced(&world, &strace, &CALLS, run, 0)), [proxy]);
    assert!(net.proxy.other().is_empty());
    // N05: never for this machine, and not for whom `NO_PROXY` names.
    let here = Upstream::http(answer);
    world.byok("add mine --stdin --endpoint").arg(here.url("/v1")).stdin(super::own("valid")).go();
    let before = net.proxy.connections();
    net.byok(&world, "test mine").stdout_holds(&["valid"]).check();
    assert_eq!(net.proxy.connections(), before);
}

/// The verbs that have no business with the network, and their exit codes.
const LOCAL: [(&str, i32); 22] = [
    ("list", 0),
    ("list --json", 0),
    ("show openai", 0),
    ("status", 0),
    ("status --short", 0),
    ("get openai:valid", 0),
    ("has openai", 0),
    ("env", 0),
    ("env --unset", 0),
    ("run -- true", 0),
    ("export", 0),
    ("export --format json", 0),
    ("import-env", 0),
    ("import-env --dry-run", 0),
    ("use openai:fine", 0),
    ("edit openai:fine --note n", 0),
    ("completions bash", 0),
    ("provider list", 0),
    ("provider show openai", 0),
    ("profile list", 0),
    ("--help", 0),
    ("rm openai:fine -y", 0),
];

#[test]
fn the_other_verbs_open_no_socket_although_nothing_forbids_it() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = keys(&["valid", "fine"]);
    for (verb, code) in LOCAL {
        let run = world.byok(verb).without("BYOK_OFFLINE").env("HTTPS_PROXY", "http://127.0.0.1:9");
        let run = run.env("MISTRAL_API_KEY", "0123456789abcdef0123456789abcdef");
        let calls = traced(&world, &strace, &["-e", "trace=/socket|connect"], run, code);
        assert!(!calls.contains("AF_INET"), "{verb}: {calls}");
    }
}
