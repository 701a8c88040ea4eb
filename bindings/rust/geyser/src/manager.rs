//! Managers: one per device; they create, export and import textures and semaphores. And host memory, which needs no device.

use std::{any::Any, ffi::c_void, fmt, ptr, sync::Arc, time::Duration};

use geyser_sys::{self as sys, Sized32};

use crate::capabilities::Modifier;
use crate::handle::{RawTextureHandle, SemaphoreHandle, TextureHandle};
use crate::semaphore::RawSemaphore;
use crate::support::{c_option, check, count, filled, flag, nanoseconds, owner, pointer, static_text, written};
use crate::texture::RawTexture;
use crate::{
    AccessInfo, DeviceIdentity, Extent, MemoryType, Region, Result, Semaphore, SemaphoreKind, SemaphoreType, Texture, TextureDescriptor,
};

owner!(
    RawManager,
    geyser_manager,
    geyser_manager_destroy,
    Send because "any thread; managers, textures and semaphores are used by any number of threads at once.",
    Sync because "any thread; managers, textures and semaphores are used by any number of threads at once."
);
owner!(
    RawPool,
    geyser_texture_pool,
    geyser_texture_pool_destroy,
    Send because "used by any number of threads at once.",
    Sync because "used by any number of threads at once."
);

/// Shares the textures of one device.
///
/// Ownership: a reference; clones are the same manager, and everything that a manager made keeps it. `Send` and `Sync`: any number of threads
/// may use it at once; one on an OpenGL context makes, imports and copies only where the context is current (checked).
///
/// ```
/// use geyser::{Format, Manager, TextureDescriptor};
///
/// let manager = Manager::host()?;
/// let texture = manager.create_texture(&TextureDescriptor::new(4, 4, Format::RGBA8_UNORM), &Default::default())?;
/// manager.upload(&texture, &Default::default(), &[7; 64], &Default::default())?;
///
/// let other = Manager::host()?; // in another process, as a rule
/// let imported = other.import_texture(manager.export_texture(&texture)?).map_err(|failed| failed.error)?;
/// let mut pixels = [0; 64];
/// other.read_back(&imported, &Default::default(), &mut pixels, &Default::default())?;
/// assert_eq!(pixels, [7; 64]);
/// # Ok::<(), geyser::Error>(())
/// ```
#[derive(Clone)]
pub struct Manager {
    inner: Arc<Inner>,
}

struct Inner {
    raw: RawManager,
    /// What the device belongs to; dropped after the manager and everything that it made, since all of them keep `Inner`.
    _keep: Vec<Arc<dyn Any + Send + Sync>>,
}

/// How a texture is created. The default: the best type of memory, any tiling.
#[derive(Clone, Copy, Debug)]
pub struct CreateOptions<'a> {
    /// How it will be handed over; [`MemoryType::None`]: the best.
    pub memory_type: MemoryType,
    /// dma-buf: what the importer accepts, in order of preference.
    pub modifiers: &'a [Modifier],
    /// Rows of texels one after the other.
    pub linear: bool,
}

impl Default for CreateOptions<'_> {
    fn default() -> Self {
        Self { memory_type: MemoryType::None, modifiers: &[], linear: false }
    }
}

/// An import that failed: why, and the handle, which is unchanged.
#[derive(Debug)]
pub struct ImportFailed<Handle> {
    /// Why.
    pub error: crate::Error,
    /// What was to be imported: try another manager, or drop it.
    pub handle: Handle,
}

impl<Handle> fmt::Display for ImportFailed<Handle> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

impl<Handle: fmt::Debug> std::error::Error for ImportFailed<Handle> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<Handle> From<ImportFailed<Handle>> for crate::Error {
    fn from(failed: ImportFailed<Handle>) -> Self {
        failed.error
    }
}

impl Manager {
    /// A manager for host memory.
    ///
    /// # Errors
    /// `OutOfMemory`, `OsError`.
    pub fn host() -> Result<Self> {
        // SAFETY: a place for the manager.
        RawManager::made(|out| unsafe { sys::geyser_host_manager_create(out) }).map(|raw| Self::from_raw(raw, Vec::new()))
    }

    pub(crate) fn from_raw(raw: RawManager, keep: Vec<Arc<dyn Any + Send + Sync>>) -> Self {
        Self { inner: Arc::new(Inner { raw, _keep: keep }) }
    }

