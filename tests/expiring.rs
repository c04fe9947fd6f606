//! A key's ends: told in time, obeyed, and never taken for over because a clock says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;
use crate::world::{Run, World};

fn json(run: Run<'_>) -> Value {
    serde_json::from_slice(&run.go().stdout).unwrap()
}

/// The keys that a list has, by name.
fn listed(run: Run<'_>) -> Vec<String> {
    let document = json(run.arg("--json"));
    document["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect()
}

/// byok as it runs at another time.
struct Then(PathBuf);

impl Then {
    fn new() -> Option<Self> {
        tool(&["faketime"]).map(Self)
    }

    fn at<'a>(&self, world: &'a World, when: &str, arguments: &str) -> Run<'a> {
        world.byok(arguments).through([self.0.to_str().unwrap(), "-f", when])
    }
}

/// The document as stock age opens it.
fn document(world: &World) -> Option<String> {
    let age = tool(&["age"])?;
    let identity = world.home().join("identity.txt");
    let opened =
        std::process::Command::new(age).arg("-d").arg("-i").arg(identity).arg(world.sealed()).output().unwrap();
    assert!(opened.status.success());
    Some(String::from_utf8(opened.stdout).unwrap())
}

/// Runs until byok ends with this code.
#[track_caller]
fn soon(code: i32, run: impl Fn() -> i32) {
    let start = Instant::now();
    while run() != code {
        assert!(start.elapsed() < Duration::from_secs(20), "it never ended with {code}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_key_with_a_time_to_live_is_wiped_by_the_first_command_after_it() {
    let world = World::new().with_keys(&[("groq", GROQ)]);
    let added = world.byok("add openai:trial --stdin --ttl 2s").stdin(OPENAI);
    added.stderr_holds(&["added `openai:trial`", "it is wiped in "]).check();
    assert_eq!(json(world.byok("show openai:trial --json"))["wiped"].as_str().unwrap().len(), 20);
    soon(3, || world.byok("get openai:trial").output().status.code().unwrap());
    // Not hidden: gone, and a trace of it in the log.
    world.byok("get openai:trial").code(3).stderr_holds(&["there is no key `openai:trial`"]).check();
    if let Some(text) = document(&world) {
        assert!(text.contains(GROQ) && !text.contains("trial"), "{text}");
    }
    let log = json(world.byok("log openai --changes --json"));
    let last = log["entries"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["do"], &last["keys"][0]["what"]), (&"get".into(), &"wiped".into()), "{log}");
    world.byok("log --verify").stderr_holds(&["the log is whole"]).check();
}

#[test]
fn a_rotation_does_not_keep_what_was_to_be_wiped() {
    let world = World::new();
    world.byok("add openai --stdin --ttl 3s").stdin(OPENAI).go();
    world.byok("rotate openai --stdin --no-test").stdin(OPENAI_2).go();
    // Taken back in time, it is wiped in time.
    world.byok("rotate openai --undo --no-test").go();
    world.byok("get openai").stdout(OPENAI).check();
    assert!(json(world.byok("show openai --json"))["wiped"].is_string());
    world.byok("rotate openai --undo --no-test").go();
    if tool(&["age"]).is_none() {
        return;
    }
    soon(0, || {
        world.byok("list").go();
        i32::from(document(&world).unwrap().contains(OPENAI))
    });
    world.byok("get openai").stdout(OPENAI_2).check();
    world.byok("rotate openai --undo --no-test").code(3).stderr_holds(&[""]).check();
}

#[test]
fn a_key_is_never_wiped_before_its_time() {
    let world = World::new();
    let start = Instant::now();
    world.byok("add openai --stdin --ttl 2s").stdin(OPENAI).go();
    soon(3, || world.byok("has openai").output().status.code().unwrap());
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_remark_that_is_a_key_is_refused() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let never = ["a key is never an argument"];
    world.byok("edit openai --note").arg(format!("old: {OPENAI_2}")).code(2).stderr_holds(&never).check();
    world.byok("edit openai --note").arg("https://example.com/a/long/page?id=0123456789abcdef").go();
}

#[test]
fn a_clock_that_jumps_wipes_nothing() {
    let Some(then) = Then::new() else { return };
    let world = World::new();
    world.byok("add openai --stdin --ttl 8h").stdin(OPENAI).go();
    world.byok("add groq --stdin --expires 90d").stdin(GROQ).go();
    let before = fs::read(world.sealed()).unwrap();
    for when in ["+10y", "+9h", "@1970-01-02 00:00:00", "@2038-01-20 00:00:00", "@2100-01-01 00:00:00"] {
        let ahead = !when.contains("1970");
        for verb in ["list", "status", "env --shell posix", "has groq"] {
            then.at(&world, when, verb).output();
        }
        // It never answers while the clock says that it is over, and says why.
        let get = then.at(&world, when, "get openai").output();
        assert_eq!(get.status.code(), Some(if ahead { 3 } else { 0 }), "{when}");
        assert_eq!(String::from_utf8_lossy(&get.stderr).contains("was to be wiped on"), ahead, "{when}");
    }
    assert_eq!(fs::read(world.sealed()).unwrap(), before);
    world.byok("get openai").stdout(OPENAI).check();
    // A change meanwhile wipes nothing either.
    then.at(&world, "+10y", "edit groq --note later").go();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("edit openai --ttl never").stderr("changed `openai`\n").check();
    then.at(&world, "+9h", "get openai").stdout(OPENAI).check();
}

#[test]
fn what_cannot_be_wiped_yet_is_hidden_and_told_of() {
    let world = World::ordinary();
    world.byok("add openai --stdin --ttl 1s").stdin(OPENAI).go();
    let folder = world.home().join("profiles");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    soon(3, || world.byok("get openai").output().status.code().unwrap());
    let told = "what is over was not taken out of profile `default` yet";
    world.byok("get openai").code(3).stderr_holds(&["there is no key `openai`", told]).check();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    world.byok("get openai").code(3).stderr_holds(&["there is no key `openai`"]).check();
    if let Some(text) = document(&world) {
        assert!(!text.contains(OPENAI), "{text}");
    }
}

#[test]
fn a_shells_start_tells_of_what_it_leaves_out_once_a_day() {
    let Some(then) = Then::new() else { return };
    let world = World::new().with_keys(&[("groq", GROQ)]);
    world.byok("add openai --stdin --expires 1d").stdin(OPENAI).go();
    world.byok("add anthropic --stdin --expires 2d").stdin(ANTHROPIC).go();
    let at = |when: &str| -> Vec<String> {
        let out = then.at(&world, when, "env --shell posix").output();
        assert!(out.status.success());
        assert!(String::from_utf8_lossy(&out.stdout).contains(GROQ));
        String::from_utf8(out.stderr).unwrap().lines().map(|line| line.split('`').nth(1).unwrap().to_owned()).collect()
    };
    let nobody: Vec<String> = Vec::new();
    assert_eq!([at("+0d"), at("+36h"), at("+36h")], [nobody.clone(), vec!["openai".into()], nobody.clone()]);
    // On another day, with another key over.
    assert_eq!([at("+3d"), at("+3d")], [vec!["openai".to_owned(), "anthropic".into()], nobody]);
    // Whoever starts a program is told every time: it will miss the key.
    for _ in 0..2 {
        then.at(&world, "+3d", "run -- true").stderr_holds(&["`openai` is left out"]).check();
    }
}

#[test]
fn lists_name_what_ends_and_what_nobody_uses() {
    let Some(then) = Then::new() else { return };
    let world = World::new();
    world.byok("add openai:soon --stdin --expires 10d").stdin(OPENAI).go();
    world.byok("add openai:late --stdin --expires 60d").stdin(OPENAI_2).go();
    world.byok("add groq --stdin").stdin(GROQ).go();
    assert_eq!(listed(world.byok("list --expiring 30d")), ["openai:soon"]);
    assert_eq!(listed(world.byok("list --expiring 12w")), ["openai:late", "openai:soon"]);
    assert_eq!(listed(then.at(&world, "+20d", "list --expiring 1d")), ["openai:soon"]);
    world.byok("list --expiring soon").code(2).stderr_holds(&["--expiring 30d"]).check();
    // Nothing is old enough to be called unused, and the log cannot tell yet.
    let young = world.byok("list --unused 60d --json").output();
    assert!(String::from_utf8_lossy(&young.stderr).contains("the log goes back to"), "{young:?}");
    assert_eq!(serde_json::from_slice::<Value>(&young.stdout).unwrap()["keys"], serde_json::json!([]));
    then.at(&world, "+5d", "run openai:late -- true").go();
    then.at(&world, "+30d", "get groq").go();
    assert_eq!(listed(then.at(&world, "+61d", "list --unused 60d")), ["openai:soon"]);
    assert_eq!(listed(then.at(&world, "+70d", "list --unused 60d")), ["openai:late", "openai:soon"]);
    let told = then.at(&world, "+31d", "show groq").go();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("last used    24 hours ago by `byok get`"), "{told}");
    let report = json(then.at(&world, "+31d", "list groq --json"));
    assert!(report["keys"][0]["last_used"].is_string(), "{report}");
    // What is known of it goes along with a new name.
    then.at(&world, "+31d", "rename groq groq:renamed").go();
    let told = then.at(&world, "+31d", "show groq:renamed").go();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("last used    24 hours ago by `byok get`"), "{told}");
    world.file("home/config.toml", "log = \"changes\"\n");
    let off = ["the log does not tell what is handed out", "take `log` out of `config.toml`"];
    world.byok("list --unused 60d").code(1).stderr_holds(&off).check();
}

