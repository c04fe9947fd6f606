//! The text of `byok setup`.

/// Under `byok setup --help`.
pub(crate) const SETUP: &str = "\
Claude Code, Codex and Crush call a command for their key: they are told to call `byok get`, and the key never touches
their disk. The others are wrapped: a function in your shell's start-up file starts them through `byok run`.

Claude Code and Codex ask again after five minutes, and after a refusal; Claude Code's time is
CLAUDE_CODE_API_KEY_HELPER_TTL_MS.

The change is shown first, and asked for. What else is in the file, its comments, order and mode, stays as it is; a
link stays a link. What was there before is remembered for --undo, unless it was a key. A key that byok does not hold is
replaced only by a yes at a terminal, never by --yes.

Examples:
  byok setup                      which tools are here, and which are set up
  byok setup claude-code          in ~/.claude/settings.json: apiKeyHelper
  byok setup codex openai:work -p work
  byok setup crush openrouter     in crush.json, or in crushrc where there is one
  byok setup llm --shell fish     a function in ~/.config/fish/config.fish
  byok setup llm --dry-run        show the change only
  byok setup claude-code --undo   take it back

Exit codes:
  0  done, or nothing to do
  2  misused, or nobody was there to agree
  4  the file is broken, or not yours, or a key that stands there would be lost; it is left as it is

Security:
  byok as a helper asks nothing where neither of its outputs is a terminal: a locked identity ends with 4, and the tool
  shows why. `byok unlock` opens it for a while.
  A key in the environment goes before Claude Code's helper: keep it out with `byok edit anthropic --no-export`.";
