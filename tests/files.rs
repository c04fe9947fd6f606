//! Files and folders: private from their first byte, never led astray by what somebody planted, untouched by reading.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::leaks::{every_file, traced};
use crate::tools::{skipped, tool};
use crate::world::World;

const KEY: &str = "sk-test-0123456789abcdef0123";

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The command that a hint shows between backticks.
fn hinted(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let hint = text.lines().find(|line| line.contains("chmod")).unwrap_or_else(|| panic!("no chmod hint: {text}"));
    hint.split('`').nth(1).unwrap().to_owned()
}

/// What tells that a file was written, replaced or touched.
fn marks(paths: &[PathBuf]) -> Vec<(PathBuf, u64, i64, i64, u64)> {
    let about = |path: &PathBuf| {
        let about = fs::symlink_metadata(path).unwrap();
        (path.clone(), about.ino(), about.mtime_nsec(), about.ctime_nsec(), about.len())
    };
    paths.iter().map(about).collect()
}

#[test]
fn whatever_the_umask_files_are_600_and_folders_700() {
    for umask in ["000", "022", "077"] {
        let world = World::ordinary();
        let through = ["sh".to_owned(), "-c".to_owned(), format!("umask {umask}; exec \"$@\""), "sh".to_owned()];
        let out = world.path("keys.env");
        world.byok("add openai --stdin --as-is").stdin(KEY).through(&through).go();
        world.byok("profile create work").through(&through).go();
        world.byok("profile use work").through(&through).go();
        world.byok("provider add my-service").through(&through).go();
        world.byok("-p default export -o").arg(&out).through(&through).go();
        let mut seen = 0;
        for path in every_file(&world.home()) {
            assert_eq!(mode(&path), 0o600, "umask {umask}: {}", path.display());
            for folder in path.ancestors().skip(1).take_while(|folder| *folder != world.root()) {
                assert_eq!(mode(folder), 0o700, "umask {umask}: {}", folder.display());
            }
            seen += 1;
        }
        assert!(seen >= 7, "{:?}", world.tree());
        assert_eq!(mode(&out), 0o600, "umask {umask}");
    }
}

#[test]
fn files_are_created_private_and_never_made_so_afterwards() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = World::new();
    let calls = "trace=/open|creat|mkdir|chmod";
    let add = world.byok("add openai --stdin --as-is").stdin(KEY);
    let log = traced(&world, &strace, &["-e", calls], add, 0);
    let out = world.path("keys.env");
    let log = log + &traced(&world, &strace, &["-e", calls], world.byok("export -o").arg(&out), 0);
    let mut created = 0;
    for line in log.lines().filter(|line| !line.contains("ENOENT")) {
        assert!(!line.contains("chmod"), "{line}");
        if line.contains("O_CREAT") {
            created += 1;
            assert!(line.contains(", 0600)"), "{line}");
            assert!(line.contains("O_NOFOLLOW") && line.contains("O_CLOEXEC"), "{line}");
            // byok lets nobody look into it: to an ordinary user's strace a path is a mere address.
            let lock = line.contains(".lock\"") || line.contains(", 0x") || line.contains("O_APPEND");
            assert!(lock || line.contains("O_EXCL"), "{line}");
        }
        if line.contains("mkdir") && !line.contains("EEXIST") {
            assert!(line.contains(", 0700)"), "{line}");
        }
    }
    assert!(created >= 4, "{log}");
}

#[test]
fn a_file_or_folder_that_is_open_to_others_is_refused_unread_with_the_chmod_that_mends_it() {
    let Some(strace) = tool(&["strace"]) else { return };
    for (name, wide) in [
        ("home/profiles/default.age", 0o644),
        ("home/profiles/default.age", 0o660),
        ("home/identity.txt", 0o604),
        ("home/profiles", 0o777),
        ("home/profiles", 0o720),
    ] {
        // Root's own byok refuses as well; what strace may look at is another matter.
        let world = World::new().with_keys(&[("openai", KEY)]);
        let path = world.path(name);
        chmod(&path, wide);
        let log = traced(&world, &strace, &["-y", "-e", "trace=read,pread64,readv,mmap"], world.byok("list"), 4);
        let inside = |line: &&str| line.contains(&format!("{name}>")) || line.contains(&format!("{name}/"));
        let own = log.lines().filter(inside);
        assert_eq!(own.collect::<Vec<_>>(), Vec::<&str>::new(), "{name} was read");
        let before = fs::read(world.sealed()).unwrap();
        let shown = format!("`{}` is open to other users (mode {wide:o})", path.display());
        for verb in ["list", "env", "add mistral --stdin --as-is", "run -- true"] {
            world.byok(verb).stdin(KEY).stderr_holds(&[&shown]).code(4).check();
        }
        assert_eq!(fs::read(world.sealed()).unwrap(), before);
        let command = hinted(&world.byok("list").output().stderr);
        assert!(Command::new("sh").arg("-c").arg(&command).status().unwrap().success(), "{command}");
        world.byok("list").go();
    }
}

