//! What holds from the first moment on: no other program and no core file sees the secrets that this process holds, and a
//! limit does not end it in the middle of a write.

/// The limit of core files before byok set its own.
#[cfg(unix)]
pub(crate) type CoreLimit = Option<rustix::process::Rlimit>;
#[cfg(not(unix))]
pub(crate) type CoreLimit = ();

/// Turns core dumps and same-user inspection off; answers with the limit to give back to a started program.
#[cfg(unix)]
pub(crate) fn process() -> CoreLimit {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    crate::signals::survive_file_limits();
    // A core handler that is a pipe ignores the limit; the dumpable flag is what counts there.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let before = getrlimit(Resource::Core);
    let none = Rlimit { current: Some(0), maximum: before.maximum };
    setrlimit(Resource::Core, none).is_ok().then_some(before)
}

#[cfg(not(unix))]
pub(crate) fn process() -> CoreLimit {}

/// Gives the limit back before another program takes this process over.
#[cfg(unix)]
pub(crate) fn restore(before: CoreLimit) {
    if let Some(before) = before {
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, before);
    }
}
