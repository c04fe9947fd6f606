//! `install.sh`: the real script with the real curl, tar and shell, from a release on loopback over real TLS.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::generated::top;
use crate::tools::tool;
use crate::upstream::{Authority, Reply, Upstream};

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A release of a version 9.9.9, a machine that may install it, and an authority that the machine believes.
struct Release {
    folder: TempDir,
    authority: Authority,
    server: Upstream,
    files: Files,
}

fn name() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("byok-9.9.9-{}-{system}", std::env::consts::ARCH)
}

/// The authority's certificate, as a file for curl.
fn believed(authority: &Authority, folder: &Path) -> PathBuf {
    let file = folder.join("authority.pem");
    fs::write(&file, authority.pem()).unwrap();
    file
}

/// `None` where a tool is missing, which is said.
fn release() -> Option<Release> {
    for needed in ["curl", "tar", "sha256sum"] {
        tool(&[needed])?;
    }
    let (authority, files) = (Authority::new(), Files::default());
    let shelf = Arc::clone(&files);
    let server = Upstream::https(&authority, &["localhost"], move |seen| {
        match shelf.lock().unwrap().get(seen.target.trim_start_matches("/d/")) {
            Some(bytes) => {
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", bytes.len());
                Reply::raw([head.as_bytes(), bytes].concat())
            }
            None => Reply::text(404, "text/plain", "no"),
        }
    });
    let release = Release { folder: tempfile::tempdir().unwrap(), authority, server: server.may_stay_idle(), files };
    release.pack("#!/bin/sh\necho byok 9.9.9\n");
    Some(release)
}

impl Release {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The archive with this program in it, and the list that vouches for it.
    fn pack(&self, program: &str) {
        let inside = self.path(&name());
        fs::create_dir_all(&inside).unwrap();
        fs::write(inside.join("byok"), program).unwrap();
        let archive = self.path("archive");
        let tar = ["tar", "-czf", archive.to_str().unwrap(), "-C", self.folder.path().to_str().unwrap(), &name()];
        assert!(Command::new(tar[0]).args(&tar[1..]).status().unwrap().success());
        self.serve(&format!("{}.tar.gz", name()), fs::read(archive).unwrap());
        self.vouch();
    }

    fn vouch(&self) {
        use std::fmt::Write as _;

        use sha2::Digest as _;
        let mut sums = String::new();
        for (name, bytes) in self.files.lock().unwrap().iter().filter(|(name, _)| *name != "SHA256SUMS") {
            let digest = sha2::Sha256::digest(bytes);
            digest.iter().for_each(|byte| write!(sums, "{byte:02x}").unwrap());
            writeln!(sums, "  {name}").unwrap();
        }
        self.serve("SHA256SUMS", sums.into_bytes());
    }

    fn serve(&self, name: &str, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert(name.to_owned(), bytes);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        fs::create_dir_all(self.path("home")).unwrap();
        command.arg(top("install.sh")).args(arguments).env_clear().env("PATH", "/usr/bin:/bin");
        command.env("HOME", self.path("home")).env("TMPDIR", self.folder.path());
        command.env("CURL_CA_BUNDLE", believed(&self.authority, self.folder.path()));
        command
    }

    fn install(&self, arguments: &[&str]) -> Output {
        let from = self.server.url("/d");
        self.command(&[&["--from", &from], arguments].concat()).output().unwrap()
    }

    fn installed(&self) -> PathBuf {
        self.path("home/.local/bin/byok")
    }

    #[track_caller]
    fn refused(&self, output: &Output, says: &str) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && stderr.contains(says), "{stderr}");
        assert!(!self.installed().exists());
        self.leaves_nothing();
    }

    /// No download and no half of a program stays anywhere.
    #[track_caller]
    fn leaves_nothing(&self) {
        let left = |folder: &Path, prefix: &str| {
            let entries = fs::read_dir(folder).into_iter().flatten();
            entries.filter(|one| one.as_ref().unwrap().file_name().to_str().unwrap().starts_with(prefix)).count()
        };
        assert_eq!(left(self.folder.path(), "tmp."), 0);
        assert_eq!(left(&self.path("home/.local/bin"), ".byok."), 0);
    }
}

#[test]
fn what_the_release_lists_is_installed() {
    let Some(release) = release() else { return };
    let output = release.install(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::metadata(release.installed()).unwrap().permissions().mode() & 0o7777, 0o755);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("installed byok 9.9.9 as ") && said.contains("add it to your PATH: "), "{said}");
    release.leaves_nothing();
    // Over the one that is there, and elsewhere, where the name has a blank.
    assert!(release.install(&["--version", "v9.9.9"]).status.success());
    let to = release.path("another place");
    assert!(release.install(&["--to", to.to_str().unwrap()]).status.success());
    assert!(to.join("byok").is_file());
}

