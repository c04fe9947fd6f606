//! Other tools' files: what is in them is read, one key is taken out and nothing else, and keys are put in beside the rest.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use byok::credentials::{self, Around, Entry, File, Holding, Tool};
use byok::name::ProviderId;
use byok::provider::Registry;
use byok::secret::Secret;
use zeroize::Zeroizing;

/// A form of every kind, with the tool's name.
fn forms() -> &'static [(&'static str, File)] {
    static FORMS: OnceLock<Vec<(&str, File)>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let home = PathBuf::from("/nonexistent");
        let around = Around {
            config: home.join(".config"),
            data: home.join(".local/share"),
            cache: home.join(".cache"),
            above: vec![home.join("work")],
            var: |_| None,
            home,
        };
        let mut all: Vec<_> = Tool::all()
            .chain(Tool::sources())
            .flat_map(|tool| tool.forms(&around, Path::new("/nonexistent/x")).into_iter().map(|file| (tool.name, file)))
            .collect();
        all.sort_by_key(|(name, _)| *name);
        all
    })
}

/// How many forms there are: the first byte of an input is the number of one.
pub fn count() -> usize {
    forms().len()
}

/// The tool whose form a number means.
pub fn tool(number: usize) -> &'static str {
    forms()[number].0
}

/// The first byte chooses the form, the second what is done, the rest is the file.
pub fn run(input: &[u8]) {
    let [form, deed, bytes @ ..] = input else { return };
    let (tool, file) = &forms()[usize::from(*form) % forms().len()];
    let registry = Registry::builtin();
    let entries = match file.form.read(&registry, bytes) {
        Ok(entries) => entries,
        Err(error) => return super::silent(&error),
    };
    take_out(tool, file, &registry, bytes, &entries, *deed);
    if let Some(text) = super::text(bytes) {
        put_in(&registry, text, *deed);
    }
}

/// The keys of a file, each with its name.
fn keys(entries: &[Entry]) -> Vec<(&str, &Secret)> {
    entries.iter().filter_map(|entry| Some((entry.name.as_str(), entry.holds.key()?))).collect()
}

/// Takes one key out.
fn take_out(tool: &str, file: &File, registry: &Registry, bytes: &[u8], entries: &[Entry], deed: u8) {
    let keys = keys(entries);
    if keys.is_empty() {
        return;
    }
    let at = usize::from(deed) % keys.len();
    let left = match file.form.without(bytes, &[keys[at].0]) {
        Ok(left) => left,
        Err(error) => return super::silent(&error),
    };
    // In a shell's block that would be empty, `:` takes the place of a line; a database is written anew.
    let plain =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().filter(|byte| tool != "shell" || **byte != b':').copied().collect() };
    let database = bytes.starts_with(b"SQLite format 3\0");
    assert!(database || super::is_cut_from(&plain(&left), &plain(bytes)), "{tool}: more than a key was taken out");
    let Ok(after) = file.form.read(registry, &left) else { panic!("{tool}: what is left cannot be read") };
    // Of those that are left, names may be others: one in a list has another number, one that came twice is alone.
    let mut others: Vec<&str> = keys.iter().map(|(_, secret)| secret.expose()).collect();
    others.remove(at);
    let there: Vec<&str> = after.iter().filter_map(|entry| Some(entry.holds.key()?.expose())).collect();
    assert!(there == others, "{tool}: not one key less, and all others as they were");
}

/// Puts a key in, where byok does.
fn put_in(registry: &Registry, text: &str, deed: u8) {
    let all = credentials::targets();
    let tool = all[usize::from(deed) % all.len()];
    let form = credentials::target(tool).expect("a target has a form");
    let Some(name) = form.entry(&ProviderId::parse("openai").unwrap()) else { return };
    let Ok(before) = form.read(registry, text.as_bytes()) else { return };
    let secret = Secret::new(Zeroizing::new("sk-put-in-by-byok".to_owned())).unwrap();
    let new = match form.write(text, &[(name.clone(), &secret)]) {
        Ok(new) => new,
        Err(error) => return super::silent(&error),
    };
    let after = form.read(registry, new.as_bytes()).expect("what byok writes, it reads");
    let there: Vec<&Entry> = after.iter().filter(|entry| entry.name == name).collect();
    let held = there.last().map(|entry| &entry.holds);
    assert!(matches!(held, Some(Holding::Key(key)) if key.same_as(&secret)), "{tool}: the key is not there");
    let others = |entries: &[Entry]| -> Vec<(String, String)> {
        let mut all: Vec<_> = entries
            .iter()
            .filter(|entry| entry.name != name)
            .filter_map(|entry| Some((entry.name.clone(), entry.holds.key()?.expose().to_owned())))
            .collect();
        all.sort();
        all
    };
    assert!(others(&after) == others(&before), "{tool}: another key was changed");
    // Once more, it stays as it is.
    let again = form.write(&new, &[(name, &secret)]).expect("what byok writes, it writes again");
    assert!(*again == *new, "{tool}: writing the same twice changes the file");
}
