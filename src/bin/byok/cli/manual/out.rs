//! The texts of the verbs that hand keys out.

/// Under `byok get --help`.
pub(crate) const GET: &str = "\
Prints the key and nothing else; on a terminal, a line break as well. Where neither standard output nor standard error is
a terminal, another program has called it: it asks nothing, whatever terminal that program runs on. `byok setup` has Claude
Code, Codex and Crush call it.

Who answers: a key of the profile (`PROVIDER:LABEL`, else the active one), then those of the profiles in `fallback`, then,
where none of them has such a key at all, the environment. A key that is disabled or whose time is over never answers. An
admin key is printed by its whole name only.

Examples:
  byok get openai | pbcopy
  byok get openai:work --reveal   on the terminal
  byok get openai --json          for programs, which take what they know of it and leave the rest
  byok get openai --explain       who was asked, and why they do not answer; no secret

JSON:
  version    1: what is here stays as it is; more may come
  provider   whose key it is: `openai`
  label      its label, `default` for one without; null from the environment
  source     `profile`, `fallback` or `environment`
  profile    the profile that answered, or null
  variable   the variable that programs read it from
  fields     what belongs to it and is no secret: endpoint, organisation, region
  base_url   the address of its API, or null where none is known
  expires    when it stops working, in RFC 3339, or null
  secret     the key

Exit codes:
  0  printed
  3  no such key, or none that answers: disabled, or its time is over
  4  locked or refused, or standard output is a terminal (see --reveal)

Security:
  Whoever reads the pipe has the key. `byok run` hands it to one program without a pipe.";

/// Under `byok has --help`.
pub(crate) const HAS: &str = "\
Prints nothing, unless it is to explain.

Examples:
  byok has openai groq && echo ready
  byok has openai --explain   who was asked, and why they do not answer

Exit codes:
  0  all of them are there
  3  one is not
  4  locked or refused";

/// Under `byok env --help`.
pub(crate) const ENV: &str = "\
Prints statements for the shell, all or nothing: where anything fails, standard output stays empty.

Examples:
  eval \"$(byok env)\"                 in ~/.bashrc or ~/.zshrc: every key, in every shell
  byok env | source                  in ~/.config/fish/config.fish
  eval \"$(byok env openai)\"          one key
  eval \"$(byok env --for litellm)\"   under the names that this tool reads
  eval \"$(byok env --unset)\"         take the variables away again
  byok env --explain                 which keys go out, which do not, and why

Where each shell wants it:
  bash, zsh, ksh  `eval \"$(byok env)\"`
  fish            `byok env | source`
  nushell         `byok env | from json | load-env`
  elvish          `eval (byok env | slurp)`
  xonsh           `execx($(byok env))`
  tcsh, csh       `eval \"`byok env`\"`
  PowerShell      `byok env --shell pwsh | Out-String | Invoke-Expression`
  cmd             `for /f \"delims=\" %i in ('byok env --shell cmd') do @%i`

Exit codes:
  0  printed
  3  no such key or profile
  4  locked or refused, a value that this shell cannot write, or standard output is a terminal (see --reveal)

Security:
  Every program of the shell inherits the keys. `byok run` gives them to one program.
  Values are quoted so that the shell executes none of them, also in `eval $(byok env)` without quotes.";

/// Under `byok run --help`.
pub(crate) const RUN: &str = "\
Takes the program's place: same process, same signals, same exit code.

Examples:
  byok run -- python app.py
  byok run groq --only --require openai -- python app.py   only these two, and not without openai
  byok run --require-any anthropic,openai -- ./agent
  byok run anthropic -- claude
  byok run --for langchain -- python app.py   under the names that this tool reads
  byok run --require openai --explain   starts nothing: which keys it would hand out, and why not the others

Exit codes:
  3         a required key is not there; the program was not started
  4         locked or refused
  126, 127  the program could not be started, or was not found
  any other  the program's own

Security:
  The variables that open your profiles are taken out of the program's environment.
  An address variable that leads a handed-out key to a foreign host is unset, with a warning; see --keep-env.";

/// Under `byok export --help`.
pub(crate) const EXPORT: &str = "\
Without names it is what `byok env` hands out: one key a provider, of this profile. Disabled and expired keys, those with
--no-export, admin keys and further labels are left out; where a file is written, byok names them. Everything is in
`byok backup`.

What a form cannot carry unchanged is refused, never altered.

Examples:
  byok export --format json -o keys.json
  byok export -o .env openai groq
  byok export --format docker -o keys.list --force
  byok export openai --format github-actions   sets the variables of a job's later steps, masked first
  byok export --format k8s | kubectl apply -f -
  byok export --to llm            into the tool's own file, beside what it holds
  byok export --encrypted openai --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudkuv4qqfa5q8x -o openai.age

Exit codes:
  0  written
  3  no such key or profile
  4  locked or refused, the file is there already (see --force), a value cannot be written in this form, or
     standard output is a terminal (see --reveal)

Security:
  The file holds the keys in plaintext, mode 600. Keep it out of git, and remove it after use.";

/// Under `byok completions --help`.
pub(crate) const COMPLETIONS: &str = "\
The script asks byok itself, which knows keys, labels, profiles and tags as far as the profile opens without asking, and
else the providers' names.

Where each shell wants it:
  bash        `source <(byok completions bash)` in ~/.bashrc
  zsh         `source <(byok completions zsh)` in ~/.zshrc, after `autoload -U compinit; compinit`
  fish        `byok completions fish >~/.config/fish/completions/byok.fish`
  elvish      `eval (byok completions elvish | slurp)` in ~/.config/elvish/rc.elv
  powershell  `byok completions powershell | Out-String | Invoke-Expression` in $PROFILE
  nushell     `byok completions nushell | save -f ~/.config/nushell/autoload/byok.nu`

Examples:
  byok completions bash
  byok completions nushell

Security:
  Completion never unlocks, asks, writes or uses the network, and shows names only.";
