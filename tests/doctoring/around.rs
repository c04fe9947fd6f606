//! What stands around byok: settings, a project, the shell.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{SECRET, examined, groups, paste};
use crate::world::World;

#[test]
fn settings_and_providers_that_cannot_be_read_hide_nothing_else() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    world.file("home/config.toml", "profile = \"default\"\nfallbak = []\n");
    world.file("home/providers.toml", "[mine]\nname = 1\n");
    world.byok("list").code(1).stderr_holds(&["fallbak"]).check();
    let found = examined(world.byok("doctor settings profiles keys"));
    assert_eq!(found.ids(), ["settings", "providers", "never-tested"]);
    let one = found.one("settings");
    assert!(one.text.contains("config.toml") && one.text.contains("(line 2)"), "{one:?}");
    let config = world.home().join("config.toml").display().to_string();
    assert_eq!(one.fix.as_deref(), Some(format!("${{EDITOR:-vi}} '{config}'").as_str()));
    for one in found.all().into_iter().take(2) {
        // An editor that empties the file.
        paste(&world, &format!("EDITOR='truncate -s 0'; {}", one.fix.unwrap()));
    }
    assert_eq!(groups(&world, "settings").ids(), Vec::<String>::new());

    world.file("home/config.toml", "profile = \"work\"\nfallback = [\"default\", \"home\"]\n");
    assert_eq!(groups(&world, "settings").ids(), ["no-such-profile", "no-such-profile"]);
    for one in groups(&world, "settings").all() {
        paste(&world, &one.fix.unwrap());
    }
    assert_eq!(groups(&world, "settings").ids(), Vec::<String>::new());

    let one = examined(world.byok("-p ../../x doctor settings keys")).one("profile-name");
    assert_eq!(one.severity, "problem");
}

#[test]
fn without_a_folder_of_its_own_it_says_so_and_looks_at_the_rest() {
    let world = World::new();
    for run in [
        world.byok("doctor").env("BYOK_HOME", "relative"),
        world.byok("doctor").without("BYOK_HOME"),
        world.byok("doctor").without("BYOK_HOME").env("HOME", ""),
        world.byok("doctor").without("BYOK_HOME").env("HOME", "not/absolute"),
    ] {
        let found = examined(run.env("BYOK_PROFLE", "x"));
        let one = found.one("no-home");
        assert!(one.severity == "problem" && one.fix.as_ref().unwrap().starts_with("export BYOK_HOME="), "{one:?}");
        assert!(found.ids().iter().any(|id| id == "idle-variable"), "{:#}", found.0);
        assert!(found.ids().iter().any(|id| id == "not-looked-at"), "{:#}", found.0);
    }
    assert_eq!(fs::read_dir(world.root()).unwrap().count(), 0, "nothing is written");
}

#[test]
fn a_project_that_nobody_agreed_to_is_told() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    world.file("project/.byok.toml", "requires = [\"openai\"]\n");
    let doctor = || world.byok("doctor project").within("project");
    let one = examined(doctor()).one("project-untrusted");
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("note", Some("byok trust")));
    let one = examined(doctor().env("CI", "true")).one("project-untrusted");
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("problem", Some("byok trust --yes")));
    world.byok("trust --yes").within("project").go();
    doctor().stdout("ok       project\n").stderr("all is well\n").check();

    world.file("project/.byok.toml", "endpoint = \"https://evil.example\"\n");
    examined(doctor()).one("project-untrusted");
    fs::remove_file(world.path("project/.byok.toml")).unwrap();
    symlink("/etc/passwd", world.path("project/.byok.toml")).unwrap();
    let one = examined(doctor()).one("project-refused");
    paste(&world, &one.fix.unwrap());
}

/// A person with a shell, and none of the variables of the tests.
fn person<'a>(world: &'a World, arguments: &str, shell: &str) -> crate::world::Run<'a> {
    fs::create_dir_all(world.path("user")).unwrap();
    world.byok(arguments).env("HOME", world.path("user")).env("SHELL", shell)
}

