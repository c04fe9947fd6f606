//! A key never shows up where it was not asked for: not in an output, an argument, a file, a core or a connection.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use byok::seal::{self, Identities};
use rustix::process::{Pid, Signal, kill_process};

use crate::tools::tool;
use crate::world::{Run, World};

/// A value that nothing else in the world holds.
pub(crate) fn canary() -> String {
    let mut random = [0; 16];
    getrandom::fill(&mut random).unwrap();
    hex(&random)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    // Only whole groups: what a last, padded one would say depends on what follows.
    let groups = bytes.chunks_exact(3).map(|three| u32::from_be_bytes([0, three[0], three[1], three[2]]));
    groups.flat_map(|group| [18, 12, 6, 0].map(|shift| digit(group >> shift))).collect()
}

/// The forms in which a canary could hide.
fn disguises(canary: &str) -> Vec<Vec<u8>> {
    let bytes = canary.as_bytes();
    let mut forms = vec![bytes.to_vec(), hex(bytes).into_bytes(), hex(bytes).to_uppercase().into_bytes()];
    forms.push(canary.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.extend((0..3).map(|offset| base64(&bytes[offset..]).into_bytes()));
    // A long part of it is a leak as well; a mask shows four characters at an end.
    forms.extend([bytes[..12].to_vec(), bytes[bytes.len() - 12..].to_vec()]);
    forms
}

pub(crate) fn holds(bytes: &[u8], canary: &str) -> bool {
    disguises(canary).iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[track_caller]
pub(crate) fn silent(output: &Output, canary: &str, what: &str) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!holds(bytes, canary), "{what}: {stream} shows the key: {text}");
    }
}

