//! Claude Code 2.1.197 (npm, @anthropic-ai/claude-code): `apiKeyHelper` in `settings.json`.
//!
//! It runs the line by a shell with both outputs in pipes, takes what it prints without blanks around it, and shows what
//! it says on standard error only where it fails. It asks again after five minutes (`CLAUDE_CODE_API_KEY_HELPER_TTL_MS`),
//! and after a 401. A file with a comment or a trailing comma is ignored as a whole. `ANTHROPIC_API_KEY` in the environment goes first. <https://code.claude.com/docs/en/settings>

use super::{Broken, Call, Entry, File, Tool, Unfit, Way, json};

/// Claude Code.
pub(super) struct ClaudeCode;

impl Tool for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn program(&self) -> &'static str {
        "claude"
    }

    fn way(&self) -> Way {
        Way::Helper
    }

    fn providers(&self) -> Vec<&'static str> {
        vec!["anthropic"]
    }

    fn notices(&self) -> &'static [&'static str] {
        &["with a key, Claude Code bills the API, not your subscription"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]
    }

    fn outranked(&self, text: &str) -> Vec<&'static str> {
        let is_set =
            |name: &str| json::value(text, &["env".to_owned(), name.to_owned()]).is_ok_and(|there| there.is_some());
        let all =
            [("ANTHROPIC_API_KEY", "env.ANTHROPIC_API_KEY"), ("ANTHROPIC_AUTH_TOKEN", "env.ANTHROPIC_AUTH_TOKEN")];
        all.iter().filter(|(name, _)| is_set(name)).map(|(_, place)| *place).collect()
    }

    fn unread(&self, text: &str) -> Option<Broken> {
        let read = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
        (!text.trim().is_empty()).then(|| Broken::Form { line: read.line(), column: read.column() })
    }

    fn entry(&self, call: &Call, _: File) -> Result<Entry, Unfit> {
        Ok(Entry::Json { path: vec!["apiKeyHelper".to_owned()], value: call.get_line("anthropic") })
    }
}
