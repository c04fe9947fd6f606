//! What byok ships with: its bill of materials, the reasons of its dependencies, its workflows and its installer.

mod hardening;
mod installing;
mod packaging;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::generated::top;
use crate::tools::{skipped, tool};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What a program of this repository prints; a failure is the test's.
#[track_caller]
fn said(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = Command::new(program).args(arguments).current_dir(top("")).envs(variables.to_vec()).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the scripts can run: they read TOML, which Python learned in 3.11.
fn python() -> bool {
    if tool(&["python3"]).is_none() {
        return false;
    }
    let able = Command::new("python3").args(["-c", "import tomllib"]).output().is_ok_and(|ran| ran.status.success());
    if !able {
        skipped("python3 is older than 3.11");
    }
    able
}

fn bill(variables: &[(&str, &str)]) -> Value {
    serde_json::from_str(&said("tests/sbom.sh", &["--target", TARGET], variables)).unwrap()
}

#[test]
fn the_bill_of_materials_names_every_crate_of_the_release_and_no_other() {
    if !python() {
        return;
    }
    let bill = bill(&[]);
    let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
    let lock = fs::read_to_string(top("Cargo.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let mut named = BTreeSet::new();
    for one in bill["components"].as_array().unwrap() {
        if one["name"] == "sqlite" {
            continue;
        }
        let (name, version) = (text(one, "name"), text(one, "version"));
        let locked =
            lock["package"].as_array().unwrap().iter().find(|package| {
                package["name"].as_str() == Some(&name) && package["version"].as_str() == Some(&version)
            });
        let checksum = locked.unwrap_or_else(|| panic!("{name} {version} is not in Cargo.lock"))["checksum"].as_str();
        assert_eq!(one["hashes"][0]["content"].as_str(), checksum, "{name}");
        assert!(one["licenses"][0]["expression"].is_string(), "{name} has no licence");
        assert!(named.insert(format!("{name} v{version}")), "{name} {version} is there twice");
    }
    // What cargo says it would build, in a form that the script does not read.
    let arguments =
        ["tree", "--locked", "--edges", "no-dev", "--target", TARGET, "--prefix", "none", "--format", "{p}"];
    let tree = said(env!("CARGO"), &arguments, &[]);
    let crates = tree.lines().filter(|line| !line.is_empty());
    let built: BTreeSet<String> = crates
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .filter(|one| !one.starts_with("byok "))
        .collect();
    assert_eq!(named, built);
    assert!(named.len() > 200 && !named.iter().any(|one| one.starts_with("rcgen ")));
}

#[test]
fn the_bill_of_materials_is_the_same_each_time_and_holds_together() {
    if !python() {
        return;
    }
    let dated = [("SOURCE_DATE_EPOCH", "1790000000")];
    let bill = bill(&dated);
    assert_eq!(bill, self::bill(&dated));
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["timestamp"], "2026-09-21T14:13:20Z");
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let refs = |list: &Value, field: &str| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    let mut all = refs(&bill["components"], "bom-ref");
    all.insert(bill["metadata"]["component"]["bom-ref"].as_str().unwrap().to_owned());
    assert_eq!(refs(&bill["dependencies"], "ref"), all);
    for one in bill["dependencies"].as_array().unwrap() {
        for needed in one["dependsOn"].as_array().unwrap() {
            assert!(all.contains(needed.as_str().unwrap()), "{needed} is needed and not named");
        }
    }
    // The C library is found under its own name, whoever carries it.
    assert!(all.iter().any(|one| one.starts_with("pkg:generic/sqlite@3.")));
}

#[test]
fn every_dependency_has_its_reason_and_the_numbers_are_fresh() {
    if python() {
        said("docs/dependencies.sh", &["--check"], &[]);
    }
}
