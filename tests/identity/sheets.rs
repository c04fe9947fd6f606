//! The recovery sheet.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::SECRET;
use crate::tools::tool;
use crate::world::World;

#[test]
fn a_sheet_is_private_and_brings_everything_back() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    let sheet = world.path("sheet");
    world.byok("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet to `sheet`"]).check();
    assert_eq!(fs::metadata(&sheet).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&sheet).unwrap();
    let again = world.byok("identity backup -o sheet").output();
    assert!(!again.status.success() && again.stdout.is_empty(), "{again:?}");
    assert_eq!(fs::read(&sheet).unwrap(), before);
    let piped = world.byok("identity backup").code(4);
    piped.stderr_holds(&["a recovery sheet goes to a terminal or a file", "byok: hint: "]).check();
    if let Some(age) = tool(&["age"]) {
        let opened = Command::new(age).arg("-d").arg("-i").arg(&sheet).arg(world.sealed()).output().unwrap();
        assert!(String::from_utf8(opened.stdout).unwrap().contains(SECRET));
    }
    let taken = world.byok("identity restore sheet").code(1);
    taken.stderr_holds(&["there is an identity already"]).check();
    let fresh = World::new();
    fresh.file("home/profiles/default.age", fs::read(world.sealed()).unwrap());
    for folder in ["home", "home/profiles"] {
        fs::set_permissions(fresh.path(folder), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::set_permissions(fresh.sealed(), fs::Permissions::from_mode(0o600)).unwrap();
    fresh.byok("identity restore").arg(&sheet).stderr_holds(&["the identity lives in "]).check();
    fresh.byok("get openai").stdout(SECRET).check();
}
