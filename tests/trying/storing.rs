//! Before a key is stored: its provider is asked, and a key that it disowns stays out.

use super::{Net, answer, believing, cells, json, key, keys, pairs, stored};
use crate::leaks::traced;
use crate::samples::{AMBIGUOUS, ANTHROPIC, GROQ};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;
use crate::upstream::{Reply, Upstream};
use crate::world::World;

const REFUSED: &str = "byok: error: OpenAI turns this key down: invalid, Incorrect API key provided\nbyok: hint: nothing was stored; `--no-test` does it all the same\n";

#[test]
fn a_key_that_works_is_stored_and_said_to_work() {
    let (world, net) = (World::new(), Net::new(answer));
    let run = net.byok(&world, "add openai --stdin").stdin(key("valid"));
    run.stderr_holds(&["\ntested: valid, 2 models\n", "added `openai`"]).check();
    assert_eq!(stored(&world), pairs(&[("openai", "valid")]));
}

#[test]
fn a_key_that_its_provider_disowns_leaves_no_trace_and_the_hint_works() {
    let (world, net) = (World::new(), Net::new(answer));
    let run = net.byok(&world, "add openai --stdin").stdin(key("bad")).code(5);
    run.stderr(believing(&world) + REFUSED).check();
    assert_eq!(world.tree(), [""; 0]);
    let before = net.proxy.connections();
    net.byok(&world, "add openai --stdin --no-test").stdin(key("bad")).stderr_holds(&["added `openai`"]).check();
    assert_eq!(net.proxy.connections(), before);
    assert_eq!(stored(&world), pairs(&[("openai", "")]));
    // What is there is not replaced by one that is turned down.
    let run = net.byok(&world, "add openai --stdin --replace").stdin(key("worse")).code(5);
    run.stderr(believing(&world) + REFUSED).check();
    world.byok("get openai").stdout(key("bad")).check();
}

#[test]
fn no_test_connects_to_nobody() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (world, net) = (World::new(), Net::new(answer).idle());
    let run = net.byok(&world, "add openai --stdin --no-test").stdin(key("bad"));
    let calls = traced(&world, &strace, &["-e", "trace=/socket|connect"], run, 0);
    assert!(!calls.contains("AF_INET"), "{calls}");
    world.file("home/config.toml", "offline = true\n");
    let run = net.byok(&world, "add openai:b --stdin").stdin(key("worse"));
    let calls = traced(&world, &strace, &["-e", "trace=/socket|connect"], run, 0);
    assert!(!calls.contains("AF_INET"), "{calls}");
    assert_eq!(net.proxy.connections(), 0);
}

#[test]
fn a_key_of_which_nothing_can_be_learnt_is_stored_and_counts_as_never_tested() {
    let (world, net) = (World::new(), Net::new(answer));
    for (word, says) in [
        ("gone", "unreachable, connect: the server hung up without an answer"),
        ("down", "provider-down"),
        ("page", "unexpected, a web page"),
    ] {
        let run = net.byok(&world, &format!("add openai:{word} --stdin")).stdin(key(word));
        let warning = format!("byok: warning: not tested: {says}");
        let hint = format!("byok: hint: try again with `byok test openai:{word}`");
        run.stderr_holds(&[&warning, &hint, "added `openai"]).check();
    }
    assert_eq!(stored(&world), pairs(&[("openai:down", ""), ("openai:gone", ""), ("openai:page", "")]));
    world.byok("status").stdout_holds(&["never tested  3  "]).stderr_holds(&["`byok test`"]).check();
}

#[test]
fn a_key_that_cannot_be_used_now_is_stored_with_a_warning() {
    let (world, net) = (World::new(), Net::new(answer));
    for (word, says) in [
        ("poor", "byok: warning: tested: no-credit, check your plan\n"),
        ("blocked", "byok: warning: tested: blocked, OpenAI does not serve this region\n"),
        ("scoped", "\ntested: restricted, the key may not list models"),
        ("busy", "\ntested: rate-limited, slow down\n"),
    ] {
        let run = net.byok(&world, &format!("add openai:{word} --stdin")).stdin(key(word));
        run.stderr_holds(&[says, "added `openai"]).check();
    }
    let expected = [
        ("openai:blocked", "blocked"),
        ("openai:busy", "rate-limited"),
        ("openai:poor", "no-credit"),
        ("openai:scoped", "restricted"),
    ];
    assert_eq!(stored(&world), pairs(&expected));
}

