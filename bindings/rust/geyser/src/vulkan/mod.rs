//! Vulkan: a manager on the program's own device, or on one that the library makes; what a texture is to Vulkan; barriers and submits.
//!
//! No crate for Vulkan is needed: dispatchable handles are `*mut c_void`, the others `u64`, enumerants are numbers. With `ash`:
//! `vk::Image::from_raw(native.image)`, `device.handle().as_raw() as *mut c_void`.

mod device;
mod fence;
mod submit;

pub use device::{Device, DeviceOptions, DeviceSummary, NativeDevice, enumerate_devices};
pub use fence::{Fence, FenceHandle, FenceType, HostBuffer, copy_from_texture, copy_to_texture, host_memory_alignment};
pub use submit::{SubmitArrays, SubmitInfo, submit};

use std::{
    any::Any,
    cell::RefCell,
    ffi::{CStr, c_void},
    ptr,
    sync::Arc,
};

use geyser_sys::{self as sys, Sized32};

use crate::manager::RawManager;
use crate::support::{check, contained, count, filled, flag, written};
use crate::{Access, Format, Layout, Manager, Result, Semaphore, Texture};

/// A function of Vulkan, as `vkGetInstanceProcAddr` gives it: to be cast to what it is.
pub type Function = unsafe extern "C" fn();

/// Around every use of a queue that the program uses too: the manager's submits and waits come from any thread.
///
/// The two are called in pairs, by one thread each time. They must not call the library. A panic goes no further: after one in `lock` the
/// queue is used without the lock, and `unlock` is not called.
pub trait QueueLock: Send + Sync {
    /// Waits until nobody else uses the queue.
    fn lock(&self);
    /// Lets others use it.
    fn unlock(&self);
}

/// A device that the program made.
#[derive(Clone)]
pub struct AdoptInfo<'a> {
    /// `VkInstance`
    pub instance: *mut c_void,
    /// `VkPhysicalDevice`
    pub physical_device: *mut c_void,
    /// `VkDevice`
    pub device: *mut c_void,
    /// `VkQueue`
    pub queue: *mut c_void,
    /// The queue's family.
    pub queue_family_index: u32,
    /// `VkApplicationInfo::apiVersion` of the instance; 0: 1.1.
    pub api_version: u32,
    /// `vkGetInstanceProcAddr`
    pub get_instance_proc_addr: Option<Function>,
    /// Those that were enabled.
    pub enabled_device_extensions: &'a [&'a CStr],
    /// The feature `timelineSemaphore` was enabled.
    pub timeline_semaphore_enabled: bool,
    /// `None`: nobody else uses the queue meanwhile.
    pub queue_lock: Option<Arc<dyn QueueLock>>,
    /// Dropped after the manager and everything that it made: whatever owns the device.
    pub keep_alive: Option<Arc<dyn Any + Send + Sync>>,
}

/// Device extensions that the library uses where present.
///
/// # Errors
/// None of a library that has Vulkan; `UnsupportedFeature` of one that has not.
pub fn recommended_device_extensions() -> Result<&'static [&'static CStr]> {
    static ALL: std::sync::OnceLock<Vec<&'static CStr>> = std::sync::OnceLock::new();
    let (mut names, mut number) = (ptr::null(), 0);
    // SAFETY: places for the list and its length.
    check(unsafe { sys::geyser_vulkan_recommended_device_extensions(&mut names, &mut number) })?;
    // SAFETY: that many names, all in static storage.
    Ok(ALL.get_or_init(|| unsafe { (0..number as usize).map(|index| CStr::from_ptr(*names.add(index))).collect() }))
}

