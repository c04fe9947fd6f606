//! The three copies of a merge: what both had, ours and theirs.

use std::path::Path;

use anyhow::Result;
use byok::disk;
use byok::profile::{FormError, Profile};
use byok::seal::{self, Identities, SealError};

use crate::fault::{Fault, quoted};
use crate::ui::escaped;

/// The largest sealed file that is read, in bytes.
pub(super) const LIMIT: u64 = 16 * 1024 * 1024;

/// Sealed, as they came.
pub(super) struct Copies {
    /// Empty where both sides made the file.
    pub(super) base: Vec<u8>,
    pub(super) ours: Vec<u8>,
    pub(super) theirs: Vec<u8>,
}

impl Copies {
    /// From three files, which git makes for the time of the merge.
    pub(super) fn read(base: &Path, ours: &Path, theirs: &Path) -> Result<Self> {
        let read = |path: &Path| {
            let read = disk::read_plain(path, LIMIT)?.map(|bytes| bytes.to_vec());
            let absent = || Fault::misused(format!("there is no file `{}`", escaped(&path.display().to_string())));
            read.ok_or_else(|| anyhow::Error::from(absent()))
        };
        // On systems without such a file, git knows what is meant.
        let base = if base == Path::new("/dev/null") { Vec::new() } else { read(base)? };
        Ok(Self { base, ours: read(ours)?, theirs: read(theirs)? })
    }

    /// Opens them; each but the base is there.
    pub(super) fn open(&self, identities: &Identities, shown: &Path) -> Result<[Option<Profile>; 3]> {
        let open = |sealed: &[u8], side: &str| -> Result<Option<Profile>> {
            let content = seal::open(sealed, identities).map_err(|error| closed(error, side, shown))?;
            let text = std::str::from_utf8(&content).map_err(|_| FormError::Foreign);
            Ok(Some(text.and_then(Profile::parse).map_err(|error| unread(error, side, shown))?))
        };
        let base = if self.base.is_empty() { None } else { open(&self.base, "what both sides had")? };
        let (ours, theirs) = (open(&self.ours, "our side")?, open(&self.theirs, "their side")?);
        for (sealed, profile, side) in [(&self.ours, &ours, "our side"), (&self.theirs, &theirs, "their side")] {
            if profile.as_ref().is_some_and(|profile| seal::openers(sealed).unwrap_or(0) > profile.recipients().len()) {
                let more = "was sealed for others as well, by another program: a merge would shut them out";
                return Err(keep(Fault::refused(format!("{side} of `{}` {more}", name(shown))), shown).into());
            }
        }
        Ok([base, ours, theirs])
    }
}

fn closed(error: SealError, side: &str, shown: &Path) -> Fault {
    let is_other = error == SealError::NotForUs;
    let fault = Fault::refused(format!("cannot open {side} of `{}`", name(shown))).cause(error);
    if is_other {
        let hint = "if it was sealed for another identity of yours, point `BYOK_IDENTITY_FILE` to that one";
        fault.hint(hint).hint("else ask whoever sealed it to add your recipient: `byok identity show` prints it")
    } else {
        keep(fault, shown)
    }
}

fn unread(error: FormError, side: &str, shown: &Path) -> Fault {
    let is_newer = matches!(error, FormError::Newer { .. });
    let fault = Fault::refused(format!("cannot read {side} of `{}`", name(shown))).cause(error);
    if is_newer { fault.hint("update byok: `cargo install byok --locked`") } else { keep(fault, shown) }
}

/// The way on where the two cannot be merged at all.
fn keep(fault: Fault, shown: &Path) -> Fault {
    let file = quoted(shown);
    fault.hint(format!("keep one side as it is: `git checkout --ours -- {file}` or `git checkout --theirs -- {file}`"))
}

fn name(path: &Path) -> String {
    escaped(&path.display().to_string())
}
