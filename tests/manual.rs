//! The manual: `man/` is what the arguments and their texts say, reads well, and shows only commands that work.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use clap::{CommandFactory, Parser};

use crate::generated::{cli, same, top};
use crate::tools::tool;
use crate::world::World;
use cli::manual::topics::TOPICS;

/// A section of a text: its heading, none at the start, and its lines.
type Section<'a> = (Option<&'a str>, Vec<&'a str>);

/// The sections of a text; see `cli/manual/mod.rs`.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut all: Vec<Section<'_>> = vec![(None, Vec::new())];
    for line in text.lines() {
        let heading = line.strip_suffix(':').filter(|heading| heading.starts_with(char::is_uppercase));
        match heading {
            Some(heading) => all.push((Some(heading), Vec::new())),
            // A paragraph at the margin ends a section.
            None if !line.is_empty()
                && !line.starts_with(' ')
                && all.last().is_some_and(|(head, _)| head.is_some()) =>
            {
                all.push((None, vec![line]));
            }
            None => all.last_mut().unwrap().1.push(line),
        }
    }
    for (_, lines) in &mut all {
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let filled = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
        lines.drain(..filled);
    }
    all.retain(|(_, lines)| lines.iter().any(|line| !line.is_empty()));
    all
}

/// A heading as manuals write it.
fn heading(text: &str) -> String {
    match text {
        "Exit codes" => "EXIT STATUS".to_owned(),
        text if text.starts_with("Files") => "FILES".to_owned(),
        text if text.starts_with("Verdicts") => "VERDICTS".to_owned(),
        text => text.to_uppercase(),
    }
}