/// A manager on the program's own device.
///
/// # Safety
/// The handles belong together, and the extensions and features that are named were enabled at creation. Device and instance live until
/// [`AdoptInfo::keep_alive`] is dropped; without one, until the manager and everything that was made from it are gone. Without a
/// [`QueueLock`] nobody else uses the queue while the manager or anything made from it does; with one, nobody does without taking it, and nobody does after a panic in its `lock`.
///
/// # Errors
/// `InvalidArgument`, `UnsupportedFeature` (below Vulkan 1.1), `OutOfMemory`.
pub unsafe fn create_manager(info: &AdoptInfo<'_>) -> Result<Manager> {
    let extensions: Vec<_> = info.enabled_device_extensions.iter().map(|name| name.as_ptr()).collect();
    let mut keep: Vec<Arc<dyn Any + Send + Sync>> = Vec::new();
    let mut raw = sys::geyser_vulkan_adopt_info::sized();
    raw.api_version = info.api_version;
    raw.instance = info.instance;
    raw.physical_device = info.physical_device;
    raw.device = info.device;
    raw.queue = info.queue;
    raw.get_instance_proc_addr = info.get_instance_proc_addr;
    raw.enabled_device_extensions = extensions.as_ptr();
    raw.enabled_device_extension_count = count("enabled_device_extensions", extensions.len())?;
    raw.queue_family_index = info.queue_family_index;
    raw.timeline_semaphore_enabled = flag(info.timeline_semaphore_enabled);
    if let Some(lock) = &info.queue_lock {
        let user = Arc::new(LockUser(Arc::clone(lock)));
        raw.lock_queue = Some(lock_queue);
        raw.unlock_queue = Some(unlock_queue);
        raw.queue_user = Arc::as_ptr(&user).cast_mut().cast();
        keep.push(user);
    }
    keep.extend(info.keep_alive.clone());
    // SAFETY: the handles are as the caller promises; the list of extensions lives during the call, the lock as long as the manager and
    // everything made from it, since all of them keep it.
    RawManager::made(|out| unsafe { sys::geyser_vulkan_manager_create(&raw, out) }).map(|raw| Manager::from_raw(raw, keep))
}

struct LockUser(Arc<dyn QueueLock>);

thread_local! {
    /// Locks whose `lock` panicked in this thread, and whose `unlock` must therefore not be called.
    static NOT_LOCKED: RefCell<Vec<*mut c_void>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" fn lock_queue(user: *mut c_void) {
    // SAFETY: `user` is the lock of create_manager(), which lives as long as everything that calls this.
    let lock = unsafe { &*user.cast::<LockUser>() };
    if !contained(|| lock.0.lock()) {
        let _ = NOT_LOCKED.try_with(|all| all.borrow_mut().push(user));
    }
}

unsafe extern "C" fn unlock_queue(user: *mut c_void) {
    // SAFETY: as above.
    let lock = unsafe { &*user.cast::<LockUser>() };
    // In a thread that is ending there is no list any more, and nothing is borrowed: neither panics.
    let failed = NOT_LOCKED.try_with(|all| {
        let mut all = all.borrow_mut();
        all.iter().rposition(|other| *other == user).map(|index| all.remove(index))
    });
    if !matches!(failed, Ok(Some(_))) {
        contained(|| lock.0.unlock());
    }
}

/// The native objects of a texture; valid as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeTexture {
    /// `VkImage`
    pub image: u64,
    /// `VkDeviceMemory`
    pub memory: u64,
    /// Bytes.
    pub memory_offset: u64,
    /// Bytes.
    pub memory_size: u64,
    /// `VkFormat`
    pub format: u32,
    /// `VkImageType`
    pub image_type: u32,
    /// `VkImageTiling`
    pub tiling: u32,
    /// `VkImageUsageFlags`
    pub usage: u32,
    /// `VkImageCreateFlags`
    pub flags: u32,
    /// `VkImageAspectFlags`
    pub aspects: u32,
}

/// What a texture is to Vulkan.
///
/// # Errors
/// `DeviceMismatch` (not a Vulkan texture).
pub fn native(texture: &Texture) -> Result<NativeTexture> {
    // SAFETY: the texture is alive, `out` is a struct with its size set.
    let raw = filled::<sys::geyser_vulkan_native_texture>(|out| unsafe { sys::geyser_vulkan_texture_native(texture.as_raw(), out) })?;
    Ok(NativeTexture {
        image: raw.image,
        memory: raw.memory,
        memory_offset: raw.memory_offset,
        memory_size: raw.memory_size,
        format: raw.format,
        image_type: raw.type_,
        tiling: raw.tiling,
        usage: raw.usage,
        flags: raw.flags,
        aspects: raw.aspects,
    })
}

/// The `VkSemaphore` for submits of this device; of a host timeline good for waits only. Valid as long as the semaphore lives.
///
/// # Errors
/// `DeviceMismatch`.
pub fn semaphore_native(semaphore: &Semaphore) -> Result<u64> {
    // SAFETY: the semaphore is alive.
    written(|out| unsafe { sys::geyser_vulkan_semaphore_native(semaphore.as_raw(), out) })
}

