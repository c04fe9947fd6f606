//! Hints for the profile that was named on the command line: pasted without it, they would change another one.

/// The verbs that a profile is meant for, and whose hints do not name it themselves.
const VERBS: &[&str] = &[
    "add",
    "check",
    "copy",
    "edit",
    "env",
    "export",
    "get",
    "has",
    "import",
    "import-env",
    "list",
    "move",
    "rename",
    "rm",
    "rotate",
    "run",
    "show",
    "test",
    "use",
];

/// The hint with `-p NAME` in each of its commands that would otherwise go to the profile in use.
pub(crate) fn for_profile(hint: &str, profile: &str) -> String {
    let mut parts = hint.split("byok ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let verb = part.split([' ', '`', ')', '"']).next().unwrap_or_default();
        let command = part.split('`').next().unwrap_or_default();
        let is_said = command.split(' ').any(|word| word == "-p" || word.starts_with("--profile"));
        out.push_str("byok ");
        if VERBS.contains(&verb) && !is_said {
            out.extend(["-p ", profile, " "]);
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_a_hint_goes_to_the_profile_that_was_named() {
        for (hint, meant) in [
            (
                "put the new one in its place with `byok add openai --replace`",
                "put the new one in its place with `byok -p team add openai --replace`",
            ),
            ("`byok copy a b`, then `byok rm a`", "`byok -p team copy a b`, then `byok -p team rm a`"),
            ("take it up: `eval \"$(byok env)\"`", "take it up: `eval \"$(byok -p team env)\"`"),
            ("see `byok -p work list`", "see `byok -p work list`"),
            ("`byok profile list`, `byok doctor`", "`byok profile list`, `byok doctor`"),
            ("see what byok knows: `byok list`", "see what byok knows: `byok -p team list`"),
            ("no command", "no command"),
        ] {
            assert_eq!(for_profile(hint, "team"), meant);
        }
    }
}
