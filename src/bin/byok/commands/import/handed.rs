//! `byok import byok --file FILE`: keys that somebody sealed with `byok export --encrypted`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::backup::{self, Compared, Standing};
use byok::disk;
use byok::keys::KeyError;
use byok::name::KeyRef;
use byok::profile::{FormError, Key, Profile};
use byok::seal::{self, Unlock as _};
use byok::store::Store as _;
use serde_json::json;

use crate::cli::taking::Import;
use crate::commands::{differs, given, update};
use crate::fault::{Fault, code, quoted};
use crate::session::Session;
use crate::table;
use crate::ui::escaped;
use crate::words::counted;

/// The word for byok's own sealed files, among the tools.
const OWN: &str = "byok";

/// The largest file that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The sealed file that is meant, if one is.
pub(super) fn file(args: &Import) -> Result<Option<PathBuf>> {
    let sealed = |tool: &&String| tool.as_str() == OWN || is_file(tool);
    let Some(named) = args.tools.iter().find(sealed) else { return Ok(None) };
    let path = match (&args.file, is_file(named)) {
        (Some(path), false) => Some(path.clone()),
        (None, true) => Some(PathBuf::from(named)),
        _ => None,
    };
    match path {
        Some(path)
            if args.tools.len() == 1 && !args.detect && !args.delete_source && !args.test && args.label.is_none() =>
        {
            Ok(Some(path))
        }
        Some(_) => Err(Fault::misused("a sealed file is taken in by itself, as it is")
            .hint("`byok import FILE.age`, with `--replace`, `--dry-run`, `--yes` or `--json`")
            .into()),
        None => {
            Err(Fault::misused("`byok` has no file of its own: name it").hint("`byok import byok --file FILE`").into())
        }
    }
}

/// Whether a word among the tools is a sealed file.
fn is_file(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|end| end == "age")
}

pub(super) fn run(session: &Session<'_>, args: &Import, path: &Path) -> Result<u8> {
    let document = open(session, path)?;
    let stored = session.store().read(&session.profile)?.map(|(profile, _)| profile);
    let difference = backup::compare(stored.as_ref(), &document);
    let is_taken = |one: &&Compared<'_>| match one.standing {
        Standing::New | Standing::OlderHere => one.standing == Standing::New || args.replace,
        Standing::NewerHere | Standing::Different => args.replace,
        Standing::Same | Standing::Elsewhere(_) => false,
    };
    let taken: Vec<KeyRef> = difference.keys.iter().filter(is_taken).map(|one| one.key.name()).collect();
    if !args.json {
        let row = |one: &Compared<'_>| vec![one.key.name().to_string(), one.key.secret.mask(), says(one, args.replace)];
        let rows: Vec<Vec<String>> = difference.keys.iter().map(row).collect();
        session.ui.data(table::render(&["KEY", "MASK", "RESULT"], &rows, 3).as_bytes())?;
        session.ui.say("whoever knows your recipient can seal such a file: it does not tell who did");
    }
    let asked = args.dry_run || taken.is_empty();
    if !asked {
        agree(session, args, path, taken.len())?;
        update::profile(session, false, |profile| {
            let before = profile.clone();
            for name in &taken {
                let Some(key) = document.find(name) else { continue };
                // Somebody may have been faster.
                if let Some(there) = before.find(name).filter(|_| !args.replace) {
                    return Err(KeyError::Occupied { name: before.display(there), mask: there.secret.mask() });
                }
                profile.put(arrived(key, session));
            }
            // Where all keys of a provider came from there, so does the choice among them.
            for key in document.active_keys().into_iter().filter(|key| before.keys_of(&key.provider).next().is_none()) {
                profile.activate(&key.provider, &key.label);
            }
            Ok(((), true))
        })?;
    }
    if args.json {
        let key = |one: &Compared<'_>| json!({ "provider": one.key.provider.as_str(), "key": one.key.name().to_string(), "mask": one.key.secret.mask(), "result": one.standing.as_str(), "says": says(one, args.replace), "differs": differs::fields(one) });
        let keys: Vec<_> = difference.keys.iter().map(key).collect();
        let document = json!({ "version": 1, "profile": session.profile.as_str(), "dry_run": args.dry_run, "taken": if asked { 0 } else { taken.len() }, "keys": keys });
        session.ui.data(crate::ui::json(&document).as_bytes())?;
    } else {
        let (count, profile) = (counted(taken.len(), "key"), &session.profile);
        session.ui.say(&if args.dry_run {
            format!("{count} would be sealed in profile `{profile}`; nothing was changed")
        } else {
            format!("{count} sealed in profile `{profile}`")
        });
        let differ = difference.keys.iter().any(|one| {
            matches!(one.standing, Standing::OlderHere | Standing::NewerHere | Standing::Different) && !args.replace
        });
        if differ {
            session
                .ui
                .hint(&format!("take the place of those that differ with `byok import {} --replace`", shown(path)));
        }
    }
    Ok(code::DONE)
}

