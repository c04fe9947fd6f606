//! Who is to open a profile, and cannot, or must not stop: the exit code, and what to do about it.

use byok::keys::openers::OpenerError;

use super::code;
use super::places::of_store;

pub(super) fn of_openers(error: &OpenerError) -> Option<(u8, Vec<String>)> {
    Some(match error {
        // A transparent error is not a link of the chain of its own: look inside.
        OpenerError::Store(error) => return of_store(error),
        OpenerError::NoProfile { .. } => (code::MISSING, vec!["see `byok profile list`".to_owned()]),
        OpenerError::There { .. } => (code::FAILED, vec!["see who opens it with `byok recipient list`".to_owned()]),
        OpenerError::Taken { name } => (
            code::FAILED,
            vec![format!(
                "give another name, or put a new recipient in the old one's place: `byok recipient rotate {name} age1…`"
            )],
        ),
        OpenerError::Unknown { .. } => (code::MISSING, vec!["see who opens it with `byok recipient list`".to_owned()]),
        OpenerError::Several { .. } => {
            (code::MISUSED, vec!["say which one by its recipient: `byok recipient list`".to_owned()])
        }
        OpenerError::Last => (
            code::REFUSED,
            vec![
                "to be a member no longer, forget the profile: `byok profile rm NAME`".to_owned(),
                "to put a new identity in the place of yours: `byok identity rotate`".to_owned(),
            ],
        ),
        _ => return None,
    })
}
