//! `byok import-env`: from the environment and from .env files, told before and after, and the same twice.

use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

#[test]
fn the_keys_of_the_environment_and_of_files_are_sealed() {
    let world = World::new();
    world.file(
        ".env",
        format!("# mine\nexport GROQ_API_KEY='{GROQ}'\nMISTRAL_API_KEY=YOUR_KEY_HERE\nANTHROPIC_API_KEY=\"{ANTHROPIC}\" # work\nUNRELATED=1\n"),
    );
    let home = world.home();
    let home = home.display();
    let import = || {
        world
            .byok("import-env --file .env")
            .env("OPENAI_API_KEY", OPENAI)
            .env("GEMINI_API_KEY", GOOGLE)
            .env("GOOGLE_API_KEY", GOOGLE)
    };
    import()
        .stdout(
            "PROVIDER   KEY            FROM                     RESULT\n\
             anthropic  sk-a…x1AA      .env:4                   added\n\
             google     AIza…3Qw       GEMINI_API_KEY, +1 name  added\n\
             groq       gsk_…mnop      .env:2                   added\n\
             mistral    YOUR_KEY_HERE  .env:3                   skipped: a placeholder\n\
             openai     sk-p…9f2c      OPENAI_API_KEY           added\n",
        )
        .stderr_holds(&[
            &format!("made profile `default`: {home}/profiles/default.age\n"),
            "4 keys sealed in profile `default`\n",
            "`.env` still holds its keys in plaintext: `byok import dotenv --file .env --delete-source` takes them out",
        ])
        .check();
    world
        .byok("env --except google")
        .stdout(format!(
            "export ANTHROPIC_API_KEY={ANTHROPIC};\nexport GROQ_API_KEY={GROQ};\nexport OPENAI_API_KEY={OPENAI};\n"
        ))
        .check();
    // Both names were in use, so both go out.
    world
        .byok("env google")
        .stdout(format!("export GEMINI_API_KEY={GOOGLE};\nexport GOOGLE_API_KEY={GOOGLE};\n"))
        .check();
    let before = std::fs::read(world.sealed()).unwrap();
    import().stdout_holds(&["already here"]).stderr_holds(&["0 keys sealed in profile `default`"]).check();
    assert_eq!(std::fs::read(world.sealed()).unwrap(), before, "a second import changes nothing");
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let world = World::new();
    world
        .byok("import-env --dry-run")
        .env("OPENAI_API_KEY", OPENAI)
        .stdout("PROVIDER  KEY        FROM            RESULT\nopenai    sk-p…9f2c  OPENAI_API_KEY  new\n")
        .stderr("1 key would be sealed in profile `default`; nothing was changed\n")
        .check();
    assert!(world.tree().is_empty(), "{:?}", world.tree());
}

#[test]
fn a_stored_key_that_differs_is_kept_until_told_otherwise() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world
        .byok("import-env")
        .env("OPENAI_API_KEY", OPENAI_2)
        .code(1)
        .stdout("PROVIDER  KEY        FROM            RESULT\nopenai    sk-p…17a0  OPENAI_API_KEY  differs from the stored sk-p…9f2c\n")
        .stderr(
            "0 keys sealed in profile `default`\n\
             byok: hint: put this one in its place with `byok import-env openai --replace`\n",
        )
        .check();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("import-env openai --replace").env("OPENAI_API_KEY", OPENAI_2).go();
    world.byok("get openai").stdout(OPENAI_2).check();
}

#[test]
fn one_provider_with_two_values_is_a_question() {
    let world = World::new();
    world
        .byok("import-env")
        .env("GEMINI_API_KEY", GOOGLE)
        .env("GOOGLE_API_KEY", GOOGLE.replace("1234567890", "0987654321"))
        .env("GROQ_API_KEY", GROQ)
        .code(1)
        .stdout_holds(&["several values: which is right?", "groq", "added"])
        .stderr_holds(&["1 key sealed", "choose the right one: `byok add google`"])
        .check();
    world.byok("has google").code(3).check();
}

