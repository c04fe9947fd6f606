//! What `byok test` may be told: how old a verdict may be, whether to ask at all, how long, how many, and at what cost.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use super::{HOSTS, Net, answer, believing, cells, json, key, keys, pairs, stored};
use crate::leaks::traced;
use crate::tools::tool;
use crate::upstream::Reply;
use crate::world::World;

#[test]
fn a_recent_verdict_will_do_and_one_that_says_nothing_will_not() {
    let (world, net) = (keys(&["valid", "bad", "down"]), Net::new(answer));
    net.byok(&world, "test").code(5).stdout_holds(&["valid"]).stderr_holds(&["1 of 3"]).check();
    let first = net.upstream.seen().len();
    let again =
        json(&net.byok(&world, "test --max-age 1h --json").code(5).stdout_holds(&[""]).stderr_holds(&[""]).check());
    let fresh: Vec<_> = again["keys"].as_array().unwrap().iter().map(|key| key["fresh"].as_bool().unwrap()).collect();
    assert_eq!(fresh, [false, true, false]);
    let seen = net.upstream.seen();
    // Twice, for an outage is asked about once more.
    assert_eq!(seen.len() - first, 2);
    assert!(seen[first..].iter().all(|seen| super::word(seen) == "down"));
    // Remembered, all of it: nobody is asked, and there is nothing to say of the network.
    let table = net.byok(&world, "test openai:bad openai:valid --max-age 1h").code(5);
    let table = table.stdout_holds(&[""]).stderr("1 of 2 keys work\n").check();
    let expected = "KEY|VERDICT|TIME|WHAT IT SAYS\nopenai:bad|invalid|just now|Incorrect API key provided\nopenai:valid|valid|just now|2 models";
    assert_eq!(cells(&table.stdout), expected);
    assert_eq!(net.upstream.seen().len(), seen.len());
}

#[test]
fn an_old_verdict_is_asked_for_again() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let (world, net) = (keys(&["valid"]), Net::new(answer));
    net.byok(&world, "test").stdout_holds(&["valid"]).stderr(believing(&world)).check();
    for (later, asked) in [("+50m", 1), ("+70m", 2)] {
        let run = net.byok(&world, "test --max-age 1h").through([faketime.to_str().unwrap(), "-f", later]);
        run.stdout_holds(&["valid"]).stderr_holds(&[""]).check();
        assert_eq!(net.upstream.seen().len(), asked, "{later}");
    }
    for wrong in ["1", "0s", "-1h", "h", "soon", "1y"] {
        net.byok(&world, "test").arg(format!("--max-age={wrong}")).code(2).stderr_holds(&["length of time"]).check();
    }
}

#[test]
fn offline_looks_at_the_form_and_opens_no_socket() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = keys(&["valid"]);
    world.byok("add groq --stdin --as-is").stdin(key("valid")).go();
    world.byok("add mistral --stdin --as-is").stdin("YOUR_API_KEY").go();
    let table = "KEY|VERDICT|WHAT IT SAYS
groq|invalid|it looks like a key of OpenAI, not of Groq
mistral|invalid|it is a placeholder
openai:valid|untestable|it looks like a key of OpenAI";
    for way in ["--offline", "variable", "settings"] {
        if way == "settings" {
            world.file("home/config.toml", "offline = true\n");
        }
        let run = |arguments: &str| {
            let run = world.byok(arguments).without("BYOK_OFFLINE");
            let run = run.env("BYOK_OFFLINE", if way == "variable" { "1" } else { "0" });
            if way == "--offline" { run.arg("--offline") } else { run }
        };
        let output =
            run("test").code(5).stdout_holds(&[""]).stderr_holds(&["offline: only the form was looked at\n"]).check();
        assert_eq!(cells(&output.stdout), table, "{way}");
        let calls = traced(&world, &strace, &["-e", "trace=/socket|connect"], run("test"), 5);
        assert!(!calls.contains("AF_INET"), "{way}: {calls}");
        // A look at the form was all that was asked for, or nothing could be learnt.
        let code = i32::from(way != "--offline");
        run("test openai").code(code).stdout_holds(&["untestable"]).stderr_holds(&["offline"]).check();
    }
    // What was looked at is not what a provider said.
    assert_eq!(stored(&world), pairs(&[("groq", ""), ("mistral", ""), ("openai:valid", "")]));
}

#[test]
fn a_key_from_standard_input_is_tested_and_never_stored() {
    let (world, net) = (World::new(), Net::new(answer));
    for (word, code) in [("valid", 0), ("bad", 5), ("down", 1)] {
        let run = net.byok(&world, "test openai --stdin").stdin(format!("export OPENAI_API_KEY='{}'\n", key(word)));
        run.code(code).stdout_holds(&["openai  "]).stderr(believing(&world)).check();
    }
    let run = net.byok(&world, "test openai --stdin --json").stdin(key("valid"));
    let document = json(&run.stdout_holds(&[""]).stderr(believing(&world)).check());
    assert_eq!((&document["profile"], &document["works"]), (&serde_json::Value::Null, &1.into()));
    for arguments in ["test --stdin", "test openai groq --stdin"] {
        let run = net.byok(&world, arguments).stdin(key("valid")).code(2);
        run.stderr(
            "byok: error: `--stdin` tests one key of one provider\nbyok: hint: name it: `byok test openai --stdin`\n",
        )
        .check();
    }
    let offline = world.byok("test openai --stdin --offline").stdin(key("valid"));
    let offline = offline.stderr("offline: only the form was looked at\n");
    offline.stdout_holds(&["untestable", "it looks like a key of OpenAI"]).check();
    assert_eq!(net.upstream.connections(), 5);
    assert_eq!(world.tree(), [""; 0]);
}

