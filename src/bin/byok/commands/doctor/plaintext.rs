//! Copies of keys that lie in the clear, in the files that `byok where` looks at.

use byok::copies::{Place, Readers, survey};
use byok::provider::Registry;
use byok::secret::Secret;

use super::super::places;
use super::finding::Finding;
use super::scene::{Found, Scene};
use crate::around;
use crate::ui::escaped;

/// A key that lies in a file in the clear. Holds no value.
struct Copied {
    /// The file and line.
    place: String,
    /// What the file calls it.
    entry: String,
    /// Who may read it.
    readers: Readers,
    /// The stored key that has the same value; else only the name tells whose it is.
    stored: Option<String>,
    /// The command that stores it, and takes it away from there.
    cleaning: String,
}

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let builtin = Registry::builtin();
    let registry = session.registry().unwrap_or(&builtin);
    let profiles = scene.open_profiles().unwrap_or_default();
    let Some(around) = around::here(session) else {
        let home = Finding::note("no-home", "not looked at: `HOME` is not set to an absolute path");
        return Ok(vec![home.fix("say where your home folder is", "export HOME=\"$(echo ~)\"")]);
    };
    let stored = |secret: &Secret| {
        profiles.iter().find_map(|(name, profile)| {
            let key = profile.keys().iter().find(|key| key.secret.same_as(secret))?;
            let shown = profile.display(key);
            Some(if **name == session.profile { shown.to_string() } else { format!("{shown} of profile {name}") })
        })
    };
    let survey = survey(registry, &around, Vec::new());
    let copied = survey.copies.iter().filter_map(|copy| {
        let Place::File { path, line, entry, .. } = &copy.place else { return None };
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        Some(Copied {
            place: escaped(&format!("{}{line}", path.display())),
            entry: escaped(entry),
            readers: copy.readers,
            stored: stored(copy.holds.key()?),
            cleaning: places::cleaning(&around, copy)?.1,
        })
    });
    Ok(copied.map(|copied| judge(&copied)).collect())
}

/// What is to be said of a copy; pure.
fn judge(copied: &Copied) -> Finding {
    let Copied { place, entry, stored, .. } = copied;
    let whose = stored.as_ref().map_or_else(|| format!("a key, `{entry}`,"), |key| format!("`{key}`"));
    let readers = match copied.readers {
        Readers::Owner => "",
        Readers::Group => ", for your group to read",
        Readers::Everyone => ", for everyone on this machine to read",
    };
    let text = format!("`{place}` holds {whose} in the clear{readers}");
    let finding = match (&copied.stored, copied.readers) {
        (_, Readers::Group | Readers::Everyone) => Finding::problem("plaintext-exposed", text),
        (Some(_), Readers::Owner) => Finding::warning("plaintext-copy", text),
        (None, Readers::Owner) => Finding::note("plaintext-key", text),
    };
    let what = if stored.is_some() {
        "it is sealed here: take it away from there"
    } else {
        "seal it, and take it away from there"
    };
    finding.fix(what, copied.cleaning.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_read_is_a_problem_a_stored_copy_a_warning_and_another_a_note() {
        let judged = |stored: Option<&str>, readers| {
            judge(&Copied {
                place: "/p/.env:3".to_owned(),
                entry: "OPENAI_API_KEY".to_owned(),
                readers,
                stored: stored.map(str::to_owned),
                cleaning: "byok import dotenv --delete-source".to_owned(),
            })
        };
        let ids = [
            judged(Some("openai"), Readers::Everyone).id,
            judged(Some("openai"), Readers::Owner).id,
            judged(None, Readers::Owner).id,
        ];
        assert_eq!(ids, ["plaintext-exposed", "plaintext-copy", "plaintext-key"]);
        assert_eq!(judged(Some("openai"), Readers::Owner).text, "`/p/.env:3` holds `openai` in the clear");
    }
}
