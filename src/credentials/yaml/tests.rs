use std::fmt::Write as _;

use super::*;
use crate::credentials::{Form, aichat::Aichat, aider::Aider, continued::Continue, goose::Goose, litellm::Litellm};
use crate::provider::Registry;

fn names(form: &dyn Form, text: &str) -> Vec<(String, String)> {
    let entries = form.read(&Registry::builtin(), text.as_bytes()).unwrap();
    let key = |entry: &Entry| entry.holds.key().map_or_else(|| "-".to_owned(), |key| key.expose().to_owned());
    entries.iter().map(|entry| (entry.name.clone(), key(entry))).collect()
}

#[track_caller]
fn cut(form: &dyn Form, text: &str, names: &[&str]) -> String {
    String::from_utf8(form.without(text.as_bytes(), names).unwrap().to_vec()).unwrap()
}

#[test]
fn only_the_entry_goes_and_comments_order_and_quotes_stay() {
    let old = "# mine\nmodel: openai:gpt-5   # the usual\nclients:\n- type: openai # first\n  api_key: key-1 # from May\n  api_base: \"https://api.openai.com/v1\"\n\n- api_key: 'key-2'\n  # Anthropic\n  type: claude\n- type: openai-compatible\n  name: größer\n  api_key: key-3";
    let new = "# mine\nmodel: openai:gpt-5   # the usual\nclients:\n- type: openai # first\n  # from May\n  api_base: \"https://api.openai.com/v1\"\n\n- # Anthropic\n  type: claude\n- type: openai-compatible\n  name: größer\n";
    let all = ["clients[0].api_key", "clients[1].api_key", "clients[2].api_key"];
    assert_eq!(cut(&Aichat, old, &all), new);
    assert_eq!(cut(&Aichat, &old.replace('\n', "\r\n"), &all), new.replace('\n', "\r\n"));
    assert_eq!(cut(&Aichat, old, &[]), old);
    assert_eq!(cut(&Aichat, &format!("\u{feff}{old}"), &all), format!("\u{feff}{new}"));
}

#[test]
fn what_is_left_empty_is_still_a_map_or_a_list() {
    assert_eq!(cut(&Goose, "OPENAI_API_KEY: key-1\n", &["OPENAI_API_KEY"]), "{}\n");
    assert_eq!(cut(&Goose, "A: 1\nOPENAI_API_KEY: key-1\nB: 2\n", &["OPENAI_API_KEY"]), "A: 1\nB: 2\n");
    assert_eq!(cut(&Goose, "{OPENAI_API_KEY: key-1}\n", &["OPENAI_API_KEY"]), "{}\n");
    assert_eq!(cut(&Aider, "api-key:\n  - openai=key-1\n", &["api-key[0]"]), "api-key:\n  []\n");
    let old = "api-key: [openai=key-1, groq=key-2, deepseek=key-3]\ndark-mode: true\n";
    assert_eq!(cut(&Aider, old, &["api-key[0]", "api-key[2]"]), "api-key: [groq=key-2]\ndark-mode: true\n");
    let old = "environment_variables:\n  OPENAI_API_KEY: key-1\nlitellm_settings:\n  drop_params: true\n";
    let new = "environment_variables:\n  {}\nlitellm_settings:\n  drop_params: true\n";
    assert_eq!(cut(&Litellm, old, &["environment_variables.OPENAI_API_KEY"]), new);
}

#[test]
fn every_entry_has_one_name_also_where_a_key_stands_twice() {
    let old = "openai-api-key: key-1\nopenai-api-key: key-2\n";
    let found = names(&Aider, old);
    assert_eq!(found, [("openai-api-key".into(), "key-1".into()), ("openai-api-key#2".into(), "key-2".into())]);
    assert_eq!(cut(&Aider, old, &["openai-api-key"]), "openai-api-key: key-2\n");
}

#[test]
fn references_and_aliases_are_told_and_not_followed() {
    let text = "models:\n- provider: openai\n  apiKey: ${{ secrets.OPENAI }}\n- provider: groq\n  apiKey: &k key-1\n- provider: xai\n  apiKey: *k\n";
    let entries = Continue.read(&Registry::builtin(), text.as_bytes()).unwrap();
    assert!(matches!(&entries[0].holds, Holding::Reference(to) if to == "${{ secrets.OPENAI }}"));
    assert!(matches!(&entries[1].holds, Holding::Key(_)));
    assert!(matches!(&entries[2].holds, Holding::Reference(to) if to == "*k"));
    // The alias would lead nowhere.
    assert!(matches!(Continue.without(text.as_bytes(), &["models[1].apiKey"]), Err(Broken::Entry { .. })));
    let bomb = format!("a: &a [x]\n{}", (0..60).fold(String::new(), |all, n| all + &format!("b{n}: [*a, *a]\n")));
    assert!(names(&Goose, &bomb).is_empty());
}

