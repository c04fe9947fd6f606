//! What is a finding and what is none.

use super::*;

/// Random letters of an alphabet, always the same.
fn random(alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).unwrap() % letters.len()]
        })
        .collect()
}

const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";

fn mixed(length: usize) -> String {
    random(MIXED, length)
}

/// What a text holds: the place, and whose it is.
fn found(text: &str) -> Vec<(String, String)> {
    let finder = Finder::new(&Registry::builtin());
    let mut all = Vec::new();
    finder.find(text.as_bytes(), |finding| {
        let whose = match finding.whose {
            Whose::Provider(id) => id.to_string(),
            Whose::OneOf(ids) => format!("one of {}", ids.len()),
            Whose::Other(what) => what,
        };
        all.push((text[finding.range].to_owned(), whose));
    });
    all
}

fn one(text: &str, key: &str, whose: &str) {
    assert_eq!(found(text), [(key.to_owned(), whose.to_owned())], "{text}");
}

#[test]
fn a_telling_key_is_found_wherever_it_stands() {
    let key = format!("sk-ant-api03-{}", mixed(93));
    for text in [
        "KEY",
        "key=KEY",
        "\"KEY\"",
        "'KEY',",
        "`KEY`",
        "<a>KEY</a>",
        "https://x.y/?key=KEY&b=c",
        "Bearer KEY\r\n",
        "a\\nKEY\\n",
        "\\u0022KEY\\u0022",
        "%22KEY%22",
        "\u{1b}[31mKEY\u{1b}[0m",
        "é KEY é",
        "(KEY)",
        "KEY.",
        "KEY, and",
        "x-api-key: KEY",
        "[KEY]",
        "\tKEY\t",
        "\u{feff}KEY",
        "--key KEY",
        "{\"a\":{\"b\":\"KEY\"}}",
        "curl -u KEY: https://x.y",
    ] {
        one(&text.replace("KEY", &key), &key, "anthropic");
    }
}

