//! goose: `secrets.yaml`, which it keeps where it may not use the keychain: variables by name (goose 1.x,
//! `crates/goose/src/config/base.rs`).

use zeroize::Zeroizing;

use super::yaml::{self, Node, Spot};
use super::{Broken, Entry, Form, Holding};
use crate::provider::Registry;

/// `OPENAI_API_KEY: …`, one a line; what is no text is the sign-in of an account.
pub(super) struct Goose;

impl Form for Goose {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        yaml::entries(bytes, |node| spots(registry, node))
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        yaml::without(bytes, names, |node| spots(&Registry::builtin(), node))
    }
}

fn spots(registry: &Registry, node: &Node) -> Vec<Spot> {
    let spot = |(at, name, value): (usize, &str, &Node)| {
        let claim = registry.claims(name).into_iter().next();
        // The address of a server, a region: companions, and no secrets.
        if claim.as_ref().is_some_and(|claim| !claim.role.is_key()) {
            return None;
        }
        let account = value.is_map() || value.text().is_some_and(|text| text.trim_start().starts_with('{'));
        let entry = Entry {
            name: name.to_owned(),
            line: Some(value.line),
            holds: if account { Holding::Account } else { value.holding(|_| false)? },
            provider: claim.map(|claim| claim.provider),
            address: None,
            label: None,
        };
        Some(Spot { entry, way: vec![at] })
    };
    node.members().filter_map(spot).collect()
}
