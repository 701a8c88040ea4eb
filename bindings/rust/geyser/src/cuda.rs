//! CUDA (driver API): a manager on the program's context, and its textures as arrays, surfaces and linear memory. Contexts, streams and arrays
//! are `*mut c_void`, device pointers `u64`.

use std::{any::Any, ffi::c_void, ptr, sync::Arc};

use geyser_sys::{self as sys, Sized32};

use crate::manager::RawManager;
use crate::support::{check, filled, flag, owner, written};
use crate::{Access, DeviceIdentity, Layout, Manager, Result, Texture, Uuid};

owner!(RawDeviceList, geyser_cuda_device_list, geyser_cuda_device_list_destroy);

/// The devices that `libcuda.so.1` shows, by their ordinals.
///
/// # Errors
/// `NotFound` (no driver), `OsError`, `UnsupportedFeature`.
pub fn enumerate_devices() -> Result<Vec<(i32, DeviceIdentity)>> {
    // SAFETY: a place for the list.
    let list = RawDeviceList::made(|out| unsafe { sys::geyser_cuda_enumerate_devices(out) })?;
    // SAFETY: the list is alive.
    let count = written::<u32>(|out| unsafe { sys::geyser_cuda_device_list_count(list.as_ptr(), out) })?;
    let mut all = Vec::with_capacity(count as usize);
    for index in 0..count {
        let mut ordinal = 0;
        // SAFETY: the list is alive, `out` is a struct with its size set.
        let identity = filled::<sys::geyser_device_identity>(|out| unsafe {
            sys::geyser_cuda_device_list_at(list.as_ptr(), index, &mut ordinal, out)
        })?;
        all.push((ordinal, DeviceIdentity::from_c(&identity)));
    }
    Ok(all)
}

/// A context, or which device's.
#[derive(Clone)]
pub struct AdoptInfo<'a> {
    /// Without a context: the device with this UUID; `None`: device 0. With one it must match.
    pub device: Option<Uuid>,
    /// `CUcontext`; null: the current one, else the primary context of the device.
    pub context: *mut c_void,
    /// `CUstream`: where the library's own copies run; null: the legacy default stream.
    pub stream: *mut c_void,
    /// Makes what CUDA cannot; on the same device.
    pub partner: Option<&'a Manager>,
    /// Dropped after the manager and everything that it made: whatever owns the context.
    pub keep_alive: Option<Arc<dyn Any + Send + Sync>>,
}

impl Default for AdoptInfo<'_> {
    fn default() -> Self {
        Self { device: None, context: ptr::null_mut(), stream: ptr::null_mut(), partner: None, keep_alive: None }
    }
}

/// A manager on a context.
///
/// # Safety
/// Context and stream, where given, are CUDA's, belong together, and live until [`AdoptInfo::keep_alive`] is dropped; without one, until the
/// manager and everything that was made from it are gone.
///
/// # Errors
/// `NotFound`, `DeviceMismatch`, `UnsupportedFeature`, `OutOfMemory`.
pub unsafe fn create_manager(info: &AdoptInfo<'_>) -> Result<Manager> {
    let mut raw = sys::geyser_cuda_adopt_info::sized();
    raw.has_device = flag(info.device.is_some());
    raw.device = info.device.unwrap_or_default().to_c();
    raw.context = info.context;
    raw.stream = info.stream;
    raw.partner = info.partner.map_or(ptr::null(), |partner| partner.as_raw().cast_const());
    let mut keep: Vec<Arc<dyn Any + Send + Sync>> = info.keep_alive.iter().cloned().collect();
    if let Some(partner) = info.partner {
        keep.push(Arc::new(partner.clone()));
    }
    // SAFETY: context and stream are as the caller promises, the partner is alive and kept.
    RawManager::made(|out| unsafe { sys::geyser_cuda_manager_create(&raw, out) }).map(|raw| Manager::from_raw(raw, keep))
}

/// Plain memory of a linear texture; valid as long as it lives, inside an open access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearMemory {
    /// `CUdeviceptr` of the first byte of row 0.
    pub pointer: u64,
    /// Bytes from one row of blocks to the next.
    pub row_pitch: u64,
    /// Bytes from one layer or depth slice to the next.
    pub slice_pitch: u64,
    /// From `pointer` to the end of the last row.
    pub bytes: u64,
}