/// Every file under a folder, sorted.
pub(crate) fn every_file(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            files.extend(every_file(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}

/// Runs byok under strace and gives the calls that strace saw.
#[track_caller]
pub(crate) fn traced(world: &World, strace: &Path, options: &[&str], run: Run<'_>, code: i32) -> String {
    let (output, log) = traced_output(world, strace, options, run);
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    log
}

pub(crate) fn traced_output(world: &World, strace: &Path, options: &[&str], run: Run<'_>) -> (Output, String) {
    let log = world.path("strace.log");
    let through = [strace.to_str().unwrap(), "-f", "-qq", "-s", "65535", "-o", log.to_str().unwrap()];
    let output = run.through(through.iter().chain(options)).output();
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    fs::remove_file(log).unwrap();
    (output, text)
}

/// Command lines over the verbs of byok, and whether their standard output is there to hold keys.
const VERBS: &[(&str, bool)] = &[
    ("add openai --stdin --as-is", false),
    ("add openai:work --stdin --as-is --duplicate", false),
    ("add openai --stdin --as-is", false),
    ("add openai --stdin", false),
    ("add --stdin", false),
    ("add google --stdin", false),
    ("add google:b --stdin --expires 30d --tag t --note n --field project=p", false),
    ("add groq --from-env BYOK_TEST_SOURCE --duplicate", false),
    ("add xai --from-file input --as-is --duplicate", false),
    ("add anthropic --stdin", false),
    ("add mistral --stdin --as-is --endpoint http://example.com", false),
    ("import-env --dry-run", false),
    ("import-env --file input.env", false),
    ("import-env --file input.env --json --replace", false),
    ("list", false),
    ("list --json", false),
    ("show openai", false),
    ("show openai:work --json", false),
    ("has openai nothing", false),
    ("use openai:work", false),
    ("edit openai:work --note changed", false),
    ("get openai", true),
    ("get nothing", false),
    ("env", true),
    ("env --shell fish", true),
    ("env --unset", false),
    ("env nothing", false),
    ("env --shell nothing", false),
    ("export", true),
    ("export --format json", true),
    ("export --format nothing", false),
    ("export -o plain.env", false),
    ("export -o plain.env", false),
    ("run -- true", false),
    ("run --only --require openai -- true", false),
    ("run --require nothing -- true", false),
    ("run -- /nonexistent/program", false),
    ("doctor", false),
    ("doctor --json --fix", false),
    ("recipient list", false),
    ("recipient list --json", false),
    ("recipient me", false),
    ("recipient rm nobody -y", false),
    ("profile list", false),
    ("profile copy default work", false),
    ("profile create play", false),
    ("profile use work", false),
    ("profile accept work -y", false),
    ("profile rm work -y", false),
    ("profile rm work", false),
    ("-p default provider show openai", false),
    ("-p default provider add my-service --base-url https://example.com", false),
    ("-p default provider rm my-service", false),
    ("-p default provider list my", false),
    ("-p default completions zsh", false),
    ("-p default rm openai:work", false),
    ("-p default rm openai:work -y", false),
    ("-p default bogus", false),
    ("-p default --help", false),
];

#[test]
fn no_verb_shows_a_key_reaches_the_network_or_starts_another_program() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (world, canary) = (World::new(), canary());
    world.file("input", &canary);
    world.file("input.env", format!("DEEPSEEK_API_KEY=sk-{canary}\nnonsense {canary}\nGROQ_API_KEY={canary}\n"));
    for (verb, hands_out) in VERBS {
        let run = world.byok(verb).stdin(&canary).env("BYOK_TEST_SOURCE", &canary).env("MISTRAL_API_KEY", &canary);
        let run = run.env("TMPDIR", world.root()).env("HOME", world.root());
        let run = run.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace").env("BYOK_LOG", "trace").env("DEBUG", "1");
        let (mut output, calls) =
            traced_output(&world, &strace, &["-e", "trace=execve,execveat,/socket|connect|clone|fork"], run);
        if *hands_out {
            output.stdout.clear();
        }
        silent(&output, &canary, verb);
        assert!(!calls.contains("AF_INET"), "{verb}: {calls}");
        // To an ordinary user's strace the strings of byok, which lets nobody look into it, are mere addresses: this
        // says most where the tests run as root. strace hides the environment of an `execve`, where `run` puts the keys.
        assert!(!holds(calls.as_bytes(), &canary), "{verb}: {calls}");
        let started: Vec<&str> = calls.lines().filter(|line| line.contains("exec") && line.ends_with("= 0")).collect();
        let target = verb.ends_with("-- true") && output.status.success();
        assert_eq!(started.len(), 1 + usize::from(target), "{verb}: {calls}");
        assert!(
            !target || started[1].contains("/true\", [\"true\"]") || started[1].contains("execve(0x"),
            "{verb}: {calls}"
        );
        assert!(matches!(output.status.code(), Some(0..=4 | 127)), "{verb}: {}", output.status);
    }
    let plain = world.path("plain.env");
    assert!(holds(&fs::read(&plain).unwrap(), &canary), "the scan finds nothing at all");
    for path in every_file(world.root()) {
        let asked_for = [plain.clone(), world.path("input"), world.path("input.env")].contains(&path);
        assert!(asked_for || !holds(&fs::read(&path).unwrap(), &canary), "{}", path.display());
    }
}

#[test]
fn a_scan_sees_through_every_disguise() {
    let canary = canary();
    for shift in ["", "a", "ab"] {
        let text = base64(format!("{shift}{canary}zzz").as_bytes());
        assert!(holds(text.as_bytes(), &canary), "{shift}");
    }
    assert!(holds(hex(canary.as_bytes()).as_bytes(), &canary));
    assert!(!holds(b"0123456789abcdef0123456789abcdef", &canary));
}

#[test]
fn a_key_among_the_arguments_is_refused_and_never_repeated() {
    let world = World::new().with_keys(&[("openai", "another-key-of-twenty-and-more")]);
    let canary = canary();
    let before = fs::read(world.sealed()).unwrap();
    // A bare one, as Mistral's are, one that could be a variable's name, and one that starts as most do.
    for secret in [canary.clone(), format!("k{canary}"), format!("sk-{canary}"), format!("sk-proj-{canary}{canary}_-A")]
    {
        for line in [
            "add openai SECRET",
            "add SECRET",
            "add SECRET --stdin",
            "add openai:SECRET --stdin --as-is",
            "add --stdin openai SECRET more",
            "add openai --expires SECRET",
            "add openai --tag= --env SECRET=x",
            "add openai --field SECRET --stdin",
            "add --from-env SECRET",
            "add openai --from-file SECRET",
            "add openai --from-env=SECRET",
            "add openai --endpoint SECRET --stdin",
            "add openai --endpoint https://u:SECRET@example.com --stdin",
            "add openai --endpoint https://example.com/?key=SECRET --stdin",
            "add openai --api-key SECRET",
            "add openai --key=SECRET",
            "add openai --stdin=SECRET",
            "get SECRET",
            "get openai SECRET",
            "get openai:SECRET",
            "show SECRET",
            "show openai:SECRET",
            "has SECRET",
            "use SECRET",
            "use openai:SECRET",
            "edit SECRET --note n",
            "edit openai --expires SECRET",
            "edit openai:SECRET --note n",
            "rm SECRET",
            "rm -y SECRET",
            "rm openai:SECRET -y",
            "list SECRET",
            "list --expired=SECRET",
            "env SECRET",
            "env --except SECRET",
            "env --except openai,SECRET",
            "env --shell SECRET",
            "export SECRET",
            "export --except=SECRET",
            "export --format SECRET",
            "run SECRET -- true",
            "run --require SECRET -- true",
            "run --require=openai,SECRET -- true",
            "run --require-any SECRET -- true",
            "run --except SECRET -- true",
            "run SECRET",
            "import-env SECRET",
            "import-env --file SECRET",
            "provider show SECRET",
            "provider add SECRET",
            "provider rm SECRET",
            "provider list SECRET",
            "profile create SECRET",
            "profile use SECRET",
            "profile copy SECRET x",
            "profile copy default SECRET",
            "profile rm SECRET -y",
            "profile accept SECRET",
            "profile join SECRET --file x",
            "recipient add SECRET age1x",
            "recipient add bob SECRET",
            "recipient rm SECRET",
            "recipient rotate SECRET age1x",
            "recipient rotate bob SECRET",
            "-p SECRET list",
            "--profile=SECRET env",
            "completions SECRET",
            "SECRET",
            "--SECRET",
            "-SECRET",
            "--bogus=SECRET",
            "--bogus SECRET",
            "list --bogus=SECRET",
            "openai SECRET",
            "openai=SECRET",
            "get --SECRET",
            "list OPENAI_API_KEY=SECRET",
        ] {
            let output = world.byok(&line.replace("SECRET", &secret)).stdin("a-value-of-some-length").output();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(2 | 3)), "{line}: {} {stderr}", output.status);
            assert!(output.stdout.is_empty(), "{line}");
            silent(&output, &canary, line);
        }
        let output = world.byok("list").env("BYOK_PROFILE", &secret).output();
        silent(&output, &canary, "BYOK_PROFILE");
        assert!(matches!(output.status.code(), Some(2 | 3)), "{}", output.status);
    }
    assert_eq!(fs::read(world.sealed()).unwrap(), before);
    assert!(every_file(world.root()).iter().all(|path| !path.to_string_lossy().contains(&canary)));
}

