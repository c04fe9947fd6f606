//! Every block of a page is run as a person would: in a real shell on a terminal, in order, in a home of the page's own.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::net::{KEYS, Net};
use super::screen::plain;
use super::{Block, Page, pages};
use crate::generated::top;
use crate::terminal::Terminal;
use crate::tools::{NUSHELL, tool};
use crate::world::World;

/// Wide enough that nothing is cut off.
const COLUMNS: u16 = 200;

/// One thing that is typed, and what is expected of it.
#[derive(Debug)]
struct Step {
    line: usize,
    typed: String,
    code: i32,
    /// What a console shows under it; `None` where nothing is shown.
    shown: Option<Vec<String>>,
}

/// What is typed where something is asked: a part of the question, and the answer.
pub(super) const ANSWERS: [(&str, &str); 8] = [
    ("[y/N]", "y"),
    ("new API key for openai", KEYS[1].1),
    ("API key for openai", KEYS[3].1),
    ("API key for openrouter", KEYS[9].1),
    ("passphrase: ", "six words that nobody else would say"),
    ("byok's identity: ", "six words that nobody else would say"),
    ("passphrase of the backup: ", "six words that nobody else would say"),
    ("the same again: ", "six words that nobody else would say"),
];

/// What a block has to say, a step for each line that is typed.
fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, text) in block.lines.iter().enumerate() {
        let line = block.line + 1 + number;
        let typed = if block.language == "console" { text.strip_prefix("$ ") } else { Some(text.as_str()) };
        match (typed, steps.last_mut()) {
            // A line that goes on.
            (Some(typed), Some(last)) if last.typed.ends_with('\\') => {
                last.typed.push('\n');
                last.typed += typed;
            }
            (Some(typed), _) if typed.trim().is_empty() || typed.starts_with('#') => {}
            (Some(typed), _) => {
                let said =
                    typed.rsplit_once("# exit ").and_then(|(_, code)| code.split(':').next()?.trim().parse().ok());
                let shown = (block.language == "console" && block.note.is_none()).then(Vec::new);
                steps.push(Step { line, typed: typed.to_owned(), code: said.unwrap_or(0), shown });
            }
            (None, Some(Step { shown: Some(shown), .. })) => shown.push(text.clone()),
            (None, _) => {}
        }
    }
    steps
}

/// What runs a block of another shell's.
fn other(language: &str) -> Option<PathBuf> {
    match language {
        "fish" => tool(&["fish"]),
        "nu" => tool(&[NUSHELL]),
        "elvish" => tool(&["elvish"]),
        _ => None,
    }
}

/// The beginning of a script: the keys, and what `homes/` says of all and of this one.
pub(super) fn home(world: &World, name: &str) -> String {
    let homes = top("tests/readme/homes");
    let mut script = String::new();
    for (name, key, _) in KEYS {
        let _ = writeln!(script, "{name}={key}");
    }
    let _ = writeln!(script, "codes={}\n. {}", world.path("codes").display(), homes.join("all.sh").display());
    let own = homes.join(format!("{name}.sh"));
    if own.exists() {
        let _ = writeln!(script, ". {}", own.display());
    }
    script
}

/// Runs a script in a shell on a terminal this wide, and answers what is asked; gives all that was seen.
pub(super) fn on_a_terminal(world: &World, script: &str, columns: u16) -> String {
    let net = Net::new();
    world.file("script", script);
    world.shell("mkdir -p user/labs").status().unwrap();
    let root = world.root().display();
    let path = format!("{root}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    let home = format!("{root}/user");
    let led = net.environment(world);
    let mut environment = vec![("HOME", home.as_str()), ("PATH", &path), ("USER", "me"), ("LC_ALL", "C.UTF-8")];
    environment.extend(led.iter().map(|(name, value)| (*name, value.as_str())));
    let line = format!("unset BYOK_HOME BYOK_OFFLINE; cd user/labs; bash --noprofile --norc {root}/script");
    Terminal::led(world, &line, &[], &environment, columns).answering(&ANSWERS)
}

/// The script of a page, and its steps; what its home holds is prepared by `homes/`.
fn script(page: &Page, world: &World) -> (String, Vec<Step>) {
    let mut script = home(world, &page.path.replace('/', "-").replace(".md", ""));
    let mut all = Vec::new();
    for block in page.blocks().iter().filter(|block| !block.is_not_run()) {
        if ["sh", "console"].contains(&block.language.as_str()) {
            for step in steps(block) {
                let number = all.len();
                let _ = write!(script, "step={number}\nprintf '\\036%s\\036' {number}\n{}\n", step.typed);
                let _ = writeln!(script, "printf '\\036= %s\\036' \"$?\"");
                all.push(step);
            }
        } else if let Some(shell) = other(&block.language) {
            let file = world.file(&format!("block-{}", block.line), block.lines.join("\n") + "\n");
            let typed = format!("{} {}", shell.display(), file.display());
            let number = all.len();
            let _ = write!(script, "printf '\\036%s\\036' {number}\n{typed}\nprintf '\\036= %s\\036' \"$?\"\n");
            all.push(Step { line: block.line, typed, code: 0, shown: None });
        }
    }
    (script, all)
}

/// A line without what is another one each time: days, times, widths of tables.
pub(super) fn normal(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let day = word.len() >= 10 && word.as_bytes()[4] == b'-' && word[..4].bytes().all(|byte| byte.is_ascii_digit());
        let tail = if day { word.get(10..).unwrap_or_default() } else { "" };
        words.push(if day { format!("DAY{tail}") } else { word.to_owned() });
    }
    for at in 1..words.len() {
        if words[at] == "ms" && words[at - 1].bytes().all(|byte| byte.is_ascii_digit()) {
            "N".clone_into(&mut words[at - 1]);
        }
    }
    words.join(" ")
}

