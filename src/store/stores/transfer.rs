//! A change of two profiles at once, in which nothing is lost whenever it is cut off.

use super::{Stores, alike};
use crate::disk::{self, DiskError};
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::store::StoreError;
use crate::store::guard::Shelf as _;

/// What becomes of two profiles.
pub type Exchange<'a, E> = dyn FnMut(&mut Profile, &mut Profile) -> Result<bool, E> + 'a;

impl Stores<'_> {
    /// Changes two profiles that are there under the locks of both: `to` is written and looked at again before `from` is,
    /// so that what goes from one to the other is always in one of them. Answers whether it wrote; the deed says whether
    /// there is anything to write.
    ///
    /// # Errors
    /// Whatever the deed fails with, and then nothing was written.
    pub fn transfer<E: From<StoreError>>(
        &self,
        from: &ProfileName,
        to: &ProfileName,
        missing: impl Fn(&ProfileName) -> E,
        deed: &mut Exchange<'_, E>,
    ) -> Result<bool, E> {
        disk::make_folder(self.guard.folder()).map_err(StoreError::from)?;
        // In one order, whichever way the keys go: two byoks must not wait for each other.
        let (first, second) = if from < to { (from, to) } else { (to, from) };
        let _first = self.guard.lock(first).map_err(StoreError::from)?;
        let _second = self.guard.lock(second).map_err(StoreError::from)?;
        let read = |name: &ProfileName| -> Result<Profile, E> {
            let read = self.guard.read(self, name)?.map(|(profile, _)| profile);
            let mut profile = read.ok_or_else(|| missing(name))?;
            if let Some(sweep) = self.sweep.filter(|_| profile.has_deadlines()) {
                sweep.sweep(&mut profile);
            }
            Ok(profile)
        };
        let (source, target) = (read(from)?, read(to)?);
        let (mut left, mut gained) = (source.clone(), target.clone());
        if !deed(&mut left, &mut gained)? {
            return Ok(false);
        }
        self.guard.save(self, to, &gained)?;
        let written = self.look(to)?;
        if !written.is_some_and(|written| alike(&written, &gained)) {
            return Err(StoreError::from(DiskError::NotVerified { path: self.path(to) }).into());
        }
        self.tell(to, Some(&target), Some(&gained));
        self.guard.save(self, from, &left)?;
        self.tell(from, Some(&source), Some(&left));
        Ok(true)
    }
}