#[test]
fn the_keys_of_many_providers_are_told_apart() {
    for (key, whose) in [
        (format!("sk-proj-{}", mixed(120)), "openai"),
        (format!("sk-{}T3BlbkFJ{}", mixed(20), random(MIXED, 20)), "openai"),
        (format!("sk-or-v1-{}", random(HEX, 64)), "openrouter"),
        (format!("gsk_{}", mixed(52)), "groq"),
        (format!("xai-{}", mixed(80)), "xai"),
        (format!("hf_{}", mixed(34)), "huggingface"),
        (format!("r8_{}", mixed(37)), "replicate"),
        (format!("pplx-{}", mixed(48)), "perplexity"),
        (format!("nvapi-{}", mixed(64)), "nvidia"),
        (format!("AIza{}", mixed(35)), "google"),
        (format!("AQ.Ab8{}", mixed(46)), "google"),
        (format!("tgp_v1_{}", mixed(43)), "togetherai"),
        (format!("sk-ant-oat01-{}", mixed(80)), "an OAuth token of Claude Code, not an API key"),
        (format!("sk-ant-admin01-{}", mixed(80)), "an admin key of Anthropic, which cannot call models"),
        (format!("gho_{}", mixed(36)), "an OAuth token of GitHub, not an API key"),
        (format!("AGE-SECRET-KEY-1{}", random("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)), "an age identity"),
        // Nobody's form, and yet nobody could take it for anything else.
        (format!("gsk_{}", mixed(64)), "groq"),
    ] {
        one(&format!("x = \"{key}\"\n"), &key, whose);
    }
}

#[test]
fn what_looks_like_anything_is_found_where_a_providers_variable_is_given_it() {
    let hex = random(HEX, 32);
    let long = mixed(40);
    for text in [
        "COHERE_API_KEY=KEY",
        "export COHERE_API_KEY=\"KEY\"",
        "  cohere_api_key: KEY",
        "\"cohere_api_key\": \"KEY\",",
        "cohere-api-key = 'KEY'",
        "cohereApiKey: 'KEY'",
        "os.environ[\"COHERE_API_KEY\"] = \"KEY\"",
        "os.getenv('COHERE_API_KEY', 'KEY')",
        "set -gx COHERE_API_KEY KEY",
        "setenv COHERE_API_KEY KEY",
        "$env:COHERE_API_KEY = \"KEY\"",
        "ENV COHERE_API_KEY KEY",
        "COHERE_API_KEY: Final[str] = \"KEY\"",
        "--cohere-api-key KEY",
        "{\\\"COHERE_API_KEY\\\":\\\"KEY\\\"}",
        "COHERE_API_KEY := KEY",
    ] {
        one(&text.replace("KEY", &long).replace(&format!("COHERE_API_{long}"), "COHERE_API_KEY"), &long, "cohere");
    }
    one(&format!("ELEVENLABS_API_KEY={hex}"), &hex, "elevenlabs");
    let pair = format!("{}:{hex}", "0b1f6c9e-7a52-4d38-9c1e-5f8a2b7d4e60");
    one(&format!("FAL_KEY={pair}"), &pair, "fal");
    // Another line, another statement, another name.
    for text in [
        "COHERE_API_KEY=\nKEY",
        "COHERE_API_KEY=x; y=KEY",
        "MY_CHECKSUM=KEY",
        "KEY",
        "sha256:KEY",
        "COHERE_API_KEY_HASH=KEY",
    ] {
        let text = text
            .replacen("KEY", "\0", usize::from(text.starts_with("COHERE")))
            .replace("KEY", &long)
            .replace('\0', "KEY");
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn examples_names_and_checksums_are_no_findings() {
    let sha = random(HEX, 64);
    for text in [
        "OPENAI_API_KEY=sk-your-key-here-your-key-here".to_owned(),
        "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        "sk-proj-1234567890abcdefghijklmnop".to_owned(),
        "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY_OF_PRODUCTION_2 }}".to_owned(),
        "OPENAI_API_KEY=get_secret_from_vault_by_name_v2()".to_owned(),
        "hf_hub_download_with_progress_bar(model)".to_owned(),
        "fw_update_firmware_of_device_2(x)".to_owned(),
        ".sk-folding-cube-animation-delay-3 { }".to_owned(),
        "e2b_pixel_format_conversion_table".to_owned(),
        format!("checksum = \"{sha}\""),
        format!("\"integrity\": \"sha512-{}==\"", mixed(86)),
        format!("uuid: {}", "0b1f6c9e-7a52-4d38-9c1e-5f8a2b7d4e60"),
        format!("commit {}", &sha[..40]),
        format!("phc_{}", mixed(43)),
        format!("task-sk-{}", mixed(40)),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(),
        "starts with `-----BEGIN PRIVATE KEY-----`".to_owned(),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn a_private_key_is_one_finding() {
    let body = format!("{}\n{}\n", mixed(64), mixed(64));
    for kind in ["", "RSA ", "OPENSSH ", "EC "] {
        let key = format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}-----END {kind}PRIVATE KEY-----");
        one(&format!("a\n{key}\nb\n"), &key, "a private key");
    }
}

#[test]
fn a_line_may_say_that_its_key_may_be_there() {
    let key = format!("gsk_{}", mixed(52));
    assert_eq!(found(&format!("a = \"{key}\" # byok:allow\n")), []);
    assert_eq!(found(&format!("# byok:allow\na = \"{key}\"\n")).len(), 1);
}

#[test]
fn this_houses_own_registry_and_lock_file_hold_nothing() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let finder = Finder::new(&Registry::builtin());
    let paths = ["src/provider", "Cargo.lock"].map(|path| here.join(path));
    let walked = walk(&finder, &paths, true, &|finding, _| finding);
    assert!(walked.files > 250 && walked.unread.is_empty());
    assert_eq!(walked.found, []);
}

#[test]
fn a_text_of_any_length_is_read_in_windows_and_nothing_is_cut_in_two() {
    let key = format!("gsk_{}", mixed(52));
    let finder = Finder::new(&Registry::builtin());
    // At the seams of the windows, in one line and in many.
    for filler in ["abc defg ", "abc defg\n"] {
        for at in [0, 4_177_900, 4_194_280, 4_194_303, 4_200_000, 8_388_600] {
            let mut text = filler.repeat(at / filler.len()) + " ";
            let line = text.matches('\n').count() + 1;
            let column = text.len() - text.rfind('\n').map_or(0, |at| at + 1) + 1;
            text += &key;
            text += &(" ".to_owned() + &filler.repeat(700_000));
            let mut found = Vec::new();
            let read = read(&finder, &mut text.as_bytes(), false, &mut Buffer::default(), &mut |_, place, value| {
                assert_eq!(value, key.as_bytes());
                found.push((place.line, place.column));
            });
            assert_eq!(read.unwrap(), Scanned::Whole(text.len() as u64));
            assert_eq!(found, [(line, column)]);
        }
    }
}

#[test]
fn utf_16_is_text_and_a_nul_makes_a_binary() {
    let key = format!("gsk_{}", mixed(52));
    let finder = Finder::new(&Registry::builtin());
    let scan = |bytes: &[u8]| {
        let mut found = Vec::new();
        let read = read(&finder, &mut &*bytes, false, &mut Buffer::default(), &mut |_, place, _| found.push(place));
        (read.unwrap(), found)
    };
    let wide = |c: u16| c.to_le_bytes();
    let text: Vec<u8> = format!("\u{feff}é\n é {key}\r\n").encode_utf16().flat_map(wide).collect();
    assert_eq!(scan(&text).1, [Place { line: 2, column: 4, length: key.len() }]);
    assert_eq!(scan(format!("\0{key}").as_bytes()), (Scanned::Binary, Vec::new()));
}

#[test]
fn an_entry_of_ones_own_is_looked_for() {
    let registry =
        Registry::with_overlay("[my-llm]\nshape.certain = [\"myllm-\"]\nenv.key = [\"MINE_TOKEN\"]\n").unwrap();
    let finder = Finder::new(&registry);
    let mut found = Vec::new();
    let text = format!("myllm-{}\nmine_token: {}\n", mixed(32), random(HEX, 32));
    finder.find(text.as_bytes(), |finding| found.push(finding.whose));
    let id = ProviderId::parse("my-llm").unwrap();
    assert_eq!(found, [Whose::Provider(id.clone()), Whose::Provider(id)]);
}
