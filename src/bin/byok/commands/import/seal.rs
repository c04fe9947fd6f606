//! The keys that were found, put into the profile: the first of a provider as it is, another beside it.

use std::collections::BTreeSet;

use anyhow::Result;
use byok::keys::{self, KeyError, NewKey};
use byok::name::{Label, ProviderId};
use byok::profile::{Details, Profile};
use byok::verdict::Worth;

use super::asked::Tried;
use super::found::{All, Found};
use super::row::{Outcome, Row};
use crate::cli::taking::Import;
use crate::commands::update;
use crate::session::{Session, dense, secret_argument};

/// Puts all of them in, in one update, or with `--dry-run` into a copy of the profile that is thrown away.
pub(super) fn all(session: &Session<'_>, args: &Import, found: &All, tried: &Tried) -> Result<Vec<Row>> {
    if args.label.as_deref().is_some_and(dense) {
        return Err(secret_argument());
    }
    let base = args.label.as_deref().map(str::parse::<Label>).transpose()?;
    update::profile(session, args.dry_run || found.keys.is_empty(), |profile| {
        let (mut rows, mut placed, mut changed) = (Vec::new(), BTreeSet::new(), false);
        for (at, one) in found.keys.iter().enumerate() {
            let (row, stored) = put(session, args, profile, &mut placed, one, base.as_ref(), tried, at)?;
            rows.push(row);
            changed |= stored;
        }
        Ok((rows, changed))
    })
}

#[expect(clippy::too_many_arguments, reason = "one key among all, and what was said of it")]
fn put(
    session: &Session<'_>,
    args: &Import,
    profile: &mut Profile,
    placed: &mut BTreeSet<ProviderId>,
    one: &Found,
    base: Option<&Label>,
    tried: &Tried,
    at: usize,
) -> Result<(Row, bool), KeyError> {
    let provider = &one.provider;
    let tested = tried.known(at).cloned();
    let twin = profile.keys_of(provider).find(|key| key.secret.same_as(&one.secret)).map(|key| key.label.clone());
    let is_here = twin.is_some();
    let told = tested.as_ref().is_some_and(|tested| tested.facts.admin);
    let admin = told || one.admin;
    let label = match (twin, base, keys::rival(profile, provider, admin)) {
        (Some(label), ..) => label,
        (None, Some(base), _) => free(profile, provider, base.as_str()),
        (None, None, None) => free(profile, provider, keys::usual_label(admin).as_str()),
        // Only what was there before gives way: no key of this import may take the place of another.
        (None, None, Some(active)) if args.replace && !placed.contains(provider) => active.label.clone(),
        (None, None, Some(_)) => free(profile, provider, &one.label),
    };
    placed.insert(provider.clone());
    let new = NewKey {
        provider: provider.clone(),
        label: label.clone(),
        secret: one.secret.clone(),
        details: Details { admin: admin.then_some(true), ..Details::default() },
        replace: args.replace && !is_here,
        duplicate: false,
        tested: tested.clone().filter(|tested| tested.verdict.worth() != Worth::Unknown),
        host: tried.host(at),
    };
    let stored = !is_here || new.tested.is_some() || new.host.is_some();
    let added = keys::put(profile, &new, session.now)?;
    let key = profile.keys_of(provider).find(|key| key.label == label);
    let key = key.map_or_else(|| provider.to_string(), |key| profile.display(key).to_string());
    let outcome = if is_here { Outcome::Here(key.clone()) } else { Outcome::Done(added) };
    let (mask, from) = (one.secret.mask(), one.origins.clone());
    Ok((Row { provider: provider.to_string(), key, mask, from, outcome, tested }, stored))
}

/// The label, or the first like it that no key of the provider has.
fn free(profile: &Profile, provider: &ProviderId, base: &str) -> Label {
    let taken = |label: &Label| profile.keys_of(provider).any(|key| key.label == *label);
    let mut number = 1_u32;
    loop {
        let text = if number == 1 { base.to_owned() } else { format!("{base}-{number}") };
        match text.parse::<Label>() {
            Ok(label) if !taken(&label) => return label,
            _ => number += 1,
        }
    }
}
