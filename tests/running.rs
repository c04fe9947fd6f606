//! `byok run` is not felt: the program that it starts sees what it would see without byok, and the keys.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::leaks::traced;
use crate::tools::tool;
use crate::world::{Run, World};

const KEY: &str = "sk-test-0123456789abcdef0123";

fn world() -> World {
    World::new().with_keys(&[("openai", KEY)])
}

/// `byok run OPTIONS -- sh -c SCRIPT`.
fn sh<'a>(world: &'a World, options: &str, script: &str) -> Run<'a> {
    let start = ["run"].into_iter().chain(options.split_whitespace());
    world.run(start.chain(["--", "sh", "-c", script]))
}

/// The environment that a program sees, sorted.
fn environment(run: &Run<'_>) -> Vec<(String, String)> {
    let output = run.output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.split('\0').filter(|line| !line.is_empty());
    let mut all: Vec<_> = lines
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    all.sort();
    all
}

#[test]
fn the_program_takes_byoks_own_place() {
    let world = world();
    let mut command = world.command();
    let mut child = command
        .args(["run", "--", "sh", "-c", "echo $$; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{pid}\n"));
    let Some(strace) = tool(&["strace"]) else { return };
    let calls = traced(&world, &strace, &["-e", "trace=/exec|fork|clone"], world.byok("run -- true"), 0);
    assert_eq!(calls.lines().filter(|line| line.contains("execve(") && line.ends_with("= 0")).count(), 2, "{calls}");
    assert!(!["fork(", "clone(", "clone3("].iter().any(|call| calls.contains(call)), "{calls}");
}

#[test]
fn exit_codes_and_deaths_by_signal_are_the_programs_own() {
    let world = world();
    for code in [0, 1, 2, 3, 4, 5, 42, 100, 126, 127, 128, 130, 141, 254, 255] {
        sh(&world, "", &format!("exit {code}")).code(code).check();
    }
    for signal in [1, 2, 3, 6, 9, 11, 13, 15] {
        let output = sh(&world, "", &format!("ulimit -c 0; kill -{signal} $$; sleep 5")).output();
        assert_eq!(output.status.signal(), Some(signal));
    }
}

#[test]
fn signals_are_dealt_with_as_without_byok() {
    // A blocked or ignored signal would be inherited by the program, and Ctrl-C would not end it.
    let world = world();
    let look = "grep -E '^Sig(Blk|Ign)' /proc/self/status";
    let script = format!("{look}; \"$@\"");
    let output = sh(&world, "", look).through(["sh", "-c", &script, "sh"]).output();
    let text = String::from_utf8(output.stdout).unwrap();
    // The signals over 31 are the C library's own.
    let masks: Vec<u64> =
        text.lines().map(|line| u64::from_str_radix(&line[line.len() - 8..], 16).unwrap() & 0x7fff_ffff).collect();
    if cfg!(target_os = "linux") {
        assert_eq!((masks.len(), &masks[..2]), (4, &masks[2..]), "{text}");
    }
}

#[test]
fn arguments_arrive_byte_for_byte() {
    let world = world();
    let mut arguments: Vec<OsString> =
        ["", "--", "-x", "--help", "a b", "a\nb", "$HOME", "`id`", "*", "'\"\\", "é", "-p", "--profile=x"]
            .map(OsString::from)
            .to_vec();
    arguments.push(OsString::from_vec(b"\xff\xfe\x80".to_vec()));
    arguments.extend((0..1000).map(|at| format!("argument {at}").into()));
    let expected: Vec<u8> = arguments.iter().flat_map(|one| [one.as_bytes(), b"\0"].concat()).collect();
    let start = ["run", "--", "sh", "-c", "for one; do printf '%s\\0' \"$one\"; done", "sh"].map(OsString::from);
    let output = world.run(start.into_iter().chain(arguments)).output();
    assert!(output.status.success() && output.stdout == expected && output.stderr.is_empty());
}

#[test]
fn no_program_inherits_the_file_of_the_identity() {
    let world = world();
    let file = world.home().join("identity.txt");
    world.byok("run -- printenv BYOK_IDENTITY_FILE").env("BYOK_IDENTITY_FILE", file).code(1).check();
}

