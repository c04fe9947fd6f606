//! `byok export`: the keys in a form that other tools read, to a private file or a pipe.

use anyhow::Result;
use byok::disk::{self, DiskError};
use byok::export;
use byok::name::EnvName;
use byok::secret::Secret;
use zeroize::Zeroizing;

use super::pick;
use crate::cli::Export;
use crate::fault::{Fault, code};
use crate::session::{Session, dense, secret_argument};

pub(crate) fn run(session: &Session<'_>, args: &Export) -> Result<u8> {
    let output = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    let ending = output.and_then(|path| path.extension()?.to_str()).map(|end| if end == "yml" { "yaml" } else { end });
    let format = args.format.as_deref().or(ending).and_then(export::format);
    let format = format.or_else(|| export::format("dotenv")).ok_or_else(|| Fault::misused("no such format"))?;
    let (by_name, naming) = (!args.select.keys.is_empty(), pick::naming(&args.select)?);
    if output.is_none() {
        session.ui.refuse_terminal(args.reveal, "write a private file: `byok export -o FILE`")?;
    }
    let profiles = pick::profiles(session, by_name)?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    pick::tell_expired(session, &profiles[0], &selection);
    let settings = pick::settings(session, &profiles[0], &selection.keys, naming, by_name)?;
    let secret = |value: &str| Secret::new(Zeroizing::new(value.to_owned()));
    let variables: Vec<(EnvName, Secret)> = settings
        .settings
        .iter()
        .map(|setting| Ok((setting.name.clone(), secret(setting.value)?)))
        .collect::<Result<_>>()?;
    let text = format.render(&variables).map_err(|refused| {
        let hint = "`byok export --format json` carries every value; or leave it out with `--except`".to_string();
        Fault::refused(refused.to_string()).hint(hint)
    })?;
    let Some(path) = output else {
        session.ui.data(text.as_bytes())?;
        return Ok(code::DONE);
    };
    if path.file_name().is_some_and(|name| dense(&name.to_string_lossy())) {
        return Err(secret_argument());
    }
    let _held = session.hold_signals();
    // What is a link, a folder or a device is never written through.
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_file() && args.force => {
            disk::overwrite(path, text.as_bytes())?;
        }
        Ok(about) if about.is_file() => return Err(taken(path)),
        Ok(_) => return Err(DiskError::NotAFile { path: path.clone(), what: "a link, a folder or a device" }.into()),
        Err(_) => match disk::create(path, text.as_bytes()) {
            Err(DiskError::Exists { .. }) => return Err(taken(path)),
            made => made?,
        },
    }
    let folder = std::path::absolute(path).unwrap_or_default();
    if folder.ancestors().skip(1).any(|folder| folder.join(".git").exists()) {
        session.ui.warn(&format!("`{}` lies in a git work tree: keep it out of commits", path.display()));
    }
    let count = variables.len();
    let plural = if count == 1 { "" } else { "s" };
    session.ui.say(&format!("wrote {count} variable{plural} to `{}`, in plaintext", path.display()));
    Ok(code::DONE)
}

fn taken(path: &std::path::Path) -> anyhow::Error {
    Fault::refused(format!("`{}` is already there", path.display()))
        .hint("add `--force` to put the keys in its place")
        .into()
}
