//! Textures and semaphores on their way to another API, device or process: [`TextureHandle`], [`SemaphoreHandle`].

use std::os::fd::{BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use geyser_sys::{self as sys, Sized32};

use crate::support::{check, filled, flag, known, owner, written};
use crate::{DeviceIdentity, Error, ErrorKind, Layout, MemoryType, Result, SemaphoreKind, SemaphoreType, TextureDescriptor};

owner!(
    RawTextureHandle,
    geyser_texture_handle,
    geyser_texture_handle_destroy,
    Send because "any thread; one object is used by one thread at a time.",
    Sync because "any thread; what only reads takes it const, and the rest takes `&mut self` here."
);
owner!(
    RawSemaphoreHandle,
    geyser_semaphore_handle,
    geyser_semaphore_handle_destroy,
    Send because "any thread; one object is used by one thread at a time.",
    Sync because "any thread; what only reads takes it const, and the rest takes `&mut self` here."
);

/// Where a memory plane lies in its allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryPlane {
    /// Bytes.
    pub offset: u64,
    /// Bytes.
    pub row_pitch: u64,
    /// Which of the handle's descriptors it lies in.
    pub handle_index: u32,
}

/// What the importer must repeat exactly. Whoever carries a handle through a connection of his own sends this struct, the descriptor, the
/// exporter and the descriptors of the operating system, and makes the handle anew at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureHandleInfo {
    /// How the memory crosses.
    pub memory_type: MemoryType,
    /// Bytes of the whole allocation.
    pub allocation_size: u64,
    /// Bytes that the image itself needs.
    pub required_size: u64,
    /// Vulkan's, for opaque handles.
    pub memory_type_index: u32,
    /// The allocation is this texture's alone.
    pub dedicated: bool,
    /// Rows of texels one after the other.
    pub linear_tiling: bool,
    /// `VkFormat` used, for opaque handles.
    pub native_format: u32,
    /// `VkImageUsageFlags` used.
    pub native_usage: u32,
    /// `VkImageCreateFlags` used.
    pub native_create_flags: u32,
    /// dma-buf only.
    pub drm_modifier: u64,
    /// At most four.
    pub memory_planes: Vec<MemoryPlane>,
    /// Somebody has written it.
    pub initialized: bool,
    /// The layout it was released in.
    pub layout: Layout,
    /// Descriptors of the operating system that are set; ignored by [`TextureHandle::new`].
    pub handle_count: u32,
    /// A ready semaphore travels with it; ignored by [`TextureHandle::new`].
    pub has_ready_semaphore: bool,
    /// Newest value announced when it was exported.
    pub ready_value: u64,
}

impl TextureHandleInfo {
    fn to_c(&self) -> Result<sys::geyser_texture_handle_info> {
        let mut raw = sys::geyser_texture_handle_info::sized();
        if self.memory_planes.len() > raw.memory_planes.len() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("memory_planes has {} entries; a texture has at most {}.", self.memory_planes.len(), raw.memory_planes.len()),
            ));
        }
        raw.type_ = self.memory_type.as_raw();
        raw.allocation_size = self.allocation_size;
        raw.required_size = self.required_size;
        raw.memory_type_index = self.memory_type_index;
        raw.dedicated = flag(self.dedicated);
        raw.linear_tiling = flag(self.linear_tiling);
        raw.native_format = self.native_format;
        raw.native_usage = self.native_usage;
        raw.native_create_flags = self.native_create_flags;
        raw.drm_modifier = self.drm_modifier;
        for (to, from) in raw.memory_planes.iter_mut().zip(&self.memory_planes) {
            (to.offset, to.row_pitch, to.handle_index) = (from.offset, from.row_pitch, from.handle_index);
            raw.memory_plane_count += 1;
        }
        raw.initialized = flag(self.initialized);
        raw.layout = self.layout.as_raw();
        raw.ready_value = self.ready_value;
        Ok(raw)
    }
}

/// Owns the descriptors of one texture, and that of its ready semaphore if it has one. Self-describing.
///
/// Ownership: closes what it still owns; import takes it on success only. `Send` and `Sync`: changing it needs `&mut`.
#[derive(Debug)]
pub struct TextureHandle {
    raw: RawTextureHandle,
}

impl TextureHandle {
    pub(crate) fn from_raw(raw: RawTextureHandle) -> Self {
        Self { raw }
    }

    pub(crate) fn into_raw(self) -> RawTextureHandle {
        self.raw
    }

    /// A handle without descriptors of the operating system: give them with [`give`](Self::give).
    ///
    /// # Errors
    /// `InvalidArgument`, `OutOfMemory`. What is wrong with the numbers, [`validate`](Self::validate) and the import say.
    pub fn new(info: &TextureHandleInfo, descriptor: &TextureDescriptor, exporter: &DeviceIdentity) -> Result<Self> {
        let (info, descriptor, exporter) = (info.to_c()?, descriptor.to_c()?, exporter.to_c());
        // SAFETY: the three structs live during the call.
        RawTextureHandle::made(|out| unsafe { sys::geyser_texture_handle_create(&info, &descriptor.raw, &exporter, out) })
            .map(Self::from_raw)
    }

