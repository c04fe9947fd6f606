//! What came of an import, for people and for programs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::import::plan::{Skipped, Why};
use byok::keys::Added;
use byok::name::ProviderId;
use byok::verdict::Tested;
use serde_json::json;

use crate::cli::ImportEnv;
use crate::commands::places::shown::pasted;
use crate::commands::test;
use crate::session::Session;
use crate::table;
use crate::ui::escaped;
use crate::words;

/// One line of the report.
pub(super) struct Row {
    pub(super) provider: ProviderId,
    /// The key as it is shown.
    pub(super) key: String,
    pub(super) mask: String,
    pub(super) from: String,
    pub(super) outcome: Outcome,
    /// What its provider said of it, where it was asked.
    pub(super) tested: Option<Tested>,
    /// Whether it makes and revokes other keys.
    pub(super) admin: bool,
}

pub(super) enum Outcome {
    Done(Added),
    /// The same secret is stored under this name.
    Elsewhere(String),
    /// Another secret is stored under the name.
    Differs(String),
    Skipped(String),
    /// It would go to another host than the stored one does.
    Moved(String),
    /// A key by its shape, under a name that nobody reads.
    Unclaimed,
    /// Its provider turns it down.
    Refused,
    /// Several values, and nobody to ask which one is right.
    Question,
}

/// One origin, and how many there are besides.
pub(super) fn origins(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first}, +{} name{}", rest.len(), if rest.len() == 1 { "" } else { "s" }),
    }
}

pub(super) fn skipped(skipped: &Skipped) -> Row {
    let (mask, outcome) = match &skipped.why {
        Why::Placeholder(text) => (text.clone(), Outcome::Skipped("a placeholder".to_owned())),
        Why::Empty => (String::new(), Outcome::Skipped("empty".to_owned())),
        Why::Unfit(error) => (String::new(), Outcome::Skipped(error.to_string())),
        Why::NotAKey(what) => (String::new(), Outcome::Skipped(what.clone())),
        Why::Belongs(owner) => (String::new(), Outcome::Skipped(format!("looks like a key of `{owner}`"))),
        Why::OtherHost(address) => {
            (address.clone(), Outcome::Skipped("an address that is not the provider's".to_owned()))
        }
        Why::Apart(field) => {
            (String::new(), Outcome::Skipped(format!("its `{field}` does not come from where the key does")))
        }
        Why::NoCompanion(field) => (String::new(), Outcome::Skipped(format!("its `{field}` is no short, plain text"))),
        Why::Odd => (String::new(), Outcome::Skipped("more than a key, or none".to_owned())),
        Why::Unclaimed(secret) => (secret.mask(), Outcome::Unclaimed),
        Why::Ambiguous(_) => (String::new(), Outcome::Question),
        _ => (String::new(), Outcome::Skipped("not taken".to_owned())),
    };
    let provider = skipped.provider.clone();
    Row {
        key: provider.to_string(),
        provider,
        mask,
        from: origins(&skipped.origins),
        outcome,
        tested: None,
        admin: false,
    }
}

/// The outcome as a table tells it, and as a word for programs.
fn told(outcome: &Outcome, dry: bool) -> (String, &'static str) {
    match outcome {
        Outcome::Done(Added::New) => (if dry { "new" } else { "added" }.to_owned(), "new"),
        Outcome::Done(Added::Replaced) => (if dry { "would be replaced" } else { "replaced" }.to_owned(), "replaced"),
        Outcome::Done(Added::Updated) => (if dry { "would be updated" } else { "updated" }.to_owned(), "updated"),
        Outcome::Done(Added::Same) => ("already here".to_owned(), "same"),
        Outcome::Elsewhere(name) => (format!("already here as `{name}`"), "same"),
        Outcome::Differs(stored) => (format!("differs from the stored {stored}"), "differs"),
        Outcome::Skipped(why) => (format!("skipped: {why}"), "skipped"),
        Outcome::Moved(words) => (words.clone(), "moved"),
        Outcome::Unclaimed => ("skipped: a key by its shape, under a name that nobody reads".to_owned(), "unclaimed"),
        Outcome::Refused => ("not stored".to_owned(), "refused"),
        Outcome::Question => ("several values: which is right?".to_owned(), "ambiguous"),
    }
}

