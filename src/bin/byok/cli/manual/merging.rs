//! The texts of the verbs for a profile that lies in a git repository.

/// Under `byok merge --help`.
pub(crate) const MERGE: &str = "\
git calls it, once `byok profile git-setup` has been run in a clone: two people's changes to different keys, or to
different fields of one key, become one profile. What both changed in different ways is a conflict: it is told by the
names of key and field, nothing is written, and git stops with the file as it was on our side.

Then decide, and tell git: `byok merge --take theirs team.age && git add team.age`. git itself says what `ours` is: the
branch that you are on, and in a rebase the branch that your commits are put on. Where the driver was not set up, or the
identity was locked, `byok merge team.age` merges what git has left.

A test is never a conflict: the later one counts. A new secret is not combined with an `endpoint` or an end that the other
side gave the old one: that is a conflict, too.

Examples:
  byok merge --take theirs team.age                           in the middle of a merge or a rebase
  byok merge --take openai:work=ours --take theirs team.age   ours for one key, theirs for all else
  byok merge base.age ours.age theirs.age -o merged.age

Exit codes:
  0  merged
  1  conflicts, or it could not be written; nothing was changed
  3  --take names a key that is in no conflict
  4  one side does not open, or is another profile, or has to be agreed to (see --accept); nothing was changed

Security:
  The two must be copies of one profile: the later one knows the vault secret of the other, which is renewed when somebody
  is taken out. Refused until you agree with --accept: a merged profile that would open for somebody whom you have not
  agreed to, a side that is an older copy put back, and a side that somebody who is taken out may have written: they know
  its vault secret, and byok did not write it on this machine.";

/// Under `byok profile describe --help`.
pub(crate) const DESCRIBE: &str = "\
Prints one line for each thing that is known of each key, so that two states can be compared. Secrets are masked.

Examples:
  byok profile describe team.age
  byok profile describe --git team.age   one line where it does not open
  git log -p team.age   shows it, after `byok profile git-setup`

Security:
  The file is not held against what byok has seen of the profile before: somebody else may have sealed it.";

/// Under `byok profile git-setup --help`.
pub(crate) const GIT_SETUP: &str = "\
Has git merge the file with `byok merge`, and show its changes with `byok profile describe`, in the repository that the
file lies in. Shows what it is going to do, and asks.

git shares `.gitattributes`, and no settings: each clone has to run it once. In one that has not, nothing is lost: git
takes the file as binary, and what both sides changed is a conflict.

Examples:
  byok profile git-setup team
  byok profile git-setup --file team.age
  byok profile git-setup --file team.age --undo

Files:
  .gitattributes  at the top of the work tree: one line for the file; commit it
  .git/config     `merge.byok` and `diff.byok`, of this clone alone";
