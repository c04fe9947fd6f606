//! The table: every deed that changes something, disturbed at each of its calls.
//!
//! What is not here changes nothing that lasts (`lock`, `unlock`), goes to the keychain (`tests/keyring`) or moves the
//! identity (`tests/identity/moving.rs`).

use super::deed::Trial;
use super::deeds;

macro_rules! disturbed {
    ($($deed:ident,)*) => {$(
        #[test]
        fn $deed() {
            let Some(trial) = Trial::of(deeds::$deed()) else { return };
            trial.comes_out_old_or_new();
        }
    )*};
}

macro_rules! killed {
    ($($deed:ident,)*) => {$(
        #[test]
        fn $deed() {
            let Some(trial) = Trial::of(deeds::$deed()) else { return };
            trial.killed();
        }
    )*};
}

disturbed! {
    init,
    first_add,
    another_add,
    replacing_add,
    edit,
    change_of_the_active_key,
    removal,
    renaming,
    copy_under_another_label,
    copy_into_another_profile,
    move_into_another_profile,
    rotation,
    rotation_back,
    end_of_rotation,
    import_of_an_env_file,
    import_that_deletes,
    import_of_an_encrypted_export,
    export_to_a_file,
    export_over_a_file,
    encrypted_export,
    export_into_a_tools_file,
    new_profile,
    profile_copy,
    profile_removal,
    change_of_the_profile_in_use,
    change_of_a_profiles_fallback,
    joining,
    acceptance,
    letting_in,
    letting_out,
    another_recipient_of_theirs,
    new_identity,
    recovery_sheet,
    identity_back_from_a_sheet,
    another_passphrase,
    merging,
    backup,
    restore_in_its_place,
    restore_key_by_key,
    new_provider,
    removal_of_a_provider,
    trust,
    trust_taken_back,
    setup,
    setup_taken_back,
    mending,
}

// git has a part in these, and its own calls are its own business: they are killed, and nothing else.
killed! {
    git_setup,
    hook_of_a_repository,
}
