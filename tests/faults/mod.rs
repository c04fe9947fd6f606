//! What byok keeps is the old or the new, whole, whatever the system does to the writer.
//!
//! `strace` counts the system calls of a deed, then the deed runs again and again with the first, second … n-th call
//! of every kind killed, refused or held up. What the loader does before `main` is left out. `cargo test` takes every
//! point at which a kill could do harm and one in a dozen of the others; `tests/faults.sh` takes all, and counts them.

mod deed;
mod deeds;
mod delays;
mod limits;
mod old_or_new;
mod order;
mod rules;

pub(crate) use deed::is_long;

/// The calls that change or open something. A question mark lets `strace` pass over what a machine has not got.
const CALLS: &[&str] = &[
    "open",
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "flock",
    "fcntl",
    "mkdir",
    "mkdirat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "truncate",
    "ftruncate",
    "close",
];

/// The calls that only look, which can fail as well.
const LOOKS: &[&str] = &["read", "statx", "newfstatat", "lseek", "getdents64"];

/// Those that a full disk or a used-up quota fails.
const FILLS: &[&str] =
    &["open", "openat", "write", "pwrite64", "fsync", "rename", "renameat", "renameat2", "linkat", "mkdir", "close"];

/// Those that a signal may interrupt, and that are made again then.
const RETRIED: &[&str] = &["open", "openat", "read", "write", "fsync", "flock"];

/// Those that get memory.
const MEMORY: &[&str] = &["mmap", "mremap", "brk"];

const SECRET: &str = "sk-test-0123456789abcdef-new";
