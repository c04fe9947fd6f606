//! `byok rotate --auto` against providers that make and revoke keys: the whole round, and every step at which it can
//! stop.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use office::{ADMINS, Issued, Office, hint};

const OLD: &str = "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";
const PROJ: &str = "sk-proj-Old4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ";
const ANTHROPIC: &str =
    "sk-ant-api03-Old4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQOld4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQOld4ryVq8ZtW2AA";

/// The admin key of a provider.
fn admin(provider: &str) -> &'static str {
    ADMINS.iter().find(|(id, _)| *id == provider).unwrap().1
}

/// A world with a key and an admin key of one provider, and the way to it.
fn world(provider: &str, old: &str, office: &Office) -> (World, Net) {
    let world = World::new();
    world.byok(&format!("add {provider}:work --stdin")).stdin(old).go();
    world.byok(&format!("add {provider} --admin --stdin")).stdin(admin(provider)).go();
    let office = office.clone();
    (world, Net::new(move |seen| office.answer(seen)))
}

/// What a key is, as `byok get` has it.
fn value(world: &World, name: &str) -> String {
    String::from_utf8(world.byok(&format!("get {name}")).go().stdout).unwrap()
}

/// The one key that was made.
fn made(office: &Office) -> Issued {
    let [one] = &office.made()[..] else { panic!("{} were made", office.made().len()) };
    one.clone()
}

/// Every request as `METHOD path`, which must carry the admin key exactly where it asks for what only that may.
fn asked(net: &Net, provider: &str) -> Vec<String> {
    let line = |seen: &Seen| {
        let key = seen.header("x-api-key").or(seen.header("authorization")).unwrap();
        let path = seen.target.split('?').next().unwrap();
        let own = ["/api/v1/key", "/v1/models"].contains(&path);
        assert_eq!(key.trim_start_matches("Bearer ") == admin(provider), !own, "{} {path}", seen.method);
        let everything = String::from_utf8_lossy(&seen.raw);
        assert_eq!(everything.matches(admin(provider)).count(), usize::from(!own), "{everything}");
        format!("{} {path}", seen.method)
    };
    net.upstream.seen().iter().map(line).collect()
}

/// Nothing was changed, and nothing that was made is left.
#[track_caller]
fn unchanged(world: &World, office: &Office, name: &str, old: &str) {
    assert_eq!(value(world, name), old);
    assert!(office.is_live(old));
    assert!(office.made().iter().all(|key| !key.live), "a key is left that nobody has");
    assert!(!opened(world).is_some_and(|text| text.contains("previous")));
}

#[test]
fn the_round_makes_tests_and_swaps_and_finish_revokes() {
    let office = Office::default().knows(&OLD.replace("0e6", "aaa"), "a").knows(&OLD.replace("0e6", "bbb"), "b");
    let office = office.knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    let output = net.byok(&world, "rotate openrouter:work --auto").go();
    let new = made(&office);
    let day = String::from_utf8(output.stderr).unwrap();
    let day = day.split("until ").nth(1).unwrap()[..10].to_owned();
    let believing = believing(&world);
    net.byok(&world, "rotate openrouter:work --auto").code(0).go();
    let second = office.made()[1].clone();
    net.byok(&world, "rotate openrouter:work --undo").go();
    assert_eq!(value(&world, "openrouter:work"), new.secret);
    assert!(day.starts_with("20"));
    // What the old one had, the new one has, but for what is null.
    assert_eq!(second.body["limit"], 25);
    assert_eq!(new.body["limit_reset"], "monthly");
    assert_eq!(new.body.get("workspace_id"), None);
    assert!(new.name.starts_with("byok-work-2"), "{}", new.name);
    // The first old one and the second new one still work; both are revoked there, and wiped here.
    net.byok(&world, "rotate --finish openrouter:work")
        .stderr_holds(&[
            &believing,
            "revoked the old one (`sk-o…1c96`) at OpenRouter\n",
            "the old one of `openrouter:work` (`sk-o…1c96`) is dead, and wiped: invalid",
        ])
        .check();
    assert!(office.is_live(&new.secret) && !office.is_live(&second.secret) && !office.is_live(OLD));
    assert_eq!(office.all().iter().filter(|key| key.live).count(), 3, "others were revoked");
    asked(&net, "openrouter");
}