#[test]
fn it_works_unattended_with_an_identity_from_the_environment() {
    let world = World::new();
    let identity = std::fs::read_to_string(World::new().with_keys(&[("openai", OPENAI)]).home().join("identity.txt"));
    let identity = identity.unwrap();
    world
        .byok("import-env --json")
        .env("CI", "true")
        .env("BYOK_IDENTITY", &identity)
        .env("OPENAI_API_KEY", OPENAI)
        .go();
    world.byok("run -- printenv OPENAI_API_KEY").env("BYOK_IDENTITY", &identity).stdout(format!("{OPENAI}\n")).check();
}

#[test]
fn a_prefix_names_providers_by_the_rest() {
    let world = World::new();
    world
        .byok("import-env --prefix API_KEY_")
        .env("API_KEY_GROQ", GROQ)
        .env("API_KEY_MY_SERVICE", "a-secret-of-my-service")
        .go();
    world
        .byok("env")
        .stdout(format!("export GROQ_API_KEY={GROQ};\nexport MY_SERVICE_API_KEY=a-secret-of-my-service;\n"))
        .check();
}

#[test]
fn an_address_that_leads_elsewhere_is_not_taken_in() {
    let world = World::new();
    world
        .byok("import-env")
        .env("OPENAI_API_KEY", OPENAI)
        .env("OPENAI_ORG_ID", "org-acme")
        .env("OPENAI_BASE_URL", "https://evil.example/v1")
        .stdout_holds(&["evil.example", "skipped: an address that is not the provider's"])
        .stderr_holds(&["1 key sealed"])
        .check();
    world.byok("env").stdout(format!("export OPENAI_API_KEY={OPENAI};\nexport OPENAI_ORG_ID=org-acme;\n")).check();
}

#[test]
fn a_broken_file_is_named_by_line_only() {
    let world = World::new();
    world.file(".env", format!("A=1\nOPENAI_API_KEY=\"{OPENAI}\n"));
    world.byok("import-env --file .env").code(1).stderr_holds(&["byok: error: cannot read `.env`: "]).check();
    world.byok("import-env --file none.env").code(1).stderr("byok: error: there is no file `none.env`\n").check();
    assert!(world.tree().is_empty());
}

#[test]
fn nothing_to_import_is_said() {
    World::new()
        .byok("import-env")
        .stderr(
            "found no key in the environment or in the files given\n\
             byok: hint: name a file with `--file .env`, or add one key with `byok add PROVIDER`\n",
        )
        .check();
}

#[test]
fn nothing_that_may_be_a_key_is_lost_without_a_word() {
    let world = World::new();
    world.file("a.env", format!("OPENAI_API_KEY={OPENAI_2}\nOPENAI_API_KEY={OPENAI}\nMY_LLM={GROQ}\n"));
    let output = world
        .byok("import-env --file a.env")
        .stdout(
            "PROVIDER  KEY        FROM     RESULT\n\
             groq      gsk_…mnop  a.env:3  skipped: a key by its shape, under a name that nobody reads\n\
             openai    sk-p…9f2c  a.env:2  added\n",
        )
        .stderr_holds(&[
            "`OPENAI_API_KEY` stands on several lines with different values: `a.env:2` is the last, and counts",
            "take it in with `byok add groq:NAME`",
        ])
        .check();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("take them out of it"), "a value of the file is nowhere else: {said}");
    world.file("b.env", format!("GROQ_API_KEY={GROQ}; fi\n"));
    world
        .byok("import-env --file b.env")
        .stdout_holds(&["skipped: more than a key, or none"])
        .stderr_holds(&["0 keys sealed"])
        .check();
    world.byok("has groq").code(3).check();
    world.byok("import-env --file -").stdin(format!("GROQ_API_KEY={GROQ}\n")).go();
    world.byok("has groq").check();
    world
        .byok("import-env ./a.env")
        .code(2)
        .stderr("byok: error: a file is named by `--file`\nbyok: hint: `byok import-env --file ./a.env`\n")
        .check();
}

#[test]
fn a_provider_without_a_host_of_its_own_is_where_its_customer_says() {
    let world = World::new();
    world
        .byok("import-env azure")
        .env("AZURE_OPENAI_API_KEY", "0123456789abcdef0123456789abcdef")
        .env("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com/")
        .go();
    world.byok("env azure").stdout_holds(&["export AZURE_OPENAI_ENDPOINT=https://acme.openai.azure.com/;\n"]).check();
}
