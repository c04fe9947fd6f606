//! The manual of `byok import`.

/// Under `byok import --help`.
pub(crate) const IMPORT: &str = "\
Takes keys out of other tools' own files, all in one update. A key that is there already is stored once; another key of
a provider that has one gets the tool's name as its label and does not become the active one; your own files go before
those of a repository. Only API keys are taken: sign-ins of accounts, references (to variables, commands, 1Password, a
vault), what dotenvx or sops has encrypted, and placeholders are left alone, and told.

Examples:
  byok import --detect                   which tools' files hold keys
  byok import llm opencode               take them in
  byok import llm --delete-source        and out of the file, after they were read back
  byok import litellm --file config.yaml
  byok import --yes --dry-run --json     what would happen
  byok import keys.age                   what somebody sealed for you with `byok export --encrypted`

Exit codes:
  0  done
  1  something could not be decided, read or taken out
  2  misused, or nobody is there to ask
  3  a named tool has no file
  4  locked or refused
  5  with --test, a provider calls a key invalid; it was not stored

Security:
  A sealed file is whole, but does not tell who sealed it: whoever knows your recipient can. What is new, same and different
  is shown first, and a key that is here gives way to --replace alone. Old secrets and tests of a key do not travel.
  With --delete-source a file is edited in place: only entries whose key the profile holds go, after the profile was
  written, read again from disk and compared. Every change is shown first. The old bytes may still lie on the disk, in
  backups and in a repository's history; make a new key if in doubt.";