#[test]
fn every_sentence_of_the_round() {
    let office = Office::default().knows(PROJ, "old").with(&PROJ.replace("Old", "Oth"), "other", "proj_a", None);
    let (world, net) = world("openai", PROJ, &office);
    let output = net.byok(&world, "rotate openai:work --auto --revoke now").go();
    let (new, stderr) = (made(&office), String::from_utf8(output.stderr).unwrap());
    let day = &stderr.split("until ").nth(1).unwrap()[..10];
    let expected = format!(
        "{}note: the new key belongs to a service account of the project, with all that a member may do\n\
         made a new key at OpenAI, called `{}` there\n\
         tested: valid, 1 model\n\
         rotated `openai:work`: `sk-s…cdef` answers from now on\n\
         the old one (`sk-p…0TuQ`) is kept, sealed, until {day}: `byok rotate --undo openai:work` takes it back\n\
         what runs already keeps the old one until it is started anew\n\
         revoked the old one at OpenAI\n\
         byok: hint: see that it is dead, and wipe it, with `byok rotate --finish openai:work`\n",
        believing(&world),
        new.name
    );
    assert_eq!(stderr, expected);
    assert_eq!((value(&world, "openai:work"), new.project), (new.secret.clone(), "proj_b"));
    assert!(!office.is_live(PROJ));
    assert_eq!(
        asked(&net, "openai"),
        [
            "GET /v1/organization/projects",
            "GET /v1/organization/projects",
            "GET /v1/organization/projects/proj_a/api_keys",
            "GET /v1/organization/projects/proj_b/api_keys",
            "POST /v1/organization/projects/proj_b/service_accounts",
            "GET /v1/models",
            "DELETE /v1/organization/projects/proj_b/api_keys/old",
        ]
    );
    net.byok(&world, "rotate --finish openai:work").stderr_holds(&["is dead, and wiped"]).check();
    // What was made belongs to a service account, which goes with it, and with nothing else.
    net.byok(&world, "rotate openai:work --auto --keep 0").stderr_holds(&["revoked the old one at OpenAI\n"]).check();
    assert!(!office.is_live(&new.secret));
    assert!(
        asked(&net, "openai")
            .contains(&format!("DELETE /v1/organization/projects/proj_b/service_accounts/{}", new.account.unwrap()))
    );
    assert!(office.is_live(&PROJ.replace("Old", "Oth")));
    // Neither secret was ever seen.
    let all = net.byok(&world, "show openai:work").go();
    assert!(!String::from_utf8_lossy(&all.stdout).contains(&new.secret));
}

#[test]
fn an_account_with_other_keys_is_not_taken_away() {
    let twin = PROJ.replace("Old", "Twn");
    let office = Office::default().with(PROJ, "old", "proj_b", Some("svc")).with(&twin, "twin", "proj_b", Some("svc"));
    let (world, net) = world("openai", PROJ, &office);
    net.byok(&world, "rotate openai:work --auto --revoke now")
        .code(1)
        .stderr_holds(&[
            "the old key shares its account at OpenAI with others; it is revoked by hand, at https://platform.openai.com/api-keys\n",
            "rotated `openai:work`",
            "when that is done, end the rotation with `byok rotate --finish openai:work`",
        ])
        .check();
    assert!(office.is_live(PROJ) && office.is_live(&twin));
    net.byok(&world, "rotate --finish openai:work")
        .stderr_holds(&["is not revoked: it shares its account at OpenAI with other keys", "still works"])
        .code(1)
        .check();
    assert!(office.is_live(&twin));
}

#[test]
fn an_old_key_that_is_not_found_for_sure_is_revoked_by_hand() {
    // Two that look alike.
    let twin = OLD.replace("44a4", "77b7");
    let office = Office::default().knows(OLD, "old").knows(&twin, "twin");
    let (world, net) = world("openrouter", OLD, &office);
    net.byok(&world, "rotate openrouter:work --auto --revoke now")
        .code(1)
        .stderr_holds(&[
            "2 keys at OpenRouter look like the old one; it is revoked by hand",
            "rotated `openrouter:work`",
        ])
        .check();
    assert!(office.is_live(OLD) && office.is_live(&twin));
    assert_eq!(value(&world, "openrouter:work"), made(&office).secret);
    // Nobody there.
    let office = Office::default();
    let (world, net) = self::world("openrouter", OLD, &office);
    net.byok(&world, "rotate openrouter:work --auto")
        .stderr_holds(&["OpenRouter does not list the old key for this admin key; it is revoked by hand"])
        .check();
    // Revoked there already.
    let office = Office::default().knows(OLD, "old");
    office.revoke("old");
    let (world, net) = self::world("openrouter", OLD, &office);
    net.byok(&world, "rotate openrouter:work --auto")
        .stderr_holds(&["OpenRouter lists the old key as revoked\n", "rotated `openrouter:work`"])
        .check();
    // Nowhere to be made.
    let office = Office::default();
    let (world, net) = self::world("openai", PROJ, &office);
    net.byok(&world, "rotate openai:work --auto")
        .stderr_holds(&[
            "nothing was changed: `openai:work` is still `sk-p…0TuQ`\n",
            "byok: error: it is not known in which project to make the new key\n",
            "byok: hint: say it: `byok edit openai:work --field project=ID`\n",
        ])
        .code(1)
        .check();
    world.byok("edit openai:work --field project=proj_a").go();
    net.byok(&world, "rotate openai:work --auto").go();
    assert_eq!(made(&office).project, "proj_a");
}

