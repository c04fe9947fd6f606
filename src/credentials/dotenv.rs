//! `.env` files, those of a project as well as those of Gemini CLI and aider: lines of variables, of which only those of
//! keys are touched.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::{Broken, Entry, Form, Holding, Target, of_variable};
use crate::import::{Doubt, ImportError};
use crate::name::{EnvName, ProviderId};
use crate::provider::{Consumer, Registry};
use crate::secret::Secret;
use crate::{export, import};

/// A `.env` with the names that its tool reads.
pub(super) struct Dotenv {
    pub(super) consumer: &'static str,
}

/// Whether a value points elsewhere: no key has a `$`.
fn is_reference(value: &str) -> bool {
    value.starts_with('$') || value.contains("${") || value.contains("$(")
}

/// What a line's entry is called: of several lines for one name, the last counts and has the plain one.
pub(super) fn called(name: &str, line: usize, is_last: bool) -> String {
    if is_last { name.to_owned() } else { format!("{name} (line {line})") }
}

/// Which of these are the last of their name.
pub(super) fn last_of_name<'a>(names: impl Iterator<Item = &'a str>) -> Vec<bool> {
    let names: Vec<&str> = names.collect();
    let last: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    names.iter().enumerate().map(|(at, name)| last.get(name) == Some(&at)).collect()
}

impl Form for Dotenv {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let found = every(super::text(bytes)?)?;
        let last = last_of_name(found.iter().map(|one| one.name.as_str()));
        let entry = |(found, is_last): (import::Found, bool)| {
            let holds = Holding::of(found.value, is_reference)?;
            let provider = of_variable(registry, &found.name, &holds).ok()?;
            let (name, line) = (called(&found.name, found.line, is_last), Some(found.line));
            Some(Entry { name, line, holds, provider, address: None, label: None })
        };
        Ok(found.into_iter().zip(last).filter_map(entry).collect())
    }

    /// The lines go whole, and a comment behind a value stays. What other readers see differently is refused: it may be more,
    /// or less, than the key.
    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let text = super::text(bytes)?;
        let found = every(text)?;
        let last = last_of_name(found.iter().map(|one| one.name.as_str()));
        let mut going = Vec::new();
        for (one, is_last) in found.iter().zip(last) {
            let entry = called(&one.name, one.line, is_last);
            if !names.contains(&entry.as_str()) {
                continue;
            }
            if one.doubtful.is_some_and(|doubt| doubt != Doubt::Expansion) {
                return Err(Broken::Entry { entry });
            }
            going.push((one.line..=one.end, one.comment));
        }
        Ok(super::without_lines(bytes, &going))
    }
}

impl Target for Dotenv {
    fn entry(&self, provider: &ProviderId) -> Option<String> {
        Some(Consumer::find(self.consumer)?.key(provider).first()?.to_string())
    }

    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken> {
        let there = found(text)?;
        let mut lines: Vec<Zeroizing<String>> =
            text.split_inclusive('\n').map(|line| Zeroizing::new(line.to_owned())).collect();
        for (name, secret) in keys {
            let broken = || Broken::Entry { entry: name.clone() };
            let variable = EnvName::parse(name).map_err(|_| broken())?;
            let format = export::format("dotenv").ok_or_else(broken)?;
            let line = format.render(&[(variable, (*secret).clone())]).map_err(Broken::Value)?;
            let Some(old) = there.iter().find(|one| one.name == *name) else {
                if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
                    last.push('\n');
                }
                lines.push(line);
                continue;
            };
            // A value of several lines is not taken apart.
            let place = lines.get_mut(old.line - 1).ok_or_else(broken)?;
            let alone = found(place).map_err(|_| broken())?;
            if !matches!(alone.as_slice(), [one] if one.name == *name && one.value == old.value) {
                return Err(broken());
            }
            *place = line;
        }
        let mut out = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len()).sum()));
        for line in &lines {
            out.push_str(line);
        }
        Ok(out)
    }
}

fn found(text: &str) -> Result<Vec<import::Found>, Broken> {
    import::dotenv::read(text.as_bytes()).map(|reading| reading.found).map_err(broken)
}

fn every(text: &str) -> Result<Vec<import::Found>, Broken> {
    import::dotenv::every(text.as_bytes()).map(|reading| reading.found).map_err(broken)
}

fn broken(error: ImportError) -> Broken {
    let line = match error {
        ImportError::Unterminated { line } | ImportError::Nul { line } | ImportError::NotText { line } => line,
        _ => 1,
    };
    Broken::Form { line, column: 1 }
}
