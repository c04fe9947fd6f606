//! `byok import`: keys out of other tools' own files, in one update of the profile.

mod asked;
mod clear;
mod detect;
mod found;
mod handed;
mod report;
mod row;
mod seal;

use std::collections::BTreeSet;

use anyhow::Result;
use byok::credentials::{Around, Tool};

use crate::around::{self, short};
use crate::cli::taking::Import;
use crate::fault::{Fault, code};
use crate::session::Session;
use found::Source;
use row::Row;

pub(crate) fn run(session: &Session<'_>, args: &Import) -> Result<u8> {
    if let Some(path) = handed::file(args)? {
        return handed::run(session, args, &path);
    }
    let around = around::here(session)
        .ok_or_else(|| Fault::failed("there is no home folder: `HOME` is not set to an absolute path"))?;
    let tools: Vec<&'static Tool> = match args.tools.as_slice() {
        // A `.env` that several tools read is nobody's own.
        [] => Tool::sources().chain(Tool::all()).collect(),
        named => named.iter().filter_map(|name| Tool::find(name)).collect(),
    };
    let mut sources = look(session, args, &around, &tools)?;
    let missing = missing(args, &around, &tools, &sources);
    let unasked = args.tools.is_empty() && !args.yes && !args.dry_run;
    if args.detect || unasked {
        if missing.is_empty() || !sources.is_empty() {
            detect::print(session, args.json, &around, &sources, &missing)?;
        }
        if !missing.is_empty() {
            return Err(nothing_at(&missing));
        }
        match detect::choose(session, args, &sources)? {
            Some(chosen) => sources.retain(|source| chosen.contains(&source.tool.name)),
            None => return Ok(code::DONE),
        }
    } else if sources.is_empty() && !missing.is_empty() {
        return Err(nothing_at(&missing));
    }
    let mut found = found::gather(session.registry()?, &around, &sources);
    super::import_env::mask::announce(session, args.json, found.secrets())?;
    let tried = if args.test { asked::all(session, &mut found)? } else { asked::Tried::default() };
    let refused = !tried.refused.is_empty();
    let mut rows = seal::all(session, args, &found, &tried)?;
    rows.extend(tried.refused);
    rows.extend(found.left);
    rows.sort_by(|a, b| a.provider.cmp(&b.provider));
    for source in sources.iter().filter(|source| source.look.found.is_err()) {
        let (path, why) = (short(&around, &source.look.path), detect::state(source));
        rows.push(Row::file(source.tool.name, &path, format!("nothing taken: {why}")));
    }
    let absent = |(tool, path): &(&str, String)| Row::file(tool, path, "nothing taken: no such file".to_owned());
    rows.extend(missing.iter().map(absent));
    if !args.json {
        report::print(session, args, &around, &rows, &sources)?;
    }
    let cleared =
        if args.delete_source { clear::all(session, args, &around, &sources)? } else { clear::Cleared::default() };
    if args.json {
        report::json(session, args, &rows, &sources, &cleared)?;
    }
    let open = rows.iter().any(Row::is_open) || sources.iter().any(Source::is_broken) || cleared.is_open;
    Ok(match () {
        () if refused => code::TESTED,
        () if !missing.is_empty() => code::MISSING,
        () if open && !args.dry_run => code::FAILED,
        () => code::DONE,
    })
}

/// The command that imports from these tools as this run does: from the same file, into the same profile.
fn command(session: &Session<'_>, args: &Import, tools: &[&str], flags: &str) -> String {
    let profile = if session.is_named { format!("-p {} ", session.profile) } else { String::new() };
    let file = args.file.as_ref().map(|path| format!(" --file={}", crate::fault::quoted(path))).unwrap_or_default();
    let label = args.label.as_ref().map(|label| format!(" --label {label}")).unwrap_or_default();
    let tools = tools.iter().fold(String::new(), |tools, tool| tools + " " + tool);
    format!("byok {profile}import{tools}{file}{label}{flags}")
}

/// Looks at every file of the tools, or at the one that is named.
fn look(session: &Session<'_>, args: &Import, around: &Around, tools: &[&'static Tool]) -> Result<Vec<Source>> {
    let registry = session.registry()?;
    let Some(path) = &args.file else {
        let placeless = tools.iter().find(|tool| !args.tools.is_empty() && !tool.has_place(around));
        if let Some(tool) = placeless {
            return Err(Fault::misused(format!("`{}` has no file of its own: name it", tool.name))
                .hint(format!("`byok import {} --file FILE`", tool.name))
                .into());
        }
        let mut seen = BTreeSet::new();
        let files = tools.iter().flat_map(|tool| tool.files(around).into_iter().map(move |file| (*tool, file)));
        let fresh = files.filter(|(_, file)| seen.insert(file.path.clone()));
        let mut sources: Vec<Source> = fresh.filter_map(|(tool, file)| Source::look(registry, tool, file)).collect();
        // A person's own files first: what a repository brings along never becomes the active key over theirs.
        let is_project = |source: &Source| around.above.iter().any(|folder| source.file.path.starts_with(folder));
        sources.sort_by_key(|source| (is_project(source), args.tools.is_empty().then_some(source.tool.name)));
        // Start-up files and project files without a key are no news.
        sources.retain(|source| !args.tools.is_empty() || source.is_telling());
        return Ok(sources);
    };
    let [tool] = tools else {
        return Err(Fault::misused("`--file` needs the one tool in whose form the file is")
            .hint("name it: `byok import litellm --file FILE`")
            .into());
    };
    // The form that its name tells, or else the first of the tool's in which it holds anything.
    let mut first = None;
    for file in tool.forms(around, path) {
        let source = Source::look(registry, tool, file).ok_or_else(|| super::given::no_file(path))?;
        if !source.entries().is_empty() {
            return Ok(vec![source]);
        }
        first.get_or_insert(source);
    }
    Ok(first.into_iter().collect())
}

/// The named tools that have no file, and the path that was looked at first.
fn missing(args: &Import, around: &Around, tools: &[&'static Tool], sources: &[Source]) -> Vec<(&'static str, String)> {
    // A file that two tools read was looked at once.
    let seen = |tool: &'static Tool| {
        let files = tool.files(around);
        sources
            .iter()
            .any(|source| source.tool.name == tool.name || files.iter().any(|file| file.path == source.file.path))
    };
    let absent = |tool: &&&'static Tool| !seen(tool);
    let first = |tool: &&'static Tool| Some((tool.name, short(around, &tool.files(around).into_iter().next()?.path)));
    if args.tools.is_empty() { Vec::new() } else { tools.iter().filter(absent).filter_map(first).collect() }
}

fn nothing_at(missing: &[(&'static str, String)]) -> anyhow::Error {
    let places: Vec<String> = missing.iter().map(|(tool, path)| format!("`{path}` of `{tool}`")).collect();
    Fault::missing(format!("there is no {}", places.join(", no ")))
        .hint("see which tools' files are here: `byok import --detect`")
        .hint("or name the file: `byok import TOOL --file FILE`")
        .into()
}