#[test]
fn what_stops_the_round_before_a_key_is_made_changes_nothing() {
    for (status, body, code, says) in [
        (401, "{\"error\":{\"message\":\"no\"}}", 5, "OpenRouter turns the admin key down: no\n"),
        (403, "{\"error\":{\"message\":\"not you\"}}", 1, "OpenRouter does not let the admin key do this: not you\n"),
        (429, "{}", 1, "OpenRouter: rate-limited, status 429\n"),
        (503, "{}", 1, "OpenRouter: provider-down, status 503\n"),
        (200, "<html>Welcome", 1, "OpenRouter: unexpected, a web page (status 200)"),
        (200, "{\"data\":", 1, "OpenRouter: unexpected, an answer that is no JSON\n"),
        (200, "{\"keys\":[]}", 1, "OpenRouter: unexpected, an answer without a list\n"),
    ] {
        for method in ["GET", "POST"] {
            let office = Office::default().knows(OLD, "old");
            let (world, net) = world("openrouter", OLD, &office);
            office.fails(move |seen| {
                (seen.method == method && seen.target.starts_with("/api/v1/keys")).then(|| Reply::json(status, body))
            });
            let says = match (method, says) {
                ("POST", "OpenRouter: unexpected, an answer without a list\n") => "an answer without a key",
                (_, says) => says,
            };
            let run = net.byok(&world, "rotate openrouter:work --auto");
            run.stderr_holds(&[says, "nothing was changed: `openrouter:work` is still `sk-o…1c96`\n"])
                .code(code)
                .check();
            unchanged(&world, &office, "openrouter:work", OLD);
            let posts = asked(&net, "openrouter").iter().filter(|line| line.starts_with("POST")).count();
            assert_eq!(posts, usize::from(method == "POST"), "what makes a key is sent once");
        }
    }
    // A redirect takes the admin key nowhere.
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    office.fails(|_| Some(Reply::redirect(307, "https://evil.example/api/v1/keys")));
    net.byok(&world, "rotate openrouter:work --auto")
        .stderr_holds(&["a redirect to evil.example, which byok does not follow"])
        .code(1)
        .check();
    assert_eq!(net.proxy.connects(), ["openrouter.ai:443"]);
}

#[test]
fn what_was_made_without_an_answer_is_revoked_again() {
    for listed in [true, false] {
        let office = Office::default().knows(OLD, "old");
        let (world, net) = world("openrouter", OLD, &office);
        let (inner, lost) = (office.clone(), std::sync::atomic::AtomicBool::new(false));
        office.fails(move |seen| {
            if seen.method == "POST" && !lost.swap(true, std::sync::atomic::Ordering::SeqCst) {
                // It is made, and the answer never comes.
                inner.answer(seen);
                return Some(Reply::hang_up());
            }
            let after = lost.load(std::sync::atomic::Ordering::SeqCst);
            (after && !listed && seen.method == "GET" && seen.target.starts_with("/api/v1/keys"))
                .then(|| Reply::json(500, "{}"))
        });
        let output = net.byok(&world, "rotate openrouter:work --auto").code(1).stderr_holds(&[]).check();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let name = made(&office).name;
        if listed {
            assert!(
                stderr.contains(&format!("a key `{name}` was made at OpenRouter all the same, and is revoked again\n")),
                "{stderr}"
            );
            unchanged(&world, &office, "openrouter:work", OLD);
        } else {
            let perhaps = format!(
                "perhaps a key was made at OpenRouter: look for `{name}` at https://openrouter.ai/settings/keys, and revoke it\n"
            );
            assert!(stderr.contains(&perhaps), "{stderr}");
            assert_eq!(value(&world, "openrouter:work"), OLD);
        }
        assert!(stderr.contains("unreachable, connect: the server hung up without an answer"), "{stderr}");
    }
}

