//! Textures whose memory may be used elsewhere, and the right to touch them: [`Texture`], [`Access`], [`TextureState`].

use std::{marker::PhantomData, ptr, sync::Arc, time::Duration};

use geyser_sys::{self as sys, Sized32};

use crate::support::{check, count, enumeration, filled, flag, known, nanoseconds, owner};
use crate::{Layout, Manager, MemoryType, Result, Semaphore, SyncPoint, TextureDescriptor};

owner!(
    RawTexture,
    geyser_texture,
    geyser_texture_destroy,
    Send because "any thread; managers, textures and semaphores are used by any number of threads at once.",
    Sync because "any thread; managers, textures and semaphores are used by any number of threads at once."
);
owner!(
    RawAccess,
    geyser_access,
    geyser_access_destroy,
    Send because "used by one thread at a time, which may be another one each time; destroyed by any."
);
owner!(
    RawTextureHold,
    geyser_texture_hold,
    geyser_texture_hold_destroy,
    Send because "any thread.",
    Sync because "any thread; it is made and destroyed, and there is nothing else to do with it."
);
owner!(
    RawTextureState,
    geyser_texture_state,
    geyser_texture_state_destroy,
    Send because "any thread.",
    Sync because "any thread; it never changes."
);

/// A texture whose memory other APIs, devices or processes may use.
///
/// Ownership: freed when it goes, or given back to its pool; one of a frame is borrowed from the frame. It keeps what it needs of its manager.
/// Share it by `Arc`. `Send` and `Sync`: any number of threads may use it at once; textures of an OpenGL manager are used where the context is
/// current (checked).
#[derive(Debug)]
pub struct Texture {
    raw: RawTexture,
    manager: Manager,
}

/// How a texture's memory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextureInfo {
    /// How the memory was, or can be, handed over.
    pub memory_type: MemoryType,
    /// It came from a handle.
    pub imported: bool,
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// Bytes that the image needs of them.
    pub required_bytes: u64,
}

/// How an access begins. The default: what the texture recorded itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessInfo<'a> {
    /// What the access before ended with; `None`: what the texture recorded itself.
    pub state: Option<&'a TextureState>,
    /// Further points to wait for.
    pub wait_for: &'a [SyncPoint],
    /// The point that the caller's submit will signal when the access is over.
    pub signal: Option<&'a SyncPoint>,
}

/// An [`AccessInfo`] as C reads it, with the points that it looks at.
pub(crate) struct CAccessInfo {
    raw: sys::geyser_access_info,
    waits: Vec<sys::geyser_sync_point>,
    signal: Option<sys::geyser_sync_point>,
}

impl AccessInfo<'_> {
    pub(crate) fn to_c(self) -> Result<CAccessInfo> {
        let mut raw = sys::geyser_access_info::sized();
        raw.state = self.state.map_or(ptr::null(), |state| state.raw.as_ptr().cast_const());
        raw.wait_count = count("wait_for", self.wait_for.len())?;
        Ok(CAccessInfo { raw, waits: self.wait_for.iter().map(SyncPoint::to_c).collect(), signal: self.signal.map(SyncPoint::to_c) })
    }
}

impl CAccessInfo {
    /// The struct, whose pointers are set now that the points have their place.
    pub(crate) fn as_ptr(&mut self) -> *const sys::geyser_access_info {
        self.raw.wait_for = self.waits.as_ptr();
        self.raw.signal = self.signal.as_ref().map_or(ptr::null(), ptr::from_ref);
        &self.raw
    }
}

impl Texture {
    pub(crate) fn from_raw(raw: RawTexture, manager: &Manager) -> Self {
        Self { raw, manager: manager.clone() }
    }

    /// A texture that lives in a frame. Destroying such a one does nothing, which C checks as long as the frame lives.
    pub(crate) fn borrowed(make: impl FnOnce(*mut *mut sys::geyser_texture) -> sys::geyser_status, manager: &Manager) -> Result<Self> {
        Ok(Self::from_raw(RawTexture::made(make)?, manager))
    }

