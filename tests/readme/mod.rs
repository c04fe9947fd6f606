//! What a stranger reads: that its links lead somewhere, its commands do what is said of them, its pictures are real.

mod links;
mod net;
mod parsing;
mod pictures;
mod running;
mod screen;

use std::fs;

use crate::generated::top;

/// A page, as a path from the top, and its text.
struct Page {
    path: String,
    text: String,
}

/// A fenced block of a page.
struct Block {
    /// The line of its fence, from 1.
    line: usize,
    language: String,
    /// What the comment right above it says: `not run: why`, `not compared: why`.
    note: Option<String>,
    lines: Vec<String>,
}

/// README.md, whatever else stands at the top, and all of `docs/`.
fn pages() -> Vec<Page> {
    let mut paths: Vec<String> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).to_vec();
    for entry in fs::read_dir(top("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md") {
            paths.push(format!("docs/{}", path.file_name().unwrap().to_str().unwrap()));
        }
    }
    paths[3..].sort();
    assert!(paths.len() > 15, "{paths:?}");
    let read = |path: String| Page { text: fs::read_to_string(top(&path)).unwrap(), path };
    paths.into_iter().map(read).collect()
}

impl Block {
    /// Whether it needs what no test has.
    fn is_not_run(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.starts_with("not run: "))
    }
}

impl Page {
    /// Its text without the fenced blocks.
    fn prose(&self) -> String {
        let mut within = false;
        let kept = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            within ^= fence;
            !within && !fence
        });
        kept.collect::<Vec<_>>().join("\n")
    }

    fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut note, mut open): (Option<String>, Option<(Block, usize)>) = (None, None);
        for (number, line) in self.text.lines().enumerate() {
            let inner = line.trim_start();
            if let Some((block, depth)) = &mut open {
                if inner == "```" {
                    blocks.extend(open.take().map(|(block, _)| block));
                } else {
                    block.lines.push(line.get(*depth..).unwrap_or_default().to_owned());
                }
            } else if let Some(language) = inner.strip_prefix("```") {
                let (line, depth) = (number + 1, line.len() - inner.len());
                open =
                    Some((Block { line, language: language.to_owned(), note: note.take(), lines: Vec::new() }, depth));
            } else if !inner.is_empty() {
                let said = inner.strip_prefix("<!-- ").and_then(|said| said.strip_suffix(" -->"));
                note = said.filter(|said| said.starts_with("not ")).map(str::to_owned);
            }
        }
        assert!(open.is_none(), "{}: a block without an end", self.path);
        blocks
    }
}
