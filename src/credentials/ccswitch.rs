//! cc-switch: `cc-switch.db`, the database of the settings that it switches other tools between (`cc-switch` 3.10 and
//! newer, `src-tauri/src/database/schema.rs`, to version 16 of its tables).
//!
//! The engine is handed bytes and gives bytes back: it opens no file, and nothing that a database brings along, such as
//! triggers and views, is run.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use zeroize::Zeroizing;

use super::source::{self, Node, Source};
use super::{Broken, Entry, Form, Holding};
use crate::name::ProviderId;
use crate::provider::Registry;

/// A row a provider: `app_type`, `name`, and `settings_config`, which is what the tool itself would have in its file.
pub(super) struct CcSwitch;

const BROKEN: Broken = Broken::Kind { what: "a database of cc-switch" };

/// The newest version of its tables that is known.
const NEWEST: i64 = 16;

/// Where the settings of each tool hold a key and its address, and whose key it is without one.
const PLACES: &[(&str, &[&str], &[&str], &str)] = &[
    ("claude", &["env", "ANTHROPIC_AUTH_TOKEN"], &["env", "ANTHROPIC_BASE_URL"], "anthropic"),
    ("claude", &["env", "ANTHROPIC_API_KEY"], &["env", "ANTHROPIC_BASE_URL"], "anthropic"),
    ("codex", &["auth", "OPENAI_API_KEY"], &["config"], "openai"),
    ("gemini", &["env", "GEMINI_API_KEY"], &["env", "GOOGLE_GEMINI_BASE_URL"], "google"),
    ("opencode", &["options", "apiKey"], &["options", "baseURL"], ""),
    ("openclaw", &["apiKey"], &["baseUrl"], ""),
    ("hermes", &["api_key"], &["base_url"], ""),
];

impl Form for CcSwitch {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        Ok(spots(&open(bytes)?)?.into_iter().map(|spot| spot.entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let mut database = open(bytes)?;
        for spot in spots(&database)?.iter().filter(|spot| names.contains(&spot.entry.name.as_str())) {
            let broken = || Broken::Entry { entry: spot.entry.name.clone() };
            let old = settings(&database, &spot.id, &spot.app)?;
            let way = spot.key.join(".");
            let left = source::without(old.as_bytes(), |path| path == way)?;
            let text = std::str::from_utf8(&left).map_err(|_| broken())?;
            let change = "UPDATE providers SET settings_config = ?1 WHERE id = ?2 AND app_type = ?3";
            database.execute(change, params![text, spot.id, spot.app]).map_err(|_| BROKEN)?;
        }
        // The pages that are free now would keep the old text.
        database.execute_batch("VACUUM").map_err(|_| BROKEN)?;
        let data = database.serialize("main").map_err(|_| BROKEN)?;
        let mut out = Zeroizing::new(data.to_vec());
        if let (Some(old), Some(new)) = (bytes.get(18..20), out.get_mut(18..20)) {
            new.copy_from_slice(old);
        }
        Ok(out)
    }

    fn beside(&self) -> &'static [&'static str] {
        &["-wal", "-journal"]
    }
}

/// An entry, the row that it stands in, and the way to it in the row's settings.
struct Spot {
    entry: Entry,
    id: String,
    app: String,
    key: &'static [&'static str],
}

fn open(bytes: &[u8]) -> Result<Connection, Broken> {
    if !bytes.starts_with(b"SQLite format 3\0") || bytes.len() < 512 {
        return Err(BROKEN);
    }
    let mut own = Zeroizing::new(bytes.to_vec());
    // One that is kept with a log beside it says so in its head, and would be looked for on disk.
    own[18..20].copy_from_slice(&[1, 1]);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_MEMORY;
    let mut database = Connection::open_in_memory_with_flags(flags).map_err(|_| BROKEN)?;
    database.deserialize_read_exact("main", own.as_slice(), own.len(), false).map_err(|_| BROKEN)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        database.set_db_config(setting, on).map_err(|_| BROKEN)?;
    }
    database.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;").map_err(|_| BROKEN)?;
    Ok(database)
}

fn settings(database: &Connection, id: &str, app: &str) -> Result<Zeroizing<String>, Broken> {
    let question = "SELECT settings_config FROM providers WHERE id = ?1 AND app_type = ?2";
    let text = database.query_row(question, params![id, app], |row| row.get(0)).map_err(|_| BROKEN)?;
    Ok(Zeroizing::new(text))
}

fn spots(database: &Connection) -> Result<Vec<Spot>, Broken> {
    /// The columns of a provider that are read: id, tool, name and settings.
    type Row = (String, String, String, Zeroizing<String>);
    let rows = || -> rusqlite::Result<Vec<Row>> {
        let question = "SELECT id, app_type, name, settings_config FROM providers ORDER BY app_type, rowid";
        let mut statement = database.prepare(question)?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, Zeroizing::new(row.get::<_, String>(3)?)))
        })?;
        rows.collect()
    };
    let rows = rows().map_err(|_| {
        let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap_or_default();
        if version > NEWEST { Broken::Newer { version: version.to_string() } } else { BROKEN }
    })?;
    let mut spots: Vec<Spot> = Vec::new();
    for (id, app, name, text) in rows {
        // One row that is none of its own hides no other.
        let Ok(settings) = Source::read(&text) else {
            let entry = Entry {
                name: format!("{app}.{name}"),
                line: None,
                holds: Holding::Unreadable,
                provider: None,
                address: None,
                label: None,
            };
            spots.push(Spot { entry, id, app, key: &[] });
            continue;
        };
        let at = |way: &[&str]| {
            let (first, rest) = way.split_first()?;
            rest.iter().try_fold(settings.member(first)?, |node, name| node.member(name))
        };
        for (_, key, address, usual) in PLACES.iter().filter(|(of, ..)| *of == app) {
            let Some(holds) = at(key).and_then(|node| node.holding(|_| false)) else { continue };
            let account = app == "codex" && at(&["auth", "tokens"]).is_some_and(|tokens| !tokens.is_null());
            let address = at(address).and_then(Node::text).map(str::to_owned);
            let mut shown = format!("{app}.{name}");
            let twins = spots.iter().filter(|spot| spot.app == app && spot.entry.label.as_ref() == Some(&name)).count();
            if twins > 0 {
                shown = format!("{shown}#{}", twins + 1);
            }
            let entry = Entry {
                name: shown,
                line: None,
                holds: if account { Holding::Account } else { holds },
                provider: ProviderId::parse(usual).ok(),
                address: if app == "codex" { address.as_deref().and_then(codex) } else { address },
                label: Some(name.clone()),
            };
            spots.push(Spot { entry, id: id.clone(), app: app.clone(), key });
        }
    }
    Ok(spots)
}

/// The address in Codex's own settings: that of the provider that they choose.
fn codex(text: &str) -> Option<String> {
    let settings: toml::Table = text.parse().ok()?;
    let chosen = settings.get("model_provider")?.as_str()?;
    Some(settings.get("model_providers")?.get(chosen)?.get("base_url")?.as_str()?.to_owned())
}
