//! Who waits for whom, across APIs and processes: [`Semaphore`], [`SyncPoint`].

use std::{sync::Arc, time::Duration};

use geyser_sys as sys;

use crate::support::{check, filled, known, nanoseconds, owner, written};
use crate::{Manager, Result, SemaphoreKind};

owner!(
    RawSemaphore,
    geyser_semaphore,
    geyser_semaphore_destroy,
    Send because "any thread; managers, textures and semaphores are used by any number of threads at once.",
    Sync because "any thread; managers, textures and semaphores are used by any number of threads at once."
);

/// A semaphore that another API or process can use.
///
/// Ownership: a reference; clones are to the same semaphore, which lives until the last reference and the last point are gone. It keeps its
/// manager. `Send` and `Sync`: any number of threads may use it at once.
#[derive(Clone, Debug)]
pub struct Semaphore {
    raw: Arc<RawSemaphore>,
    _manager: Manager,
}

/// "This semaphore reaches this value." Binary semaphores always have value 1.
#[derive(Clone, Debug)]
pub struct SyncPoint {
    /// The semaphore.
    pub semaphore: Semaphore,
    /// The value.
    pub value: u64,
}

impl Semaphore {
    pub(crate) fn from_raw(raw: RawSemaphore, manager: &Manager) -> Self {
        Self { raw: Arc::new(raw), _manager: manager.clone() }
    }

    /// The point that the library lent, kept.
    ///
    /// # Safety
    /// `point.semaphore` is a semaphore of `manager` that is alive during the call.
    pub(crate) unsafe fn from_point(point: &sys::geyser_sync_point, manager: &Manager) -> Result<SyncPoint> {
        // SAFETY: as the caller promises.
        let raw = RawSemaphore::made(|out| unsafe { sys::geyser_semaphore_clone(point.semaphore, out) })?;
        Ok(SyncPoint { semaphore: Self::from_raw(raw, manager), value: point.value })
    }

    /// The object of the C interface; this reference's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_semaphore {
        self.raw.as_ptr()
    }

    /// Its kind.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a kind that only a newer library has.
    pub fn kind(&self) -> Result<SemaphoreKind> {
        // SAFETY: the semaphore is alive, `out` is a struct with its size set.
        known(filled::<sys::geyser_semaphore_info>(|out| unsafe { sys::geyser_semaphore_query(self.as_raw(), out) })?.kind)
    }

    /// Whether both references are to one semaphore.
    pub fn same_as(&self, other: &Semaphore) -> bool {
        // SAFETY: both semaphores are alive.
        written::<u32>(|out| unsafe { sys::geyser_semaphore_equal(self.as_raw(), other.as_raw(), out) }).is_ok_and(|same| same != 0)
    }

    /// The counter now.
    ///
    /// # Errors
    /// `InvalidArgument` for a binary semaphore, `DeviceLost`.
    pub fn value(&self) -> Result<u64> {
        // SAFETY: the semaphore is alive.
        written(|out| unsafe { sys::geyser_semaphore_value(self.as_raw(), out) })
    }

    /// Sets a timeline's counter from the host: above the counter and above every pending signal.
    ///
    /// # Errors
    /// `InvalidArgument`, `DeviceLost`.
    pub fn signal(&self, value: u64) -> Result<()> {
        // SAFETY: the semaphore is alive.
        check(unsafe { sys::geyser_semaphore_signal(self.as_raw(), value) })
    }

    /// Blocks until the counter is at least `value`, or the time is over.
    ///
    /// # Errors
    /// `TimedOut` naming the value reached, `InvalidArgument`, `DeviceLost`.
    pub fn wait(&self, value: u64, timeout: Duration) -> Result<()> {
        // SAFETY: the semaphore is alive.
        check(unsafe { sys::geyser_semaphore_wait(self.as_raw(), value, nanoseconds(timeout)) })
    }

    /// The point "this semaphore reaches `value`".
    pub fn at(&self, value: u64) -> SyncPoint {
        SyncPoint { semaphore: self.clone(), value }
    }
}

impl SyncPoint {
    pub(crate) fn to_c(&self) -> sys::geyser_sync_point {
        sys::geyser_sync_point { semaphore: self.semaphore.as_raw(), value: self.value }
    }
}
