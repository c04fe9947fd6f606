//! Values that only hold a key's place in an example.

/// Whether a value only holds a key's place: `YOUR_KEY_HERE`, `sk-…`, `<key>`, `${OPENAI_API_KEY}`, `changeme`.
pub fn placeholder(value: &str) -> bool {
    const WHOLE: &[&str] = &[
        "",
        "api",
        "apikey",
        "changeme",
        "default",
        "dummy",
        "empty",
        "example",
        "fake",
        "fixme",
        "foo",
        "foobar",
        "key",
        "na",
        "none",
        "notset",
        "notneeded",
        "notrequired",
        "null",
        "password",
        "placeholder",
        "redacted",
        "replaceme",
        "required",
        "sample",
        "secret",
        "tbd",
        "test",
        "testing",
        "testkey",
        "todo",
        "token",
        "undefined",
        "unset",
    ];
    const WITHIN: &[&str] = &[
        "yourkey",
        "yourapi",
        "yourtoken",
        "yoursecret",
        "youropenai",
        "youranthropic",
        "yourgemini",
        "keyhere",
        "tokenhere",
        "secrethere",
        "insertkey",
        "insertyour",
        "enteryour",
        "pasteyour",
        "addyour",
        "putyour",
        "myapikey",
        "replacewith",
        "changeme",
        "placeholder",
        "apikeyhere",
        "examplekey",
        "dummykey",
        "fakekey",
    ];
    let value = value.trim().trim_matches(['"', '\'', '`']).trim();
    let framed = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    if framed("<", ">") || framed("${", "}") || framed("$(", ")") || framed("{{", "}}") || framed("[", "]") {
        return true;
    }
    // A variable's name after a dollar: a real key holds no dollar.
    if value.strip_prefix('$').is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
        return true;
    }
    if value.contains("...") || value.contains('…') || value.contains("***") || value.contains("•••") {
        return true;
    }
    let letters: String = value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if WHOLE.contains(&letters.as_str()) {
        return true;
    }
    if WITHIN.iter().any(|text| letters.contains(text)) {
        return true;
    }
    // `sk-xxxx`, `xxx`, `0000…`: what stands after the prefix is one character over and over. Real keys do end in `-AAA`.
    let tail = value.rsplit(['-', '_']).next().unwrap_or(value).to_ascii_lowercase();
    let all = |one: char| tail.chars().all(|c| c == one);
    tail.len() >= 3 && (all('x') || (tail.len() * 2 >= value.len() && tail.chars().next().is_some_and(all)))
}
