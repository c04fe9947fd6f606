//! The fuzzer's targets (`fuzz/`) over their corpora, without the fuzzer: what it found once, nobody breaks again.

use std::path::Path;
use std::{fs, panic};

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub)]
mod targets;

/// Runs a target over its corpus: each file as it is, and some times with changes that look random and are always the
/// same; more of them where `FUZZ_ROUNDS` says so. What fails is written down in `target/fuzzing`, and named.
fn over(name: &str, run: fn(&[u8])) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 8, "the corpus of `{name}` has {} files", files.len());
    let inputs: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let mut failed = Vec::new();
    for (at, path) in files.iter().enumerate() {
        for round in 0..=rounds {
            let mut input = inputs[at].clone();
            if round > 0 {
                let mut dice = Dice((at as u64) << 32 | round);
                (0..=dice.below(4)).for_each(|_| change(&mut input, &inputs[dice.below(inputs.len())], &mut dice));
            }
            if panic::catch_unwind(|| run(&input)).is_err() {
                let kept = here.join("target/fuzzing");
                fs::create_dir_all(&kept).unwrap();
                let file = path.file_name().unwrap().to_str().unwrap();
                fs::write(kept.join(format!("{name}-{file}-{round}")), input).unwrap();
                failed.push(format!("{file}-{round}"));
                break;
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Numbers that look random, and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// One change, as fuzzers make them: a byte, a piece that goes or comes twice, or one from another file.
fn change(input: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    const TELLING: &[u8] = b"\0\t\n\r \"#$%&'*,-./09:;<=>@[\\]^_`az{|}~\x7f\x80\xbf\xc3\xff";
    let (at, length) = (dice.below(input.len() + 1), 1 + dice.below(16));
    let end = (at + length).min(input.len());
    match dice.below(6) {
        0 if at < input.len() => input[at] = TELLING[dice.below(TELLING.len())],
        1 => input.insert(at, TELLING[dice.below(TELLING.len())]),
        2 => drop(input.drain(at..end)),
        3 => {
            let piece = input[at..end].to_vec();
            input.splice(at..at, piece);
        }
        4 => {
            let from = dice.below(other.len() + 1);
            let piece = &other[from..(from + 4 * length).min(other.len())];
            input.splice(at..end, piece.iter().copied());
        }
        _ if at < input.len() => input[at] ^= 1 << dice.below(8),
        _ => {}
    }
}

macro_rules! corpora {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            over(stringify!($target), targets::$target::run);
        })*

        #[test]
        fn every_corpus_and_every_target_is_run() {
            let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
            for folder in ["corpus", "fuzz_targets"] {
                let names = fs::read_dir(here.join(folder)).unwrap().map(|entry| entry.unwrap().path());
                let mut names: Vec<_> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
                names.sort();
                assert_eq!(names, [$(stringify!($target)),*], "{folder}");
            }
        }
    };
}

corpora! { answer credentials document dotenv endpoint journal merge project registry settings setup shell }

/// The number of a form is that of its place, and the corpus has a file for each of them.
#[test]
fn every_form_of_a_file_has_a_sample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/credentials");
    let mut seen = vec![false; targets::credentials::count()];
    for entry in fs::read_dir(folder).unwrap() {
        let input = fs::read(entry.unwrap().path()).unwrap();
        seen[usize::from(input[0]) % targets::credentials::count()] = true;
    }
    let missing: Vec<_> =
        (0..seen.len()).filter(|at| !seen[*at]).map(|at| (at, targets::credentials::tool(at))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
