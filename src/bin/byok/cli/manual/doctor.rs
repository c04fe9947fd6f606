//! The text of `byok doctor`.

/// Under `byok doctor --help`.
pub(crate) const DOCTOR: &str = "\
Runs also where every other verb refuses. Uses no network, starts no program, and asks for nothing: what only a person can open is
told as not looked at. Changes nothing without `--fix`, which never removes a key or rewrites a profile.

Groups:
  permissions  owners, modes, links and kinds of byok's folders and files
  disk         what killed byoks left behind, conflict copies of sync programs, space
  settings     config.toml, providers.toml
  identity     whether it is there and opens, where copies of it lie, the recovery sheet
  keychain     whether it answers, is unlocked and lasts; asked only where something lives there
  profiles     whether each opens and is the one that byok wrote, and for whom it is sealed
  keys         expired, refused, due for rotation, untested, twice there
  plaintext    keys in the clear, wherever `byok where` looks
  memory       core dumps, swap
  environment  variables that shadow a key, lead it astray or do nothing
  project      the .byok.toml here
  shell        completion, the hook, a second byok
  clock        whether the time can be right
  log          whether an entry was changed, removed or moved

Severities:
  problem  something does not work, or a secret is exposed
  warning  it will not go well for long
  note     worth knowing

Examples:
  byok doctor
  byok doctor --fix
  byok doctor permissions identity --json
  byok -p work doctor keys

Exit codes:
  0  no problem and no warning
  1  a problem or a warning, or something that `--fix` could not mend";