    /// The object of the C interface; this texture's, not to be destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_texture {
        self.raw.as_ptr()
    }

    /// The manager that made it.
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// How its memory lies.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a type that only a newer library has.
    pub fn info(&self) -> Result<TextureInfo> {
        // SAFETY: the texture is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_texture_info>(|out| unsafe { sys::geyser_texture_query(self.as_raw(), out) })?;
        Ok(TextureInfo {
            memory_type: known(raw.memory_type)?,
            imported: raw.imported != 0,
            allocated_bytes: raw.allocated_bytes,
            required_bytes: raw.required_bytes,
        })
    }

    /// What it is.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a description that only a newer library has.
    pub fn descriptor(&self) -> Result<TextureDescriptor> {
        // SAFETY: the texture is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_texture_descriptor>(|out| unsafe { sys::geyser_texture_descriptor_of(self.as_raw(), out) })?;
        // SAFETY: the label lives as long as the texture.
        unsafe { TextureDescriptor::from_c(&raw) }
    }

    /// What the last ended access left.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn state(&self) -> Result<TextureState> {
        // SAFETY: the texture is alive.
        let raw = RawTextureState::made(|out| unsafe { sys::geyser_texture_state_of(self.as_raw(), out) })?;
        Ok(TextureState { raw, manager: self.manager.clone() })
    }

    /// Keeps its memory and native objects (VkImage ...) as long as what comes back lives, even when the texture goes, or the frame that lent it,
    /// its stream or its pool: for engines that wrap a native object in one of their own and cannot say when the last use of that is over. A
    /// frame's texture is used again by its stream all the same.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn hold(&self) -> Result<TextureHold> {
        // SAFETY: the texture is alive.
        let raw = RawTextureHold::made(|out| unsafe { sys::geyser_texture_hold_create(self.as_raw(), out) })?;
        Ok(TextureHold { _raw: raw, _manager: self.manager.clone() })
    }

    /// Starts an exclusive access. Does not block.
    ///
    /// # Errors
    /// `AccessConflict`, `DeviceMismatch`, `InvalidArgument`.
    pub fn begin_write(&self, info: &AccessInfo<'_>) -> Result<Access<'_>> {
        self.begin(info, AccessMode::Write)
    }

    /// Starts a shared access. As [`begin_write`](Self::begin_write), and `NotInitialized` when nobody has written the texture.
    ///
    /// # Errors
    /// `AccessConflict`, `DeviceMismatch`, `InvalidArgument`, `NotInitialized`.
    pub fn begin_read(&self, info: &AccessInfo<'_>) -> Result<Access<'_>> {
        self.begin(info, AccessMode::Read)
    }

    /// [`begin_write`](Self::begin_write) with an access that keeps the texture, for programs that hold both in one struct.
    ///
    /// # Errors
    /// As [`begin_write`](Self::begin_write).
    pub fn begin_write_owned(self: &Arc<Self>, info: &AccessInfo<'_>) -> Result<Access<'static>> {
        self.begin_owned(info, AccessMode::Write)
    }

    /// [`begin_read`](Self::begin_read) with an access that keeps the texture, for programs that hold both in one struct.
    ///
    /// # Errors
    /// As [`begin_read`](Self::begin_read).
    pub fn begin_read_owned(self: &Arc<Self>, info: &AccessInfo<'_>) -> Result<Access<'static>> {
        self.begin_owned(info, AccessMode::Read)
    }

    fn begin_owned(self: &Arc<Self>, info: &AccessInfo<'_>, mode: AccessMode) -> Result<Access<'static>> {
        let raw = self.begin_raw(info, mode)?;
        Ok(Access { raw, texture: PhantomData, keep: Some(Arc::clone(self)), manager: self.manager.clone() })
    }

    fn begin(&self, info: &AccessInfo<'_>, mode: AccessMode) -> Result<Access<'_>> {
        let raw = self.begin_raw(info, mode)?;
        Ok(Access { raw, texture: PhantomData, keep: None, manager: self.manager.clone() })
    }

    fn begin_raw(&self, info: &AccessInfo<'_>, mode: AccessMode) -> Result<RawAccess> {
        let mut info = info.to_c()?;
        let info = info.as_ptr();
        match mode {
            // SAFETY: the texture is alive, as are state, points and semaphores, which are looked at during the call only.
            AccessMode::Write => RawAccess::made(|out| unsafe { sys::geyser_texture_begin_write(self.as_raw(), info, out) }),
            // SAFETY: as above.
            AccessMode::Read => RawAccess::made(|out| unsafe { sys::geyser_texture_begin_read(self.as_raw(), info, out) }),
        }
    }
}

/// Keeps a texture's memory and native objects alive, and nothing else: no right to touch them.
///
/// Ownership: the last owner waits, when it goes, up to two seconds for signals that accesses of the texture promised. It keeps its manager.
/// `Send` and `Sync`: any thread may let go.
#[derive(Debug)]
pub struct TextureHold {
    _raw: RawTextureHold,
    _manager: Manager,
}

enumeration! {
    /// What an access is for.
    pub enum AccessMode: u32 {
        /// Shared between reads.
        Read = sys::GEYSER_ACCESS_MODE_READ,
        /// Exclusive.
        Write = sys::GEYSER_ACCESS_MODE_WRITE,
    }
}

/// The right to use a texture: exclusive for a write, shared between reads of one texture.
///
/// Ownership: ends by [`end`](Self::end). Dropping it without gives it up: after a write the content is gone, and the log says so; one of a
/// frame ends with the frame. `Send` and not `Sync`: one thread at a time uses it, any thread may.
#[derive(Debug)]
pub struct Access<'t> {
    raw: RawAccess,
    texture: PhantomData<&'t Texture>,
    #[allow(dead_code)] // dropped after the access, which is what it is here for
    keep: Option<Arc<Texture>>,
    manager: Manager,
}

/// An access as it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessBegin {
    /// What it is for.
    pub mode: AccessMode,
    /// There is content to keep.
    pub initialized: bool,
    /// The layout to acquire from.
    pub layout: Layout,
    /// Points to be reached before the first use.
    pub wait_count: u32,
}

impl Access<'_> {
    /// An access that lives in a frame. Destroying such a one does nothing, which C checks as long as the frame lives.
    pub(crate) fn borrowed(
        make: impl FnOnce(*mut *mut sys::geyser_access) -> sys::geyser_status,
        manager: &Manager,
    ) -> Result<Access<'static>> {
        Ok(Access { raw: RawAccess::made(make)?, texture: PhantomData, keep: None, manager: manager.clone() })
    }

    /// The object of the C interface; this access's, not to be ended or destroyed.
    pub fn as_raw(&self) -> *mut sys::geyser_access {
        self.raw.as_ptr()
    }

    /// Mode, layout and number of waits.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a layout that only a newer library has.
    pub fn begin(&self) -> Result<AccessBegin> {
        // SAFETY: the access is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_access_begin_info>(|out| unsafe { sys::geyser_access_query(self.as_raw(), out) })?;
        Ok(AccessBegin {
            mode: known(raw.mode)?,
            initialized: raw.initialized != 0,
            layout: known(raw.layout)?,
            wait_count: raw.wait_count,
        })
    }

    /// The points that must be reached before the first use.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn wait_points(&self) -> Result<Vec<SyncPoint>> {
        let mut points = Vec::new();
        for index in 0..self.begin()?.wait_count {
            let mut point = sys::geyser_sync_point { semaphore: ptr::null(), value: 0 };
            // SAFETY: the access is alive.
            check(unsafe { sys::geyser_access_wait_point(self.as_raw(), index, &mut point) })?;
            // SAFETY: the reference lives as long as the access, and is of its manager.
            points.push(unsafe { Semaphore::from_point(&point, &self.manager) }?);
        }
        Ok(points)
    }

    /// The point to signal when the use is over, if there is one. Whoever asks promises that signal.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn signal_point(&self) -> Result<Option<SyncPoint>> {
        let mut point = sys::geyser_sync_point { semaphore: ptr::null(), value: 0 };
        // SAFETY: the access is alive.
        check(unsafe { sys::geyser_access_signal_point(self.as_raw(), &mut point) })?;
        if point.semaphore.is_null() {
            return Ok(None);
        }
        // SAFETY: the reference lives as long as the access, and is of its manager.
        unsafe { Semaphore::from_point(&point, &self.manager) }.map(Some)
    }

    /// Blocks the host until every point is reached.
    ///
    /// # Errors
    /// `TimedOut` naming the point, `DeviceLost`.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        // SAFETY: the access is alive.
        check(unsafe { sys::geyser_access_wait(self.as_raw(), nanoseconds(timeout)) })
    }

    /// Ends the access. `layout` is what the content was released in; [`Layout::Undefined`]: what the backend's release recorded, else general.
    /// What comes back says what the next access must wait for.
    ///
    /// # Errors
    /// `InvalidState` (a frame's access ends with the frame), `OutOfMemory`; the access is given up then, as by dropping it.
    pub fn end(self, layout: Layout) -> Result<TextureState> {
        // SAFETY: the access is alive; it is consumed on success only.
        let state = RawTextureState::made(|out| unsafe { sys::geyser_access_end(self.as_raw(), layout.as_raw(), out) })?;
        let Self { raw, manager, .. } = self;
        raw.consumed();
        Ok(TextureState { raw: state, manager })
    }
}