    /// The object of the C interface; the manager's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_manager {
        self.inner.raw.as_ptr()
    }

    /// "vulkan", "host", ...
    pub fn backend_name(&self) -> &'static str {
        let mut name = ptr::null();
        // SAFETY: the manager is alive; the text is in static storage.
        unsafe { if sys::geyser_manager_backend_name(self.as_raw(), &mut name) == sys::GEYSER_STATUS_OK { static_text(name) } else { "" } }
    }

    /// The manager's device.
    ///
    /// # Errors
    /// None of a manager that is alive.
    pub fn identity(&self) -> Result<DeviceIdentity> {
        // SAFETY: the manager is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_manager_identity(self.as_raw(), out) })?;
        Ok(DeviceIdentity::from_c(&raw))
    }

    /// Creates a texture whose memory can be exported.
    ///
    /// # Errors
    /// As [`TextureDescriptor::validate`]; `UnsupportedFormat`, `UnsupportedHandle`, `LimitExceeded`, `OutOfMemory`, `DeviceLost`.
    pub fn create_texture(&self, descriptor: &TextureDescriptor, options: &CreateOptions<'_>) -> Result<Texture> {
        let descriptor = descriptor.to_c()?;
        let modifiers: Vec<_> = options.modifiers.iter().map(|modifier| modifier.to_c()).collect();
        let mut raw = sys::geyser_create_options::sized();
        raw.memory_type = options.memory_type.as_raw();
        raw.modifiers = modifiers.as_ptr();
        raw.modifier_count = count("modifiers", modifiers.len())?;
        raw.linear = flag(options.linear);
        // SAFETY: the manager is alive; descriptor, options and modifiers live during the call.
        let texture = RawTexture::made(|out| unsafe { sys::geyser_manager_create_texture(self.as_raw(), &descriptor.raw, &raw, out) })?;
        Ok(Texture::from_raw(texture, self))
    }

    /// Makes a handle to the texture's memory, and to its ready semaphore.
    ///
    /// # Errors
    /// `DeviceMismatch`, `UnsupportedHandle`, `OutOfMemory`, `DeviceLost`.
    pub fn export_texture(&self, texture: &Texture) -> Result<TextureHandle> {
        // SAFETY: manager and texture are alive.
        RawTextureHandle::made(|out| unsafe { sys::geyser_manager_export_texture(self.as_raw(), texture.as_raw(), out) })
            .map(TextureHandle::from_raw)
    }

    /// Makes a texture from a handle, which comes back unchanged with a failure.
    ///
    /// # Errors
    /// `ProtocolError`, `DeviceMismatch`, `UnsupportedHandle`, `UnsupportedFormat`, `LimitExceeded`, `OutOfMemory`, `DeviceLost`.
    #[allow(clippy::result_large_err)] // the handle is part of it
    pub fn import_texture(&self, handle: TextureHandle) -> Result<Texture, ImportFailed<TextureHandle>> {
        // SAFETY: manager and handle are alive; the handle is consumed on success only.
        match RawTexture::made(|out| unsafe { sys::geyser_manager_import_texture(self.as_raw(), handle.as_raw(), out) }) {
            Ok(raw) => {
                handle.into_raw().consumed();
                Ok(Texture::from_raw(raw, self))
            }
            Err(error) => Err(ImportFailed { error, handle }),
        }
    }

    /// Creates a semaphore that can be exported. `kind` `None`: the best that the device can export; `initial_value` is for timelines; `label`
    /// is for debuggers, "": none.
    ///
    /// # Errors
    /// `UnsupportedFeature`, `OutOfMemory`, `DeviceLost`.
    pub fn create_semaphore(&self, kind: Option<SemaphoreKind>, initial_value: u64, label: &str) -> Result<Semaphore> {
        let label = c_option("the semaphore's label", label)?;
        let mut options = sys::geyser_semaphore_options::sized();
        options.kind = kind.map_or(0, SemaphoreKind::as_raw);
        options.initial_value = initial_value;
        options.label = pointer(&label);
        // SAFETY: the manager is alive; options and label live during the call.
        let raw = RawSemaphore::made(|out| unsafe { sys::geyser_manager_create_semaphore(self.as_raw(), &options, out) })?;
        Ok(Semaphore::from_raw(raw, self))
    }

    /// Makes a handle; [`SemaphoreType::None`]: the best for the semaphore's kind. Exporting a sync file takes the pending signal out of it.
    ///
    /// # Errors
    /// `DeviceMismatch`, `UnsupportedHandle`, `InvalidState`, `OutOfMemory`.
    pub fn export_semaphore(&self, semaphore: &Semaphore, semaphore_type: SemaphoreType) -> Result<SemaphoreHandle> {
        // SAFETY: manager and semaphore are alive.
        crate::handle::RawSemaphoreHandle::made(|out| unsafe {
            sys::geyser_manager_export_semaphore(self.as_raw(), semaphore.as_raw(), semaphore_type.as_raw(), out)
        })
        .map(SemaphoreHandle::from_raw)
    }

    /// Makes a semaphore from a handle, which comes back unchanged with a failure.
    ///
    /// # Errors
    /// `ProtocolError`, `DeviceMismatch`, `UnsupportedHandle`, `OutOfMemory`, `DeviceLost`.
    #[allow(clippy::result_large_err)] // the handle is part of it
    pub fn import_semaphore(&self, handle: SemaphoreHandle) -> Result<Semaphore, ImportFailed<SemaphoreHandle>> {
        // SAFETY: manager and handle are alive; the handle is consumed on success only.
        match RawSemaphore::made(|out| unsafe { sys::geyser_manager_import_semaphore(self.as_raw(), handle.as_raw(), out) }) {
            Ok(raw) => {
                handle.into_raw().consumed();
                Ok(Semaphore::from_raw(raw, self))
            }
            Err(error) => Err(ImportFailed { error, handle }),
        }
    }

    /// Makes `semaphore` the texture's ready semaphore: it travels with exports, and is what the next three functions use.
    ///
    /// # Errors
    /// `DeviceMismatch`, `AccessConflict`, `InvalidArgument`.
    pub fn attach_semaphore(&self, texture: &Texture, semaphore: &Semaphore) -> Result<()> {
        // SAFETY: the three are alive.
        check(unsafe { sys::geyser_manager_attach_semaphore(self.as_raw(), texture.as_raw(), semaphore.as_raw()) })
    }

    /// A reference to the ready semaphore.
    ///
    /// # Errors
    /// `NotFound` (there is none), `OutOfMemory`.
    pub fn attached_semaphore(&self, texture: &Texture) -> Result<Semaphore> {
        // SAFETY: both are alive.
        let raw = RawSemaphore::made(|out| unsafe { sys::geyser_manager_attached_semaphore(self.as_raw(), texture.as_raw(), out) })?;
        Ok(Semaphore::from_raw(raw, self))
    }

    /// Announces that everything submitted to the manager's queue so far is done with the texture, and marks it initialized. Returns the value
    /// that the ready semaphore will have.
    ///
    /// # Errors
    /// `InvalidState` (no ready semaphore), `AccessConflict`, `DeviceMismatch`, `DeviceLost`.
    pub fn signal_ready(&self, texture: &Texture) -> Result<u64> {
        // SAFETY: both are alive.
        written(|out| unsafe { sys::geyser_manager_signal_ready(self.as_raw(), texture.as_raw(), out) })
    }

    /// Blocks until the ready semaphore is beyond what this texture last waited for, and marks it initialized. Returns what was reached.
    ///
    /// # Errors
    /// `TimedOut`, `InvalidState`, `DeviceLost`.
    pub fn wait_ready(&self, texture: &Texture, timeout: Duration) -> Result<u64> {
        // SAFETY: both are alive.
        written(|out| unsafe { sys::geyser_manager_wait_ready(self.as_raw(), texture.as_raw(), nanoseconds(timeout), out) })
    }

    /// Copies bytes (rows without gaps, [`TextureDescriptor::region_layout`]) into the texture and waits until they are there; opens and ends a
    /// write access of its own.
    ///
    /// # Errors
    /// `InvalidArgument` (another number of bytes), `AccessConflict`, `DeviceMismatch`, `OutOfMemory`, `TimedOut`, `DeviceLost`.
    pub fn upload(&self, texture: &Texture, region: &Region, bytes: &[u8], info: &AccessInfo<'_>) -> Result<()> {
        let (region, mut info) = (region.to_c(), info.to_c()?);
        // SAFETY: manager and texture are alive; region, info and bytes live during the call, and there are as many bytes as are said.
        check(unsafe {
            sys::geyser_manager_upload(
                self.as_raw(),
                texture.as_raw(),
                &region,
                bytes.as_ptr().cast::<c_void>(),
                bytes.len(),
                info.as_ptr(),
            )
        })
    }

    /// Copies bytes out of the texture. As [`upload`](Self::upload), and `NotInitialized`.
    ///
    /// # Errors
    /// As [`upload`](Self::upload), and `NotInitialized`.
    pub fn read_back(&self, texture: &Texture, region: &Region, bytes: &mut [u8], info: &AccessInfo<'_>) -> Result<()> {
        let (region, mut info) = (region.to_c(), info.to_c()?);
        // SAFETY: manager and texture are alive; region, info and bytes live during the call, and there are as many bytes as are said.
        check(unsafe {
            sys::geyser_manager_read_back(
                self.as_raw(),
                texture.as_raw(),
                &region,
                bytes.as_mut_ptr().cast::<c_void>(),
                bytes.len(),
                info.as_ptr(),
            )
        })
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.identity().map(|identity| identity.name).unwrap_or_default();
        out.debug_struct("Manager").field("backend", &self.backend_name()).field("device", &device).finish()
    }
}

