//! What is staged, with the real git, and the hook before real commits.

use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use super::{groq, silent_about};
use crate::tools::tool;
use crate::world::World;

/// A run of git in a folder, with nobody's settings.
fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "protocol.file.allow=always",
    ]);
    command.args(arguments).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
    command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap()
}

#[track_caller]
fn done(folder: &Path, arguments: &[&str]) {
    let output = git(folder, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository, as far as git is there.
fn repository() -> Option<World> {
    tool(&["git"])?;
    let world = World::new();
    std::fs::create_dir(world.path("repo")).unwrap();
    done(&world.path("repo"), &["init", "-q"]);
    Some(world)
}

/// The places that a scan of what is staged tells.
#[track_caller]
fn places(world: &World, folder: &str, code: i32) -> Vec<String> {
    let output = world.byok("scan --staged").within(folder).code(code).stdout_holds(&[]).stderr_holds(&[]).check();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split(": ").next().unwrap().to_owned()).collect()
}

#[test]
fn only_what_the_next_commit_adds_is_looked_at() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    // Before the first commit.
    world.file("repo/old", format!("one\n{}\n", groq(1)));
    world.file("repo/unstaged", groq(2));
    done(&repo, &["add", "old"]);
    assert_eq!(places(&world, "repo", 1), ["old:2:1"]);
    done(&repo, &["commit", "-qm", "x"]);
    assert_eq!(places(&world, "repo", 0), [] as [&str; 0]);
    // A line that is there already is not added, wherever it moves; a new one is.
    world.file("repo/old", format!("zero\n{}\none\nb {}\n", groq(1), groq(3)));
    done(&repo, &["add", "old"]);
    assert_eq!(places(&world, "repo", 1), ["old:4:3"]);
    // The work tree says nothing: what is staged counts.
    world.file("repo/old", "clean\n");
    assert_eq!(places(&world, "repo", 1), ["old:4:3"]);
    done(&repo, &["add", "old"]);
    assert_eq!(places(&world, "repo", 0), [] as [&str; 0]);
    // Renamed, deleted, binary.
    world.file("repo/big", format!("{}{}\n", "line\n".repeat(50), groq(4)));
    done(&repo, &["add", "big"]);
    done(&repo, &["commit", "-qm", "x"]);
    done(&repo, &["mv", "big", "moved"]);
    world.file("repo/binary", [b"\0".as_slice(), groq(5).as_bytes()].concat());
    done(&repo, &["add", "binary"]);
    done(&repo, &["rm", "-q", "--cached", "old"]);
    assert_eq!(places(&world, "repo", 0), [] as [&str; 0]);
}

#[test]
fn names_of_every_kind_are_told() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    for (at, name) in
        ["with blank", "line\nbreak", "-dash", "tab\t\"quote\"", "ünïcode", ":(glob)*"].into_iter().enumerate()
    {
        world.file(&format!("repo/{name}"), groq(at as u64 + 10));
    }
    std::fs::write(repo.join(std::ffi::OsString::from_vec(b"bytes\xff".to_vec())), groq(20)).unwrap();
    done(&repo, &["add", "-A"]);
    let expected = [
        "-dash:1:1",
        ":(glob)*:1:1",
        "bytes\u{fffd}:1:1",
        "line\\u{a}break:1:1",
        "tab\\u{9}\"quote\":1:1",
        "with blank:1:1",
        "ünïcode:1:1",
    ];
    assert_eq!(places(&world, "repo", 1), expected);
    std::fs::create_dir(repo.join("sub")).unwrap();
    assert_eq!(places(&world, "repo/sub", 1), expected);
}

#[test]
fn a_work_tree_is_a_repository_and_a_plain_folder_is_none() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    world.file("repo/a", "a");
    done(&repo, &["add", "a"]);
    done(&repo, &["commit", "-qm", "x"]);
    done(&repo, &["worktree", "add", "-q", "../tree"]);
    world.file("tree/b", groq(1));
    done(&world.path("tree"), &["add", "b"]);
    assert_eq!(places(&world, "tree", 1), ["b:1:1"]);
    assert_eq!(places(&world, "repo", 0), [] as [&str; 0]);
    for verb in ["scan --staged", "scan --install-hook"] {
        let run = world.byok(verb).env("GIT_CEILING_DIRECTORIES", world.root());
        run.stderr(
            "byok: error: this folder is in no git repository\nbyok: hint: look through its files with `byok scan`\n",
        )
        .code(1)
        .check();
    }
}

