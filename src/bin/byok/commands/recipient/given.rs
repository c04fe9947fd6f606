//! What was typed as a name and as a recipient. An identity that was pasted by mistake is never repeated.

use std::path::Path;

use anyhow::Result;
use byok::{disk, seal};

use crate::cli::recipient::RecipientArgs;
use crate::fault::Fault;
use crate::session::{Session, dense, refuse_secret, secret_argument};
use crate::ui::escaped;

/// A file of recipients is read up to this size, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The longest name.
const LONGEST: usize = 64;

/// Whether people can be called so: in print on one line, and not as a recipient is.
pub(super) fn is_name(text: &str) -> bool {
    let plain = !text.is_empty() && text.chars().count() <= LONGEST && escaped(text) == text;
    plain && text.trim() == text && !text.starts_with('-') && !text.starts_with("age1") && !text.contains('`')
}

/// The name of somebody who is to come in.
pub(super) fn name(session: &Session<'_>, typed: &str) -> Result<String> {
    refuse_identity(typed)?;
    if typed.starts_with("age1") {
        return Err(Fault::misused("a name comes first, and then the recipient")
            .hint("`byok recipient add NAME age1…`")
            .into());
    }
    refuse_secret(session.registry()?, typed)?;
    if dense(typed) {
        return Err(secret_argument());
    }
    if !is_name(typed) {
        return Err(
            Fault::misused("cannot use this name: one line of at most 64 characters, without a backtick").into()
        );
    }
    Ok(typed.to_owned())
}

/// The name or the recipient of somebody who is there: no secret in its place is repeated.
pub(super) fn refuse_other(session: &Session<'_>, typed: &str) -> Result<()> {
    refuse_identity(typed)?;
    if seal::recipient(typed).is_ok() {
        return Ok(());
    }
    refuse_secret(session.registry()?, typed)?;
    if dense(typed) { Err(secret_argument()) } else { Ok(()) }
}

/// The recipient that was typed, or that a file holds.
pub(super) fn recipient(args: &RecipientArgs) -> Result<String> {
    match (&args.recipient, &args.file) {
        (Some(typed), _) => parse(typed, None),
        (None, Some(file)) => from_file(file),
        (None, None) => Err(Fault::misused("no recipient was given").hint("`byok recipient add NAME age1…`").into()),
    }
}

/// Stops at an identity in the place of a recipient.
pub(super) fn refuse_identity(typed: &str) -> Result<()> {
    if !typed.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
        return Ok(());
    }
    Err(Fault::misused(
        "this is an identity, which opens profiles: nobody else is to see it, and it is never an argument",
    )
    .hint("a recipient begins with `age1`; whose identity it is prints theirs with `byok recipient me`")
    .hint("clear it from the shell's history, and make a new one: `byok identity rotate`")
    .into())
}

fn parse(typed: &str, file: Option<&Path>) -> Result<String> {
    refuse_identity(typed)?;
    let place = file.map(|file| format!(" in `{}`", file.display())).unwrap_or_default();
    let why = match typed.trim() {
        text if text.starts_with("ssh-") => "it is an SSH key, and profiles open with age's own only",
        text if text.starts_with("age1") && text.matches('1').count() > 1 && text.len() > 62 => {
            "it is a plugin's, or of another kind than profiles are sealed for"
        }
        _ => "one is `age1` and 58 characters, as `byok recipient me` and `age-keygen -y` print it",
    };
    // Not even what is wrong is repeated: it may be anything.
    let wrong = |_| Fault::misused(format!("what was given{place} is no recipient: {why}"));
    Ok(seal::recipient(typed).map_err(wrong)?)
}

fn from_file(file: &Path) -> Result<String> {
    let bytes = if file.as_os_str() == "-" {
        crate::commands::given::standard_input(LIMIT)?
    } else {
        disk::read_public(file, LIMIT)?.ok_or_else(|| crate::commands::given::no_file(file))?
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    match (lines.next(), lines.next()) {
        (Some(one), None) => parse(one, Some(file)),
        (Some(_), Some(_)) => Err(Fault::misused(format!(
            "`{}` holds several recipients, and each has a name of its own",
            file.display()
        ))
        .hint("add them one by one: `byok recipient add NAME age1…`")
        .into()),
        (None, _) => Err(Fault::misused(format!("`{}` holds no recipient", file.display())).into()),
    }
}
