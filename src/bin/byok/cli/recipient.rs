//! The verbs for who opens a profile.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::manual::sharing;

#[derive(Debug, Subcommand)]
pub(crate) enum RecipientVerb {
    /// List who opens the profile
    #[command(visible_alias = "ls", after_long_help = sharing::RECIPIENT_LIST)]
    List {
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print your own recipient, for whoever is to let you in
    #[command(after_long_help = sharing::RECIPIENT_ME)]
    Me,
    /// Let somebody open the profile
    Add(RecipientAdd),
    /// Take somebody out, and tell which keys they have seen
    #[command(after_long_help = sharing::RECIPIENT_RM)]
    Rm {
        /// Their name, or their recipient
        #[arg(value_name = "NAME|RECIPIENT")]
        who: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Put somebody's new recipient in the place of their old one
    Rotate(RecipientRotate),
}

#[derive(Debug, Args)]
#[command(after_long_help = sharing::RECIPIENT_ADD)]
pub(crate) struct RecipientAdd {
    /// What to call them
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) recipient: RecipientArgs,
    /// What the recipient is for
    #[arg(long, value_enum, default_value = "person")]
    pub(crate) kind: OpenerKind,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = sharing::RECIPIENT_ROTATE)]
pub(crate) struct RecipientRotate {
    /// Their name, or their old recipient
    #[arg(value_name = "NAME|RECIPIENT")]
    pub(crate) who: String,
    #[command(flatten)]
    pub(crate) recipient: RecipientArgs,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

// No doc comment: clap would take it for the verb's help.
#[derive(Debug, Args)]
pub(crate) struct RecipientArgs {
    /// Their recipient, age1…
    pub(crate) recipient: Option<String>,
    /// Read the recipient from this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    pub(crate) file: Option<PathBuf>,
}

/// What a recipient is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OpenerKind {
    /// Somebody
    Person,
    /// A server, a CI job, a second computer
    Machine,
    /// A key that lies in a safe
    Recovery,
}
