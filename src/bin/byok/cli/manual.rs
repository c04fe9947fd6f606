//! The longer texts of the help: examples, environment, files, exit codes.

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

Environment:
  BYOK_PROFILE        the profile to work on
  BYOK_HOME           one folder for everything byok keeps, instead of the XDG folders
  BYOK_IDENTITY       the age identity itself (AGE-SECRET-KEY-1…), for CI
  BYOK_IDENTITY_FILE  a file that holds the age identity
  BYOK_PASSPHRASE_FILE, BYOK_PASSPHRASE_FD
                      a file, or the number of an open one, with the identity's passphrase
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
  ~/.config/byok/config.toml                 settings: `profile`, `fallback`, `offline`, `keychain_timeout`
  ~/.config/byok/providers.toml              your own providers
  .byok.toml                                 what a project needs: `profile`, `requires`, `any`

Exit codes:
  0  done
  1  it did not work
  2  misused
  3  no such key, profile or provider
  4  locked or refused
  5  a key was tested and does not work
  126, 127  `byok run` could not start the command, or did not find it
  128+n  ended by signal n";

/// Under the long help of `byok test`.
pub(crate) const VERDICTS: &str = "\
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
with an invented one shows whether it does. The verdicts are kept with the keys.";
