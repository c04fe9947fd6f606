//! Keys by their shape.

use std::collections::BTreeSet;

use crate::name::ProviderId;

use super::entry::Provider;

/// Whose key a value is, by its shape alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// This provider's.
    Provider(ProviderId),
    /// One of these, sorted: their keys look alike, or only the beginning is known.
    OneOf(Vec<ProviderId>),
    /// None, but this, with its article: `an OAuth token of Claude Code, not an API key`.
    NotAKey(String),
    /// It has no shape that is known.
    Unknown,
}

/// Whether a value can be a key of a given provider, by its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It looks like one.
    Fits,
    /// It is not known what this provider's keys look like.
    Unknown,
    /// It does not look like one.
    Unusual,
    /// It looks like a key of this other provider, and of nobody else.
    Belongs(ProviderId),
    /// It is no key, but this, with its article.
    NotAKey(String),
}

/// One thing that is known of the keys of one provider.
#[derive(Debug, Clone, Copy)]
pub struct Sign<'a> {
    /// The provider's id.
    pub id: &'a str,
    /// What is known.
    pub kind: SignKind,
    /// A beginning, a mark, or a regular expression.
    pub text: &'a str,
    /// What a [`SignKind::Other`] or [`SignKind::Admin`] is, with its article.
    pub what: &'a str,
}

/// What a [`Sign`] says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignKind {
    /// It opens the keys of nobody else.
    Certain,
    /// It stands somewhere in the keys of nobody else.
    Mark,
    /// It opens the keys of others as well.
    Possible,
    /// A regular expression over the whole key.
    Pattern,
    /// It opens the admin keys of this provider.
    Admin,
    /// It opens what looks like a key and is none.
    Other,
}

impl<'a> Sign<'a> {
    pub(super) fn of_index([kind, id, text, what]: [&'a str; 4]) -> Option<Self> {
        let kind = match kind {
            "certain" => SignKind::Certain,
            "mark" => SignKind::Mark,
            "possible" => SignKind::Possible,
            "pattern" => SignKind::Pattern,
            "admin" => SignKind::Admin,
            "other" => SignKind::Other,
            _ => return None,
        };
        Some(Self { id, kind, text, what })
    }

    pub(super) fn of_entry(provider: &'a Provider) -> impl Iterator<Item = Self> {
        let sign = move |kind| move |text: &'a String| Self { id: provider.id.as_str(), kind, text, what: "" };
        let shape = &provider.shape;
        let others =
            shape.other.iter().map(move |other| Self { what: &other.what, ..sign(SignKind::Other)(&other.prefix) });
        let admin = provider.admin.iter().flat_map(move |admin| {
            admin.prefixes.iter().map(move |prefix| Self { what: &admin.what, ..sign(SignKind::Admin)(prefix) })
        });
        let certain = shape.certain.iter().map(sign(SignKind::Certain)).chain(admin);
        let marks = shape.marks.iter().map(sign(SignKind::Mark));
        let possible = shape.possible.iter().map(sign(SignKind::Possible));
        certain.chain(marks).chain(possible).chain(shape.pattern.iter().map(sign(SignKind::Pattern))).chain(others)
    }

    fn opens(&self, value: &str) -> bool {
        value.starts_with(self.text)
    }

    fn matches(&self, value: &str) -> bool {
        regex_lite::Regex::new(self.text).is_ok_and(|pattern| pattern.is_match(value))
    }
}

/// What is certain of a value: the longest telling prefix, else a mark inside it.
fn telling<'s, 'a>(signs: &'s [Sign<'a>], value: &str) -> Option<&'s Sign<'a>> {
    let opening =
        signs.iter().filter(|sign| matches!(sign.kind, SignKind::Certain | SignKind::Admin | SignKind::Other));
    let longest = opening.filter(|sign| sign.opens(value)).max_by_key(|sign| sign.text.len());
    longest.or_else(|| signs.iter().find(|sign| sign.kind == SignKind::Mark && value.contains(sign.text)))
}

