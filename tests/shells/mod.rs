//! Every dialect in the real shells: what goes in comes out, and nothing of it is executed.

mod calling;
mod dialects;
mod names;
mod shell;

use std::fs;
use std::path::Path;

use byok::shell::{dialect, survives_splitting};

use crate::corpus::{self, Random};
use shell::{BATCH, Shell, assignments, removals, variable};

const SEED: u64 = 0x5eed_0000_0000_0001;
const RANDOM: usize = 10_000;

/// The POSIX family and fish, which take the code of both; [`dialects`] has the others.
const SHELLS: &[&str] = &["bash", "dash", "zsh", "ksh93", "mksh", "yash", "busybox", "posh", "fish"];

/// How the manual says to do it; the other way is [`Shell::unquoted`].
const QUOTED: &str = "eval \"$(cat code)\"";

/// Options under which people run their shells and that change how words are split and globbed.
const OPTIONS: &[(&str, &[&str])] = &[
    ("bash", &["--posix"]),
    ("bash", &["-O", "nullglob", "-O", "extglob", "-O", "globstar", "-O", "dotglob", "-O", "nocaseglob"]),
    ("bash", &["-O", "failglob", "-O", "extglob"]),
    ("zsh", &["-o", "globsubst", "-o", "extendedglob", "-o", "magicequalsubst"]),
    ("zsh", &["-o", "globsubst", "-o", "shwordsplit", "-o", "nullglob", "-o", "kshglob", "-o", "braceccl"]),
    ("zsh", &["-o", "rcquotes", "-o", "shwordsplit"]),
    ("zsh", &["--emulate", "sh"]),
    ("zsh", &["--emulate", "ksh", "-o", "magicequalsubst"]),
    ("yash", &["-o", "nullglob", "-o", "extendedglob", "-o", "braceexpand"]),
    ("ksh93", &["-G"]),
];

fn random(count: usize) -> Vec<String> {
    let mut random = Random::new(SEED);
    (0..count).map(|_| random.value()).collect()
}

fn surviving(count: usize) -> Vec<String> {
    let mut random = Random::new(SEED);
    let nasty = corpus::nasty().into_iter();
    nasty
        .chain(std::iter::repeat_with(|| random.mild()))
        .filter(|value| survives_splitting(value))
        .take(count)
        .collect()
}

/// Files with the names that a word of the code could match, were it a pattern.
fn plant(folder: &Path, values: &[String]) {
    for (index, value) in values.iter().enumerate() {
        for word in [format!("V{index}={value};"), format!("V{index}='{value}';"), format!("V{index}='axb';")] {
            if !word.contains('/') && word.len() < 200 {
                fs::write(folder.join(word), "").unwrap();
            }
        }
    }
    for word in ["a", "b", "axb", "export", "ls"] {
        fs::write(folder.join(word), "").unwrap();
    }
}

#[test]
fn quoted_code_carries_every_value() {
    let nasty = corpus::nasty();
    assert!(nasty.len() >= 60);
    let random = random(RANDOM);
    for shell in Shell::all(SHELLS) {
        shell.carries(&nasty, QUOTED);
        shell.carries(&random, QUOTED);
        shell.carries(&nasty, if shell.is_fish() { "cat code | source" } else { ". ./code" });
    }
}

#[test]
fn quoted_code_carries_every_value_under_any_option() {
    let values = [corpus::nasty(), random(1_000)].concat();
    for shell in OPTIONS.iter().filter_map(|(name, options)| Shell::find(name, options)) {
        shell.carries(&values, QUOTED);
    }
}

#[test]
fn unquoted_code_carries_what_survives_splitting() {
    let values = surviving(RANDOM);
    for shell in Shell::all(SHELLS) {
        plant(shell.folder.path(), &values[..BATCH]);
        shell.carries(&values, shell.unquoted());
    }
}

#[test]
fn unquoted_code_carries_what_survives_splitting_under_any_option() {
    let values = surviving(10_000);
    for shell in OPTIONS.iter().filter_map(|(name, options)| Shell::find(name, options)) {
        plant(shell.folder.path(), &values[..BATCH]);
        shell.carries(&values, shell.unquoted());
    }
}

