//! The workflows of docs/ci.md: what GitHub and GitLab would say of their form, and what their steps do.

use std::fs;
use std::process::Command;

use crate::tools::tool;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ci.md");

/// The first block of YAML under this heading.
fn block(heading: &str) -> String {
    let page = fs::read_to_string(PAGE).unwrap();
    let (_, under) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    let under = under.split("\n#").next().unwrap();
    let (_, block) = under.split_once("```yaml\n").unwrap_or_else(|| panic!("no block under `{heading}`"));
    block.split_once("\n```").unwrap().0.to_owned() + "\n"
}

#[track_caller]
fn check(heading: &str, name: &str, arguments: &[&str]) {
    let Some(linter) = tool(&[concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/check-jsonschema")]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lint = |text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let mut command = Command::new(&linter);
        command.args(arguments).arg(&file).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder.path());
        command.output().unwrap()
    };
    let text = block(heading);
    let said = lint(&text);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    // What cannot fail proves nothing.
    assert!(!lint(&text.replace("script:", "scirpt:").replace("runs-on:", "run-on:")).status.success());
}

#[test]
fn the_workflow_for_github_actions_has_githubs_form() {
    check("GitHub Actions", "workflow.yml", &["--builtin-schema", "vendor.github-workflows"]);
}

#[test]
fn the_pipeline_for_gitlab_ci_has_gitlabs_form() {
    let schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"];
    check("GitLab CI", ".gitlab-ci.yml", &schema);
}
