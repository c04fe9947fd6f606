//! From a file into the keychain, and back.

use super::{Keyring, SECRET};

#[test]
fn a_profile_moves_there_and_back_whole() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("profile create work").go();
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
    let moved = keyring.byok("profile move work --to keychain");
    moved.stderr("moved profile `work` into the Secret Service\n").check();
    assert!(keyring.marker().exists() && !keyring.sealed().exists());
    keyring.byok("-p work get openai").stdout(SECRET).check();
    let again = keyring.byok("profile move work --to keychain");
    again.code(1).stderr_holds(&["profile `work` is in the Secret Service already"]).check();
    keyring.byok("-p work add groq --stdin --as-is").stdin(format!("{SECRET}-2")).go();
    keyring.byok("profile move work --to file").stderr("moved profile `work` into a sealed file\n").check();
    assert!(!keyring.marker().exists() && keyring.sealed().exists());
    assert!(keyring.items().is_empty());
    assert_eq!(keyring.keys("work").unwrap(), ["groq", "openai"]);
    keyring.byok("profile move work --to file").code(1).stderr_holds(&["in a sealed file already"]).check();
    keyring.byok("profile move nobody --to file").code(3).stderr_holds(&["there is no profile `nobody`"]).check();
}

#[test]
fn two_copies_of_one_name_are_refused_until_one_is_chosen() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("profile create work").go();
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
    let old = std::fs::read(keyring.sealed()).unwrap();
    keyring.byok("profile move work --to keychain").go();
    // A backup of the same document: the newer copy is kept.
    byok::disk::create(&keyring.sealed(), &old).unwrap();
    let words = ["profile `work` lies in two places", "`byok profile move work --to keychain`", "work.age"];
    for verb in ["-p work env", "-p work rm openai --yes", "profile rm work --yes", "-p work list"] {
        keyring.byok(verb).code(4).stderr_holds(&words).check();
    }
    keyring.byok("profile move work --to keychain").go();
    assert!(!keyring.sealed().exists());
    keyring.byok("-p work add groq --stdin --as-is").stdin(format!("{SECRET}-2")).go();
    // A backup of another one: a person decides.
    byok::disk::create(&keyring.sealed(), &old).unwrap();
    let refused = keyring.byok("profile move work --to file").code(4);
    refused.stderr_holds(&["lies in two places", &format!("mv '{0}' '{0}'.old", keyring.sealed().display())]).check();
    std::fs::rename(keyring.sealed(), keyring.sealed().with_extension("age.old")).unwrap();
    assert_eq!(keyring.keys("work").unwrap(), ["groq", "openai"]);
}

#[test]
fn a_forged_file_is_not_laundered_by_a_move() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("profile create work").go();
    std::fs::write(keyring.world.home().join("pins/work.toml"), "vault = \"00\"\ngeneration = 1\n").unwrap();
    let moved = keyring.byok("profile move work --to keychain");
    moved.code(4).stderr_holds(&["is not the one that byok wrote"]).check();
    assert!(!keyring.marker().exists() && keyring.items().is_empty());
}