/// A region of a host texture in this process's memory. Other processes may see it, and change it, at the same time.
#[derive(Clone, Copy, Debug)]
pub struct MappedRegion {
    /// Texels of the plane.
    pub extent: Extent,
    /// First byte of the region; lives as long as the texture. Reading or writing it is for an open access of that kind (unchecked): that is
    /// why it is no slice.
    pub data: *mut u8,
    /// Bytes from one row of blocks to the next.
    pub row_pitch: u64,
    /// Bytes from one depth slice to the next.
    pub slice_pitch: u64,
    /// Bytes in a row of blocks.
    pub row_bytes: u32,
    /// Rows of blocks in a slice.
    pub rows: u32,
    /// `row_bytes` x `rows` x `extent.depth`.
    pub total_bytes: u64,
}

impl Texture {
    /// Where the bytes of a host texture are.
    ///
    /// # Errors
    /// `DeviceMismatch` (not of a host manager), `InvalidArgument`.
    pub fn host_map(&self, region: &Region) -> Result<MappedRegion> {
        let region = region.to_c();
        // SAFETY: the texture is alive, the region lives during the call, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_mapped_region>(|out| unsafe { sys::geyser_host_map(self.as_raw(), &region, out) })?;
        Ok(MappedRegion {
            extent: Extent::from_c(raw.extent),
            data: raw.data.cast(),
            row_pitch: raw.row_pitch,
            slice_pitch: raw.slice_pitch,
            row_bytes: raw.row_bytes,
            rows: raw.rows,
            total_bytes: raw.total_bytes,
        })
    }
}