/// Whether a line that was seen is what a page shows; `"…"` stands for any text in quotes.
fn alike(shown: &str, seen: &str) -> bool {
    let (shown, seen) = (normal(shown), normal(seen));
    shown == seen
        || shown.split_once("\"…\"").is_some_and(|(before, after)| {
            seen.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|text| {
                text.len() > 2 && text.starts_with('"') && text.ends_with('"') && text.matches('"').count() == 2
            })
        })
}

/// Whether what was seen is what a page shows; a line of `…` stands for any lines.
fn same(shown: &[String], seen: &[String]) -> bool {
    match shown.split_first() {
        None => seen.is_empty(),
        Some((first, rest)) if first.trim() == "…" => (0..=seen.len()).any(|from| same(rest, &seen[from..])),
        Some((first, rest)) => seen.first().is_some_and(|line| alike(first, line)) && same(rest, &seen[1..]),
    }
}

/// Runs a page; gives what does not hold.
fn run(page: &Page) -> Vec<String> {
    let world = World::new();
    let (script, steps) = script(page, &world);
    if steps.is_empty() {
        return Vec::new();
    }
    let text = on_a_terminal(&world, &script, COLUMNS);
    let codes = fs::read_to_string(world.path("codes")).unwrap_or_default();
    let mut wrong = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let place = format!("{}:{}: `{}`", page.path, step.line, step.typed);
        let begun = text.split_once(&format!("\u{1e}{number}\u{1e}")).map(|(_, rest)| rest);
        let Some((said, end)) = begun.and_then(|rest| rest.split_once("\u{1e}= ")) else {
            wrong.push(format!(
                "{place} was not run to its end:\n{}",
                plain(begun.unwrap_or(&text), COLUMNS.into()).join("\n")
            ));
            break;
        };
        let code: i32 = end.split('\u{1e}').next().unwrap().parse().unwrap();
        let said = said.replace(&format!("{}/user", world.root().display()), "~");
        let mut seen = plain(&said, COLUMNS.into());
        seen.retain(|line| !line.contains("believing the certificates of"));
        let own = codes.lines().filter_map(|line| line.strip_prefix(&format!("{number} ")));
        let own: Vec<i32> = own.map(|code| code.parse().unwrap()).collect();
        if code != step.code || own.iter().any(|code| ![0, step.code].contains(code)) {
            wrong.push(format!("{place} ended with {code}, byok with {own:?}:\n{}", seen.join("\n")));
        }
        let mut shown = step.shown.clone();
        for lines in [shown.as_mut(), Some(&mut seen)].into_iter().flatten() {
            while lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
        }
        if shown.as_ref().is_some_and(|shown| !same(shown, &seen)) {
            wrong.push(format!("{place} shows:\n{}", seen.join("\n")));
        }
    }
    wrong
}

#[track_caller]
fn holds(path: impl Fn(&str) -> bool) {
    for needed in ["bash", "age", "age-keygen", "git", "python3"] {
        if tool(&[needed]).is_none() {
            return;
        }
    }
    let all: Vec<String> = pages().iter().filter(|page| path(&page.path)).flat_map(run).collect();
    assert!(all.is_empty(), "{}", all.join("\n\n"));
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    holds(|path| !path.contains('/'));
}

#[test]
fn the_commands_of_docs_a_to_k_do_what_is_said() {
    holds(|path| path.strip_prefix("docs/").is_some_and(|name| name < "l"));
}

#[test]
fn the_commands_of_docs_l_to_z_do_what_is_said() {
    holds(|path| path.strip_prefix("docs/").is_some_and(|name| name >= "l"));
}

#[test]
fn a_wrong_command_is_found() {
    if tool(&["bash"]).is_none() {
        return;
    }
    let block = |language: &str, text: &str| Page {
        path: "x.md".to_owned(),
        text: format!("# X\n\n```{language}\n{text}\n```\n"),
    };
    for (language, text, count) in [
        ("sh", "byok list --json | cat", 0),
        ("sh", "byok lst", 1),
        ("sh", "byok get openai | cat", 1),
        ("sh", "byok get openai | cat   # exit 3", 0),
        ("sh", "byok get openai | cat   # exit 4", 1),
        ("sh", "eval \"$(byok env no-such-key)\"", 1),
        ("sh", "printf 'no new line'; (exit 7)   # exit 7", 0),
        ("sh", "if", 1),
        ("console", "$ byok has openai   # exit 3", 0),
        ("console", "$ printf 'a  b\\nc\\n'\na b\n…", 0),
        ("console", "$ printf 'a  b\\nc\\n'\na b", 1),
        ("console", "$ printf 'a = \"b\"\\n'\na = \"…\"", 0),
        ("console", "$ printf 'a = \"b\", \"c\"\\n'\na = \"…\"", 1),
        ("console", "$ printf 'sk-pro9f2c\\n'\nsk-p…9f2c", 1),
        ("console", "$ printf 'a\\nb\\n'\n…\nc", 1),
    ] {
        let wrong = run(&block(language, text));
        assert_eq!(wrong.len(), count, "{text}: {wrong:?}");
    }
}
