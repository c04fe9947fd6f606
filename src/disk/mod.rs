//! The one way to the file system: private folders and files, replacement in one step, the lock between writers.
//!
//! Modes are set at creation and checked at use. Nothing here knows what the bytes mean.

mod append;
mod foreign;
mod lock;
mod private;
mod replace;

use std::io;
use std::path::{Path, PathBuf};

pub use append::{add_line, append, append_lines, tail};
pub use foreign::amend;
pub use lock::Lock;
pub use private::{
    Numbered, check_folder, is_there, make_folder, make_private, may_be, names_in, read_numbered, read_own, read_plain,
    read_private, read_public, read_trusted,
};
pub use replace::{
    create, create_aside, create_script, leftovers, note, overwrite, remove, rename, replace, set_aside, sweep,
};

/// What stands between byok and a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The system refused, or failed.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Group or others have rights that they should not have.
    #[error("`{}` is open to other users (mode {mode:03o})", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The widest bits that are safe here: 600 for a file, 700 for a folder.
        safe: u32,
    },
    /// It belongs to another user.
    #[error("`{}` belongs to another user (uid {owner})", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// A symbolic link, folder, pipe or device where a file of byok's should be.
    #[error("`{}` is {what}, not a plain file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there, with its article.
        what: &'static str,
    },
    /// Something else where a folder should be.
    #[error("`{}` is no folder", path.display())]
    NotAFolder {
        /// Where.
        path: PathBuf,
    },
    /// A file larger than anything byok would write there.
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file is already there.
    #[error("`{}` is already there", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another writer kept the lock for the whole of our patience.
    #[error("another byok has been writing for {seconds} s (it holds `{}`)", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long this one waited.
        seconds: u64,
    },
    /// A signal asked to stop while waiting for the lock.
    #[error("interrupted")]
    Interrupted,
    /// Another program has written the file since it was read.
    #[error("`{}` has changed meanwhile", path.display())]
    Changed {
        /// The file; it is as that program left it.
        path: PathBuf,
    },
    /// What was written did not read back the same.
    #[error("`{}` did not read back as it was written", path.display())]
    NotVerified {
        /// The file that was to be replaced; it is untouched.
        path: PathBuf,
    },
}

impl DiskError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}
