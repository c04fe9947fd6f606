//! Which file is a project's: how far the search goes, and what is no project's file whatever it says.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use rustix::process::geteuid;

use super::{ASKS, home, project, trusted};
use crate::tools::{skipped, tool};
use crate::world::World;

/// Which key answers in a folder, and whether byok says something.
#[track_caller]
fn answers(world: &World, folder: &str, key: &str, told: &[&str]) {
    let run = world.byok("get openai").within(folder).env("HOME", world.path("me"));
    let output = run.stdout(key).stderr_holds(told).check();
    assert_eq!(output.stderr.is_empty(), told.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_search_ends_at_the_repository_and_at_home() {
    // J06
    let world = home();
    fs::create_dir_all(world.path("me")).unwrap();
    trusted(&world, "top", ASKS);
    for folder in ["top/a/b/c", "top/repo/src", "top/tree/src", "top/me"] {
        fs::create_dir_all(world.path(folder)).unwrap();
    }
    answers(&world, "top/a/b/c", "sk-work-2", &[]);
    // A repository is a folder, a worktree or submodule a file that leads elsewhere; neither leads byok anywhere.
    fs::create_dir(world.path("top/repo/.git")).unwrap();
    world.file("top/tree/.git", format!("gitdir: {}\n", world.path("top/repo/.git/worktrees/tree").display()));
    answers(&world, "top/repo/src", "sk-home-1", &[]);
    answers(&world, "top/tree/src", "sk-home-1", &[]);
    // The root of the repository is still looked at.
    trusted(&world, "top/repo", ASKS);
    answers(&world, "top/repo/src", "sk-work-2", &[]);
    // A person's home is no project, nor is what lies above it.
    trusted(&world, "me/app", ASKS);
    project(&world, "me", "requires = [\"groq\"]\n");
    fs::create_dir_all(world.path("me/other")).unwrap();
    answers(&world, "me/app", "sk-work-2", &[]);
    answers(&world, "me/other", "sk-home-1", &[]);
    let within = world.byok("get openai").within("top/me").env("HOME", world.path("top/me"));
    within.stdout("sk-home-1").check();
}

#[test]
fn the_search_stays_on_its_file_system() {
    // J06
    let (world, unshare) = (home(), tool(&["unshare"]));
    let Some(unshare) = unshare else { return };
    trusted(&world, "top", ASKS);
    fs::create_dir_all(world.path("top/mounted")).unwrap();
    let inside = "mount -t tmpfs none mounted && mkdir mounted/in && cd mounted/in && exec \"$@\"";
    let through = [unshare.to_str().unwrap(), "-rm", "sh", "-c", inside, "sh"];
    if !world.byok("--version").within("top").through(through).output().status.success() {
        skipped("this machine lets nobody mount anything");
        return;
    }
    world.byok("get openai").within("top").through(through).stdout("sk-home-1").check();
    world.byok("get openai").within("top").stdout("sk-work-2").check();
}

#[test]
fn a_link_a_pipe_and_what_everybody_can_write_are_no_project() {
    // J06, J12
    let world = home();
    let real = trusted(&world, "real", ASKS);
    fs::create_dir_all(world.path("link")).unwrap();
    symlink(&real, world.path("link/.byok.toml")).unwrap();
    answers(&world, "link", "sk-home-1", &["is a symbolic link, not a plain file: it changes nothing"]);
    answers(&world, "link", "sk-home-1", &[]);
    world.byok("trust --yes").within("link").code(4).stderr_holds(&["a symbolic link"]).check();
    world.byok("check").within("link").code(4).stderr_holds(&["a symbolic link"]).check();
    let Some(mkfifo) = tool(&["mkfifo"]) else { return };
    fs::create_dir_all(world.path("pipe")).unwrap();
    assert!(std::process::Command::new(mkfifo).arg(world.path("pipe/.byok.toml")).status().unwrap().success());
    let start = Instant::now();
    answers(&world, "pipe", "sk-home-1", &["a pipe, socket or device"]);
    assert!(start.elapsed() < Duration::from_secs(5), "nobody waits for a pipe");
    trusted(&world, "open", ASKS);
    answers(&world, "open", "sk-work-2", &[]);
    fs::set_permissions(world.path("open"), fs::Permissions::from_mode(0o1777)).unwrap();
    answers(&world, "open", "sk-home-1", &["lies in a folder that every user can write to"]);
    // What is nearest decides: a file that is none does not make way for the one above it.
    trusted(&world, "up", ASKS);
    fs::create_dir_all(world.path("up/down")).unwrap();
    symlink(&real, world.path("up/down/.byok.toml")).unwrap();
    answers(&world, "up/down", "sk-home-1", &["a symbolic link"]);
}

#[test]
fn another_users_file_is_no_project() {
    // J06
    if !geteuid().is_root() {
        // An ordinary user cannot give a file away.
        return;
    }
    let world = home();
    let path = trusted(&world, "app", ASKS);
    answers(&world, "app", "sk-work-2", &[]);
    std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
    answers(&world, "app", "sk-home-1", &["belongs to another user (uid 65534): it changes nothing"]);
}

#[test]
fn a_project_reached_through_a_link_is_the_one_that_it_is() {
    // J12
    let world = home();
    trusted(&world, "real", ASKS);
    symlink(world.path("real"), world.path("way")).unwrap();
    let run = |line: &'static str| world.byok("get openai").through(["sh", "-c", line, "sh"]);
    run("cd way && exec \"$@\"").stdout("sk-work-2").check();
    world.byok("trust way").stderr_holds(&["real/.byok.toml` is trusted already"]).check();
    // The link leads elsewhere now: nothing is inherited by its name.
    project(&world, "evil", ASKS);
    fs::remove_file(world.path("way")).unwrap();
    symlink(world.path("evil"), world.path("way")).unwrap();
    run("cd way && exec \"$@\"").stdout("sk-home-1").stderr_holds(&["evil/.byok.toml` is not trusted"]).check();
}

#[test]
fn a_file_that_nobody_could_read_ends_at_once() {
    // J10
    let world = home();
    for (text, told) in [
        ([b"# ".as_slice(), &vec![b'x'; 100 << 20]].concat(), "is larger than 65536 bytes"),
        (format!("any = {}", "[".repeat(10_000)).into_bytes(), "it is no TOML"),
        (b"profile = \"a\"\nprofile = \"b\"\n".to_vec(), "(line 2)"),
        (b"# fine\n# \xff\xfe\n".to_vec(), "it is not UTF-8 (line 2)"),
    ] {
        world.file("app/.byok.toml", &text);
        let start = Instant::now();
        let code = if text.len() > 1 << 20 { 4 } else { 1 };
        world.byok("trust --yes").within("app").code(code).stderr_holds(&[told]).check();
        world.byok("get openai").within("app").stdout("sk-home-1").stderr_holds(&["it changes nothing"]).check();
        assert!(start.elapsed() < Duration::from_secs(5), "{told}");
    }
}