#[test]
fn completion_that_is_not_installed_is_told_and_installed_when_agreed_to() {
    for (shell, start) in [
        ("/bin/bash", ".bashrc"),
        ("/usr/bin/zsh", ".zshrc"),
        ("/usr/bin/fish", ".config/fish/completions/byok.fish"),
        ("/usr/bin/elvish", ".config/elvish/rc.elv"),
        ("/usr/bin/nu", ".config/nushell/autoload/byok.nu"),
    ] {
        let world = World::new();
        let doctor = |arguments: &str| person(&world, arguments, shell);
        let one = examined(doctor("doctor shell")).one("no-completion");
        assert!(one.severity == "note" && one.can_fix, "{one:?}");
        // Nobody is there to ask.
        examined(doctor("doctor shell --fix")).one("no-completion");
        assert!(!world.path("user").join(start).exists());
        assert_eq!(examined(doctor("doctor shell").env("CI", "true")).ids(), Vec::<String>::new());
        let fixed = doctor("doctor shell --fix --yes").stdout("ok       shell\n");
        fixed.stderr_holds(&["mended: `", "all is well\n"]).check();
        let written = fs::read_to_string(world.path("user").join(start)).unwrap();
        fs::remove_file(world.path("user").join(start)).unwrap();
        fs::create_dir_all(world.path("user").join(start).parent().unwrap()).unwrap();
        // The command says the same.
        paste(&world, &one.fix.unwrap());
        assert_eq!(fs::read_to_string(world.path("user").join(start)).unwrap(), written, "{shell}");
        assert_eq!(examined(doctor("doctor shell")).ids(), Vec::<String>::new());
    }
}

#[test]
fn a_start_up_file_keeps_what_is_in_it() {
    let world = World::new();
    let start = world.file("user/.zshrc", "autoload -U compinit\ncompinit\nalias l=ls");
    person(&world, "doctor shell --fix --yes", "/bin/zsh").go();
    let now = fs::read_to_string(start).unwrap();
    assert_eq!(now, "autoload -U compinit\ncompinit\nalias l=ls\nsource <(byok completions zsh)\n");
}

#[test]
fn a_start_up_file_that_cannot_be_read_is_told_and_left_alone() {
    let world = World::new();
    let start = world.file("user/.zshrc", "# long\n".repeat(200_000));
    let doctor = person(&world, "doctor shell --fix --yes", "/bin/zsh").code(1);
    doctor.stdout_holds(&["what zsh starts with is not known: ", "is larger than"]).stderr("1 warning\n").check();
    assert_eq!(fs::read_to_string(start).unwrap(), "# long\n".repeat(200_000));
}

#[test]
fn a_missing_hook_is_told_to_whoever_has_agreed_to_a_project() {
    let world = World::new();
    world.file("user/.bashrc", "source <(byok completions bash)\n");
    world.file("project/.byok.toml", "requires = [\"openai\"]\n");
    assert_eq!(examined(person(&world, "doctor shell", "/bin/bash")).ids(), Vec::<String>::new());
    world.byok("trust --yes project").go();
    let one = examined(person(&world, "doctor shell", "/bin/bash")).one("no-hook");
    paste(&world, &one.fix.unwrap());
    world.file("user/.bashrc", "source <(byok completions bash)\neval \"$(byok hook bash)\"\n");
    assert_eq!(examined(person(&world, "doctor shell", "/bin/bash")).ids(), Vec::<String>::new());
}

#[test]
fn two_byoks_on_the_path_are_told() {
    let world = World::new();
    for folder in ["a", "b", "c"] {
        let program = world.file(&format!("{folder}/byok"), "#!/bin/sh\necho byok 9\n");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    // A link to the same one is no second.
    fs::remove_file(world.path("c/byok")).unwrap();
    symlink(world.path("a/byok"), world.path("c/byok")).unwrap();
    let path = |folders: &[&str]| {
        folders.iter().map(|one| world.path(one).display().to_string()).collect::<Vec<_>>().join(":")
    };
    let doctor = |folders: &[&str]| examined(world.byok("doctor shell").env("PATH", path(folders)));
    assert_eq!(doctor(&["a", "c", "nothing"]).ids(), Vec::<String>::new());
    let one = doctor(&["a", "b", "c"]).one("several-byoks");
    assert_eq!(one.severity, "warning");
    paste(&world, &one.fix.unwrap());
}