#[test]
fn a_key_from_standard_input_may_have_an_address_of_its_own() {
    let upstream = crate::upstream::Upstream::http(answer);
    let world = World::new();
    let arguments = format!("test openai --stdin --endpoint {}", upstream.url("/v1"));
    let run = world.byok(&arguments).without("BYOK_OFFLINE").stdin(key("valid"));
    run.stdout_holds(&["valid", "2 models"]).check();
    // A second time with an invented key, for such a server need not look at keys at all.
    let seen = upstream.seen();
    assert_eq!(seen.iter().map(|seen| seen.target.as_str()).collect::<Vec<_>>(), ["/v1/models"; 2]);
    assert!(seen[0].header("authorization").unwrap().ends_with(&key("valid")));
    assert!(!seen[1].header("authorization").unwrap().contains(&key("valid")[12..]));
}

#[test]
fn the_time_for_each_key_is_what_was_said() {
    let (world, net) = (keys(&["silent"]), Net::new(answer));
    let run = net.byok(&world, "test --timeout 400ms").code(1);
    let output = run.stdout_holds(&["timeout: no answer within 0.4 s"]).stderr(believing(&world)).check();
    let said = "KEY|VERDICT|WHAT IT SAYS\nopenai:silent|unreachable|timeout: no answer within 0.4 s";
    assert_eq!(cells(&output.stdout), said);
    net.byok(&world, "test --timeout never").code(2).stderr_holds(&["length of time"]).check();
}

#[test]
fn all_are_asked_at_once_or_as_many_as_was_said() {
    let words = ["a", "b", "c", "d", "e", "f"];
    let world = keys(&words);
    // Each answer waits until all six are asked for.
    let meeting = Arc::new(Barrier::new(words.len()));
    let net = Net::new(move |_| {
        meeting.wait();
        Reply::json(200, "{\"data\":[{}]}")
    });
    net.byok(&world, "test").stdout_holds(&["valid"]).stderr_holds(&["6 of 6 keys work"]).check();
    let net = Net::new(|_| Reply::json(200, "{\"data\":[{}]}").after(Duration::from_millis(60)));
    net.byok(&world, "test --jobs 2").stdout_holds(&["valid"]).stderr_holds(&["6 of 6 keys work"]).check();
    assert_eq!(net.upstream.most_at_once(), 2);
    net.byok(&world, "test --jobs 0").code(2).stderr_holds(&["--jobs"]).check();
}

#[test]
fn verbose_tells_of_every_request_without_what_was_sent() {
    let (world, net) = (keys(&["valid", "gone"]), Net::new(answer));
    let output = net.byok(&world, "test -v").code(1).stdout_holds(&["valid"]).stderr_holds(&[""]).check();
    let said = String::from_utf8(output.stderr).unwrap();
    let mut lines: Vec<&str> = said.lines().filter(|line| line.contains(": GET ")).collect();
    lines.sort_unstable();
    let shape = |line: &str| {
        let (start, time) = line.rsplit_once(", ").unwrap();
        assert!(time.strip_suffix(" ms").is_some_and(|number| number.parse::<u32>().is_ok()), "{line}");
        start.to_owned()
    };
    let lines: Vec<String> = lines.into_iter().map(shape).collect();
    let gone = "openai:gone: GET api.openai.com the server hung up without an answer";
    assert_eq!(lines, [gone, gone, "openai:valid: GET api.openai.com 200"]);
    for part in ["Bearer", "sk-proj", "authorization", "0123456789abcdef"] {
        assert!(!said.contains(part), "{said}");
    }
}

#[test]
fn what_may_be_billed_is_sent_only_with_consent_and_never_twice() {
    assert!(HOSTS.contains(&"api.inceptionlabs.ai"));
    let world = World::new();
    world.byok("add inception --stdin").stdin("sk_0123456789abcdef0123456789abcdef").go();
    let net = Net::new(|_| Reply::json(503, "{}")).idle();
    let run = net.byok(&world, "test").code(1).stdout_holds(&["untestable", "a few tokens", "--allow-cost"]);
    run.stderr(believing(&world)).check();
    assert_eq!(net.proxy.connections(), 0);
    let run = net.byok(&world, "test --allow-cost").code(1).stdout_holds(&["provider-down"]);
    run.stderr(format!("the test of `inception` may be billed as a few tokens\n{}", believing(&world))).check();
    let seen = net.upstream.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/v1/chat/completions"));
}
