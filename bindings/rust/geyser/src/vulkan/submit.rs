//! Submits that wait and signal as accesses say.

use std::{ffi::c_void, slice};

use geyser_sys as sys;

use crate::support::{check, count, filled, owner};
use crate::{Access, Manager, Result};

owner!(
    RawSubmitArrays,
    geyser_vulkan_submit_arrays,
    geyser_vulkan_submit_arrays_destroy,
    Send because "one thread at a time, which may be another one each time."
);

fn pointers(accesses: &[&Access<'_>]) -> Vec<*mut sys::geyser_access> {
    accesses.iter().map(|access| access.as_raw()).collect()
}

/// Submits `VkCommandBuffer`s to the manager's queue, waiting and signalling as the accesses say. `fence` is a `VkFence`, or 0.
///
/// # Safety
/// The command buffers are of the manager's device and executable, and live until they have run, as does the fence; the rules of
/// `vkQueueSubmit` hold for them.
///
/// # Errors
/// `InvalidArgument`, `DeviceMismatch`, `DeviceLost`, `OutOfMemory`.
pub unsafe fn submit(manager: &Manager, command_buffers: &[*mut c_void], accesses: &[&Access<'_>], fence: u64) -> Result<()> {
    let (commands, uses) = (count("command_buffers", command_buffers.len())?, count("accesses", accesses.len())?);
    let accesses = pointers(accesses);
    // SAFETY: manager and accesses are alive; command buffers and fence are as the caller promises; both lists are as long as is said.
    check(unsafe { sys::geyser_vulkan_submit(manager.as_raw(), command_buffers.as_ptr(), commands, accesses.as_ptr(), uses, fence) })
}

/// Wait and signal arrays for the program's own `vkQueueSubmit`. Keep it: filling uses its storage again.
///
/// Ownership: its own storage only. `Send` and not `Sync`: one thread at a time uses it.
#[derive(Debug)]
pub struct SubmitArrays {
    raw: RawSubmitArrays,
}

/// What is in [`SubmitArrays`]: all that a submit waits for, and all that it signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmitInfo<'a> {
    /// `VkSemaphore`s.
    pub wait_semaphores: &'a [u64],
    /// One for each; of binary semaphores it means nothing.
    pub wait_values: &'a [u64],
    /// `VkPipelineStageFlags`, one for each.
    pub wait_stages: &'a [u32],
    /// `VkSemaphore`s.
    pub signal_semaphores: &'a [u64],
    /// One for each; of binary semaphores it means nothing.
    pub signal_values: &'a [u64],
}

impl SubmitArrays {
    /// Empty ones.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new() -> Result<Self> {
        // SAFETY: a place for them.
        RawSubmitArrays::made(|out| unsafe { sys::geyser_vulkan_submit_arrays_create(out) }).map(|raw| Self { raw })
    }

    /// Collects what the accesses wait for and signal. `stage`, `VkPipelineStageFlags`: where the waits take effect. Whoever fills promises a
    /// submit that signals what is in them; semaphores live as long as their accesses.
    ///
    /// # Errors
    /// `InvalidArgument`, `DeviceMismatch`, `OutOfMemory`.
    pub fn fill(&mut self, accesses: &[&Access<'_>], stage: u32) -> Result<SubmitInfo<'_>> {
        let number = count("accesses", accesses.len())?;
        let accesses = pointers(accesses);
        // SAFETY: arrays and accesses are alive, the list is as long as is said.
        check(unsafe { sys::geyser_vulkan_submit_arrays_fill(self.raw.as_ptr(), accesses.as_ptr(), number, stage) })?;
        self.info()
    }

    /// What is in them since they were filled.
    ///
    /// # Errors
    /// None of arrays that are alive.
    pub fn info(&self) -> Result<SubmitInfo<'_>> {
        // SAFETY: the arrays are alive, `out` is a struct with its size set.
        let raw =
            filled::<sys::geyser_vulkan_submit_info>(|out| unsafe { sys::geyser_vulkan_submit_arrays_query(self.raw.as_ptr(), out) })?;
        let (waits, signals) = (raw.wait_count as usize, raw.signal_count as usize);
        // SAFETY: each pointer is to as many entries as are said, which live until the arrays are filled again (`&mut self`) or go. A VkSemaphore
        // is 64 bits wide on every platform that this crate is built for.
        unsafe {
            Ok(SubmitInfo {
                wait_semaphores: list(raw.wait_semaphores.cast(), waits),
                wait_values: list(raw.wait_values, waits),
                wait_stages: list(raw.wait_stages, waits),
                signal_semaphores: list(raw.signal_semaphores.cast(), signals),
                signal_values: list(raw.signal_values, signals),
            })
        }
    }
}

/// # Safety
/// `first` is to that many entries, which live as long as the result; with none it may be anything.
unsafe fn list<'a, T>(first: *const T, number: usize) -> &'a [T] {
    if number == 0 || first.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { slice::from_raw_parts(first, number) }
}
