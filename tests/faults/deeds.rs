//! What is disturbed: the deeds that change something, each with the world before it and what may be seen afterwards.

use std::fs;
use std::path::Path;

use byok::seal::{self, Identities};

use super::SECRET;
use super::deed::Deed;
use crate::samples::{GROQ, OPENAI};
use crate::taking;
use crate::world::World;

pub(super) fn three_keys() -> World {
    let world = World::new();
    fs::create_dir(world.path("user")).unwrap();
    world.with_keys(&[
        ("openai", "sk-test-0123456789abcdef-1"),
        ("groq", "sk-test-0123456789abcdef-2"),
        ("mistral", "sk-test-0123456789abcdef-3"),
    ])
}

/// A second profile besides, with a key of its own.
fn two_profiles() -> World {
    let world = three_keys();
    world.byok("profile create work").go();
    world.byok("add xai --stdin --as-is -p work").stdin("sk-test-0123456789abcdef-4").go();
    world
}

/// A key of which an old secret is kept.
fn rotated() -> World {
    let before = three_keys();
    before.byok("rotate groq --stdin --as-is").stdin(SECRET).go();
    before
}

/// A home where the identity is to be a file: a look for a keychain would count a thread's calls, in no order.
fn empty() -> World {
    let world = World::new();
    world.file("home/config.toml", "identity = \"file\"\n");
    fs::set_permissions(world.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    fs::create_dir(world.path("user")).unwrap();
    world
}

fn recipient() -> String {
    Identities::generate().recipients().remove(0)
}

/// The keys of a profile, without their times, and how many open it; `none` where there is no profile.
#[track_caller]
fn profile(world: &World, name: &str) -> String {
    let keys = keys(world, name);
    let sealed = fs::read(world.home().join(format!("profiles/{name}.age")));
    match sealed {
        Ok(sealed) if keys != "none" => format!("{} for {keys}", seal::openers(&sealed).unwrap()),
        _ => keys,
    }
}

#[track_caller]
fn keys(world: &World, name: &str) -> String {
    let output = world.byok("list --json --profile").arg(name).output();
    if output.status.code() == Some(3) {
        return "none".to_owned();
    }
    assert!(output.status.success(), "the profile does not open: {}", String::from_utf8_lossy(&output.stderr));
    let mut document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for key in document["keys"].as_array_mut().unwrap() {
        let key = key.as_object_mut().unwrap();
        key.retain(|name, _| !["added", "updated", "last_used", "since", "tested"].contains(&name.as_str()));
        for old in key["previous"].as_array_mut().unwrap() {
            *old = old["fingerprint"].take();
        }
        if !key["expires"].is_null() {
            key["expires"] = "at some time".into();
        }
    }
    document["keys"].to_string()
}

pub(super) fn default_profile(world: &World) -> String {
    profile(world, "default")
}

fn work(world: &World) -> String {
    profile(world, "work")
}

fn identity(world: &World) -> String {
    let Ok(text) = fs::read_to_string(world.home().join("identity.txt")) else { return "none".to_owned() };
    assert!(Identities::parse(&text).is_ok() && text.ends_with('\n'), "half an identity");
    "an identity".to_owned()
}

/// A file of the user's or of byok's own that is text.
fn text(name: &'static str) -> impl Fn(&World) -> String + Sync {
    move |world| fs::read_to_string(world.path(name)).unwrap_or_else(|_| "none".to_owned())
}

/// A sealed file that this identity opens, by its keys; one without keys is somebody's who forgot to end it.
fn sealed(name: &'static str) -> impl Fn(&World) -> String + Sync {
    move |world| {
        let Ok(sealed) = fs::read(world.path(name)) else { return "none".to_owned() };
        let identities = Identities::parse(&fs::read_to_string(world.home().join("identity.txt")).unwrap()).unwrap();
        let content = seal::open(&sealed, &identities).unwrap();
        let secrets = std::str::from_utf8(&content).unwrap().lines().filter(|line| line.contains("sk-test-"));
        secrets.collect::<Vec<_>>().join("\n")
    }
}

fn trusted(world: &World) -> String {
    let output = world.byok("trust --list --json").output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["projects"].as_array().unwrap().len().to_string()
}

/// A deed on the profile `default`.
fn on_default(world: World, arguments: impl Into<String>) -> Deed {
    Deed::new(world, arguments).changes(default_profile)
}

pub(super) fn init() -> Deed {
    let world = World::new();
    fs::create_dir(world.path("user")).unwrap();
    Deed::new(world, "init --identity file").changes(identity).comes_first().may_fail_late()
}

pub(super) fn first_add() -> Deed {
    on_default(empty(), "add openai --stdin --as-is")
}

pub(super) fn another_add() -> Deed {
    on_default(three_keys(), "add deepseek --stdin --as-is")
}

pub(super) fn replacing_add() -> Deed {
    on_default(three_keys(), "add groq --replace --stdin --as-is")
}

pub(super) fn edit() -> Deed {
    on_default(three_keys(), "edit groq --note other --tag ci --expires 2099-01-01")
}

pub(super) fn change_of_the_active_key() -> Deed {
    let world = three_keys().with_keys(&[("groq:second", "sk-test-0123456789abcdef-4")]);
    on_default(world, "use groq:second")
}

pub(super) fn removal() -> Deed {
    on_default(three_keys(), "rm groq --yes")
}

pub(super) fn renaming() -> Deed {
    on_default(three_keys(), "rename groq groq:new")
}

pub(super) fn copy_under_another_label() -> Deed {
    on_default(three_keys(), "copy groq groq:copy")
}

pub(super) fn copy_into_another_profile() -> Deed {
    Deed::new(two_profiles(), "copy groq mistral --to-profile work --yes").changes(work)
}

/// What was moved is there before it goes here.
pub(super) fn move_into_another_profile() -> Deed {
    Deed::new(two_profiles(), "move groq mistral --to-profile work --yes").changes(work).changes(default_profile)
}

pub(super) fn rotation() -> Deed {
    on_default(three_keys(), "rotate groq --stdin --as-is")
}

pub(super) fn rotation_back() -> Deed {
    on_default(rotated(), "rotate --undo groq")
}

pub(super) fn end_of_rotation() -> Deed {
    on_default(rotated(), "rotate --finish groq --force")
}

pub(super) fn import_of_an_env_file() -> Deed {
    let world = three_keys();
    world.file("keys.env", format!("GROQ_API_KEY={GROQ}\nDEEPSEEK_API_KEY=sk-test-0123456789abcdef-5\n"));
    // The list of what was taken in is standard output.
    on_default(world, "import-env --file keys.env --replace").may_fail_late()
}

/// The key is sealed before it is taken out of the tool's own file.
pub(super) fn import_that_deletes() -> Deed {
    let world = three_keys();
    world.file("user/.config/goose/secrets.yaml", taking::fixture("goose/secrets.yaml"));
    taking::private(&taking::goose(&world));
    let deed = on_default(world, "import goose --delete-source --replace --yes");
    deed.changes(text("user/.config/goose/secrets.yaml"))
}

pub(super) fn import_of_an_encrypted_export() -> Deed {
    let world = three_keys();
    let me = String::from_utf8(world.byok("recipient me").go().stdout).unwrap();
    world.byok("export --encrypted groq mistral -o share.age --to").arg(me.trim()).go();
    world.byok("rm groq mistral --yes").go();
    on_default(world, "import share.age --yes")
}

pub(super) fn export_to_a_file() -> Deed {
    Deed::new(three_keys(), "export --output keys.json").changes(text("keys.json")).may_fail_late()
}

pub(super) fn export_over_a_file() -> Deed {
    let world = three_keys();
    world.file("keys.json", "{\"old\": true}\n");
    Deed::new(world, "export --output keys.json --force").changes(text("keys.json"))
}

pub(super) fn encrypted_export() -> Deed {
    let world = three_keys();
    let me = String::from_utf8(world.byok("recipient me").go().stdout).unwrap();
    let arguments = format!("export --encrypted openai:* groq:* mistral:* -o share.age --to {}", me.trim());
    Deed::new(world, arguments).changes(sealed("share.age")).may_fail_late()
}

pub(super) fn export_into_a_tools_file() -> Deed {
    let world = three_keys();
    world.file("user/.gemini/.env", "OTHER=kept\n");
    taking::private(&world.path("user/.gemini/.env"));
    let world = world.with_keys(&[("google", "sk-test-0123456789abcdef-7")]);
    Deed::new(world, "export --to gemini-cli --yes").changes(text("user/.gemini/.env")).may_fail_late()
}

pub(super) fn new_profile() -> Deed {
    Deed::new(three_keys(), "profile create work").changes(work)
}

pub(super) fn profile_copy() -> Deed {
    Deed::new(three_keys(), "profile copy default work").changes(work)
}

pub(super) fn profile_removal() -> Deed {
    Deed::new(two_profiles(), "profile rm work --yes").changes(work)
}

pub(super) fn change_of_the_profile_in_use() -> Deed {
    Deed::new(two_profiles(), "profile use work").changes(text("home/config.toml"))
}

pub(super) fn change_of_a_profiles_fallback() -> Deed {
    Deed::new(two_profiles(), "profile edit work --fallback default --rotate-after 90d")
        .changes(text("home/config.toml"))
}

pub(super) fn joining() -> Deed {
    let world = three_keys();
    fs::create_dir(world.path("shared")).unwrap();
    fs::copy(world.sealed(), world.path("shared/team.age")).unwrap();
    Deed::new(world, "profile join team --file shared/team.age --yes").changes(|world| keys(world, "team"))
}

/// An older copy was put in its place; it is agreed to.
pub(super) fn acceptance() -> Deed {
    let world = three_keys();
    let old = fs::read(world.sealed()).unwrap();
    world.byok("rm groq --yes").go();
    fs::write(world.sealed(), old).unwrap();
    let opens = |world: &World| match world.byok("list").output().status.code() {
        Some(4) => "refused".to_owned(),
        _ => default_profile(world),
    };
    Deed::new(world, "profile accept default --yes").changes(opens).comes_first()
}

pub(super) fn letting_in() -> Deed {
    on_default(three_keys(), format!("recipient add bob {} --yes", recipient()))
}

pub(super) fn letting_out() -> Deed {
    let world = three_keys();
    world.byok("recipient add bob --yes").arg(recipient()).go();
    on_default(world, "recipient rm bob --yes")
}

pub(super) fn another_recipient_of_theirs() -> Deed {
    let (world, (old, new)) = (three_keys(), (recipient(), recipient()));
    world.byok("recipient add bob --yes").arg(&old).go();
    Deed::new(world, format!("recipient rotate bob {new} --yes")).changes(move |world| {
        let list = world.byok("recipient list").output();
        assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
        let said = String::from_utf8(list.stdout).unwrap();
        let short = |whole: &str| said.contains(&whole[..16]);
        format!("old: {}, new: {}, {}", short(&old), short(&new), default_profile(world))
    })
}

/// Every profile opens all the way through, and at the end there is one identity again.
pub(super) fn new_identity() -> Deed {
    let world = two_profiles();
    let first = Identities::parse(&fs::read_to_string(world.home().join("identity.txt")).unwrap()).unwrap();
    let first = first.recipients().remove(0);
    let deed = Deed::new(world, "identity rotate").changes(move |world| {
        let keys = [keys(world, "default"), keys(world, "work")];
        let text = fs::read_to_string(world.home().join("identity.txt")).unwrap();
        let of = Identities::parse(&text).unwrap().recipients();
        let rotating = world.byok("identity show --json").output();
        let rotating = String::from_utf8_lossy(&rotating.stdout).contains("\"rotating\": true");
        if of.len() > 1 || rotating {
            return format!("under way {keys:?}");
        }
        format!("{} {keys:?}", if of[0] == first { "old" } else { "new" })
    });
    let keys = [keys_of(&deed, "default"), keys_of(&deed, "work")];
    deed.by_way_of(&format!("under way {keys:?}"))
}

fn keys_of(deed: &Deed, profile: &str) -> String {
    keys(deed.world(), profile)
}

pub(super) fn recovery_sheet() -> Deed {
    let deed = Deed::new(three_keys(), "identity backup -o sheet.txt").may_fail_late();
    deed.changes(|world| match fs::read_to_string(world.path("sheet.txt")) {
        Err(_) => "none".to_owned(),
        Ok(sheet) => {
            let identity = fs::read_to_string(world.home().join("identity.txt")).unwrap();
            let line = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
            assert!(sheet.contains(line) && sheet.ends_with('\n'), "half a sheet");
            "a sheet".to_owned()
        }
    })
}

pub(super) fn identity_back_from_a_sheet() -> Deed {
    let world = three_keys();
    fs::rename(world.home().join("identity.txt"), world.path("sheet.txt")).unwrap();
    Deed::new(world, "identity restore sheet.txt").changes(identity).comes_first().may_fail_late()
}

/// The old passphrase opens it or the new one does: never neither. Wrapping takes two seconds.
pub(super) fn another_passphrase() -> Deed {
    let world = World::new();
    fs::create_dir(world.path("user")).unwrap();
    let words = ["correct horse battery staple\n", "a staple of quite another battery\n"];
    let files = ["old", "new"].map(|name| world.path(name));
    for (file, words) in files.iter().zip(words) {
        fs::write(file, words).unwrap();
        taking::private(file);
    }
    world.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", &files[0]).go();
    let [old, new] = files.clone();
    let add = world.byok("add openai --stdin --as-is").stdin(OPENAI).env("BYOK_PASSPHRASE_FILE", &files[0]);
    add.go();
    world.byok("lock").go();
    let deed = Deed::new(world, "identity passphrase").changes(move |world| {
        let opens = |file: &Path| {
            world.byok("lock").go();
            let get = world.byok("get openai").env("BYOK_PASSPHRASE_FILE", file).output();
            world.byok("lock").go();
            get.stdout == OPENAI.as_bytes()
        };
        format!("old: {}, new: {}", opens(&old), opens(&new))
    });
    let deed = deed.env("BYOK_PASSPHRASE_FILE", &files[0]).env("BYOK_NEW_PASSPHRASE_FILE", &files[1]);
    deed.only_at(&["rename", "renameat2"]).comes_first()
}

pub(super) fn merging() -> Deed {
    let world = three_keys();
    let save = |name: &str| fs::copy(world.sealed(), world.path(name)).unwrap();
    save("base.age");
    world.byok("add deepseek --stdin --as-is").stdin(SECRET).go();
    save("theirs.age");
    fs::copy(world.path("base.age"), world.path("ours.age")).unwrap();
    Deed::new(world, "merge base.age ours.age theirs.age ours.age").changes(sealed("ours.age")).may_fail_late()
}

pub(super) fn backup() -> Deed {
    let deed = Deed::new(two_profiles(), "backup everything.age").may_fail_late();
    deed.changes(|world| {
        if !world.path("everything.age").exists() {
            return "none".to_owned();
        }
        let restore = world.byok("restore everything.age --dry-run").output();
        assert!(restore.status.success(), "{}", String::from_utf8_lossy(&restore.stderr));
        "a backup".to_owned()
    })
}

/// Everything as it was, in the place of what became of it.
fn restoring(how: &str) -> Deed {
    let world = three_keys();
    world.byok("backup home.age").go();
    world.byok("rm groq --yes").go();
    world.byok("rename mistral mistral:other").go();
    on_default(world, format!("restore home.age {how} --yes"))
}

pub(super) fn restore_in_its_place() -> Deed {
    restoring("--replace")
}

pub(super) fn restore_key_by_key() -> Deed {
    restoring("--merge")
}

pub(super) fn new_provider() -> Deed {
    let deed = Deed::new(three_keys(), "provider add my-llm --base-url https://llm.example/v1 --no-test");
    deed.changes(text("home/providers.toml"))
}

pub(super) fn removal_of_a_provider() -> Deed {
    let world = three_keys();
    for name in ["one", "two"] {
        world.byok("provider add --base-url https://llm.example/v1 --no-test").arg(name).go();
    }
    Deed::new(world, "provider rm one").changes(text("home/providers.toml"))
}

fn project() -> World {
    let world = three_keys();
    world.file("project/.byok.toml", "requires = [\"groq\"]\n");
    world
}

pub(super) fn trust() -> Deed {
    Deed::new(project(), "trust --yes").within("project").changes(trusted).may_fail_late()
}

pub(super) fn trust_taken_back() -> Deed {
    let world = project();
    world.byok("trust --yes").within("project").go();
    Deed::new(world, "untrust").within("project").changes(trusted).may_fail_late()
}

const SETTINGS: &str = "user/.claude/settings.json";

fn claude() -> World {
    let world = three_keys().with_keys(&[("anthropic", "sk-test-0123456789abcdef-6")]);
    world.file(SETTINGS, "{\n  \"theme\": \"dark\"\n}\n");
    world
}

pub(super) fn setup() -> Deed {
    Deed::new(claude(), "setup claude-code --yes").changes(text(SETTINGS)).may_fail_late()
}

pub(super) fn setup_taken_back() -> Deed {
    let world = claude();
    let setup = world.byok("setup claude-code --yes").env("HOME", world.path("user"));
    setup.env("SHELL", "/bin/bash").go();
    Deed::new(world, "setup claude-code --undo --yes").changes(text(SETTINGS)).may_fail_late()
}

/// A line of a person's own file, which is there besides.
pub(super) fn mending() -> Deed {
    let world = three_keys();
    world.file("user/.bashrc", "alias ll='ls -l'\n");
    Deed::new(world, "doctor shell --fix --yes").changes(text("user/.bashrc")).may_fail_late()
}

/// A repository with a profile in it.
fn repository() -> World {
    let world = three_keys();
    fs::create_dir(world.path("repo")).unwrap();
    let git = |arguments: &[&str]| {
        let git = std::process::Command::new("git").args(arguments).current_dir(world.path("repo")).output().unwrap();
        assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    };
    git(&["init", "-q", "-b", "main"]);
    fs::copy(world.sealed(), world.path("repo/default.age")).unwrap();
    world
}

/// Its line is added to a file that is made where there is none; without a line, that file says nothing.
pub(super) fn git_setup() -> Deed {
    let world = repository();
    let deed = Deed::new(world, "profile git-setup --yes --file default.age").within("repo").may_fail_late();
    deed.changes(text("repo/.gitattributes")).by_way_of("").comes_first().starts_others()
}

pub(super) fn hook_of_a_repository() -> Deed {
    let deed = Deed::new(repository(), "scan --install-hook").within("repo").may_fail_late();
    deed.changes(text("repo/.git/hooks/pre-commit")).starts_others()
}