/// Where else a secret is to be found, in the words of some program, if a value is that and no secret itself.
pub fn reference(value: &str) -> Option<&'static str> {
    const OPENINGS: [(&str, &str); 13] = [
        ("op://", "a reference to 1Password, not an API key"),
        ("encrypted:", "a value that dotenvx has encrypted, not an API key"),
        ("ENC[", "a value that sops has encrypted, not an API key"),
        ("arn:aws", "a reference to AWS, not an API key"),
        ("vault:", "a reference to a vault, not an API key"),
        ("file:", "a reference to a file, not an API key"),
        ("/run/", "a reference to a file, not an API key"),
        ("/etc/", "a reference to a file, not an API key"),
        ("/var/", "a reference to a file, not an API key"),
        ("~/", "a reference to a file, not an API key"),
        ("env:", "a reference to a variable, not an API key"),
        ("os.environ/", "a reference to a variable, not an API key"),
        ("!", "a command, not an API key"),
    ];
    OPENINGS.iter().find(|(opening, _)| value.starts_with(opening)).map(|(_, what)| *what)
}

/// What is nobody's API key, whoever it is from.
fn general(value: &str) -> Option<&'static str> {
    const OPENINGS: [(&str, &str); 4] = [
        ("-----BEGIN ", "a private key or a certificate, not an API key"),
        ("AGE-SECRET-KEY-", "an age identity, not an API key"),
        ("https://", "a web address, not an API key"),
        ("http://", "a web address, not an API key"),
    ];
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '.');
    if value.starts_with("eyJ") && value.matches('.').count() == 2 && value.chars().all(letters) {
        return Some("a JSON web token, as a login hands out, not an API key");
    }
    OPENINGS.iter().find(|(opening, _)| value.starts_with(opening)).map(|(_, what)| *what).or_else(|| reference(value))
}

/// The providers behind the signs, each once, sorted.
fn ids<'a>(signs: impl Iterator<Item = &'a Sign<'a>>) -> Vec<ProviderId> {
    let ids: BTreeSet<&str> = signs.map(|sign| sign.id).collect();
    ids.into_iter().filter_map(|id| ProviderId::parse(id).ok()).collect()
}

pub(super) fn recognise(signs: &[Sign<'_>], value: &str) -> Recognised {
    if let Some(sign) = telling(signs, value) {
        return match ProviderId::parse(sign.id) {
            Ok(id) if sign.kind != SignKind::Other => Recognised::Provider(id),
            _ => Recognised::NotAKey(sign.what.to_owned()),
        };
    }
    if let Some(what) = general(value) {
        return Recognised::NotAKey(what.to_owned());
    }
    let mut alike = ids(signs.iter().filter(|sign| sign.kind == SignKind::Pattern && sign.matches(value)));
    match alike.len() {
        0 => {}
        1 => return Recognised::Provider(alike.remove(0)),
        _ => return Recognised::OneOf(alike),
    }
    let hints = || signs.iter().filter(|sign| sign.kind == SignKind::Possible && sign.opens(value));
    match hints().map(|sign| sign.text.len()).max() {
        Some(longest) => Recognised::OneOf(ids(hints().filter(|sign| sign.text.len() == longest))),
        None => Recognised::Unknown,
    }
}

pub(super) fn fit(signs: &[Sign<'_>], id: &str, value: &str) -> Fit {
    let own = || signs.iter().filter(|sign| sign.id == id);
    let opening = own().filter(|sign| matches!(sign.kind, SignKind::Certain | SignKind::Possible) && sign.opens(value));
    let opened = opening.map(|sign| sign.text.len()).max();
    if let Some(sign) = telling(signs, value) {
        // Providers that share their keys hold the other's prefix as a possible one: then it says nothing against them.
        let others = sign.id != id && opened.is_none_or(|length| length < sign.text.len());
        match (sign.kind, ProviderId::parse(sign.id)) {
            (SignKind::Other, _) if others || sign.id == id => return Fit::NotAKey(sign.what.to_owned()),
            (SignKind::Admin, _) if sign.id == id => return Fit::Fits,
            (SignKind::Certain | SignKind::Mark | SignKind::Admin, Ok(other)) if others => return Fit::Belongs(other),
            _ => {}
        }
    }
    let mut patterns = own().filter(|sign| sign.kind == SignKind::Pattern).peekable();
    let described = patterns.peek().is_some();
    if patterns.any(|sign| sign.matches(value)) {
        return Fit::Fits;
    }
    match general(value) {
        Some(what) if described || !value.starts_with("eyJ") => Fit::NotAKey(what.to_owned()),
        _ if described => Fit::Unusual,
        _ if opened.is_some() => Fit::Fits,
        _ => Fit::Unknown,
    }
}
