//! Nushell, Elvish, xonsh, tcsh and csh in the real shells; PowerShell and cmd, which are not to be had here, as text.
//! Cases S01 to S04, S20 and S21.

use byok::name::EnvName;
use byok::shell::{Dialect, dialect};

use super::shell::{Shell, assignments, removals, variable};
use super::{RANDOM, random, surviving};
use crate::corpus;

pub(super) const OTHERS: &[&str] = &["nu", "elvish", "xonsh", "tcsh", "csh"];

fn can_set(dialect: &dyn Dialect, value: &str) -> bool {
    dialect.set(&EnvName::parse("V").unwrap(), value, &mut String::new()).is_ok()
}

/// csh takes no word of more than 4,095 bytes, and then none of the others either.
fn fits(shell: &Shell, value: &str) -> bool {
    can_set(shell.dialect(), value) && (shell.name != "csh" || value.len() < 4_000)
}

/// What the manual says carries every value that is not refused, and none is refused for no reason.
fn carries_every_value(shells: &[&'static str], random: Vec<String>) {
    let values = [corpus::nasty(), random].concat();
    for shell in Shell::all(shells) {
        let carried: Vec<String> = values.iter().filter(|value| fits(&shell, value)).cloned().collect();
        shell.carries(&carried, &shell.load("code"));
        let is_tcsh = shell.dialect().name() == "tcsh";
        for value in values.iter().filter(|value| !can_set(shell.dialect(), value)) {
            assert!(is_tcsh && value.contains('\n'), "{shell:?}: {value:?} is refused for no reason");
        }
    }
}

#[test]
fn what_the_manual_says_carries_every_value() {
    carries_every_value(&["nu", "elvish", "tcsh", "csh"], random(RANDOM));
}

#[test]
fn what_the_manual_says_carries_every_value_in_xonsh() {
    // It reads 100 kB in a second, and each escape is six bytes: 10,000 values would take it half a minute.
    carries_every_value(&["xonsh"], random(3_000));
}

#[test]
fn tcsh_needs_no_quotes_for_what_survives_splitting() {
    let values = surviving(RANDOM);
    for shell in Shell::all(&["tcsh", "csh"]) {
        super::plant(shell.folder.path(), &values[..super::BATCH]);
        let values: Vec<String> = values.iter().filter(|value| fits(&shell, value)).cloned().collect();
        shell.carries(&values, shell.unquoted());
    }
}

#[test]
fn tcsh_would_change_what_is_refused() {
    for shell in Shell::all(&["tcsh", "csh"]) {
        let code = "setenv V0 'a\nb';\n";
        let seen = shell.environment(code, &shell.load("code"));
        assert_ne!(seen.get("V0").map(Vec::as_slice), Some(&b"a\nb"[..]), "{shell:?}");
    }
}

#[test]
fn unset_takes_a_variable_away_and_is_content_without_one() {
    let values = corpus::nasty();
    for shell in Shell::all(OTHERS) {
        let values: Vec<String> = values.iter().filter(|value| fits(&shell, value)).cloned().collect();
        let mut gone = removals(shell.dialect(), values.len());
        shell.dialect().finish(&mut gone);
        std::fs::write(shell.folder.path().join("gone"), gone).unwrap();
        let (set, unset) = (shell.load("code"), shell.load("gone"));
        for script in [format!("{unset}; {set}; {unset}"), format!("{unset}; {unset}")] {
            let run = shell.run(&assignments(shell.dialect(), &values), &format!("{script}; env -0"));
            assert_eq!(String::from_utf8_lossy(&run.stderr), "", "{shell:?}");
            let text = String::from_utf8_lossy(&run.stdout);
            assert!(run.status.success() && text.contains("PATH="), "{shell:?}");
            assert!(
                !text
                    .split('\0')
                    .any(|entry| entry.starts_with('V') && entry.contains('=') && !entry.starts_with("VENDOR=")),
                "{shell:?}: {text}"
            );
        }
    }
}

#[test]
fn nothing_to_set_is_nothing_to_fail_at() {
    for shell in Shell::all(OTHERS) {
        let mut code = String::new();
        shell.dialect().finish(&mut code);
        let run = shell.run(&code, &format!("{}; echo done", shell.load("code")));
        assert_eq!(String::from_utf8_lossy(&run.stdout), "done\n", "{shell:?}");
        assert!(run.stderr.is_empty() && run.status.success(), "{shell:?}");
    }
}

/// Cases S03 and S16: what byok takes for the shell may be another one.
#[test]
fn the_wrong_shell_executes_nothing() {
    let hostile = |value: &String| value.contains("PWN");
    let values: Vec<String> = [corpus::nasty(), random(250)].concat().into_iter().filter(hostile).collect();
    assert!(values.len() > 100);
    let families =
        ["posix", "fish", "nu", "elvish", "xonsh", "tcsh", "powershell", "cmd"].map(|name| dialect(name).unwrap());
    for shell in Shell::all(super::SHELLS).chain(Shell::all(OTHERS)) {
        // A batch ends at the first statement that is none, so a small one shows more.
        let (batch, most) = if ["nu", "csh", "xonsh"].contains(&shell.name) { (20, 60) } else { (8, values.len()) };
        for wrong in families {
            if wrong.name() == shell.dialect().name() {
                continue;
            }
            for batch in values[..most].chunks(batch) {
                let code = assignments(wrong, batch);
                let seen = shell.environment(&code, &shell.load("code"));
                for (index, value) in batch.iter().enumerate() {
                    let seen = seen.get(&variable(index)).map(|bytes| String::from_utf8_lossy(bytes));
                    let same = seen.as_deref().is_none_or(|seen| seen == value);
                    // fish's own `export` loses values of several lines.
                    let known = shell.is_fish() && value.contains('\n');
                    assert!(same || known, "{} in {shell:?}: {value:?} became {seen:?}", wrong.name());
                }
            }
        }
    }
}

/// What PowerShell makes of a statement, by its language specification: strings between single quotes, in which nothing
/// but a quote means anything, and characters by their number, joined by `+`.
fn powershell_reads(statement: &str) -> String {
    let mut rest = statement.strip_prefix("$env:V = ").unwrap().strip_suffix(";\n").unwrap();
    let mut units: Vec<u16> = Vec::new();
    assert!(rest.starts_with('\''), "the first operand is a string: {statement}");
    loop {
        if let Some(inner) = rest.strip_prefix('\'') {
            let (run, after) = inner.split_once('\'').unwrap();
            // Of the other quotes that PowerShell knows, U+2018 to U+201B, none is here, nor what a console may change.
            assert!(run.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{statement}");
            units.extend(run.encode_utf16());
            rest = after;
        } else {
            let number = rest.strip_prefix("[char]").unwrap();
            let end = number.find('+').unwrap_or(number.len());
            units.push(number[..end].parse().unwrap());
            rest = &number[end..];
        }
        match rest.strip_prefix('+') {
            Some(after) => rest = after,
            None => break,
        }
    }
    assert_eq!(rest, "", "{statement}");
    String::from_utf16(&units).unwrap()
}

#[test]
fn powershell_is_told_every_value() {
    let powershell = dialect("pwsh").unwrap();
    let name = EnvName::parse("V").unwrap();
    for value in [corpus::nasty(), random(RANDOM)].concat() {
        let mut out = String::new();
        if value.is_empty() {
            assert!(powershell.set(&name, &value, &mut out).is_err());
            continue;
        }
        powershell.set(&name, &value, &mut out).unwrap();
        assert_eq!(powershell_reads(&out), value);
        assert_eq!(out.lines().count(), 1);
    }
    let mut out = String::new();
    powershell.set(&name, "it\u{2019}s \u{1f600}", &mut out).unwrap();
    powershell.set(&name, "\\", &mut out).unwrap();
    powershell.unset(&name, &mut out);
    assert_eq!(
        out,
        "$env:V = 'it'+[char]8217+'s '+[char]55357+[char]56832;\n$env:V = ''+[char]92;\nRemove-Item Env:V -ErrorAction SilentlyContinue;\n"
    );
}

#[test]
fn cmd_is_told_only_what_it_cannot_take_for_more() {
    let cmd = dialect("cmd").unwrap();
    let name = EnvName::parse("V").unwrap();
    for value in [corpus::nasty(), random(RANDOM)].concat() {
        let mut out = String::new();
        let set = cmd.set(&name, &value, &mut out).is_ok();
        assert_eq!(set, !out.is_empty());
        if set {
            assert_eq!(out, format!("set \"V={value}\"\n"));
            assert!(!value.contains(['"', '%', '!', '^', '&', '|', '<', '>', '\n', '\r', '\t', '$', '`']), "{value:?}");
        }
    }
    for value in ["sk-proj_A.1/x:y@z+,-", "YWJj==", "a b", "(a)", "it's", "C:\\keys\\one", "a;b"] {
        assert!(can_set(cmd, value), "{value:?}");
    }
    for value in ["", "a\\", "é", "50%", "a!", "a^b", "a&b", "a|b", "<a", ">a", "\"", "a\nb"] {
        assert!(!can_set(cmd, value), "{value:?}");
    }
}
