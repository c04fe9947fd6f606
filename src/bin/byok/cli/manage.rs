//! The verbs for what stands around the keys: profiles, providers, completion.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::manual::{managing, out, sharing};
use super::merging::{Describe, GitSetup};

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileVerb {
    /// List the profiles
    #[command(visible_alias = "ls", after_long_help = managing::PROFILE_LIST)]
    List {
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make an empty profile
    #[command(after_long_help = managing::PROFILE_CREATE)]
    Create {
        /// Its name
        name: String,
        /// Where to keep it: in a sealed file, or in the system's keychain
        #[arg(long, value_name = "WHERE", default_value = "file")]
        store: StoreChoice,
        /// Keep it in this file, such as one in a git repository, to share it
        #[arg(long, value_name = "FILE", conflicts_with = "store")]
        file: Option<PathBuf>,
    },
    /// Work with a profile that somebody shares with you
    #[command(after_long_help = sharing::PROFILE_JOIN)]
    Join {
        /// What to call it here
        name: String,
        /// The file that it lies in
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Move a profile into the system's keychain, or into a sealed file
    #[command(after_long_help = managing::PROFILE_MOVE)]
    Move {
        /// Its name
        name: String,
        /// Where to
        #[arg(long, value_name = "WHERE")]
        to: StoreChoice,
    },
    /// Work on this profile from now on
    #[command(after_long_help = managing::PROFILE_USE)]
    Use {
        /// Its name
        name: String,
    },
    /// Set which profiles answer after a profile, and when its keys are to be replaced
    Edit(ProfileEdit),
    /// Copy a profile with all its keys
    #[command(after_long_help = managing::PROFILE_COPY)]
    Copy {
        /// The profile to copy
        from: String,
        /// The new one's name
        to: String,
    },
    /// Remove a profile with all its keys; one in a file of its own is only forgotten
    #[command(after_long_help = managing::PROFILE_RM)]
    Rm {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// Forget a profile whose keychain is gone for good, without removing it from there
        #[arg(long)]
        forget: bool,
    },
    /// Show what a sealed file holds, masked: each key's fields, line by line
    Describe(Describe),
    /// Have git merge a profile's file key by key, and show its changes
    GitSetup(GitSetup),
    /// Trust a profile's file that was refused as foreign, as an older copy, or as sealed for others
    #[command(after_long_help = managing::PROFILE_ACCEPT)]
    Accept {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = managing::PROFILE_EDIT)]
pub(crate) struct ProfileEdit {
    /// Its name
    pub(crate) name: String,
    /// The profiles that answer, in this order, for a key that it does not have
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "no_fallback")]
    pub(crate) fallback: Vec<String>,
    /// No other profile answers for it
    #[arg(long)]
    pub(crate) no_fallback: bool,
    /// When its keys are to be replaced by new ones: 90d, 12w, 1y, never
    #[arg(long, value_name = "TIME")]
    pub(crate) rotate_after: Option<String>,
}

/// Where a profile can lie.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StoreChoice {
    File,
    Keychain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProviderVerb {
    /// List the providers
    #[command(visible_alias = "ls", after_long_help = managing::PROVIDER_LIST)]
    List {
        /// Only those whose id, name or variables hold this
        #[arg(value_name = "TEXT")]
        search: Option<String>,
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what is known of a provider
    #[command(after_long_help = managing::PROVIDER_SHOW)]
    Show {
        /// Its name
        provider: String,
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a provider of your own to providers.toml
    Add(ProviderAdd),
    /// Take a provider of your own out of providers.toml
    #[command(after_long_help = managing::PROVIDER_RM)]
    Rm {
        /// Its id
        provider: String,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = managing::PROVIDER_ADD)]
pub(crate) struct ProviderAdd {
    /// Its id: lower-case letters, digits and `-`
    pub(crate) provider: String,
    /// Its name in words
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The variable that its key is exported as
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The address of its API; one that speaks as OpenAI does needs no more for its keys to be tested
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The page where its keys are made
    #[arg(long, value_name = "URL")]
    pub(crate) console: Option<String>,
    /// Do not ask there how it takes a key that nobody issued
    #[arg(long)]
    pub(crate) no_test: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = out::COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: CompletionShell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CompletionShell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    #[value(alias = "pwsh")]
    Powershell,
    #[value(alias = "nu")]
    Nushell,
}
