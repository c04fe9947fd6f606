//! The age test vectors of C2SP (CCTV), and the stock `age` beside byok.
//!
//! The vectors are the npm package `cctv-age`, 0.2.0. They are no part of this repository: `.ci/run` fetches them into
//! `target/cctv-age`, or `CCTV_AGE` names the folder where the package was unpacked. To have them here:
//!
//! ```sh
//! npm pack cctv-age@0.2.0 --pack-destination target && tar -xzf target/cctv-age-0.2.0.tgz -C target
//! mv target/package target/cctv-age
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use byok::seal::{self, Identities, SealError};
use sha2::{Digest, Sha256};

use crate::tools::{skipped, tool};
use crate::world::World;

/// The SHA-256 of `index.js` in the package, which holds all vectors.
const INDEX: &str = "3b795b89c8500746cdb23abf7176511683d31b5a50129676267aab2346bf161c";

/// How many vectors there are.
const COUNT: usize = 143;

/// Prints each vector as its name, its length and its bytes, the age file in it unpacked where it is packed.
const UNPACK: &str = r#"
const [vectors, zlib] = [await import(process.argv[1]), await import("node:zlib")];
for (const [name, value] of Object.entries(vectors)) {
    const bytes = Buffer.from(value), at = bytes.indexOf("\n\n") + 2;
    const [head, body] = [bytes.subarray(0, at), bytes.subarray(at)];
    const whole = Buffer.concat([head, /^compressed: zlib$/m.test(head) ? zlib.inflateSync(body) : body]);
    process.stdout.write(`${name} ${whole.length}\n`);
    process.stdout.write(whole);
}"#;

