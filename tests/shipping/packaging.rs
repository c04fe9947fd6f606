//! Workflows and recipes: their form, their pins, and that nothing in them is forgotten.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::generated::top;
use crate::tools::tool;

fn workflows() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(top(".github/workflows")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let all: Vec<_> = paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    assert!(all.len() >= 2);
    all
}

#[test]
fn the_workflows_of_this_repository_have_githubs_form() {
    let Some(linter) = tool(&[concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/check-jsonschema")]) else {
        return;
    };
    for (path, _) in workflows() {
        let mut command = Command::new(&linter);
        let said = command.args(["--builtin-schema", "vendor.github-workflows"]).arg(&path).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
}

#[test]
fn actions_are_pinned_by_commit_and_may_do_little() {
    for (path, text) in workflows() {
        let path = path.display();
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (action, version) = line.split_once(" # v").unwrap_or_else(|| panic!("{path}: no version: {line}"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {line}");
            assert!(version.split('.').count() == 3, "{path}: {line}");
        }
        assert!(text.contains("\npermissions: {}\n"), "{path}: what a job may do is said by the job");
        assert!(!text.contains("pull_request_target") && !text.contains("secrets."), "{path}");
        assert_eq!(
            text.matches("uses: actions/checkout@").count(),
            text.matches("persist-credentials: false").count(),
            "{path}"
        );
        // What somebody else may choose, such as the name of a branch, never becomes part of a script.
        for script in text.lines().filter(|line| line.contains("run:")) {
            assert!(!script.contains("${{"), "{path}: {script}");
        }
    }
}

#[test]
fn a_release_is_filled_in_or_refused() {
    for needed in ["sha256sum", "bash"] {
        if tool(&[needed]).is_none() {
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let fill =
        |repository: &str| Command::new(top("packaging/fill")).arg(repository).arg(folder.path()).output().unwrap();
    let archive = |target: &str| format!("byok-{}-{target}.tar.gz", env!("CARGO_PKG_VERSION"));
    let targets = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "aarch64-apple-darwin"];
    for target in targets {
        assert_eq!(fill("https://example.org/byok").status.code(), Some(1), "{target} is missing");
        fs::write(folder.path().join(archive(target)), target).unwrap();
    }
    assert_eq!(fill("http://example.org/byok").status.code(), Some(1));
    let said = fill("https://example.org/byok");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("install.sh").contains("\nreleases='https://example.org/byok/releases'\n"));
    assert!(read("byok.rb").contains(&format!(
        "url \"https://example.org/byok/releases/download/v{0}/byok-{0}-",
        env!("CARGO_PKG_VERSION")
    )));
    // The list is one that the installer's reader and `sha256sum --check` take.
    let checked =
        Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(folder.path()).status();
    assert!(checked.unwrap().success());
    for target in targets {
        assert!(read("SHA256SUMS").contains(&format!("  {}\n", archive(target))));
    }
}

#[test]
fn the_debian_package_is_of_this_version_and_its_files_are_there() {
    let manifest: toml::Table = fs::read_to_string(top("Cargo.toml")).unwrap().parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let changelog = fs::read_to_string(top(deb["changelog"].as_str().unwrap())).unwrap();
    assert!(changelog.starts_with(&format!("byok ({}-1) ", env!("CARGO_PKG_VERSION"))), "packaging/debian/changelog");
    for asset in deb["assets"].as_array().unwrap() {
        let from = asset[0].as_str().unwrap();
        if !from.starts_with("target/") {
            let folder = top(from.split('*').next().unwrap());
            assert!(folder.exists(), "{from}");
        }
    }
}