#[test]
fn bytes_that_are_no_text_are_refused_without_repeating_the_rest() {
    use std::os::unix::ffi::OsStringExt as _;
    let (world, canary) = (World::new(), canary());
    let odd = OsString::from_vec([b"sk-\xff", canary.as_bytes()].concat());
    for verb in ["add openai", "add", "get", "list", "env --except", "", "--bogus"] {
        let output = world.byok(verb).arg(&odd).output();
        silent(&output, &canary, verb);
        assert_eq!(output.status.code(), Some(2), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_wrong_with_a_key_or_a_line_is_told_without_it() {
    let (world, canary) = (World::new(), canary());
    let input = |text: String| world.file("input", text);
    for value in [
        format!("{canary}\0{canary}"),
        format!("{canary}\n{canary}"),
        format!("  {canary} {canary}  "),
        format!("sk-admin-{canary}"),
        format!("sk-ant-oat01-{canary}"),
        format!("https://{canary}"),
        format!("YOUR_{canary}_KEY"),
        format!("export OPENAI_API_KEY='{canary}\nX={canary}"),
        canary.repeat(40_000),
        format!("{{\"key\": \"{canary}\""),
        format!("\u{1b}[200~{canary}\u{1b}[201~"),
        format!("Bearer {canary}"),
    ] {
        for verb in
            ["add openai --stdin", "add --stdin", "add anthropic --stdin", "add mistral --stdin --as-is --replace"]
        {
            silent(&world.byok(verb).stdin(&value).output(), &canary, verb);
        }
        input(value);
        silent(&world.byok("add groq --replace --from-file input").output(), &canary, "--from-file");
        for verb in
            ["import-env --file input --dry-run", "import-env --json --file input", "import-env --file input --replace"]
        {
            silent(&world.byok(verb).output(), &canary, verb);
        }
    }
    for line in [
        canary.clone(),
        format!("OPENAI_API_KEY {canary}"),
        format!("OPENAI_API_KEY='{canary}"),
        format!("OPENAI_API_KEY=\"{canary}"),
        format!("1{canary}=x"),
        format!("OPENAI_API_KEY=$({canary})"),
        format!("OPENAI_API_KEY={canary} # {canary}"),
        format!("{canary}: {canary}"),
        format!("\u{feff}{canary}={canary}"),
        format!("OPENAI_API_KEY={canary}\nOPENAI_API_KEY={canary}x\n"),
        format!("OPENAI_API_KEY=<sk-{canary}>"),
        format!("OPENAI_API_KEY=${{sk-{canary}}}"),
        format!("OPENAI_API_KEY=sk-{canary}..."),
        format!("OPENAI_API_KEY=YOUR_KEY_{canary}"),
        format!("OPENAI_API_KEY=sk-{canary}\nOPENAI_BASE_URL={canary}"),
        format!("OPENAI_API_KEY=sk-{canary}\nOPENAI_BASE_URL=https://u:{canary}@example.com/"),
        format!("OPENAI_API_KEY=sk-{canary}\nOPENAI_BASE_URL=https://example.com/{canary}?key={canary}"),
    ] {
        input(line.clone());
        silent(&world.byok("import-env --file input").output(), &canary, &line);
    }
    let bytes = [b"OPENAI_API_KEY=\xff".as_slice(), canary.as_bytes()].concat();
    world.file("input", &bytes);
    silent(&world.byok("import-env --file input").output(), &canary, "no text");
    silent(&world.byok("add openai --stdin").stdin(&bytes).output(), &canary, "no text");
}

#[test]
fn a_document_identity_or_settings_file_that_does_not_parse_is_not_quoted() {
    let world = World::new().with_keys(&[("openai", "another-key-of-twenty-and-more")]);
    let canary = canary();
    let own = fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let identities = Identities::parse(&own).unwrap();
    let put = |content: &str| {
        fs::write(world.sealed(), seal::seal(content.as_bytes(), &identities.recipients()).unwrap()).unwrap();
    };
    let verbs = [
        "list",
        "env",
        "get openai",
        "export",
        "run -- true",
        "add mistral --stdin --as-is",
        "profile accept default -y",
    ];
    for content in [
        format!("secret = \"{canary}"),
        canary.clone(),
        format!("version = 1\nsecret = {canary}\n"),
        format!("version = \"{canary}\"\n"),
        format!("version = 1\n[[key]]\nprovider = \"{canary} {canary}\"\n"),
        format!("version = 1\nvault = [\"{canary}\"]\n"),
        format!("version = 1\nkeys = \"{canary}\"\n"),
        format!("version = 999\nsecret = \"{canary}\"\n"),
        format!("{{\"secret\": \"{canary}\"}}"),
    ] {
        put(&content);
        for verb in verbs {
            let output = world.byok(verb).stdin("a-value-of-some-length").env("RUST_BACKTRACE", "full").output();
            silent(&output, &canary, verb);
            assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(4), true), "{verb}: {output:?}");
        }
    }
    let secret = own.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned();
    let broken = secret[..secret.len() - 1].to_owned();
    for text in [
        format!("{broken}\n"),
        format!("{secret}{secret}\n"),
        format!("key: {secret}\n"),
        secret.replace('1', "\u{1b}1"),
    ] {
        fs::write(world.home().join("identity.txt"), &text).unwrap();
        for output in [world.byok("list").output(), world.byok("list").env("BYOK_IDENTITY", &text).output()] {
            silent(&output, &secret[16..], "identity");
            assert_eq!(output.status.code(), Some(4), "{output:?}");
        }
    }
    fs::write(world.home().join("identity.txt"), &own).unwrap();
    // Somebody may paste a key into these by mistake.
    let bare = format!("sk-{canary}");
    for (name, text) in [
        ("config.toml", format!("api_key = {bare}\n")),
        ("config.toml", format!("offline = \"{bare}\"\n")),
        ("config.toml", format!("log = \"{bare}\"\n")),
        ("config.toml", format!("\"{bare}\" = 1\n")),
        ("config.toml", format!("{bare} = 1\n{bare} = 2\n")),
        ("config.toml", format!("profile = \"{bare} \"\n")),
        ("config.toml", format!("[providers.openai]\n{bare} = 1\n")),
        ("providers.toml", format!("api_key = {bare}\n")),
        ("providers.toml", format!("openai = \"{bare}\"\n")),
        ("providers.toml", format!("[openai]\nkind = \"{bare}\"\n")),
        ("providers.toml", format!("[openai.env]\nkey = \"{bare}\"\n")),
        ("providers.toml", format!("[openai]\n{bare} = \"x\"\n")),
        ("providers.toml", format!("[\"{bare} \"]\nname = \"x\"\n")),
    ] {
        fs::write(world.home().join(name), &text).unwrap();
        for verb in ["env", "doctor"] {
            let output = world.byok(verb).output();
            silent(&output, &canary, &text);
            assert!(!output.status.success(), "{verb}: {text}");
        }
        fs::remove_file(world.home().join(name)).unwrap();
    }
}

/// A byok that waits for the rest of a key on standard input, having read the start of it.
fn waiting(world: &World, canary: &str, start: &str) -> std::process::Child {
    let byok = world.command();
    let mut command = Command::new("sh");
    command.args(["-c", start, "sh"]).arg(byok.get_program()).args(byok.get_args()).args(["add", "openai", "--stdin"]);
    command
        .env_clear()
        .envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(world.root());
    let mut child = command
        .env("CANARY", canary)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(canary.as_bytes()).unwrap();
    wait_until_it_reads(child.id());
    child
}

/// Waits until a process is byok and sleeps, and so waits for input.
pub(crate) fn wait_until_it_reads(pid: u32) {
    let began = Instant::now();
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    while !(state().contains("(byok") && state().contains(") S ")) {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", state());
        std::thread::sleep(Duration::from_millis(2));
    }
    // Asleep it may be in its start as well, for a moment.
    std::thread::sleep(Duration::from_millis(30));
}

/// Where the system gives no random bytes, age panics in the midst of sealing.
#[test]
fn a_panic_with_keys_in_hand_shows_none() {
    let Some(strace) = tool(&["strace"]) else { return };
    let old = canary();
    let world = World::new().with_keys(&[("openai", &old)]);
    let mut sealed = fs::read(world.sealed()).unwrap();
    let mut places = Vec::new();
    // It asks for them some ten times.
    for at in 1..=16 {
        let (new, fault) = (canary(), format!("inject=getrandom:error=EIO:when={at}"));
        let byok = world.command();
        let mut command = Command::new(&strace);
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=getrandom", "-e", &fault]).arg(byok.get_program());
        command.args(["add", "groq", "--stdin", "--as-is", "--replace"]).current_dir(world.root()).env_clear();
        command.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("RUST_BACKTRACE", "full");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(new.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        for key in [&old, &new] {
            silent(&output, key, &fault);
            let shown = every_file(world.root()).into_iter().find(|file| holds(&fs::read(file).unwrap(), key));
            assert_eq!(shown, None, "{fault}");
        }
        let left = every_file(world.root()).into_iter().find(|file| file.extension().is_some_and(|end| end == "tmp"));
        assert_eq!(left, None, "{fault}");
        if output.status.success() {
            sealed = fs::read(world.sealed()).unwrap();
        }
        assert_eq!(fs::read(world.sealed()).unwrap(), sealed, "{fault}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let place = said.lines().find_map(|line| line.split_once("panicked at ")).map(|(_, place)| place.to_owned());
        assert_eq!(place.is_some(), output.status.code() == Some(101), "{fault}: {said}");
        places.extend(place);
    }
    assert!(places.iter().any(|place| place.contains("rand_core")), "nothing panicked while it sealed: {places:?}");
}

#[test]
fn no_signal_makes_byok_leave_a_core_file() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (world, canary) = (World::ordinary(), canary());
    for signal in [Signal::QUIT, Signal::ABORT, Signal::TRAP] {
        let mut child = waiting(&world, &canary, "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$@\"");
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default();
        let core = limits.lines().find(|line| line.starts_with("Max core file size"));
        assert!(core.is_none_or(|line| line.split_whitespace().nth(4) == Some("0")), "{core:?}");
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.signal(), status.core_dumped()), (Some(signal.as_raw()), false));
    }
    let left = every_file(world.root());
    assert!(left.iter().all(|path| !path.to_string_lossy().contains("/core")), "{left:?}");
}

