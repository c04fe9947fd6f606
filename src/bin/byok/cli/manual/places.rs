//! The text of the verb that looks where keys lie outside byok.

/// Under `byok where --help`.
pub(crate) const WHERE: &str = "\
Looks at the variables of this shell, at the .env files from here up to the repository's folder, at shells' start-up
files and at the files of aider, Claude Code, Cline, Codex CLI, Continue, Crush, Gemini CLI, Hugging Face, llm, opencode
and others. Nothing is written, sent or run. SAME AS is the stored key with the same value; `other` is a key that is not
stored while others of its provider are.

The second table tells which key each tool uses whose own files hold one, and which ones it passes over.

Examples:
  byok where                  every key, at every place
  byok where openai google    those of two providers
  byok where --json           for programs

Exit codes:
  0  looked, whatever was found
  2  misused
  3  no such provider

Security:
  The files are other people's, and so is what stands in them: values are shown masked, names with control characters
  escaped, and a repository's own files can do no more than show up as rows.";
