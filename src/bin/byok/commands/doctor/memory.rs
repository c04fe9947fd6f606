//! Whether a secret can get out of memory: by core files and inspection, and by swap.

use super::finding::Finding;
use super::swap;
use crate::harden::CoreLimit;

#[cfg(target_os = "linux")]
pub(super) fn examine(before: CoreLimit) -> Vec<Finding> {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
    let is_held = getrlimit(Resource::Core).current == Some(0)
        && dumpable_behavior().is_ok_and(|now| now == DumpableBehavior::NotDumpable);
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    // No limit of its own is no limit at all.
    let theirs = before.is_none_or(|before| before.current != Some(0));
    let mut findings = judge(is_held, theirs, pattern.trim_end());
    findings.extend(swap::examine("/proc".as_ref(), "/sys".as_ref()));
    findings
}

#[cfg(not(target_os = "linux"))]
pub(super) fn examine(_: CoreLimit) -> Vec<Finding> {
    let _ = (judge, swap::examine);
    Vec::new()
}

/// What core files there can be, of byok and of the programs that it hands keys to; pure.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux says how core files are made"))]
fn judge(is_held: bool, theirs: bool, pattern: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_held {
        let text = "the system does not let byok turn its core files off: a crash could write keys to the disk";
        findings.push(Finding::problem("own-core-files", text).fix("turn them off before it starts", "ulimit -c 0"));
    }
    if theirs && !pattern.is_empty() {
        let (text, words, command) = if let Some(handler) = pattern.strip_prefix('|') {
            let handler = handler.split_whitespace().next().unwrap_or_default();
            let text = format!("a program that crashes with your keys hands them to `{handler}`, which may keep them");
            (text, "see how that is", "cat /proc/sys/kernel/core_pattern")
        } else {
            let text = format!("a program that crashes with your keys leaves them in a core file, `{pattern}`");
            (text, "turn core files off in this shell", "ulimit -c 0")
        };
        findings.push(Finding::note("core-files", text).fix(words, command));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_files_of_others_are_a_note_and_byoks_own_a_problem() {
        let ids = |held, theirs, pattern| judge(held, theirs, pattern).iter().map(|one| one.id).collect::<Vec<_>>();
        assert!(ids(true, false, "core").is_empty());
        assert_eq!(ids(true, true, "core"), ["core-files"]);
        assert_eq!(ids(false, false, "core"), ["own-core-files"]);
        let handled = judge(true, true, "|/usr/lib/systemd/systemd-coredump %P %u");
        assert!(handled[0].text.contains("`/usr/lib/systemd/systemd-coredump`"), "{}", handled[0].text);
    }
}