#[test]
fn a_new_key_that_does_not_work_is_revoked_again() {
    for (reply, code, says) in [
        (401, 5, "byok: error: the new key does not work: invalid, no\n"),
        (500, 1, "byok: error: cannot tell whether the new key works: provider-down"),
    ] {
        let office = Office::default().knows(OLD, "old");
        let (world, net) = world("openrouter", OLD, &office);
        office.fails(move |seen| {
            (seen.target == "/api/v1/key").then(|| Reply::json(reply, "{\"error\":{\"message\":\"no\"}}"))
        });
        net.byok(&world, "rotate openrouter:work --auto")
            .stderr_holds(&[
                "nothing was changed: `openrouter:work` is still `sk-o…1c96`\nthe new key is revoked again at OpenRouter\n",
                says,
            ])
            .code(code)
            .check();
        assert_eq!(office.made().len(), 1);
        unchanged(&world, &office, "openrouter:work", OLD);
    }
    // It cannot be revoked either: its name is told.
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    office.fails(|seen| {
        (seen.target == "/api/v1/key" || seen.method == "DELETE")
            .then(|| Reply::json(403, "{\"error\":\"no\"}"))
            .filter(|_| seen.method == "DELETE")
            .or_else(|| (seen.target == "/api/v1/key").then(|| Reply::json(401, "{}")))
    });
    let output = net.byok(&world, "rotate openrouter:work --auto").code(5).stderr_holds(&[]).check();
    let (stderr, name) = (String::from_utf8(output.stderr).unwrap(), made(&office).name);
    assert!(
        stderr.contains("the new key is not revoked: OpenRouter does not let the admin key do this: no\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("look for `{name}` at https://openrouter.ai/settings/keys, and revoke it\n")),
        "{stderr}"
    );
    assert_eq!(value(&world, "openrouter:work"), OLD);
}

#[test]
fn a_new_key_that_cannot_be_stored_is_revoked_again() {
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    // No file may grow any more: as on a full disk.
    let run = net.byok(&world, "rotate openrouter:work --auto").through(["sh", "-c", "ulimit -f 0; exec \"$@\"", "--"]);
    let output = run.code(1).stderr_holds(&[]).check();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(
            "nothing was changed: `openrouter:work` is still `sk-o…1c96`\nthe new key is revoked again at OpenRouter\n"
        ),
        "{stderr}"
    );
    unchanged(&world, &office, "openrouter:work", OLD);
}

#[test]
fn an_old_key_that_is_not_revoked_is_told_of() {
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    office.fails(|seen| (seen.method == "DELETE").then(|| Reply::json(500, "{}")));
    net.byok(&world, "rotate openrouter:work --auto --revoke now")
        .stderr_holds(&[
            "rotated `openrouter:work`",
            "byok: warning: the old one is not revoked: OpenRouter: provider-down, status 500\n",
            "byok: hint: try again with `byok rotate --finish openrouter:work`\n",
        ])
        .code(1)
        .check();
    assert_eq!(value(&world, "openrouter:work"), made(&office).secret);
    net.byok(&world, "rotate --finish openrouter:work")
        .stderr_holds(&["(`sk-o…1c96`) is not revoked: OpenRouter: provider-down", "still works"])
        .code(1)
        .check();
    // Nothing was wiped, and it can still be taken back.
    net.byok(&world, "rotate --undo openrouter:work").go();
    assert_eq!(value(&world, "openrouter:work"), OLD);
}

#[test]
fn finish_revokes_only_what_it_is_told_to_and_only_where_the_new_one_works() {
    let office = Office::default().knows(ANTHROPIC, "old").knows(&ANTHROPIC.replace("Old", "New"), "new");
    let (world, net) = world("anthropic", ANTHROPIC, &office);
    // Anthropic makes no keys by its API, and revokes them.
    net.byok(&world, "rotate anthropic:work --auto")
        .stderr_holds(&[
            "byok: error: the API of Anthropic makes no keys, and only revokes them\n",
            "byok: hint: make the new key by hand: `byok rotate anthropic:work`\n",
        ])
        .code(1)
        .check();
    net.byok(&world, "rotate anthropic:work --stdin").stdin(ANTHROPIC.replace("Old", "New")).go();
    net.byok(&world, "rotate --finish").stderr_holds(&["still works"]).code(1).check();
    assert!(office.is_live(ANTHROPIC));
    office.revoke("new");
    net.byok(&world, "rotate --finish anthropic:work").stderr_holds(&["itself does not work"]).code(5).check();
    assert!(office.is_live(ANTHROPIC), "the only one that works was revoked");
}

