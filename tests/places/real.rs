//! The tools themselves write their files, byok reads them, and the tools read what byok leaves.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use byok::copies::look;
use byok::credentials::{Around, Tool};
use byok::provider::Registry;

use super::filled;
use crate::samples::{GROQ, OPENAI};
use crate::tools::tool;

const LLM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/llm");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/python");

fn around(home: PathBuf) -> Around {
    Around {
        config: home.join(".config"),
        data: home.join(".local/share"),
        cache: home.join(".cache"),
        above: Vec::new(),
        var: |_| None,
        home,
    }
}

/// The keys in the file of a tool that is there.
fn keys(tool: &str, around: &Around) -> Vec<(String, Option<usize>, String)> {
    let registry = Registry::builtin();
    let looks = Tool::find(tool).unwrap().files(around).into_iter().filter_map(|file| look(&registry, &file));
    let entries = looks.flat_map(|look| look.found.unwrap());
    entries.filter_map(|one| Some((one.name, one.line, one.holds.key()?.expose().to_owned()))).collect()
}

#[test]
fn llm_writes_keys_and_reads_what_is_left() {
    let Some(llm) = tool(&[LLM]) else { return };
    let home = tempfile::tempdir().unwrap();
    let around = around(home.path().to_owned());
    let run = |arguments: &[&str], stdin: &str| {
        let mut command = Command::new(&llm);
        command.args(arguments).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    for (name, key) in [("openai", OPENAI), ("my \"own\"", GROQ)] {
        run(&["keys", "set", name, "--value", key], "");
    }
    let there = keys("llm", &around);
    assert_eq!(
        there,
        [("openai".to_owned(), Some(3), OPENAI.to_owned()), ("my \"own\"".to_owned(), Some(4), GROQ.to_owned())]
    );
    let file = Tool::find("llm").unwrap().files(&around).remove(0);
    let left = file.form.without(&std::fs::read(&file.path).unwrap(), &["my \"own\""]).unwrap();
    std::fs::write(&file.path, &*left).unwrap();
    assert_eq!(run(&["keys"], "").trim(), "openai");
    assert_eq!(run(&["keys", "get", "openai"], "").trim(), OPENAI);
}

#[test]
fn hugging_face_writes_its_tokens_and_reads_what_is_left() {
    let Some(python) = tool(&[PYTHON]) else { return };
    let home = tempfile::tempdir().unwrap();
    let around = around(home.path().to_owned());
    let run = |script: &str| {
        let mut command = Command::new(&python);
        command.args(["-c", script]).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        let output = command.env("HF_HUB_OFFLINE", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let key = filled("@HF@");
    run(&format!(
        "from huggingface_hub.utils import _auth\n_auth._save_token('{key}', 'laptop')\n_auth._save_token('{key}2', 'two')\n\
         from huggingface_hub import constants\nfrom pathlib import Path\nPath(constants.HF_TOKEN_PATH).write_text('{key}')"
    ));
    assert_eq!(
        keys("huggingface", &around),
        [
            ("token".to_owned(), Some(1), key.clone()),
            ("laptop".to_owned(), Some(2), key.clone()),
            ("two".to_owned(), Some(5), format!("{key}2"))
        ]
    );
    for (file, name) in Tool::find("huggingface").unwrap().files(&around).into_iter().zip(["token", "laptop"]) {
        let left = file.form.without(&std::fs::read(&file.path).unwrap(), &[name]).unwrap();
        std::fs::write(&file.path, &*left).unwrap();
    }
    let left = run(
        "from huggingface_hub.utils import _auth\nimport huggingface_hub\nprint(sorted(_auth.get_stored_tokens()), huggingface_hub.get_token())",
    );
    assert_eq!(left.trim(), "['two'] None");
}
