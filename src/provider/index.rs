//! The answers that are needed at every shell start, found in text without parsing an entry.
//!
//! `build.rs` writes the texts and says what a line of each holds.

use super::slots;

macro_rules! written {
    ($include:ident, $name:literal) => {
        $include!(concat!(env!("OUT_DIR"), "/registry-", $name))
    };
}

const ENTRIES: &str = written!(include_str, "entries");
const CONSUMERS: &str = written!(include_str, "consumers");
const ADMINS: &str = written!(include_str, "admins");
const SIGNS: &str = written!(include_str, "signs");
static PROVIDERS: Lines =
    Lines { text: written!(include_str, "providers"), slots: written!(include_bytes, "providers.slots") };
static NAMES: Lines = Lines { text: written!(include_str, "names"), slots: written!(include_bytes, "names.slots") };
static VARIABLES: Lines =
    Lines { text: written!(include_str, "variables"), slots: written!(include_bytes, "variables.slots") };

/// Lines that are found by what stands before their first tab.
struct Lines {
    text: &'static str,
    /// Start and length of a line, as two little-endian `u32`, in the slot that its name hashes to or the next
    /// free one; a length of none is the end of the search. A power of two of slots, never full.
    slots: &'static [u8],
}

impl Lines {
    /// What follows `name` in its line.
    fn find(&self, name: &str) -> Option<&'static str> {
        let (slots, _) = self.slots.as_chunks::<8>();
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
        let mut slot = slots::hash(name);
        loop {
            slot &= slots.len() - 1;
            let (start, length) = slots[slot].split_at(4);
            let (start, length) = (number(start), number(length));
            if length == 0 {
                return None;
            }
            let line = self.text.get(start..start + length)?;
            if let Some(rest) = line.strip_prefix(name).and_then(|rest| rest.strip_prefix('\t')) {
                return Some(rest);
            }
            slot += 1;
        }
    }
}

/// What the index holds of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// The entry's TOML.
    pub(super) entry: &'static str,
    pub(super) retired: bool,
    /// The variable that its key is exported as.
    pub(super) key: &'static str,
    pub(super) host: Option<&'static str>,
    /// `field=VARIABLE`, separated by blanks.
    fields: &'static str,
}

impl Line {
    /// The non-secret companions: field and the variable that is set.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.fields.split(' ').filter_map(|pair| pair.split_once('='))
    }
}

/// Whether a built-in provider has this id.
pub(super) fn is_known(id: &str) -> bool {
    PROVIDERS.find(id).is_some()
}

/// The built-in provider of this id.
pub(super) fn provider(id: &str) -> Option<Line> {
    let mut columns = PROVIDERS.find(id)?.split('\t');
    let start: usize = columns.next()?.parse().ok()?;
    let length: usize = columns.next()?.parse().ok()?;
    Some(Line {
        entry: ENTRIES.get(start..start + length)?,
        retired: !columns.next()?.is_empty(),
        key: columns.next()?,
        host: columns.next().filter(|host| !host.is_empty()),
        fields: columns.next()?,
    })
}

/// The id behind another name: an alias, or an id or alias without its dots, dashes and underscores.
pub(super) fn alias(name: &str) -> Option<&'static str> {
    NAMES.find(name)
}

/// Stands in the place of a field's name where a variable holds an admin key.
pub(super) const ADMIN: &str = "!admin";

/// How admin keys begin: provider and prefix. There are a handful.
pub(super) fn admin_prefixes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ADMINS.lines().filter_map(|line| line.split_once('\t'))
}

/// Who reads a variable, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) id: &'static str,
    /// The field that it holds, or [`ADMIN`]; the key if none.
    pub(super) field: Option<&'static str>,
    pub(super) owner: bool,
}

/// Whether anybody reads a variable.
pub(super) fn is_read(variable: &str) -> bool {
    VARIABLES.find(variable).is_some()
}

/// Who reads a variable, its owner first.
pub(super) fn readers(variable: &str) -> impl Iterator<Item = Reader> + use<> {
    let line = VARIABLES.find(variable).unwrap_or_default();
    line.split(' ').filter(|reader| !reader.is_empty()).map(|reader| {
        let (reader, owner) = reader.strip_prefix('*').map_or((reader, false), |id| (id, true));
        let (id, field) = reader.split_once('/').map_or((reader, None), |(id, field)| (id, Some(field)));
        Reader { id, field, owner }
    })
}

/// The variables that hold a key of any class, sorted.
pub(super) fn key_variables<'a>() -> impl Iterator<Item = &'a str> {
    let lines = VARIABLES.text.lines().filter_map(|line| line.split_once('\t'));
    lines.filter(|(_, readers)| readers.starts_with('*') || readers.ends_with(ADMIN)).map(|(variable, _)| variable)
}

/// All ids, sorted.
pub(super) fn ids<'a>() -> impl Iterator<Item = &'a str> {
    PROVIDERS.text.lines().filter_map(|line| line.split('\t').next())
}

/// All other names with the id behind each, sorted.
pub(super) fn names<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    NAMES.text.lines().filter_map(|line| line.split_once('\t'))
}

/// The programs that read keys, by name, and what each reads.
pub(super) fn consumers() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONSUMERS.lines().filter_map(|line| line.split_once('\t'))
}

/// The lines on the shapes of keys: kind, id, text, what it is.
pub(super) fn signs<'a>() -> impl Iterator<Item = [&'a str; 4]> {
    SIGNS.lines().filter_map(|line| {
        let mut columns = line.splitn(4, '\t');
        Some([columns.next()?, columns.next()?, columns.next()?, columns.next()?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_found() {
        for name in ["", "\t", "\n", "é", "open", "openaix", "OpenAI", "openai\t", "OPENAI_API", "grok\txai"] {
            assert!(provider(name).is_none() && alias(name).is_none() && readers(name).count() == 0, "{name:?}");
        }
    }

    #[test]
    fn every_line_of_the_index_is_found() {
        for id in ids() {
            assert!(provider(id).is_some(), "{id}");
        }
        for (name, id) in names() {
            assert_eq!(alias(name), Some(id));
        }
        for line in VARIABLES.text.lines() {
            let (variable, written) = line.split_once('\t').unwrap();
            assert_eq!(readers(variable).count(), written.split(' ').count(), "{variable}");
        }
    }
}