/// Text that roff does not take for requests.
fn escaped(text: &str) -> String {
    let text =
        text.replace('\\', "\\e").replace('-', "\\-").replace('`', "\\`").replace('~', "\\(ti").replace('^', "\\(ha");
    let text = text.replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

/// A text in roff.
fn roff(text: &str) -> String {
    let mut out = String::new();
    for (head, lines) in sections(text) {
        if let Some(head) = head {
            let _ = writeln!(out, ".SH \"{}\"", heading(head));
        } else {
            out.push_str(".PP\n");
        }
        let examples = head == Some("Examples");
        for line in lines {
            let inner = line.trim_start();
            let depth = line.len() - inner.len();
            match inner.split_once("  ") {
                _ if inner.is_empty() => out.push_str(".PP\n"),
                Some((left, right)) if depth == 2 => {
                    let _ = writeln!(out, ".TP\n\\fB{}\\fR\n{}", escaped(left), escaped(right.trim_start()));
                }
                _ if depth > 4 => drop(writeln!(out, "{}", escaped(inner))),
                // What begins with its name in a sentence is no command.
                _ if depth == 2 && head == Some("Security") => drop(writeln!(out, "{}", escaped(inner))),
                _ if depth == 2 && (examples || inner.starts_with("byok ") || inner.starts_with("age")) => {
                    let _ = writeln!(out, ".TP\n\\fB{}\\fR", escaped(inner));
                }
                _ if depth == 2 && head.is_some_and(|head| head.starts_with("Env")) => {
                    let _ = writeln!(out, ".TP\n\\fB{}\\fR", escaped(inner));
                }
                _ => drop(writeln!(out, "{}", escaped(inner))),
            }
        }
    }
    // A paragraph that nothing stands in.
    for next in [".TP\n", ".SH ", ".PP\n"] {
        out = out.replace(&format!(".PP\n{next}"), next);
    }
    out
}

/// How a command is typed, with the values of its options, what may be given more than once, and `--`.
fn synopsis(command: &clap::Command, typed: &str) -> String {
    let mut out = format!(".SH SYNOPSIS\n\\fB{}\\fR", escaped(typed));
    let options = command.get_arguments().filter(|arg| !arg.is_positional());
    for arg in options.chain(command.get_positionals()).filter(|arg| !arg.is_hide_set()) {
        let bold = |name: &str| format!("\\fB{}\\fR", escaped(name));
        let names = arg.get_short().map(|short| bold(&format!("-{short}"))).into_iter();
        let names = names.chain(arg.get_long().map(|long| bold(&format!("--{long}"))));
        let mut words: Vec<String> = Some(names.collect::<Vec<_>>().join("|")).into_iter().collect();
        if arg.is_last_set() {
            words.push(bold("--"));
        }
        if arg.get_action().takes_values() {
            let values = arg.get_value_names().unwrap_or_default().iter();
            words.extend(values.map(|value| format!("\\fI{}\\fR", escaped(value))));
        }
        words.retain(|word| !word.is_empty());
        let several = matches!(arg.get_action(), clap::ArgAction::Append)
            || arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        let (open, close) = if arg.is_required_set() { ("", "") } else { ("[", "]") };
        // What follows `--` is one list; of anything else, the whole is said again.
        let within = if several && arg.is_last_set() { "..." } else { "" };
        let after = if several && !arg.is_last_set() { "..." } else { "" };
        let _ = write!(out, " {open}{}{within}{close}{after}", words.join(" "));
    }
    if command.get_subcommands().any(|verb| !verb.is_hide_set()) {
        out.push_str(" \\fICOMMAND\\fR ...");
    }
    out + "\n"
}

/// What is in the library of pages: path and content.
fn pages() -> Vec<(String, Vec<u8>)> {
    fn walk(command: &clap::Command, name: &str, family: &[String], into: &mut Vec<(String, Vec<u8>)>) {
        let title: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let verbs: Vec<&clap::Command> = command.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
        // The words that a person types, in the synopsis, and `byok-env(1)` for the page and its name.
        let shown = command.clone().name(title).display_name(title).bin_name(name.replace('-', " "));
        let man = clap_mangen::Man::new(shown.clone()).source("byok").manual("byok manual");
        let mut page = Vec::new();
        // clap_mangen's own line breaks are no matter. No date: it would make every page stale. roff's writer would leave the empty word out.
        page.extend(format!(".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {name} 1 \"\" byok \"byok manual\"\n").bytes());
        man.render_name_section(&mut page).unwrap();
        page.extend(synopsis(command, &name.replace('-', " ")).bytes());
        man.render_description_section(&mut page).unwrap();
        let (opening, rest) =
            text.split_at(text.find(":\n").map_or(text.len(), |at| text[..at].rfind('\n').map_or(0, |at| at + 1)));
        page.extend(roff(opening).bytes());
        if command.get_arguments().any(|arg| !arg.is_hide_set()) {
            man.render_options_section(&mut page).unwrap();
        }
        if !verbs.is_empty() {
            man.render_subcommands_section(&mut page).unwrap();
        }
        page.extend(roff(rest).bytes());
        let mut see: Vec<String> =
            family.iter().filter(|other| *other != name).map(|other| format!("{other}(1)")).collect();
        see.extend(verbs.iter().map(|verb| format!("{name}-{}(1)", verb.get_name())));
        see.extend(TOPICS.iter().map(|topic| format!("byok-{}(7)", topic.name)));
        page.extend(see_also(&see).bytes());
        into.push((format!("man/{name}.1"), page));
        let mut family = family.to_vec();
        family.push(name.to_owned());
        for verb in verbs {
            walk(verb, &format!("{name}-{}", verb.get_name()), &family, into);
        }
    }
    let mut command = cli::Cli::command();
    command.build();
    let mut pages = Vec::new();
    walk(&command, "byok", &[], &mut pages);
    for topic in &TOPICS {
        let mut page = format!(
            ".TH byok-{} 7 \"\" byok \"byok manual\"\n.SH NAME\nbyok\\-{} \\- {}\n.SH DESCRIPTION\n",
            topic.name,
            topic.name,
            escaped(topic.about),
        );
        page.push_str(roff(topic.text).trim_start_matches(".PP\n"));
        let others = TOPICS.iter().filter(|other| other.name != topic.name);
        let mut see = vec!["byok(1)".to_owned()];
        see.extend(others.map(|other| format!("byok-{}(7)", other.name)));
        page.push_str(&see_also(&see));
        pages.push((format!("man/byok-{}.7", topic.name), page.into_bytes()));
    }
    pages
}

fn see_also(pages: &[String]) -> String {
    let list = pages.iter().map(|page| page.replace('-', "\\-")).collect::<Vec<_>>().join(",\n");
    format!(".SH \"SEE ALSO\"\n{list}\n")
}

#[test]
fn the_committed_manual_is_what_the_arguments_say() {
    let pages = pages();
    for (path, page) in &pages {
        same(path, page);
    }
    let committed = fs::read_dir(top("man")).unwrap().count();
    assert_eq!(committed, pages.len(), "a page in man/ belongs to no verb");
}

#[test]
fn every_page_has_examples_and_lints() {
    let pages = pages();
    for (path, page) in pages.iter().filter(|(path, _)| path.ends_with(".1")) {
        assert!(String::from_utf8_lossy(page).contains(".SH \"EXAMPLES\""), "{path} shows no example");
    }
    let Some(mandoc) = tool(&["mandoc"]) else { return };
    for (path, _) in &pages {
        let output = Command::new(&mandoc).args(["-T", "lint", "-W", "warning"]).arg(top(path)).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // clap_mangen's own line breaks are no matter. No date: it would make every page stale at a release.
        let said: Vec<&str> = said
            .lines()
            .filter(|line| {
                !line.contains("missing date") && !line.contains("br before sp") && !line.contains("br after sp")
            })
            .collect();
        assert!(said.is_empty(), "{}", said.join("\n"));
    }
}

/// The words of each `byok …` in a line of a text, as a shell would cut them.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.trim();
    let line = line.split("  ").next().unwrap();
    let starts: Vec<usize> = line
        .match_indices("byok ")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || line[..*at].ends_with("$(") || line[..*at].ends_with("| "))
        .collect();
    let cut = |at: usize| {
        let rest = &line[at..];
        let end = [" | ", " <", " >", ")", " && ", " || ", " #"].iter().filter_map(|end| rest.find(end)).min();
        let typed = &rest[..end.unwrap_or(rest.len())];
        typed.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect()
    };
    starts.into_iter().map(cut).collect()
}

