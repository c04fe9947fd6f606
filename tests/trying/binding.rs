//! N15: a key goes where it always went. An entry that leads elsewhere now is agreed to first, by a person.

use super::{Net, answer, cells, json, key, keys, own, pairs, stored};
use crate::terminal::{Terminal, have_tools};
use crate::upstream::Upstream;
use crate::world::World;

/// Makes a provider of the person's own, at this address.
fn lead(world: &World, provider: &str, upstream: &Upstream) {
    let entry =
        format!("[{provider}]\nname = \"Mine\"\nbase_url = \"{}\"\nopenai_compatible = true\n", upstream.url("/v1"));
    world.file("home/providers.toml", entry);
}

fn host(upstream: &Upstream) -> String {
    upstream.address().to_string()
}

/// A world with a key of the person's own provider, which was tried where that was at first.
fn bound(first: &Upstream) -> World {
    let world = World::new();
    lead(&world, "mine", first);
    world.byok("add mine --stdin --no-test").stdin(own("valid")).go();
    world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
    world
}

#[test]
fn a_key_is_not_sent_where_its_entry_leads_now_and_nobody_agrees() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    let world = bound(&first);
    lead(&world, "mine", &second);
    let moved = format!("the address of `mine` has changed from {} to {}", host(&first), host(&second));
    let warned = format!(
        "byok: warning: {moved}: `mine` was not sent there\nbyok: hint: if that is right, agree to it in a terminal: `byok test mine`\n"
    );
    let run = world.byok("test").without("BYOK_OFFLINE").code(4);
    let output = run.stdout_holds(&["untestable"]).stderr(&warned).check();
    let line = moved.replace("the address of `mine`", "not sent: the address");
    assert_eq!(cells(&output.stdout), format!("KEY|VERDICT|WHAT IT SAYS\nmine|untestable|{line}"));
    // Also with a recent verdict asked for that there is none of, by name, and as JSON.
    let run = world.byok("test mine --json").without("BYOK_OFFLINE").code(4);
    let document = json(&run.stdout_holds(&[""]).stderr(&warned).check());
    assert_eq!(document["works"], 0);
    assert_eq!(second.connections(), 0);
    // What was known before is known still, and back at the old place all is as it was.
    assert_eq!(stored(&world), pairs(&[("mine", "valid")]));
    lead(&world, "mine", &first);
    world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
}

#[test]
fn a_person_who_agrees_binds_the_key_to_the_new_host() {
    if !have_tools() {
        return;
    }
    let (first, second) = (Upstream::http(answer), Upstream::http(answer));
    let world = bound(&first);
    let before = first.connections();
    lead(&world, "mine", &second);
    for (typed, code, connections) in [("n\n", 4, false), ("\n", 4, false), ("y\n", 0, true)] {
        let mut terminal = Terminal::new(&world, &["test"], &[("BYOK_OFFLINE", "")], 200);
        terminal.until("has changed from").until("send `mine` there?").until("[y/N]").type_in(typed);
        terminal.ends(code, &["mine"]);
        assert_eq!(second.connections() > 0, connections, "{typed:?}");
    }
    // From now on nobody is asked.
    world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
    assert_eq!(first.connections(), before);
    lead(&world, "mine", &first);
    world.byok("test").without("BYOK_OFFLINE").code(4).stdout_holds(&["not sent"]).stderr_holds(&["changed"]).check();
}

#[test]
fn a_built_in_provider_that_is_led_elsewhere_does_not_have_the_key() {
    let elsewhere = Upstream::http(answer).may_stay_idle();
    let (world, net) = (keys(&["valid", "fine"]), Net::new(answer));
    world.file("home/providers.toml", format!("[openai]\nbase_url = \"{}\"\n", elsewhere.url("/v1")));
    let run = net.byok(&world, "test").code(4);
    let from = format!("from api.openai.com to {}", host(&elsewhere));
    run.stdout_holds(&["untestable"]).stderr_holds(&[&from, "byok test openai:valid", "byok test openai:fine"]).check();
    assert_eq!((elsewhere.connections(), net.proxy.connections()), (0, 0));
    std::fs::remove_file(world.home().join("providers.toml")).unwrap();
    net.byok(&world, "test").stdout_holds(&["valid"]).stderr_holds(&["2 of 2"]).check();
    assert!(net.proxy.connections() >= 2);
}