#[test]
fn a_broken_file_is_an_error_that_shows_nothing_of_it() {
    let deep = format!("a: {}", "[".repeat(2000));
    for text in [
        "a: [sk-secret",
        "a: 'sk-secret",
        "- sk-secret\n",
        "sk-secret",
        "a: 1\n b: sk-secret: x\n",
        "a: 1\n---\nb: 2\n",
        &deep,
    ] {
        for form in [&Goose as &dyn Form, &Aichat, &Aider, &Continue, &Litellm] {
            let error = form.read(&Registry::builtin(), text.as_bytes()).unwrap_err();
            assert!(matches!(error, Broken::Form { .. }), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{text}");
        }
    }
    for text in ["", "\n", "# nothing\n", "---\n", "null\n"] {
        assert!(names(&Goose, text).is_empty(), "{text:?}");
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.roll(all.len() as u64)).unwrap()]
    }
}

/// A file of aichat as some person may have written it, with comments that are all different.
fn written(dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut comments = 0;
    let mut comment = |dice: &mut Dice, before: &str| {
        comments += 1;
        if dice.roll(3) == 0 { format!("{before}# c{comments}-") } else { String::new() }
    };
    if dice.roll(4) == 0 {
        text += "---\n";
    }
    writeln!(text, "save: true{}\nclients:{}", comment(dice, " "), comment(dice, " ")).unwrap();
    let margin = dice.pick(&["", "  "]);
    for number in 0..=dice.roll(4) {
        let key = match dice.roll(5) {
            0 => format!("'key-{number}'"),
            1 => format!("\"key-{number}\""),
            2 => format!("!!str key-{number}"),
            3 => format!("&a{number} key-{number}"),
            _ => format!("key-{number}"),
        };
        let mut members = vec![format!("type: {}", dice.pick(&["openai", "claude", "größer", "'a # b'"]))];
        if dice.roll(2) == 0 {
            members.push("models: [{name: x}, 'y, z']".to_owned());
        }
        let at = usize::try_from(dice.roll(members.len() as u64 + 1)).unwrap();
        members.insert(at, format!("api_key: {key}"));
        if dice.roll(4) == 0 {
            writeln!(text, "{margin}- {{{}}}{}", members.join(", "), comment(dice, " ")).unwrap();
            continue;
        }
        for (at, member) in members.iter().enumerate() {
            let start = if at == 0 { "- " } else { "  " };
            writeln!(text, "{margin}{start}{member}{}", comment(dice, "  ")).unwrap();
            if dice.roll(3) == 0 {
                writeln!(text, "{}", comment(dice, "    ")).unwrap();
            }
        }
    }
    text += &comment(dice, "");
    if dice.roll(3) == 0 {
        text = text.trim_end().to_owned();
    }
    if dice.roll(3) == 0 { text.replace('\n', "\r\n") } else { text }
}

#[test]
fn whatever_is_taken_out_the_rest_reads_as_before() {
    let mut dice = Dice(7);
    let mut done = 0;
    for _ in 0..3000 {
        let text = written(&mut dice);
        let all = names(&Aichat, &text);
        let chosen: Vec<&str> = all.iter().filter(|_| dice.roll(2) == 0).map(|(name, _)| name.as_str()).collect();
        let cut =
            Aichat.without(text.as_bytes(), &chosen).unwrap_or_else(|error| panic!("{error}: {chosen:?}\n{text}"));
        let cut = String::from_utf8(cut.to_vec()).unwrap();
        let rest: Vec<_> = all.iter().filter(|(name, _)| !chosen.contains(&name.as_str())).cloned().collect();
        assert_eq!(names(&Aichat, &cut), rest, "{chosen:?}\n{text}\n=>\n{cut}");
        for (name, key) in all.iter().filter(|(name, _)| chosen.contains(&name.as_str())) {
            assert!(!cut.contains(key.as_str()), "{name}\n{cut}");
        }
        for comment in
            text.split(|c: char| c.is_whitespace()).filter(|word| word.starts_with('c') && word.ends_with('-'))
        {
            assert!(cut.contains(comment), "{comment}: {chosen:?}\n{text}\n=>\n{cut}");
        }
        done += chosen.len();
    }
    assert!(done > 1000, "{done}");
}
