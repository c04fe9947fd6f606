//! Where byok keeps things, and what a person set there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::AccessError;
use crate::disk;
use crate::provider::Registry;
use crate::settings::Settings;

/// Settings and a person's own providers are read up to this size, in bytes: a few thousand lines.
pub const TEXT_LIMIT: u64 = 128 * 1024;

/// Where byok keeps things: the XDG folders, or all in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `config.toml` and `providers.toml`.
    pub config: PathBuf,
    /// The identity, and the folder of profiles.
    pub data: PathBuf,
    /// The pins, the log, and which projects are trusted.
    pub state: PathBuf,
    /// Whether `BYOK_HOME` names it all.
    pub own: bool,
}

impl Home {
    /// The home that the variables name: `BYOK_HOME`, else the XDG folders, else those under `HOME`.
    pub fn find(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, AccessError> {
        if let Some(home) = var("BYOK_HOME").filter(|home| !home.is_empty()) {
            return Self::in_one(Path::new(&home));
        }
        // A relative XDG folder is to be ignored, says the XDG base directory specification.
        let folder = |name: &str| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = folder("HOME");
        let under = |name: &str, rest: &str| {
            let folder = folder(name).or_else(|| Some(home.as_ref()?.join(rest)));
            folder.map(|folder| folder.join("byok")).ok_or(AccessError::NoHome)
        };
        Ok(Self {
            config: under("XDG_CONFIG_HOME", ".config")?,
            data: under("XDG_DATA_HOME", ".local/share")?,
            state: under("XDG_STATE_HOME", ".local/state")?,
            own: false,
        })
    }

    /// All in one folder, as `BYOK_HOME` has it.
    pub fn in_one(folder: &Path) -> Result<Self, AccessError> {
        if !folder.is_absolute() {
            return Err(AccessError::NotAbsolute);
        }
        let folder = folder.to_owned();
        Ok(Self { config: folder.clone(), data: folder.clone(), state: folder, own: true })
    }

    /// Refuses folders that are not their owner's alone: whoever can write there decides what byok reads: settings,
    /// providers, or a whole other store.
    pub fn check(&self) -> Result<(), AccessError> {
        let mut all = vec![&self.config, &self.data, &self.state];
        all.dedup();
        for folder in all {
            disk::check_folder(folder)?;
        }
        Ok(())
    }

    /// What `config.toml` says.
    pub fn settings(&self) -> Result<Settings, AccessError> {
        let path = self.config.join("config.toml");
        let Some(text) = text(&path)? else { return Ok(Settings::default()) };
        Settings::parse(&text).map_err(|source| AccessError::Settings { path, source })
    }

    /// The built-in providers under the user's own of `providers.toml`.
    pub fn registry(&self) -> Result<Registry, AccessError> {
        let path = self.config.join("providers.toml");
        let Some(text) = text(&path)? else { return Ok(Registry::builtin()) };
        Registry::with_overlay(&text).map_err(|source| AccessError::Providers { path, source })
    }
}

/// A text of the user's own.
fn text(path: &Path) -> Result<Option<String>, AccessError> {
    let Some(bytes) = disk::read_own(path, TEXT_LIMIT)? else { return Ok(None) };
    let text = std::str::from_utf8(&bytes).map_err(|source| AccessError::Text { path: path.to_owned(), source })?;
    Ok(Some(text.to_owned()))
}