/// A key as it comes in here: now, with a secret as old as it was there.
fn arrived(key: &Key, session: &Session<'_>) -> Key {
    let mut key = key.clone();
    key.previous.clear();
    key.set_tested(None);
    (key.added, key.updated) = (session.now, session.now);
    key
}

fn open(session: &Session<'_>, path: &Path) -> Result<Profile> {
    let unfit = |error: Box<dyn std::error::Error + Send + Sync>| {
        Fault::refused(format!("cannot take keys from `{}`: {error}", escaped(&path.display().to_string())))
    };
    let bytes = disk::read_public(path, LIMIT)?.ok_or_else(|| given::no_file(path))?;
    if !seal::is_sealed(&bytes) {
        return Err(unfit(seal::SealError::NotAge.into()).into());
    }
    if !session.opener.is_there()? {
        // Nobody can have sealed anything for an identity that is not there.
        return Err(Fault::refused("there is no identity here that it could be sealed for")
            .hint("make one with `byok init`, and send what `byok identity show` calls the recipient")
            .into());
    }
    let content = seal::open(&bytes, session.opener.identities()?).map_err(|error| unfit(error.into()))?;
    let text = std::str::from_utf8(&content).map_err(|_| unfit(FormError::Foreign.into()))?;
    Profile::parse(text).map_err(|error| match error {
        FormError::Foreign if backup::Backup::parse(text).is_ok() => {
            let fault = unfit("it is a backup of a whole home".into());
            fault.hint(format!("see what is in it: `byok restore {} --dry-run`", quoted(path))).into()
        }
        error => unfit(error.into()).into(),
    })
}

/// The file as the command line names it.
fn shown(path: &Path) -> String {
    if is_file(&path.to_string_lossy()) { quoted(path) } else { format!("byok --file {}", quoted(path)) }
}

/// How a key stands here, what it does, and in what it differs.
fn says(one: &Compared<'_>, replace: bool) -> String {
    told(one, replace) + &differs::leads(one) + &differs::in_words(one)
}

fn told(one: &Compared<'_>, replace: bool) -> String {
    let mask = one.here.map(|here| here.secret.mask()).unwrap_or_default();
    match &one.standing {
        Standing::New => "new".to_owned(),
        Standing::Same => "same".to_owned(),
        Standing::Elsewhere(name) => format!("same, here as `{name}`"),
        _ if replace => format!("takes the place of {mask}"),
        Standing::OlderHere => format!("different: {mask} here, which is older"),
        Standing::NewerHere => format!("different: {mask} here, which is newer"),
        Standing::Different => format!("different: {mask} here"),
    }
}

fn agree(session: &Session<'_>, args: &Import, path: &Path, count: usize) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    match session.ui.confirm(&format!("seal {} in profile `{}`?", counted(count, "key"), session.profile))? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::failed("nothing was taken").into()),
        None => Err(Fault::misused("nobody is here to confirm")
            .hint(format!("look at them with `--dry-run`, then take them: `byok import {} --yes`", shown(path)))
            .into()),
    }
}