    /// The object of the C interface; this handle's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_texture_handle {
        self.raw.as_ptr()
    }

    /// What the importer must repeat.
    ///
    /// # Errors
    /// `UnsupportedFeature` for numbers that only a newer library has.
    pub fn info(&self) -> Result<TextureHandleInfo> {
        // SAFETY: the handle is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_texture_handle_info>(|out| unsafe { sys::geyser_texture_handle_query(self.as_raw(), out) })?;
        let planes = raw.memory_planes.iter().take(raw.memory_plane_count as usize);
        Ok(TextureHandleInfo {
            memory_type: known(raw.type_)?,
            allocation_size: raw.allocation_size,
            required_size: raw.required_size,
            memory_type_index: raw.memory_type_index,
            dedicated: raw.dedicated != 0,
            linear_tiling: raw.linear_tiling != 0,
            native_format: raw.native_format,
            native_usage: raw.native_usage,
            native_create_flags: raw.native_create_flags,
            drm_modifier: raw.drm_modifier,
            memory_planes: planes
                .map(|plane| MemoryPlane { offset: plane.offset, row_pitch: plane.row_pitch, handle_index: plane.handle_index })
                .collect(),
            initialized: raw.initialized != 0,
            layout: known(raw.layout)?,
            handle_count: raw.handle_count,
            has_ready_semaphore: raw.has_ready_semaphore != 0,
            ready_value: raw.ready_value,
        })
    }

    /// What the texture is.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a description that only a newer library has.
    pub fn descriptor(&self) -> Result<TextureDescriptor> {
        // SAFETY: the handle is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_texture_descriptor>(|out| unsafe { sys::geyser_texture_handle_descriptor(self.as_raw(), out) })?;
        // SAFETY: the label lives as long as the handle.
        unsafe { TextureDescriptor::from_c(&raw) }
    }

    /// The device that it belongs to.
    ///
    /// # Errors
    /// None of a handle that is alive.
    pub fn exporter(&self) -> Result<DeviceIdentity> {
        // SAFETY: the handle is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_texture_handle_exporter(self.as_raw(), out) })?;
        Ok(DeviceIdentity::from_c(&raw))
    }

    /// One descriptor of the operating system, still the handle's; `None` where none is set.
    ///
    /// # Errors
    /// `InvalidArgument`: `index` is below 4.
    pub fn borrow(&self, index: u32) -> Result<Option<BorrowedFd<'_>>> {
        // SAFETY: the handle is alive.
        let fd = written(|out| unsafe { sys::geyser_texture_handle_borrow(self.as_raw(), index, out) })?;
        // SAFETY: it is open as long as the handle owns it, and only `&mut self` and consuming take it away.
        Ok(raw_fd(fd)?.map(|fd| unsafe { BorrowedFd::borrow_raw(fd) }))
    }

    /// The same, now the caller's.
    ///
    /// # Errors
    /// `InvalidArgument`: `index` is below 4.
    pub fn take(&mut self, index: u32) -> Result<Option<OwnedFd>> {
        // SAFETY: the handle is alive.
        let fd = written(|out| unsafe { sys::geyser_texture_handle_take(self.as_raw(), index, out) })?;
        // SAFETY: the handle has let go of it.
        Ok(raw_fd(fd)?.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Hands a descriptor of the operating system over; what was there is closed. On failure it is closed.
    ///
    /// # Errors
    /// `InvalidArgument`: `index` is below 4.
    pub fn give(&mut self, index: u32, fd: OwnedFd) -> Result<()> {
        let raw = fd.into_raw_fd();
        // SAFETY: the handle is alive, and the descriptor is open and nobody else's.
        let given = check(unsafe { sys::geyser_texture_handle_give(self.as_raw(), index, raw as isize) });
        if given.is_err() {
            // SAFETY: on failure it stays the caller's, which owned it.
            drop(unsafe { OwnedFd::from_raw_fd(raw) });
        }
        given
    }

    /// Takes the ready semaphore's handle out.
    ///
    /// # Errors
    /// `NotFound` (there is none), `OutOfMemory`.
    pub fn take_ready_semaphore(&mut self) -> Result<SemaphoreHandle> {
        // SAFETY: the handle is alive.
        RawSemaphoreHandle::made(|out| unsafe { sys::geyser_texture_handle_take_ready_semaphore(self.as_raw(), out) })
            .map(SemaphoreHandle::from_raw)
    }

    /// Puts one in.
    ///
    /// # Errors
    /// `InvalidArgument`; the semaphore's handle is dropped then.
    pub fn give_ready_semaphore(&mut self, semaphore: SemaphoreHandle) -> Result<()> {
        // SAFETY: both handles are alive; the second is consumed on success only.
        check(unsafe { sys::geyser_texture_handle_give_ready_semaphore(self.as_raw(), semaphore.as_raw()) })?;
        semaphore.into_raw().consumed();
        Ok(())
    }

    /// Checks everything that needs no device; import does so by itself.
    ///
    /// # Errors
    /// `ProtocolError`, `InvalidArgument`.
    pub fn validate(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        check(unsafe { sys::geyser_texture_handle_validate(self.as_raw()) })
    }
}

/// Owns the descriptor of one semaphore.
///
/// Ownership: closes what it still owns; import takes it on success only. `Send` and `Sync`: changing it needs `&mut`.
#[derive(Debug)]
pub struct SemaphoreHandle {
    raw: RawSemaphoreHandle,
}

impl SemaphoreHandle {
    pub(crate) fn from_raw(raw: RawSemaphoreHandle) -> Self {
        Self { raw }
    }

    pub(crate) fn into_raw(self) -> RawSemaphoreHandle {
        self.raw
    }

    /// A handle around a descriptor; `None` is a sync file that is signalled already. On failure the descriptor is closed.
    ///
    /// # Errors
    /// `InvalidArgument`, `OutOfMemory`.
    pub fn new(kind: SemaphoreKind, semaphore_type: SemaphoreType, exporter: &DeviceIdentity, fd: Option<OwnedFd>) -> Result<Self> {
        let exporter = exporter.to_c();
        let raw = fd.map_or(sys::GEYSER_NO_OS_HANDLE, |fd| fd.into_raw_fd() as isize);
        // SAFETY: the identity lives during the call; the descriptor, where there is one, is open and nobody else's.
        let made = RawSemaphoreHandle::made(|out| unsafe {
            sys::geyser_semaphore_handle_create(kind.as_raw(), semaphore_type.as_raw(), &exporter, raw, out)
        });
        if made.is_err()
            && let Some(fd) = raw_fd(raw)?
        {
            // SAFETY: on failure it stays the caller's, which owned it.
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        made.map(Self::from_raw)
    }

    /// The object of the C interface; this handle's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_semaphore_handle {
        self.raw.as_ptr()
    }

    fn query(&self) -> Result<(u32, u32)> {
        let (mut kind, mut semaphore_type) = (0, 0);
        // SAFETY: the handle is alive.
        check(unsafe { sys::geyser_semaphore_handle_query(self.as_raw(), &mut kind, &mut semaphore_type) })?;
        Ok((kind, semaphore_type))
    }

    /// Its kind.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a kind that only a newer library has.
    pub fn kind(&self) -> Result<SemaphoreKind> {
        known(self.query()?.0)
    }

    /// How it crosses.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a type that only a newer library has.
    pub fn semaphore_type(&self) -> Result<SemaphoreType> {
        known(self.query()?.1)
    }

    /// The device that it belongs to.
    ///
    /// # Errors
    /// None of a handle that is alive.
    pub fn exporter(&self) -> Result<DeviceIdentity> {
        // SAFETY: the handle is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_semaphore_handle_exporter(self.as_raw(), out) })?;
        Ok(DeviceIdentity::from_c(&raw))
    }

    /// The descriptor, still the handle's; `None` where none is set.
    ///
    /// # Errors
    /// None of a handle that is alive.
    pub fn borrow(&self) -> Result<Option<BorrowedFd<'_>>> {
        // SAFETY: the handle is alive.
        let fd = written(|out| unsafe { sys::geyser_semaphore_handle_borrow(self.as_raw(), out) })?;
        // SAFETY: it is open as long as the handle owns it, and only `&mut self` and consuming take it away.
        Ok(raw_fd(fd)?.map(|fd| unsafe { BorrowedFd::borrow_raw(fd) }))
    }

    /// The same, now the caller's.
    ///
    /// # Errors
    /// None of a handle that is alive.
    pub fn take(&mut self) -> Result<Option<OwnedFd>> {
        // SAFETY: the handle is alive.
        let fd = written(|out| unsafe { sys::geyser_semaphore_handle_take(self.as_raw(), out) })?;
        // SAFETY: the handle has let go of it.
        Ok(raw_fd(fd)?.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Checks everything that needs no device; import does so by itself.
    ///
    /// # Errors
    /// `ProtocolError`.
    pub fn validate(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        check(unsafe { sys::geyser_semaphore_handle_validate(self.as_raw()) })
    }
}

/// A handle of the operating system as a descriptor; none is none.
pub(crate) fn raw_fd(handle: sys::geyser_os_handle) -> Result<Option<RawFd>> {
    if handle == sys::GEYSER_NO_OS_HANDLE {
        return Ok(None);
    }
    RawFd::try_from(handle)
        .map(Some)
        .map_err(|_| Error::new(ErrorKind::Internal, format!("The library gave {handle} for a file descriptor, which is none.")))
}