/// Vectors whose outcome is not what their `expect` says, and why that is right.
const EXCEPTIONS: &[(&[&str], Outcome, &str)] = &[
    (
        &["hybrid", "hybrid_and_x25519", "hybrid_grease", "hybrid_multiple_recipients", "armor_hybrid"],
        Outcome::NoIdentity,
        "ML-KEM identities (`AGE-SECRET-KEY-PQ-1…`) are none that byok takes",
    ),
    (&["scrypt", "armor_scrypt"], Outcome::Refused, "a passphrase opens no profile: it only ever wraps an identity"),
    (
        &["stanza_missing_body", "stanza_missing_final_line"],
        Outcome::Opened,
        "the age crate takes these stanzas of early age files, on purpose; the header's MAC still holds",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Opened,
    Refused,
    /// There is no identity to try it with.
    NoIdentity,
}

struct Vector {
    name: String,
    head: BTreeMap<String, String>,
    file: Vec<u8>,
}

impl Vector {
    fn is(&self, field: &str, value: &str) -> bool {
        self.head.get(field).is_some_and(|found| found == value)
    }

    /// The identity that the vector comes with; one that fits nothing where it comes with a passphrase or none.
    fn identities(&self) -> Result<Identities, SealError> {
        self.head.get("identity").map_or_else(|| Ok(Identities::generate()), |text| Identities::parse(text))
    }

    fn expected(&self) -> Outcome {
        let exception = EXCEPTIONS.iter().find(|(names, ..)| names.contains(&self.name.as_str()));
        match exception {
            Some((_, outcome, _)) => *outcome,
            None if self.is("expect", "success") => Outcome::Opened,
            // The ML-KEM vectors that are to fail: nothing of them gets as far as the file.
            None if self.name.starts_with("hybrid") && self.identities().is_err() => Outcome::NoIdentity,
            None => Outcome::Refused,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The vectors, if they are here.
fn vectors() -> Option<Vec<Vector>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cctv-age");
    let index = env::var_os("CCTV_AGE").map_or(here, PathBuf::from).join("index.js");
    let Ok(text) = fs::read(&index) else {
        skipped("the age vectors are not in `target/cctv-age`; `tests/vectors.rs` says how to fetch them");
        return None;
    };
    assert_eq!(hex(&Sha256::digest(&text)), INDEX, "`{}` is not the one of cctv-age 0.2.0", index.display());
    let node = tool(&["node"])?;
    let output = Command::new(node).args(["--input-type=module", "-e", UNPACK]).arg(index).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut all, mut rest) = (Vec::new(), &output.stdout[..]);
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let (name, length) = std::str::from_utf8(&rest[..end]).unwrap().split_once(' ').unwrap();
        let (vector, after) = rest[end + 1..].split_at(length.parse().unwrap());
        let head = vector.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let lines = std::str::from_utf8(&vector[..head]).unwrap().lines();
        // Of several identities the first is the one that is tried; no vector needs the second.
        let mut fields = BTreeMap::new();
        for (field, value) in lines.filter_map(|line| line.split_once(": ")) {
            fields.entry(field.to_owned()).or_insert_with(|| value.to_owned());
        }
        all.push(Vector { name: name.to_owned(), head: fields, file: vector[head + 2..].to_vec() });
        rest = after;
    }
    assert_eq!(all.len(), COUNT);
    Some(all)
}

#[test]
fn every_vector_opens_or_is_refused_as_it_should_be() {
    let Some(vectors) = vectors() else { return };
    let mut wrong = Vec::new();
    for vector in &vectors {
        let start = Instant::now();
        let (found, said) = match vector.identities().map(|identities| seal::open(&vector.file, &identities)) {
            Err(error) => (Outcome::NoIdentity, error.to_string()),
            Ok(Err(error)) => (Outcome::Refused, error.to_string()),
            Ok(Ok(content)) => (Outcome::Opened, hex(&Sha256::digest(&*content))),
        };
        if found != vector.expected() {
            wrong.push(format!("{}: {found:?} ({said}), not {:?}: {:?}", vector.name, vector.expected(), vector.head));
        }
        // The two that the crate is lenient with have no payload to compare with.
        if found == Outcome::Opened && vector.is("expect", "success") && !vector.is("payload", &said) {
            wrong.push(format!("{}: the content's hash is {said}", vector.name));
        }
        if start.elapsed() > Duration::from_secs(5) {
            wrong.push(format!("{}: it took {:?}", vector.name, start.elapsed()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let names: BTreeSet<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    for (exceptions, ..) in EXCEPTIONS {
        assert!(exceptions.iter().all(|name| names.contains(name)), "an exception for a vector that is not there");
    }
}

#[test]
fn a_passphrase_is_told_from_a_wrong_identity_before_any_work_is_done_for_it() {
    let Some(vectors) = vectors() else { return };
    let (mut told, ours) = (0, Identities::generate());
    let start = Instant::now();
    for vector in vectors.iter().filter(|vector| vector.head.contains_key("passphrase")) {
        match seal::open(&vector.file, &ours) {
            Err(SealError::Passphrase) => told += 1,
            // `SCRYPT` is no passphrase's stanza, but one of a kind that nobody knows.
            Err(SealError::NotForUs) => assert_eq!(vector.name, "scrypt_uppercase"),
            // A broken header is told as such, whatever it was to be opened with.
            Err(SealError::NotAge) => assert!(vector.is("expect", "header failure"), "{}", vector.name),
            other => panic!("{}: {:?}", vector.name, other.map(|content| content.len())),
        }
    }
    assert!(told >= 6, "only {told} were told");
    // One scrypt of the usual work factor alone takes a second or more.
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// Places a file as the profile `default`.
fn place(world: &World, file: &[u8]) {
    for folder in ["home", "home/profiles"] {
        fs::create_dir_all(world.path(folder)).unwrap();
        fs::set_permissions(world.path(folder), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::write(world.sealed(), file).unwrap();
    fs::set_permissions(world.sealed(), fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn no_vector_passes_for_a_profile_and_none_is_touched() {
    let Some(vectors) = vectors() else { return };
    let stranger = Identities::generate().to_text("2026-11-20T12:00:00Z");
    for vector in &vectors {
        // Sixteen megabytes of the right bytes prove nothing that four hundred do not.
        if vector.file.len() > 1024 * 1024 {
            continue;
        }
        let world = World::new();
        place(&world, &vector.file);
        let identity = vector.head.get("identity").map_or(stranger.as_str(), String::as_str);
        for verb in ["list", "list --json", "env", "add groq --stdin --as-is", "rm groq --yes"] {
            let start = Instant::now();
            let run = world.byok(verb).stdin("sk-test-0123456789abcdef").env("BYOK_IDENTITY", identity);
            let output = run.output();
            let all = format!("{}: `{verb}`: {}", vector.name, String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(4), "{all}");
            assert!(output.stdout.is_empty(), "{all}");
            assert!(output.stderr.starts_with(b"byok: error: "), "{all}");
            assert!(start.elapsed() < Duration::from_secs(5), "{all} after {:?}", start.elapsed());
        }
        assert_eq!(fs::read(world.sealed()).unwrap(), vector.file, "{}", vector.name);
        let known = ["profiles/default.age", "profiles/default.lock"];
        assert!(world.tree().iter().all(|path| known.contains(&path.as_str())), "{}: {:?}", vector.name, world.tree());
    }
}

#[test]
fn stock_age_opens_what_byok_wrote() {
    let Some(age) = tool(&["age"]) else { return };
    let world =
        World::new().with_keys(&[("openai", "sk-test-0123456789abcdef"), ("groq", "gsk-ünïcode '\"\\$0123456789")]);
    let output =
        Command::new(age).args(["-d", "-i"]).arg(world.home().join("identity.txt")).arg(world.sealed()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table: toml::Table = std::str::from_utf8(&output.stdout).unwrap().parse().unwrap();
    let text = table.to_string();
    assert!(text.contains("sk-test-0123456789abcdef"), "{text}");
    let profile = byok::profile::Profile::parse(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    assert_eq!(profile.keys()[1].secret.expose(), "gsk-ünïcode '\"\\$0123456789");
}

#[test]
fn byok_opens_what_stock_age_sealed_binary_and_armored() {
    let (Some(age), Some(keygen)) = (tool(&["age"]), tool(&["age-keygen"])) else { return };
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef")]);
    let identity = world.home().join("identity.txt");
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let ours = run(Command::new(&keygen).arg("-y").arg(&identity));
    let other = world.path("other.txt");
    run(Command::new(&keygen).arg("-o").arg(&other));
    let theirs = run(Command::new(&keygen).arg("-y").arg(&other));
    let plain = world.path("plain.toml");
    run(Command::new(&age).args(["-d", "-o"]).arg(&plain).arg("-i").arg(&identity).arg(world.sealed()));
    for armor in [&[][..], &["-a"]] {
        let sealed = world.path("sealed.age");
        run(Command::new(&age).args(armor).args(["-r", &theirs, "-r", &ours, "-o"]).arg(&sealed).arg(&plain));
        fs::write(world.sealed(), fs::read(&sealed).unwrap()).unwrap();
        world.byok("get openai").stdout("sk-test-0123456789abcdef").check();
        world.byok("edit openai --note x").code(4).stderr_holds(&["was sealed for others as well"]).check();
        run(Command::new(&age).args(armor).args(["-r", &ours, "-o"]).arg(&sealed).arg(&plain));
        fs::write(world.sealed(), fs::read(&sealed).unwrap()).unwrap();
        // The next write is binary, and sealed to whom the document names.
        world.byok("edit openai --note").arg(format!("armor {armor:?}")).go();
        let bytes = fs::read(world.sealed()).unwrap();
        assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
        let header = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned();
        assert_eq!(header.matches("-> X25519 ").count(), 1, "{header}");
        run(Command::new(&age).args(["-d", "-o"]).arg(&plain).arg("-i").arg(&identity).arg(world.sealed()));
    }
    // An identity that `age-keygen` made is as good as byok's own.
    let fresh = World::new();
    fresh.byok("add groq --stdin --as-is").stdin("sk-test-0123456789abcdef").env("BYOK_IDENTITY_FILE", &other).go();
    fresh.byok("get groq").env("BYOK_IDENTITY_FILE", &other).stdout("sk-test-0123456789abcdef").check();
    run(Command::new(&age).args(["-d", "-o", "/dev/null", "-i"]).arg(&other).arg(fresh.sealed()));
}