#[test]
fn anthropic_revokes_what_was_made_by_hand() {
    let new = ANTHROPIC.replace("Old", "New");
    let office = Office::default().knows(ANTHROPIC, "old").knows(&new, "new");
    let (world, net) = world("anthropic", ANTHROPIC, &office);
    net.byok(&world, "rotate anthropic:work --stdin").stdin(&new).go();
    net.byok(&world, "rotate --finish anthropic:work")
        .stderr_holds(&["revoked the old one (`sk-a…W2AA`) at Anthropic\n", "is dead, and wiped"])
        .check();
    assert!(!office.is_live(ANTHROPIC) && office.is_live(&new));
    assert!(asked(&net, "anthropic").contains(&"POST /v1/organizations/api_keys/old".to_owned()));
}

#[test]
fn without_an_admin_key_nothing_begins() {
    let (world, office) = (World::new(), Office::default());
    let net = Net::new(move |seen| office.answer(seen)).idle();
    world.byok("add openrouter --stdin").stdin(OLD).go();
    net.byok(&world, "rotate openrouter --auto")
        .stderr(
            "nothing was changed: `openrouter` is still `sk-o…1c96`\n\
             byok: error: there is no admin key of OpenRouter, which makes and revokes others\n\
             byok: hint: make one at https://openrouter.ai/settings/management-keys, then `byok add openrouter:admin --admin`\n\
             byok: hint: make the new key by hand: `byok rotate openrouter`\n",
        )
        .code(3)
        .check();
    for label in ["one", "two"] {
        let admin = admin("openrouter").replace("ad0", &format!("{}d0", label.len() + label.find('w').unwrap_or(0)));
        world.byok(&format!("add openrouter:{label} --admin --stdin")).stdin(admin).go();
    }
    net.byok(&world, "rotate openrouter:default --auto")
        .stderr_holds(&["there are several admin keys of OpenRouter\n", "hint: say which: `--with openrouter:one`\n"])
        .code(2)
        .check();
    net.byok(&world, "rotate openrouter:default --auto --with three")
        .stderr_holds(&["there is no key `openrouter:three`"])
        .code(3)
        .check();
    net.byok(&world, "rotate openrouter:default --auto --with groq:x")
        .stderr_holds(&["is no key of `openrouter`"])
        .code(2)
        .check();
    net.byok(&world, "rotate openrouter:one --auto").stderr_holds(&["is an admin key itself"]).code(4).check();
    // Its keys may live elsewhere, and then nobody there knows of them.
    world.byok("edit openrouter:default --endpoint https://gateway.example/v1").go();
    net.byok(&world, "rotate openrouter:default --auto --with one")
        .stderr_holds(&["`openrouter:default` has an address of its own, and OpenRouter knows nothing of it"])
        .code(4)
        .check();
    world.byok("rotate openrouter:default --auto").stderr_holds(&["byok is offline"]).code(2).check();
    world.byok("add groq --stdin").stdin("gsk_0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefgh").go();
    net.byok(&world, "rotate groq --auto").stderr_holds(&["the API of Groq makes no keys\n"]).code(1).check();
    assert_eq!(net.proxy.connects(), [""; 0]);
}

#[test]
fn the_admin_key_of_another_profile_helps_out() {
    let office = Office::default().knows(OLD, "old");
    let (world, net) = (World::new(), office.clone());
    let net = Net::new(move |seen| net.answer(seen));
    world.byok("add openrouter --stdin").stdin(OLD).go();
    world.byok("add openrouter --admin --stdin --profile admins").stdin(admin("openrouter")).go();
    world.file("home/config.toml", "fallback = [\"admins\"]\n");
    net.byok(&world, "rotate openrouter --auto").stderr_holds(&["rotated `openrouter`"]).check();
    assert_eq!(value(&world, "openrouter"), made(&office).secret);
    assert_eq!(hint(OLD), "sk-or-v1-0e6...1c96");
}

