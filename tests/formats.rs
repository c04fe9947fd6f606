//! Every export format read back by its real readers, and `.env` files read as those readers do.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use byok::export::format;
use byok::import::dotenv;
use byok::name::EnvName;
use byok::secret::Secret;
use zeroize::Zeroizing;

use crate::corpus::{self, Random};
use crate::tools::{skipped, tool};

const SEED: u64 = 0x5eed_0000_0000_0002;

/// The file that every reader is given.
const FILE: &str = "variables";

/// What each value was read back as.
type Seen = HashMap<String, String>;

/// Secrets of the whole corpus, which leaves out what is none: the empty and the blank.
fn variables() -> Vec<(EnvName, Secret)> {
    let mut random = Random::new(SEED);
    let mut values = corpus::nasty();
    values.extend((0..2_000).map(|_| random.value()));
    values.extend((0..2_000).map(|_| random.mild()));
    let secrets = values.into_iter().filter_map(|value| Secret::new(Zeroizing::new(value)).ok());
    secrets.enumerate().map(|(index, secret)| (EnvName::parse(&format!("V{index}")).unwrap(), secret)).collect()
}

/// Renders what `name` does not refuse and asserts that `reader` gets exactly that back; returns how much it refused.
fn round_trip(name: &str, reader: impl FnOnce(&Path) -> Seen) -> usize {
    let form = format(name).unwrap();
    let (carried, refused): (Vec<_>, Vec<_>) =
        variables().into_iter().partition(|variable| form.render(std::slice::from_ref(variable)).is_ok());
    assert!(carried.len() > 300, "only {} values", carried.len());

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), form.render(&carried).unwrap().as_str()).unwrap();
    let seen = reader(folder.path());
    for (name, secret) in &carried {
        let seen = seen.get(name.as_str()).map(String::as_str);
        assert_eq!(seen, Some(secret.expose()), "{name}, seed {SEED:#x}");
    }
    assert!(!folder.path().join("PWN").exists(), "a part of a value was executed");
    refused.len()
}

fn command(program: &Path, folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command
}

fn output(mut command: Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Feeds `input` to a reader of standard input.
fn filter(mut command: Command, input: Vec<u8>) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

fn from_json(json: &[u8]) -> Seen {
    serde_json::from_slice(json).unwrap()
}

/// Debian's Python with a module of Debian's; another `python3` in the path would not see it.
fn python(module: &str) -> Option<PathBuf> {
    let python = tool(&["/usr/bin/python3", "python3"])?;
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    if !found.unwrap().success() {
        skipped(&format!("the Python module {module} is not installed"));
        return None;
    }
    Some(python)
}

/// A node that reads `.env` files by itself, which is one of 20.12 or later.
fn node() -> Option<PathBuf> {
    let node = tool(&["node"])?;
    let check = Command::new(&node).args(["-e", "process.exit(require('util').parseEnv ? 0 : 1)"]).status();
    if !check.unwrap().success() {
        skipped("node is older than 20.12");
        return None;
    }
    Some(node)
}

#[test]
fn dotenv_is_read_back_by_bash() {
    let Some(bash) = tool(&["bash"]) else { return };
    round_trip("dotenv", |folder| {
        let environment = output(command(&bash, folder, &["-c", "set -a; . ./variables; env -0"]));
        let entries = environment.split(|&byte| byte == 0).filter(|entry| !entry.is_empty());
        let pairs = entries.map(|entry| String::from_utf8_lossy(entry).into_owned());
        pairs.map(|entry| entry.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap()).collect()
    });
}

#[test]
fn dotenv_is_read_back_by_node() {
    let Some(node) = node() else { return };
    round_trip("dotenv", |folder| {
        let print = "process.stdout.write(JSON.stringify(process.env))";
        from_json(&output(command(&node, folder, &["--env-file=variables", "-e", print])))
    });
}

#[test]
fn dotenv_is_read_back_by_python() {
    let Some(python) = python("dotenv") else { return };
    round_trip("dotenv", |folder| {
        let print = "import json,dotenv;print(json.dumps(dotenv.dotenv_values('variables')))";
        from_json(&output(command(&python, folder, &["-c", print])))
    });
}

#[test]
fn dotenv_is_read_back_by_direnv() {
    let Some(direnv) = tool(&["direnv"]) else { return };
    round_trip("dotenv", |folder| from_json(&output(command(&direnv, folder, &["dotenv", "json", FILE]))));
}

#[test]
fn each_dialect_is_read_back_by_its_own_reader() {
    if let Some(bash) = tool(&["bash"]) {
        let refused = round_trip("bash", |folder| in_bash(&bash, folder));
        assert_eq!(refused, 0);
    }
    if let Some(node) = node() {
        round_trip("node", |folder| {
            let print = "process.stdout.write(JSON.stringify(process.env))";
            from_json(&output(command(&node, folder, &["--env-file=variables", "-e", print])))
        });
    }
    if let Some(python) = python("dotenv") {
        round_trip("python", |folder| {
            let print = "import json,dotenv;print(json.dumps(dotenv.dotenv_values('variables')))";
            from_json(&output(command(&python, folder, &["-c", print])))
        });
    }
}

fn in_bash(bash: &Path, folder: &Path) -> Seen {
    let environment = output(command(bash, folder, &["-c", "set -a; . ./variables; env -0"]));
    let entries = environment.split(|&byte| byte == 0).filter(|entry| !entry.is_empty());
    let pairs = entries.map(|entry| String::from_utf8_lossy(entry).into_owned());
    pairs.map(|entry| entry.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap()).collect()
}

/// systemd's own parser of `EnvironmentFile=` is the one of `environment.d`, which a program of its own runs.
#[test]
fn systemd_reads_its_dialect_back() {
    const GENERATOR: &str = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";
    let Some(generator) = tool(&[GENERATOR]) else { return };
    round_trip("systemd", |folder| {
        let home = folder.join("home");
        fs::create_dir_all(home.join("environment.d")).unwrap();
        fs::rename(folder.join(FILE), home.join("environment.d/byok.conf")).unwrap();
        let mut run = command(&generator, folder, &[]);
        run.env("XDG_CONFIG_HOME", &home);
        let printed = String::from_utf8(output(run)).unwrap();
        let pairs = printed.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), from_systemd(value))).collect()
    });
}