/// Prints the report; `lost` are the files of which a value was passed over.
pub(super) fn print(session: &Session<'_>, args: &ImportEnv, rows: &[Row], lost: &[PathBuf]) -> Result<()> {
    if args.json {
        let keys: Vec<_> = rows
            .iter()
            .map(|row| {
                let (words, result) = told(&row.outcome, args.dry_run);
                let tested = row.tested.as_ref().map(test::tested);
                json!({ "provider": row.provider.as_str(), "key": row.key, "mask": row.mask, "from": row.from, "result": result, "says": words, "tested": tested })
            })
            .collect();
        let document =
            json!({ "version": 1, "profile": session.profile.as_str(), "dry_run": args.dry_run, "keys": keys });
        session.ui.data(crate::ui::json(&document).as_bytes())?;
    } else if !rows.is_empty() {
        let cells = |row: &Row| {
            let (told, _) = told(&row.outcome, args.dry_run);
            let said = row.tested.as_ref().map(|tested| format!(": {}", words::sentence(tested, session.now)));
            vec![row.key.clone(), row.mask.clone(), row.from.clone(), told + &said.unwrap_or_default()]
        };
        let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
        session.ui.data(table::render(&["PROVIDER", "KEY", "FROM", "RESULT"], &rows, 4).as_bytes())?;
    }
    summary(session, args, rows, lost);
    Ok(())
}

fn summary(session: &Session<'_>, args: &ImportEnv, rows: &[Row], lost: &[PathBuf]) {
    let count = |wanted: fn(&Outcome) -> bool| rows.iter().filter(|row| wanted(&row.outcome)).count();
    let sealed = count(|outcome| matches!(outcome, Outcome::Done(added) if *added != Added::Same));
    let plural = if sealed == 1 { "" } else { "s" };
    if rows.is_empty() {
        session.ui.say("found no key in the environment or in the files given");
        session.ui.hint("name a file with `--file .env`, or add one key with `byok add PROVIDER`");
    } else if args.dry_run {
        session.ui.say(&format!(
            "{sealed} key{plural} would be sealed in profile `{}`; nothing was changed",
            session.profile
        ));
    } else {
        session.ui.say(&format!("{sealed} key{plural} sealed in profile `{}`", session.profile));
        for path in args.files.iter().filter(|path| !lost.contains(path) && all_taken(rows, path)) {
            let shown = escaped(&path.display().to_string());
            let profile = if session.is_named { format!("-p {} ", session.profile) } else { String::new() };
            session.ui.hint(&format!(
                "`{shown}` still holds its keys in plaintext: `byok {profile}import dotenv --file {} --delete-source` takes them out",
                pasted(&shown)
            ));
        }
    }
    let files = args.files.iter().fold(String::new(), |all, path| all + " --file " + &path.display().to_string());
    for row in rows {
        match &row.outcome {
            Outcome::Differs(_) | Outcome::Moved(_) if !args.dry_run => {
                session.ui.hint(&format!(
                    "put this one in its place with `byok import-env {}{files} --replace`",
                    row.provider
                ));
            }
            Outcome::Question => session.ui.hint(&format!("choose the right one: `byok add {}`", row.provider)),
            Outcome::Unclaimed if row.from.contains(':') => {
                session.ui.hint(&format!("take it in with `byok add {}:NAME`", row.provider));
            }
            Outcome::Unclaimed => {
                session.ui.hint(&format!("take it in with `byok add {}:NAME --from-env {}`", row.provider, row.from));
            }
            _ => {}
        }
    }
}

/// Whether every key that stands in a file is in the profile now.
fn all_taken(rows: &[Row], path: &Path) -> bool {
    let start = format!("{}:", path.display());
    let mut here = rows.iter().filter(|row| row.from.starts_with(&start)).peekable();
    here.peek().is_some()
        && here.all(|row| match &row.outcome {
            Outcome::Done(_) | Outcome::Elsewhere(_) => true,
            Outcome::Skipped(why) => why == "a placeholder" || why == "empty",
            _ => false,
        })
}
