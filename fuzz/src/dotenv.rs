//! `.env` files and what people paste: names that are names, values that are in the file, and what byok exports comes
//! back as it was.

use byok::export;
use byok::import::{dotenv, paste};
use byok::name::EnvName;
use byok::secret::Secret;

/// Reads it in every way.
pub fn run(input: &[u8]) {
    let lines = input.split(|byte| *byte == b'\n').count();
    let every = dotenv::every(input);
    match dotenv::read(input) {
        Ok(reading) => {
            let every = every.expect("one reader takes what the other takes");
            assert_eq!(reading.ignored, every.ignored);
            for found in &reading.found {
                assert!(found.line >= 1 && found.line <= found.end && found.end <= lines, "a line that is not there");
                assert!(!found.name.is_empty() && !found.value.contains('\0'));
                assert_eq!(reading.found.iter().filter(|other| other.name == found.name).count(), 1);
                let last = every.found.iter().rfind(|other| other.name == found.name).expect("it is one of all");
                assert!(*last.value == *found.value, "not the last value");
            }
        }
        Err(error) => super::silent(&error),
    }
    let Some(text) = super::text(input) else { return };
    let pasted = paste::clean(text, |_| true);
    assert!(super::is_cut_from(pasted.value.as_bytes(), input), "a paste with something that was not in it");
    // A value of nothing but `=` is the end of wrapped base64, and no value, to the reader.
    if input.iter().all(|byte| *byte == b'=') {
        return;
    }
    let (Ok(secret), Ok(name)) = (Secret::from_bytes(input), EnvName::parse("K")) else { return };
    let Ok(file) = export::format("dotenv").unwrap().render(&[(name, secret.clone())]) else { return };
    let back = dotenv::read(file.as_bytes()).expect("what byok exports, it reads");
    assert!(back.found.len() == 1 && back.ignored.is_empty());
    assert!(*back.found[0].value == *secret.expose(), "it is read differently");
}
