//! Profiles of the keychain are in a backup as well, and go back to where they were.

use super::{WORDS, private};
use crate::keyring::Keyring;
use crate::samples::{GROQ, OPENAI};
use crate::world::World;

#[test]
fn a_profile_of_the_keychain_is_in_it_and_comes_back() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("add openai --stdin --as-is").stdin(OPENAI).go();
    keyring.byok("profile create work --store keychain").go();
    keyring.byok("-p work add groq --stdin --as-is").stdin(GROQ).go();
    let pass = private(&keyring.world.path("pass"), WORDS);
    keyring.byok("backup full.age --passphrase --with-identity --passphrase-file").arg(&pass).go();
    let file = keyring.world.path("full.age");
    // Elsewhere there is no keychain: it is not put anywhere else unasked, and then it is.
    let elsewhere = World::new();
    let restore = || elsewhere.byok("restore --yes --passphrase-file").arg(&pass).arg(&file);
    let refused = restore().code(4).stdout_holds(&["groq"]);
    refused.stderr_holds(&["restored profile `default`", "cannot use profile `work` in the keychain"]).check();
    restore().args("--store file").stdout_holds(&["groq"]).stderr_holds(&["restored profile `work`"]).check();
    elsewhere.byok("-p work get groq").stdout(GROQ).check();
    // Here it goes back into the keychain.
    keyring.byok("profile rm work --yes").go();
    let back = keyring.byok("restore --yes --passphrase-file").arg(&pass).arg(&file).stdout_holds(&["groq"]);
    back.stderr_holds(&["restored profile `work`"]).check();
    keyring.byok("profile list").stdout_holds(&["keychain"]).check();
    keyring.byok("-p work get groq").stdout(GROQ).check();
    // And what is there is set aside sealed, not in the clear.
    keyring.byok("-p work add xai --stdin --as-is").stdin("an-xai-key-of-some-length").go();
    let over = keyring.byok("restore --yes --replace --passphrase-file").arg(&pass).arg(&file);
    over.stdout_holds(&["only here"]).stderr_holds(&["what was there is kept"]).check();
    let aside = std::fs::read(keyring.world.home().join("profiles/work.age.old")).unwrap();
    assert!(aside.starts_with(b"age-encryption.org/v1\n"));
    keyring.byok("-p work get groq").stdout(GROQ).check();
    // Keys move between a file and the keychain.
    keyring.byok("move openai --to-profile work").go();
    keyring.byok("-p work get openai").stdout(OPENAI).check();
}
