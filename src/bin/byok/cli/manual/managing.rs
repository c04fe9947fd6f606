//! The texts of the verbs for what stands around the keys: profiles, providers, the identity.

/// Under `byok profile --help`.
pub(crate) const PROFILE: &str = "\
Which profile is meant: `--profile`, else BYOK_PROFILE, else what `byok profile use` chose, else `default`.

Examples:
  byok profile create work
  byok -p work add openai
  byok profile use work

Exit codes:
  0  done
  3  no such profile
  4  locked or refused";

/// Under `byok profile list --help`.
pub(crate) const PROFILE_LIST: &str = "\
Examples:
  byok profile list --json";

/// Under `byok profile create --help`.
pub(crate) const PROFILE_CREATE: &str = "\
Examples:
  byok profile create work
  byok profile create work --store keychain
  byok profile create team --file ./team.age   in a git repository, to share it: see `byok help recipient`

Security:
  A file of your own may be readable by others: it is sealed. byok keeps what it remembers of it in its own folder.";

/// Under `byok profile move --help`.
pub(crate) const PROFILE_MOVE: &str = "\
The profile is read back at its new place before it leaves the old one.

Examples:
  byok profile move work --to keychain
  byok profile move work --to file";

/// Under `byok profile use --help`.
pub(crate) const PROFILE_USE: &str = "\
Examples:
  byok profile use work

Files:
  ~/.config/byok/config.toml  keeps the choice, as `profile`";

/// Under `byok profile edit --help`.
pub(crate) const PROFILE_EDIT: &str = "\
Examples:
  byok profile edit work --fallback team,default   these answer, in this order, for what `work` does not have
  byok profile edit work --no-fallback
  byok profile edit work --rotate-after 90d

Files:
  ~/.config/byok/config.toml  keeps both, under `[profiles.work]`; comments stay

Security:
  A profile in `fallback` is opened only when none before it has the key. One that is locked then stops byok; one that is
  not there is passed over, with a warning. `byok get --explain` shows the way.";

/// Under `byok profile copy --help`.
pub(crate) const PROFILE_COPY: &str = "\
Examples:
  byok profile copy default work";

/// Under `byok profile rm --help`.
pub(crate) const PROFILE_RM: &str = "\
Examples:
  byok profile rm work
  byok profile rm work --yes

Files:
  A profile that was made or joined with `--file` is only forgotten: its file stays, which may be others' as well.";

/// Under `byok profile accept --help`.
pub(crate) const PROFILE_ACCEPT: &str = "\
byok remembers the newest state of each profile that it has seen, and refuses one that somebody else sealed, an older
copy, or one that opens for others than before. If you put a backup back yourself, or know who was let in, accept it: you
are shown who came and who went.

Examples:
  byok profile accept work

Security:
  age proves that a file is whole, not who wrote it: accept only what you know the origin of.";

/// Under `byok provider --help`.
pub(crate) const PROVIDER: &str = "\
Examples:
  byok provider list
  byok provider show claude
  byok provider add my-llm --base-url https://llm.example.com/v1

Files:
  ~/.config/byok/providers.toml  your own providers, and what you changed of others

Exit codes:
  0  done
  3  no such provider";

/// Under `byok provider list --help`.
pub(crate) const PROVIDER_LIST: &str = "\
Examples:
  byok provider list goog
  byok provider list --json";

/// Under `byok provider show --help`.
pub(crate) const PROVIDER_SHOW: &str = "\
Examples:
  byok provider show gemini
  byok provider show openai --json";

/// Under `byok provider add --help`.
pub(crate) const PROVIDER_ADD: &str = "\
Examples:
  byok provider add my-llm --base-url https://llm.example.com/v1 --env MY_LLM_KEY

Security:
  A key of this provider goes to that address, and nowhere else. One that suddenly leads elsewhere is asked about.";

/// Under `byok provider rm --help`.
pub(crate) const PROVIDER_RM: &str = "\
Examples:
  byok provider rm my-llm";

/// Under `byok init --help`.
pub(crate) const INIT: &str = "\
Not needed: first use makes an identity by itself. `byok help identity` compares the places.

Examples:
  byok init
  byok init --identity keychain
  byok init --identity passphrase --generate

Exit codes:
  0  done
  1  there is an identity already
  4  the place does not take one";

/// Under `byok identity --help`.
pub(crate) const IDENTITY: &str = "\
`byok help identity` says what an identity is, and compares its places.

Examples:
  byok identity show
  byok identity move --to passphrase
  byok identity backup --output sheet.txt

Exit codes:
  0  done
  4  locked or refused";

/// Under `byok identity show --help`.
pub(crate) const IDENTITY_SHOW: &str = "\
Examples:
  byok identity show --json";

/// Under `byok identity move --help`.
pub(crate) const IDENTITY_MOVE: &str = "\
The identity is proven at its new place before it leaves the old one. Profiles stay as they are.

Examples:
  byok identity move --to keychain
  byok identity move --to passphrase --generate";

/// Under `byok identity passphrase --help`.
pub(crate) const IDENTITY_PASSPHRASE: &str = "\
Examples:
  byok identity passphrase
  byok identity passphrase --generate";

/// Under `byok identity backup --help`.
pub(crate) const IDENTITY_BACKUP: &str = "\
Examples:
  byok identity backup
  byok identity backup --output sheet.txt

Security:
  The sheet opens every profile. Print it, keep it off this machine, and remove the file.";

/// Under `byok identity restore --help`.
pub(crate) const IDENTITY_RESTORE: &str = "\
Examples:
  byok identity restore sheet.txt
  byok identity restore - --to keychain <sheet.txt";

/// Under `byok unlock --help`.
pub(crate) const UNLOCK: &str = "\
Examples:
  byok unlock
  byok unlock --for 30m

Environment:
  BYOK_PASSPHRASE_FILE  a file that holds the passphrase
  BYOK_PASSPHRASE_FD    the number of an open file that holds it

Exit codes:
  0  open
  4  not the passphrase, or nobody is there to type it

Security:
  The opened identity is held by the Linux kernel's keyring, and forgotten by itself. No process stays behind.";

/// Under `byok lock --help`.
pub(crate) const LOCK: &str = "\
Examples:
  byok lock

Exit codes:
  0  nothing is held any more";

/// Under `byok help --help`.
pub(crate) const HELP: &str = "\
Examples:
  byok help ci
  byok help add
  byok help profile move

Exit codes:
  0  shown
  2  no such topic or verb";
