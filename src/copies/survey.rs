//! Every place where a key lies now: the variables of the environment, `.env` files, shells' start-up files and those of
//! the tools, each file read once, however many tools read it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Readers, Trouble, look};
use crate::credentials::{Around, Entry, Holding, Tool, Whose, Wins, of_variable, whose};
use crate::name::ProviderId;
use crate::provider::{Consumer, Registry};

/// A key outside byok, or what stands where one would.
#[derive(Debug)]
pub struct Copy {
    /// Where it is.
    pub place: Place,
    /// Whose key it is.
    pub whose: Whose,
    /// What is there.
    pub holds: Holding,
    /// Who may read it.
    pub readers: Readers,
    /// The tools, and `dotenv` and `shell`, whose place it is; none for a variable.
    pub tools: Vec<&'static str>,
}

/// Where a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A variable of the environment.
    Variable(String),
    /// An entry of a file.
    File {
        /// The file, as its tool finds it.
        path: PathBuf,
        /// Where it leads, if it is a link.
        target: Option<PathBuf>,
        /// The line, from 1, in files with lines.
        line: Option<usize>,
        /// What the entry is called there.
        entry: String,
    },
}

/// Which of several keys of a provider a tool uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    /// The tool's name.
    pub tool: &'static str,
    /// Whose keys they are.
    pub provider: ProviderId,
    /// The one that it uses, as its place in [`Survey::copies`].
    pub copy: usize,
    /// Those that it would use were it not for that one.
    pub over: Vec<usize>,
}

/// What lies where.
#[derive(Debug, Default)]
pub struct Survey {
    /// The copies: variables first, then files, in the order in which they were looked at.
    pub copies: Vec<Copy>,
    /// The files of which it cannot be told what they hold.
    pub unreadable: Vec<(PathBuf, Trouble)>,
    /// The files that are there, of each tool, the one that it prefers first.
    there: Vec<(&'static Tool, Vec<PathBuf>)>,
}

/// Looks everywhere. `variables` are those of the environment.
pub fn survey(registry: &Registry, around: &Around, variables: Vec<(String, Zeroizing<String>)>) -> Survey {
    let mut survey = Survey::default();
    survey.copies.extend(variables.into_iter().filter_map(|(name, value)| variable(registry, name, value)));
    // What was looked at, and where its copies are.
    let mut seen: HashMap<PathBuf, Option<std::ops::Range<usize>>> = HashMap::new();
    for tool in Tool::sources().chain(Tool::all()) {
        let mut there = Vec::new();
        for file in tool.files(around) {
            let copies = seen.entry(file.path.clone()).or_insert_with(|| {
                let look = look(registry, &file)?;
                let start = survey.copies.len();
                match look.found {
                    Ok(entries) => survey.copies.extend(entries.into_iter().map(|entry| Copy {
                        whose: whose(registry, &entry),
                        place: Place::File {
                            path: look.path.clone(),
                            target: look.target.clone(),
                            line: entry.line,
                            entry: entry.name,
                        },
                        holds: entry.holds,
                        readers: look.readers,
                        tools: Vec::new(),
                    })),
                    Err(trouble) => survey.unreadable.push((look.path, trouble)),
                }
                Some(start..survey.copies.len())
            });
            if let Some(copies) = copies {
                survey.copies[copies.clone()].iter_mut().for_each(|copy| copy.tools.push(tool.name));
                there.push(file.path);
            }
        }
        survey.there.push((tool, there));
    }
    survey
}

fn variable(registry: &Registry, name: String, value: Zeroizing<String>) -> Option<Copy> {
    let holds = Holding::of(value, |value| value.starts_with("${"))?;
    let provider = of_variable(registry, &name, &holds).ok()?;
    let entry = Entry { name, line: None, holds, provider, address: None, label: None };
    let whose = whose(registry, &entry);
    // What a program starts with is for its owner alone to see.
    Some(Copy {
        place: Place::Variable(entry.name),
        whose,
        holds: entry.holds,
        readers: Readers::Owner,
        tools: Vec::new(),
    })
}

impl Copy {
    /// Whose key it is, where that is plain.
    pub fn provider(&self) -> Option<&ProviderId> {
        if let Whose::Provider(id) = &self.whose { Some(id) } else { None }
    }

    /// Whether it could be this provider's.
    pub fn may_be_of(&self, id: &ProviderId) -> bool {
        match &self.whose {
            Whose::Provider(own) => own == id,
            Whose::OneOf(several) => several.contains(id),
            _ => false,
        }
    }

