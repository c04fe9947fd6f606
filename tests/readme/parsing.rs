//! What is not run, and what stands in the middle of a sentence, is at least a command that byok understands.

use super::{Page, pages};
use clap::CommandFactory;

use crate::generated::cli;
use crate::world::World;

/// The words of each `byok …` in a line, as a shell would cut them.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("byok ") {
        let before = line[..at].trim_end();
        let first = at == 0
            || ["(", "|", "&&", ";", "'", "--", "run:", "- "].iter().any(|end| before.ends_with(end))
            || before.split_whitespace().all(|word| word.contains('='));
        if first {
            found.push(words(&line[at..]));
        }
    }
    found
}

/// The words up to the end of a simple command.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut started = false;
    for c in text.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => (quote, started) = (Some(c), true),
            ('|' | ')' | ';' | '&' | '<' | '>', None) => break,
            ('#', None) if word.is_empty() && !started => break,
            (' ', None) => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            (c, _) => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// Why byok does not understand it.
fn refused(words: &[String]) -> Option<String> {
    let read = cli::Cli::command().try_get_matches_from(words);
    read.err().filter(clap::Error::use_stderr).map(|error| format!("`{}`: {error}", words.join(" ")))
}

/// Whether a part of it stands for something else: `KEY`, `…`.
fn is_pattern(words: &[String]) -> bool {
    let stands = |word: &str| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        word.contains('…') || letters > 1 && word.split([':', '=', '/']).any(shouts)
    };
    words.iter().any(|word| stands(word))
}

fn shouts(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '.') && !word.starts_with('.')
}

/// The code spans of a page's prose that begin with byok.
fn spans(page: &Page) -> Vec<String> {
    let prose = page.prose().replace("\\|", "|");
    let whole = prose.replace('\n', " ");
    whole.split('`').skip(1).step_by(2).filter(|span| span.starts_with("byok ")).map(str::to_owned).collect()
}

#[test]
fn what_is_not_run_is_understood_and_says_why() {
    let (mut left, mut parsed, mut wrong) = (Vec::new(), 0, Vec::new());
    for page in pages() {
        for block in page.blocks() {
            // What stands in another tool's file is run by that one.
            let foreign = ["yaml", "dockerfile"].contains(&block.language.as_str());
            match &block.note {
                Some(note) if block.is_not_run() => left.push(format!("{}:{}: {note}", page.path, block.line)),
                _ if foreign => {}
                _ => continue,
            }
            for words in block.lines.iter().flat_map(|line| commands(line.trim().trim_start_matches("$ "))) {
                parsed += 1;
                wrong.extend(refused(&words).filter(|_| !is_pattern(&words)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(parsed >= 12, "only {parsed} were found");
    // Each is one that no test can run; a new one wants a reason as good.
    assert!(left.len() <= 18, "{} are not run:\n{}", left.len(), left.join("\n"));
    println!("{} are not run:\n{}", left.len(), left.join("\n"));
}

#[test]
fn the_settings_that_are_shown_are_known() {
    let mut seen = Vec::new();
    for page in pages() {
        for block in page.blocks().iter().filter(|block| block.language == "toml") {
            let (world, text) = (World::new(), block.lines.join("\n") + "\n");
            match page.path.as_str() {
                "docs/projects.md" => {
                    world.file("app/.byok.toml", &text);
                    world.byok("trust --yes").within("app").go();
                }
                "docs/providers.md" => {
                    world.file("home/providers.toml", &text);
                    world.byok("provider show my-llm").stdout_holds(&["MY_LLM_KEY"]).check();
                }
                path => {
                    world.file("home/config.toml", &text);
                    world.byok("provider list --json").go();
                    world.file("home/config.toml", format!("no_such_setting = 1\n{text}"));
                    let output = world.byok("provider list --json").output();
                    assert!(!output.status.success(), "{path}");
                }
            }
            seen.push(page.path.clone());
        }
    }
    assert_eq!(seen, ["docs/files.md", "docs/life.md", "docs/projects.md", "docs/providers.md"]);
}

#[test]
fn what_stands_in_a_sentence_is_understood() {
    let (mut parsed, mut wrong) = (0, Vec::new());
    for page in pages() {
        for span in spans(&page) {
            for words in commands(&span).into_iter().filter(|words| !is_pattern(words)) {
                parsed += 1;
                // A verb alone names it, and need not be whole.
                let named = words[1..].iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
                wrong.extend(refused(&words).filter(|_| !named).map(|why| format!("{}: {why}", page.path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(parsed > 80, "only {parsed} were found");
    assert!(refused(&words("byok get --nothing")).is_some() && refused(&words("byok get openai | cat")).is_none());
}