/// What travels with a texture from one access to the next: whether there is content, its layout, and what must be waited for.
///
/// Ownership: a value; it keeps the points' semaphores and its manager. `Send` and `Sync`: it never changes.
#[derive(Debug)]
pub struct TextureState {
    raw: RawTextureState,
    manager: Manager,
}

impl TextureState {
    /// A state from its parts, as it came from somewhere else. The points are of semaphores of `manager`.
    ///
    /// # Errors
    /// `InvalidArgument`, `OutOfMemory`.
    pub fn new(manager: &Manager, initialized: bool, layout: Layout, points: &[SyncPoint]) -> Result<Self> {
        let mut info = sys::geyser_texture_state_info::sized();
        info.initialized = flag(initialized);
        info.layout = layout.as_raw();
        let number = count("points", points.len())?;
        let points: Vec<_> = points.iter().map(SyncPoint::to_c).collect();
        // SAFETY: info and points live during the call, and the semaphores too.
        let raw = RawTextureState::made(|out| unsafe { sys::geyser_texture_state_create(&info, points.as_ptr(), number, out) })?;
        Ok(Self { raw, manager: manager.clone() })
    }

    fn query(&self) -> Result<sys::geyser_texture_state_info> {
        // SAFETY: the state is alive, `out` is a struct with its size set.
        filled::<sys::geyser_texture_state_info>(|out| unsafe { sys::geyser_texture_state_query(self.raw.as_ptr(), out) })
    }

    /// Somebody has written the texture.
    ///
    /// # Errors
    /// None of a state that is alive.
    pub fn initialized(&self) -> Result<bool> {
        Ok(self.query()?.initialized != 0)
    }

    /// The layout it was released in.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a layout that only a newer library has.
    pub fn layout(&self) -> Result<Layout> {
        known(self.query()?.layout)
    }

    /// The points that must be reached before anybody touches the texture.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn points(&self) -> Result<Vec<SyncPoint>> {
        let mut points = Vec::new();
        for index in 0..self.query()?.point_count {
            let mut point = sys::geyser_sync_point { semaphore: ptr::null(), value: 0 };
            // SAFETY: the state is alive.
            check(unsafe { sys::geyser_texture_state_point(self.raw.as_ptr(), index, &mut point) })?;
            // SAFETY: the reference lives as long as the state, and is of its manager.
            points.push(unsafe { Semaphore::from_point(&point, &self.manager) }?);
        }
        Ok(points)
    }
}
