//! Fences that cross processes, and host memory that the device reads and writes directly.

use std::{
    ffi::c_void,
    os::fd::{FromRawFd, IntoRawFd, OwnedFd},
    time::Duration,
};

use geyser_sys as sys;

use crate::handle::raw_fd;
use crate::manager::ImportFailed;
use crate::support::{check, enumeration, known, nanoseconds, owner, written};
use crate::{AccessInfo, DeviceIdentity, Manager, Region, Result, Texture};

owner!(
    RawFence,
    geyser_vulkan_fence,
    geyser_vulkan_fence_destroy,
    Send because "any thread; reset and submitted by one at a time.",
    Sync because "waited for by any thread; resetting takes `&mut self` here."
);
owner!(
    RawFenceHandle,
    geyser_vulkan_fence_handle,
    geyser_vulkan_fence_handle_destroy,
    Send because "any thread; one object is used by one thread at a time.",
    Sync because "any thread; what only reads takes it const, and the rest takes `&mut self` here."
);
owner!(
    RawHostBuffer,
    geyser_vulkan_host_buffer,
    geyser_vulkan_host_buffer_destroy,
    Send because "any thread, for every function of it.",
    Sync because "any thread, for every function of it, all of which take it const."
);

enumeration! {
    /// How a fence crosses.
    pub enum FenceType: u32 {
        /// A descriptor that one driver understands.
        OpaqueFd = sys::GEYSER_VULKAN_FENCE_TYPE_OPAQUE_FD,
        /// A sync file.
        SyncFd = sys::GEYSER_VULKAN_FENCE_TYPE_SYNC_FD,
    }
}

/// A `VkFence` that can be handed to another process.
///
/// Ownership: owns the fence, and keeps its manager. `Send` and `Sync`: any thread waits; resetting takes `&mut`.
#[derive(Debug)]
pub struct Fence {
    raw: RawFence,
    _manager: Manager,
}

/// A fence on its way to another process.
///
/// Ownership: closes what it still owns; import takes it on success only. `Send` and `Sync`: changing it needs `&mut`.
#[derive(Debug)]
pub struct FenceHandle {
    raw: RawFenceHandle,
}

impl Fence {
    /// Makes one on a Vulkan manager.
    ///
    /// # Errors
    /// `UnsupportedHandle`, `OutOfMemory`.
    pub fn create(manager: &Manager, fence_type: FenceType) -> Result<Self> {
        // SAFETY: the manager is alive.
        let raw = RawFence::made(|out| unsafe { sys::geyser_vulkan_fence_create(manager.as_raw(), fence_type.as_raw(), out) })?;
        Ok(Self { raw, _manager: manager.clone() })
    }

    /// Makes one from a handle, which comes back unchanged with a failure.
    ///
    /// # Errors
    /// `DeviceMismatch`, `UnsupportedHandle`, `ProtocolError`, `OutOfMemory`.
    #[allow(clippy::result_large_err)] // the handle is part of it
    pub fn import(manager: &Manager, handle: FenceHandle) -> Result<Self, ImportFailed<FenceHandle>> {
        // SAFETY: manager and handle are alive; the handle is consumed on success only.
        match RawFence::made(|out| unsafe { sys::geyser_vulkan_fence_import(manager.as_raw(), handle.raw.as_ptr(), out) }) {
            Ok(raw) => {
                handle.raw.consumed();
                Ok(Self { raw, _manager: manager.clone() })
            }
            Err(error) => Err(ImportFailed { error, handle }),
        }
    }

    /// The `VkFence`; the fence's.
    ///
    /// # Errors
    /// None of a fence that is alive.
    pub fn native(&self) -> Result<u64> {
        // SAFETY: the fence is alive.
        written(|out| unsafe { sys::geyser_vulkan_fence_native(self.raw.as_ptr(), out) })
    }

    /// Whether it is signalled.
    ///
    /// # Errors
    /// `DeviceLost`.
    pub fn signalled(&self) -> Result<bool> {
        // SAFETY: the fence is alive.
        Ok(written::<u32>(|out| unsafe { sys::geyser_vulkan_fence_signalled(self.raw.as_ptr(), out) })? != 0)
    }

    /// Blocks until it is.
    ///
    /// # Errors
    /// `TimedOut`, `DeviceLost`.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        // SAFETY: the fence is alive.
        check(unsafe { sys::geyser_vulkan_fence_wait(self.raw.as_ptr(), nanoseconds(timeout)) })
    }

    /// Makes it unsignalled.
    ///
    /// # Safety
    /// No submit uses it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub unsafe fn reset(&mut self) -> Result<()> {
        // SAFETY: the fence is alive, and no submit uses it, as the caller promises.
        check(unsafe { sys::geyser_vulkan_fence_reset(self.raw.as_ptr()) })
    }

    /// Makes a handle; [`FenceType::SyncFd`]: takes the pending signal out of the fence.
    ///
    /// # Errors
    /// `UnsupportedHandle`, `OutOfMemory`.
    pub fn export(&self) -> Result<FenceHandle> {
        // SAFETY: the fence is alive.
        RawFenceHandle::made(|out| unsafe { sys::geyser_vulkan_fence_export(self.raw.as_ptr(), out) }).map(|raw| FenceHandle { raw })
    }
}