#[test]
fn ten_megabytes_pass_through_unchanged() {
    let world = world();
    let bytes: Vec<u8> = (0..10_000_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let output = world.byok("run -- cat").stdin(&bytes).output();
    assert!(output.status.success() && output.stdout == bytes && output.stderr.is_empty());
}

#[test]
fn the_environment_is_the_callers_and_the_keys_and_nothing_of_byoks_openers() {
    let world = World::new().with_keys(&[("openai", KEY), ("groq", "gsk_0123456789abcdef0123456789")]);
    world.byok("-p work add mistral --stdin --as-is").stdin("a-key-of-another-profile-1").go();
    let identity = fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let identity = identity.lines().find(|line| line.starts_with("AGE-")).unwrap().to_owned();
    let run = world
        .byok("run -- env -0")
        .env("LANG", "C")
        .env("EMPTY", "")
        .env("ODD NAME", "a\nb")
        .env("BYOK_PROFILE", "default");
    let run = run.env("BYOK_IDENTITY", &identity).env("BYOK_PASSPHRASE", "p").env("BYOK_NEW_PASSPHRASE_FILE", "f");
    let run = run
        .env("BYOK_PASSPHRASE_FILE", "f")
        .env("BYOK_PASSPHRASE_FD", "9")
        .env("OPENAI_API_KEY", "of-the-caller-and-older");
    let home = world.home().to_str().unwrap().to_owned();
    let mut expected = [
        ("BYOK_HOME", home.as_str()),
        ("BYOK_OFFLINE", "1"),
        ("BYOK_PROFILE", "default"),
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
        ("EMPTY", ""),
        ("GROQ_API_KEY", "gsk_0123456789abcdef0123456789"),
        ("LANG", "C"),
        ("ODD NAME", "a\nb"),
        ("OPENAI_API_KEY", KEY),
        ("PATH", "/usr/bin:/bin"),
    ];
    expected.sort_unstable();
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(environment(&run), expected);
    // What is no text is passed on as well.
    let odd = OsString::from_vec(b"\xff\xfe".to_vec());
    let output = sh(&world, "", "printf %s \"$ODD\"").env("ODD", &odd).output();
    assert_eq!(output.stdout, odd.as_bytes());
}

#[test]
fn no_open_file_of_byoks_reaches_the_program() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let world = world();
    // The folder that `ls` itself has open is among them, before and after.
    let list = "ls /proc/self/fd";
    for with in ["", "exec 7</dev/null;", "exec 3</dev/null 4</dev/null;"] {
        let script = format!("{with} {list}; echo; \"$@\"");
        let output = sh(&world, "", &format!("exec {list}")).through(["sh", "-c", &script, "sh"]).output();
        let text = String::from_utf8(output.stdout).unwrap();
        let (before, after) = text.split_once("\n\n").unwrap();
        assert_eq!(before, after.trim_end(), "{with}");
    }
}