#[test]
fn unquoted_code_changes_what_is_refused() {
    let Some(bash) = Shell::find("bash", &["-O", "failglob"]) else { return };
    for value in ["a  b", "a\tb", "a\n", "*", "[c]"] {
        assert!(!survives_splitting(value), "{value:?}");
        let seen = bash.environment(&assignments(bash.dialect(), &[value.to_owned()]), bash.unquoted());
        assert_ne!(seen.get("V0").map(Vec::as_slice), Some(value.as_bytes()), "{value:?}");
    }
}

#[test]
fn splitting_a_value_that_does_not_survive_executes_nothing() {
    let values = [corpus::nasty(), random(1_000)].concat();
    for shell in Shell::all(SHELLS) {
        for value in values.iter().filter(|value| value.contains("PWN")).take(150) {
            shell.run(&assignments(shell.dialect(), std::slice::from_ref(value)), shell.unquoted());
        }
    }
}

#[test]
fn code_for_posix_means_the_same_in_fish() {
    let Some(fish) = Shell::find("fish", &[]) else { return };
    for batch in [corpus::nasty(), random(2_000)].concat().chunks(BATCH) {
        let seen = fish.environment(&assignments(dialect("sh").unwrap(), batch), QUOTED);
        // fish's own `export`, a function, loses values of several lines.
        for (index, value) in batch.iter().enumerate().filter(|(_, value)| !value.contains('\n')) {
            let seen = seen.get(&variable(index)).map(|bytes| String::from_utf8_lossy(bytes));
            assert_eq!(seen.as_deref(), Some(value.as_str()), "seed {SEED:#x}");
        }
    }
}

#[test]
fn code_for_fish_executes_nothing_elsewhere() {
    let values = [corpus::nasty(), random(2_000)].concat();
    for shell in Shell::all(SHELLS).filter(|shell| !shell.is_fish()) {
        for batch in values.chunks(BATCH) {
            let seen = shell.environment(&assignments(dialect("fish").unwrap(), batch), QUOTED);
            assert!(!seen.keys().any(|name| name.starts_with('V')), "{shell:?}");
        }
    }
}

#[test]
fn unset_takes_a_variable_away_again() {
    let values = corpus::nasty();
    for shell in Shell::all(SHELLS) {
        let code = assignments(shell.dialect(), &values) + &removals(shell.dialect(), values.len());
        let seen = shell.environment(&code, QUOTED);
        assert!(seen.contains_key("PATH"), "{shell:?}");
        assert!(!seen.keys().any(|name| name.starts_with('V')), "{shell:?}");
    }
}

#[test]
fn strict_shells_find_nothing_to_fail_at() {
    const STRICT: &[(&str, &[&str])] = &[
        ("bash", &["-euo", "pipefail"]),
        ("zsh", &["-o", "err_exit", "-o", "nounset"]),
        ("dash", &["-eu"]),
        ("ksh93", &["-eu"]),
        ("mksh", &["-eu"]),
        ("yash", &["-eu"]),
        ("busybox", &["-eu"]),
        ("posh", &["-eu"]),
        ("fish", &[]),
    ];
    for shell in STRICT.iter().filter_map(|(name, options)| Shell::find(name, options)) {
        let values = ["sk-1".to_owned(), "a b".to_owned(), String::new()];
        let removed = removals(shell.dialect(), 3);
        let code = removed.clone() + &assignments(shell.dialect(), &values) + &removed;
        for script in [QUOTED, shell.unquoted()] {
            let status = if shell.is_fish() { "echo $status" } else { "echo $?" };
            let run = shell.run(&code, &format!("{script}; {status}"));
            assert_eq!(String::from_utf8_lossy(&run.stdout), "0\n", "{shell:?}");
            assert_eq!(String::from_utf8_lossy(&run.stderr), "", "{shell:?}");
            assert!(run.status.success(), "{shell:?}");
        }
    }
}
