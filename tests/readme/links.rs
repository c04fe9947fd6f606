//! Every link within the pages leads to a file that is there, and to a heading of it.

use std::path::Path;

use super::{Page, pages};
use crate::generated::top;
use crate::world::World;

/// The links of a text: what stands in `](…)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(page: &Page) -> Vec<String> {
    let prose = page.prose();
    prose.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// What is wrong with the links of these pages.
fn broken(pages: &[Page]) -> Vec<String> {
    let mut broken = Vec::new();
    for page in pages {
        let folder = Path::new(&page.path).parent().unwrap();
        for link in links(&page.prose()).filter(|link| !link.starts_with("https://")) {
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let path = if file.is_empty() { page.path.clone() } else { plain(&folder.join(file)) };
            let there = top(&path).exists() && !file.starts_with('/');
            let target = pages.iter().find(|page| page.path == path);
            let named = place.is_empty() || target.is_some_and(|page| anchors(page).iter().any(|one| one == place));
            if !there || !named {
                broken.push(format!("{}: {link}", page.path));
            }
        }
    }
    broken
}

/// A path without `..`.
fn plain(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    assert_eq!(broken(&pages), [""; 0]);
    let count: usize = pages.iter().map(|page| links(&page.text).count()).sum();
    assert!(count > 60, "only {count} links were found");
    // What cannot fail proves nothing.
    let wrong = |text: &str| Page { path: "docs/x.md".to_owned(), text: format!("# A\n[a]({text})\n") };
    for link in ["nowhere.md", "../README", "#b", "../README.md#no-such-heading", "files.md"] {
        let lost = broken(&[wrong(link)]).len();
        assert_eq!(lost, usize::from(link != "files.md"), "{link}");
    }
}

#[test]
fn every_page_is_reached_from_the_readme_and_leads_back() {
    let pages = pages();
    // From page to page.
    let (mut reached, mut next) = (vec!["README.md".to_owned()], 0);
    while let Some(from) = reached.get(next).cloned() {
        next += 1;
        let Some(page) = pages.iter().find(|page| page.path == from) else { continue };
        let folder = Path::new(&page.path).parent().unwrap();
        for link in links(&page.text) {
            let to = plain(&folder.join(link.split('#').next().unwrap()));
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    for page in &pages[1..] {
        assert!(reached.contains(&page.path), "{} is lost", page.path);
        let back = page.path.starts_with("docs/");
        assert!(!back || page.text.contains("](../README.md"), "{} leads nowhere", page.path);
    }
}

#[test]
fn every_file_of_this_repository_that_is_named_is_there() {
    let mut seen = 0;
    for page in pages() {
        for span in page.prose().replace('\n', " ").split('`').skip(1).step_by(2) {
            let file = span.split([' ', '*']).next().unwrap();
            let own = ["tests/", "docs/", "benches/", "fuzz/", "packaging/", "src/", "man/", ".ci/", ".github/"];
            if own.iter().any(|folder| file.starts_with(folder)) {
                seen += 1;
                assert!(top(file).exists() || file.starts_with("src/app"), "{}: `{file}` is not there", page.path);
            }
        }
    }
    assert!(seen > 15, "only {seen} were found");
}

#[test]
fn the_readme_can_be_read_to_its_end() {
    let readme = &pages()[0];
    assert!(readme.text.lines().count() <= 350);
}

#[test]
fn there_are_as_many_providers_as_is_said() {
    let listed = World::new().byok("provider list --json").go().stdout;
    let listed: serde_json::Value = serde_json::from_slice(&listed).unwrap();
    let count = listed["providers"].as_array().unwrap().len();
    for (path, text) in
        [("README.md", "| 272 are known"), ("README.md", "| 272 providers |"), ("docs/providers.md", "knows 272")]
    {
        let text = text.replace("272", &count.to_string());
        assert!(pages().iter().any(|page| page.path == path && page.text.contains(&text)), "{path}: {text}");
    }
}
