//! The pictures of `docs/pictures/`: real runs on a terminal of 80 columns, drawn as SVG. `docs/pictures.sh` draws them anew.

use std::fmt::Write as _;
use std::fs;

use super::running::{home, normal, on_a_terminal};
use super::screen::{self, Line, Look};
use crate::generated::top;
use crate::tools::tool;
use crate::world::World;

const COLUMNS: u16 = 80;

/// Each picture, and what is typed in it; its home is `homes/NAME.sh`.
const PICTURES: [(&str, &[&str]); 4] = [
    ("import", &["byok import-env --file .env", "byok list"]),
    ("test", &["byok test"]),
    ("where", &["byok where openai"]),
    (
        "run",
        &[
            "byok run groq --only -- sh -c 'env | cut -d= -f1 | grep _API_KEY'",
            "byok run --require mistral -- python app.py",
            "eval \"$(byok env)\"",
            "env | cut -d= -f1 | grep _API_KEY | sort",
            "cat server.log | byok redact",
        ],
    ),
];

/// Measures of a cell, and of what is around all of them.
const CELL: (f32, f32) = (8.4, 19.0);
const MARGIN: (f32, f32) = (18.0, 50.0);

/// A part of a line at its place.
fn part(x: usize, y: f32, text: &str, look: Look) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
    let fill = look.colour.map(|colour| format!(" fill=\"{colour}\"")).unwrap_or_default();
    #[allow(clippy::cast_precision_loss)]
    let x = MARGIN.0 + CELL.0 * x as f32;
    format!("<tspan x=\"{x:.1}\" y=\"{y:.0}\"{weight}{fill}>{escaped}</tspan>")
}

/// A window with these lines in it.
fn drawn(name: &str, lines: &[Line]) -> String {
    let (width, mut y) = (2.0 * MARGIN.0 + CELL.0 * f32::from(COLUMNS), MARGIN.1 + 12.0);
    let mut body = String::new();
    for line in lines {
        let mut parts = String::new();
        let mut from = 0;
        // Columns stay columns, whatever font there is: each word after a gap has a place of its own.
        for at in 1..=line.len() {
            let gap = at + 1 < line.len() && line[at].0 == ' ' && line[at + 1].0 == ' ';
            let ends = at == line.len() || line[at].1 != line[from].1 || gap;
            let begins = line[from].0 == ' ' && line[at - 1].0 == ' ' && at < line.len() && line[at].0 != ' ';
            if ends || begins {
                let text: String = line[from..at].iter().map(|(c, _)| *c).collect();
                if !text.trim().is_empty() {
                    parts += &part(from, y, &text, line[from].1);
                }
                from = at;
            }
        }
        let _ = writeln!(body, "<text>{parts}</text>");
        y += CELL.1;
    }
    let height = y + 4.0;
    let mut dots = String::new();
    for (colour, x) in [("#ff5f57", 20), ("#febc2e", 40), ("#28c840", 60)] {
        let _ = write!(dots, "<circle cx=\"{x}\" cy=\"19\" r=\"6\" fill=\"{colour}\"/>");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"byok in a terminal: {name}\">\n\
         <desc>A real run of byok, drawn by docs/pictures.sh. The keys are made up; the providers are servers on loopback \
         that answer as the real ones do.</desc>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"9\" fill=\"#161b22\" stroke=\"#6e7681\"/>\n{dots}\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" \
         fill=\"#e6edf3\" xml:space=\"preserve\">\n{body}</g>\n</svg>\n",
        width - 1.0,
        height - 1.0,
    )
}

/// The words of a picture, without what is another one each time.
fn words(svg: &str) -> Vec<String> {
    let lines = svg.lines().filter(|line| line.starts_with("<text>"));
    let plain = lines.map(|line| {
        let parts = line.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        parts.collect::<Vec<_>>().join(" ")
    });
    plain.map(|line| normal(&line)).collect()
}

fn picture(name: &str, typed: &[&str]) -> String {
    let world = World::new();
    let mut script = home(&world, name);
    for line in typed {
        let quoted = line.replace('\'', "'\\''");
        let _ = writeln!(script, "printf '\\036\\033[32m$\\033[0m \\033[1m%s\\033[0m\\n' '{quoted}'\n{line}");
    }
    let text = on_a_terminal(&world, &script, COLUMNS);
    let (before, text) = text.split_once('\u{1e}').unwrap();
    assert_eq!(screen::plain(before, COLUMNS.into()).concat(), "", "{name}: the home says something");
    let text = text.replace('\u{1e}', "\r\n").replace(&format!("{}/user", world.root().display()), "/home/me");
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("believing the certificates of")).collect();
    drawn(name, &screen::lines(&kept.join("\r\n"), COLUMNS.into()))
}

#[test]
fn the_pictures_show_what_byok_does() {
    if tool(&["bash"]).is_none() {
        return;
    }
    for (name, typed) in PICTURES {
        let path = top(&format!("docs/pictures/{name}.svg"));
        let fresh = picture(name, typed);
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if words(&fresh) == words(&committed) {
            continue;
        }
        assert!(
            std::env::var_os("BLESS").is_some(),
            "{name}.svg is stale; run `docs/pictures.sh`:\n{}",
            words(&fresh).join("\n")
        );
        fs::write(&path, fresh).unwrap();
    }
}

#[test]
fn the_pictures_are_well_formed_and_all_there() {
    let Some(python) = tool(&["python3"]) else { return };
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(top("docs/pictures")).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        let read = ["-c", "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])"];
        let output = std::process::Command::new(&python).args(read).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(&path).unwrap();
        assert!(words(&text).len() > 2 && words(&text) != words(&text.replace("byok", "bark")), "{}", path.display());
    }
    names.sort();
    let mut expected: Vec<&str> = PICTURES.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
}