#[test]
fn a_program_that_cannot_be_started_is_told_of_as_a_shell_does() {
    let world = world();
    world.byok("run -- nothing-of-this-name").stderr_holds(&["cannot start `nothing-of-this-name`"]).code(127).check();
    world.byok("run -- ./absent").stderr_holds(&["cannot start `./absent`"]).code(127).check();
    let script = world.file("script", "#!/bin/sh\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    world.byok("run --").arg(&script).stderr_holds(&["ermission denied"]).code(126).check();
    world.byok("run -- /").stderr_holds(&["cannot start `/`"]).code(126).check();
    world.byok("run").stderr_holds(&["COMMAND"]).code(2).check();
    world.byok("run true").stderr_holds(&["byok: "]).code(2).check();
}

#[test]
fn byok_itself_starts_nothing_that_lies_around() {
    let world = world();
    let marker = world.path("marker");
    for name in ["git", "sh", "age", "rage", "gpg", "security", "secret-tool", "dbus-launch", "tput", "stty", "pager"] {
        let path = world.file(name, format!("#!/bin/sh\n: > '{}'\n", marker.display()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!(".:{}:/usr/bin:/bin", world.root().display());
    for verb in [
        "list",
        "env",
        "get openai",
        "add mistral --stdin --as-is",
        "import-env",
        "export",
        "profile list",
        "provider list",
        "show openai",
        "rm mistral -y",
        "run -- true",
        "completions bash",
        "--help",
        "add",
        "bogus",
    ] {
        world
            .byok(verb)
            .stdin(KEY)
            .env("PATH", &path)
            .env("EDITOR", "sh")
            .env("PAGER", "pager")
            .env("SHELL", "sh")
            .output();
        assert!(!marker.exists(), "{verb}");
    }
    // The command of `run` itself is looked up where the caller's PATH says.
    world.byok("run -- git").env("PATH", &path).go();
    assert!(marker.exists());
}

#[test]
fn without_the_keys_that_it_requires_the_program_is_not_started() {
    let world = world();
    let marker = world.path("marker");
    let touch = || world.path("marker").into_os_string();
    let run = |options: &str| world.byok(&format!("run {options} -- touch")).arg(touch());
    let not_started = "the command was not started";
    run("--require mistral").stderr_holds(&["`mistral`", not_started, "byok add mistral"]).code(3).check();
    run("--require openai,mistral").stderr_holds(&["`mistral`", not_started]).code(3).check();
    run("--require openai:work").stderr_holds(&["`openai:work`", not_started]).code(3).check();
    run("--require-any mistral,groq").stderr_holds(&["`mistral`", "`groq`", not_started]).code(3).check();
    run("mistral").stderr_holds(&["there is no key `mistral`"]).code(3).check();
    run("-p nothing").stderr_holds(&["no profile `nothing`"]).code(3).check();
    run("--require mistral").env("MISTRAL_API_KEY", " ").stderr_holds(&[not_started]).code(3).check();
    world.byok("add xai --stdin --as-is --expires 2020-01-01").stdin("an-expired-key-of-some-length").go();
    run("--require xai").stderr_holds(&["`xai`", not_started]).code(3).check();
    assert!(!marker.exists());
    // A key of the system's own answers a requirement.
    run("--require mistral,openai")
        .env("MISTRAL_API_KEY", "of-the-system")
        .stderr_holds(&["`xai` is left out"])
        .check();
    assert!(marker.exists());
    run("--require-any mistral,openai").go();
}

#[test]
fn a_locked_profile_asks_nothing_of_a_pipe_and_starts_nothing() {
    let world = world();
    fs::rename(world.home().join("identity.txt"), world.path("aside")).unwrap();
    world.byok("run -- cat").stdin("data").stderr_holds(&["identity.txt` is missing"]).code(4).check();
    world
        .byok("run -- cat")
        .env("BYOK_IDENTITY", "")
        .stdin("data")
        .stderr_holds(&["is set, but empty"])
        .code(4)
        .check();
}

#[test]
fn a_run_within_a_run_blends_nothing() {
    let world = World::new();
    world.byok("-p one add openai --stdin --as-is --field organisation=first").stdin("key-of-the-first-profile").go();
    world.byok("-p one add mistral --stdin --as-is").stdin("mistral-of-the-first-profile").go();
    world.byok("-p two add openai --stdin --as-is").stdin("key-of-the-second-profile").go();
    let byok = world.command().get_program().to_owned();
    let inner = ["run", "-p", "two", "--", "env", "-0"];
    let start = ["run", "-p", "one", "--"].map(OsString::from).into_iter().chain([byok]);
    let all = environment(&world.run(start.chain(inner.map(OsString::from))).env("GROQ_API_KEY", "of-the-system"));
    let value = |name: &str| all.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    assert_eq!(value("OPENAI_API_KEY"), Some("key-of-the-second-profile"));
    assert_eq!((value("OPENAI_ORG_ID"), value("MISTRAL_API_KEY")), (None, None));
    assert_eq!(value("GROQ_API_KEY"), Some("of-the-system"));
}

#[test]
fn an_address_that_leads_a_key_elsewhere_is_taken_out_and_told_of() {
    let world = world();
    let script = "printf %s \"${OPENAI_BASE_URL-unset}\"";
    let with = |address: &str| sh(&world, "", script).env("OPENAI_BASE_URL", address);
    let warning = "`OPENAI_BASE_URL` led to another host than the provider's, and is taken out";
    for foreign in [
        "https://evil.example/v1",
        "http://api.openai.com/v1",
        "https://api.openai.com.evil.example",
        "https://api.openai.com@evil.example",
        "https://evil.example/api.openai.com",
        "https://evil.example?https://api.openai.com",
        "https://127.0.0.1.evil.example",
        "nonsense",
        "https://api.openai.com\\@evil.example",
        "//evil.example",
        "http://localhost.evil.example",
        "ftp://api.openai.com",
        "http://127.evil.example",
        "https://169.254.169.254/",
        "http://0x7f.1.example/",
    ] {
        let output = with(foreign).stdout("unset").stderr_holds(&[warning, "--keep-env OPENAI_BASE_URL"]).check();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("evil"), "an address may hold a password");
    }
    for home in [
        "https://api.openai.com/v1",
        "https://api.openai.com",
        "https://API.OPENAI.COM/v1/",
        "https://api.openai.com:443/v1",
        "http://localhost:8080/v1",
        "http://127.0.0.1:1234",
        "http://[::1]:1234/",
    ] {
        with(home).stdout(home).check();
    }
    let kept = sh(&world, "--keep-env OPENAI_BASE_URL", script).env("OPENAI_BASE_URL", "https://mine.example/v1");
    kept.stdout("https://mine.example/v1").check();
    // Another provider's address is none of this key's business.
    let other =
        sh(&world, "", "printf %s \"$ANTHROPIC_BASE_URL\"").env("ANTHROPIC_BASE_URL", "https://mine.example/v1");
    other.stdout("https://mine.example/v1").check();
    // An address of the key's own takes the place of any other, silently.
    world.byok("edit openai --endpoint https://mine.example/v1").go();
    with("https://evil.example").stdout("https://mine.example/v1").check();
}

#[test]
fn an_address_beside_another_name_of_the_key_is_taken_out_as_well() {
    let world = World::new().with_keys(&[
        ("openai", KEY),
        ("huggingface", "hf_0123456789abcdefghijklmnopqrstuvwx"),
        ("langsmith", "a-langsmith-key-of-some-length"),
        ("langfuse", "a-langfuse-key-of-some-length"),
    ]);
    for (key, name) in [
        ("huggingface", "HUGGINGFACE_API_BASE"),
        ("huggingface", "HF_ENDPOINT"),
        ("langsmith", "LANGCHAIN_ENDPOINT"),
        ("langfuse", "LANGFUSE_BASE_URL"),
        ("openai", "AIDER_OPENAI_API_BASE"),
        ("openai", "OPENAI_API_BASE"),
    ] {
        let run =
            world.byok("run").arg(key).arg("--").arg("sh").arg("-c").arg(format!("printf %s \"${{{name}-unset}}\""));
        let run = run.env(name, "https://evil.example/v1").stdout("unset");
        run.stderr_holds(&[&format!("`{name}` led to another host than the provider's")]).check();
    }
    let other = world.byok("run langfuse -- printenv HUGGINGFACE_API_BASE");
    other.env("HUGGINGFACE_API_BASE", "https://mine.example").stdout("https://mine.example\n").check();
}

#[test]
fn only_takes_the_keys_of_every_other_provider_out() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "a-mistral-key-of-some-length")]);
    let run = world
        .byok("run openai --only -- env -0")
        .env("GROQ_API_KEY", "of-the-system")
        .env("MISTRAL_API_KEY", "of-the-system");
    let all = environment(&run.env("GEMINI_API_KEY", "x").env("OPENAI_API_KEY", "older").env("MY_OWN_VARIABLE", "1"));
    let value = |name: &str| all.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    assert_eq!(value("OPENAI_API_KEY"), Some(KEY));
    assert_eq!(value("MY_OWN_VARIABLE"), Some("1"));
    for gone in ["GROQ_API_KEY", "MISTRAL_API_KEY", "GEMINI_API_KEY"] {
        assert_eq!(value(gone), None, "{gone}");
    }
}

