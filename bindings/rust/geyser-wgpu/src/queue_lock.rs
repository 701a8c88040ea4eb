//! Locks of Vulkan queues, one for each queue of the process.
//!
//! Vulkan wants every use of a queue to exclude every other. Geyser takes them by [`Shared`] around its submits; wgpu's own submits come here
//! through [`queue_submit`] where the device was made by this crate, and through `Context::submit` where it was not.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, ThreadId};

use ash::vk::{self, Handle};

/// A lock that its thread may take again: wgpu runs callbacks of the program inside a submit, and those may call Geyser.
pub(crate) struct QueueLock {
    state: Mutex<State>,
    free: Condvar,
    functions: Mutex<Option<Functions>>,
}

#[derive(Default)]
struct State {
    owner: Option<ThreadId>,
    depth: usize,
}

/// The driver's (or a layer's) own functions, which [`queue_submit`] and [`queue_wait_idle`] stand before.
#[derive(Clone, Copy)]
pub(crate) struct Functions {
    pub submit: vk::PFN_vkQueueSubmit,
    pub wait_idle: vk::PFN_vkQueueWaitIdle,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks live for ever, since function tables of devices find them at any time. There is one for each `VkQueue` that there ever was, and drivers use the
/// numbers of queues again.
static LOCKS: RwLock<Option<HashMap<u64, &'static QueueLock>>> = RwLock::new(None);

fn find(queue: vk::Queue) -> Option<&'static QueueLock> {
    LOCKS.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(&queue.as_raw()).copied()
}

/// The lock of a queue, the same one each time.
pub(crate) fn lock_of(queue: vk::Queue) -> &'static QueueLock {
    if let Some(known) = find(queue) {
        return known;
    }
    let mut locks = LOCKS.write().unwrap_or_else(PoisonError::into_inner);
    locks.get_or_insert_with(HashMap::new).entry(queue.as_raw()).or_insert_with(|| Box::leak(Box::new(QueueLock::new())))
}

impl QueueLock {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State::default()), free: Condvar::new(), functions: Mutex::new(None) }
    }

    pub(crate) fn set_functions(&self, functions: Functions) {
        *held(&self.functions) = Some(functions);
    }

    pub(crate) fn acquire(&self) {
        let me = thread::current().id();
        let mut state = held(&self.state);
        while state.owner.is_some_and(|owner| owner != me) {
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.owner = Some(me);
        state.depth += 1;
    }

    /// Nothing happens when this thread does not hold it: it is called for C, which cannot be told.
    pub(crate) fn release(&self) {
        let mut state = held(&self.state);
        if state.owner != Some(thread::current().id()) {
            return;
        }
        state.depth -= 1;
        if state.depth == 0 {
            state.owner = None;
            self.free.notify_one();
        }
    }

    pub(crate) fn hold(&self) -> Held<'_> {
        self.acquire();
        Held { lock: self, _not_send: std::marker::PhantomData }
    }
}

/// Holds a lock until it is dropped, in the thread that took it.
pub(crate) struct Held<'a> {
    lock: &'a QueueLock,
    _not_send: std::marker::PhantomData<*const ()>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.release();
    }
}

/// The lock, as Geyser takes it.
pub(crate) struct Shared(pub &'static QueueLock);

impl geyser::vulkan::QueueLock for Shared {
    fn lock(&self) {
        self.0.acquire();
    }
    fn unlock(&self) {
        self.0.release();
    }
}

fn functions(queue: vk::Queue) -> Option<(&'static QueueLock, Functions)> {
    let lock = find(queue)?;
    let functions = *held(&lock.functions);
    functions.map(|functions| (lock, functions))
}

/// Stands in wgpu's function table for `vkQueueSubmit` of a device with one queue.
///
/// # Safety
/// As `vkQueueSubmit`, but the queue is locked here.
pub(crate) unsafe extern "system" fn queue_submit(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo<'_>,
    fence: vk::Fence,
) -> vk::Result {
    let Some((lock, functions)) = functions(queue) else { return vk::Result::ERROR_UNKNOWN };
    let _held = lock.hold();
    // SAFETY: the queue's own function with the caller's arguments, which are as it wants them.
    unsafe { (functions.submit)(queue, count, submits, fence) }
}

/// Stands in wgpu's function table for `vkQueueWaitIdle` of a device with one queue.
///
/// # Safety
/// As `vkQueueWaitIdle`, but the queue is locked here.
pub(crate) unsafe extern "system" fn queue_wait_idle(queue: vk::Queue) -> vk::Result {
    let Some((lock, functions)) = functions(queue) else { return vk::Result::ERROR_UNKNOWN };
    let _held = lock.hold();
    // SAFETY: as above.
    unsafe { (functions.wait_idle)(queue) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_lock_for_each_queue_and_again_in_its_own_thread() {
        let lock = lock_of(vk::Queue::from_raw(0x1234));
        assert!(std::ptr::eq(lock, lock_of(vk::Queue::from_raw(0x1234))));
        assert!(!std::ptr::eq(lock, lock_of(vk::Queue::from_raw(0x1235))));
        let inside = AtomicU32::new(0);
        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..1000 {
                        let _outer = lock.hold();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        drop(lock.hold());
                        assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                    }
                });
            }
        });
        lock.release(); // of a lock that nobody holds: nothing happens
        drop(lock.hold());
    }

    #[test]
    fn a_queue_that_nobody_registered_is_an_error_and_no_crash() {
        // SAFETY: the queue is unknown, so that nothing is called.
        let result = unsafe { queue_submit(vk::Queue::from_raw(0x9999), 0, std::ptr::null(), vk::Fence::null()) };
        assert_eq!(result, vk::Result::ERROR_UNKNOWN);
        // SAFETY: as above.
        assert_eq!(unsafe { queue_wait_idle(vk::Queue::from_raw(0x9999)) }, vk::Result::ERROR_UNKNOWN);
    }
}
