//! The texts of the verbs of projects.

/// Under `byok trust --help`.
pub(crate) const TRUST: &str = "\
Shows what the file asks for, and asks. Until then it changes nothing; after any change to it, it is untrusted again.

Examples:
  byok trust
  byok trust --yes                in CI
  byok trust --list

Exit codes:
  0  agreed to
  1  there is no such file
  4  not agreed to, or the file is a link, another user's, or where everybody can write

Security:
  You agree to this content at this path. The file can name a profile and keys; no address, command or variable can stand in it.";

/// Under `byok untrust --help`.
pub(crate) const UNTRUST: &str = "\
Works on a file that is gone as well.

Examples:
  byok untrust
  byok untrust ~/src/old-project

Exit codes:
  0  trusted no more, or never was
  1  there is no such file";

/// Under `byok check --help`.
pub(crate) const CHECK: &str = "\
Hands out nothing. A key that the environment has anyway counts as there. What does not work is known from the last test.

Examples:
  byok check
  byok check --test --max-age 1h
  byok check --json

Exit codes:
  0  every key is there, and none is known not to work
  1  this folder belongs to no project
  3  a key is missing
  4  the project's file is not trusted, or the keys are locked
  5  a key does not work";

/// Under `byok hook --help`.
pub(crate) const HOOK: &str = "\
Entering a trusted project sets its keys; leaving it puts back what was there before. A prompt at which nothing has changed starts
no process, and the hook never asks: locked keys are said once.

Where each shell wants it:
  bash    `eval \"$(byok hook bash)\"` in ~/.bashrc
  zsh     `eval \"$(byok hook zsh)\"` in ~/.zshrc
  fish    `byok hook fish | source` in ~/.config/fish/config.fish
  elvish  `eval (byok hook elvish | slurp)` in ~/.config/elvish/rc.elv
  nu      `byok hook nu | save -f byok.nu`, then `source byok.nu` in config.nu
  pwsh    `byok hook pwsh | Out-String | Invoke-Expression` in $PROFILE

Examples:
  eval \"$(byok hook bash)\"
  byok hook fish | source

Security:
  A file that nobody agreed to is not obeyed; see `byok trust`. What a variable held before stays in a variable of the shell
  that no program sees.";