#[test]
fn a_value_too_large_for_an_environment_is_told_of_and_still_goes_to_a_shell() {
    let world = World::new();
    let large = "a".repeat(200 * 1024);
    world.byok("add openai --stdin --as-is").stdin(&large).go();
    let output =
        world.byok("run -- true").stderr_holds(&["cannot start `true`", "too large", "--except"]).code(126).check();
    assert!(output.stderr.len() < 1000);
    world.byok("env").stdout(format!("export OPENAI_API_KEY={large};\n")).check();
    world.byok("run --except openai -- true").check();
    let script = "eval \"$(\"$@\")\"; printf %s \"${#OPENAI_API_KEY}\"";
    let output = world.byok("env").through(["sh", "-c", script, "sh"]).output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), (200 * 1024).to_string());
}

#[test]
fn the_program_gets_the_callers_limit_of_core_files_back() {
    let world = world();
    for set in ["ulimit -S -c 0", "ulimit -S -c \"$(ulimit -H -c)\"", ":"] {
        let limits = "ulimit -S -c; ulimit -H -c";
        let script = format!("{set}; {limits}; \"$@\"");
        let output =
            sh(&world, "", limits).through([OsStr::new("sh"), "-c".as_ref(), script.as_ref(), "sh".as_ref()]).output();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), &lines[..2]), (4, &lines[2..]), "{set}: {text}");
    }
}

