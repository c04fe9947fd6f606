//! What a backup holds beside profiles: the identity, settings, providers of one's own, and agreements.

use std::path::PathBuf;

use anyhow::Result;
use byok::access::TEXT_LIMIT;
use byok::backup::Backup;
use byok::disk;
use byok::name::ProfileName;
use byok::provider::Registry;
use byok::seal::{Identities, Unlock as _};
use byok::settings::Settings;
use zeroize::Zeroizing;

use crate::cli::backing::Restore;
use crate::session::Session;

/// What is to be put there besides profiles.
pub(super) struct Around {
    /// The text of the identity, where none is here.
    pub(super) identity: Option<Zeroizing<String>>,
    pub(super) files: Vec<Text>,
    /// The profiles that lay at paths of their own, where this machine knows of none.
    pub(super) strayed: Vec<(ProfileName, PathBuf)>,
    /// The agreements that are not here.
    pub(super) trust: Vec<(String, String)>,
}

/// One file of the folder of settings.
pub(super) struct Text {
    pub(super) name: &'static str,
    pub(super) content: String,
    /// What is here in its place.
    pub(super) old: Option<String>,
}

impl Around {
    pub(super) fn is_empty(&self) -> bool {
        self.identity.is_none() && self.files.is_empty() && self.trust.is_empty()
    }

    pub(super) fn in_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.identity.is_some() {
            words.push("the identity".to_owned());
        }
        words.extend(self.files.iter().map(|file| format!("`{}`", file.name)));
        if !self.trust.is_empty() {
            words.push(crate::words::counted(self.trust.len(), "agreement"));
        }
        words
    }
}

pub(super) fn look(session: &Session<'_>, args: &Restore, backup: &Backup) -> Result<Around> {
    let mut identity = None;
    if let Some(text) = &backup.identity {
        let given = Identities::parse(text)?;
        if !session.opener.is_there()? {
            identity = Some(text.clone());
        } else if session.opener.identities()?.recipients() != given.recipients() {
            session.ui.say("the identity of the backup is left out: there is another one here");
        }
    }
    let (mut files, mut strayed) = (Vec::new(), Vec::new());
    if let Some(lay) = backup.settings.as_deref().and_then(|text| Settings::parse(text).ok()) {
        let here = session.settings.files();
        strayed.extend(lay.files().into_iter().filter(|(name, _)| !here.contains_key(name)));
    }
    let settings = backup.settings.as_deref().map(|text| settings(session, args, identity.is_some(), text));
    for (name, text) in [("config.toml", settings), ("providers.toml", backup.providers.as_deref().map(providers))] {
        let Some(text) = text else { continue };
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                session.ui.warn(&format!("`{name}` of the backup is left out, for this byok cannot read it: {why}"));
                continue;
            }
        };
        let there = disk::read_own(&session.folders.config.join(name), TEXT_LIMIT)?;
        let old = there.map(|there| String::from_utf8_lossy(&there).into_owned());
        let same = old.as_ref().map_or(text.trim().is_empty(), |old| *old == text);
        let stays = old.is_some() && args.merge;
        if !same && !stays {
            files.push(Text { name, content: text, old });
        }
    }
    let trust = session.trust();
    let mut agreements = Vec::new();
    for (name, text) in &backup.trust {
        if trust.lacks(name, text)? {
            agreements.push((name.clone(), text.clone()));
        }
    }
    Ok(Around { identity, files, strayed, trust: agreements })
}

/// The settings of the backup, but for where the identity lives and which profiles lie at paths of their own: that is this
/// machine's affair.
fn settings(session: &Session<'_>, args: &Restore, comes: bool, text: &str) -> Result<String, String> {
    let place = match session.opener.place() {
        _ if comes => Some(args.identity.into()),
        // What is plain needs no saying.
        place if session.settings.identity.is_some() => place,
        _ => None,
    };
    let told = |error: byok::settings::SettingsError| error.to_string();
    let (lay, here) = (Settings::parse(text).map_err(told)?.files(), session.settings.files());
    let mut text = text.to_owned();
    for name in lay.keys().chain(here.keys()) {
        text = Settings::with_file(&text, name, here.get(name).and_then(|path| path.to_str())).map_err(told)?;
    }
    Settings::with_identity_or_none(&text, place.filter(|place| *place != byok::settings::Place::File)).map_err(told)
}

fn providers(text: &str) -> Result<String, String> {
    Registry::with_overlay(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Where the providers of such a text send keys.
pub(super) fn addresses(text: &str) -> Vec<(String, String)> {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let address = |entry: &toml::Value| entry.get("base_url").and_then(toml::Value::as_str).map(str::to_owned);
    table.iter().filter_map(|(name, entry)| Some((name.clone(), address(entry)?))).collect()
}
