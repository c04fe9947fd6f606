//! The texts of `byok backup` and `byok restore`.

/// Under `byok backup --help`.
pub(crate) const BACKUP: &str = "\
One age file with all profiles, those of the keychain among them, `config.toml`, `providers.toml` and the projects that you
agreed to. It is opened again before it is called done. The log stays here.

Without --to or --passphrase it opens with the identity of this machine, which is not in it: keep a recovery sheet as well
(`byok identity backup`), or use a passphrase.

Examples:
  byok backup home.age
  byok backup home.age --passphrase                   asks for one
  byok backup home.age --passphrase --with-identity   all there is: opens on an empty machine
  byok backup home.age --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudkuv4qqfa5q8x
  byok backup - >home.age

Without byok:
  `age -d -i identity.txt home.age` prints it: TOML, with each profile's document as a text in it

Exit codes:
  0  written, and opened again
  3  no such profile, in --skip
  4  locked or refused, or the file is there already (see --force)

Security:
  Whoever opens it has every key. It is mode 600, and sealed before it touches the disk.";

/// Under `byok restore --help`.
pub(crate) const RESTORE: &str = "\
Shows first what is new, same, different or only here, and asks. A profile that is here is replaced as a whole, or with
--merge key by key; a sealed copy of what was there stays beside it, as `NAME.age.old`. A key that is newer here gives way only
to an answer on the terminal, or to --replace.

Examples:
  byok restore home.age --dry-run
  byok restore home.age
  byok restore home.age work --merge   one profile, and no newer key of this machine is touched
  byok restore home.age --yes --json

Exit codes:
  0  restored, or everything is here already
  1  the question was answered with no
  2  nobody is there to confirm (see --yes)
  3  no such profile in the backup
  4  locked or refused; or it would take the place of newer keys (see --merge and --replace)

Security:
  age proves that a file is whole, not who wrote it: look at what is shown before you agree. Settings and providers of your
  own are part of a backup, and a provider says where its keys go.";