#[test]
fn every_example_is_one_that_byok_understands() {
    fn texts(command: &clap::Command, into: &mut Vec<(String, String)>) {
        let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        into.push((command.get_name().to_owned(), text));
        command.get_subcommands().for_each(|verb| texts(verb, into));
    }
    let mut command = cli::Cli::command();
    command.build();
    let mut all = Vec::new();
    texts(&command, &mut all);
    all.extend(TOPICS.iter().map(|topic| (topic.name.to_owned(), topic.text.to_owned())));
    let (mut parsed, mut quick) = (0, 0);
    for (name, text) in &all {
        let mut under = "";
        for line in text.lines() {
            if !line.starts_with(' ') && line.ends_with(':') {
                under = line;
            }
            let shown = under == "Examples:" || TOPICS.iter().any(|topic| topic.name == name && topic.text == *text);
            if !shown || !line.starts_with("  ") || line.starts_with("   ") {
                continue;
            }
            for words in commands(line) {
                let read = cli::Cli::command().try_get_matches_from(&words);
                assert!(read.is_ok(), "{name}: `{}`: {}", words.join(" "), read.unwrap_err());
                parsed += 1;
                quick += usize::from(is_read_alike(&words[1..]));
            }
        }
    }
    assert!(parsed > 90, "only {parsed} examples were found");
    assert!(quick > 20, "only {quick} of them are of a verb that is described alone");
}

/// Whether these words are read without the whole description, which then must make the same of them.
fn is_read_alike(words: &[impl AsRef<str>]) -> bool {
    let words: Vec<OsString> = words.iter().map(|word| word.as_ref().into()).collect();
    let Some(quick) = cli::quick::quick(words.clone()) else { return false };
    let whole = cli::Cli::try_parse_from([OsString::from("byok")].into_iter().chain(words.clone()));
    assert_eq!(format!("{quick:?}"), format!("{:?}", whole.unwrap()), "{words:?}");
    true
}

#[test]
fn a_page_shows_how_its_verb_is_typed_and_only_commands_as_commands() {
    let pages = pages();
    let of = |path: &str| {
        let page = &pages.iter().find(|(name, _)| name == path).unwrap().1;
        String::from_utf8(page.clone())
            .unwrap()
            .replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fI", "")
            .replace("\\fR", "")
    };
    let run = of("man/byok-run.1");
    for part in [
        "\nbyok run ",
        " [--for TOOL] ",
        " [--require PROVIDER[:LABEL]]... ",
        " [PROVIDER[:LABEL]]... [-- COMMAND...]\n",
    ] {
        assert!(run.contains(part), "{part}: {run}");
    }
    assert!(of("man/byok-rename.1").contains(" PROVIDER[:LABEL] PROVIDER:LABEL\n"), "{}", of("man/byok-rename.1"));
    assert!(of("man/byok-profile.1").contains(" COMMAND ...\n"));
    let mut count = 0;
    for (path, page) in &pages {
        let page = String::from_utf8(page.clone()).unwrap().replace("\\-", "-");
        for line in page.split(".TP\n\\fBbyok ").skip(1).map(|rest| rest.split("\\fR").next().unwrap()) {
            let words = commands(&format!("byok {}", line.replace("\\(aq", "'"))).remove(0);
            let read = cli::Cli::command().try_get_matches_from(&words);
            assert!(read.is_ok(), "{path}: {words:?}");
            count += 1;
        }
    }
    assert!(count > 90, "{count}");
}

