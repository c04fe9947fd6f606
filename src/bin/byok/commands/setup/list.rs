//! `byok setup`: the tools, which are here, and which are set up.

use anyhow::Result;
use byok::name::KeyRef;
use byok::setup::{self, Call, Standing, Tool, Way};
use serde_json::json;

use super::file::{self, Open};
use super::plan;
use crate::fault::code;
use crate::session::Session;
use crate::{table, ui, vars};

pub(super) fn run(session: &Session<'_>, as_json: bool) -> Result<u8> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for tool in setup::tools() {
        let call = plan::call(session, None, None);
        let place = plan::file(tool, call.host);
        let path = vars::setup_file(tool.name(), place, call.host);
        let shown = path.as_deref().and_then(|path| Open::new(session, path).ok()).map(|open| open.shown);
        let is_found = vars::programs(tool.program()).next().is_some();
        let is_set = is_set_up(session, tool, &call);
        let way = match tool.way() {
            Way::Helper => "calls `byok get`".to_owned(),
            Way::Wrapper => "started by `byok run`".to_owned(),
        };
        let yes = |is: bool, word: &str| if is { word.to_owned() } else { String::new() };
        rows.push(vec![
            tool.name().to_owned(),
            yes(is_found, "found"),
            yes(is_set, "set up"),
            way,
            shown.clone().unwrap_or_default(),
        ]);
        all.push(json!({
            "tool": tool.name(),
            "program": tool.program(),
            "found": is_found,
            "set_up": is_set,
            "way": tool.way().as_str(),
            "file": path.map(|path| path.to_string_lossy().into_owned()),
        }));
    }
    let text = if as_json {
        ui::json(&json!({ "version": 1, "tools": all }))
    } else {
        table::render(&["TOOL", "HERE", "STATE", "HOW", "FILE"], &rows, 3)
    };
    session.ui.data(text.as_bytes())?;
    if !as_json {
        session.ui.hint("see the change with `byok setup TOOL --dry-run`");
    }
    Ok(code::DONE)
}

/// Whether a call of byok stands in its file: the usual one, or one that is remembered. A file that cannot be read has
/// none.
fn is_set_up(session: &Session<'_>, tool: &'static dyn Tool, call: &Call) -> bool {
    let stands = |path: &std::path::Path, entry: &setup::Entry| {
        let text = Open::new(session, path).ok().and_then(|open| open.read().ok());
        let standing = text.and_then(|text| entry.standing(&text).ok());
        matches!(standing, Some(Standing::Same | Standing::Byok(_)))
    };
    let record = file::record(session, tool).unwrap_or_default();
    if record.made.iter().any(|made| stands(made.file.as_ref(), &made.entry)) {
        return true;
    }
    let place = plan::file(tool, call.host);
    let Some(path) = vars::setup_file(tool.name(), place, call.host) else { return false };
    let key = |name: &&str| name.parse().ok().map(|provider| KeyRef { provider, label: None });
    let keys = tool.providers().iter().map(key).collect::<Vec<_>>();
    let calls = keys.into_iter().chain([None]).map(|key| Call { key, ..call.clone() });
    calls.filter_map(|call| tool.entry(&call, place).ok()).any(|entry| stands(&path, &entry))
}
