//! `byok redact`: a stream without the keys in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Result;
use byok::profile::Profile;
use byok::redact::{Redactor, SHORTEST};
use byok::scan::Finder;
use byok::secret::Secret;
use byok::store::Store as _;
use zeroize::Zeroizing;

use crate::cli::scanning::Redact;
use crate::fault::code;
use crate::session::{Session, dense, secret_argument};
use crate::ui::escaped;

/// How much is read at one time, in bytes.
const CHUNK: usize = 128 * 1024;

pub(crate) fn run(session: &Session<'_>, args: &Redact) -> Result<u8> {
    // Before the first byte is read: where a profile does not open, nothing is passed on.
    let profiles = profiles(session, args.all_profiles)?;
    let secrets = secrets(&profiles);
    let short: Vec<&str> =
        secrets.iter().filter(|(_, one)| one.expose().len() < SHORTEST).map(|(name, _)| name.as_str()).collect();
    if !short.is_empty() {
        session.ui.warn(&format!("too short to be told from words, and left as they are: {}", short.join(", ")));
    }
    let finder = if args.shapes { Some(Finder::new(session.registry()?)) } else { None };
    let mut redactor = Redactor::new(&secrets, finder.as_ref());
    let (mut from, mut out) = (Zeroizing::new(vec![0; CHUNK]), Vec::with_capacity(2 * CHUNK));
    let files: Vec<&Path> = args.files.iter().map(AsRef::as_ref).collect();
    let mut missed = false;
    for path in if files.is_empty() { vec![Path::new("-")] } else { files } {
        let done = match open(path) {
            Ok(mut file) => pass(session, &mut *file, &mut redactor, &mut from, &mut out)?,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            missed = true;
            if dense(&path.to_string_lossy()) {
                return Err(secret_argument());
            }
            session.ui.warn(&format!("cannot read `{}`: {error}", escaped(&path.display().to_string())));
        }
    }
    redactor.finish(&mut out);
    session.ui.data(&out)?;
    Ok(if missed { code::FAILED } else { code::DONE })
}

/// Passes one file on; what goes wrong in reading it is the inner error.
fn pass(
    session: &Session<'_>,
    file: &mut dyn Read,
    redactor: &mut Redactor<'_>,
    from: &mut [u8],
    out: &mut Vec<u8>,
) -> Result<io::Result<()>> {
    loop {
        let got = match file.read(from) {
            Ok(0) => return Ok(Ok(())),
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        redactor.push(&from[..got], out);
        session.ui.stream(out)?;
        out.clear();
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    // Reading what is being written would never end.
    #[cfg(unix)]
    {
        let (from, to) = (rustix::fs::fstat(&file)?, rustix::fs::fstat(io::stdout())?);
        if file.metadata()?.is_file() && (from.st_dev, from.st_ino) == (to.st_dev, to.st_ino) {
            return Err(io::Error::other("it is what is written to"));
        }
    }
    Ok(Box::new(file))
}

/// The meant profile, or all of them.
fn profiles(session: &Session<'_>, all: bool) -> Result<Vec<(Option<String>, Profile)>> {
    if !all {
        return Ok(vec![(None, session.read()?)]);
    }
    let mut names = session.store().profiles()?;
    // The meant one names what several have.
    names.sort_by_key(|name| *name != session.profile);
    let open = |name| Ok((Some(format!("{name}/")), session.read_named(name)?));
    names.iter().map(open).collect()
}

/// Every secret with the name that stands in its place: `openai`, `openai:work`, `work/openai`.
fn secrets(profiles: &[(Option<String>, Profile)]) -> Vec<(String, &Secret)> {
    let mut secrets = Vec::new();
    for (profile, document) in profiles {
        let start = profile.as_deref().filter(|_| profiles.len() > 1).unwrap_or_default();
        let named = document.keys().iter().zip(document.display_all());
        // An old one that is kept may still work.
        secrets.extend(named.flat_map(|(key, name)| key.secrets().map(move |one| (format!("{start}{name}"), one))));
    }
    secrets
}