/// What systemd prints of a value: bare, or quoted with C's escapes.
fn from_systemd(printed: &str) -> String {
    let Some(quoted) = printed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return printed.to_owned();
    };
    let (mut value, mut rest) = (String::new(), quoted.chars());
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        value.push(match escaped {
            None => c,
            Some('n') => '\n',
            Some('t') => '\t',
            Some(other) => other,
        });
    }
    value
}

#[test]
fn a_kubernetes_secret_is_read_back_by_python() {
    let Some(python) = python("yaml") else { return };
    let print = "import base64,json,yaml;d=yaml.safe_load(open('variables'));\
                 assert (d['apiVersion'],d['kind'],d['type'],d['metadata'])==('v1','Secret','Opaque',{'name':'byok'});\
                 print(json.dumps({k:base64.b64decode(v,validate=True).decode() for k,v in d['data'].items()}))";
    let refused = round_trip("k8s", |folder| from_json(&output(command(&python, folder, &["-c", print]))));
    assert!(refused < 10, "{refused}");
}

/// The rules of the runner's `EnvFileKeyValuePairs`.
#[test]
fn github_env_is_read_back_by_the_runners_rules() {
    let refused = round_trip("github-actions", |folder| {
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        let (mut rest, mut seen) = (text.as_str(), Seen::new());
        while let Some((line, after)) = rest.split_once('\n') {
            let (name, delimiter) = line.split_once("<<").unwrap();
            let end = format!("\n{delimiter}\n");
            // A value may begin with what ends it only if it holds the delimiter.
            let (value, after) = after.split_once(&end).unwrap();
            assert!(seen.insert(name.to_owned(), value.to_owned()).is_none());
            rest = after;
        }
        seen
    });
    assert_eq!(refused, 0);
}

#[test]
fn no_value_can_end_its_own_entry_in_github_env() {
    let secret = |value: &str| Secret::new(Zeroizing::new(value.to_owned())).unwrap();
    let hostile = "EOF\nbyok_0\nK2=evil\nK3<<EOF\nevil\nEOF";
    let variables = [(EnvName::parse("K").unwrap(), secret(hostile))];
    let render = || format("github-actions").unwrap().render(&variables).unwrap();
    let (one, two) = (render(), render());
    let delimiter = one.lines().next().unwrap().strip_prefix("K<<").unwrap().to_owned();
    assert!(delimiter.len() >= 32 && !hostile.contains(&delimiter));
    assert_eq!(one.as_str(), format!("K<<{delimiter}\n{hostile}\n{delimiter}\n"));
    assert_ne!(one, two, "the delimiter could be guessed");
}

