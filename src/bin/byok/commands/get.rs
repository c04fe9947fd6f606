//! `byok get`: one raw secret, or what it takes to use it as JSON, to a pipe.

use std::io::IsTerminal;

use anyhow::Result;
use byok::Resolved;
use byok::provider::Naming;
use byok::resolve::Answer;
use serde_json::json;
use zeroize::Zeroizing;

use super::explain::Explained;
use super::pick;
use crate::cli::handing::Get;
use crate::fault::code;
use crate::session::Session;
use crate::ui;

pub(crate) fn run(session: &Session<'_>, args: &Get) -> Result<u8> {
    // A tool that calls byok for its key shows neither output, and a question would break its screen.
    if !std::io::stdout().is_terminal() && !std::io::stderr().is_terminal() {
        session.ui.hush();
    }
    let name = session.key(&args.key)?;
    if !args.explain {
        session.ui.refuse_terminal(args.reveal, &format!("pipe it: `byok get {name} | …`"))?;
    }
    let profiles = pick::profiles_if_any(session, !args.explain)?;
    let trail = pick::walk_on(session, &profiles, Naming::Usual, &name)?;
    if args.explain {
        let mut explained = Explained::new();
        explained.add(session, &trail, None)?;
        explained.print(session, args.json)?;
    }
    let answer = match trail.answer() {
        Ok(_) if args.explain => return Ok(code::DONE),
        Ok(answer) => answer,
        // Where nothing was ever stored, that is what keeps it from answering.
        Err(error) => return pick::first(session, &profiles).and_then(|_| Err(error.into())),
    };
    let secret = match &answer {
        Answer::Key { key, .. } => {
            session.note_read(&profiles, &[*key]);
            key.secret.clone()
        }
        Answer::Environment(variable) => pick::system(variable)?,
    };
    if args.json {
        let registry = session.registry()?;
        let found = match answer {
            Answer::Key { profile, is_fallback, key } => Resolved::of_key(registry, profile, is_fallback, key),
            Answer::Environment(variable) => Resolved::of_system(registry, &name.provider, variable, secret),
        };
        session.ui.data(document(&found).as_bytes())?;
        return Ok(code::DONE);
    }
    session.ui.data(secret.expose().as_bytes())?;
    if std::io::stdout().is_terminal() {
        session.ui.data(b"\n")?;
    }
    Ok(code::DONE)
}

/// The key and what it takes to use it. The secret goes past every buffer that is not wiped.
fn document(found: &Resolved) -> Zeroizing<String> {
    let about = json!({
        "version": 1,
        "provider": found.provider.as_str(),
        "label": found.label.as_ref().map(byok::name::Label::as_str),
        "profile": found.source.profile().map(byok::name::ProfileName::as_str),
        "source": found.source.as_str(),
        "variable": found.variable.as_str(),
        "fields": found.fields,
        "base_url": found.base_url,
        "expires": found.expires.map(|end| end.to_string()),
    });
    let about = ui::json(&about);
    let about = about.strip_suffix("\n}\n").unwrap_or_default();
    let secret = found.secret.expose();
    // Every character may become an escape of six bytes, one outside the first plane two of them.
    let mut out = Zeroizing::new(String::with_capacity(about.len() + secret.len() * 6 + 32));
    out.push_str(about);
    out.push_str(",\n  \"secret\": \"");
    for c in secret.chars() {
        // Plain ASCII alone: no parser, terminal or CI system reads anything else into it.
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '#') || c == ' ' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str("\\u");
            for shift in [12, 8, 4, 0] {
                out.extend(char::from_digit(u32::from(*unit >> shift) & 15, 16));
            }
        }
    }
    out.push_str("\"\n}\n");
    out
}