#[test]
fn a_dead_key_among_others_outweighs_one_that_was_not_sent() {
    let elsewhere = Upstream::http(answer).may_stay_idle();
    let other = Upstream::http(answer);
    let world = keys(&["valid"]);
    world.byok("add spare --stdin --no-test --endpoint").arg(other.url("/v1")).stdin(own("bad")).go();
    world.file("home/providers.toml", format!("[openai]\nbase_url = \"{}\"\n", elsewhere.url("/v1")));
    let run = world.byok("test").without("BYOK_OFFLINE").code(5);
    run.stdout_holds(&["invalid", "untestable"]).stderr_holds(&["was not sent there"]).check();
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn an_import_sends_no_key_where_an_entry_of_ones_own_leads_a_built_in_provider() {
    let elsewhere = Upstream::http(answer).may_stay_idle();
    let world = World::new();
    world.file("home/providers.toml", format!("[openai]\nbase_url = \"{}\"\n", elsewhere.url("/v1")));
    let run = world.byok("import-env --test").without("BYOK_OFFLINE").env("OPENAI_API_KEY", key("valid"));
    run.stdout_holds(&["openai"]).stderr_holds(&["has changed from api.openai.com to", "was not sent there"]).check();
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(stored(&world), pairs(&[("openai", "")]));
}

#[test]
fn an_import_sends_no_key_elsewhere_than_where_the_stored_one_is_bound_to() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    let world = bound(&first);
    lead(&world, "mine", &second);
    let run = world.byok("import-env --test").without("BYOK_OFFLINE").env("MINE_API_KEY", own("valid"));
    run.stdout_holds(&["mine"]).stderr_holds(&["has changed from", "was not sent there"]).check();
    assert_eq!(second.connections(), 0);
    assert_eq!(stored(&world), pairs(&[("mine", "valid")]));
}

#[test]
fn an_import_that_asks_binds_the_keys_of_ones_own_providers() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    let world = World::new();
    lead(&world, "mine", &first);
    let run = world.byok("import-env --test").without("BYOK_OFFLINE").env("MINE_API_KEY", own("valid"));
    run.stdout_holds(&["mine", "valid"]).stderr_holds(&["1 key sealed"]).check();
    lead(&world, "mine", &second);
    world.byok("test").without("BYOK_OFFLINE").code(4).stdout_holds(&["not sent"]).stderr_holds(&["changed"]).check();
    assert_eq!(second.connections(), 0);
}

#[test]
fn a_key_with_an_address_of_its_own_goes_there_whatever_the_entry_says() {
    let (own, elsewhere) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    let world = World::new();
    let arguments = format!("add openai --stdin --endpoint {}", own.url("/v1"));
    world.byok(&arguments).without("BYOK_OFFLINE").stdin(key("valid")).stderr_holds(&["tested: valid"]).check();
    world.file("home/providers.toml", format!("[openai]\nbase_url = \"{}\"\n", elsewhere.url("/v1")));
    world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn another_field_is_no_consent_to_another_address() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer).may_stay_idle());
    for test in ["", " --no-test"] {
        let world = bound(&first);
        lead(&world, "mine", &second);
        let edit = format!("edit mine --field organisation=acme{test}");
        let run = world.byok(&edit).without("BYOK_OFFLINE");
        let says = if test.is_empty() { "was not sent there" } else { "" };
        run.stderr_holds(&[says, "changed `mine`"]).check();
        // It is bound as it was, and so it stays where it is.
        world
            .byok("test")
            .without("BYOK_OFFLINE")
            .code(4)
            .stdout_holds(&["not sent"])
            .stderr_holds(&["changed"])
            .check();
        assert_eq!(second.connections(), 0);
    }
}

#[test]
fn a_new_address_for_this_very_key_is_consent() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer));
    for test in ["", " --no-test"] {
        let world = bound(&first);
        let edit = format!("edit mine --endpoint {}{test}", second.url("/v1"));
        world.byok(&edit).without("BYOK_OFFLINE").stderr_holds(&["changed `mine`"]).check();
        world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
    }
}

#[test]
fn an_address_made_of_fields_follows_the_field_that_a_person_changes() {
    let (first, second) = (Upstream::http(answer), Upstream::http(answer));
    let world = World::new();
    let entry = "[mine]\nname = \"Mine\"\nbase_url = \"http://127.0.0.1:{PORT}/v1\"\nopenai_compatible = true\nenv.fields.port = [\"PORT\"]\n";
    world.file("home/providers.toml", entry);
    let port = |upstream: &Upstream| upstream.address().port();
    world
        .byok(&format!("add mine --stdin --field port={}", port(&first)))
        .without("BYOK_OFFLINE")
        .stdin(own("valid"))
        .go();
    let edit = format!("edit mine --field port={}", port(&second));
    world.byok(&edit).without("BYOK_OFFLINE").stderr_holds(&["changed `mine`"]).check();
    world.byok("test").without("BYOK_OFFLINE").stdout_holds(&["valid"]).check();
}
