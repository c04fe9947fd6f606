//! A person's own `providers.toml`: what it changes is whole, and leads no key of a provider's own somewhere else.

use byok::name::ProviderId;
use byok::provider::Registry;

/// Reads it and asks for everything that it says.
pub fn run(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let registry = match Registry::with_overlay(text) {
        Ok(registry) => registry,
        Err(error) => return super::silent(&error),
    };
    let table: toml::Table = text.parse().expect("what was read is TOML");
    for id in table.keys() {
        let id = ProviderId::parse(id).expect("an entry's name is a provider's");
        assert!(registry.is_known(&id) && registry.is_own(&id));
        let provider = registry.get(&id);
        provider.check().expect("what was taken holds its own rules");
        assert_eq!(registry.find(id.as_str()).expect("its own name finds it"), id);
        let _ = registry.exports(&id);
        let builtin = Registry::builtin();
        if let (true, Some(admin)) = (builtin.is_known(&id), &provider.admin) {
            let own = builtin.get(&id).admin;
            assert!(own.is_some(), "an overlay made `{id}` a provider with admin keys");
            // Where keys are made and revoked, only the registry says.
            let places =
                |admin: &byok::provider::Admin| format!("{:?} {:?} {:?}", admin.list, admin.make, admin.revoke);
            let gone = admin.list.is_none() && admin.make.is_none() && admin.revoke.is_none();
            assert!(
                gone || own.is_some_and(|own| places(&own) == places(admin)),
                "an overlay moved the admin API of `{id}`"
            );
        }
    }
}
