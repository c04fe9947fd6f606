//! `byok export`: the keys in a form that other tools read, to a private file or a pipe, or among a tool's own.

mod github;
mod handed;
pub(super) mod output;
pub(super) mod tool;

use anyhow::Result;
use byok::export;
use byok::name::EnvName;
use byok::profile::{Key, Profile};
use byok::resolve::{self, Selection, Setting};
use byok::secret::Secret;
use zeroize::Zeroizing;

use super::pick;
use crate::cli::handing::Export;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Export) -> Result<u8> {
    if args.encrypted {
        return handed::run(session, args);
    }
    match args.to.as_slice() {
        [] => {}
        [one] if !one.starts_with("age1") => return for_tool(session, args, one),
        _ if args.to.iter().all(|one| one.starts_with("age1")) => {
            return Err(Fault::misused("a recipient is whom a file is sealed for, and this would seal nothing")
                .hint("seal the keys: `byok export --encrypted --to age1… -o FILE`")
                .into());
        }
        _ => return Err(Fault::misused("keys go into one tool's file at a time").into()),
    }
    let output = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    output.map_or(Ok(()), |path| output::refuse_own(session, path, None))?;
    let ending = output.and_then(|path| path.extension()?.to_str()).map(|end| if end == "yml" { "yaml" } else { end });
    let ending = ending.filter(|end| ["dotenv", "json", "toml", "yaml"].contains(end));
    let name = args.format.as_deref().or(ending).unwrap_or("dotenv");
    let format = export::format(name).ok_or_else(|| Fault::misused("no such format"))?;
    let (by_name, naming) = (!args.select.keys.is_empty(), pick::naming(&args.select)?);
    if output.is_none() {
        session.ui.refuse_terminal(args.reveal, "write a private file: `byok export -o FILE`")?;
    }
    let step = (name == "github-actions").then(|| github::step(output.map(std::path::PathBuf::as_path))).transpose()?;
    let profiles = pick::profiles(session)?;
    let first = pick::first(session, &profiles)?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    pick::tell_expired(session, first, &selection, false);
    let settings = pick::settings(session, first, &selection.keys, naming, by_name)?;
    let keys = pick::handed(&settings);
    let settings = settings.settings;
    let variables: Vec<(EnvName, Secret)> =
        settings.iter().map(|setting| Ok((setting.name.clone(), secret(setting)?))).collect::<Result<_>>()?;
    let text = format.render(&variables).map_err(|refused| {
        let hint = "`byok export --format json` carries every value; or leave it out with `--except`".to_string();
        Fault::refused(refused.to_string()).hint(hint)
    })?;
    session.note_read(&profiles, &keys);
    if name == "gitlab" {
        session.ui.warn("GitLab keeps this file in plaintext and masks nothing of it: whoever may download the job's artifacts has the keys");
        session.ui.hint("start each job's program with `byok run` instead, and no file is left");
    }
    if let Some(path) = step {
        return github::write(session, &path, &settings, &text);
    }
    let Some(path) = output else {
        session.ui.data(text.as_bytes())?;
        return Ok(code::DONE);
    };
    output::write(session, path, text.as_bytes(), args.force)?;
    let (count, plural) = counted(variables.len());
    tell_left_out(session, args, first, &selection)?;
    session.ui.say(&format!("wrote {count} variable{plural} to `{}`, in plaintext", path.display()));
    Ok(code::DONE)
}

/// Says which keys are not in the file that is taken for all of them. Of expired ones it was told, and `--except` names
/// its own.
fn tell_left_out(session: &Session<'_>, args: &Export, profile: &Profile, selection: &Selection<'_>) -> Result<()> {
    if !args.select.keys.is_empty() {
        return Ok(());
    }
    let except = session.keys(&args.select.except)?;
    let is_told = |key: &Key| {
        let is_among = |keys: &[&Key]| keys.iter().any(|one| std::ptr::eq(*one, key));
        is_among(&selection.keys) || is_among(&selection.expired) || except.iter().any(|one| resolve::means(one, key))
    };
    let why = |key: &Key| match key {
        _ if resolve::is_admin(key) => "admin",
        _ if key.disabled => "disabled",
        _ if !key.exported => "not exported",
        _ => "not active",
    };
    let left = profile.keys().iter().filter(|key| !is_told(key));
    let left: Vec<String> = left.map(|key| format!("{} ({})", profile.display(key), why(key))).collect();
    if !left.is_empty() {
        session.ui.say(&format!("left out: {}", left.join(", ")));
    }
    Ok(())
}

/// Into a tool's own file, whose form is its own.
fn for_tool(session: &Session<'_>, args: &Export, tool: &str) -> Result<u8> {
    let shaped = args.format.is_some() || args.output.is_some() || args.force || args.reveal;
    if shaped || args.select.consumer.is_some() || args.select.all_names {
        return Err(Fault::misused(
            "`--to TOOL` cannot be used with `--format`, `--output`, `--force`, `--reveal`, `--for` or `--all-names`",
        )
        .hint(format!("put the keys into its file: `byok export --to {tool}`"))
        .into());
    }
    tool::run(session, args, tool)
}

fn secret(setting: &Setting<'_>) -> Result<Secret> {
    Ok(Secret::new(Zeroizing::new(setting.value.to_owned()))?)
}

fn counted(count: usize) -> (usize, &'static str) {
    (count, if count == 1 { "" } else { "s" })
}