/// Mip level 0 of a plane as plain memory.
///
/// # Errors
/// `DeviceMismatch`, `InvalidState` (the texture is tiled), `InvalidArgument` (plane).
pub fn linear_memory(texture: &Texture, plane: u32) -> Result<LinearMemory> {
    // SAFETY: the texture is alive, `out` is a struct with its size set.
    let raw =
        filled::<sys::geyser_cuda_linear_memory>(|out| unsafe { sys::geyser_cuda_texture_linear_memory(texture.as_raw(), plane, out) })?;
    Ok(LinearMemory { pointer: raw.pointer, row_pitch: raw.row_pitch, slice_pitch: raw.slice_pitch, bytes: raw.bytes })
}

/// Whether [`linear_memory`] will answer.
///
/// # Errors
/// `DeviceMismatch`.
pub fn is_linear(texture: &Texture) -> Result<bool> {
    // SAFETY: the texture is alive.
    Ok(written::<u32>(|out| unsafe { sys::geyser_cuda_texture_is_linear(texture.as_raw(), out) })? != 0)
}

/// One mip level of a tiled texture as `CUarray`; the texture's.
///
/// # Errors
/// `DeviceMismatch`, `InvalidState` (linear), `InvalidArgument` (no such level).
pub fn array(texture: &Texture, mip_level: u32) -> Result<*mut c_void> {
    let mut out = ptr::null_mut();
    // SAFETY: the texture is alive.
    check(unsafe { sys::geyser_cuda_texture_array(texture.as_raw(), mip_level, &mut out) })?;
    Ok(out)
}

/// `CUsurfObject` of a mip level, kept by the texture.
///
/// # Errors
/// As [`array()`], `UnsupportedFormat`.
pub fn surface(texture: &Texture, mip_level: u32) -> Result<u64> {
    // SAFETY: the texture is alive.
    written(|out| unsafe { sys::geyser_cuda_texture_surface(texture.as_raw(), mip_level, out) })
}

/// How a texture object samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampling {
    /// Between texels.
    pub linear_filter: bool,
    /// 0 to 1.
    pub normalized_coordinates: bool,
    /// Integers as 0 to 1.
    pub read_as_float: bool,
    /// Needs `normalized_coordinates`; else clamped to the edge.
    pub repeat: bool,
}

/// `CUtexObject`, kept by the texture, one for each sampling.
///
/// # Errors
/// As [`array()`].
pub fn texture_object(texture: &Texture, sampling: &Sampling) -> Result<u64> {
    let mut raw = sys::geyser_cuda_sampling::sized();
    raw.linear_filter = flag(sampling.linear_filter);
    raw.normalized_coordinates = flag(sampling.normalized_coordinates);
    raw.read_as_float = flag(sampling.read_as_float);
    raw.repeat = flag(sampling.repeat);
    // SAFETY: the texture is alive, the sampling lives during the call.
    written(|out| unsafe { sys::geyser_cuda_texture_object(texture.as_raw(), &raw, out) })
}

/// Makes a `CUstream` wait for what the access waits for.
///
/// # Safety
/// `stream` is null or a stream of the texture's context.
///
/// # Errors
/// `DeviceMismatch`, `TimedOut`, `DeviceLost`.
pub unsafe fn acquire(access: &Access<'_>, stream: *mut c_void) -> Result<()> {
    // SAFETY: the access is alive, the stream is as the caller promises.
    check(unsafe { sys::geyser_cuda_acquire(access.as_raw(), stream) })
}

/// Signals behind all work of the stream so far; the access remembers `layout` ([`Layout::Undefined`]: general) for its end.
///
/// # Safety
/// As [`acquire`].
///
/// # Errors
/// As [`acquire`].
pub unsafe fn release(access: &Access<'_>, stream: *mut c_void, layout: Layout) -> Result<()> {
    // SAFETY: the access is alive, the stream is as the caller promises.
    check(unsafe { sys::geyser_cuda_release(access.as_raw(), stream, layout.as_raw()) })
}
