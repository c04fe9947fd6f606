//! Codex CLI 0.169.0 (npm, @openai/codex): `[model_providers.NAME.auth]` in `config.toml`.
//!
//! `command` and `args` are started without a shell, for five seconds at most; what is printed is the bearer token, asked
//! for again after five minutes and after a 401 (`ModelProviderAuthInfo` in codex-rs/protocol/src/config_types.rs). The
//! built-in provider `openai` cannot be changed, so this is another one beside it with the same address; it cannot be
//! combined with `env_key` (`ModelProviderInfo::validate` in codex-rs/model-provider-info/src/lib.rs).

use super::{Call, Entry, File, Tool, Unfit, Way};

/// Codex.
pub(super) struct Codex;

impl Tool for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn way(&self) -> Way {
        Way::Helper
    }

    fn providers(&self) -> Vec<&'static str> {
        vec!["openai"]
    }

    fn takes_address(&self) -> bool {
        true
    }

    fn notices(&self) -> &'static [&'static str] {
        &["with a key, Codex bills the API, not your ChatGPT plan"]
    }

    fn entry(&self, call: &Call, _: File) -> Result<Entry, Unfit> {
        let text = |text: &str| toml_edit::Value::from(text).to_string();
        let args: Vec<String> = call.get("openai").iter().map(|word| text(word)).collect();
        let address = call.address.as_deref().unwrap_or("https://api.openai.com/v1");
        let lines = vec![
            "[model_providers.byok]".to_owned(),
            "name = \"OpenAI\"".to_owned(),
            format!("base_url = {}", text(address)),
            "wire_api = \"responses\"".to_owned(),
            String::new(),
            "[model_providers.byok.auth]".to_owned(),
            format!("command = {}", text(&call.byok)),
            format!("args = [{}]", args.join(", ")),
        ];
        Ok(Entry::Toml {
            key: "model_provider".to_owned(),
            value: "byok".to_owned(),
            table: "model_providers".to_owned(),
            lines,
        })
    }
}
