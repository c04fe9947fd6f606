//! The longer texts of the help and of the manual: examples, environment, files, exit codes, security.
//!
//! A text is paragraphs, and sections: a line at the margin that ends in a colon, and indented lines below it, in two
//! columns where two blanks part them. `tests/manual.rs` makes the pages of them, and parses every example.

pub(super) mod backing;
pub(super) mod carrying;
pub(super) mod doctor;
pub(super) mod history;
pub(super) mod keys;
pub(super) mod managing;
pub(super) mod merging;
pub(super) mod out;
pub(super) mod places;
pub(super) mod projects;
pub(super) mod rotating;
pub(super) mod scanning;
pub(super) mod setup;
pub(super) mod sharing;
pub(super) mod taking;
pub(crate) mod topics;

/// Under the short help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  byok import-env --file .env     take the keys of this shell and of a .env file in
  byok add openai:work            type or paste a key, unseen
  eval \"$(byok env)\"              set every key in this shell
  byok run -- python app.py       start one program with the keys
  byok test                       ask the providers which keys work";

/// Under the long help and in the manual.
pub(crate) const MANUAL: &str = "\
Examples:
  byok import-env --file .env     take the keys of this shell and of a .env file in
  byok add openai:work            type or paste a key, unseen
  eval \"$(byok env)\"              set every key in this shell
  byok run -- python app.py       start one program with the keys
  byok test                       ask the providers which keys work

Keys are named PROVIDER or PROVIDER:LABEL; a bare provider means its active key.
`byok help ci`, `identity`, `projects`, `security` and `shells` say more.

Environment:
  BYOK_PROFILE        the profile to work on
  BYOK_HOME           one folder for everything byok keeps, instead of the XDG folders
  BYOK_IDENTITY       the age identity itself (AGE-SECRET-KEY-1…), for CI
  BYOK_IDENTITY_FILE  a file that holds the age identity
  BYOK_PASSPHRASE_FILE, BYOK_PASSPHRASE_FD
                      a file, or the number of an open one, with the identity's passphrase
  BYOK_NEW_PASSPHRASE_FILE
                      a file with the new one, for `byok identity passphrase` and whatever puts one there
  BYOK_NO_INPUT       never ask, if set to 1
  BYOK_NO_PROJECT     never look for a project's .byok.toml, if set to 1
  BYOK_OFFLINE        never ask the network, if set to 1
  BYOK_KEYCHAIN_TIMEOUT
                      how long the system's keychain may take to answer [default: 5s]
  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                      the way to providers; `NO_PROXY='*'` goes without a proxy
  SSL_CERT_FILE, SSL_CERT_DIR
                      whose certificates are believed instead of the system's
  NO_COLOR            no colour, if set to anything

Files (under XDG folders, or all in BYOK_HOME):
  ~/.local/share/byok/identity.txt           the age identity that opens the profiles, or
  ~/.local/share/byok/identity.age           the same behind a passphrase; `age -d` opens it
  ~/.local/share/byok/profiles/NAME.age      a sealed profile; `age -d -i identity.txt NAME.age` opens it
  ~/.local/share/byok/profiles/NAME.keychain  tells of a profile in the system's keychain
  ~/.local/state/byok/pins/NAME.toml         what was last seen of a profile
  ~/.local/state/byok/trust/                 the projects that you agreed to
  ~/.local/state/byok/log/                   what was done with keys; `byok log` shows it
  ~/.local/state/byok/setup/                 what `byok setup` changed, to undo it
  ~/.config/byok/config.toml                 settings; see below
  ~/.config/byok/providers.toml              your own providers
  .byok.toml                                 what a project needs: `profile`, `requires`, `any`

Settings in config.toml, each of which may be missing:
  profile = \"work\"            the profile to work on
  fallback = [\"team\"]         the profiles that answer for a key that this one does not have
  identity = \"keychain\"       where it lives, if that is not plain from what lies in the folder
  rotate_after = \"180d\"       when a secret is to be replaced, counted from when it came in
  log = \"changes\"             log no reads; \"off\" logs nothing
  notices = false             never say on a terminal, once a day, which keys end soon
  offline = true              never ask the network
  keychain_timeout = \"30s\"    how long the system's keychain may take to answer
  [providers.openai]          for one provider's keys: `rotate_after`
  [profiles.work]             for one profile: `fallback`, `rotate_after`, and `file`, where it lies

Exit codes:
  0  done
  1  it did not work
  2  misused
  3  no such key, profile or provider
  4  locked or refused
  5  a key was tested and does not work
  126, 127  `byok run` could not start the command, or did not find it
  128+n  ended by signal n

Security:
  No key is an argument, shows up in a message, or goes to another host than its provider's.
  Profiles are sealed with age; stock `age` opens them, byok or no byok.
  byok does not protect a key from a program that you give it to, or from somebody who runs
  programs as you.";
