//! One writer at a time, by an advisory lock on a file of its own that is never removed.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::DiskError;

/// The right to write, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock at `path` until `patience` is over or `stop` is set.
    pub fn take(path: &Path, patience: Duration, stop: &AtomicBool) -> Result<Self, DiskError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        }
        let file = options.open(path).map_err(DiskError::io("lock", path))?;
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(error)) => return Err(DiskError::io("lock", path)(error)),
                Err(TryLockError::WouldBlock) if stop.load(Ordering::Relaxed) => return Err(DiskError::Interrupted),
                Err(TryLockError::WouldBlock) if start.elapsed() >= patience => {
                    return Err(DiskError::Busy { path: path.to_owned(), seconds: patience.as_secs() });
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(16));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_is_waited_for_until_patience_or_somebody_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (go, stop) = (AtomicBool::new(false), AtomicBool::new(true));
        let patience = Duration::from_millis(40);
        let held = Lock::take(&path, patience, &go).unwrap();
        let start = Instant::now();
        assert!(matches!(Lock::take(&path, patience, &go), Err(DiskError::Busy { seconds: 0, .. })));
        assert!(start.elapsed() >= patience);
        assert!(matches!(Lock::take(&path, Duration::from_secs(3600), &stop), Err(DiskError::Interrupted)));
        drop(held);
        // Nobody is asked for patience where nobody has it.
        drop(Lock::take(&path, Duration::ZERO, &stop).unwrap());
        assert!(matches!(Lock::take(&path.join("below"), patience, &go), Err(DiskError::Io { doing: "lock", .. })));
    }
}