#[test]
fn a_person_may_store_a_dead_key_all_the_same() {
    if !have_tools() {
        return;
    }
    for (typed, code, verdicts) in [("n\n", 5, None), ("\n", 5, None), ("y\n", 0, Some([("openai", "invalid")]))] {
        let (world, net) = (World::new(), Net::new(answer));
        let environment = net.environment(&world);
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut terminal = Terminal::new(&world, &["add", "openai"], &environment, 200);
        terminal.until("API key for openai").until_it_listens().type_in(&format!("{}\n", key("bad")));
        terminal.until("OpenAI turns this key down").until("[y/N]").type_in(typed);
        terminal.ends(code, &["Incorrect API key provided"]);
        match verdicts {
            Some(verdicts) => assert_eq!(stored(&world), pairs(&verdicts)),
            None => assert_eq!(world.tree(), [""; 0]),
        }
    }
}

#[test]
fn a_new_address_is_tried_before_it_is_kept() {
    let strict = Upstream::http(answer);
    let other = Upstream::http(|_| Reply::json(401, "{\"error\":{\"message\":\"who is this\"}}"));
    let world = keys(&["valid"]);
    let document = || std::fs::read(world.sealed()).unwrap();
    let before = document();
    let edit = |upstream: &Upstream| {
        let run = world.byok("edit openai:valid --endpoint").arg(upstream.url("/v1"));
        run.without("BYOK_OFFLINE")
    };
    edit(&other).code(5).stderr_holds(&["OpenAI turns this key down: invalid, who is this", "--no-test"]).check();
    assert_eq!(document(), before);
    edit(&strict).stderr("tested: valid, 2 models\nchanged `openai:valid`\n").check();
    assert_eq!(stored(&world), pairs(&[("openai:valid", "valid")]));
    let asked = (strict.seen().len(), other.seen().len());
    // The same once more asks nobody, and neither does what has nothing to do with the address.
    edit(&strict).stderr("`openai:valid` is so already; nothing was changed\n").check();
    world.byok("edit openai:valid --note n").without("BYOK_OFFLINE").stderr("changed `openai:valid`\n").check();
    edit(&other).arg("--no-test").stderr("changed `openai:valid`\n").check();
    assert_eq!((strict.seen().len(), other.seen().len()), asked);
    assert_eq!(stored(&world), pairs(&[("openai:valid", "")]));
}

#[test]
fn an_import_that_asks_leaves_out_what_is_turned_down() {
    let net = Net::new(|seen| match seen.server_name.as_deref() {
        Some("api.openai.com") => answer(seen),
        Some("api.anthropic.com") => Reply::json(401, "{\"error\":{\"message\":\"invalid x-api-key\"}}"),
        _ => Reply::hang_up(),
    });
    let world = World::new();
    let (openai, deepseek) = (key("valid"), AMBIGUOUS);
    let import = |arguments: &str| {
        let run = net.byok(&world, arguments).env("OPENAI_API_KEY", &openai).env("ANTHROPIC_API_KEY", ANTHROPIC);
        run.env("DEEPSEEK_API_KEY", deepseek).code(5)
    };
    let table = |added: &str| {
        format!(
            "KEY|SECRET|FROM|RESULT
anthropic|sk-a…x1AA|ANTHROPIC_API_KEY|not stored: invalid, invalid x-api-key
deepseek|sk-0…d4f|DEEPSEEK_API_KEY|{added}: unreachable, connect: the server hung up without an answer
openai|sk-p…alid|OPENAI_API_KEY|{added}: valid, 2 models"
        )
        .replace("KEY|SECRET", "PROVIDER|KEY")
    };
    let dry = import("import-env --test --dry-run").stdout_holds(&[""]).stderr_holds(&[""]).check();
    assert_eq!(cells(&dry.stdout), table("new"));
    assert_eq!(world.tree(), [""; 0]);
    let done = import("import-env --test").stdout_holds(&[""]).stderr_holds(&["2 keys sealed"]).check();
    assert_eq!(cells(&done.stdout), table("added"));
    assert_eq!(stored(&world), pairs(&[("deepseek", ""), ("openai", "valid")]));
    let again = json(&import("import-env --test --json").stdout_holds(&[""]).stderr_holds(&[""]).check());
    let told = |at: usize| (again["keys"][at]["result"].as_str(), again["keys"][at]["tested"]["verdict"].as_str());
    assert_eq!(told(0), (Some("refused"), Some("invalid")));
    assert_eq!(told(1), (Some("same"), Some("unreachable")));
    assert_eq!(told(2), (Some("same"), Some("valid")));
    world.byok("import-env --test").code(2).stderr_holds(&["byok is offline", "unset BYOK_OFFLINE"]).check();
}

