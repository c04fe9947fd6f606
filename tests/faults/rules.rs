//! What must hold of a deed that is killed, interrupted or refused at each of its calls.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

use super::deed::Trial;
use super::{CALLS, FILLS, LOOKS, MEMORY, RETRIED};

/// What may keep a file from being opened, made or renamed although the disk is well.
const CLOSED: &[&str] = &["EACCES", "EROFS", "EMFILE", "ENOMEM", "ELOOP", "EINVAL"];

impl Trial {
    /// All of them.
    pub(super) fn comes_out_old_or_new(&self) {
        self.killed();
        self.interrupted();
        self.refused();
        self.interrupted_calls_are_made_again();
        self.without_memory();
    }

    pub(super) fn killed(&self) {
        self.disturb(CALLS, "signal=KILL:when={}", |place, output| {
            let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
            let found = self.holds(place);
            // Its calls may be fewer than the last time, and then nothing has come in between.
            let done = output.status.success() && found == self.new;
            assert!(killed || done || self.told_of_another(output), "{place}: it ended with {}", output.status);
        });
    }

    /// An ending signal waits until the write is done, or comes before it.
    fn interrupted(&self) {
        for (signal, number) in [("INT", 2), ("TERM", 15)] {
            self.disturb(CALLS, &format!("signal={signal}:when={{}}"), |place, output| {
                let ended = output.status.signal().or(output.status.code().map(|code| code - 128));
                let found = self.holds(place);
                // The last of its calls come when there is nothing left to hold back.
                let done = output.status.success() && found == self.new;
                let told = !self.fails_early() && matches!(output.status.code(), Some(1..=4));
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(done || told || ended == Some(number), "{place}: {}: {said}", output.status);
                assert_eq!(super::deed::leftovers(self.world()), [""; 0], "{place}");
            });
        }
    }

    fn refused(&self) {
        let check = |place: &str, output: &Output| self.is_old_with_an_error_or_new_without(place, output);
        self.disturb(CALLS, "error=EIO:when={}", check);
        self.disturb(LOOKS, "error=EIO:when={}", check);
        for error in ["ENOSPC", "EDQUOT"] {
            self.disturb(FILLS, &format!("error={error}:when={{}}"), check);
        }
        for error in CLOSED {
            let kinds = ["open", "openat", "mkdir", "rename", "renameat"];
            self.disturb(&kinds, &format!("error={error}:when={{}}"), check);
        }
        // And the trouble stays until the end.
        let kinds = ["openat", "write", "fsync", "rename", "renameat", "renameat2", "linkat", "mkdir"];
        self.disturb(&kinds, "error=ENOSPC:when={}+", check);
    }

    #[track_caller]
    fn is_old_with_an_error_or_new_without(&self, place: &str, output: &Output) {
        let said = String::from_utf8_lossy(&output.stderr);
        let found = self.holds(place);
        match output.status.code() {
            Some(0) => assert_eq!(found, self.new, "{place}: it said that it was done: {said}"),
            Some(1..=4) if self.fails_early() => assert_eq!(found, self.old, "{place}: it said that it failed: {said}"),
            Some(1..=4) => {}
            _ => panic!("{place}: it ended with {}: {said}", output.status),
        }
        self.is_silent(place, output);
        // Whoever cannot remove cannot tidy up either.
        let left = super::deed::leftovers(self.world());
        assert!(place.contains("unlink") || left.is_empty(), "{place}: {left:?}");
    }

    fn interrupted_calls_are_made_again(&self) {
        let check = |place: &str, output: &Output| {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{place}: {}: {said}", output.status);
            assert_eq!(self.state(), self.new, "{place}");
        };
        self.disturb(RETRIED, "error=EINTR:when={}", check);
        self.disturb(RETRIED, "error=EINTR:when={}+3", check);
    }

    /// A program that is refused memory ends as it may; what is kept is whole.
    fn without_memory(&self) {
        self.disturb(MEMORY, "error=ENOMEM:when={}", |place, output| {
            let found = self.holds(place);
            assert!(!output.status.success() || found == self.new, "{place}: it said that it was done");
        });
    }
}