#[test]
fn a_verb_that_is_described_alone_is_read_as_among_all_others() {
    for line in [
        "env",
        "env --shell fish -p work",
        "--no-input env --profile=work openai groq:work",
        "--no-input hook-env bash --before x",
        "hook-env zsh --no-input",
        "get openai -p work --no-input",
        "has -- openai",
        "run -- sh -c x --no-input -p y",
        "run -p work --only openai,groq -- env --help",
        "run env -p x",
    ] {
        assert!(is_read_alike(&line.split(' ').collect::<Vec<_>>()), "{line}");
    }
    // What is help, misuse or another verb is for the whole description.
    for line in
        ["env --help", "get -h", "env --nope", "env -p a -p b", "get", "--no-input", "list", "-p work env", "--", ""]
    {
        assert!(!is_read_alike(&line.split(' ').collect::<Vec<_>>()), "{line}");
    }
}

#[test]
fn topics_are_short_and_narrow_and_verbs_have_help() {
    let world = World::new();
    for topic in &TOPICS {
        let lines: Vec<&str> = topic.text.lines().collect();
        assert!(lines.len() <= 60, "{} has {} lines", topic.name, lines.len());
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{} is too wide", topic.name);
        world.byok("help").arg(topic.name).stdout_holds(&[topic.about, lines[0]]).check();
    }
    world.byok("help identity").stdout_holds(&["Usage: byok identity", "Places:"]).check();
    world.byok("help profile move").stdout_holds(&["Usage: byok profile move", "--to"]).check();
    world.byok("help").stdout_holds(&["Usage: byok", "Exit codes:"]).check();
    let output = world.byok("help tools").output();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("`tools`")
            && said.contains("ci, identity, projects, security, shells")
            && said.contains("import-env")
    );
}

#[test]
fn help_names_every_topic_and_every_setting() {
    let command = cli::Cli::command();
    let help = command.find_subcommand("help").unwrap().get_about().unwrap().to_string();
    let long = cli::manual::MANUAL;
    for topic in &TOPICS {
        let line = long.lines().find(|line| line.starts_with("`byok help ")).unwrap();
        assert!(help.contains(topic.name) && line.contains(&format!("{}`", topic.name)), "{}", topic.name);
    }
    let page = fs::read_to_string(top("docs/files.md")).unwrap();
    let block = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let names: Vec<&str> = block.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        assert!(long.contains(&format!("\n  {name} = ")) || long.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn help_is_there_where_the_settings_are_broken() {
    let world = World::new();
    world.file("home/config.toml", "no = [");
    world.byok("help security").stdout_holds(&["On the disk:"]).check();
}

#[test]
fn help_is_filled_and_fits() {
    fn paths(command: &clap::Command, path: &[String], into: &mut Vec<Vec<String>>) {
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let path = [path, &[verb.get_name().to_owned()]].concat();
            paths(verb, &path, into);
            into.push(path);
        }
    }
    let mut command = cli::Cli::command();
    command.build();
    let mut all = vec![Vec::new()];
    paths(&command, &[], &mut all);
    let world = World::new();
    for path in all.iter().filter(|path| path.first().is_none_or(|verb| verb != "help")) {
        let shown = |words: &[String]| {
            let output = words.iter().fold(world.byok(""), super::world::Run::arg).go();
            String::from_utf8(output.stdout).unwrap()
        };
        let text = shown(&[path.as_slice(), &["--help".to_owned()]].concat());
        let topic = TOPICS.iter().any(|topic| [topic.name.to_owned()] == **path);
        if !topic {
            assert_eq!(text, shown(&[&["help".to_owned()], path.as_slice()].concat()), "{path:?}");
        }
        for line in text.lines().filter(|line| line.chars().count() > 100) {
            assert!(line.starts_with("  byok ") || line.starts_with("  age"), "{path:?}: {line}");
        }
    }
}

#[test]
fn no_help_shows_its_examples_twice() {
    let world = World::new();
    for arguments in ["--help", "help", "-h", "help add", "add --help"] {
        let output = world.byok(arguments).output();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().filter(|line| *line == "Examples:").count(), 1, "{arguments}:\n{text}");
    }
}
