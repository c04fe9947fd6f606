//! The `.env` files of Gemini CLI and aider: lines of variables, of which only those of keys are touched.

use zeroize::Zeroizing;

use super::{Broken, Entry, Form, Holding, Target};
use crate::name::{EnvName, ProviderId};
use crate::provider::{Consumer, Registry, Role};
use crate::secret::Secret;
use crate::{export, import};

/// A `.env` with the names that its tool reads.
pub(super) struct Dotenv {
    pub(super) consumer: &'static str,
}

impl Form for Dotenv {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let entry = |found: import::Found| {
            let claims = registry.claims(&found.name);
            let key = claims.into_iter().find(|claim| claim.role == Role::Key)?;
            let holds = Holding::of(found.value, |value| value.starts_with("${"))?;
            let (line, provider) = (Some(found.line), Some(key.provider));
            Some(Entry { name: found.name, line, holds, provider, address: None, label: None })
        };
        Ok(found(super::text(bytes)?)?.into_iter().filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let text = super::text(bytes)?;
        let _ = (text, names);
        todo!("part A")
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
    use import::ImportError;
    let reading = import::dotenv::read(text.as_bytes()).map_err(|error| {
        let line = match error {
            ImportError::Unterminated { line } | ImportError::Nul { line } | ImportError::NotText { line } => line,
            _ => 1,
        };
        Broken::Form { line, column: 1 }
    })?;
    Ok(reading.found)
}
