//! The texts of the verbs that look for keys where none should be, and take them out.

/// Under `byok scan --help`.
pub(crate) const SCAN: &str = "\
Finds what looks like a key of any known provider, and what a line gives to a provider's variable
(`COHERE_API_KEY=…`); access tokens, private keys and age identities, too. Placeholders and examples are left out, and so
is a line that says `byok:allow`. Each finding shows its place, whose key it is, its fingerprint, and which of your own
keys it is, if the profile opens without asking.

Hidden files are looked through, `.git` is not; `.gitignore`, `.ignore` and `.byokignore` are obeyed, binaries left out,
links not followed. With --staged, all that the next commit adds is looked through, whatever those files say.

Examples:
  byok scan                      this folder
  byok scan --no-ignore ~/notes  everything there
  byok scan --staged             what the next commit would add
  byok scan --install-hook       and before every commit from now on
  byok scan --json src tests
  byok scan --sarif .
  git log -p | byok scan --stdin

Exit codes:
  0  nothing found
  1  found something, or something could not be read
  2  misused

Security:
  No value and no part of one is shown. A key that was found is to be revoked: taking it out of a file does not take it
  out of the file's history.
  --staged starts `git`, from an absolute folder of PATH only, and no program that the repository names.";

/// Under `byok redact --help`.
pub(crate) const REDACT: &str = "\
Passes standard input on, with `‹openai:work›` in the place of each key of the profile: as it is, in base64, in a URL and in
JSON. Everything else goes out byte for byte, as soon as it can no longer begin a key.

Examples:
  byok redact server.log >clean.log
  tail -f server.log | byok redact
  byok redact --all-profiles --shapes <trace.json

Exit codes:
  0  done
  1  a file could not be read
  3  no such profile
  4  locked or refused; nothing was passed on

Security:
  Where the profile does not open, nothing goes out. A key under 8 bytes is left, which is said.
  With --shapes, what looks like a key of somebody else goes out as `‹openai?›`. A key that is broken into lines, or
  packed in any other way, is not seen.";
