//! Reads `registry/*.toml` when byok is built and writes what `index.rs` includes.
//!
//! byok looks providers up at every shell start, so nothing is parsed then: the answers stand in text, one
//! line each, found by a hash. Text rather than arrays of `&str`, because every such pointer must be relocated when a program starts.

#[path = "address.rs"]
mod address;
#[path = "slots.rs"]
mod slots;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

/// Writes the texts of the index into `out`.
pub(crate) fn write(out: &Path) {
    let here = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/provider");
    println!("cargo::rerun-if-changed=src/provider/build.rs");
    println!("cargo::rerun-if-changed=src/provider/address.rs");
    println!("cargo::rerun-if-changed=src/provider/slots.rs");
    println!("cargo::rerun-if-changed=src/provider/registry");
    println!("cargo::rerun-if-changed=src/provider/consumers.toml");
    let index = read(&here.join("registry")).and_then(|entries| {
        let consumers = consumers(&here.join("consumers.toml"), &entries)?;
        Ok((Index::of(&entries)?, consumers))
    });
    let (index, consumers) = match index {
        Ok(index) => index,
        Err(reason) => panic!("the provider registry does not hold together: {reason}"),
    };
    let write = |name: &str, bytes: &[u8]| {
        fs::write(out.join(format!("registry-{name}")), bytes).expect("OUT_DIR can be written");
    };
    write("entries", index.entries.as_bytes());
    write("signs", index.signs.as_bytes());
    write("admins", index.admins.as_bytes());
    write("consumers", consumers.as_bytes());
    for (name, text) in [("providers", &index.providers), ("names", &index.names), ("variables", &index.variables)] {
        write(name, text.as_bytes());
        write(&format!("{name}.slots"), &slots_of(text));
    }
}

/// Start and length of every line, in the slot of its name; `index.rs` says how they are read.
fn slots_of(text: &str) -> Vec<u8> {
    let count = (text.lines().count() * 2).next_power_of_two();
    let mut slots = vec![[0; 8]; count];
    let mut start = 0;
    for line in text.lines() {
        let name = line.split('\t').next().unwrap_or_default();
        let mut slot = slots::hash(name) % count;
        while slots[slot] != [0; 8] {
            slot = (slot + 1) % count;
        }
        let number = |number: usize| u32::try_from(number).expect("the index is small").to_le_bytes();
        let (at, length) = slots[slot].split_at_mut(4);
        at.copy_from_slice(&number(start));
        length.copy_from_slice(&number(line.len()));
        start += line.len() + 1;
    }
    slots.concat()
}

/// One file: its text and its parsed form.
struct Entry {
    text: String,
    table: Table,
}

impl Entry {
    fn text(&self, field: &str) -> Option<&str> {
        self.table.get(field).and_then(Value::as_str)
    }

    fn table(&self, field: &str) -> Option<&Table> {
        self.table.get(field).and_then(Value::as_table)
    }
}

/// The texts under `field`; none where it is not given.
fn list<'a>(table: Option<&'a Table>, field: &str) -> Vec<&'a str> {
    let values = table.and_then(|table| table.get(field)).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn read(folder: &Path) -> Result<BTreeMap<String, Entry>, String> {
    let mut entries = BTreeMap::new();
    for file in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = file.map_err(|error| error.to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let id = name.strip_suffix(".toml").ok_or_else(|| format!("{name}: not a .toml file"))?;
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !id.starts_with(letters) || !id.chars().all(|c| letters(c) || "._-".contains(c)) || id.contains("..") {
            return Err(format!("{name}: not a provider's id"));
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let table = text.parse::<Table>().map_err(|error| format!("{name}: {error}"))?;
        entries.insert(id.to_owned(), Entry { text, table });
    }
    Ok(entries)
}

/// `tool ⇥ provider=VARIABLE,VARIABLE provider/field=VARIABLE`, with no variable that the provider's entry does not know.
fn consumers(path: &Path, entries: &BTreeMap<String, Entry>) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("consumers.toml: {error}"))?;
    let tools: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        toml::from_str(&text).map_err(|error| format!("consumers.toml: {error}"))?;
    let mut lines = String::new();
    for (tool, reads) in tools {
        let mut columns = Vec::new();
        for (of, variables) in reads {
            let (id, field) = of.split_once('/').map_or((of.as_str(), None), |(id, field)| (id, Some(field)));
            let env = entries.get(id).ok_or_else(|| format!("{tool}: there is no provider `{id}`"))?.table("env");
            let known = match field {
                Some(field) => list(env.and_then(|env| env.get("fields")).and_then(Value::as_table), field),
                None => [list(env, "key"), list(env, "shared")].concat(),
            };
            if let Some(other) = variables.iter().find(|variable| !known.contains(&variable.as_str())) {
                return Err(format!("{tool}: the entry of `{id}` does not know `{other}`"));
            }
            columns.push(format!("{of}={}", variables.join(",")));
        }
        writeln!(lines, "{tool}\t{}", columns.join(" ")).expect("a String can be written");
    }
    Ok(lines)
}

