//! Every argument and every word of help; no behaviour.
#![expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "a flag is a bool, and its field is its name"
)]

pub(crate) mod adding;
pub(crate) mod backing;
pub(crate) mod carrying;
pub(crate) mod doctor;
pub(crate) mod handing;
pub(crate) mod history;
pub(crate) mod identity;
pub(crate) mod manage;
pub(crate) mod manual;
pub(crate) mod merging;
pub(crate) mod places;
pub(crate) mod project;
pub(crate) mod quick;
pub(crate) mod recipient;
pub(crate) mod rotating;
pub(crate) mod scanning;
pub(crate) mod setup;
pub(crate) mod taking;
pub(crate) mod testing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use adding::{Add, DetailArgs};
use backing::{Backup, Restore};
use carrying::{Copy, Move, Rename};
use doctor::Doctor;
use handing::{Env, Export, Get, Has, Run};
use history::Log;
use identity::{IdentityVerb, Init, Unlock};
use manage::{Completions, ProfileVerb, ProviderVerb};
use manual::{EXAMPLES, MANUAL, keys, managing, sharing};
use merging::Merge;
use places::Where;
use project::{Check, Hook, HookEnv, Trust, Untrust};
use recipient::RecipientVerb;
use rotating::Rotate;
use scanning::{Redact, Scan};
use setup::Setup;
use taking::Import;
use testing::{Status, Test};

/// One sealed home for your AI-provider API keys.
///
/// byok takes keys in (typed, piped, from the environment and from .env files), keeps them sealed in an age file,
/// tells which of them work, and hands them to shells, programs and files.
#[derive(Debug, Parser)]
#[command(name = "byok", version, disable_help_subcommand = true, after_help = EXAMPLES, after_long_help = MANUAL)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Globals {
    /// The profile to work on [default: `default`, or what `byok profile use` chose]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Never ask; a missing answer is an error
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

/// The verbs; the arguments of the one that is typed are made when it is met.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Verb {
    /// Make an identity, and choose where it lives
    Init(Init),
    /// Take one key in
    Add(Add),
    /// Take keys in from the environment and from .env files
    ImportEnv(ImportEnv),
    /// Take keys in from other tools' own files
    Import(Import),
    /// List the keys, masked
    #[command(visible_alias = "ls")]
    List(List),
    /// Show what is known of one key, masked
    Show(Show),
    /// Print one raw secret to a pipe
    Get(Get),
    /// Answer by exit code whether there are keys
    Has(Has),
    /// Ask the providers which keys work
    Test(Test),
    /// Show how the keys are doing, at a glance
    Status(Status),
    /// Tell every place where keys lie, and which of them each tool uses
    Where(Where),
    /// Show what was done with keys, when and by whom
    Log(Log),
    /// Choose the key that a bare provider means
    Use(Use),
    /// Change what is known of a key
    Edit(Edit),
    /// Put a new secret in the place of an old one, and see the old one out
    Rotate(Rotate),
    /// Give a key another label
    Rename(Rename),
    /// Copy keys under another label, or into another profile
    Copy(Copy),
    /// Move keys into another profile
    Move(Move),
    /// Remove keys
    Rm(Rm),
    /// Print what sets the keys in a shell
    Env(Env),
    /// Start a program with the keys in its environment
    Run(Run),
    /// Write the keys in a form that other tools read
    Export(Export),
    /// Have another tool ask byok for its key
    Setup(Setup),
    /// Agree to what a project's `.byok.toml` asks for
    Trust(Trust),
    /// Take it back
    Untrust(Untrust),
    /// Check that the keys this project needs are there and usable
    Check(Check),
    /// Look for what is wrong, here and around byok, and say how to mend it
    Doctor(Doctor),
    /// Print what sets a trusted project's keys at a shell's prompt
    Hook(Hook),
    /// What the hook evaluates.
    #[command(hide = true)]
    HookEnv(HookEnv),
    /// Find keys that lie in files, or in what is about to be committed
    Scan(Scan),
    /// Take keys out of a stream
    Redact(Redact),
    /// Merge two copies of a profile, as git asks for it
    Merge(Merge),
    /// Manage profiles
    #[command(subcommand, after_long_help = managing::PROFILE)]
    Profile(ProfileVerb),
    /// Share a profile: say who opens it, let others in, and take them out
    #[command(subcommand, after_long_help = sharing::RECIPIENT)]
    Recipient(RecipientVerb),
    /// Look up providers, and add your own
    #[command(subcommand, after_long_help = managing::PROVIDER)]
    Provider(ProviderVerb),
    /// Look at the identity that opens the profiles, move it, back it up
    #[command(subcommand, after_long_help = managing::IDENTITY)]
    Identity(IdentityVerb),
    /// Put everything into one sealed file
    Backup(Backup),
    /// Bring a backup back, after a look at what that changes
    Restore(Restore),
    /// Open the identity once, for a while
    Unlock(Unlock),
    /// Forget the opened identity
    #[command(after_long_help = managing::LOCK)]
    Lock,
    /// Print the completion script of a shell
    Completions(Completions),
    /// Show the help of a verb, or of a topic: ci, identity, projects, security, shells
    Help(Help),
}

