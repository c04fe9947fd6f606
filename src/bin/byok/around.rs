//! Where other tools' files are to be looked for.

use std::env;
use std::path::{Path, PathBuf};

use byok::credentials::Around;

use crate::session::Session;
use crate::vars;

/// What the places of tools' files depend on; none without a home folder.
pub(crate) fn here(session: &Session<'_>) -> Option<Around> {
    let home = session.vars.user_home.clone()?;
    let under = |set: Option<PathBuf>, rest: &str| set.unwrap_or_else(|| home.join(rest));
    Some(Around {
        config: under(session.vars.xdg_config.clone(), ".config"),
        data: under(session.vars.xdg_data.clone(), ".local/share"),
        cache: under(vars::of_tool("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()), ".cache"),
        above: above(&home),
        var: vars::of_tool,
        home,
    })
}

/// The working folder and those above it: up to that of its repository, and never the home folder or the root.
fn above(home: &Path) -> Vec<PathBuf> {
    let Ok(folder) = env::current_dir() else { return Vec::new() };
    let home = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    let mut all = Vec::new();
    for folder in folder.ancestors() {
        if folder == home || folder.parent().is_none() {
            break;
        }
        all.push(folder.to_owned());
        if folder.join(".git").symlink_metadata().is_ok() {
            break;
        }
    }
    all
}

/// A path as a person reads it, with `~` for the home folder.
pub(crate) fn short(around: &Around, path: &Path) -> String {
    match path.strip_prefix(&around.home) {
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}