/// Puts `id` down as the one owner of `name`.
fn own<'a>(owners: &mut BTreeMap<String, &'a str>, what: &str, name: &str, id: &'a str) -> Result<(), String> {
    match owners.insert(name.to_owned(), id) {
        Some(other) if other != id => Err(format!("{what} `{name}` belongs to both `{other}` and `{id}`")),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Index {
    entries: String,
    providers: String,
    names: String,
    variables: String,
    signs: String,
    /// `id ⇥ how its admin keys begin`
    admins: String,
}

impl Index {
    fn of(entries: &BTreeMap<String, Entry>) -> Result<Self, String> {
        let mut index = Self::default();
        for (id, entry) in entries {
            index.add_provider(id, entry)?;
            index.add_signs(id, entry);
        }
        index.add_names(entries)?;
        index.add_variables(entries)?;
        certain_prefixes_differ(entries)?;
        Ok(index)
    }

    /// `id ⇥ start ⇥ length ⇥ retired ⇥ variable ⇥ host ⇥ field=VARIABLE field=VARIABLE`
    fn add_provider(&mut self, id: &str, entry: &Entry) -> Result<(), String> {
        let env = entry.table("env");
        let exported = list(env, "key").into_iter().chain(list(env, "shared")).next();
        let exported = exported.ok_or_else(|| format!("{id}: names no variable"))?;
        let fields = env.and_then(|env| env.get("fields")).and_then(Value::as_table);
        let fields: Vec<String> = fields
            .into_iter()
            .flat_map(Table::keys)
            .filter_map(|field| list(fields, field).first().map(|variable| format!("{field}={variable}")))
            .collect();
        let retired = if entry.text("status") == Some("retired") { "retired" } else { "" };
        let host = entry.text("base_url").and_then(address::host).unwrap_or_default();
        let (start, length, fields) = (self.entries.len(), entry.text.len(), fields.join(" "));
        writeln!(self.providers, "{id}\t{start}\t{length}\t{retired}\t{exported}\t{host}\t{fields}")
            .expect("a String can be written");
        self.entries.push_str(&entry.text);
        Ok(())
    }

    /// `certain|mark|possible|pattern|admin|other ⇥ id ⇥ text ⇥ what it is`
    fn add_signs(&mut self, id: &str, entry: &Entry) {
        for prefix in list(entry.table("admin"), "prefixes") {
            writeln!(self.admins, "{id}\t{prefix}").expect("a String can be written");
        }
        let mut add = |kind: &str, text: &str, what: &str| {
            writeln!(self.signs, "{kind}\t{id}\t{text}\t{what}").expect("a String can be written");
        };
        let shape = entry.table("shape");
        for (kind, field) in [("certain", "certain"), ("mark", "marks"), ("possible", "possible")] {
            for text in list(shape, field) {
                add(kind, text, "");
            }
        }
        for text in list(entry.table("admin"), "prefixes") {
            let what = entry.table("admin").and_then(|admin| admin.get("what")).and_then(Value::as_str);
            add("admin", text, what.unwrap_or_default());
        }
        let Some(shape) = shape else { return };
        if let Some(pattern) = shape.get("pattern").and_then(Value::as_str) {
            add("pattern", pattern, "");
        }
        for other in shape.get("other").and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| other.get(field).and_then(Value::as_str).unwrap_or_default();
            add("other", text("prefix"), text("what"));
        }
    }

    /// `name ⇥ id` for every other name, and for every name without its dots, dashes and underscores.
    fn add_names(&mut self, entries: &BTreeMap<String, Entry>) -> Result<(), String> {
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for (id, entry) in entries {
            for alias in list(Some(&entry.table), "aliases") {
                if entries.contains_key(alias) {
                    return Err(format!("`{alias}` is an alias of `{id}` and a provider"));
                }
                own(&mut names, "the alias", alias, id)?;
            }
        }
        let written: Vec<(String, &str)> = names.iter().map(|(name, id)| (name.clone(), *id)).collect();
        let ids = entries.keys().map(|id| (id.clone(), id.as_str()));
        for (name, id) in ids.chain(written) {
            let squeezed = name.replace(['.', '-', '_'], "");
            if !entries.contains_key(&squeezed) {
                names.entry(squeezed).or_insert(id);
            }
        }
        for (name, id) in names {
            writeln!(self.names, "{name}\t{id}").expect("a String can be written");
        }
        Ok(())
    }

    /// `VARIABLE ⇥ *owner other other/field`, the owner first; `other/!admin` where it holds an admin key.
    fn add_variables(&mut self, entries: &BTreeMap<String, Entry>) -> Result<(), String> {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for (id, entry) in entries {
            for variable in list(entry.table("env"), "key") {
                own(&mut owners, "the variable", variable, id)?;
            }
        }
        let mut claims: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (variable, id) in &owners {
            claims.entry(variable).or_default().push(format!("*{id}"));
        }
        for (id, entry) in entries {
            for variable in list(entry.table("env"), "shared") {
                if owners.get(variable).is_none_or(|owner| owner == id) {
                    return Err(format!("{id}: shares `{variable}`, which is no key of another provider"));
                }
                claims.entry(variable).or_default().push(id.clone());
            }
        }
        for (id, entry) in entries {
            let fields = entry.table("env").and_then(|env| env.get("fields")).and_then(Value::as_table);
            for field in fields.into_iter().flat_map(Table::keys) {
                for variable in list(fields, field) {
                    if let Some(owner) = owners.get(variable) {
                        return Err(format!("{id}: the field `{field}` is `{variable}`, which is a key of `{owner}`"));
                    }
                    claims.entry(variable).or_default().push(format!("{id}/{field}"));
                }
            }
        }
        for (id, entry) in entries {
            for variable in list(entry.table("admin"), "env") {
                if claims.contains_key(variable) {
                    return Err(format!("{id}: the admin key's `{variable}` is another's, too"));
                }
                claims.insert(variable, vec![format!("{id}/!admin")]);
            }
        }
        for (variable, claims) in claims {
            writeln!(self.variables, "{variable}\t{}", claims.join(" ")).expect("a String can be written");
        }
        Ok(())
    }
}

/// A prefix that is certain for one provider may not open a prefix that is certain for another.
fn certain_prefixes_differ(entries: &BTreeMap<String, Entry>) -> Result<(), String> {
    let certain = |entry| list(Entry::table(entry, "shape"), "certain");
    let all: BTreeSet<(&str, &str)> =
        entries.iter().flat_map(|(id, entry)| certain(entry).into_iter().map(|text| (text, id.as_str()))).collect();
    for (prefix, id) in &all {
        if let Some((longer, other)) = all.iter().find(|(text, other)| other != id && text.starts_with(prefix)) {
            return Err(format!("`{prefix}` of `{id}` also opens `{longer}` of `{other}`: one cannot be certain"));
        }
    }
    Ok(())
}