#[test]
fn a_tampered_archive_is_refused() {
    let Some(release) = release() else { return };
    let archive = format!("{}.tar.gz", name());
    let good = release.files.lock().unwrap()[&archive].clone();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [flipped, good[..good.len() - 1].to_vec(), Vec::new()] {
        release.serve(&archive, bad);
        release.refused(&release.install(&[]), "is not what the release lists");
    }
    // Another program in a good archive: what counts is the list.
    release.serve(&archive, good);
    let sums = release.files.lock().unwrap()["SHA256SUMS"].clone();
    release.pack("#!/bin/sh\ntouch \"$HOME/pwned\"\n");
    release.serve("SHA256SUMS", sums);
    release.refused(&release.install(&[]), "is not what the release lists");
    assert!(!release.path("home/pwned").exists());
}

#[test]
fn a_list_without_the_archive_or_with_two_is_refused() {
    let Some(release) = release() else { return };
    let sums = String::from_utf8(release.files.lock().unwrap()["SHA256SUMS"].clone()).unwrap();
    release.serve("SHA256SUMS", sums.replace("byok-", "kybo-").into_bytes());
    release.refused(&release.install(&[]), "has nothing for");
    release.serve("SHA256SUMS", format!("{sums}{sums}").into_bytes());
    release.refused(&release.install(&[]), "more than one archive");
    release.serve("SHA256SUMS", sums.replace("byok-9.9.9", "byok-../../x").into_bytes());
    release.refused(&release.install(&[]), "has nothing for");
    release.serve("SHA256SUMS", sums.into_bytes());
    release.refused(&release.install(&["--version", "9.9.8"]), "asked for 9.9.8");
}

#[test]
fn only_https_from_a_server_that_can_prove_itself() {
    let Some(release) = release() else { return };
    release.refused(&release.command(&["--from", "http://127.0.0.1:9/d"]).output().unwrap(), "only https is trusted");
    let stranger = Authority::new();
    let from = release.server.url("/d");
    // Nor where curl's own file would look away.
    release.command(&[]).output().unwrap();
    fs::write(release.path("home/.curlrc"), "insecure\n").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = release.command(&["--from", &from]);
    command.env("CURL_CA_BUNDLE", believed(&stranger, elsewhere.path()));
    release.refused(&command.output().unwrap(), "cannot download");
    assert_eq!(release.server.application_bytes(), 0);
}

#[test]
fn a_redirect_to_http_is_not_followed() {
    let Some(release) = release() else { return };
    let plain = Upstream::http(|_| Reply::json(200, "{}")).may_stay_idle();
    let to = plain.url("/SHA256SUMS");
    let server = Upstream::https(&release.authority, &["localhost"], move |_| Reply::redirect(302, &to));
    let output = release.command(&["--from", &server.url("/d")]).output().unwrap();
    release.refused(&output, "cannot download");
    assert_eq!(plain.connections(), 0);
}

#[test]
fn without_a_tool_that_checks_nothing_is_downloaded() {
    let Some(release) = release() else { return };
    let tools = release.path("tools");
    fs::create_dir(&tools).unwrap();
    for name in ["curl", "tar", "uname", "mktemp", "rm", "sed"] {
        symlink(tool(&[name]).unwrap(), tools.join(name)).unwrap();
    }
    let shell = tool(&["sh"]).unwrap();
    let run = |expected: &str| {
        let mut command = Command::new(&shell);
        command.arg(top("install.sh")).args(["--from", &release.server.url("/d")]);
        command.env_clear().env("PATH", &tools).env("HOME", release.path("home"));
        release.refused(&command.output().unwrap(), expected);
    };
    run("sha256sum or shasum is needed");
    fs::remove_file(tools.join("curl")).unwrap();
    run("curl is needed");
    assert_eq!(release.server.connections(), 0);
}

#[test]
fn a_program_that_does_not_run_takes_no_place() {
    let Some(release) = release() else { return };
    assert!(release.install(&[]).status.success());
    release.pack("#!/bin/sh\nexit 1\n");
    let output = release.install(&[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not run on this machine"));
    assert_eq!(fs::read_to_string(release.installed()).unwrap(), "#!/bin/sh\necho byok 9.9.9\n");
    release.leaves_nothing();
}

#[test]
fn a_copy_that_broke_off_does_nothing() {
    let text = fs::read_to_string(top("install.sh")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shell = tool(&["sh"]).unwrap();
    // Wherever it ends, before its last line; the whole of it gets as far as looking for curl.
    for (at, _) in text.match_indices('\n') {
        let mut command = Command::new(&shell);
        command.args(["-c", &text[..at], "sh", "--to"]).arg(folder.path()).env_clear().env("PATH", folder.path());
        let output = command.output().unwrap();
        let ran = String::from_utf8_lossy(&output.stderr).contains("install.sh: curl is needed");
        assert!(output.stdout.is_empty() && ran == (at + 1 == text.len()), "{at}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