#[test]
fn the_clock_and_the_time_zone_break_nothing() {
    let world = world();
    world.byok("add mistral --stdin --as-is --expires 2030-01-01").stdin("a-mistral-key-of-some-length").go();
    let json = world.byok("list --json").output().stdout;
    for zone in ["Pacific/Apia", "UTC", ":bad", "", "XXX-99:99"] {
        assert_eq!(world.byok("list --json").env("TZ", zone).output().stdout, json, "{zone}");
    }
    let Some(faketime) = tool(&["faketime"]) else { return };
    let faketime = faketime.to_str().unwrap();
    for day in ["1970-01-02", "2000-01-01", "2037-12-31", "2038-01-20", "2100-01-01"] {
        let at = |verb: &str| world.byok(verb).through([faketime, "-f", &format!("@{day} 12:00:00")]);
        for verb in ["list", "list --json", "show mistral", "env", "export", "run -- true", "list --expired"] {
            at(verb).go();
        }
        // An expired key is never handed out and never thrown away.
        let over = day > "2030";
        assert_eq!(at("get mistral").output().status.code(), Some(if over { 3 } else { 0 }), "{day}");
        assert_eq!(at("export").output().stderr.is_empty(), !over, "{day}");
        at("add groq --stdin --as-is --replace --expires never").stdin(format!("a-groq-key-of-the-day-{day}")).go();
        at("get groq").stdout(format!("a-groq-key-of-the-day-{day}")).check();
    }
    world.byok("show mistral").go();
}

#[test]
fn what_is_required_is_handed_out() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789"), ("groq", "groq-secret-0123456789")]);
    world.byok("edit groq --no-export").go();
    world.byok("run --require groq -- printenv GROQ_API_KEY").stdout("groq-secret-0123456789\n").check();
    world.byok("run openai --only --require groq -- printenv GROQ_API_KEY").stdout("groq-secret-0123456789\n").check();
    world
        .byok("run openai --require-any mistral,groq -- printenv GROQ_API_KEY")
        .stdout("groq-secret-0123456789\n")
        .check();
    world
        .byok("run --except openai --require openai -- true")
        .code(3)
        .stderr_holds(&["the command was not started"])
        .check();
    // The system's own key stays where everything else is taken away.
    world
        .byok("run groq --only --require mistral -- printenv MISTRAL_API_KEY")
        .env("MISTRAL_API_KEY", "the-systems-own")
        .stdout("the-systems-own\n")
        .check();
}

#[test]
fn a_slip_in_what_is_kept_back_is_an_error() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    for verb in ["env --except openia", "run --except openia -- true", "export --except openia"] {
        world.byok(verb).code(3).stderr_holds(&["`openia`", "did you mean `openai`?"]).check();
    }
    // A provider that is known, but has no key here, is kept back already.
    world.byok("env --except anthropic").stdout("export OPENAI_API_KEY=openai-secret-0123456789;\n").check();
}

