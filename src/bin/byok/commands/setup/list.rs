//! `byok setup`: the tools, which are here, and which are set up.

use std::path::{Path, PathBuf};

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
        let holder = holder(session, tool, &call);
        let is_set = holder.is_some();
        let path = holder.or_else(|| vars::setup_file(tool.name(), place, call.host));
        let shown = path.as_deref().and_then(|path| Open::new(session, path).ok()).map(|open| open.shown);
        let is_found = vars::programs(tool.program()).next().is_some();
        let way = match tool.way() {
            Way::Helper => "calls `byok get`".to_owned(),
            Way::Wrapper => "started by `byok run`".to_owned(),
        };
        rows.push(vec![
            tool.name().to_owned(),
            if is_found { "found" } else { "not found" }.to_owned(),
            if is_set { "set up" } else { "" }.to_owned(),
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

/// The file that a call of byok stands in: one that is remembered, or else the usual one. A file that cannot be read has
/// none.
fn holder(session: &Session<'_>, tool: &'static dyn Tool, call: &Call) -> Option<PathBuf> {
    let stands = |path: &Path, entry: &setup::Entry| {
        let text = Open::new(session, path).ok().and_then(|open| open.read().ok());
        let standing = text.and_then(|text| entry.standing(&text).ok());
        matches!(standing, Some(Standing::Same | Standing::Byok(_)))
    };
    let place = plan::file(tool, call.host);
    let usual = vars::setup_file(tool.name(), place, call.host);
    let record = file::record(session, tool).unwrap_or_default();
    if let Some(made) = record.made.iter().find(|made| stands(made.file.as_ref(), &made.entry)) {
        // A record has the file behind every link; a person calls it by the usual name.
        let same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|real| real == Path::new(&made.file));
        return Some(usual.filter(same).unwrap_or_else(|| made.file.clone().into()));
    }
    let path = usual?;
    let key = |name: &&str| name.parse().ok().map(|provider| KeyRef { provider, label: None });
    let keys = tool.providers().iter().map(key).collect::<Vec<_>>();
    let calls = keys.into_iter().chain([None]).map(|key| Call { key, ..call.clone() });
    let is_set = calls.filter_map(|call| tool.entry(&call, place).ok()).any(|entry| stands(&path, &entry));
    is_set.then_some(path)
}
