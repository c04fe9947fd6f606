//! What happens when byok is built, before it is compiled.

// The lints guard the library: a build script is told its folders by the environment.
#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "provider/build.rs"]
mod registry;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    registry::write(&out);
    fs::write(out.join("words"), diceware_wordlists::EFF_LONG_WORDLIST.join("\n")).expect("OUT_DIR can be written");
    if let Some(script) = unwinder_within() {
        // The standard library asks for `gcc_s` by name; what is found first under that name is taken.
        fs::write(out.join("libgcc_s.so"), script).expect("OUT_DIR can be written");
        println!("cargo::rustc-link-search=native={}", out.display());
    }
}

/// A linker script that puts the unwinder into byok, in place of the shared `libgcc_s.so.1`, which the loader would find,
/// map and relocate at every start: a tenth of the time of `byok env`.
///
/// Only for a release on Linux with glibc, built where it will run, and only if the compiler has the static library.
fn unwinder_within() -> Option<String> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|set| set == value);
    let native = env::var("HOST").ok() == env::var("TARGET").ok();
    if !(native && is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu"))
    {
        return None;
    }
    let library = |name: &str| {
        let asked = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
        let path = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
        (Path::new(&path).is_absolute() && Path::new(&path).is_file()).then_some(path)
    };
    Some(format!("GROUP ( {} {} )\n", library("libgcc_eh.a")?, library("libgcc.a")?))
}
