//! Killed at any of its calls, a restore leaves the old profile or the new one, and neither is refused.

use std::fs;

use super::private;
use crate::killing::{killed_at_every_call, strace};
use crate::samples::{OPENAI, OPENAI_2};
use crate::world::World;

#[test]
fn killed_anywhere_each_profile_is_the_old_one_or_the_new_one() {
    let source = World::new().with_keys(&[("openai", OPENAI)]);
    source.byok("backup home.age").go();
    let identity = fs::read(source.home().join("identity.txt")).unwrap();
    // The profile here is another one of its name, so that also what is remembered of it changes.
    let run = |through: &dyn Fn(&World) -> Vec<String>| {
        let world = World::new();
        fs::create_dir(world.home()).unwrap();
        fs::set_permissions(world.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        private(&world.home().join("identity.txt"), &identity);
        world.byok("add openai --stdin --as-is").stdin(OPENAI_2).go();
        let restore = world.byok("restore --yes --replace").arg(source.path("home.age")).through(through(&world));
        let output = restore.output();
        (world, output)
    };
    let held = |place: &str, world: &World| {
        let got = world.byok("get openai").output();
        let said = String::from_utf8_lossy(&got.stderr).into_owned();
        assert!(got.status.success(), "{place}: {said}");
        let is_new = got.stdout == OPENAI.as_bytes();
        assert!(is_new || got.stdout == OPENAI_2.as_bytes(), "{place}: {said}");
        is_new
    };
    let (mut old, mut new) = (0, 0);
    let runs = killed_at_every_call(run, |place, world| {
        *(if held(place, world) { &mut new } else { &mut old }) += 1;
        // Writing goes on, and so does the restore.
        world.byok("edit openai --note after").go();
        world.byok("restore --yes --replace").arg(source.path("home.age")).go();
        assert!(held(place, world), "{place}");
    });
    if let Some(runs) = runs {
        // Undisturbed, it came to its end once more.
        assert!(old > 20 && new > 6, "{runs}: {old} {new}");
    }
}

#[test]
fn a_signal_between_two_profiles_is_told_with_what_is_left() {
    let Some(strace) = strace() else { return };
    let world = super::home();
    world.byok("backup home.age").go();
    for name in ["default", "work"] {
        fs::remove_file(world.home().join(format!("profiles/{name}.age"))).unwrap();
    }
    // The first file that is synced is of the first profile.
    let set = "?rename,?renameat,?renameat2";
    let inject = format!("inject={set}:signal=TERM:when=1");
    let mut through = vec!["timeout".to_owned(), "30".to_owned(), strace.to_str().unwrap().to_owned()];
    through.extend(["-f", "-qq", "-o", "/dev/null", "-e"].map(str::to_owned));
    through.extend([format!("trace={set}"), "-e".to_owned(), inject]);
    let output = world.byok("restore home.age --yes").through(through).output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("stopped: `default` restored, and `work` not yet"), "{said}");
    assert!(said.contains("so does `byok restore") && said.contains(" work`"), "{said}");
    world.byok("get openai").stdout(OPENAI_2).check();
    assert!(!world.home().join("profiles/work.age").exists());
    world.byok("restore home.age --yes").stdout_holds(&["work"]).stderr_holds(&["restored profile `work`"]).check();
    world.byok("-p work get groq").stdout(crate::samples::GROQ).check();
}
