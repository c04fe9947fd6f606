//! The texts of the verbs that tell what was done with keys.

/// Under `byok log --help`.
pub(crate) const LOG: &str = "\
Every change of a profile has an entry, and so has everything that hands keys out: `get`, `env`, `run`, `export` and the
shell's hook. An entry holds the verb, the keys by name and fingerprint, the time, the program that started byok, the user, the machine, and the AI
agent in whose environment it was. It never holds a value or a command line.

Each line of the log holds the hash of the line before, so that `--verify` finds one that was changed, removed or moved. What only
reads keys stands in a file beside it until the next change, or the next look, takes it in: so long it can be taken away unseen. Whoever
may write your files can still write a whole new log. The log is rolled over at 16 MiB; one older part is kept.

Examples:
  byok log
  byok log openai --since 7d
  byok log --changes --json
  byok log --verify

Files:
  ~/.local/state/byok/log      the log: JSON lines, for you alone
  ~/.config/byok/config.toml   `log = \"changes\"` leaves out what only reads, `log = \"off\"` writes nothing

Exit codes:
  0  done, and with --verify: it is whole
  1  with --verify: something is wrong with it";
