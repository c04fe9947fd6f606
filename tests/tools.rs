//! The programs that the tests run, and what happens where one is missing.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;

/// Nushell, where `tests/shells.sh install` puts it.
pub(crate) const NUSHELL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/shells/nu");

/// The first of `names` that is installed; a name with a slash is taken as the path that it is.
///
/// A missing one is said on standard error, past the test harness, and fails the run where `CI=true`.
pub(crate) fn tool(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = names.iter().find_map(|name| {
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|file| file.is_file());
        }
        env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    if found.is_none() {
        skipped(&format!("{} is not installed", names.join(" or ")));
    }
    found
}

/// Says that a test could not run here; where `CI=true`, fails it.
#[track_caller]
pub(crate) fn skipped(why: &str) {
    assert!(env::var("CI").as_deref() != Ok("true"), "{why}, and CI must skip nothing");
    // `eprintln!` would be captured and a passing test's capture never shown.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
