//! `--for TOOL` and `--all-names`: keys under the names that their programs read.

use crate::samples::{GROQ, OPENAI};
use crate::world::World;

use crate::samples::GOOGLE as GEMINI;

fn world() -> World {
    World::new().with_keys(&[("openai", OPENAI), ("google", GEMINI), ("groq", GROQ)])
}

#[test]
fn each_tool_gets_the_names_that_it_reads() {
    let world = world();
    for (tool, names) in [
        ("litellm", vec!["OPENAI_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY"]),
        ("langchain", vec!["OPENAI_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY"]),
        ("ai-sdk", vec!["OPENAI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GROQ_API_KEY"]),
        ("llm", vec!["OPENAI_API_KEY", "LLM_GEMINI_KEY", "GROQ_API_KEY"]),
        ("gemini-cli", vec!["GEMINI_API_KEY"]),
        ("codex", vec!["OPENAI_API_KEY", "CODEX_API_KEY"]),
        ("claude-code", vec![]),
    ] {
        let values = |name: &str| match name {
            "OPENAI_API_KEY" | "CODEX_API_KEY" => OPENAI,
            "GROQ_API_KEY" => GROQ,
            _ => GEMINI,
        };
        let lines = names.iter().map(|name| format!("export {name}={};\n", values(name))).collect::<Vec<_>>().concat();
        world.byok("env --for").arg(tool).stdout(&lines).check();
        let file = names.iter().map(|name| format!("{name}={}\n", values(name))).collect::<Vec<_>>().concat();
        world.byok("export --for").arg(tool).stdout(file).check();
    }
    let printed = world.byok("run --for llm --only -- env").env("OPENAI_API_KEY", "theirs").go().stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains(&format!("LLM_GEMINI_KEY={GEMINI}\n")), "{printed}");
    assert!(printed.contains(&format!("OPENAI_API_KEY={OPENAI}\n")) && !printed.contains("\nGEMINI_API_KEY"));
}

#[test]
fn all_names_is_every_name_of_the_providers_own() {
    let world = world();
    world
        .byok("env google --all-names")
        .stdout(
            ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "LLM_GEMINI_KEY"]
                .map(|name| format!("export {name}={GEMINI};\n"))
                .concat(),
        )
        .check();
    world.byok("env --all-names --for llm").code(2).stderr_holds(&["cannot be used with"]).check();
}

#[test]
fn an_unknown_tool_is_a_misuse_with_a_guess() {
    world()
        .byok("env --for lite-llm")
        .code(2)
        .stderr_holds(&["`lite-llm`", "did you mean `litellm`?", "`claude-code`", "--all-names"])
        .check();
    // What may be a key is not repeated.
    world().byok("env --for").arg(OPENAI).code(2).stderr("byok: error: it is not known which names that tool reads\nbyok: hint: known are `ai-sdk`, `aider`, `claude-code`, `codex`, `gemini-cli`, `langchain`, `litellm`, `llm`, `opencode`\nbyok: hint: or set all names of each key with `--all-names`\n").check();
}

#[test]
fn a_key_that_the_tool_does_not_read_stays_here() {
    let world = world();
    world
        .byok("env --for codex")
        .stdout(format!("export OPENAI_API_KEY={OPENAI};\nexport CODEX_API_KEY={OPENAI};\n"))
        .check();
    world
        .byok("env groq --for codex")
        .stdout("")
        .stderr("byok: warning: `groq` is left out: `codex` reads no key of this provider\n")
        .check();
    world
        .byok("run --require groq --for codex -- true")
        .code(2)
        .stderr_holds(&["the command was not started: `codex` reads no key of `groq`", "without `--for codex`"])
        .check();
    let any = world.byok("run --require-any groq,openai --for codex -- printenv CODEX_API_KEY");
    any.stdout(format!("{OPENAI}\n")).check();
}

#[test]
fn a_required_key_may_be_the_systems_under_the_tools_name() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let run = || world.byok("run --require google --for langchain --only -- printenv GOOGLE_API_KEY");
    run().env("GOOGLE_API_KEY", GEMINI).stdout(format!("{GEMINI}\n")).check();
    run().env("GEMINI_API_KEY", GEMINI).code(3).stderr_holds(&["there is no key `google`"]).check();
}

#[test]
fn a_name_that_was_given_to_a_key_counts_where_the_tool_reads_it() {
    let world = World::new();
    world.byok("add my-llm --stdin --env OPENAI_API_KEY").stdin("my-llm-key-of-some-length").go();
    world.byok("env --for aider").stdout("export OPENAI_API_KEY=my-llm-key-of-some-length;\n").check();
    world.byok("env --for gemini-cli").stdout("").check();
}

#[test]
fn a_name_of_another_tool_goes_with_its_key() {
    let world = world();
    // It stays as long as its value goes out: it may be the person's own doing.
    let usual =
        format!("export OPENAI_API_KEY={OPENAI};\nexport GEMINI_API_KEY={GEMINI};\nexport GROQ_API_KEY={GROQ};\n");
    world.byok("env").env("GOOGLE_API_KEY", GEMINI).stdout(&usual).check();
    // What is asked for a tool comes on top.
    world
        .byok("env --for gemini-cli")
        .env("GROQ_API_KEY", GROQ)
        .stdout(format!("export GEMINI_API_KEY={GEMINI};\n"))
        .check();
    let unset = world.byok("env --unset").env("GOOGLE_API_KEY", GEMINI).env("HF_TOKEN", "theirs").go().stdout;
    let unset = String::from_utf8(unset).unwrap();
    assert!(unset.contains("unset GOOGLE_API_KEY;") && !unset.contains("HF_TOKEN"), "{unset}");
    let unset = world.byok("env google --unset").env("GOOGLE_API_KEY", GEMINI).env("GROQ_API_KEY", GROQ);
    unset.stdout("unset GEMINI_API_KEY;\nunset GOOGLE_API_KEY;\n").check();
    // Another key takes its place: the old value must not stay under any name.
    let other = "AIzaSyFakeFakeFakeFakeFakeFakeFake98765";
    world.byok("add google:other --stdin").stdin(other).go();
    world
        .byok("env google:other")
        .env("GOOGLE_API_KEY", GEMINI)
        .stdout(format!("unset GOOGLE_API_KEY;\nexport GEMINI_API_KEY={other};\n"))
        .check();
    world.byok("edit google --no-export").go();
    let printed = world.byok("env").env("LLM_GEMINI_KEY", GEMINI).go().stdout;
    assert!(String::from_utf8(printed).unwrap().starts_with("unset LLM_GEMINI_KEY;\n"));
}

#[test]
fn fields_go_under_the_tools_names_too() {
    let world = World::new();
    world
        .byok("add azure --stdin --field resource=mine --endpoint https://mine.openai.azure.com")
        .stdin("0123456789abcdef0123456789abcdef")
        .go();
    let printed = world.byok("env --for litellm").go().stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("export AZURE_API_KEY=") && printed.contains("export AZURE_API_BASE="), "{printed}");
    assert!(!printed.contains("AZURE_OPENAI"), "{printed}");
}