#[test]
fn a_secret_is_due_for_rotation_as_its_key_its_provider_its_profile_or_all_say() {
    let Some(then) = Then::new() else { return };
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ), ("anthropic", ANTHROPIC)]);
    let due = |when: &str| -> Vec<String> {
        let report = json(then.at(&world, when, "status --json"));
        report["due_for_rotation"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(due("+300d"), none);
    world.file(
        "home/config.toml",
        "rotate_after = \"1y\"\n[providers.groq]\nrotate_after = \"4w\"\n[profiles.default]\nrotate_after = \"90d\"\n",
    );
    world.byok("edit openai --rotate-after 10d").go();
    assert_eq!(due("+9d"), none);
    assert_eq!(due("+11d"), ["openai"]);
    assert_eq!(due("+29d"), ["openai", "groq"]);
    assert_eq!(due("+91d"), ["openai", "groq", "anthropic"]);
    world.byok("edit openai --rotate-after never").go();
    assert_eq!(due("+29d"), ["groq"]);
    let told = then.at(&world, "+29d", "status").stdout_holds(&["due for rotation  1  groq\n"]);
    told.stderr_holds(&["replace the secret of `groq` with `byok rotate groq`"]).check();
    then.at(&world, "+29d", "status --short").stdout("keys: 1 due for rotation\n").check();
    let found = then.at(&world, "+29d", "doctor keys --json").output();
    assert!(String::from_utf8_lossy(&found.stdout).contains("rotation-due"), "{found:?}");
    for wrong in ["90", "0d", "soon", "-1d"] {
        world
            .byok("edit groq")
            .arg(format!("--rotate-after={wrong}"))
            .code(2)
            .stderr_holds(&["--rotate-after 90d"])
            .check();
    }
    world.file("home/config.toml", "rotate_after = \"soon\"\n");
    world.byok("list").code(1).stderr_holds(&["config.toml", "90d", "line 1"]).check();
}

#[test]
fn a_disabled_key_never_answers_and_says_why() {
    let world = World::new().with_keys(&[("openai:work", OPENAI), ("openai:home", OPENAI_2), ("groq", GROQ)]);
    world.byok("edit openai:work --disable").stderr("changed `openai:work`\n").check();
    let hint = "enable it with `byok edit openai:work --enable`";
    for verb in ["get openai", "get openai:work", "env openai", "run openai -- true", "export openai -o -"] {
        world.byok(verb).code(3).stderr_holds(&["`openai:work` is disabled", hint]).check();
    }
    world.byok("has openai").code(3).check();
    // A shell's start leaves it out without a word: somebody wanted that.
    let out = world.byok("env --shell posix").go();
    let out = String::from_utf8(out.stdout).unwrap();
    assert!(out.contains(GROQ) && !out.contains("OPENAI_API_KEY="), "{out}");
    world.byok("list").stdout_holds(&["active, disabled"]).check();
    world.byok("status").stdout_holds(&["disabled      1  openai:work\n"]).stderr_holds(&[""]).check();
    world.byok("get openai:home").stdout(OPENAI_2).check();
    world.byok("edit openai:work --enable").go();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("edit groq --disable --enable").code(2).stderr_holds(&["--enable"]).check();
}

/// What a person sees of one verb.
fn seen(world: &World, arguments: &[&str]) -> String {
    Terminal::new(world, arguments, &[], 120).ends(0, &[])
}

#[test]
fn a_notice_is_one_line_a_day_on_a_terminal_alone() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("groq", GROQ)]);
    let note = "byok: note: `openai:a` (and 1 more) expires in 3 days; see `byok status`";
    world.byok("add openai:a --stdin --expires 3d").stdin(OPENAI).go();
    world.byok("add openai:b --stdin --expires 9d").stdin(OPENAI_2).go();
    let notes = |text: &str| {
        text.lines().filter(|line| line.contains("note:")).map(str::trim_end).collect::<Vec<_>>().join("|")
    };
    // No terminal, nothing that counts as said.
    world.byok("list").stdout_holds(&["openai:a"]).check();
    assert_eq!(notes(&seen(&world, &["list"])), note);
    assert_eq!(notes(&seen(&world, &["list"])), "");
    fs::remove_dir_all(world.home().join("said")).unwrap();
    // Nothing of it where another program may own the screen.
    assert_eq!(notes(&seen(&world, &["get", "groq", "--reveal"])), "");
    assert_eq!(notes(&seen(&world, &["run", "--", "true"])), "");
    let shell = Terminal::led(&world, "out=$(\"$@\")", &["env", "--shell", "posix"], &[], 120).ends(0, &[]);
    assert_eq!(notes(&shell), note);
    fs::remove_dir_all(world.home().join("said")).unwrap();
    world.file("home/config.toml", "notices = false\n");
    assert_eq!(notes(&seen(&world, &["list"])), "");
    assert!(!Path::new(&world.home().join("said")).exists());
}
