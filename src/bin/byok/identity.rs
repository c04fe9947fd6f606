//! Where the identity comes from: `BYOK_IDENTITY`, `BYOK_IDENTITY_FILE`, or the private file that first use makes.

use std::cell::OnceCell;
use std::path::PathBuf;

use byok::disk;
use byok::seal::{Identities, Unlock, UnlockError};
use jiff::Timestamp;

use crate::fault::Fault;
use crate::vars;

/// The largest identity file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The identities, read when they are first needed.
pub(crate) struct Opener {
    /// The private file.
    path: PathBuf,
    /// `BYOK_IDENTITY_FILE`.
    elsewhere: Option<PathBuf>,
    found: OnceCell<Identities>,
}

impl Opener {
    pub(crate) fn new(path: PathBuf, elsewhere: Option<PathBuf>) -> Self {
        Self { path, elsewhere, found: OnceCell::new() }
    }

    /// The private file.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Makes the identity file, unless there is an identity already; answers whether it made one.
    ///
    /// The caller knows that no profile is there that a fresh identity could not open.
    pub(crate) fn ensure(&self, now: Timestamp) -> anyhow::Result<bool> {
        if self.read()?.is_some() {
            return Ok(false);
        }
        if let Some(folder) = self.path.parent() {
            disk::make_folder(folder)?;
        }
        match disk::create(&self.path, Identities::generate().to_text(&now.to_string()).as_bytes()) {
            // Another byok was faster: its identity is the one.
            Err(disk::DiskError::Exists { .. }) => Ok(false),
            made => Ok(made.map(|()| true)?),
        }
    }

    /// Whether there is an identity at all.
    pub(crate) fn is_there(&self) -> anyhow::Result<bool> {
        Ok(self.read()?.is_some())
    }

    fn read(&self) -> anyhow::Result<Option<Identities>> {
        if let Some(inline) = vars::identity() {
            if inline.trim().is_empty() {
                return Err(Fault::refused("`BYOK_IDENTITY` is set, but empty")
                    .hint("in CI, check that the secret is there and that this job may read it")
                    .hint("`unset BYOK_IDENTITY` to use the identity file")
                    .into());
            }
            let found = Identities::parse(&inline).map_err(|error| {
                Fault::refused("cannot use `BYOK_IDENTITY`")
                    .cause(error)
                    .hint("an identity is what `age-keygen` prints")
            })?;
            return Ok(Some(found));
        }
        let (path, bytes) = match &self.elsewhere {
            Some(path) => (path, disk::read_trusted(path, LIMIT)?),
            None => (&self.path, disk::read_private(&self.path, LIMIT)?),
        };
        let Some(bytes) = bytes else {
            if self.elsewhere.is_some() {
                let message = format!("there is no file `{}`, which `BYOK_IDENTITY_FILE` names", path.display());
                return Err(Fault::refused(message)
                    .hint("`unset BYOK_IDENTITY_FILE` to use byok's own identity")
                    .into());
            }
            return Ok(None);
        };
        let broken = |error| {
            Fault::refused(format!("cannot use the identity in `{}`", path.display()))
                .cause(error)
                .hint("byok has not touched it: put your backup of it back, or name another with `BYOK_IDENTITY_FILE`")
        };
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Ok(Some(Identities::parse(text).map_err(broken)?))
    }
}

impl Unlock for Opener {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = match self.read() {
            Ok(Some(found)) => found,
            Ok(None) => return Err(UnlockError(Box::new(missing(&self.path)))),
            // Plain `into` would hide the type, and with it the exit code and the hints.
            Err(error) => return Err(UnlockError(error.reallocate_into_boxed_dyn_error_without_backtrace())),
        };
        Ok(self.found.get_or_init(|| found))
    }
}

/// The identity is gone, but something is sealed for it.
pub(crate) fn missing(path: &std::path::Path) -> Fault {
    Fault::refused(format!("there is no identity to open it with: `{}` is missing", path.display()))
        .hint("put your backup of it back there")
        .hint("or name it: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`")
}
