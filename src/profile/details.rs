//! What a person says of a key besides its secret, when adding or editing it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Deadline, Key};
use crate::name::EnvName;

/// Changes to a key's metadata; what is `None` or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The variables to export it as; an empty list goes back to the provider's own.
    pub env: Option<Vec<EnvName>>,
    /// Fields to set, or with `None` to remove.
    pub fields: BTreeMap<String, Option<String>>,
    /// The end of its life, or `Some(None)` for none.
    pub expires: Option<Option<Timestamp>>,
    /// A remark, or `Some(None)` for none.
    pub note: Option<Option<String>>,
    /// Tags to put on.
    pub tags: Vec<String>,
    /// Tags to take off.
    pub untags: Vec<String>,
    /// Whether it is handed out unasked.
    pub exported: Option<bool>,
    /// Whether it is put aside.
    pub disabled: Option<bool>,
    /// Whether it makes and revokes other keys.
    pub admin: Option<bool>,
    /// After how many days its secret is to be replaced, or `Some(None)` for what is said of its provider or profile.
    pub rotate_after: Option<Option<u32>>,
    /// When it is taken out of the profile, or `Some(None)` for never.
    pub wiped: Option<Option<Deadline>>,
}

impl Details {
    /// Makes the changes; answers whether there were any.
    pub fn apply(&self, key: &mut Key) -> bool {
        let before = key.clone();
        if let Some(env) = &self.env {
            key.env.clone_from(env);
        }
        for (name, value) in &self.fields {
            match value {
                Some(value) => drop(key.fields.insert(name.clone(), value.clone())),
                None => drop(key.fields.remove(name)),
            }
        }
        // What a test said was said with the old fields, and the key was bound to the old address.
        if key.fields != before.fields {
            key.set_tested(None);
        }
        if key.fields.get("endpoint") != before.fields.get("endpoint") {
            key.host = None;
        }
        if let Some(expires) = self.expires {
            key.expires = expires;
        }
        if let Some(note) = &self.note {
            key.note.clone_from(note);
        }
        key.tags.extend(self.tags.iter().cloned());
        key.tags.retain(|tag| !self.untags.contains(tag));
        key.tags.sort();
        key.tags.dedup();
        key.exported = self.exported.unwrap_or(key.exported);
        key.disabled = self.disabled.unwrap_or(key.disabled);
        key.admin = self.admin.unwrap_or(key.admin);
        key.rotate_after = self.rotate_after.unwrap_or(key.rotate_after);
        if let Some(wiped) = &self.wiped {
            key.wiped.clone_from(wiped);
        }
        !key.is_described_as(&before)
    }
}