#[test]
fn no_program_of_the_folder_or_the_repository_is_run() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    let canary = world.path("was-run");
    let program = world.file("repo/git", format!("#!/bin/sh\n: >{}\n", canary.display()));
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    for (setting, value) in [
        ("core.fsmonitor", program),
        ("core.pager", program),
        ("diff.external", program),
        ("diff.x.textconv", program),
        ("diff.x.command", program),
        ("filter.x.smudge", program),
        ("core.sshCommand", program),
        ("pager.diff", program),
    ] {
        done(&repo, &["config", setting, value]);
    }
    world.file("repo/.gitattributes", "* diff=x\n");
    world.file("repo/key", groq(1));
    done(&repo, &["-c", "core.fsmonitor=false", "add", "key"]);
    let _ = std::fs::remove_file(&canary);
    for path in [format!(".:{}:/usr/bin:/bin", repo.display()), "/usr/bin:/bin".to_owned()] {
        let run = world.byok("scan --staged").within("repo").without("PATH").env("PATH", path);
        run.env("GIT_EXTERNAL_DIFF", program).stdout_holds(&["key:1:1: "]).stderr_holds(&[]).code(1).check();
    }
    assert!(!canary.exists());
    let run = world.byok("scan --staged").within("repo").without("PATH").env("PATH", ".");
    run.stderr("byok: error: there is no `git` on the absolute folders of `PATH`\n").code(1).check();
}

#[test]
fn the_hook_stops_a_real_commit_and_stays_out_of_the_way_of_others() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    let hook = repo.join(".git/hooks/pre-commit");
    world
        .byok("scan --install-hook")
        .within("repo")
        .stderr(format!("git looks for keys before each commit now: {}\n", hook.display()))
        .check();
    world
        .byok("scan --install-hook")
        .within("repo")
        .stderr(format!("it is there already: {}\n", hook.display()))
        .check();
    let commit = |path: &str| {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"])
            .current_dir(&repo)
            .env_clear();
        command.env("PATH", path).env("BYOK_HOME", world.home()).output().unwrap()
    };
    std::fs::create_dir(world.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_byok"), world.path("bin/byok")).unwrap();
    let with = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let key = groq(1);
    world.file("repo/a", &key);
    done(&repo, &["add", "a"]);
    let stopped = commit(&with);
    assert!(!stopped.status.success());
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("1 key in 1 of 1 file"));
    silent_about(&stopped, &key[4..]);
    // Where byok is gone, nothing passes unseen.
    let gone = commit("/usr/bin:/bin");
    assert!(!gone.status.success() && String::from_utf8_lossy(&gone.stderr).contains("byok is not on the PATH"));
    world.file("repo/a", format!("{key} # byok:allow\n"));
    done(&repo, &["add", "a"]);
    let passed = commit(&with);
    assert!(passed.status.success(), "{}", String::from_utf8_lossy(&passed.stderr));
    // Somebody else's hook stays, and `core.hooksPath` is where git looks.
    done(&repo, &["config", "core.hooksPath", "my hooks"]);
    let own = world.file("repo/my hooks/pre-commit", "#!/bin/sh\n");
    let run = world.byok("scan --install-hook").within("repo");
    run.stderr(format!("byok: error: another hook is there, and stays: `{}`\nbyok: hint: add this line to it, before anything that ends it: `byok scan --staged || exit 1`\n", own.display())).code(1).check();
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "#!/bin/sh\n");
    std::fs::remove_file(&own).unwrap();
    world.byok("scan --install-hook").within("repo").stderr_holds(&["my hooks/pre-commit"]).check();
    assert_eq!(own.metadata().unwrap().permissions().mode() & 0o111, 0o111);
    // Hooks that other repositories share are not byok's to write.
    std::fs::create_dir(world.path("shared")).unwrap();
    done(&repo, &["config", "core.hooksPath", world.path("shared").to_str().unwrap()]);
    world
        .byok("scan --install-hook")
        .within("repo")
        .stderr_holds(&["out of this repository", "`byok scan --staged || exit 1`"])
        .code(4)
        .check();
    assert_eq!(std::fs::read_dir(world.path("shared")).unwrap().count(), 0);
}

#[test]
fn what_a_staged_link_names_is_looked_through() {
    let Some(world) = repository() else { return };
    let repo = world.path("repo");
    std::os::unix::fs::symlink(groq(1), repo.join("link")).unwrap();
    done(&repo, &["add", "link"]);
    let output = world
        .byok("scan --staged")
        .within("repo")
        .stdout_holds(&["link:1:1: a key of groq"])
        .stderr_holds(&["1 key"])
        .code(1)
        .check();
    silent_about(&output, &groq(1)[4..]);
}