/// The rules of GitLab's `ParseDotenvArtifactService`: lines of `NAME=value`, blanks off both, 5 KiB and no more.
#[test]
fn a_gitlab_report_holds_what_gitlab_takes_unchanged() {
    let form = format("gitlab").unwrap();
    let mut carried = 0;
    for variable in variables() {
        let Ok(text) = form.render(std::slice::from_ref(&variable)) else { continue };
        assert!(text.len() <= 5 * 1024 && text.lines().count() == 1);
        let (name, value) = text.trim_end_matches('\n').split_once('=').unwrap();
        assert_eq!((name.trim(), value.trim()), (variable.0.as_str(), variable.1.expose()));
        assert!(!value.contains('$'), "the runner would expand it");
        carried += 1;
    }
    assert!(carried > 300, "{carried}");
    let many = |count: usize| {
        let all: Vec<_> = variables().into_iter().take(count).map(|(name, _)| name).collect();
        let secret = Secret::new(Zeroizing::new("x".to_owned())).unwrap();
        form.render(&all.into_iter().map(|name| (name, secret.clone())).collect::<Vec<_>>())
    };
    assert!(many(150).is_ok());
    assert_eq!(many(151).unwrap_err().name.as_str(), "V150");
}

#[test]
fn dotenv_is_read_back_by_byok() {
    round_trip("dotenv", |folder| {
        let file = fs::read_to_string(folder.join(FILE)).unwrap();
        let reading = dotenv::read(file.as_bytes()).unwrap();
        let found = reading.found.into_iter().map(|found| (found.name, found.value.to_string()));
        // No key is made of `=` alone, and such a line is taken for the end of wrapped base64.
        let padding = reading.ignored.iter().map(|line| file.lines().nth(line - 1).unwrap().split_once('=').unwrap());
        let padding = padding.filter(|(_, value)| value.bytes().all(|byte| byte == b'='));
        found.chain(padding.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    });
}

#[test]
fn json_is_read_back_by_python_node_and_jq() {
    if let Some(python) = tool(&["/usr/bin/python3", "python3"]) {
        let print = "import json;print(json.dumps(json.load(open('variables',encoding='utf-8'))))";
        let refused = round_trip("json", |folder| from_json(&output(command(&python, folder, &["-c", print]))));
        assert_eq!(refused, 0);
    }
    if let Some(node) = node() {
        let print = "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync('variables'))))";
        round_trip("json", |folder| from_json(&output(command(&node, folder, &["-e", print]))));
    }
    if let Some(jq) = tool(&["jq"]) {
        round_trip("json", |folder| from_json(&output(command(&jq, folder, &["-c", ".", FILE]))));
    }
}

#[test]
fn toml_is_read_back_by_python_and_toml() {
    if let Some(python) = python("tomllib") {
        let print = "import json,tomllib;print(json.dumps(tomllib.load(open('variables','rb'))))";
        let refused = round_trip("toml", |folder| from_json(&output(command(&python, folder, &["-c", print]))));
        assert_eq!(refused, 0);
    }
    round_trip("toml", |folder| toml::from_str(&fs::read_to_string(folder.join(FILE)).unwrap()).unwrap());
}

#[test]
fn yaml_is_read_back_by_python() {
    let Some(python) = python("yaml") else { return };
    let print = "import json,yaml;print(json.dumps(yaml.safe_load(open('variables',encoding='utf-8'))))";
    let refused = round_trip("yaml", |folder| from_json(&output(command(&python, folder, &["-c", print]))));
    assert_eq!(refused, 0);
}

#[test]
fn docker_sends_the_values_to_its_daemon() {
    let Some(docker) = tool(&["docker"]) else { return };
    round_trip("docker", |folder| {
        let daemon = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("tcp://{}", daemon.local_addr().unwrap());
        let posted = std::thread::spawn(move || daemon.incoming().find_map(|client| answer(client.unwrap())));
        output({
            let mut create = command(&docker, folder, &["create", "--env-file", FILE, "image"]);
            create.env("DOCKER_HOST", host);
            create
        });
        let body: serde_json::Value = serde_json::from_slice(&posted.join().unwrap().unwrap()).unwrap();
        let entries = body["Env"].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap());
        entries.map(|entry| entry.split_once('=').unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    });
}

/// Answers one request as a docker daemon would; returns the body of the one that creates a container.
fn answer(client: TcpStream) -> Option<Vec<u8>> {
    let mut client = BufReader::new(client);
    let head: Vec<String> = client.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).unwrap();
    let created = head.first()?.contains("/containers/create");
    let (status, text) = if created { ("201 Created", r#"{"Id":"1","Warnings":[]}"#) } else { ("200 OK", "{}") };
    let size = text.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nApi-Version: 1.44\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\
         Connection: close\r\n\r\n{text}"
    );
    client.get_mut().write_all(answer.as_bytes()).unwrap();
    created.then_some(body)
}

#[test]
fn a_refusal_never_shows_the_value() {
    for name in byok::export::names() {
        for variable in variables() {
            let value = variable.1.expose().to_owned();
            if let Err(refused) = format(name).unwrap().render(&[variable]) {
                let shown = format!("{refused} {refused:?}");
                assert!(value.len() < 12 || !shown.contains(&value), "{name}");
            }
        }
    }
}

/// `.env` files of a few lines each, many of them malformed.
fn dotenv_files(count: usize) -> Vec<String> {
    const PIECES: &[&str] = &[
        "A=",
        "A=",
        "\nB=",
        "\nC=",
        "\nexport D=",
        "\nE =",
        "\nexport  F=",
        "\n\tG=",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        " ",
        "\t",
        "'",
        "'",
        "'",
        "\"",
        "\"",
        "\"",
        "`",
        "#",
        " # ",
        "\n# ",
        "\n  # A=",
        "\\",
        "\\n",
        "\\\\",
        "\\\"",
        "=",
        "$",
        "${HOME}",
        "$(touch PWN)",
        "x",
        "yz",
        "two words",
        "\u{a0}",
        "\u{1f}",
        "\u{2028}",
        "é",
        "sk-1",
        "'v'",
        "\"v\"",
        "export",
        "\nA",
        "\nA B=",
    ];
    // Mostly plain ones too: a random heap of pieces is seldom a file that all readers agree on.
    const PLAIN: &[&str] = &[
        "A=1\n",
        "B=two words\n",
        "export C='x # y'\n",
        "D=\"a\\nb\"\n",
        "\n",
        "# A=0\n",
        "  # B=0\n",
        "E = 5 # five\n",
        "F=\n",
        "G='l1\nl2'\n",
        "H=\"l1\r\nl2\" # c\r\n",
        "I=a=b==\r\n",
        "J=x'y\"z`\n",
        "K=''\n",
        "L=  \n",
        "A=2\n",
        "M='\"'#c\n",
        "N= 'n' \n",
        "  O=o\n",
        "P=$HOME\n",
        "Q=\\a\\\\b\n",
        "R=\"it's `r`\"\n",
        "S=a'b' c\n",
    ];
    let mut random = Random::new(SEED);
    let files = (0..count).map(|index| match index % 2 {
        0 => "A=".to_owned() + &random.text(PIECES, 12),
        _ => random.text(PLAIN, 10),
    });
    files.collect()
}

#[test]
fn imported_values_are_those_of_python_and_node_unless_marked() {
    let (Some(python), Some(node)) = (python("dotenv"), node()) else { return };
    let files = dotenv_files(10_000);
    let folder = tempfile::tempdir().unwrap();
    let list = serde_json::to_vec(&files).unwrap();
    let in_python = "import io,json,logging,sys,dotenv;logging.disable();print(json.dumps([dotenv.dotenv_values(\
                     stream=io.StringIO(t,newline=None)) for t in json.loads(sys.stdin.buffer.read())]))";
    let in_node =
        "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(require('util').parseEnv)))";
    let seen = |program: &Path, flag: &str, script: &str| -> Vec<HashMap<String, Option<String>>> {
        let json = filter(command(program, folder.path(), &[flag, script]), list.clone());
        serde_json::from_slice(&json).unwrap()
    };
    let (by_python, by_node) = (seen(&python, "-c", in_python), seen(&node, "-e", in_node));

    let mut compared = 0;
    for (index, file) in files.iter().enumerate() {
        let Ok(reading) = dotenv::read(file.as_bytes()) else { continue };
        if !reading.ignored.is_empty() || reading.found.iter().any(|found| found.doubtful.is_some()) {
            continue;
        }
        let ours: HashMap<String, Option<String>> =
            reading.found.into_iter().map(|found| (found.name, Some(found.value.to_string()))).collect();
        assert_eq!(ours, by_python[index], "python-dotenv, {file:?}, seed {SEED:#x}");
        // node takes an indented comment, a line of blanks and a comment behind an empty value for parts of a name.
        if by_node[index].keys().any(|name| EnvName::parse(name).is_err()) {
            continue;
        }
        compared += 1;
        assert_eq!(ours, by_node[index], "node, {file:?}, seed {SEED:#x}");
    }
    assert!(compared > 2_000, "only {compared} files of {} were clean", files.len());
    assert!(!folder.path().join("PWN").exists(), "a part of a file was executed");
}