#[test]
fn a_signal_waits_until_what_was_made_is_revoked_or_stored() {
    for (method, target) in [("POST", "/api/v1/keys"), ("GET", "/api/v1/key")] {
        let office = Office::default().knows(OLD, "old");
        let (world, net) = world("openrouter", OLD, &office);
        let child: Arc<Mutex<Option<Pid>>> = Arc::default();
        let theirs = Arc::clone(&child);
        office.fails(move |seen| {
            if seen.method == method && seen.target == target {
                kill_process(theirs.lock().unwrap().unwrap(), Signal::TERM).unwrap();
            }
            // The new key's own test is still under way when the signal comes.
            (seen.target == "/api/v1/key").then(Reply::silence)
        });
        let mut command = net.command(&world, "rotate openrouter:work --auto");
        let mut held = child.lock().unwrap();
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        *held = Some(Pid::from_child(&started));
        drop(held);
        let output = started.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.signal(), Some(15), "{method}: {stderr}");
        assert!(stderr.contains("stopped; nothing was changed\n"), "{method}: {stderr}");
        assert!(stderr.contains("the new key is revoked again at OpenRouter\n"), "{method}: {stderr}");
        assert_eq!(office.made().len(), 1);
        unchanged(&world, &office, "openrouter:work", OLD);
    }
}

#[test]
fn a_key_that_somebody_took_out_meanwhile_gets_no_new_one() {
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    let remove = Mutex::new(world.command());
    remove.lock().unwrap().args(["rm", "openrouter:work", "--yes"]);
    office.fails(move |seen| {
        if seen.method == "POST" {
            assert!(remove.lock().unwrap().output().unwrap().status.success());
        }
        None
    });
    net.byok(&world, "rotate openrouter:work --auto")
        .stderr_holds(&["the new key is revoked again at OpenRouter\n", "there is no key `openrouter:work`"])
        .code(3)
        .check();
    assert!(office.is_live(OLD) && !office.is_live(&made(&office).secret));
}

#[test]
fn an_admin_key_takes_no_other_keys_place() {
    let (world, office) = (World::new(), Office::default());
    let net = Net::new(move |seen| office.answer(seen));
    world.byok("add openai:work --stdin").stdin(PROJ).go();
    world.byok("add openrouter:work --stdin").stdin(OLD).go();
    net.byok(&world, "rotate openai:work --stdin")
        .stdin(admin("openai"))
        .stderr_holds(&["this is an admin key of OpenAI, which cannot call models", "`byok add openai --stdin`"])
        .code(2)
        .check();
    // This one looks like any other, until its provider is asked.
    net.byok(&world, "rotate openrouter:work --stdin")
        .stdin(admin("openrouter"))
        .stderr_holds(&["this is a management key of OpenRouter", "nothing was changed"])
        .code(2)
        .check();
    net.byok(&world, "add openrouter --stdin")
        .stdin(admin("openrouter"))
        .stderr_holds(&["added `openrouter:admin`"])
        .check();
    assert_eq!((value(&world, "openai:work"), value(&world, "openrouter:work")), (PROJ.to_owned(), OLD.to_owned()));
    net.byok(&world, "test openrouter:admin").stdout_holds(&["restricted"]).stderr_holds(&[]).check();
}

#[test]
fn a_secret_that_another_label_has_as_well_is_not_revoked() {
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    world.byok("add openrouter:twin --stdin --duplicate").stdin(OLD).go();
    net.byok(&world, "rotate openrouter:work --auto --revoke now")
        .code(1)
        .stderr_holds(&["the old one is stored as `openrouter:twin` as well", "`byok rotate openrouter:twin --auto`"])
        .check();
    net.byok(&world, "rotate --finish openrouter:work")
        .stderr_holds(&["is not revoked: it is stored as `openrouter:twin` as well"])
        .code(1)
        .check();
    assert!(office.is_live(OLD));
    // Once that one has its own, the old one is nobody's.
    net.byok(&world, "rotate openrouter:twin --auto --revoke now").go();
    assert!(!office.is_live(OLD));
    net.byok(&world, "rotate --finish openrouter:work").stderr_holds(&["is dead, and wiped"]).check();
}

#[test]
fn at_a_terminal_no_question_stands_between_a_key_that_was_made_and_its_end() {
    if !crate::terminal::have_tools() {
        return;
    }
    let office = Office::default().knows(OLD, "old");
    let (world, net) = world("openrouter", OLD, &office);
    let environment = net.environment(&world);
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let arguments = ["rotate", "openrouter:work", "--auto"];
    let terminal = crate::terminal::Terminal::led(&world, "(ulimit -f 0; exec \"$@\")", &arguments, &environment, 200);
    terminal.ends(1, &["the new key is revoked again at OpenRouter"]);
    unchanged(&world, &office, "openrouter:work", OLD);
}
