//! `--fix`: what is safe and can be undone. No key is removed, and no profile rewritten.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result};
use byok::disk::{self, DiskError, Lock};

use super::Findings;
use super::finding::Mend;
use crate::ui::Ui;

/// How long another byok may write before this gives up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Default)]
pub(super) struct Mended {
    /// Something was mended.
    pub(super) done: bool,
    /// Something was to be mended, and was not.
    pub(super) failed: bool,
}

/// Mends what it may, and tells what it did.
pub(super) fn all(ui: &Ui, yes: bool, findings: &Findings) -> Result<Mended> {
    let mut mended = Mended::default();
    for finding in findings.iter().flat_map(|(_, found)| found) {
        let Some(mend) = &finding.mend else { continue };
        let command = finding.command.as_deref().unwrap_or_default();
        if is_asked_for(mend) && !yes {
            // Without anybody to ask, it stays as it is and is reported.
            if ui.confirm(&format!("{}; run `{command}`?", finding.text))? != Some(true) {
                continue;
            }
        }
        match apply(mend) {
            Ok(()) => {
                ui.say(&format!("mended: `{command}`"));
                mended.done = true;
            }
            Err(error) => {
                ui.warn(&format!("not mended: {error:#}"));
                mended.failed = true;
            }
        }
    }
    Ok(mended)
}

/// Whether it changes what is a person's own.
fn is_asked_for(mend: &Mend) -> bool {
    matches!(mend, Mend::Line(..) | Mend::Script(..))
}

fn apply(mend: &Mend) -> Result<()> {
    match mend {
        Mend::Chmod(path, mode) => Ok(disk::make_private(path, *mode)?),
        Mend::Sweep { path, lock } => {
            let _lock = Lock::take(lock, PATIENCE, &AtomicBool::new(false))?;
            disk::sweep(path);
            Ok(())
        }
        Mend::Line(path, line) => {
            let text = format!("{line}\n");
            match disk::append(path, text.as_bytes()) {
                Err(DiskError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => make(path, &text),
                appended => Ok(appended?),
            }
        }
        Mend::Script(path, script) => make(path, script),
    }
}

/// A new file of a person's own, in a folder that is made where it is missing.
fn make(path: &Path, text: &str) -> Result<()> {
    let _held = crate::signals::Held::new(&std::sync::Arc::default());
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    Ok(disk::create(path, text.as_bytes())?)
}