/// Which view; the default: the whole texture in its own format and dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewInfo {
    /// `VkImageViewType`
    pub view_type: Option<u32>,
    /// [`Format::UNDEFINED`]: the texture's own; else its sRGB twin, or a plane's format.
    pub format: Format,
    /// `VkImageAspectFlags`; 0: all of a colour format, depth of depth + stencil.
    pub aspects: u32,
    /// The first level.
    pub base_mip_level: u32,
    /// 0: those that remain.
    pub mip_levels: u32,
    /// The first layer.
    pub base_array_layer: u32,
    /// 0: those that remain.
    pub array_layers: u32,
}

/// A `VkImageView`, made once and kept by the texture.
///
/// # Errors
/// `DeviceMismatch`, `InvalidArgument`, `OutOfMemory`.
pub fn view(texture: &Texture, info: &ViewInfo) -> Result<u64> {
    let mut raw = sys::geyser_vulkan_view_info::sized();
    raw.has_type = flag(info.view_type.is_some());
    raw.type_ = info.view_type.unwrap_or(0);
    raw.format = info.format.as_raw();
    raw.aspects = info.aspects;
    raw.base_mip_level = info.base_mip_level;
    raw.mip_levels = info.mip_levels;
    raw.base_array_layer = info.base_array_layer;
    raw.array_layers = info.array_layers;
    // SAFETY: the texture is alive; the info lives during the call.
    written(|out| unsafe { sys::geyser_vulkan_texture_view(texture.as_raw(), &raw, out) })
}

/// How the program's commands use the image. Zero: `GENERAL`, `ALL_COMMANDS`, `MEMORY_READ | MEMORY_WRITE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageUse {
    /// `VkImageLayout`
    pub layout: u32,
    /// `VkPipelineStageFlags`
    pub stages: u32,
    /// `VkAccessFlags`
    pub access: u32,
}

impl ImageUse {
    fn to_c(self) -> sys::geyser_vulkan_image_use {
        let mut raw = sys::geyser_vulkan_image_use::sized();
        (raw.layout, raw.stages, raw.access) = (self.layout, self.stages, self.access);
        raw
    }
}

/// Records the barrier that takes the image over into a `VkCommandBuffer`.
///
/// # Safety
/// `command_buffer` is of the texture's device, recording, outside a render pass, and used by no other thread.
///
/// # Errors
/// `DeviceMismatch`, `InvalidState`.
pub unsafe fn record_acquire(access: &Access<'_>, command_buffer: *mut c_void, image_use: &ImageUse) -> Result<()> {
    let image_use = image_use.to_c();
    // SAFETY: the access is alive, the command buffer is as the caller promises.
    check(unsafe { sys::geyser_vulkan_record_acquire(access.as_raw(), command_buffer, &image_use) })
}

/// Records the barrier that gives the image away in `layout` ([`Layout::Undefined`]: general), which [`Access::end`] takes from it.
///
/// # Safety
/// As [`record_acquire`].
///
/// # Errors
/// `DeviceMismatch`, `InvalidState` (without [`record_acquire`]).
pub unsafe fn record_release(access: &Access<'_>, command_buffer: *mut c_void, image_use: &ImageUse, layout: Layout) -> Result<()> {
    let image_use = image_use.to_c();
    // SAFETY: the access is alive, the command buffer is as the caller promises.
    check(unsafe { sys::geyser_vulkan_record_release(access.as_raw(), command_buffer, &image_use, layout.as_raw()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI32, Ordering};

    struct Panics(AtomicI32);
    impl QueueLock for Panics {
        fn lock(&self) {
            if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
                panic!("on purpose: the first lock of the test fails");
            }
        }
        fn unlock(&self) {
            self.0.fetch_add(100, Ordering::Relaxed);
            panic!("on purpose: every unlock of the test fails");
        }
    }

    #[test]
    fn panics_of_a_queue_lock_do_not_reach_c() {
        let lock = Arc::new(Panics(AtomicI32::new(0)));
        let user = LockUser(lock.clone());
        let pointer = ptr::from_ref(&user).cast_mut().cast::<c_void>();
        for _ in 0..2 {
            // SAFETY: the pointer is to the lock above.
            unsafe {
                lock_queue(pointer);
                unlock_queue(pointer);
            }
        }
        assert_eq!(lock.0.load(Ordering::Relaxed), 102, "two locks, and one unlock: that of the lock that succeeded");
        assert!(NOT_LOCKED.with_borrow(Vec::is_empty));
    }
}
