//! What `setup` writes into a tool's file: it stands there then, and it goes as it came.

use byok::setup::{Entry, Standing};

/// The first byte chooses the form of the entry, the rest is the file.
pub fn run(input: &[u8]) {
    let Some((form, bytes)) = input.split_first() else { return };
    let Some(text) = super::text(bytes) else { return };
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let entry = match form % 3 {
        0 => Entry::Json { path: words(&["env", "apiKeyHelper"]), value: "byok get anthropic".to_owned() },
        1 => Entry::Toml {
            key: "model_provider".to_owned(),
            value: "byok".to_owned(),
            table: "model_providers".to_owned(),
            lines: words(&["[model_providers.byok]", "name = \"x\"", "env_key = \"OPENAI_API_KEY\""]),
        },
        _ => Entry::Block { mark: "aider".to_owned(), lines: words(&["aider() {", "  byok run -- aider \"$@\"", "}"]) },
    };
    let before = match entry.standing(text) {
        Ok(standing) => standing,
        Err(error) => return super::silent(&error),
    };
    let edit = match entry.set(text) {
        Ok(edit) => edit,
        Err(error) => return super::silent(&error),
    };
    let new = edit.apply(text);
    if before == Standing::Same {
        assert!(edit.is_empty() || *new == *text, "what stands there is written again");
        return;
    }
    assert_eq!(entry.standing(&new).expect("what byok writes, it reads"), Standing::Same);
    assert!(entry.set(&new).is_ok_and(|again| *again.apply(&new) == *new), "writing twice changes the file");
    let _ = edit.diff(text, ("a", "b"), str::to_owned);
    // What byok wrote before is nothing to go back to.
    if matches!(before, Standing::Byok(_)) {
        return;
    }
    if let Ok(Some(back)) = entry.unset(&new, entry.replaced(&before, &edit).as_deref()) {
        let old = back.apply(&new);
        assert_eq!(entry.standing(&old).expect("what was there can be read"), before, "it does not go as it came");
    }
}
