//! What a trusted project changes for `run`, `env`, `get` and `has`, and what no project can.

use std::fs;
use std::net::TcpListener;

use super::{ASKS, home, project, trusted};
use crate::leaks::{canary, traced};
use crate::tools::tool;
use crate::world::World;

const WORK: &str = "export OPENAI_API_KEY=sk-work-2;\nexport ANTHROPIC_API_KEY=ant-3;\nexport GROQ_API_KEY=gr-4;\n";

/// The lines of a program's environment that name a key.
fn handed_out(world: &World, arguments: &str) -> String {
    let output = world.byok(arguments).arg("--").arg("env").within("app").env("OPENAI_API_KEY", "sk-home-1").go();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<&str> = text.lines().filter(|line| line.contains("_API_KEY=")).collect();
    lines.sort_unstable();
    lines.join(" ")
}

#[test]
fn a_program_is_handed_what_its_project_names_and_no_more() {
    let world = home();
    trusted(&world, "app", ASKS);
    assert_eq!(handed_out(&world, "run"), "ANTHROPIC_API_KEY=ant-3 OPENAI_API_KEY=sk-work-2");
    // Whoever names keys gets those; a bare name means what the project means by it.
    assert_eq!(handed_out(&world, "run openai groq"), "GROQ_API_KEY=gr-4 OPENAI_API_KEY=sk-work-2");
    assert_eq!(handed_out(&world, "run openai:home"), "OPENAI_API_KEY=sk-home-1");
    assert_eq!(
        handed_out(&world, "run --require groq"),
        "ANTHROPIC_API_KEY=ant-3 GROQ_API_KEY=gr-4 OPENAI_API_KEY=sk-work-2"
    );
    assert_eq!(handed_out(&world, "run --except anthropic"), "OPENAI_API_KEY=sk-work-2");
    world.byok("env").within("app").stdout(WORK).check();
    world.byok("env openai").within("app").stdout("export OPENAI_API_KEY=sk-work-2;\n").check();
    world.byok("get openai:home").within("app").stdout("sk-home-1").check();
    world.byok("has openai anthropic").within("app").check();
    // The rest of byok is as ever.
    world.byok("list").within("app").stdout_holds(&["active"]).check();
    world.byok("get openai").stdout("sk-home-1").check();
    world.byok("get openai").within("app").env("BYOK_NO_PROJECT", "1").stdout("sk-home-1").check();
}

#[test]
fn of_several_that_would_do_the_first_that_is_there_goes_out() {
    let world = home();
    trusted(&world, "app", "any = [[\"mistral\", \"groq\", \"anthropic\"], [\"openai:old\", \"openai:work\"]]\n");
    assert_eq!(handed_out(&world, "run"), "GROQ_API_KEY=gr-4 OPENAI_API_KEY=sk-work-2");
    world.byok("get openai").within("app").stdout("sk-work-2").check();
}

#[test]
fn nothing_starts_without_what_the_project_needs() {
    let world = home();
    trusted(&world, "app", "requires = [\"mistral\", \"anthropic\"]\nany = [[\"cohere\", \"xai:work\"]]\n");
    let run = || world.byok("run -- touch started").within("app");
    run()
        .code(3)
        .stderr_holds(&["the command was not started: there is no key `mistral`", "`byok add mistral`"])
        .check();
    let with = || run().env("MISTRAL_API_KEY", "from-outside");
    with().code(3).stderr_holds(&["no usable key of any of `cohere`, `xai:work`", "`byok add cohere`"]).check();
    assert!(!world.path("app/started").exists());
    world.byok("add xai:work --stdin --as-is").stdin("xai-5").go();
    with().check();
    assert!(world.path("app/started").exists());
    // A label is one account's: another's key is no substitute, nor is what the environment holds.
    trusted(&world, "app", "requires = [\"openai:lab\"]\n");
    run().env("OPENAI_API_KEY", "sk-env").code(3).stderr_holds(&["there is no key `openai:lab`"]).check();
    world.byok("get openai").within("app").code(3).stderr_holds(&["there is no key `openai:lab`"]).check();
    world.byok("has openai").within("app").code(3).check();
    let env = String::from_utf8(world.byok("env").within("app").go().stdout).unwrap();
    assert!(!env.contains("sk-home-1") && env.contains("ant-3"), "{env}");
}

#[test]
fn the_profile_is_the_flags_the_environments_the_projects_and_then_the_settings() {
    // J09
    let world = home();
    for (profile, key) in [("work", "w"), ("env", "e"), ("flag", "f"), ("mine", "m")] {
        world.byok("add openai --stdin --as-is -p").arg(profile).stdin(key).go();
    }
    world.byok("profile use mine").go();
    project(&world, "app", "profile = \"work\"\n");
    world.byok("trust app --yes").stderr_holds(&["  profile  work\n"]).check();
    let get = |arguments: &str| world.byok(&format!("get openai {arguments}")).within("app");
    world.byok("get openai").stdout("m").check();
    get("").stdout("w").check();
    get("").env("BYOK_PROFILE", "env").stdout("e").check();
    get("-p flag").env("BYOK_PROFILE", "env").stdout("f").check();
    trusted(&world, "app", "profile = \"nowhere\"\n");
    get("").code(3).stderr_holds(&["there is no profile `nowhere`"]).check();
}

