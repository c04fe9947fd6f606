//! `byok import --detect`: which tools' files are here and what is in them, before anything is taken.

use anyhow::Result;
use byok::copies::{Readers, Trouble};
use byok::credentials::{Around, Broken, Holding};
use byok::disk::DiskError;
use serde_json::json;

use super::found::Source;
use crate::around::short;
use crate::cli::taking::Import;
use crate::fault::Fault;
use crate::session::Session;
use crate::table;
use crate::ui::escaped;

/// What is in a file, in few words.
pub(super) fn state(source: &Source) -> String {
    let mut words = match &source.look.found {
        Ok(_) => holdings(source),
        Err(Trouble::Empty) => "empty".to_owned(),
        Err(Trouble::Disk(DiskError::NotAFile { what, .. })) => (*what).to_owned(),
        Err(Trouble::Disk(DiskError::TooLarge { limit, .. })) => format!("larger than {} MB", limit >> 20),
        Err(Trouble::Disk(DiskError::Io { source, .. })) => format!("cannot be read: {source}"),
        Err(Trouble::Broken(Broken::Form { line, .. })) => {
            format!("broken or truncated at line {line}")
        }
        Err(trouble) => trouble.to_string(),
    };
    if source.look.target.is_some() {
        words.push_str("; a link");
    }
    words.push_str(match source.look.readers {
        Readers::Owner => "",
        Readers::Group => "; its group may read it",
        Readers::Everyone => "; everyone may read it",
    });
    words
}

fn holdings(source: &Source) -> String {
    let count = |wanted: fn(&Holding) -> bool, one: &str, many: &str| {
        let count = source.entries().iter().filter(|entry| wanted(&entry.holds)).count();
        (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
    };
    let parts = [
        count(|holds| matches!(holds, Holding::Key(_)), "key", "keys"),
        count(|holds| matches!(holds, Holding::Account), "sign-in", "sign-ins"),
        count(|holds| matches!(holds, Holding::Reference(_)), "reference", "references"),
        count(|holds| matches!(holds, Holding::Placeholder(_)), "placeholder", "placeholders"),
        count(|holds| matches!(holds, Holding::Unfit(_)), "value that is none", "values that are none"),
        count(|holds| matches!(holds, Holding::Unreadable), "part that cannot be read", "parts that cannot be read"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no keys".to_owned() } else { parts.join(", ") }
}

/// Prints the table.
pub(super) fn print(
    session: &Session<'_>,
    json: bool,
    around: &Around,
    sources: &[Source],
    missing: &[(&'static str, String)],
) -> Result<()> {
    if json {
        let file = |source: &Source| {
            let count =
                |wanted: fn(&Holding) -> bool| source.entries().iter().filter(|entry| wanted(&entry.holds)).count();
            json!({
                "tool": source.tool.name,
                "path": source.look.path.display().to_string(),
                "keys": count(|holds| matches!(holds, Holding::Key(_))),
                "sign_ins": count(|holds| matches!(holds, Holding::Account)),
                "says": state(source),
            })
        };
        let files: Vec<_> = sources.iter().map(file).collect();
        return session.ui.data(crate::ui::json(&json!({ "version": 1, "files": files })).as_bytes());
    }
    let row = |source: &Source| {
        vec![source.tool.name.to_owned(), escaped(&short(around, &source.look.path)), escaped(&state(source))]
    };
    let absent =
        |(tool, path): &(&'static str, String)| vec![(*tool).to_owned(), escaped(path), "no such file".to_owned()];
    let rows: Vec<Vec<String>> = sources.iter().map(row).chain(missing.iter().map(absent)).collect();
    session.ui.data(table::render(&["TOOL", "FILE", "HOLDS"], &rows, 2).as_bytes())
}

/// Which tools to take keys from; `None` where nothing is to be taken.
pub(super) fn choose(session: &Session<'_>, args: &Import, sources: &[Source]) -> Result<Option<Vec<&'static str>>> {
    let mut tools: Vec<&'static str> = Vec::new();
    for source in sources.iter().filter(|source| source.entries().iter().any(|entry| entry.holds.key().is_some())) {
        if !tools.contains(&source.tool.name) {
            tools.push(source.tool.name);
        }
    }
    if tools.is_empty() {
        session.ui.say("no tool's file here holds a key");
        session.ui.hint("name one that lies elsewhere: `byok import TOOL --file FILE`");
        return Ok(None);
    }
    let command = format!("`{}`", super::command(session, args, &tools, ""));
    if args.json {
        return Ok(None);
    }
    if !session.ui.may_ask() {
        let hint = format!("take them in: {command}");
        if args.detect {
            session.ui.hint(&hint);
            return Ok(None);
        }
        return Err(Fault::misused("nobody is there to say which keys to take")
            .hint(hint)
            .hint(format!("or all: `{}`", super::command(session, args, &[], " --yes")))
            .into());
    }
    let plural = if tools.len() == 1 { "this file" } else { "these files" };
    let question = format!("seal the keys of {plural} in profile `{}`?", session.profile);
    if session.ui.confirm(&question)? == Some(true) {
        return Ok(Some(tools));
    }
    session.ui.say("nothing was taken");
    session.ui.hint(&format!("take those of one tool alone: `{}`", super::command(session, args, &tools[..1], "")));
    Ok(None)
}
