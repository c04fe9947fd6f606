//! The programs that read keys under names of their own, and which names those are.
//!
//! `consumers.toml` holds them, and the build turns it into text of which nothing is read before somebody asks.

use std::borrow::Cow;

use super::{Registry, index, suggest};
use crate::name::{EnvName, ProviderId};

/// A program, and the variables that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consumer {
    /// The name that it goes by here.
    pub name: &'static str,
    /// `provider=VARIABLE,VARIABLE`, or `provider/field=VARIABLE`, separated by blanks.
    reads: &'static str,
}

impl Consumer {
    /// The program of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|consumer| consumer.name == name)
    }

    /// All of them, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> {
        index::consumers().map(|(name, reads)| Self { name, reads })
    }

    /// The one that a mistyped name may have meant.
    pub fn suggest(typed: &str) -> Option<&'static str> {
        suggest::nearest(&typed.to_lowercase(), Self::all().map(|consumer| consumer.name))
    }

    /// What it reads a provider's key as; none if it does not.
    pub fn key(self, provider: &ProviderId) -> Vec<EnvName> {
        self.variables(provider.as_str()).map(EnvName::built_in).collect()
    }

    /// Whether it reads a provider's key.
    pub fn reads_key_of(self, provider: &ProviderId) -> bool {
        self.variables(provider.as_str()).next().is_some()
    }

    /// What it reads a field as, where that is another variable than the provider's usual one.
    fn field(self, provider: &ProviderId, field: &str) -> Option<EnvName> {
        self.variables(&format!("{provider}/{field}")).next().map(EnvName::built_in)
    }

    /// Whether it reads a variable at all.
    fn reads(self, variable: &EnvName) -> bool {
        let mut all = self.entries().flat_map(|(_, variables)| variables.split(','));
        all.any(|one| one == variable.as_str())
    }

    fn variables(self, of: &str) -> impl Iterator<Item = &'static str> + use<> {
        let found = self.entries().find(|(name, _)| *name == of);
        found.into_iter().flat_map(|(_, variables)| variables.split(','))
    }

    fn entries(self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.reads.split(' ').filter_map(|entry| entry.split_once('='))
    }
}

/// Under which names keys go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// The provider's first, or those that were given to the key itself.
    #[default]
    Usual,
    /// Every name of the provider's own, and those that were given to the key itself.
    All,
    /// Those that a program reads.
    For(Consumer),
}

impl Naming {
    /// The variables of a key, which may have been given some of its own; none where nobody would read them.
    ///
    /// `usual` is the provider's first. A name that was given to a key says for whom it is meant, and goes before what
    /// the registry knows, as long as the program reads it.
    pub fn key<'a>(
        self,
        registry: &Registry,
        provider: &ProviderId,
        given: &'a [EnvName],
        usual: &'a EnvName,
    ) -> Cow<'a, [EnvName]> {
        match self {
            Self::Usual if given.is_empty() => Cow::Borrowed(std::slice::from_ref(usual)),
            Self::Usual => Cow::Borrowed(given),
            Self::All => {
                let mut names: Vec<EnvName> = given.to_vec();
                let own = registry.get(provider).env.key;
                names.extend(own.into_iter().chain([usual.clone()]).filter(|name| !given.contains(name)));
                names.sort();
                names.dedup();
                Cow::Owned(names)
            }
            Self::For(consumer) => {
                let read: Vec<EnvName> = given.iter().filter(|name| consumer.reads(name)).cloned().collect();
                Cow::Owned(if read.is_empty() { consumer.key(provider) } else { read })
            }
        }
    }

    /// The variable of a field, whose usual one is given.
    pub fn field<'a>(self, provider: &ProviderId, field: &str, usual: &'a EnvName) -> Cow<'a, EnvName> {
        let read = match self {
            Self::For(consumer) => consumer.field(provider, field),
            Self::Usual | Self::All => None,
        };
        read.map_or(Cow::Borrowed(usual), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_reads_names_of_entries_that_are_there() {
        let registry = Registry::builtin();
        assert!(Consumer::all().count() >= 9);
        for consumer in Consumer::all() {
            for (of, variables) in consumer.entries() {
                let (id, field) = of.split_once('/').map_or((of, None), |(id, field)| (id, Some(field)));
                let entry = registry.get(&ProviderId::parse(id).unwrap());
                let known = match field {
                    Some(field) => &entry.env.fields[field],
                    None => &entry.env.key.iter().chain(&entry.env.shared).cloned().collect(),
                };
                for variable in variables.split(',') {
                    assert!(known.iter().any(|name| name.as_str() == variable), "{}: {of} {variable}", consumer.name);
                }
            }
        }
    }

    #[test]
    fn a_name_that_was_given_counts_where_the_tool_reads_it() {
        let (registry, id) = (Registry::builtin(), ProviderId::parse("my-llm").unwrap());
        let (usual, given) = (id.default_env(), [EnvName::parse("OPENAI_API_KEY").unwrap()]);
        let names = |naming: Naming, given: &[EnvName]| {
            let names = naming.key(&registry, &id, given, &usual);
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let aider = Naming::For(Consumer::find("aider").unwrap());
        assert_eq!(names(aider, &given), ["OPENAI_API_KEY"]);
        assert_eq!(names(aider, &[]), [""; 0]);
        assert_eq!(names(Naming::Usual, &given), ["OPENAI_API_KEY"]);
        assert_eq!(names(Naming::All, &given), ["MY_LLM_API_KEY", "OPENAI_API_KEY"]);
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_tool() {
        assert_eq!(Consumer::suggest("lite-llm"), Some("litellm"));
        assert_eq!(Consumer::suggest("Claude"), Some("claude-code"));
        assert_eq!(Consumer::suggest("xyzzy"), None);
    }
}
