//! The texts of the verbs for what several people open.

/// Under `byok recipient --help`.
pub(crate) const RECIPIENT: &str = "\
A profile in a file opens for every recipient that it is sealed for: yours, a teammate's, a second machine's, a recovery
key's. Put the file into a git repository, and it is a team's. `-p` says which profile.

Examples:
  byok profile create team --file ./team.age
  byok -p team recipient add bob age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  byok -p team recipient list
  byok -p team recipient rm bob

Exit codes:
  0  done
  3  nobody of this name, or no such profile
  4  refused

Security:
  Whoever opens a profile sees every key in it, and may let others in. byok remembers who opens each profile: a list that
  was changed elsewhere is refused until you agree to it with `byok profile accept`.";

/// Under `byok recipient list --help`.
pub(crate) const RECIPIENT_LIST: &str = "\
Those who were removed are listed with the keys that they have seen and that were not rotated since.

Examples:
  byok recipient list
  byok -p team recipient list --json";

/// Under `byok recipient me --help`.
pub(crate) const RECIPIENT_ME: &str = "\
A recipient is no secret: it seals, and opens nothing.

Examples:
  byok recipient me
  byok recipient me >me.txt";

/// Under `byok recipient add --help`.
pub(crate) const RECIPIENT_ADD: &str = "\
They print their recipient with `byok recipient me`, or with `age-keygen -y`. The profile is sealed anew.

Examples:
  byok -p team recipient add bob age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  byok -p team recipient add ci --file ci.txt --kind machine
  byok recipient add safe --file recovery.txt --kind recovery

Security:
  Compare the recipient with them over another way than it came by: whoever changed it on its way opens the profile.";

/// Under `byok recipient rm --help`.
pub(crate) const RECIPIENT_RM: &str = "\
The profile is sealed anew, and opens for them no more. What they have seen stays seen, and older copies of the file stay
open to them, as those in git: replace the keys.

Examples:
  byok -p team recipient rm bob
  byok -p team recipient rm bob --yes";

/// Under `byok recipient rotate --help`.
pub(crate) const RECIPIENT_ROTATE: &str = "\
Examples:
  byok -p team recipient rotate bob age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  byok -p team recipient rotate bob --file bob.txt";

/// Under `byok profile join --help`.
pub(crate) const PROFILE_JOIN: &str = "\
The profile must be sealed for you: send `byok recipient me` to somebody who opens it. You are shown what is in it, and for
whom it opens; from then on, what changes elsewhere is noticed.

Examples:
  byok profile join team --file ./team.age
  byok profile join team --file ./team.age --yes

Files:
  ~/.config/byok/config.toml  keeps the path, as `file` under `[profiles.team]`";

/// Under `byok identity rotate --help`.
pub(crate) const IDENTITY_ROTATE: &str = "\
Until every profile is sealed for the new identity, both open: byok may be stopped at any moment, and goes on where it was
when it is called again. The old identity is kept beside the new one, for backups and older copies.

Examples:
  byok identity rotate
  byok identity rotate --finish   leave behind what cannot be sealed anew

Exit codes:
  0  done
  1  a profile is not sealed anew yet; both identities stay

Security:
  Whoever has the old identity still opens what was sealed for it before: replace the keys as well, if somebody may have.";
