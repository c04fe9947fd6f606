//! `byok export`: private, whole, and never over somebody's file.

use std::os::unix::fs::PermissionsExt;

use crate::samples::{GROQ, OPENAI};
use crate::world::World;

#[test]
fn each_format_is_written() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    for (format, text) in [
        ("dotenv", format!("OPENAI_API_KEY={OPENAI}\nGROQ_API_KEY={GROQ}\n")),
        ("docker", format!("OPENAI_API_KEY={OPENAI}\nGROQ_API_KEY={GROQ}\n")),
        ("json", format!("{{\n  \"OPENAI_API_KEY\": \"{OPENAI}\",\n  \"GROQ_API_KEY\": \"{GROQ}\"\n}}\n")),
        ("toml", format!("OPENAI_API_KEY = \"{OPENAI}\"\nGROQ_API_KEY = \"{GROQ}\"\n")),
        ("yaml", format!("\"OPENAI_API_KEY\": \"{OPENAI}\"\n\"GROQ_API_KEY\": \"{GROQ}\"\n")),
    ] {
        world.byok("export --format").arg(format).stdout(text).check();
    }
    world
        .byok("export --format xml")
        .code(2)
        .stderr_holds(&["[possible values: dotenv, docker, json, toml, yaml]"])
        .check();
}

#[test]
fn a_file_is_private_and_kept() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("export -o out.env").stderr("wrote 1 variable to `out.env`, in plaintext\n").check();
    let path = world.path("out.env");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    world.byok("export -o -").stdout(format!("OPENAI_API_KEY={OPENAI}\n")).check();
    world.byok("export -o out.json").go();
    assert!(std::fs::read_to_string(world.path("out.json")).unwrap().starts_with('{'), "the ending tells the format");
    world.file("mine.txt", "mine");
    world.byok("export -o mine.txt").code(4).stderr_holds(&["`mine.txt` is already there", "`--force`"]).check();
    assert_eq!(std::fs::read_to_string(world.path("mine.txt")).unwrap(), "mine");
    world.byok("export -o mine.txt --force").go();
    assert_eq!(std::fs::read_to_string(world.path("mine.txt")).unwrap(), format!("OPENAI_API_KEY={OPENAI}\n"));
    std::os::unix::fs::symlink(world.path("target"), world.path("link")).unwrap();
    world.byok("export -o link --force").code(4).stderr_holds(&["`link` is a link"]).check();
    assert!(!world.path("target").exists());
}

#[test]
fn a_value_that_a_format_cannot_carry_is_refused_by_name() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("custom", "two\nlines")]);
    for format in ["dotenv", "docker"] {
        world.byok("export --format").arg(format).code(4).stderr_holds(&["`CUSTOM_API_KEY`", "json"]).check();
    }
    world.byok("export --format json").stdout_holds(&["two\\nlines"]).check();
    world.byok("export --except custom").stdout(format!("OPENAI_API_KEY={OPENAI}\n")).check();
}
