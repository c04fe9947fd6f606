//! Q04: an address leads where Node, which reads them as browsers do, says that it leads, or is refused.

use std::io::Write as _;
use std::net::IpAddr;
use std::process::{Command, Stdio};

use byok::endpoint::Endpoint;

use crate::tools::tool;

/// What an address is put together from: plain parts, and those on which parsers have disagreed.
const SCHEMES: &[&str] =
    &["https://", "https://", "https://", "http://", "HTTPS://", "https:/", "https:", "https:\\\\", "//"];
const USERS: &[&str] = &["", "", "", "", "", "api.openai.com@", "u:p@", "api.openai.com%40", "@", "api.openai.com\\@"];
const HOSTS: &[&str] = &[
    "api.openai.com",
    "API.OpenAI.com",
    "api.openai.com.",
    "api.openai.com.evil.example",
    "evil.example",
    "a_b.example",
    "-a.example",
    "xn--pi-7kc.openai.com",
    "xn--a",
    "\u{430}pi.openai.com",
    "api\u{3002}openai.com",
    "api.openai.com%2eevil",
    "api%2eopenai.com",
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "1.2.3.4.",
    "1.2.3",
    "256.1.1.1",
    "1.2.3.4x",
    "0x",
    "a.0x1",
    "a.1",
    "localhost",
    "LOCALHOST",
    "localhost.evil.example",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25eth0]",
    "[::1",
    "::1",
    "[2001:DB8::1]",
    "a..b",
    "",
    "a b",
    "a\tb",
    "a\u{ad}b",
    "\u{ff41}.example",
    "a,b",
    "a*b",
    "a;b",
    "a'b",
];
const PORTS: &[&str] =
    &["", "", "", "", ":443", ":8443", ":0", ":65535", ":65536", ":", ":+443", ":0443", ":-1", ":4 43", ":\u{661}"];
const PATHS: &[&str] = &[
    "",
    "/",
    "/v1",
    "/v1/",
    "\\@evil.example",
    "/@evil.example",
    "//evil.example",
    "?x@evil.example",
    "#@evil.example",
    "/..",
    "/%2e%2e/",
    ";@evil.example",
    "\u{9}/v1",
];

/// One line of JSON a line: the host and port that Node reads, or nothing.
const NODE: &str = "
    const port = (url) => url.port || (url.protocol === 'https:' ? '443' : '80');
    for (const line of require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean)) {
        let read = null;
        try { const url = new URL(JSON.parse(line)); read = [url.hostname, port(url)]; } catch {}
        console.log(JSON.stringify(read));
    }";

fn is_same(host: &str, theirs: &str) -> bool {
    let bare = theirs.trim_start_matches('[').trim_end_matches(']');
    match (host.parse::<IpAddr>(), bare.parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => host == bare,
    }
}

#[test]
fn an_address_leads_where_node_says_or_nowhere() {
    let Some(node) = tool(&["node"]) else { return };
    let mut all = Vec::new();
    for (at, host) in HOSTS.iter().enumerate() {
        for (number, port) in PORTS.iter().enumerate() {
            for turn in 0..9 {
                let pick = |parts: &[&'static str], by: usize| parts[(at * 7 + number * 3 + turn * by) % parts.len()];
                all.push([pick(SCHEMES, 1), pick(USERS, 5), host, port, pick(PATHS, 11)].concat());
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    assert!(all.len() >= 5000, "{}", all.len());
    let mut child = Command::new(node).args(["-e", NODE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked: String = all.iter().map(|url| serde_json::to_string(url).unwrap() + "\n").collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(stdin.write_all(asked.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Option<(String, String)>> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), all.len());
    let (mut taken, mut wrong) = (0, Vec::new());
    for (url, theirs) in all.iter().zip(answers) {
        let Ok(ours) = Endpoint::parse(url) else { continue };
        // No name at all to those who decode it, byok's own client among them: it leads nowhere.
        if theirs.is_none() && ours.host().contains("xn--") {
            continue;
        }
        taken += 1;
        let is_right = theirs.as_ref().is_some_and(|(host, port)| {
            let implied = port == "80" && ours.port() == 443 && ours.as_str().starts_with("http://");
            is_same(ours.host(), host) && (*port == ours.port().to_string() || implied)
        });
        if !is_right {
            wrong.push(format!("{url:?}: {}:{}, and Node says {theirs:?}", ours.host(), ours.port()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken > 100, "only {taken} of {} were taken", all.len());
}