impl Verb {
    /// Whether the verb obeys a trusted project's file.
    pub(crate) fn obeys_project(&self) -> bool {
        matches!(self, Self::Env(_) | Self::Run(_) | Self::Get(_) | Self::Has(_) | Self::HookEnv(_))
    }

    /// Whether every request is to be told. No global argument: clap would build it into each of the verbs, at every start.
    pub(crate) fn is_verbose(&self) -> bool {
        match self {
            Self::Add(args) => args.verbose,
            Self::Edit(args) => args.verbose,
            Self::Import(args) => args.verbose,
            Self::ImportEnv(args) => args.verbose,
            Self::Test(args) => args.verbose,
            Self::Rotate(args) => args.verbose,
            Self::Provider(ProviderVerb::Add(args)) => args.verbose,
            _ => false,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::IMPORT_ENV)]
pub(crate) struct ImportEnv {
    /// Only the keys of these providers
    #[arg(value_name = "PROVIDER")]
    pub(crate) providers: Vec<String>,
    /// Read this .env file as well; `-` is standard input
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Take variables that start with this, too: the rest names the provider
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Ask the providers first, and store no key that they call invalid
    #[arg(long)]
    pub(crate) test: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Show what would happen and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take the place of stored keys that differ
    #[arg(long)]
    pub(crate) replace: bool,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::LIST)]
pub(crate) struct List {
    /// Only the keys of these providers
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) providers: Vec<String>,
    /// Only keys with this tag
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// Only keys whose time is over
    #[arg(long)]
    pub(crate) expired: bool,
    /// Only keys whose time is over, or ends within this time: 30d, 12w
    #[arg(long, value_name = "TIME", conflicts_with = "expired")]
    pub(crate) expiring: Option<String>,
    /// Only keys that were not handed out within this time, as the log tells: 60d, 12w
    #[arg(long, value_name = "TIME")]
    pub(crate) unused: Option<String>,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::SHOW)]
pub(crate) struct Show {
    /// The key
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) key: String,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::USE)]
pub(crate) struct Use {
    /// The key
    #[arg(required_unless_present = "next_valid", value_name = "PROVIDER:LABEL")]
    pub(crate) key: Option<String>,
    /// The provider's next key that works, asked of it where no verdict of the last day says so
    #[arg(long, conflicts_with = "key", value_name = "PROVIDER")]
    pub(crate) next_valid: Option<String>,
    /// With --next-valid: do not use the network, and believe older verdicts
    #[arg(long, requires = "next_valid")]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::EDIT)]
pub(crate) struct Edit {
    /// The key
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) details: DetailArgs,
    /// Take a tag off
    #[arg(long = "untag", value_name = "TAG")]
    pub(crate) untags: Vec<String>,
    /// Do not hand it out unless it is asked for by name
    #[arg(long, conflicts_with = "export")]
    pub(crate) no_export: bool,
    /// Hand it out again
    #[arg(long)]
    pub(crate) export: bool,
    /// Put it aside: it never answers, whoever asks
    #[arg(long, conflicts_with = "enable")]
    pub(crate) disable: bool,
    /// Have it answer again
    #[arg(long)]
    pub(crate) enable: bool,
    /// It makes and revokes other keys: never hand it out to programs
    #[arg(long, conflicts_with = "no_admin")]
    pub(crate) admin: bool,
    /// It is a key like others
    #[arg(long)]
    pub(crate) no_admin: bool,
    /// Change its address or fields without asking there whether the key works
    #[arg(long)]
    pub(crate) no_test: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::RM)]
pub(crate) struct Rm {
    /// The keys; `'openai:*'` and `'*:old'` mean several
    #[arg(required_unless_present_any = ["all", "tag"], value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Only keys with this tag, or all that have it
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// Every key of the named providers, or of the profile
    #[arg(long)]
    pub(crate) all: bool,
    /// Show what would go and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = managing::HELP)]
pub(crate) struct Help {
    /// A verb, or a topic
    #[arg(value_name = "VERB|TOPIC")]
    pub(crate) words: Vec<String>,
}
