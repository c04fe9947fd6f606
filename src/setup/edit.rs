//! A change of a text as cuts: what is taken out where, and what stands there instead.

use std::fmt::Write as _;
use std::ops::Range;

use zeroize::Zeroizing;

/// One place where a text changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Where in the old text.
    pub at: usize,
    /// What is taken out; wiped, for it may be a key.
    pub old: Zeroizing<String>,
    /// What stands there instead.
    pub new: String,
    /// What a person is shown of it: what was there, and what comes; nothing for a comma.
    pub shown: Option<(String, String)>,
}

/// The cuts of one change, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit(pub Vec<Cut>);

impl Edit {
    /// Adds a cut that a person is shown.
    pub(super) fn cut(&mut self, text: &str, range: Range<usize>, new: &str, shown: (&str, &str)) {
        self.push(text, range, new, Some((shown.0.to_owned(), shown.1.to_owned())));
    }

    /// Adds a cut that is not worth showing.
    pub(super) fn quiet(&mut self, text: &str, range: Range<usize>, new: &str) {
        self.push(text, range, new, None);
    }

    fn push(&mut self, text: &str, range: Range<usize>, new: &str, shown: Option<(String, String)>) {
        let at = range.start;
        let old = Zeroizing::new(text[range].to_owned());
        self.0.push(Cut { at, old, new: new.to_owned(), shown });
        self.0.sort_by_key(|cut| cut.at);
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|cut| *cut.old == cut.new)
    }

    /// Whatever it takes out.
    pub fn removed(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(self.0.iter().map(|cut| cut.old.len() + 1).sum()));
        for cut in &self.0 {
            out.push_str(&cut.old);
            out.push('\n');
        }
        out
    }

    /// The new text.
    pub fn apply(&self, text: &str) -> Zeroizing<String> {
        let room = text.len() + self.0.iter().map(|cut| cut.new.len()).sum::<usize>();
        let mut out = Zeroizing::new(String::with_capacity(room));
        let mut from = 0;
        for cut in &self.0 {
            out.push_str(&text[from..cut.at]);
            out.push_str(&cut.new);
            from = cut.at + cut.old.len();
        }
        out.push_str(&text[from..]);
        out
    }

    /// The change in the form of `diff -U0`, in which nothing is shown of the lines but what changes. `told` puts what was
    /// there into words that hold no key.
    pub fn diff(&self, text: &str, name: (&str, &str), told: impl Fn(&str) -> String) -> String {
        let mut out = format!("--- {}\n+++ {}\n", name.0, name.1);
        let mut moved = 0isize;
        for cut in self.0.iter().filter(|cut| *cut.old != cut.new) {
            let Some((old, new)) = &cut.shown else { continue };
            let old = told(old);
            let (minus, plus) = (old.lines().count(), new.lines().count());
            // A line break at the start of what comes in belongs to the line before.
            let led = cut.new.len() - cut.new.trim_start_matches(['\n', '\r']).len();
            let breaks = cut.new[..led].matches('\n').count().min(usize::from(minus == 0));
            let line = text[..cut.at].matches('\n').count() + 1 + breaks;
            let after = line.saturating_add_signed(moved) - usize::from(plus == 0);
            let before = if minus == 0 { line.saturating_sub(1) } else { line };
            let _ = writeln!(out, "@@ -{} +{} @@", counted(before, minus), counted(after, plus));
            for (sign, line) in old.lines().map(|line| ('-', line)).chain(new.lines().map(|line| ('+', line))) {
                let _ = writeln!(out, "{sign}{line}");
            }
            let lines = |text: &str| isize::try_from(text.matches('\n').count()).unwrap_or_default();
            moved += lines(&cut.new) - lines(&cut.old);
        }
        out
    }
}

/// A place of a diff: its first line, and how many unless it is one.
fn counted(line: usize, count: usize) -> String {
    if count == 1 { line.to_string() } else { format!("{line},{count}") }
}

/// How the lines of a text end: as most of them do.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.matches("\r\n").count() * 2 > text.matches('\n').count() { "\r\n" } else { "\n" }
}
