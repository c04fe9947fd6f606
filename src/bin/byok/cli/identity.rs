//! The verbs of the identity: where it lives, and how it is opened.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::manual::{managing, sharing};

/// Where the identity can live.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum IdentityPlace {
    /// The keychain of the system
    Keychain,
    /// A private file
    File,
    /// A file that a passphrase opens
    Passphrase,
}

#[derive(Debug, Args)]
#[command(after_long_help = managing::INIT)]
pub(crate) struct Init {
    /// Where the identity is to live [default: asked for; without a terminal, the keychain if there is one, else a file]
    #[arg(long, value_name = "PLACE", value_enum)]
    pub(crate) identity: Option<IdentityPlace>,
    /// With a passphrase: have one made up
    #[arg(long)]
    pub(crate) generate: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityVerb {
    /// Show where the identity lives, and its recipients
    #[command(after_long_help = managing::IDENTITY_SHOW)]
    Show {
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Move the identity to another place
    #[command(after_long_help = managing::IDENTITY_MOVE)]
    Move {
        /// Where to
        #[arg(long, value_name = "PLACE", value_enum)]
        to: IdentityPlace,
        /// With a passphrase: have one made up
        #[arg(long)]
        generate: bool,
    },
    /// Put a new identity in the place of the old one, and seal every profile for it
    #[command(after_long_help = sharing::IDENTITY_ROTATE)]
    Rotate {
        /// With a passphrase: have one made up
        #[arg(long)]
        generate: bool,
        /// Leave behind the profiles that cannot be sealed anew
        #[arg(long)]
        finish: bool,
    },
    /// Change the passphrase
    #[command(after_long_help = managing::IDENTITY_PASSPHRASE)]
    Passphrase {
        /// Have one made up
        #[arg(long)]
        generate: bool,
    },
    /// Write a recovery sheet: the identity, and how to use it with stock age
    #[command(after_long_help = managing::IDENTITY_BACKUP)]
    Backup {
        /// The file to write, mode 600 [default: the terminal]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Put an identity back from a recovery sheet or a file
    #[command(after_long_help = managing::IDENTITY_RESTORE)]
    Restore {
        /// Read it from this file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where it is to live [default: file]
        #[arg(long, value_name = "PLACE", value_enum)]
        to: Option<IdentityPlace>,
        /// With a passphrase: have one made up
        #[arg(long)]
        generate: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = managing::UNLOCK)]
pub(crate) struct Unlock {
    /// How long it stays open, 30 days at most: 8h, 30m, 2d
    #[arg(long = "for", value_name = "TIME", default_value = "8h")]
    pub(crate) time: String,
}
