//! What the JSON files that byok puts keys in have in common: order and all that is not a key are kept, and nothing of a
//! broken one is shown.

use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use super::{Broken, source};
use crate::secret::Secret;

/// A document to be written, wiped on drop. What is only read is a [`source::Source`].
pub(super) struct Document(Value);

impl Document {
    /// Reads an object; an empty text is an empty one.
    pub(super) fn read(text: &str) -> Result<Self, Broken> {
        if text.trim().is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        let broken = |line, column| Broken::Form { line, column };
        // The error's own words repeat what stands there.
        let value = serde_json::from_str(text).map_err(|error| broken(error.line(), error.column()))?;
        let document = Self(value);
        if document.0.is_object() { Ok(document) } else { Err(broken(1, 1)) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Puts a value in: in its place, or at the end.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(object) = self.0.as_object_mut()
            && let Some(mut old) = object.insert(name.to_owned(), value)
        {
            wipe(&mut old);
        }
    }

    /// The text, indented as these tools do, with or without a line feed at its end as it was.
    pub(super) fn write(&self, old: &str) -> Zeroizing<String> {
        let end = if old.is_empty() || old.ends_with('\n') { "\n" } else { "" };
        Zeroizing::new(format!("{:#}{end}", self.0))
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(wipe),
        Value::Object(object) => object.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A key as JSON holds it.
pub(super) fn text(secret: &Secret) -> Value {
    Value::String(secret.expose().to_owned())
}

/// The text without these members, named from the root: `openai`, `providers.openai.api_key`, `models[0].apiKey`.
pub(super) fn without(bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
    source::without(bytes, |path| names.contains(&path))
}
