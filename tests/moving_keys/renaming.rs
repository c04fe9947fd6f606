//! `byok rename`, and a second name for one secret.

use super::{home, shown};
use crate::samples::{GROQ, OPENAI, OPENAI_2};

#[test]
fn a_renamed_key_stays_what_it_was() {
    let world = home();
    let before = shown(&world, "default", "openai:old");
    world.byok("rename openai:old openai:work").stderr("`openai:old` is `openai:work` now\n").check();
    assert_eq!(shown(&world, "default", "openai:work"), before);
    // It was the active one, and is.
    world.byok("get openai").stdout(OPENAI_2).check();
    assert_eq!(world.byok("has openai:old").output().status.code(), Some(3));
    world.byok("rename openai:work openai:work").stderr_holds(&["is called so already"]).check();
    // The oldest key answers by its place, which stays.
    world.byok("rename groq:old groq:new").go();
    world.byok("get groq").stdout(GROQ).check();
}

#[test]
fn a_name_that_is_taken_or_of_another_provider_is_refused() {
    let world = home();
    let taken = world.byok("rename openai:old openai:default").code(1);
    taken.stderr_holds(&["`openai:default` is there already (`sk-p…9f2c`)", "--replace"]).check();
    world.byok("get openai:default").stdout(OPENAI).check();
    let other = world.byok("rename openai:old groq:second").code(2);
    other.stderr_holds(&["a key of `openai` cannot become one of `groq`", "byok: hint: "]).check();
    // A label that was typed without its provider leads to no removal.
    for verb in ["rename", "copy"] {
        world
            .byok(&format!("{verb} openai:old work"))
            .code(2)
            .stderr(format!(
                "byok: error: a key of `openai` cannot become one of `work`\n\
                 byok: hint: give the provider with the label: `byok {verb} openai:old openai:work`\n"
            ))
            .check();
    }
    world.byok("rename openai:old groq").code(2).stderr_holds(&["take it in as what it is: `byok add groq`\n"]).check();
    world.byok("rename mistral mistral:x").code(3).stderr_holds(&["there is no key `mistral`"]).check();
    world.byok("rename openai:old openai:default --replace").go();
    world.byok("get openai").stdout(OPENAI_2).check();
    world.byok("list").stdout_holds(&["openai"]).check();
    assert_eq!(world.byok("has openai:old").output().status.code(), Some(3));
}

#[test]
fn a_copy_is_a_second_name() {
    let world = home();
    world.byok("copy openai:old openai:twin").stderr("copied `openai:old` to `openai:twin`\n").check();
    assert_eq!(shown(&world, "default", "openai:twin"), shown(&world, "default", "openai:old"));
    world.byok("copy groq:old groq:other --dry-run").stderr_holds(&["nothing was changed"]).check();
    assert_eq!(world.byok("has groq:other").output().status.code(), Some(3));
    world.byok("copy openai:old openai:default").code(1).stderr_holds(&["is there already"]).check();
    world.byok("copy openai:old").code(2).stderr_holds(&["a copy needs a key and a name"]).check();
    world.byok("copy openai:old groq:x").code(2).stderr_holds(&["cannot become one of"]).check();
}
