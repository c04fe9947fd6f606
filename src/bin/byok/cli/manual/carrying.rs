//! The texts of the verbs that give keys other names and other places.

/// Under `byok rename --help`.
pub(crate) const RENAME: &str = "\
All that is known of the key stays, and it stays the active one if it was.

Examples:
  byok rename openai openai:private
  byok rename openai:new openai:work --replace

Exit codes:
  0  renamed
  1  another key has that name (see --replace)
  2  the new name is of another provider: a key goes to its own provider's host only
  3  no such key
  4  locked or refused";

/// Under `byok copy --help`.
pub(crate) const COPY: &str = "\
Examples:
  byok copy openai openai:second            a second name for the same secret
  byok copy openai groq --to-profile work
  byok copy 'openai:*' --to-profile work
  byok copy --tag trial --to-profile demo --yes

Exit codes:
  0  copied, or there just so already
  1  a key of that name is there (see --replace), or the question was answered with no
  2  nobody is there to confirm more than one key (see --yes)
  3  no such key or profile
  4  locked or refused";

/// Under `byok move --help`.
pub(crate) const MOVE: &str = "\
One update of each profile. The keys are read back in the other profile before they leave this one: whenever byok is
stopped, each of them is in one of both, and the same command goes on from there.

Examples:
  byok move openai:work --to-profile work
  byok move '*:old' --to-profile attic
  byok move --tag trial --to-profile demo --yes

Exit codes:
  0  moved
  1  a key of that name is there (see --replace), or the question was answered with no
  2  nobody is there to confirm more than one key (see --yes)
  3  no such key or profile
  4  locked or refused

Security:
  Whoever can open the other profile has the keys from then on.";
