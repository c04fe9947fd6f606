//! What a shell is given to evaluate, read by a small reader of that shell's own rules: the value comes out as it went in.

use byok::name::EnvName;
use byok::shell;

/// The first byte chooses the shell, the rest is the value.
pub fn run(input: &[u8]) {
    let Some((first, value)) = input.split_first() else { return };
    let Some(value) = super::text(value).filter(|value| !value.contains('\0')) else { return };
    let names = ["bash", "fish", "nu", "elvish", "xonsh", "tcsh", "pwsh", "cmd"];
    let shell = names[usize::from(*first) % names.len()];
    let dialect = shell::dialect(shell).unwrap();
    let name = EnvName::parse(if *first > 127 { "OPENAI_API_KEY" } else { "A_PATH" }).unwrap();
    let mut out = String::new();
    match dialect.set(&name, value, &mut out) {
        Err(unfit) => {
            assert!(out.is_empty(), "something was written of a value that does not fit");
            return super::silent(&unfit);
        }
        Ok(()) => assert!(out.len() <= shell::room(value), "it takes more room than was said"),
    }
    dialect.finish(&mut out);
    let name = name.as_str();
    let read = match shell {
        "bash" => word(inside(&out, &format!("export {name}="), ";\n"), false, ""),
        "fish" => word(inside(&out, &format!("set -gx {name} "), ";\n"), true, ""),
        "tcsh" => word(inside(&out, &format!("setenv {name} "), ";\n"), false, "!\n"),
        "nu" => {
            let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&out).expect("no JSON");
            assert_eq!(all.len(), 1);
            all[name].as_str().expect("no text").to_owned()
        }
        "elvish" => escaped(inside(&out, &format!("set-env {name} \""), "\";\n")),
        "xonsh" => {
            let register = format!("__xonsh__.env.register(\"{name}\", type=\"str\");\n");
            let out = out.strip_prefix(&register).unwrap_or(&out);
            escaped(inside(out, &format!("__xonsh__.env[\"{name}\"] = \""), "\";\n"))
        }
        "pwsh" => powershell(inside(&out, &format!("$env:{name} = "), ";\n")),
        _ => {
            let value = inside(&out, &format!("set \"{name}="), "\"\n");
            assert!(!value.contains(['"', '%', '!', '^', '&', '|', '<', '>', '\n', '\r']), "cmd sees something in it");
            assert!(!value.is_empty(), "cmd unsets it");
            value.to_owned()
        }
    };
    assert!(read == value, "{shell} reads another value");
    if shell::survives_splitting(value) && shell == "bash" {
        let joined = out.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        assert!(
            word(inside(&joined, &format!("export {name}="), ";"), false, "") == value,
            "it does not survive splitting"
        );
    }
}

/// What stands between the two.
fn inside<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.strip_prefix(before).unwrap_or_else(|| panic!("it does not begin with {before:?}"));
    rest.strip_suffix(after).unwrap_or_else(|| panic!("it does not end with {after:?}"))
}

/// One word of a POSIX shell, of fish (`is_fish`) or of tcsh: `refused` means something there even between quotes.
fn word(text: &str, is_fish: bool, refused: &str) -> String {
    let (mut value, mut rest, mut is_behind_quote) = (String::new(), text.chars(), false);
    assert!(!text.is_empty(), "no word");
    while let Some(c) = rest.next() {
        match c {
            '\'' => {
                assert!(!is_behind_quote, "zsh with `rc_quotes` sees a quote between two runs");
                loop {
                    match rest.next().expect("an open quote") {
                        '\'' => break,
                        '\\' if is_fish => panic!("fish sees an escape between quotes"),
                        c if refused.contains(c) => panic!("{c:?} means something between quotes"),
                        c => value.push(c),
                    }
                }
                is_behind_quote = true;
                continue;
            }
            '\\' => {
                let c = rest.next().expect("a backslash at the end");
                assert!("\\'!".contains(c), "a backslash that may mean something");
                value.push(c);
            }
            c if c.is_ascii_alphanumeric() || "_./:@+,-".contains(c) => value.push(c),
            c => panic!("{c:?} stands bare"),
        }
        is_behind_quote = false;
    }
    value
}

/// Bare characters, `\uXXXX` and `\UXXXXXXXX`, as elvish and Python read them.
fn escaped(text: &str) -> String {
    let (mut value, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            assert!(c.is_ascii_alphanumeric() || "_./:@+,-".contains(c), "{c:?} stands bare");
            value.push(c);
            continue;
        }
        let digits = match rest.chars().next() {
            Some('u') => 4,
            Some('U') => 8,
            other => panic!("an escape that is none: {other:?}"),
        };
        let code = u32::from_str_radix(&rest[1..=digits], 16).expect("no number");
        value.push(char::from_u32(code).expect("no character"));
        rest = &rest[digits + 1..];
    }
    value
}

/// Strings in single quotes and `[char]N`, joined by `+`; the first is a string.
fn powershell(text: &str) -> String {
    let (mut units, mut rest) = (Vec::new(), text);
    assert!(rest.starts_with('\''), "the first operand is no string");
    loop {
        if let Some(inner) = rest.strip_prefix('\'') {
            let end = inner.find('\'').expect("an open quote");
            assert!(inner[..end].bytes().all(|byte| (b' '..=b'~').contains(&byte)), "PowerShell may change it");
            units.extend(inner[..end].encode_utf16());
            rest = &inner[end + 1..];
        } else {
            let inner = rest.strip_prefix("[char]").expect("neither a string nor a character");
            let end = inner.find(|c: char| !c.is_ascii_digit()).unwrap_or(inner.len());
            units.push(inner[..end].parse().expect("no UTF-16 unit"));
            rest = &inner[end..];
        }
        match rest.strip_prefix('+') {
            Some(more) => rest = more,
            None => break,
        }
    }
    assert!(rest.is_empty(), "something stands behind it");
    String::from_utf16(&units).expect("no text")
}
