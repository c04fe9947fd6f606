//! Opened once: the kernel holds it for a while, and forgets.

use std::process::Stdio;
use std::time::Duration;

use super::{NOBODY, SECRET, Wrapped};

#[test]
fn it_is_held_until_it_is_locked_or_its_time_is_over() {
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    home.byok("get openai").stdout(SECRET).check();
    let show = home.byok("identity show --json").stdout_holds(&["\"place\": \"passphrase\""]).check();
    let document: serde_json::Value = serde_json::from_slice(&show.stdout).unwrap();
    let left = document["open_for_seconds"].as_u64().unwrap();
    assert!((7 * 3600..=8 * 3600).contains(&left), "{left}");
    home.byok("lock").stderr("locked\n").check();
    home.byok("lock").stderr("nothing was open\n").check();
    let asks = || home.byok("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
    asks();
    home.opened("unlock --for 2s").stderr("open for 2 seconds\n").check();
    home.byok("get openai").stdout(SECRET).check();
    std::thread::sleep(Duration::from_millis(3200));
    asks();
}

#[test]
fn where_the_kernel_holds_nothing_byok_asks_each_time_and_says_why() {
    let Some(strace) = crate::tools::tool(&["strace"]) else { return };
    let home = Wrapped::new();
    for (error, why) in
        [("ENOSYS", "the kernel's keyring cannot be used here: "), ("EPERM", "it is denied"), ("EDQUOT", "it is full")]
    {
        // A container whose runtime forbids it answers so.
        let inject = format!("inject=add_key,keyctl,request_key:error={error}");
        let without = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=add_key,keyctl,request_key", "-e", &inject];
        let without = || std::iter::once(strace.clone().into_os_string()).chain(without.iter().map(Into::into));
        let get = home.opened("get openai").through(without()).stdout(SECRET);
        get.stderr_holds(&[why, "byok asks for the passphrase each time"]).check();
        home.opened("unlock").through(without()).code(4).stderr_holds(&[why, "nothing here can hold it"]).check();
        home.byok("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
        home.byok("lock").through(without()).stderr("nothing was open\n").check();
    }
}

#[test]
fn twenty_at_once_pay_for_one_opening() {
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    home.byok("lock").go();
    let start = || {
        let byok = home.command();
        let mut command = std::process::Command::new("bash");
        // The shell tells the processor's time on standard error.
        command.args(["-c", "TIMEFORMAT=%U; time \"$@\"", "bash"]).arg(byok.get_program()).args(byok.get_args());
        command.args(["get", "openai"]).env_clear();
        command.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("BYOK_PASSPHRASE_FILE", &home.pass).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let all: Vec<_> = (0..20).map(|_| start()).collect();
    let mut times: Vec<f64> = Vec::new();
    for one in all {
        let output = one.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), SECRET, "{said}");
        times.push(said.trim().parse().unwrap_or_else(|_| panic!("{said:?}")));
    }
    times.sort_by(f64::total_cmp);
    assert!(times[18] < times[19] / 4.0, "more than one of them ran scrypt: {times:?}");
}

/// What the kernel lists of this home's entry.
fn listed(home: &Wrapped) -> Vec<String> {
    let name = format!("byok:identity@{}:", home.home().display());
    let keys = std::fs::read_to_string("/proc/keys").unwrap_or_default();
    keys.lines().filter(|line| line.contains(&name)).map(ToOwned::to_owned).collect()
}

#[test]
fn a_session_that_may_not_read_it_leaves_nothing_behind() {
    let Some(keyctl) = crate::tools::tool(&["keyctl"]) else { return };
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    let apart = || [keyctl.to_str().unwrap(), "session", "-"];
    // What the other session opened is not for this one, which may end it all the same.
    home.byok("get openai").through(apart()).code(4).stderr_holds(&["nobody is there"]).check();
    home.byok("lock").through(apart()).stderr_holds(&["locked"]).check();
    home.byok("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
    let unlock = home.opened("unlock --for 1m").through(apart()).code(4);
    unlock.stderr_holds(&["it is denied", "the identity opens, but nothing here can hold it"]).check();
    crate::keyring::until("the entry is gone", || listed(&home).is_empty());
    home.byok("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
}

#[test]
fn an_unlock_that_is_killed_leaves_nothing_without_an_end() {
    let Some(strace) = crate::tools::tool(&["strace"]) else { return };
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    let mut killed = 0;
    for at in 1.. {
        home.byok("lock").stderr_holds(&[""]).check();
        let inject = format!("inject=keyctl:signal=KILL:when={at}");
        let through = [strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", "trace=keyctl", "-e", &inject];
        let output = home.opened("unlock --for 1m").through(through).output();
        crate::keyring::until("every entry has its end", || !listed(&home).iter().any(|line| line.contains(" perm ")));
        if output.status.code().is_some_and(|code| code < 128) {
            break;
        }
        killed += 1;
    }
    assert!(killed > 8, "killed only {killed} times");
}

#[test]
fn an_entry_without_an_end_is_taken_for_nothing() {
    let Some(keyctl) = crate::tools::tool(&["keyctl"]) else { return };
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    home.opened("identity move --to file").go();
    let identity = std::fs::read_to_string(home.home().join("identity.txt")).unwrap();
    home.opened("identity move --to passphrase").go();
    home.byok("lock").go();
    let name = format!("byok:identity@{}", home.home().display());
    let add = std::process::Command::new(keyctl).args(["add", "user", &name, &identity, "@u"]).output().unwrap();
    assert!(add.status.success(), "{add:?}");
    home.byok("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
    home.byok("lock").stderr("nothing was open\n").check();
}

#[test]
fn it_is_open_for_a_second_at_least_and_a_month_at_most() {
    let home = Wrapped::new();
    for time in ["0s", "1ms", "999ms", "31d", "99999d"] {
        home.opened("unlock --for").arg(time).code(2).stderr_holds(&["cannot use `--for`", "byok: hint: "]).check();
    }
}

#[test]
fn the_last_copy_of_an_identity_is_not_forgotten() {
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    let (lies, aside) = (home.home().join("identity.age"), home.path("aside"));
    std::fs::rename(&lies, &aside).unwrap();
    let last = "is gone: what is open is the last copy of the identity";
    home.byok("get openai").stdout(SECRET).stderr_holds(&[last, "byok identity backup --output sheet.txt"]).check();
    home.byok("doctor identity").code(1).stdout_holds(&["problem", last]).stderr_holds(&["1 problem"]).check();
    home.byok("lock").code(4).stderr_holds(&[last, "byok identity backup --output sheet.txt"]).check();
    home.byok("get openai").stdout(SECRET).stderr_holds(&[last]).check();
    // With a sheet, it can be forgotten.
    home.byok("identity backup --output sheet.txt").stderr_holds(&[last]).check();
    home.byok("lock").stderr("locked\n").check();
    home.byok("get openai").code(4).stderr_holds(&["`", "is missing", "byok identity restore SHEET"]).check();
    std::fs::rename(&aside, &lies).unwrap();
    home.opened("get openai").stdout(SECRET).check();
}

#[test]
fn a_slip_in_the_settings_keeps_nothing_open() {
    let home = Wrapped::new();
    if !home.is_held() {
        return;
    }
    let path = home.home().join("config.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{settings}\nbad = 1\n")).unwrap();
    home.byok("lock").stderr("locked\n").check();
}
