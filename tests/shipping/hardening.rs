//! The program itself: what its ELF file says of how it may be attacked.

use std::process::Command;

use crate::tools::tool;

const BYOK: &str = env!("CARGO_BIN_EXE_byok");

#[cfg(target_os = "linux")]
#[test]
fn the_program_moves_about_in_memory_and_nothing_in_it_is_both_written_and_run() {
    let Some(readelf) = tool(&["readelf"]) else { return };
    let output = Command::new(readelf).args(["-hlWd", BYOK]).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let line = |begins: &str| said.lines().map(str::trim_start).find(|line| line.starts_with(begins));
    assert!(line("Type:").unwrap().contains("DYN"), "it is loaded at an address that everybody knows");
    assert!(line("GNU_RELRO").is_some() && said.contains("BIND_NOW"), "its tables of addresses can be written to");
    let stack = line("GNU_STACK").unwrap();
    assert!(!stack.split_whitespace().any(|word| word.contains('E')), "its stack can be run: {stack}");
    for load in said.lines().filter(|line| line.trim_start().starts_with("LOAD")) {
        assert!(!load.contains("RWE"), "{load}");
    }
    // A path in which libraries are looked for first could be somebody else's.
    assert!(!said.contains("(RPATH)") && !said.contains("(RUNPATH)"), "{said}");
}

#[test]
fn no_code_of_byoks_own_is_unsafe() {
    let crates = ["src/lib.rs", "Cargo.toml"].map(|name| std::fs::read_to_string(crate::generated::top(name)).unwrap());
    assert!(crates[0].contains("\n#![forbid(unsafe_code)]\n") && crates[1].contains("\nunsafe_code = \"forbid\"\n"));
}
