//! `byok test`: the table, its words and its exit codes.

use serde_json::json;

use super::{Net, answer, believing, cells, json, key, keys, pairs, stored};
use crate::upstream::Reply;
use crate::world::World;

const ALL: [&str; 11] =
    ["valid", "scoped", "busy", "poor", "bad", "revoked", "blocked", "page", "down", "gone", "silent"];

#[test]
fn every_class_of_answer_has_its_word_and_its_line_worst_first() {
    let (world, net) = (keys(&ALL), Net::new(answer));
    let output = net.byok(&world, "test --timeout 3s").code(5).stdout_holds(&["KEY"]).stderr(
        believing(&world)
            + "3 of 11 keys work, 4 could not be tested\nbyok: hint: put a new key in the place of `openai:bad` with `byok rotate openai:bad`\n",
    );
    let expected = "\
KEY|VERDICT|TIME|WHAT IT SAYS
openai:bad|invalid|N ms|Incorrect API key provided
openai:revoked|revoked|N ms|the account is deactivated
openai:poor|no-credit|N ms|check your plan
openai:blocked|blocked|N ms|OpenAI does not serve this region
openai:page|unexpected|N ms|a web page (status 200), as a login page or a firewall sends
openai:down|provider-down|N ms|status 503
openai:gone|unreachable|connect: the server hung up without an answer
openai:silent|unreachable|timeout: no answer within 3 s
openai:busy|rate-limited|N ms|slow down
openai:scoped|restricted|N ms|the key may not list models (Missing scopes: api.model.read)
openai:valid|valid|N ms|2 models";
    assert_eq!(cells(&output.check().stdout), expected);
    // What may pass is asked once more, the rest once: 11 keys, and one more for the outage and for the hang-up.
    assert_eq!(net.upstream.seen().len(), 13);
    assert!(net.upstream.seen().iter().all(|seen| seen.server_name.as_deref() == Some("api.openai.com")));
    assert!(net.proxy.connects().iter().all(|to| to == "api.openai.com:443"));
}

#[test]
fn the_exit_code_is_that_of_the_worst_class_or_what_fail_on_names() {
    let (world, net) = (keys(&ALL), Net::new(answer));
    for (arguments, code) in [
        ("openai:valid", 0),
        ("openai:scoped openai:busy", 0),
        ("openai:poor", 5),
        ("openai:bad", 5),
        ("openai:revoked", 5),
        ("openai:blocked", 5),
        ("openai:page", 1),
        ("openai:down", 1),
        ("openai:gone", 1),
        ("openai:silent --timeout 300ms", 1),
        ("openai:valid openai:down", 1),
        ("openai:valid openai:bad", 5),
        ("openai:down openai:bad", 5),
        ("openai:bad --fail-on revoked,no-credit", 0),
        ("openai:bad --fail-on revoked,invalid", 5),
        ("openai:down --fail-on invalid", 1),
        ("openai:down openai:valid --fail-on invalid", 0),
        ("openai:down --fail-on provider-down", 5),
        ("openai:valid --fail-on valid", 5),
        ("openai:busy openai:valid --fail-on rate-limited", 5),
    ] {
        let output = net.byok(&world, &format!("test {arguments}")).output();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {output:?}");
    }
    net.byok(&world, "test --fail-on nonsense").code(2).stderr_holds(&["nonsense", "invalid"]).check();
}

