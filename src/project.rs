//! A project's `.byok.toml`: the profile and the keys that its programs need, by name, and nothing else.
//!
//! Whoever writes it may be a stranger: it can name no address, command, path or variable, and until a person has
//! agreed to it (see [`crate::trust`]) it means nothing at all.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::name::{KeyRef, Label, NameError, ProfileName, ProviderId};
use crate::wash::{dense, untold};

/// The file's name.
pub const FILE: &str = ".byok.toml";

/// The largest file that is read, in bytes.
pub const LIMIT: u64 = 64 * 1024;

/// What a project asks for. Every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// The profile that its keys come from.
    pub profile: Option<ProfileName>,
    /// The keys that it cannot do without.
    pub requires: Vec<KeyRef>,
    /// Of each of these lists, it needs one.
    pub any: Vec<Vec<KeyRef>>,
}

/// The file does not say what a project can say. Repeats no value: people have put a key in such a file before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line})")]
pub struct ProjectError {
    /// What is wrong.
    pub message: String,
    /// 1-based.
    pub line: usize,
}

impl Project {
    /// Reads the bytes of a `.byok.toml`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProjectError> {
        let line = |at: usize| bytes.get(..at).unwrap_or_default().split(|byte| *byte == b'\n').count();
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ProjectError { message: "it is not UTF-8".to_owned(), line: line(error.valid_up_to()) })?;
        let read = |(at, message): (usize, String)| ProjectError { message, line: line(at) };
        let table = DeTable::parse(text).map_err(|error| {
            read((error.span().map_or(0, |span| span.start), format!("it is no TOML: {}", untold(error.message()))))
        })?;
        let mut project = Self::default();
        for (name, value) in table.get_ref() {
            match name.get_ref().as_ref() {
                "profile" => project.profile = Some(profile(value).map_err(read)?),
                "requires" => project.requires = keys(value, "requires").map_err(read)?,
                "any" => project.any = choices(value).map_err(read)?,
                other => {
                    let other = if dense(other) { "…" } else { other };
                    let message =
                        format!("`{other}` is not for a project to say: only `profile`, `requires` and `any` are");
                    return Err(read((name.span().start, message)));
                }
            }
        }
        for (at, one) in project.requires.iter().enumerate() {
            if project.requires[..at].iter().any(|other| other.provider == one.provider) {
                let span = table.get_ref().get("requires").map_or(0, |value| value.span().start);
                return Err(read((span, format!("`requires` names `{}` twice", one.provider))));
            }
        }
        Ok(project)
    }

    /// Whether it names keys: if not, it only chooses a profile.
    pub fn names_keys(&self) -> bool {
        !self.requires.is_empty() || !self.any.is_empty()
    }

    /// Every key that it names, in its order.
    pub fn keys(&self) -> impl Iterator<Item = &KeyRef> {
        self.requires.iter().chain(self.any.iter().flatten())
    }

    /// The labels that it gives a provider, in its order: a bare `provider` means the first of them that is there.
    pub fn labels<'a>(&'a self, provider: &'a ProviderId) -> impl Iterator<Item = &'a Label> {
        self.keys().filter(move |key| key.provider == *provider).filter_map(|key| key.label.as_ref())
    }

    /// Calls the providers by other names, as a registry knows them.
    pub fn rename(&mut self, name: impl Fn(&ProviderId) -> ProviderId) {
        for key in self.requires.iter_mut().chain(self.any.iter_mut().flatten()) {
            key.provider = name(&key.provider);
        }
    }
}

/// What is wrong, and where it starts.
type Wrong = (usize, String);

fn profile(value: &Spanned<DeValue<'_>>) -> Result<ProfileName, Wrong> {
    let at = value.span().start;
    let text = value.get_ref().as_str().ok_or_else(|| (at, "`profile` is no text, such as \"work\"".to_owned()))?;
    ProfileName::parse(text).map_err(|error| (at, untold(&error.to_string())))
}

fn keys(value: &Spanned<DeValue<'_>>, what: &str) -> Result<Vec<KeyRef>, Wrong> {
    let wrong = |at: usize| (at, format!("`{what}` is no list of keys, such as [\"openai:work\"]"));
    let list = value.get_ref().as_array().ok_or_else(|| wrong(value.span().start))?;
    let mut keys = Vec::new();
    for item in list {
        let at = item.span().start;
        let text = item.get_ref().as_str().ok_or_else(|| wrong(at))?;
        keys.push(KeyRef::parse(text).map_err(|error: NameError| (at, untold(&error.to_string())))?);
    }
    Ok(keys)
}

fn choices(value: &Spanned<DeValue<'_>>) -> Result<Vec<Vec<KeyRef>>, Wrong> {
    let wrong = |at: usize| (at, "`any` is no list of choices, such as [[\"openai\", \"groq\"]]".to_owned());
    let list = value.get_ref().as_array().ok_or_else(|| wrong(value.span().start))?;
    let mut choices = Vec::new();
    for item in list {
        if item.get_ref().as_array().is_none() {
            return Err(wrong(item.span().start));
        }
        let choice = keys(item, "any")?;
        if choice.is_empty() {
            return Err((item.span().start, "a choice in `any` is empty".to_owned()));
        }
        choices.push(choice);
    }
    Ok(choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_names_a_profile_and_keys() {
        let text =
            "profile = \"work\"\nrequires = [\"openai:work\", \"anthropic\"]\nany = [[\"openai:old\", \"groq\"]]\n";
        let project = Project::parse(text.as_bytes()).unwrap();
        assert_eq!(project.profile.as_ref().map(ProfileName::as_str), Some("work"));
        assert_eq!(
            project.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            "openai:work anthropic openai:old groq"
        );
        let openai = ProviderId::parse("openai").unwrap();
        assert_eq!(project.labels(&openai).map(Label::as_str).collect::<Vec<_>>(), ["work", "old"]);
        assert!(!Project::parse(b"").unwrap().names_keys());
    }

    #[test]
    fn everything_else_is_refused_with_its_line_and_without_its_value() {
        for (text, line, told) in [
            ("\nendpoint = \"https://evil.test\"", 2, "`endpoint`"),
            ("[providers.openai]\nurl = \"https://evil.test\"", 1, "`providers`"),
            ("requires = \"openai\"", 1, "`requires`"),
            ("requires = [\n  \"openai\",\n  \"sk-proj-SECRET/1\",\n]", 3, "a provider's name"),
            ("requires = [\n 1]", 2, "`requires`"),
            ("any = [\"openai\"]", 1, "`any`"),
            ("any = [[]]", 1, "empty"),
            ("profile = \"../../SECRET\"", 1, "a profile's name"),
            ("profile = 1", 1, "`profile`"),
            ("requires = [\"openai\", \"openai:work\"]", 1, "twice"),
            ("profile = \"a\"\nprofile = \"b\"", 2, "TOML"),
            ("profile = \"a", 1, "TOML"),
        ] {
            let error = Project::parse(text.as_bytes()).unwrap_err();
            assert!(error.line == line && error.message.contains(told), "{text:?}: {error}");
            assert!(!error.message.contains("SECRET") && !error.message.contains("evil"), "{error}");
        }
        assert_eq!(Project::parse(b"# \n\xff").unwrap_err().line, 2);
        let deep = format!("any = {}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Project::parse(deep.as_bytes()).is_err());
    }
}
