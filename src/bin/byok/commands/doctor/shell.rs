//! The shell in use: whether completion and the hook are there, and whether another byok is.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use byok::disk::{self, DiskError};

use super::finding::Finding;
use super::install::{self, Shell};
use super::scene::Scene;
use crate::fault::quoted;
use crate::{caller, vars};

/// A start-up file is read up to this size, in bytes.
const LIMIT: u64 = 1024 * 1024;

pub(super) fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = several(&vars::value("PATH").unwrap_or_default());
    // A job has no shell that somebody types into.
    let Some(home) = scene.vars.user_home.as_ref().filter(|_| !scene.vars.ci) else { return findings };
    let Some(shell) = caller::program().as_deref().and_then(Shell::of).or_else(|| Shell::of(&vars::shell()?)) else {
        return findings;
    };
    let config = scene.vars.xdg_config.clone().unwrap_or_else(|| home.join(".config"));
    let data = scene.vars.xdg_data.clone().unwrap_or_else(|| home.join(".local/share"));
    let folders =
        install::Folders { home: home.clone(), config, data, zdotdir: vars::value("ZDOTDIR").map(PathBuf::from) };
    let startup: String = match shell.startup(&folders).iter().map(|path| read(path)).collect() {
        Ok(startup) => startup,
        // What stands there already is not known: nothing is to be added.
        Err(error) => {
            let text = format!("what {} starts with is not known: {error}", shell.name());
            findings.push(Finding::warning("startup-unread", text));
            return findings;
        }
    };
    let is_there = shell.scripts(&folders).iter().any(|path| path.exists()) || startup.contains("byok completions");
    if !is_there {
        findings.push(shell.missing(&folders, &startup));
    }
    let trusts = scene.safe().ok().and_then(|session| session.trust().all().ok()).is_some_and(|all| !all.is_empty());
    if trusts && !startup.contains("byok hook") {
        let text = format!(
            "you agreed to projects, but {} does not call byok's hook: their keys are not set there",
            shell.name()
        );
        findings.push(Finding::note("no-hook", text).fix("how to have it called", "byok help hook"));
    }
    findings
}

fn read(path: &Path) -> Result<String, DiskError> {
    // A pipe would keep whoever reads it waiting.
    if !disk::is_there(path)? || fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Ok(String::new());
    }
    let bytes = disk::read_public(path, LIMIT)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// More than one byok on the way that shells look for programs.
fn several(path: &str) -> Vec<Finding> {
    let name = format!("byok{}", env::consts::EXE_SUFFIX);
    let mut all: Vec<PathBuf> = Vec::new();
    for folder in env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let program = folder.join(&name);
        let Some(real) = fs::canonicalize(&program).ok().filter(|real| is_program(real)) else { continue };
        if !all.iter().any(|other| fs::canonicalize(other).is_ok_and(|other| other == real)) {
            all.push(program);
        }
    }
    if all.len() < 2 {
        return Vec::new();
    }
    let shown = all.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
    let text = format!("there are {} byoks on `PATH`: {shown}; the first is the one that is started", all.len());
    let versions = all.iter().map(|path| format!("{} --version", quoted(path))).collect::<Vec<_>>().join("; ");
    vec![Finding::warning("several-byoks", text).fix("see which is the newer one", versions)]
}

fn is_program(path: &Path) -> bool {
    let Ok(about) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 == 0 {
        return false;
    }
    about.is_file()
}
