//! Where keys lie outside byok: what stands in each tool's file, taking it out again, and `byok where`.

mod forms;
mod hostile;
mod real;
mod telling;

use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};

/// Keys whose shape no other sample has, put together here so that no scanner of a forge takes them for real.
pub(crate) fn filled(fixture: &str) -> String {
    let huggingface = format!("hf{}", "_abcdefghijklmnopqrstuvwxyzABCDEFGH");
    let deepseek = format!("sk{}", "-0123456789abcdef0123456789ab2d4f");
    [
        ("@OPENAI@", OPENAI),
        ("@OPENAI_2@", OPENAI_2),
        ("@ANTHROPIC@", ANTHROPIC),
        ("@GOOGLE@", GOOGLE),
        ("@GROQ@", GROQ),
        ("@MISTRAL@", "abcdefghijklmnopqrstuvwxyz012345"),
        ("@HF@", &huggingface),
        ("@DEEPSEEK@", &deepseek),
    ]
    .iter()
    .fold(fixture.to_owned(), |text, (mark, key)| text.replace(mark, key))
}

/// A file that a tool would have written.
pub(crate) fn fixture(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools");
    filled(&std::fs::read_to_string(format!("{path}/{name}")).unwrap())
}
