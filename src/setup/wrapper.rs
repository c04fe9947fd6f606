//! The tools that call no command for a key: a function of the shell starts them through `byok run`.
//!
//! What each takes instead, looked up in its own source or documentation: llm 0.36 keeps `keys.json` or reads variables;
//! opencode 1.18.33 puts in `{env:NAME}` and `{file:PATH}` (opencode.ai/docs/config); aider 0.86.2 and `litellm` 1.109.1
//! read variables, arguments and YAML; gemini-cli 0.61.0 reads variables and `~/.gemini/.env`; goose reads a variable before
//! its keychain (`get_secret` in crates/goose/src/config/base.rs).

use super::{Call, Entry, File, Tool, Unfit, Way};

/// A tool, and under which names its keys go out.
pub(super) struct Wrapped {
    name: &'static str,
    program: &'static str,
    names: &'static str,
}

pub(super) const ALL: &[Wrapped] = &[
    Wrapped { name: "aider", program: "aider", names: "--for aider" },
    Wrapped { name: "gemini-cli", program: "gemini", names: "--for gemini-cli" },
    Wrapped { name: "goose", program: "goose", names: "--all-names" },
    Wrapped { name: "litellm", program: "litellm", names: "--for litellm" },
    Wrapped { name: "llm", program: "llm", names: "--for llm" },
    Wrapped { name: "opencode", program: "opencode", names: "--for opencode" },
];

impl Tool for Wrapped {
    fn name(&self) -> &'static str {
        self.name
    }

    fn program(&self) -> &'static str {
        self.program
    }

    fn way(&self) -> Way {
        Way::Wrapper
    }

    fn entry(&self, call: &Call, _: File) -> Result<Entry, Unfit> {
        let host = call.host.ok_or(Unfit::NoShell { tool: self.name })?;
        Ok(Entry::Block { mark: self.name.to_owned(), lines: vec![call.wrapper(host, self.program, self.names)] })
    }
}
