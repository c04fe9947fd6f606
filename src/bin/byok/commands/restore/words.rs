//! How a key and a line of settings stand in a backup beside what is here, in words.

use byok::backup::{Compared, Standing};
use byok::profile::Key;

use super::plan::Plan;
use crate::ui::escaped;

/// What becomes of a key, in words.
pub(super) fn told(one: &Compared<'_>, plan: &Plan<'_>) -> String {
    let changed = |key: &Key| key.since.max(key.updated);
    let same_day =
        one.here.is_some_and(|here| byok::resolve::day(changed(here)) == byok::resolve::day(changed(one.key)));
    let form = if same_day { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d" };
    let time = |key: &Key| changed(key).strftime(form).to_string();
    let (here, there) = (one.here.map(time).unwrap_or_default(), time(one.key));
    let keeps = plan.merge && !plan.replace;
    match &one.standing {
        Standing::New => "new".to_owned(),
        Standing::Same => "same".to_owned(),
        Standing::Elsewhere(name) if plan.merge => format!("here already, as `{name}`"),
        Standing::Elsewhere(name) => format!("here as `{name}`"),
        Standing::OlderHere => format!("different: what is here is older ({here}, and {there} in the backup)"),
        Standing::NewerHere if keeps => format!("kept: what is here is newer ({here}, and {there} in the backup)"),
        Standing::NewerHere => format!("would go: what is here is newer ({here}, and {there} in the backup)"),
        Standing::Different if keeps => "kept: what is here is another".to_owned(),
        Standing::Different => "different".to_owned(),
    }
}

/// What settings say that comes, and what goes, each with the whole name of its place; the rest of the text in one word.
pub(super) fn lines(old: &str, new: &str) -> Vec<String> {
    let (Some(was), Some(is)) = (said(old), said(new)) else {
        let mut lines: Vec<String> = said(new).unwrap_or_default().iter().map(|line| shown('+', line)).collect();
        lines.insert(0, "  - all that is here, which is no TOML".to_owned());
        return lines;
    };
    let gone = was.iter().filter(|line| !is.contains(line)).map(|line| shown('-', line));
    let come = is.iter().filter(|line| !was.contains(line)).map(|line| shown('+', line));
    let lines: Vec<String> = gone.chain(come).collect();
    if lines.is_empty() && !old.is_empty() && old != new { vec!["  remarks change".to_owned()] } else { lines }
}

fn shown(sign: char, line: &str) -> String {
    format!("  {sign} {}", escaped(line))
}

/// What a text of settings says, one value a line: `profiles.work.rotate_after = "90d"`. Nothing if it is no TOML.
fn said(text: &str) -> Option<Vec<String>> {
    fn fill(path: &str, table: &toml::Table, lines: &mut Vec<String>) {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        for (name, value) in table {
            let name = if !name.is_empty() && name.chars().all(is_bare) {
                name.clone()
            } else {
                toml::Value::from(name.as_str()).to_string()
            };
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            match value {
                toml::Value::Table(table) if table.is_empty() => lines.push(format!("{path} = {{}}")),
                toml::Value::Table(table) => fill(&path, table, lines),
                value => lines.push(format!("{path} = {value}")),
            }
        }
    }
    let table: toml::Table = toml::from_str(text).ok()?;
    let mut lines = Vec::new();
    fill("", &table, &mut lines);
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_told_with_its_place() {
        let lay = "[profiles.a]\nrotate_after = \"1d\"\n[profiles.b]\nfallback = [\"x\", \"y\"]\n";
        let moved = "[profiles.b]\nrotate_after = \"1d\"\n[profiles.a]\nfallback = [\"x\", \"y\"]\n";
        assert_eq!(
            lines(lay, moved),
            [
                "  - profiles.a.rotate_after = \"1d\"",
                "  - profiles.b.fallback = [\"x\", \"y\"]",
                "  + profiles.a.fallback = [\"x\", \"y\"]",
                "  + profiles.b.rotate_after = \"1d\"",
            ]
        );
        let again = "[a.env]\nkey = [\"X\"]\n[b.env]\nkey = [\"X\"]\n";
        assert_eq!(lines("[a.env]\nkey = [\"X\"]\n", again), ["  + b.env.key = [\"X\"]"]);
        assert_eq!(lines("offline = true\n", "# a\noffline = true\n"), ["  remarks change"]);
        assert_eq!(lines("", "offline = true\n"), ["  + offline = true"]);
        assert_eq!(lines("no = [", "offline = true\n").len(), 2);
        assert_eq!(lines("", "\"a.b\" = \"\\u001b\"\n"), ["  + \"a.b\" = \"\\u001B\""]);
    }
}
