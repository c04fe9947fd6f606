//! Crush 0.96 (charmbracelet/crush): `providers.NAME.api_key` in `crush.json`, or `provider add` in `crushrc`.
//!
//! `$(…)` in a value is run by its own POSIX shell, and what that prints is taken without blanks around it (`ResolveValue`
//! in internal/config/resolve.go). `crushrc` is a script that goes before the JSON beside it, which every version reads
//! (docs/config/README.md). The names are those of its catalogue (charmbracelet/catwalk, internal/providers/configs).

use super::{Call, Entry, File, Tool, Unfit, Way};

/// Crush.
pub(super) struct Crush;

/// Where Crush has another name than byok.
const RENAMED: &[(&str, &str)] = &[("google", "gemini")];

const PROVIDERS: [&str; 12] = [
    "anthropic",
    "openai",
    "google",
    "openrouter",
    "groq",
    "xai",
    "cerebras",
    "deepseek",
    "huggingface",
    "venice",
    "chutes",
    "vercel",
];

impl Tool for Crush {
    fn name(&self) -> &'static str {
        "crush"
    }

    fn way(&self) -> Way {
        Way::Helper
    }

    fn providers(&self) -> Vec<&'static str> {
        PROVIDERS.to_vec()
    }

    fn entry(&self, call: &Call, file: File) -> Result<Entry, Unfit> {
        let key = call.key.as_ref().ok_or(Unfit::Unsaid { tool: "crush" })?;
        let own = key.provider.as_str();
        let name = RENAMED.iter().find(|(from, _)| *from == own).map_or(own, |(_, to)| *to);
        let value = format!("$({})", call.get_line(own));
        if file == File::Script {
            let line = format!("provider add {name} --api-key \"{value}\"");
            return Ok(Entry::Block { mark: format!("crush {name}"), lines: vec![line] });
        }
        let path = ["providers", name, "api_key"].map(str::to_owned).to_vec();
        Ok(Entry::Json { path, value })
    }
}