#[test]
fn a_project_can_lead_no_key_anywhere() {
    // J01, J02, J03: whatever the file says, and whether somebody agrees or not
    let world = World::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let canary = canary();
    world.byok("add openai --stdin --as-is").stdin(&canary).go();
    let url = format!("http://{}/v1", server.local_addr().unwrap());
    for text in [
        format!("[providers.openai]\nurl = \"{url}\"\n"),
        format!("[openai]\nbase_url = \"{url}\"\n"),
        format!("endpoint = \"{url}\"\n"),
        "trusted = true\n".to_owned(),
        "trust = [\"/\"]\n".to_owned(),
        "checks = false\n".to_owned(),
        "vault = \"/tmp/x\"\n".to_owned(),
        "identity = \"/tmp/x\"\n".to_owned(),
        "passphrase_command = \"touch started\"\n".to_owned(),
        "credential_helper = \"touch started\"\n".to_owned(),
        "hooks = [\"touch started\"]\n".to_owned(),
        "plugin = \"x\"\n".to_owned(),
        "proxy = \"http://127.0.0.1:1\"\n".to_owned(),
        "ca = \"/tmp/x\"\n".to_owned(),
        "tls = false\n".to_owned(),
        "log = \"/tmp/x\"\n".to_owned(),
        "update_url = \"https://evil.test\"\n".to_owned(),
        "env = { OPENAI_API_KEY = \"LD_PRELOAD\" }\n".to_owned(),
        "[[requires]]\nkey = \"openai\"\nenv = \"LD_PRELOAD\"\n".to_owned(),
    ] {
        project(&world, "app", &text);
        let refused = world.byok("trust --yes").within("app").code(1).stderr_holds(&["(line "]).check();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!said.contains("127.0.0.1"), "{said}");
        let env = world.byok("env").within("app").without("BYOK_OFFLINE").go();
        assert_eq!(String::from_utf8(env.stdout).unwrap(), format!("export OPENAI_API_KEY={canary};\n"));
        let run = world.byok("run -- sh -c :").within("app").without("BYOK_OFFLINE").output();
        assert!(run.status.success(), "{text}");
    }
    assert!(server.accept().is_err(), "somebody connected");
    assert!(!world.path("app/started").exists());
    assert!(!world.home().join("trust").read_dir().unwrap().any(|one| one.unwrap().file_name().len() == 64));
}

#[test]
fn no_secret_is_read_before_it_is_known_whether_the_project_is_trusted() {
    // J08
    let Some(strace) = tool(&["strace"]) else { return };
    let world = home();
    let calls = "trace=openat,openat2,execve,execveat,connect,socket";
    for agreed in [false, true] {
        project(&world, "app", ASKS);
        if agreed {
            world.byok("trust --yes app").go();
        }
        for verb in ["env", "get openai", "has openai", "check", "run -- true"] {
            let code = if verb == "check" && !agreed { 4 } else { 0 };
            let log = traced(&world, &strace, &["-e", calls], world.byok(verb).within("app"), code);
            let at = |what: &str| log.lines().position(|line| line.contains(what) && !line.contains("ENOENT"));
            let (file, sealed, identity) = (at("app/.byok.toml"), at("profiles/default.age"), at("identity.txt"));
            assert!(file.is_some(), "{verb}: {log}");
            for secret in [sealed, identity] {
                assert!(secret.is_none_or(|secret| secret > file.unwrap()), "{verb}: {log}");
                assert!(agreed || verb != "check" || secret.is_none(), "{verb}: {log}");
            }
            if let Some(record) = at("/trust/").filter(|_| agreed) {
                assert!(sealed.is_some_and(|sealed| sealed > record), "{verb}: {log}");
            }
            let before = log.lines().take(sealed.unwrap_or(usize::MAX));
            assert_eq!(before.filter(|line| line.contains("exec")).count(), 1, "{verb}: {log}");
            assert!(!log.contains("connect(") && !log.contains("socket("), "{verb}: {log}");
        }
        fs::remove_dir_all(world.path("app")).unwrap();
    }
}

#[test]
fn an_alias_means_its_provider() {
    let world = World::new().with_keys(&[("xai:work", "xai-1"), ("xai:home", "xai-2")]);
    trusted(&world, "app", "requires = [\"grok:home\"]\n");
    world.byok("get xai").within("app").stdout("xai-2").check();
    world.byok("get grok").within("app").stdout("xai-2").check();
}