#[test]
fn a_shape_that_several_share_is_sent_to_nobody_unasked() {
    let (world, net) = (World::new(), Net::new(answer).idle());
    let hints = "byok: error: keys of several providers look like this one
byok: hint: `byok add alibaba --stdin`
byok: hint: `byok add alibaba-cn --stdin`
byok: hint: `byok add deepseek --stdin`
byok: hint: or have each of them asked: `byok add --ask-providers --stdin`
";
    net.byok(&world, "add --stdin").stdin(AMBIGUOUS).code(2).stderr(hints).check();
    assert_eq!(net.proxy.connections(), 0);
    assert_eq!(world.tree(), [""; 0]);
    // Consent, and no network: still nobody.
    world.byok("add --stdin --ask-providers").stdin(AMBIGUOUS).code(2).stderr_holds(&["several providers"]).check();
    world.byok("add --stdin --ask-providers --no-test").stdin(AMBIGUOUS).code(2).stderr_holds(&["--no-test"]).check();
}

#[test]
fn with_consent_exactly_the_candidates_are_asked_and_the_one_that_knows_the_key_has_it() {
    let net = Net::new(|seen| match seen.server_name.as_deref() {
        Some("api.deepseek.com") => Reply::json(200, "{\"is_available\":true,\"balance_infos\":[]}"),
        _ => Reply::json(401, "{\"error\":{\"message\":\"Incorrect API key provided.\"}}"),
    });
    let world = World::new();
    let run = net.byok(&world, "add --stdin --ask-providers").stdin(AMBIGUOUS);
    run.stderr_holds(&["DeepSeek: valid", "Alibaba DashScope: invalid", "added `deepseek` (sk-0…d4f)"]).check();
    assert_eq!(stored(&world), pairs(&[("deepseek", "valid")]));
    let mut hosts = net.proxy.connects();
    hosts.sort();
    hosts.dedup();
    assert_eq!(hosts, ["api.deepseek.com:443", "dashscope-intl.aliyuncs.com:443", "dashscope.aliyuncs.com:443"]);
    // The hint of the refusal, pasted.
    let world = World::new();
    net.byok(&world, "add deepseek --stdin").stdin(AMBIGUOUS).stderr_holds(&["added `deepseek`"]).check();
}

#[test]
fn nobody_or_several_who_know_the_key_is_no_answer() {
    for (status, says, hints) in [(401, "nobody says that it is theirs", 3), (200, "several of them take it", 2)] {
        let net = Net::new(move |_| Reply::json(status, "{\"data\":[{}]}"));
        let world = World::new();
        let run = net.byok(&world, "add --stdin --ask-providers").stdin(AMBIGUOUS).code(2);
        let said =
            String::from_utf8(run.stderr_holds(&["cannot tell whose key this is", says]).check().stderr).unwrap();
        assert_eq!(said.matches("byok: hint: `byok add ").count(), hints, "{said}");
        assert_eq!(world.tree(), [""; 0]);
    }
}

#[test]
fn a_key_that_is_another_providers_by_its_shape_is_not_sent_to_this_one() {
    let (world, net) = (World::new(), Net::new(answer).idle());
    let run = net.byok(&world, "add openai --stdin --as-is").stdin(GROQ);
    run.stderr_holds(&["not tested: it looks like a key of Groq, and was not sent to OpenAI"]).check();
    let run = net.byok(&world, "test").code(1).stdout_holds(&["untestable"]);
    run.stderr(believing(&world)).check();
    assert_eq!(net.proxy.connections(), 0);
}
