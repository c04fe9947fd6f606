//! Variables of this environment that shadow a key, lead it astray, weaken what protects it, or do nothing.

use byok::profile::Profile;
use byok::provider::{Naming, Registry, Role};
use byok::resolve;

use super::finding::{Finding, Severity};
use super::scene::Scene;
use crate::between::{self, Between};
use crate::vars;

type Variables = [(String, String)];

pub(super) fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    let all = vars::all();
    let mut findings = weakened(&all);
    findings.extend(idle(&all));
    let Ok(session) = scene.safe() else { return findings };
    let builtin = Registry::builtin();
    let registry = session.registry().unwrap_or(&builtin);
    let open = scene.open_profiles().unwrap_or_default();
    let meant = open.iter().find(|(name, _)| **name == session.profile).map(|(_, profile)| *profile);
    let profiles: Vec<&Profile> = open.iter().map(|(_, profile)| *profile).collect();
    findings.extend(shadows(registry, &profiles, &all, scene.vars.ci));
    if let Some(profile) = meant {
        let keys: Vec<_> =
            profile.active_keys().into_iter().filter(|key| key.exported && !resolve::is_admin(key)).collect();
        let settings = resolve::settings(registry, Naming::Usual, &keys);
        for name in resolve::foreign_endpoints(registry, &settings, &all) {
            let text = format!("`{name}` leads one of your keys to a host that is not its provider's");
            findings.push(
                Finding::warning("foreign-endpoint", text).fix("unless that is what you want", format!("unset {name}")),
            );
        }
    }
    findings
}

/// Variables that hold another key than any that is stored for their provider; pure.
fn shadows(registry: &Registry, profiles: &[&Profile], all: &Variables, ci: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, value) in all.iter().filter(|(_, value)| !value.is_empty()) {
        let claims = registry.claims(name);
        let stored: Vec<_> = claims
            .iter()
            .filter(|claim| claim.role == Role::Key)
            .flat_map(|claim| profiles.iter().flat_map(|profile| profile.keys_of(&claim.provider)))
            .collect();
        let Some(first) = stored.first() else { continue };
        if stored.iter().any(|key| key.secret.expose() == value) {
            continue;
        }
        // A job is given its keys so.
        let severity = if ci { Severity::Note } else { Severity::Warning };
        let text =
            format!("`{name}` holds another key than byok has for `{}`, and programs take it instead", first.provider);
        findings.push(Finding::new("shadowed", severity, text).fix("take byok's", format!("unset {name}")));
    }
    findings
}

/// Variables that turn off or move what proves a server to be the one that it says it is; pure.
fn weakened(all: &Variables) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, value) in all {
        let unset = || format!("unset {name}");
        match between::of(name, value) {
            Some(Between::Anybody) => {
                let text = format!("`{name}=0`: programs send your keys to whoever answers in a server's name");
                findings.push(Finding::problem("tls-off", text).fix("prove servers again", unset()));
            }
            Some(Between::Certificates) => {
                let text =
                    format!("`{name}` says whose certificates are believed: whoever made them can read your keys");
                findings.push(Finding::note("certificates", text).fix("unless that is your own doing", unset()));
            }
            // Told where a program is handed keys.
            Some(Between::Proxy(_)) | None => {}
        }
    }
    findings
}

/// Variables that look like byok's and are none; pure.
fn idle(all: &Variables) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, _) in all.iter().filter(|(name, _)| name.starts_with("BYOK_")) {
        if name == "BYOK_PASSPHRASE" {
            let text = "`BYOK_PASSPHRASE` does nothing, and every program that you start sees it";
            let finding = Finding::problem("passphrase-in-environment", text);
            findings.push(
                finding.fix("name a file that holds it with `BYOK_PASSPHRASE_FILE` instead", "unset BYOK_PASSPHRASE"),
            );
        } else if !vars::KNOWN.contains(&name.as_str()) {
            let near = vars::KNOWN.iter().min_by_key(|known| strsim::osa_distance(known, name));
            let near = near.filter(|known| strsim::osa_distance(known, name) <= 3);
            let meant = near.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            // Whatever a variable may be called, it is pasted into a shell.
            let shown: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let text = format!("`{shown}` does nothing{meant}");
            findings.push(Finding::warning("idle-variable", text).fix("take it away", format!("unset {shown}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(found: &[Finding]) -> Vec<&'static str> {
        found.iter().map(|one| one.id).collect()
    }

    fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_slip_of_the_pen_is_told_with_what_was_meant() {
        let found = idle(&set(&[("BYOK_PROFLE", "x"), ("BYOK_PROFILE", "x"), ("BYOK_WHATEVER_ELSE", "1")]));
        assert_eq!(ids(&found), ["idle-variable", "idle-variable"]);
        assert_eq!(found[0].text, "`BYOK_PROFLE` does nothing; did you mean `BYOK_PROFILE`?");
        assert_eq!(found[1].text, "`BYOK_WHATEVER_ELSE` does nothing");
        assert_eq!(idle(&set(&[("BYOK_PASSPHRASE", "x")]))[0].severity, Severity::Problem);
    }

    #[test]
    fn what_weakens_tls_is_told_without_its_value() {
        let found = weakened(&set(&[
            ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
            ("SSL_CERT_FILE", "/home/me/ca.pem"),
            ("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt"),
            ("PYTHONHTTPSVERIFY", "1"),
        ]));
        assert_eq!(ids(&found), ["tls-off", "certificates"]);
        assert!(!found[1].text.contains("/home/me"));
    }

    #[test]
    fn every_variable_that_byok_reads_is_known() {
        let source = concat!(include_str!("../../vars.rs"), include_str!("../../../../access/home.rs"));
        let quoted = source.split('"').skip(1).step_by(2).filter(|text| text.starts_with("BYOK_"));
        for name in quoted.filter(|name| *name != "BYOK_PASSPHRASE") {
            assert!(vars::KNOWN.contains(&name), "{name}");
        }
        for name in vars::KNOWN {
            assert!(source.matches(&format!("\"{name}\"")).count() > 1, "{name} is not read");
        }
    }
}