/// Keeps textures that are not in use, for whoever needs one of the same description next.
///
/// Ownership: it keeps its manager; textures on loan outlive it. `Send` and `Sync`: any number of threads may use it at once.
#[derive(Debug)]
pub struct TexturePool {
    raw: RawPool,
    manager: Manager,
}

impl TexturePool {
    /// `capacity`: idle textures kept at most; 0: 16.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(manager: &Manager, capacity: u32) -> Result<Self> {
        // SAFETY: the manager is alive, and outlives the pool, which keeps it and is dropped before it.
        let raw = RawPool::made(|out| unsafe { sys::geyser_texture_pool_create(manager.as_raw(), capacity, out) })?;
        Ok(Self { raw, manager: manager.clone() })
    }

    /// An idle texture of the same descriptor (label apart), or a new one; dropping it gives it back. `true`: it has been used before.
    ///
    /// # Errors
    /// As [`Manager::create_texture`].
    pub fn acquire(&self, descriptor: &TextureDescriptor) -> Result<(Texture, bool)> {
        let descriptor = descriptor.to_c()?;
        let mut reused = 0;
        // SAFETY: the pool is alive; the descriptor lives during the call.
        let raw =
            RawTexture::made(|out| unsafe { sys::geyser_texture_pool_acquire(self.raw.as_ptr(), &descriptor.raw, out, &mut reused) })?;
        Ok((Texture::from_raw(raw, &self.manager), reused != 0))
    }

    /// Idle textures now.
    ///
    /// # Errors
    /// None of a pool that is alive.
    pub fn idle(&self) -> Result<u32> {
        // SAFETY: the pool is alive.
        written(|out| unsafe { sys::geyser_texture_pool_idle(self.raw.as_ptr(), out) })
    }

    /// Frees all idle textures.
    ///
    /// # Errors
    /// None of a pool that is alive.
    pub fn clear(&self) -> Result<()> {
        // SAFETY: the pool is alive.
        check(unsafe { sys::geyser_texture_pool_clear(self.raw.as_ptr()) })
    }
}
