//! The project that the working folder belongs to, and whether its file is obeyed.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use byok::name::ProviderId;
use byok::project::Project;
use byok::trust::{self, Found, Refusal};

use crate::fault::Fault;
use crate::session::{InForce, Session};
use crate::ui::escaped;

/// How a project's file stands.
pub(crate) enum Standing {
    /// There is none, or none is looked for.
    Absent,
    /// It is not one that can be agreed to.
    Refused(PathBuf, Refusal),
    /// Nobody has agreed to it as it is.
    Untrusted(Found),
    /// It is obeyed.
    Trusted(InForce),
}

/// How the nearest project's file stands. Nothing else is read, asked or started before that is known.
pub(crate) fn standing(session: &Session<'_>) -> Result<Standing> {
    if session.vars.no_project {
        return Ok(Standing::Absent);
    }
    // A working folder that was removed belongs to no project.
    let Ok(folder) = env::current_dir() else { return Ok(Standing::Absent) };
    Ok(match trust::find(&folder, session.vars.user_home.as_deref()) {
        None => Standing::Absent,
        Some(Err((path, refusal))) => Standing::Refused(path, refusal),
        Some(Ok(found)) if session.trust().holds(&found)? => {
            let asks = read(session, &found)?;
            Standing::Trusted(InForce { path: found.path, asks })
        }
        Some(Ok(found)) => Standing::Untrusted(found),
    })
}

/// What a project's file asks for, its providers called as the registry calls them.
pub(crate) fn read(session: &Session<'_>, found: &Found) -> Result<Project> {
    let read = Project::parse(&found.bytes);
    let mut asks = read.with_context(|| format!("cannot read `{}`", found.path.display()))?;
    let registry = session.registry()?;
    asks.rename(|id: &ProviderId| registry.find(id.as_str()).unwrap_or_else(|_| id.clone()));
    Ok(asks)
}

/// Has the verb that follows obey the project, if a person has agreed to it. One that nobody has agreed to means
/// nothing, which is said once; in CI, where nobody reads that, it stops byok.
pub(crate) fn enter(session: &mut Session<'_>) -> Result<()> {
    let (path, news, sentence, hint) = match standing(session)? {
        Standing::Absent => return Ok(()),
        Standing::Trusted(project) => {
            obey(session, project);
            return Ok(());
        }
        Standing::Untrusted(found) => {
            let sentence = format!("`{}` is not trusted", escaped(&found.path.display().to_string()));
            (found.path.clone(), found.sha256(), sentence, agree(session))
        }
        Standing::Refused(path, refusal) => {
            let hint = "go without a project: `export BYOK_NO_PROJECT=1`".to_owned();
            (path, refusal.to_string(), refusal.to_string(), hint)
        }
    };
    if session.vars.ci {
        let without = "or go without: `export BYOK_NO_PROJECT=1`";
        let fault = Fault::refused(sentence);
        return Err(if hint.contains("NO_PROJECT") { fault.hint(hint) } else { fault.hint(hint).hint(without) }.into());
    }
    if session.trust().is_news(&path, &news) {
        session.ui.warn(&format!("{sentence}: it changes nothing"));
        session.ui.hint(&hint);
    }
    Ok(())
}

/// How to agree to the project of the working folder.
pub(crate) fn agree(session: &Session<'_>) -> String {
    if session.vars.ci {
        "agree to what it asks for: `byok trust --yes`".to_owned()
    } else {
        "see what it asks for, and agree to it: `byok trust`".to_owned()
    }
}

/// Takes the project's profile, unless a person named one for this run, and keeps the rest for those who choose keys.
pub(crate) fn obey(session: &mut Session<'_>, project: InForce) {
    if let Some(profile) = project.asks.profile.clone().filter(|_| !session.is_named) {
        session.profile = profile;
    }
    session.project = Some(project);
}
