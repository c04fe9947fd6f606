//! The way to providers: what the environment says of it, which keys may go where, and a sign of life meanwhile.

use anyhow::Result;
use byok::http::Setup;
use byok::probe::{self, Candidate, Event, Options, Trace};
use byok::profile::Key;
use byok::provider::Registry;
use byok::resolve::is_admin;
use byok::verdict::Tested;

use crate::between;
use crate::fault::Fault;
use crate::live::Live;
use crate::session::Session;
use crate::vars;

impl Session<'_> {
    /// Whether a person wants byok never to ask the network.
    pub(crate) fn is_offline(&self) -> bool {
        self.settings.offline || vars::offline()
    }

    /// Tries these keys; the answers stand in the same order, and are missing where somebody stopped it. A live display
    /// shows on a terminal what is being waited for.
    pub(crate) fn probe(
        &self,
        names: &[String],
        candidates: &[Candidate],
        options: &Options,
    ) -> Result<Vec<Option<Tested>>> {
        let setup = self.way(candidates.iter().any(probe::needs_certificates));
        let mut live = Live::new(self.ui, names);
        let tell = &mut |event: Event| {
            if let Event::Asked { at, trace } = &event
                && self.verbose.get()
            {
                live.above(&said(&names[*at], trace));
            }
            live.hear(&event);
        };
        Ok(probe::run(self.registry()?, &setup, candidates, options, self.stop(), tell))
    }

    /// The way out, as the environment says it. Whose certificates are believed is told once, where any are `needed` and
    /// they are not the system's.
    pub(crate) fn way(&self, needed: bool) -> Setup {
        let network = vars::Network::read();
        if let Some((name, path)) = network.certificates.as_ref().filter(|_| needed)
            && !path.to_str().is_some_and(between::is_systems)
            && !self.believing.replace(true)
        {
            self.ui.say(&format!("believing the certificates of `{}` ({name})", path.display()));
        }
        Setup { proxy: network.proxy, no_proxy: network.no_proxy, ..Setup::default() }
    }

    /// How a test goes on where nobody says otherwise.
    pub(crate) fn usual(&self) -> Options {
        Options { jobs: probe::JOBS, timeout: None, allow_cost: false, now: self.now }
    }
}

/// One request in one line: nothing of what was sent.
pub(crate) fn said(name: &str, trace: &Trace) -> String {
    let outcome = match &trace.outcome {
        Ok(status) => status.to_string(),
        Err(why) => why.clone(),
    };
    let invented = if trace.invented { " (with an invented key)" } else { "" };
    format!("{name}: {} {} {outcome}, {} ms{invented}", trace.method, trace.host, trace.took.as_millis())
}

/// A stored key as it is tried.
pub(crate) fn candidate(registry: &Registry, key: &Key) -> Candidate {
    let (mut provider, mut fields) = (registry.get(&key.provider), key.fields.clone());
    let builtin = Registry::builtin();
    if is_admin(key) && builtin.is_known(&key.provider) {
        // It goes to its provider's own host, whatever an entry or an endpoint says.
        provider = builtin.get(&key.provider);
        fields.remove("endpoint");
    }
    Candidate { provider, secret: key.secret.clone(), fields }
}

/// Refuses an address for a key that goes to its provider alone.
pub(crate) fn refuse_address(key: &Key) -> Result<()> {
    if !is_admin(key) || !key.fields.contains_key("endpoint") || !Registry::builtin().is_known(&key.provider) {
        return Ok(());
    }
    let name = Registry::builtin().get(&key.provider).name;
    Err(Fault::misused(format!("an admin key of {name} goes to {name} alone")).hint("leave `--endpoint` out").into())
}

/// Whether a key may go where its provider's entry leads it now.
pub(crate) enum Bond {
    /// It may, as it always did; or it goes nowhere.
    Kept,
    /// It may, and is bound to this host from now on.
    New(String),
    /// It was bound to one host, and the entry leads to another now.
    Moved { from: String, to: String },
}

/// Looks where a key would go. A key of a built-in provider is bound to that provider's host, one of a person's own to
/// the host that it was first tried at, and one with an endpoint of its own to that.
pub(crate) fn bond(candidate: &Candidate, host: Option<&str>) -> Bond {
    let Some(to) = probe::host(candidate) else { return Bond::Kept };
    let builtin = Registry::builtin();
    let usual = builtin.is_known(&candidate.provider.id).then(|| {
        let provider = builtin.get(&candidate.provider.id);
        probe::host(&Candidate { provider, ..candidate.clone() })
    });
    match (host, usual.flatten()) {
        (_, Some(usual)) if usual == to => Bond::Kept,
        (Some(host), _) if host == to => Bond::Kept,
        // What a person typed for this very key is where it is to go.
        (None, _) if candidate.fields.contains_key("endpoint") => Bond::New(to),
        (Some(from), _) => Bond::Moved { from: from.to_owned(), to },
        (None, Some(usual)) => Bond::Moved { from: usual, to },
        (None, None) => Bond::New(to),
    }
}
