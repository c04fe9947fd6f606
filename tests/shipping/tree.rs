//! B08: what byok is built of, as Cargo resolves it for every platform.

use std::process::Command;

fn tree(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--locked", "--offline", "--target", "all", "--edges", "normal,build", "--prefix", "none"]);
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn there_is_no_other_cryptography_than_what_is_named() {
    let all = tree(&["--format", "{p}"]);
    let names: std::collections::BTreeSet<&str> = all.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("rustls") && names.contains("ring") && names.contains("age"), "{names:?}");
    let unwanted =
        ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "mbedtls", "boring", "rsa", "ssh-key"];
    for name in unwanted.into_iter().chain(["which", "age-plugin"]) {
        assert!(!names.contains(name), "`{name}` is among the dependencies");
    }
}

#[test]
fn plugins_and_ssh_keys_of_age_stay_off() {
    let features = tree(&["--format", "{p} [{f}]"]);
    let age: Vec<&str> = features.lines().filter(|line| line.starts_with("age v")).collect();
    assert!(!age.is_empty(), "{features}");
    for line in age {
        assert!(line.contains("armor"), "{line}");
        for off in ["plugin", "ssh", "cli-common", "unstable", "async"] {
            assert!(!line.contains(off), "`{off}` of age is on: {line}");
        }
    }
}
