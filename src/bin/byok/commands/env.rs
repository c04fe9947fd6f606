//! `byok env`: what sets the keys in a shell. Nothing is printed unless all of it can be.

use anyhow::Result;
use byok::name::EnvName;
use byok::shell::{self, Dialect};
use zeroize::Zeroizing;

use super::pick;
use crate::cli::Env;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Env) -> Result<u8> {
    let dialect = shell::dialect(&args.shell).ok_or_else(|| {
        Fault::misused("byok does not speak this shell").hint(format!("it speaks {}", shell::names().join(", ")))
    })?;
    let fish = dialect.name() == "fish";
    let set = if fish { "`byok env --shell fish | source`" } else { "`eval \"$(byok env)\"`" };
    session.ui.refuse_terminal(args.reveal || args.unset, &format!("set the keys with {set}"))?;
    let by_name = !args.select.keys.is_empty();
    let profiles = pick::profiles(session, by_name)?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    pick::tell_expired(session, &profiles[0], &selection);
    let settings = pick::settings(session, &profiles[0], &selection.keys, by_name)?;
    if args.unset {
        let mut names: Vec<&EnvName> = settings.settings.iter().map(|setting| &setting.name).collect();
        // What is not handed out any more may still be set from before.
        let stale = if by_name { Vec::new() } else { pick::stale(session, &profiles, &settings)? };
        names.extend(&stale);
        session.ui.data(unset(dialect, &names).as_bytes())?;
        return Ok(code::DONE);
    }
    let mut gone = pick::stale(session, &profiles, &settings)?;
    // With names, keys come on top of what is set; without, this is the whole of it.
    gone.retain(|name| !by_name || settings.concerns(name));
    pick::add_foreign(session, &settings, &args.keep_env, &mut gone);
    let size: usize = settings.settings.iter().map(|setting| setting.value.len() * 4 + 96).sum();
    let mut out = Zeroizing::new(unset(dialect, &gone.iter().collect::<Vec<_>>()));
    out.reserve(size);
    for setting in &settings.settings {
        // fish splits at line breaks only, and `| source` does not split at all.
        let whole = if fish { !setting.value.contains('\n') } else { shell::survives_splitting(setting.value) };
        if !args.quoted && !whole {
            return Err(Fault::refused(format!(
                "the value of `{}` would not survive `eval $(byok env)` without quotes",
                setting.name
            ))
            .hint(if fish {
                "`byok env --shell fish --quoted | source` carries every value unchanged"
            } else {
                "`eval \"$(byok env --quoted)\"`, with the quotes, carries every value unchanged"
            })
            .hint(format!("or leave it out: `byok env --except {}`", setting.key.provider))
            .into());
        }
        dialect.set(&setting.name, setting.value, &mut out);
    }
    session.ui.data(out.as_bytes())?;
    Ok(code::DONE)
}

fn unset(dialect: &dyn Dialect, names: &[&EnvName]) -> String {
    let mut out = String::new();
    for name in names {
        dialect.unset(name, &mut out);
    }
    out
}
