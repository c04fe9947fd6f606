//! Which names a key may have: each that byok accepts can be set, read and unset again in every shell. Case S08.

use std::collections::BTreeSet;

use byok::name::EnvName;
use byok::provider::Registry;

use super::dialects::OTHERS;
use super::shell::Shell;
use crate::samples::OPENAI;
use crate::world::World;

/// Whoever knows a shell knows it by each of its names, of which help shows one.
#[test]
fn a_shell_has_the_same_names_for_every_verb() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let takers = [
        ("completions", "bash zsh fish elvish nu pwsh"),
        ("hook", "bash zsh fish elvish nu pwsh"),
        ("env --reveal --shell", "bash zsh fish elvish nu pwsh xonsh tcsh cmd sh ksh"),
        ("setup llm --dry-run --shell", "bash zsh fish nu"),
    ];
    for (verb, shells) in takers {
        for name in byok::shell::names() {
            let family = match *name {
                "nushell" => "nu",
                "powershell" => "pwsh",
                "csh" => "tcsh",
                other => other,
            };
            if !shells.split(' ').any(|shell| shell == family) {
                continue;
            }
            let said = |name: &str| world.byok(verb).arg(name).env("HOME", world.path("user")).go();
            assert_eq!(said(name).stdout, said(family).stdout, "{verb} {name}");
        }
    }
    let help = String::from_utf8(world.byok("hook --help").go().stdout).unwrap();
    assert!(help.contains("nu, pwsh]") && !help.contains("nushell"), "{help}");
}

const VALUE: &str = "a-value_of~its:own";

/// What a shell tells of its own variables, one word a name.
fn listing(shell: &Shell) -> &'static str {
    match shell.name {
        "bash" => "compgen -v",
        "zsh" => "zmodload -a zsh/parameter; print -l ${(k)parameters}",
        "fish" => "set --names",
        "ksh93" | "mksh" => "typeset; set",
        "nu" => "$env | columns | str join ' '",
        "elvish" => "env",
        "xonsh" => "print(' '.join(list(__xonsh__.env._vars) + list(__xonsh__.env)))",
        _ => "set; env",
    }
}

/// Names that shells know although they do not list them, from their manuals.
const UNLISTED: &str = "\
    BASH_ARGC BASH_LOADABLES_PATH COMP_WORDS COMPREPLY COPROC HISTTIMEFORMAT READLINE_LINE PROMPT_DIRTRIM auto_resume \
    histchars path cdpath fpath manpath status argv prompt psvar watch signals mailpath module_path fignore zle_bracketed_paste \
    fish_greeting fish_trace history hostname version umask pipestatus CMD_DURATION fish_emoji_width \
    term home user shell cwd group uid gid euid tty loginsh noclobber savehist promptchars addsuffix autologout owd \
    NU_LIB_DIRS NU_PLUGIN_DIRS NU_VERSION PROMPT_INDICATOR TRANSIENT_PROMPT_COMMAND ENV_CONVERSIONS FILE_PWD CURRENT_FILE \
    PROCESS_PATH config LAST_EXIT_CODE CMD_DURATION_MS DIRS_LIST paths pwd \
    PSModulePath POWERSHELL_TELEMETRY_OPTOUT PSExecutionPolicyPreference ERRORLEVEL CMDCMDLINE CMDEXTVERSION CD DATE TIME \
    DIRCMD COPYCMD COMSPEC KSH_VERSION EPOCHREALTIME YASH_LOADPATH KEYBD_TRAP LEX_PATH_SEPARATORS";

fn candidates() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = UNLISTED.split_whitespace().map(str::to_owned).collect();
    for shell in Shell::all(super::SHELLS).chain(Shell::all(OTHERS)) {
        let output = shell.run("", listing(&shell));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let before = names.len();
        names.extend(words.filter(|word| word.len() > 1).map(str::to_owned));
        assert!(names.len() > before || !output.stdout.is_empty(), "{shell:?}: {output:?}");
    }
    // Some shells tie a name to the same in the other case.
    let turned: Vec<String> = names.iter().flat_map(|name| [name.to_uppercase(), name.to_lowercase()]).collect();
    names.extend(turned);
    names
}

fn of_the_registry() -> BTreeSet<String> {
    let registry = Registry::builtin();
    let mut names = BTreeSet::new();
    for id in registry.ids() {
        let exports = registry.exports(&id);
        names.insert(exports.key.as_str().to_owned());
        names.extend(exports.fields.iter().map(|(_, name)| name.as_str().to_owned()));
    }
    names
}

/// Those of the names that do not come out of this shell as they went in, or not go away again.
fn failing(shell: &Shell, names: &[EnvName]) -> Vec<String> {
    let dialect = shell.dialect();
    let (mut set, mut unset) = (String::new(), String::new());
    for name in names {
        dialect.set(name, VALUE, &mut set).unwrap();
        dialect.unset(name, &mut unset);
    }
    dialect.finish(&mut set);
    dialect.finish(&mut unset);
    std::fs::write(shell.folder.path().join("gone"), unset).unwrap();
    let (load, gone) = (shell.load("code"), shell.load("gone"));
    let quiet = shell.environment(&set, &load);
    let after = shell.environment(&set, &format!("{load}; {gone}"));
    let wrong = names.iter().map(EnvName::as_str).filter(|&name| {
        quiet.get(name).map(Vec::as_slice) != Some(VALUE.as_bytes())
            || after.contains_key(name)
            || !after.contains_key("HOME")
    });
    wrong.map(str::to_owned).collect()
}

#[test]
fn every_name_that_is_accepted_works_in_every_shell() {
    let registry = of_the_registry();
    assert!(registry.len() > 250, "{}", registry.len());
    let candidates = candidates();
    let accepted: Vec<EnvName> = candidates.union(&registry).filter_map(|name| EnvName::parse(name).ok()).collect();
    for name in &registry {
        assert!(EnvName::parse(name).is_ok(), "{name}");
    }
    for shell in Shell::all(super::SHELLS).chain(Shell::all(OTHERS)) {
        let wrong = culprits(&shell, &accepted);
        assert!(wrong.is_empty(), "{shell:?}: {wrong:?}");
    }
}

/// The names that fail, each by itself.
fn culprits(shell: &Shell, names: &[EnvName]) -> Vec<String> {
    match failing(shell, names) {
        none if none.is_empty() => none,
        one if names.len() == 1 => one,
        _ => {
            let (first, second) = names.split_at(names.len() / 2);
            [culprits(shell, first), culprits(shell, second)].concat()
        }
    }
}