#[test]
fn a_bare_provider_is_all_of_its_keys_and_an_unknown_one_is_an_error_before_anybody_is_asked() {
    let (world, net) = (keys(&["valid", "fine"]), Net::new(answer));
    world.byok("add groq --stdin --as-is").stdin(key("valid")).go();
    let names = |arguments: &str| {
        let tested = json(&net.byok(&world, arguments).go());
        let names = tested["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("test openai --json"), ["openai:fine", "openai:valid"]);
    assert_eq!(names("test gpt:fine --json"), ["openai:fine"]);
    assert_eq!(names("test openai:fine openai --json"), ["openai:fine", "openai:valid"]);
    let before = net.proxy.connections();
    net.byok(&world, "test openai mistral").code(3).stderr_holds(&["there is no key `mistral`"]).check();
    net.byok(&world, "test openai:nothing").code(3).stderr_holds(&["there is no key `openai:nothing`"]).check();
    assert_eq!(net.proxy.connections(), before);
}

#[test]
fn an_empty_profile_has_nothing_to_test() {
    let world = World::new();
    let none = world.byok("test").without("BYOK_OFFLINE");
    none.code(3).stderr_holds(&["there is no profile `default`", "byok import-env"]).check();
    world.byok("profile create empty").go();
    let run = world.byok("-p empty test").without("BYOK_OFFLINE").code(1);
    run.stderr("byok: error: profile `empty` has no keys to test\nbyok: hint: take keys in with `byok -p empty import-env` or `byok -p empty add PROVIDER`\n").check();
}

#[test]
fn json_has_every_field_and_no_control_character() {
    let net = Net::new(|seen| {
        if super::word(seen) == "valid" {
            let good = Reply::json(200, "{\"data\":[{}]}").header("openai-organization", "acme");
            return good.header("x-ratelimit-remaining-requests", "7").header("openai-project", "p");
        }
        Reply::json(401, "{\"error\":{\"message\":\"a\\u001b[31mb\\u009b2J\\r\\nc\\u202ed \\u0007e\"}}")
    });
    let world = keys(&["valid"]);
    world.byok("add openai --stdin").stdin(key("other")).go();
    let output = net.byok(&world, "test --json").code(5);
    let output = output.stdout_holds(&["\"version\": 1"]).stderr(believing(&world)).check();
    assert!(!String::from_utf8(output.stdout.clone()).unwrap().chars().any(|c| c.is_control() && c != '\n'));
    let mut document = json(&output);
    for key in document["keys"].as_array_mut().unwrap() {
        assert!(key["ms"].take().is_u64());
        assert!(key["at"].take().as_str().unwrap().ends_with('Z'));
    }
    let bad = json!({
        "key": "openai:default", "provider": "openai", "label": "default", "fresh": true, "verdict": "invalid", "works": false,
        "cause": null, "says": "a [31mb 2J c d e", "at": null, "ms": null, "since": null, "facts": {},
    });
    let good = json!({
        "key": "openai:valid", "provider": "openai", "label": "valid", "fresh": true, "verdict": "valid",
        "works": true, "cause": null, "says": null, "at": null, "ms": null, "since": null,
        "facts": { "organisation": "acme", "project": "p", "models": 1, "requests_left": 7 },
    });
    assert_eq!(document, json!({ "version": 1, "profile": "default", "works": 1, "keys": [bad, good] }));
}

#[test]
fn a_network_fault_says_its_cause_in_json() {
    let (world, net) = (keys(&["gone", "down"]), Net::new(answer));
    let document =
        json(&net.byok(&world, "test --json").code(1).stdout_holds(&["keys"]).stderr(believing(&world)).check());
    let told = |at: usize| {
        let key = &document["keys"][at];
        (key["verdict"].as_str().unwrap(), key["cause"].as_str(), key["works"].clone())
    };
    assert_eq!(told(0), ("provider-down", None, json!(null)));
    assert_eq!(told(1), ("unreachable", Some("connect"), json!(null)));
}

#[test]
fn one_hostile_provider_sees_only_its_own_key() {
    // N17: every host is led to a server of its own, and one of them misbehaves.
    let anthropic = crate::samples::ANTHROPIC;
    let net = Net::new(move |seen| {
        if seen.server_name.as_deref() == Some("api.anthropic.com") {
            Reply::endless("{\"error\":")
        } else {
            answer(seen)
        }
    });
    let world = keys(&["valid"]);
    world.byok("add anthropic --stdin").stdin(anthropic).go();
    net.byok(&world, "test --timeout 5s").code(1).stdout_holds(&["valid"]).stderr_holds(&["1 of 2 keys work"]).check();
    for seen in net.upstream.seen() {
        let raw = String::from_utf8_lossy(&seen.raw).into_owned();
        let hostile = seen.server_name.as_deref() == Some("api.anthropic.com");
        assert_eq!((raw.contains(anthropic), raw.contains(&key("valid"))), (hostile, !hostile), "{raw}");
        // N10, N18: never in the address; the sender says its name and no more.
        assert!(!seen.target.contains("sk-"), "{}", seen.target);
        assert_eq!(seen.header("user-agent"), Some(concat!("byok/", env!("CARGO_PKG_VERSION"))));
        assert_eq!((seen.header("cookie"), seen.header("referer")), (None, None));
    }
    assert_eq!(stored(&world).last(), pairs(&[("openai:valid", "valid")]).last());
}

#[test]
fn a_redirect_is_not_followed_and_a_long_wait_is_not_waited_for() {
    // N01, N16
    let elsewhere = crate::upstream::Upstream::http(answer).may_stay_idle();
    let to = elsewhere.url("/v1/models");
    let net = Net::new(move |seen| match super::word(seen).as_str() {
        "moved" => Reply::redirect(307, &to),
        "busy" => Reply::json(429, "{}").header("retry-after", "3600"),
        _ => Reply::json(503, "{}").header("retry-after", "3600"),
    });
    let world = keys(&["moved", "busy", "down"]);
    let run = net.byok(&world, "test").code(1).stdout_holds(&["rate-limited"]);
    let output = run.stderr(believing(&world) + "1 of 3 keys work, 2 could not be tested\n").check();
    let lines = cells(&output.stdout);
    let moved = "openai:moved|unexpected|N ms|a redirect to 127.0.0.1";
    assert!(lines.contains(moved) && lines.contains("openai:down|provider-down|N ms"), "{lines}");
    assert_eq!((elsewhere.connections(), net.upstream.seen().len()), (0, 3));
}