/// What the user of this world reads of a process.
pub(crate) fn seen_by_the_same_user(world: &World, pid: u32, file: &str) -> Output {
    let byok = world.command();
    // Where byok is started as another user, so is what looks at it.
    let dropped = byok.get_program() == "setpriv";
    let mut command = Command::new(if dropped { "setpriv" } else { "head" });
    if dropped {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "head"]);
    }
    command.args(["-c", "1"]);
    let path = format!("/proc/{pid}/{file}");
    command.arg(path).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn another_program_of_the_same_user_cannot_look_into_a_waiting_byok() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (world, canary) = (World::ordinary(), canary());
    let mut child = waiting(&world, &canary, "exec \"$@\"");
    for file in ["environ", "mem", "maps", "auxv", "stack"] {
        let output = seen_by_the_same_user(&world, child.id(), file);
        assert!(!output.status.success() && output.stdout.is_empty(), "{file}: {output:?}");
    }
    let mut text = String::new();
    fs::File::open(format!("/proc/{}/cmdline", child.id())).unwrap().read_to_string(&mut text).unwrap();
    assert!(!text.contains(&canary));
    drop(child.stdin.take());
    child.wait().unwrap();
    // The same look at a program that does not defend itself succeeds, so that the refusals above mean something.
    world.byok("add openai --stdin --as-is").stdin(&canary).go();
    let byok = world.command();
    let mut sleep = Command::new(byok.get_program());
    sleep.args(byok.get_args()).args(["run", "--", "sleep", "60"]).env_clear();
    sleep.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut sleep = sleep.spawn().unwrap();
    let start = Instant::now();
    while !seen_by_the_same_user(&world, sleep.id(), "environ").status.success() {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    sleep.kill().unwrap();
    sleep.wait().unwrap();
}
