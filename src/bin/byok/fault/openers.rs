//! Who is to open a profile, and cannot, or must not stop: the exit code, and what to do about it.

use byok::keys::KeyError;
use byok::keys::openers::OpenerError;
use byok::name::ProfileName;

use super::Fault;
use crate::ui::escaped;

/// What went wrong, with hints that mean this very profile.
pub(crate) fn of_opener(profile: &ProfileName, error: OpenerError) -> anyhow::Error {
    let sentence = format!("profile `{profile}`: {}", escaped(&error.to_string()));
    let list = format!("see who opens it: `byok -p {profile} recipient list`");
    match error {
        OpenerError::Store(error) => error.into(),
        OpenerError::NoProfile { name } => KeyError::NoProfile { name }.into(),
        OpenerError::There { .. } => Fault::failed(sentence).hint(list).into(),
        OpenerError::Taken { .. } => Fault::failed(sentence)
            .hint(format!(
                "give another name, or put it in the old one's place: `byok -p {profile} recipient rotate NAME age1…`"
            ))
            .into(),
        OpenerError::Unknown { .. } => Fault::missing(sentence).hint(list).into(),
        OpenerError::Several { .. } => Fault::misused(sentence).hint(list).into(),
        OpenerError::Last => {
            Fault::refused(sentence).hint("to put a new identity in the place of yours: `byok identity rotate`").into()
        }
        error => error.into(),
    }
}
