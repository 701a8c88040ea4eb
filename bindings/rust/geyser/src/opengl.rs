//! OpenGL 4.5+ and OpenGL ES 3.1+: a manager on the current context. A context is current in one thread: whatever creates, imports, exports,
//! copies, acquires or releases is called there (checked: `InvalidState` elsewhere).

use std::{
    any::Any,
    ffi::{c_char, c_void},
    ptr,
    sync::Arc,
};

use geyser_sys::{self as sys, Sized32};

use crate::manager::RawManager;
use crate::support::{check, filled, written};
use crate::{Access, DeviceIdentity, Layout, Manager, Result, Semaphore, Texture};

/// The address of a function of OpenGL or EGL, as `eglGetProcAddress` gives it.
pub type GetProcAddress = unsafe extern "C" fn(name: *const c_char) -> Option<unsafe extern "C" fn()>;
/// The context that is current in the calling thread, as `eglGetCurrentContext` gives it.
pub type CurrentContext = unsafe extern "C" fn() -> *mut c_void;

/// A context that the program made, current in the calling thread.
#[derive(Clone, Default)]
pub struct AdoptInfo<'a> {
    /// `None`: `eglGetProcAddress` of `libEGL.so.1`.
    pub get_proc_address: Option<GetProcAddress>,
    /// `None`: `eglGetCurrentContext`.
    pub current_context: Option<CurrentContext>,
    /// Makes what can be handed over; on the same device. `None`: imports only.
    pub partner: Option<&'a Manager>,
    /// Dropped after the manager and everything that it made: whatever owns the context.
    pub keep_alive: Option<Arc<dyn Any + Send + Sync>>,
}

impl AdoptInfo<'_> {
    fn to_c(&self) -> sys::geyser_opengl_adopt_info {
        let mut raw = sys::geyser_opengl_adopt_info::sized();
        raw.get_proc_address = self.get_proc_address;
        raw.current_context = self.current_context;
        raw.partner = self.partner.map_or(ptr::null(), |partner| partner.as_raw().cast_const());
        raw
    }
}

/// Device and driver of the current context.
///
/// # Safety
/// The functions, where given, are those of the context that is current in the calling thread.
///
/// # Errors
/// `InvalidState` (no context is current), `UnsupportedFeature`, `NotFound` (no libEGL).
pub unsafe fn identify(info: &AdoptInfo<'_>) -> Result<DeviceIdentity> {
    let raw = info.to_c();
    // SAFETY: the functions are as the caller promises; `out` is a struct with its size set.
    let identity = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_opengl_identify(&raw, out) })?;
    Ok(DeviceIdentity::from_c(&identity))
}

/// A manager on the current context.
///
/// # Safety
/// As [`identify`], and the context lives until [`AdoptInfo::keep_alive`] is dropped; without one, until the manager and everything that was
/// made from it are gone.
///
/// # Errors
/// `InvalidState`, `UnsupportedFeature`, `DeviceMismatch` (the partner), `NotFound` (no libEGL), `OutOfMemory`.
pub unsafe fn create_manager(info: &AdoptInfo<'_>) -> Result<Manager> {
    let raw = info.to_c();
    let mut keep: Vec<Arc<dyn Any + Send + Sync>> = info.keep_alive.iter().cloned().collect();
    if let Some(partner) = info.partner {
        keep.push(Arc::new(partner.clone()));
    }
    // SAFETY: functions and context are as the caller promises, the partner is alive and kept.
    RawManager::made(|out| unsafe { sys::geyser_opengl_manager_create(&raw, out) }).map(|raw| Manager::from_raw(raw, keep))
}

/// What a texture is to OpenGL; valid as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeTexture {
    /// Of `glGenTextures`; the texture's.
    pub name: u32,
    /// `GL_TEXTURE_2D`, ...
    pub target: u32,
    /// Sized internal format.
    pub internal_format: u32,
}

/// What a texture is to OpenGL.
///
/// # Errors
/// `DeviceMismatch` (not an OpenGL texture).
pub fn native(texture: &Texture) -> Result<NativeTexture> {
    // SAFETY: the texture is alive, `out` is a struct with its size set.
    let raw = filled::<sys::geyser_opengl_native_texture>(|out| unsafe { sys::geyser_opengl_texture_native(texture.as_raw(), out) })?;
    Ok(NativeTexture { name: raw.name, target: raw.target, internal_format: raw.internal_format })
}

/// The semaphore object; 0 for a host timeline.
///
/// # Errors
/// `DeviceMismatch`.
pub fn semaphore_native(semaphore: &Semaphore) -> Result<u32> {
    // SAFETY: the semaphore is alive.
    written(|out| unsafe { sys::geyser_opengl_semaphore_native(semaphore.as_raw(), out) })
}

/// Makes OpenGL's commands from here on wait for what the access waits for.
///
/// # Errors
/// `DeviceMismatch`, `InvalidState` (the context is not current here), `TimedOut`, `DeviceLost`.
pub fn acquire(access: &Access<'_>) -> Result<()> {
    // SAFETY: the access is alive; that the context is current is checked.
    check(unsafe { sys::geyser_opengl_acquire(access.as_raw()) })
}

/// Signals behind all commands so far; the access remembers `layout` ([`Layout::Undefined`]: general) for its end.
///
/// # Errors
/// As [`acquire`].
pub fn release(access: &Access<'_>, layout: Layout) -> Result<()> {
    // SAFETY: the access is alive; that the context is current is checked.
    check(unsafe { sys::geyser_opengl_release(access.as_raw(), layout.as_raw()) })
}
