//! The texts of the verbs that take keys in, look at them, test and change them.

/// Under `byok add --help`.
pub(crate) const ADD: &str = "\
Without a name, the key is recognised by its shape. What was pasted along is taken off: quotes, `export X=`, `Bearer `.
A key is tested before it is stored, and one that its provider calls invalid is not stored.

A key has up to three ends: `--expires` says when it stops working, a test may learn that from its provider, and `--ttl` takes it
out of the profile for good. The earliest counts: from then on it never answers. What --ttl wipes is judged by how long the
machine was up, not by its clock; after a restart the clock must have said for an hour that the time is over.

An admin key, which makes and revokes others, is known by its shape, by its variable or by what its provider says, and is
stored as `PROVIDER:admin` unless a label is given. It is never active and never handed out to programs.

Examples:
  byok add openai                         type or paste it, unseen
  byok add openai:work --stdin <key.txt   a second key of one provider, with a label
  byok add anthropic --from-env ANTHROPIC_API_KEY
  byok add azure --field resource=my-resource --expires 90d
  byok add my-llm --endpoint https://llm.example.com/v1
  byok add openrouter:demo --ttl 8h       wiped by the first command after eight hours
  byok add openrouter --admin             a key that makes and revokes others, for `byok rotate --auto`

Exit codes:
  0  stored
  1  there is a key of this name (see --replace), or the same key under another
  2  misused, or the key was typed as an argument
  4  locked or refused
  5  its provider calls it invalid; nothing was stored

Security:
  A key is never an argument: it would stay in the shell's history, and other programs see it.
  With --ask-providers it is sent to each provider whose shape it has; unasked, none sees it.";

/// Under `byok import-env --help`.
pub(crate) const IMPORT_ENV: &str = "\
Reads what the registry knows as a provider's variable; `byok provider show openai` lists them. Placeholders and
empty values are skipped, and the report says so.

Examples:
  byok import-env                    the keys of this shell
  byok import-env --file .env        and those of a file
  byok import-env --dry-run --json   what would happen
  byok import-env openai groq --replace

Exit codes:
  0  done
  1  something could not be decided: a stored key differs, or a variable could be of several providers
  4  locked or refused

Security:
  Nothing is taken out of the file that was read: its plaintext is still there.";

/// Under `byok list --help`.
pub(crate) const LIST: &str = "\
Examples:
  byok list
  byok list openai --json
  byok list --tag trial
  byok list --expiring 30d
  byok list --unused 60d

Exit codes:
  0  done, also if there are no keys
  3  no such profile, or no key of a named provider
  4  locked or refused

Security:
  A mask shows at most 4 + 4 characters, and never more than a fifth of the key.";

/// Under `byok show --help`.
pub(crate) const SHOW: &str = "\
Examples:
  byok show openai
  byok show openai:work --json

Exit codes:
  0  done
  3  no such key
  4  locked or refused";

/// Under `byok use --help`.
pub(crate) const USE: &str = "\
Examples:
  byok use openai:work           from now on, `openai` means this key
  byok use --next-valid openai   the next of its keys that works: out of credit, on to the other account

Exit codes:
  0  done
  3  no such key
  4  locked or refused
  5  with --next-valid: no other key is known to work; each one says why";

/// Under `byok edit --help`.
pub(crate) const EDIT: &str = "\
An empty value takes a detail away: `--note \"\"`. The secret itself is changed with `byok rotate`.

Examples:
  byok edit openai --expires 90d --note trial --tag trial
  byok edit openai --untag trial
  byok edit anthropic --no-export        `byok env` leaves it out from now on
  byok edit my-llm --endpoint https://llm.example.com/v1

Exit codes:
  0  done
  3  no such key
  4  locked or refused
  5  the key does not work at its new address; nothing was changed";

/// Under `byok rm --help`.
pub(crate) const RM: &str = "\
Examples:
  byok rm openai:old
  byok rm openai --all --yes   every key of one provider
  byok rm 'openai:*' '*:old'   every key whose name matches
  byok rm --tag trial          every key with this tag
  byok rm --all                every key of the profile

Exit codes:
  0  removed
  1  the question was answered with no
  2  nobody is there to confirm (see --yes)
  3  no such key
  4  locked or refused

Security:
  A removed key still works: end it at its provider as well. `byok provider show` names the page.";

/// Under `byok test --help`.
pub(crate) const TEST: &str = "\
Examples:
  byok test                                    every key
  byok test openai --max-age 1h                a verdict of the last hour will do
  byok test --json --fail-on invalid,revoked   in CI: exit code 5 exactly for these
  byok test openai --stdin <key.txt            stores nothing

Verdicts, the worst first:
  invalid        the provider does not know the key
  revoked        somebody ended it
  expired        its time is over
  no-credit      genuine, and the account has no credit left
  blocked        this region, address or organisation is turned away
  unexpected     an answer that nobody foresaw, such as a login page
  provider-down  the provider is in trouble
  unreachable    no answer: dns, connect, tls, timeout or proxy
  untestable     no free request proves it, or the server takes any key
  rate-limited   genuine, and used too often just now
  restricted     genuine, and may not do what the test asks for
  valid          it works

Exit codes:
  0  every key works, or cannot be tested
  1  of some key nothing could be learnt, or of none at all
  4  some key was not sent, for its provider's address has changed
  5  some key does not work: invalid to blocked, or what --fail-on names

A key goes to its provider's host only. Where it is not known that an address looks at the key, a second request
with an invented one shows whether it does. The verdicts are kept with the keys.

Security:
  A key goes to the host of its provider, or the one that you gave it, and no redirect is followed.
  Requests that may be billed are sent only with --allow-cost.";

/// Under `byok status --help`.
pub(crate) const STATUS: &str = "\
Shows what was learnt before, without the network.

Examples:
  byok status
  byok status --json
  byok status --short   for a prompt: `set -g status-right '#(byok status --short)'` in tmux

Exit codes:
  0  done
  4  locked or refused";
