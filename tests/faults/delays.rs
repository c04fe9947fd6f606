//! A writer that is held up in the midst: readers see the old or the new, and other writers wait and lose nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::SECRET;
use super::deed::{Trial, leftovers};
use super::deeds::{another_add, default_profile};

#[test]
fn beside_a_writer_that_is_held_up_nobody_sees_half_and_nobody_loses_anything() {
    let Some(trial) = Trial::of(another_add()) else { return };
    let mut meanwhile = 0;
    for (call, at) in [("renameat2", 1), ("fsync", 1), ("fsync", 2), ("flock", 1), ("unlink", 1), ("write", 1)] {
        for when in ["delay_enter", "delay_exit"] {
            // Of the calls, byok's own ones.
            let at = trial.last(call) - trial.count(call) + at;
            let fault = format!("inject={call}:{when}=400000:when={at}");
            let ended = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let _ = std::fs::remove_file(trial.traced());
                let writer = scope.spawn(|| {
                    let output = trial.run(&["-e".to_owned(), fault.clone()]);
                    ended.store(true, Ordering::Release);
                    output
                });
                // The world is put back first of all.
                let log = trial.traced();
                while !std::fs::read_to_string(&log).is_ok_and(|log| log.contains("/home/")) {
                    std::thread::yield_now();
                }
                let beside = trial.world().byok("add xai --stdin --as-is").stdin("sk-test-beside-0123456789");
                let other = scope.spawn(move || beside.output());
                while !ended.load(Ordering::Acquire) {
                    let found = default_profile(trial.world());
                    let known = |key: &str| found.contains(&format!("\"{key}\""));
                    assert!(["openai", "groq", "mistral"].into_iter().all(known), "{fault}: {found}");
                    meanwhile += 1;
                }
                for output in [writer.join().unwrap(), other.join().unwrap()] {
                    let said = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{fault}: {said}");
                }
            });
            let found = default_profile(trial.world());
            for key in ["openai", "groq", "mistral", "deepseek", "xai"] {
                assert!(found.contains(&format!("\"key\":\"{key}\"")), "{fault}: `{key}` is lost: {found}");
            }
            trial.world().byok("get deepseek").stdout(SECRET).check();
            assert_eq!(leftovers(trial.world()), [""; 0], "{fault}");
        }
    }
    assert!(meanwhile > 12, "only {meanwhile} looks");
}