#[test]
fn an_identity_file_named_by_a_variable_must_be_private_too() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let elsewhere = world.file("it's mine.txt", fs::read(world.home().join("identity.txt")).unwrap());
    chmod(&elsewhere, 0o644);
    let list = || world.byok("list").env("BYOK_IDENTITY_FILE", &elsewhere);
    let refused = list().stderr_holds(&["is open to other users (mode 644)"]).code(4).check();
    let command = hinted(&refused.stderr);
    assert!(Command::new("sh").arg("-c").arg(&command).status().unwrap().success(), "{command}");
    list().go();
}

#[test]
fn a_home_that_others_can_write_to_is_refused() {
    // Whoever can write there can put a `providers.toml` or a whole other folder of profiles in place.
    let world = World::ordinary().with_keys(&[("openai", KEY)]);
    chmod(&world.home(), 0o777);
    let refused = world.byok("env").stderr_holds(&["is open to other users (mode 777)"]).code(4).check();
    let command = hinted(&refused.stderr);
    assert!(Command::new("sh").arg("-c").arg(&command).status().unwrap().success(), "{command}");
    world.byok("list").go();
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let world = World::ordinary().with_keys(&[("openai", KEY)]);
    let profiles = world.home().join("profiles");
    fs::rename(&profiles, world.path("aside")).unwrap();
    // A folder of root's, for one who is not root.
    symlink("/usr", &profiles).unwrap();
    world.byok("list").stderr_holds(&["belongs to another user (uid 0)"]).code(4).check();
    world.byok("add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["belongs to another user"]).code(4).check();
    fs::remove_file(&profiles).unwrap();
    fs::rename(world.path("aside"), &profiles).unwrap();
    if geteuid().is_root() {
        for name in ["profiles/default.age", "identity.txt"] {
            let path = world.home().join(name);
            let owner = fs::metadata(&path).unwrap().uid();
            std::os::unix::fs::chown(&path, Some(1), None).unwrap();
            // What root gives away is unreadable for the ordinary user: whichever is noticed first, it is refused.
            let output = world.byok("list").output();
            assert!(matches!(output.status.code(), Some(1 | 4)) && output.stdout.is_empty(), "{name}: {output:?}");
            let root = Command::new(env!("CARGO_BIN_EXE_byok"))
                .args(["list"])
                .env_clear()
                .env("BYOK_HOME", world.home())
                .output()
                .unwrap();
            assert_eq!(root.status.code(), Some(4), "{root:?}");
            std::os::unix::fs::chown(&path, Some(owner), None).unwrap();
        }
    }
    world.byok("list").go();
}

#[test]
fn root_with_another_users_home_writes_nothing_there() {
    let start: &[&str] = if geteuid().is_root() {
        &[]
    } else if Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status().is_ok_and(|it| it.success()) {
        &["sudo", "-n"]
    } else {
        skipped("only root can show what `sudo byok` does");
        return;
    };
    let world = World::ordinary();
    let home = world.path("somebody");
    fs::create_dir(&home).unwrap();
    if geteuid().is_root() {
        std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    }
    let set = format!("HOME={}", home.display());
    let byok = env!("CARGO_BIN_EXE_byok");
    let line: Vec<&str> = start.iter().copied().chain(["env", "-i", &set, byok, "profile", "create", "work"]).collect();
    let output = Command::new(line[0]).args(&line[1..]).current_dir(world.root()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("belongs to another user"), "{stderr}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn links_planted_for_the_names_that_byok_uses_lead_nowhere() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let victim = world.file("victim", "precious");
    let profiles = world.home().join("profiles");
    for name in ["default.age.tmp", ".default.age.tmp", "default.age~", "default.age.bak", ".default.age.swp"] {
        symlink(&victim, profiles.join(name)).unwrap();
    }
    symlink(&victim, profiles.join(".default.age.0123456789abcdef.tmp")).unwrap();
    symlink(&victim, profiles.join("work.lock")).unwrap();
    symlink(&victim, profiles.join("play.age")).unwrap();
    symlink(&victim, world.home().join("pins/lab.toml")).unwrap();
    world.byok("add mistral --stdin --as-is").stdin(KEY.to_owned() + "x").go();
    world.byok("-p work add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["cannot lock"]).code(1).check();
    world.byok("-p play add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["a symbolic link"]).code(4).check();
    world.byok("-p lab add mistral --stdin --as-is").stdin(KEY).output();
    fs::remove_file(profiles.join("default.lock")).unwrap();
    symlink(&victim, profiles.join("default.lock")).unwrap();
    let before = fs::read(world.sealed()).unwrap();
    world.byok("rm openai -y").stderr_holds(&["cannot lock"]).code(1).check();
    assert_eq!(fs::read(world.sealed()).unwrap(), before);
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert!(fs::symlink_metadata(profiles.join("play.age")).unwrap().is_symlink());
}

#[test]
fn an_identity_that_is_a_link_is_refused() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let (own, aside) = (world.home().join("identity.txt"), world.path("aside.txt"));
    fs::rename(&own, &aside).unwrap();
    symlink(&aside, &own).unwrap();
    world.byok("list").stderr_holds(&["identity.txt` is a symbolic link"]).code(4).check();
    fs::remove_file(&own).unwrap();
    symlink("/nonexistent", &own).unwrap();
    world.byok("add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["a symbolic link"]).code(4).check();
    assert!(!Path::new("/nonexistent").exists());
}

#[test]
fn a_profile_that_is_no_plain_file_is_refused_at_once_and_left_alone() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let (path, good) = (world.sealed(), world.path("good.age"));
    fs::rename(&path, &good).unwrap();
    let make: [(&str, &dyn Fn()); 8] = [
        ("a symbolic link", &|| symlink(&good, &path).unwrap()),
        ("a symbolic link", &|| symlink("nowhere.age", &path).unwrap()),
        ("a symbolic link", &|| symlink("/dev/zero", &path).unwrap()),
        // In a circle.
        ("a symbolic link", &|| symlink("default.age", &path).unwrap()),
        ("a pipe, socket or device", &|| {
            assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&path).status().unwrap().success());
        }),
        ("a pipe, socket or device", &|| drop(std::os::unix::net::UnixListener::bind(&path).unwrap())),
        ("", &|| {
            fs::write(&path, "").unwrap();
            chmod(&path, 0o600);
        }),
        ("is larger than", &|| {
            fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
            chmod(&path, 0o600);
        }),
    ];
    for (says, make) in make {
        make();
        let before = marks(std::slice::from_ref(&path));
        for verb in ["list", "env", "add mistral --stdin --as-is", "rm openai -y", "export"] {
            let start = Instant::now();
            world.byok(verb).stdin(KEY).stderr_holds(&[says, "byok: hint: "]).code(4).check();
            assert!(start.elapsed() < Duration::from_secs(2), "{verb}: {:?}", start.elapsed());
        }
        assert_eq!(marks(std::slice::from_ref(&path)), before, "{says}");
        fs::remove_file(&path).unwrap();
    }
    fs::create_dir(&path).unwrap();
    world.byok("list").stderr_holds(&["is a folder, not a plain file"]).code(4).check();
    world.byok("add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["a folder"]).code(4).check();
    assert!(!world.path("home/profiles/nowhere.age").exists());
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let before = every_file(world.root());
    let long = "a".repeat(300);
    for bad in ["../../x", "/abs", "a/b", ".", "..", "../default", "A", "a b", "a\nb", "é", "", long.as_str()] {
        for arguments in [
            vec!["--profile", bad, "list"],
            vec!["--profile", bad, "add", "openai", "--stdin", "--as-is"],
            vec!["profile", "create", bad],
            vec!["profile", "rm", bad, "-y"],
            vec!["profile", "copy", "default", bad],
            vec!["profile", "copy", bad, "work"],
            vec!["profile", "use", bad],
        ] {
            let output = world.run(&arguments).stdin(KEY).output();
            assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        }
        if !matches!(bad, "A" | "a b" | "a\nb") {
            let label = format!("openai:{bad}");
            for key in [bad, label.as_str()] {
                let output = world.run(["add", key, "--stdin", "--as-is"]).stdin(KEY).output();
                assert_eq!(output.status.code(), Some(2), "{key:?} {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        world.byok("list").env("BYOK_PROFILE", if bad.is_empty() { "../x" } else { bad }).output();
    }
    for flag in ["-rf", "--"] {
        assert_ne!(world.run(["profile", "create", flag]).output().status.code(), Some(0));
    }
    assert_eq!(every_file(world.root()), before);
}

#[test]
fn without_a_home_byok_says_so_and_writes_nowhere() {
    let world = World::new();
    let before = || fs::read_dir(world.root()).unwrap().count();
    let count = before();
    let add = || world.byok("add openai --stdin --as-is").stdin(KEY).without("BYOK_HOME");
    let says = "byok: error: there is no home folder: `HOME` is not set to an absolute path\n\
                byok: hint: say where byok keeps things: `export BYOK_HOME=/path/to/a/private/folder`\n";
    add().stderr(says).code(1).check();
    add().env("HOME", "").stderr(says).code(1).check();
    add().env("HOME", "relative").stderr(says).code(1).check();
    add().env("HOME", "relative").env("XDG_DATA_HOME", "data").stderr(says).code(1).check();
    let relative = world.byok("add openai --stdin --as-is").stdin(KEY).env("BYOK_HOME", "relative");
    relative.stderr_holds(&["`BYOK_HOME` is not an absolute path"]).code(2).check();
    assert_eq!(before(), count);
    // The XDG specification has relative folders ignored.
    add().env("HOME", world.path("me")).env("XDG_DATA_HOME", "data").env("XDG_CONFIG_HOME", "config").go();
    assert!(world.path("me/.local/share/byok/profiles/default.age").is_file());
    assert!(!world.path("data").exists() && !world.path("config").exists());
    // An odd name is as good as any other.
    let odd = OsString::from_vec([world.root().as_os_str().as_encoded_bytes(), b"/o\xffdd\nname"].concat());
    world.byok("add openai --stdin --as-is").stdin(KEY).env("BYOK_HOME", &odd).go();
    world.byok("get openai").env("BYOK_HOME", &odd).stdout(KEY).check();
}

#[test]
fn a_read_only_home_serves_readers_and_refuses_writers() {
    let world = World::ordinary().with_keys(&[("openai", KEY)]);
    let folders = [world.home().join("profiles"), world.home().join("pins"), world.home()];
    for folder in &folders {
        chmod(folder, 0o500);
    }
    let before = fs::read(world.sealed()).unwrap();
    world.byok("list").go();
    world.byok("env").stdout(format!("export OPENAI_API_KEY={KEY};\n")).check();
    world.byok("get openai").stdout(KEY).check();
    world.run(["run", "--", "sh", "-c", "printf %s \"$OPENAI_API_KEY\""]).stdout(KEY).check();
    world.byok("add mistral --stdin --as-is").stdin(KEY).stderr_holds(&["byok: error: cannot "]).code(1).check();
    world.byok("rm openai -y").stderr_holds(&["byok: error: cannot "]).code(1).check();
    world.byok("profile create work").stderr_holds(&["byok: error: cannot "]).code(1).check();
    world.byok("profile use default").stderr_holds(&["byok: error: cannot "]).code(1).check();
    assert_eq!(fs::read(world.sealed()).unwrap(), before);
    for folder in &folders {
        chmod(folder, 0o700);
    }
    assert_eq!(fs::read_dir(&folders[0]).unwrap().count(), 2, "{:?}", world.tree());
}

#[test]
fn an_export_is_private_whole_and_never_written_over_or_through() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let export = |name: &str| world.byok("export -o").arg(world.path(name));
    let content = format!("OPENAI_API_KEY={KEY}\n");
    let out = world.path("out.env");
    let says = format!("wrote 1 variable to `{}`, in plaintext\n", out.display());
    export("out.env").stderr(&says).check();
    assert_eq!(fs::read_to_string(&out).unwrap(), content);
    assert_eq!(mode(&out), 0o600);
    fs::write(&out, "mine").unwrap();
    chmod(&out, 0o644);
    export("out.env").stderr_holds(&["is already there", "`--force`"]).code(4).check();
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    let old = fs::metadata(&out).unwrap().ino();
    export("out.env").arg("--force").stderr(&says).check();
    assert_eq!(fs::read_to_string(&out).unwrap(), content);
    assert_eq!((mode(&out), fs::metadata(&out).unwrap().ino() == old), (0o600, false), "written in place");
    for (name, target) in [("link.env", "victim"), ("dangling.env", "absent")] {
        fs::write(world.path("victim"), "precious").unwrap();
        symlink(world.path(target), world.path(name)).unwrap();
        export(name).stderr_holds(&["is a link, a folder or a device"]).code(4).check();
        export(name).arg("--force").stderr_holds(&["is a link, a folder or a device"]).code(4).check();
        assert!(fs::symlink_metadata(world.path(name)).unwrap().is_symlink());
    }
    assert_eq!(fs::read_to_string(world.path("victim")).unwrap(), "precious");
    assert!(!world.path("absent").exists());
    world.byok("export -o /dev/null --force").stderr_holds(&["a device"]).code(4).check();
    export("no/such/folder.env").stderr_holds(&["byok: error: cannot "]).code(1).check();
    let left =
        fs::read_dir(world.root()).unwrap().flatten().filter(|entry| entry.path().to_string_lossy().ends_with("tmp"));
    assert_eq!(left.count(), 0);
    // A bare name has an empty parent, which is the folder that byok runs in.
    world.byok("export -o bare.env").go();
    assert_eq!(mode(&world.path("bare.env")), 0o600);
}

#[test]
fn a_variable_that_is_no_text_breaks_nothing() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    for verb in
        ["list", "env", "import-env", "import-env --dry-run", "get openai", "has openai", "run -- true", "export"]
    {
        let run = world.byok(verb).env(bytes(b"W\xffRD"), "x").env("WEIRD", bytes(b"\xff\xfe")).env(bytes(b"\xff"), "");
        run.env("GROQ_API_KEY", bytes(b"gsk_\xff")).env("OPENAI_BASE_URL", bytes(b"https://\xff")).go();
    }
    world.byok("get groq").env("GROQ_API_KEY", bytes(b"gsk_\xff")).stderr_holds(&["groq"]).code(3).check();
    world
        .byok("add groq --from-env GROQ_API_KEY")
        .env("GROQ_API_KEY", bytes(b"gsk_\xff"))
        .stderr_holds(&["byok: "])
        .code(1)
        .check();
    world.byok("list").env("BYOK_PROFILE", bytes(b"\xff")).stderr_holds(&["cannot use `BYOK_PROFILE`"]).code(2).check();
    world
        .byok("list")
        .env("BYOK_IDENTITY", bytes(b"\xff"))
        .stderr_holds(&["cannot use `BYOK_IDENTITY`"])
        .code(4)
        .check();
}

#[test]
fn reading_leaves_every_file_as_it_was() {
    let world = World::new().with_keys(&[("openai", KEY), ("openai:work", "another-key-of-twenty-and-more")]);
    // The log tells of what was read, in a folder of its own.
    let files = || -> Vec<PathBuf> {
        let log = world.home().join("log");
        every_file(&world.home()).into_iter().filter(|path| !path.starts_with(&log)).collect()
    };
    let mut paths = files();
    paths.extend([world.home(), world.home().join("profiles"), world.home().join("pins")]);
    let before = marks(&paths);
    for verb in [
        "list",
        "list --json",
        "show openai:work",
        "get openai",
        "has openai",
        "has mistral",
        "env",
        "env --unset",
        "run -- true",
        "run --only -- true",
        "export",
        "export --format json",
        "profile list",
        "profile list --json",
        "provider list",
        "provider show openai",
        "import-env --dry-run",
        "get mistral",
        "add openai --stdin",
        "completions bash",
        "--help",
        "list --bogus",
    ] {
        world.byok(verb).output();
    }
    assert_eq!(marks(&paths), before);
    assert_eq!(files().len() + 3, before.len());
}

#[test]
fn a_signal_at_any_moment_leaves_nothing_half_done() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let (mut ended, mut done) = (0, 0);
    for at in 0..60_u64 {
        let mut command = world.command();
        command.args(["add", &format!("mistral:k{at}"), "--stdin", "--as-is"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let value = format!("{KEY}{at}");
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), value.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(at * 250));
        let signal = if at % 2 == 0 { Signal::TERM } else { Signal::INT };
        let _ = kill_process(Pid::from_child(&child), signal);
        let status = child.wait().unwrap();
        let killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(signal.as_raw());
        assert!(killed || status.success(), "{status}");
        (ended, done) = if killed { (ended + 1, done) } else { (ended, done + 1) };
        if status.success() {
            world.byok(&format!("get mistral:k{at}")).stdout(&value).check();
        }
        let left: Vec<String> = world.tree().into_iter().filter(|name| name.contains("tmp")).collect();
        assert_eq!(left, Vec::<String>::new(), "after {} µs", at * 250);
    }
    world.byok("get openai").stdout(KEY).check();
    assert!(ended > 0, "no signal came in time; {done} runs were done before");
}