#[test]
fn no_relative_of_a_providers_address_leads_its_key_astray() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    for name in ["OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_HOST", "OPENAI_PROXY", "OPENAI_ENDPOINT"] {
        for value in
            ["https://evil.example/v1", "http://api.openai.com/v1", "https://api.openai.com:444/v1", "evil.example"]
        {
            world
                .byok("run -- printenv")
                .arg(name)
                .env(name, value)
                .code(1)
                .stderr_holds(&[&format!("`{name}` led to another host")])
                .check();
        }
        for value in ["https://api.openai.com/v1", "http://127.0.0.1:4000", "localhost:4000"] {
            world.byok("run -- printenv").arg(name).env(name, value).stdout(format!("{value}\n")).check();
        }
    }
}

#[test]
fn a_switch_that_turns_certificates_off_is_taken_out() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    let switch = "NODE_TLS_REJECT_UNAUTHORIZED";
    let run = || world.byok("run --keep-env NONE -- printenv").arg(switch).env(switch, "0");
    run().code(1).stderr_holds(&["turned the checking of certificates off"]).check();
    world
        .byok("run --keep-env")
        .arg(switch)
        .arg("--")
        .arg("printenv")
        .arg(switch)
        .env(switch, "0")
        .stdout("0\n")
        .check();
}

#[test]
fn who_stands_between_a_program_and_a_provider_is_told_once() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    for (name, value, told) in [
        ("SSL_CERT_FILE", "/tmp/other.pem", "whose certificates are believed"),
        ("NODE_EXTRA_CA_CERTS", "/tmp/other.pem", "whose certificates are believed"),
        ("HTTPS_PROXY", "http://u:geheim@evil.example:3128", "leads through the proxy `evil.example:3128`"),
        ("HTTPS_PROXY", "http://u:geheim/geheim@evil.example:3129", "leads through the proxy `evil.example:3129`"),
        ("all_proxy", "socks5h://evil.example:1080", "leads through the proxy `evil.example:1080`"),
    ] {
        let run = || world.byok("run -- printenv").arg(name).env(name, value).stdout(format!("{value}\n"));
        let first = run().stderr_holds(&[&format!("warning: `{name}`"), told]).check();
        assert!(!String::from_utf8_lossy(&first.stderr).contains("geheim"));
        // What is the person's own is not told every time, and told again when it is another.
        run().check();
        world.byok("env").env(name, format!("{value}1")).stdout_holds(&["OPENAI"]).stderr_holds(&[name]).check();
    }
    for (name, value) in [
        ("HTTPS_PROXY", "http://127.0.0.1:8080"),
        ("https_proxy", "localhost:8080"),
        ("SSL_CERT_FILE", ""),
        ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    ] {
        world.byok("run -- printenv").arg(name).env(name, value).stdout(format!("{value}\n")).check();
    }
}

#[test]
fn a_clock_at_the_end_of_time_stops_nothing() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    for time in ["1970-01-02 00:00:00", "2038-01-19 04:00:00", "9999-12-31 00:00:00"] {
        let through = [faketime.clone().into_os_string(), time.into()];
        world.byok("get openai").through(through).stdout("openai-secret-0123456789").check();
    }
}

#[test]
fn the_systems_own_key_stays_where_it_is_what_was_required() {
    let world = World::new().with_keys(&[("groq", "groq-secret-0123456789")]);
    world.byok("-p other add openai --stdin").stdin("the-systems-own-key").go();
    world
        .byok("run --require openai -- printenv OPENAI_API_KEY")
        .env("OPENAI_API_KEY", "the-systems-own-key")
        .stdout("the-systems-own-key\n")
        .check();
}

#[test]
fn what_a_profile_in_fallback_set_is_stale_too() {
    let world = World::new().with_keys(&[("groq", "groq-secret-0123456789")]);
    world.byok("-p other add openai --stdin").stdin("a-key-of-the-other").go();
    world.file("home/config.toml", "fallback = [\"other\"]\n");
    world.byok("run -- printenv OPENAI_API_KEY").env("OPENAI_API_KEY", "a-key-of-the-other").code(1).check();
}