impl FenceHandle {
    /// A handle around a descriptor; `None` is a sync file that is signalled already. On failure the descriptor is closed.
    ///
    /// # Errors
    /// `InvalidArgument`, `OutOfMemory`.
    pub fn new(fence_type: FenceType, exporter: &DeviceIdentity, fd: Option<OwnedFd>) -> Result<Self> {
        let exporter = exporter.to_c();
        let raw = fd.map_or(sys::GEYSER_NO_OS_HANDLE, |fd| fd.into_raw_fd() as isize);
        // SAFETY: the identity lives during the call; the descriptor, where there is one, is open and nobody else's.
        let made = RawFenceHandle::made(|out| unsafe { sys::geyser_vulkan_fence_handle_create(fence_type.as_raw(), &exporter, raw, out) });
        if made.is_err()
            && let Some(fd) = raw_fd(raw)?
        {
            // SAFETY: on failure it stays the caller's, which owned it.
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        made.map(|raw| Self { raw })
    }

    /// How it crosses, and the device that it belongs to.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a type that only a newer library has.
    pub fn info(&self) -> Result<(FenceType, DeviceIdentity)> {
        let mut fence_type = 0;
        // SAFETY: the handle is alive, the identity has its size set.
        let exporter = crate::support::filled::<sys::geyser_device_identity>(|out| unsafe {
            sys::geyser_vulkan_fence_handle_query(self.raw.as_ptr(), &mut fence_type, out)
        })?;
        Ok((known(fence_type)?, DeviceIdentity::from_c(&exporter)))
    }

    /// The descriptor, now the caller's; `None` where none is set.
    ///
    /// # Errors
    /// None of a handle that is alive.
    pub fn take(&mut self) -> Result<Option<OwnedFd>> {
        // SAFETY: the handle is alive.
        let fd = written(|out| unsafe { sys::geyser_vulkan_fence_handle_take(self.raw.as_ptr(), out) })?;
        // SAFETY: the handle has let go of it.
        Ok(raw_fd(fd)?.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

/// The alignment of address and size that [`HostBuffer::import`] needs, in bytes; 0 when the device cannot do it, or is none of Vulkan.
///
/// # Errors
/// None of a manager that is alive.
pub fn host_memory_alignment(manager: &Manager) -> Result<u64> {
    // SAFETY: the manager is alive.
    written(|out| unsafe { sys::geyser_vulkan_host_memory_alignment(manager.as_raw(), out) })
}

/// Host memory as a `VkBuffer` (`VK_EXT_external_memory_host`).
///
/// Ownership: the buffer; the memory stays the caller's. It keeps its manager. `Send` and `Sync`: any thread may use it.
#[derive(Debug)]
pub struct HostBuffer {
    raw: RawHostBuffer,
    _manager: Manager,
}

impl HostBuffer {
    /// Imports memory.
    ///
    /// # Safety
    /// `memory` is `size` bytes that stay mapped until the buffer is dropped and its last submit is over; while the device uses them, nothing
    /// else does that excludes it.
    ///
    /// # Errors
    /// `UnsupportedFeature`, `InvalidArgument`, `OutOfMemory`.
    pub unsafe fn import(manager: &Manager, memory: *mut c_void, size: usize) -> Result<Self> {
        // SAFETY: the manager is alive, the memory is as the caller promises.
        let raw = RawHostBuffer::made(|out| unsafe { sys::geyser_vulkan_host_buffer_import(manager.as_raw(), memory, size, out) })?;
        Ok(Self { raw, _manager: manager.clone() })
    }

    /// `VkBuffer` and bytes.
    ///
    /// # Errors
    /// None of a buffer that is alive.
    pub fn native(&self) -> Result<(u64, u64)> {
        let (mut handle, mut size) = (0, 0);
        // SAFETY: the buffer is alive.
        check(unsafe { sys::geyser_vulkan_host_buffer_query(self.raw.as_ptr(), &mut handle, &mut size) })?;
        Ok((handle, size))
    }
}

/// Copies a region, rows without gaps at `offset` bytes, on the GPU, and waits for it.
///
/// # Errors
/// As [`Manager::upload`].
pub fn copy_to_texture(
    manager: &Manager,
    from: &HostBuffer,
    offset: u64,
    to: &Texture,
    region: &Region,
    info: &AccessInfo<'_>,
) -> Result<()> {
    let (region, mut info) = (region.to_c(), info.to_c()?);
    // SAFETY: manager, buffer and texture are alive; region and info live during the call.
    check(unsafe { sys::geyser_vulkan_copy_to_texture(manager.as_raw(), from.raw.as_ptr(), offset, to.as_raw(), &region, info.as_ptr()) })
}

/// The other direction.
///
/// # Errors
/// As [`Manager::read_back`].
pub fn copy_from_texture(
    manager: &Manager,
    from: &Texture,
    region: &Region,
    to: &HostBuffer,
    offset: u64,
    info: &AccessInfo<'_>,
) -> Result<()> {
    let (region, mut info) = (region.to_c(), info.to_c()?);
    // SAFETY: manager, buffer and texture are alive; region and info live during the call.
    check(unsafe { sys::geyser_vulkan_copy_from_texture(manager.as_raw(), from.as_raw(), &region, to.raw.as_ptr(), offset, info.as_ptr()) })
}