    fn path(&self) -> Option<&Path> {
        if let Place::File { path, .. } = &self.place { Some(path) } else { None }
    }
}

impl Survey {
    /// Which key each tool uses of the providers of which its own files hold one.
    pub fn uses(&self) -> Vec<Use> {
        let mut all = Vec::new();
        for (tool, there) in &self.there {
            if Tool::sources().any(|source| source.name == tool.name) {
                continue;
            }
            let read = if tool.reads_first_only() { &there[..there.len().min(1)] } else { &there[..] };
            let mut own: Vec<usize> = Vec::new();
            for path in read {
                let within = |at: &usize| {
                    let copy = &self.copies[*at];
                    copy.path() == Some(path) && counts(&copy.holds) && is_read(tool, copy)
                };
                own.extend((0..self.copies.len()).filter(within));
            }
            let mut providers: Vec<&ProviderId> = own.iter().filter_map(|at| self.copies[*at].provider()).collect();
            providers.sort();
            providers.dedup();
            for provider in providers {
                let files = own.iter().copied().filter(|at| self.copies[*at].provider() == Some(provider));
                // Claude Code runs its helper, and is signed in with an account, only where no variable gives it a key.
                let is_last = |at: &usize| {
                    let copy = &self.copies[*at];
                    tool.name == "claude-code" && !matches!(copy.holds, Holding::Key(_))
                };
                let (last, files): (Vec<usize>, Vec<usize>) = files.partition(is_last);
                let variables = self.variables_of(tool, provider);
                let mut order: Vec<usize> = match tool.wins {
                    Wins::File => files.into_iter().chain(variables).collect(),
                    Wins::Environment => variables.into_iter().chain(files).collect(),
                };
                order.extend(last);
                if let [copy, over @ ..] = order.as_slice() {
                    let (copy, over) = (*copy, over.to_vec());
                    all.push(Use { tool: tool.name, provider: provider.clone(), copy, over });
                }
            }
        }
        all
    }

    /// The variables that a tool reads as this provider's key.
    fn variables_of(&self, tool: &Tool, provider: &ProviderId) -> Vec<usize> {
        let is_one = |copy: &Copy| {
            matches!(&copy.place, Place::Variable(name) if reads(tool, provider, name)) && counts(&copy.holds)
        };
        (0..self.copies.len()).filter(|at| is_one(&self.copies[*at])).collect()
    }
}

/// Whether a tool reads this variable as the provider's key.
fn reads(tool: &Tool, provider: &ProviderId, variable: &str) -> bool {
    Consumer::find(tool.name).is_some_and(|one| one.key(provider).iter().any(|name| name.as_str() == variable))
}

/// Whether a tool reads what stands in a file of its own: of a `.env`, only the variables that it knows, and what Claude
/// Code hands on to the programs that it starts is no key of its own.
fn is_read(tool: &Tool, copy: &Copy) -> bool {
    let Place::File { path, entry, .. } = &copy.place else { return false };
    if tool.name == "claude-code" && entry.starts_with("env.") && !entry.starts_with("env.ANTHROPIC_") {
        return false;
    }
    let is_env = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".env"));
    !is_env || copy.provider().is_some_and(|provider| reads(tool, provider, entry))
}

/// Whether a tool would use it.
fn counts(holds: &Holding) -> bool {
    matches!(holds, Holding::Key(_) | Holding::Account | Holding::Reference(_))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

    fn around(home: &Path, above: Vec<PathBuf>) -> Around {
        Around {
            home: home.to_owned(),
            config: home.join(".config"),
            data: home.join(".local/share"),
            cache: home.join(".cache"),
            above,
            var: |_| None,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a file that a tool would have written")]
    fn put(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn every_place_is_told_once_and_each_tool_s_choice() {
        let root = tempfile::tempdir().unwrap();
        let (home, work) = (root.path().join("home"), root.path().join("work"));
        put(&home.join(".config/io.datasette.llm/keys.json"), &format!("{{\n  \"gemini\": \"{KEY}\"\n}}\n"));
        put(&work.join(".env"), &format!("GEMINI_API_KEY={KEY}x\n"));
        put(&home.join(".codex/auth.json"), "{\"OPENAI_API_KEY\": 1");
        let variables = vec![("GEMINI_API_KEY".to_owned(), Zeroizing::new(format!("{KEY}y")))];
        let survey = survey(&Registry::builtin(), &around(&home, vec![work.clone()]), variables);
        let places: Vec<&Place> = survey.copies.iter().map(|copy| &copy.place).collect();
        assert_eq!(places.len(), 3, "{places:?}");
        assert_eq!(survey.copies[1].tools, ["dotenv", "aider", "continue", "gemini-cli"]);
        assert!(matches!(places[2], Place::File { line: Some(2), entry, .. } if entry == "gemini"));
        assert_eq!(survey.unreadable.len(), 1);
        let uses: Vec<(&str, usize, Vec<usize>)> =
            survey.uses().into_iter().map(|one| (one.tool, one.copy, one.over)).collect();
        assert_eq!(uses, [("aider", 1, vec![0]), ("gemini-cli", 0, vec![1]), ("llm", 2, vec![])]);
    }

    #[test]
    fn a_key_under_a_name_that_nobody_reads_is_known_by_its_beginning() {
        let root = tempfile::tempdir().unwrap();
        let (home, work) = (root.path().join("home"), root.path().join("work"));
        let key = format!("gsk_{KEY}{}", &KEY[..16]);
        put(&work.join(".env"), &format!("MY_GROQ={key}\nBUILD={KEY}\nNOTE=\"gsk_ and words\"\n"));
        let survey =
            survey(&Registry::builtin(), &around(&home, vec![work]), vec![("MINE".to_owned(), Zeroizing::new(key))]);
        let told: Vec<_> = survey.copies.iter().map(|copy| copy.provider().map(ProviderId::as_str)).collect();
        assert_eq!(told, [Some("groq"), Some("groq")]);
    }
}
