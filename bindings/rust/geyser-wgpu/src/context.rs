//! The tie between a wgpu device and Geyser: [`Context`].

use std::ffi::{CStr, c_void};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use ash::vk::{self, Handle};
use geyser::vulkan::{AdoptInfo, Function, create_manager};
use geyser::{Error, ErrorKind, Manager, Result};
use wgpu::hal::api::Vulkan;
use wgpu::{Adapter, CommandBuffer, Device, ErrorFilter, Queue, SubmissionIndex};

use crate::device::{DeviceSetup, Recorded, not_vulkan, recommended_extensions};
use crate::graveyard::Graveyard;
use crate::queue_lock::{Held, QueueLock, Shared, lock_of};

/// Memory and semaphores that cross. Without the first nothing does; the second is needed where the driver has it, since every frame would go through
/// a counter on the CPU otherwise.
#[cfg(not(windows))]
const NEEDED: [&CStr; 2] = [c"VK_KHR_external_memory_fd", c"VK_KHR_external_semaphore_fd"];
#[cfg(windows)]
const NEEDED: [&CStr; 2] = [c"VK_KHR_external_memory_win32", c"VK_KHR_external_semaphore_win32"];

/// How wgpu's submits and Geyser's own (copies for readers on other devices, uploads, read-backs) keep off each other's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueSharing {
    /// Geyser has a queue of its own; nothing to observe.
    OwnQueue,
    /// One queue, and wgpu's submits lock it by themselves: the device is of [`request_device`](crate::request_device). Nothing to observe, but for
    /// `Queue::present`, which does not lock: hold [`Context::lock_queue`] around it.
    LockedInside,
    /// One queue: every use of it by the program must be through [`Context::submit`], or while [`Context::lock_queue`] is held.
    CallerLocks,
}

/// A wgpu device that shares textures.
///
/// Ownership: a reference; clones are to the same context. It keeps the wgpu device alive, and everything made from it keeps it.
/// Threading: `Send` and `Sync`; any number of threads may use it at once.
///
/// While a frame or an access is open, other threads that submit to the same wgpu queue shall do so through [`submit`](Self::submit): a signal that
/// is ready for the next submit would otherwise go out with theirs, before the frame is finished.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    manager: Manager,
    graveyard: Arc<Graveyard>,
    adapter: Adapter,
    device: Device,
    queue: Queue,
    /// Held from staging semaphores to the submit that takes them.
    turn: QueueLock,
    /// The lock of wgpu's queue.
    queue_lock: &'static QueueLock,
    sharing: QueueSharing,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.graveyard.close();
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Context").field("device", &self.inner.device).field("sharing", &self.inner.sharing).finish_non_exhaustive()
    }
}

/// Holds wgpu's queue; Geyser's submits wait. In the thread that took it.
#[must_use = "the queue is free again when this goes"]
pub struct QueueGuard<'a> {
    // In the order of dropping: the lock that was taken last goes first.
    _queue: Option<Held<'static>>,
    _turn: Held<'a>,
}

impl Context {
    /// A context for a device that the program (or an engine) made by itself.
    ///
    /// `setup` is the one that [`DeviceSetup::configure`] was called on when this device was made; `None` for a device that was made without, which
    /// must have the extensions all the same.
    ///
    /// # Errors
    /// `UnsupportedFeature`: the device is not of the Vulkan backend; it was made without an extension that is needed (the message names it and says
    /// how to get it); it has no timeline semaphores; the library was built without Vulkan; its Vulkan is below 1.1. `OutOfMemory`.
    ///
    /// # Safety
    /// - `device` and `queue` belong together and were made from `adapter`.
    /// - `setup`, when given, configured this device and no other after it.
    /// - Where [`queue_sharing`](Self::queue_sharing) answers [`QueueSharing::CallerLocks`], the program uses the queue as is said there, as long as
    ///   the context or anything made from it exists.
    pub unsafe fn adopt(adapter: &Adapter, device: &Device, queue: &Queue, setup: Option<&DeviceSetup>) -> Result<Self> {
        // SAFETY: the hal objects are only asked, and nothing of them is destroyed.
        let hal_adapter = unsafe { adapter.as_hal::<Vulkan>() }.ok_or_else(|| not_vulkan(adapter))?;
        // SAFETY: as above.
        let hal_device = unsafe { device.as_hal::<Vulkan>() }.ok_or_else(|| not_vulkan(adapter))?;
        let enabled = hal_device.enabled_device_extensions();
        check_extensions(adapter, &hal_adapter, enabled)?;
        let raw = hal_device.raw_device();
        let family = hal_device.queue_family_index();
        let recorded = setup.and_then(DeviceSetup::get).unwrap_or(Recorded { own_queue: None, locks_inside: false });
        let wgpu_queue = hal_device.raw_queue();
        let geyser_queue = match recorded.own_queue {
            // SAFETY: the device was made with that queue, as `setup` recorded and the caller promises.
            Some(index) => unsafe { raw.get_device_queue(family, index) },
            None => wgpu_queue,
        };
        let sharing = match recorded {
            Recorded { own_queue: Some(_), .. } => QueueSharing::OwnQueue,
            Recorded { locks_inside: true, .. } => QueueSharing::LockedInside,
            Recorded { .. } => QueueSharing::CallerLocks,
        };
        let shared = hal_device.shared_instance();
        // SAFETY: one pointer to a function as another; the library calls it as what it is.
        let get_instance_proc_addr =
            unsafe { std::mem::transmute::<vk::PFN_vkGetInstanceProcAddr, Function>(shared.entry().static_fn().get_instance_proc_addr) };
        let info = AdoptInfo {
            instance: shared.raw_instance().handle().as_raw() as *mut c_void,
            physical_device: hal_device.raw_physical_device().as_raw() as *mut c_void,
            device: raw.handle().as_raw() as *mut c_void,
            queue: geyser_queue.as_raw() as *mut c_void,
            queue_family_index: family,
            api_version: shared.instance_api_version(),
            get_instance_proc_addr: Some(get_instance_proc_addr),
            enabled_device_extensions: enabled,
            timeline_semaphore_enabled: true, // checked above
            queue_lock: Some(Arc::new(Shared(lock_of(geyser_queue)))),
            keep_alive: Some(Arc::new(device.clone())),
        };
        // SAFETY: the handles belong together, and the device was made with what is named, as wgpu tells. The wgpu device, which keeps its instance,
        // is kept. The queue is Geyser's own, or is locked by whoever uses it, as the caller promises where wgpu does not do so.
        let manager = unsafe { create_manager(&info) }?;
        let inner = Inner {
            manager,
            graveyard: Arc::default(),
            adapter: adapter.clone(),
            device: device.clone(),
            queue: queue.clone(),
            turn: QueueLock::new(),
            queue_lock: lock_of(wgpu_queue),
            sharing,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Geyser's manager on this device: capabilities, negotiation, uploads and read-backs, channels. Its objects keep the wgpu device alive.
    pub fn manager(&self) -> &Manager {
        &self.inner.manager
    }

    /// The wgpu device.
    pub fn device(&self) -> &Device {
        &self.inner.device
    }

    /// The wgpu queue.
    pub fn queue(&self) -> &Queue {
        &self.inner.queue
    }

    pub(crate) fn adapter(&self) -> &Adapter {
        &self.inner.adapter
    }

    pub(crate) fn graveyard(&self) -> &Arc<Graveyard> {
        &self.inner.graveyard
    }

    /// What the program must observe when it uses the queue.
    pub fn queue_sharing(&self) -> QueueSharing {
        self.inner.sharing
    }

    /// `Queue::submit` while nobody else submits through this context. Threading: any thread. Errors: as wgpu's own, to the device's error scopes.
    pub fn submit(&self, command_buffers: impl IntoIterator<Item = CommandBuffer>) -> SubmissionIndex {
        let _guard = self.lock_queue();
        self.inner.queue.submit(command_buffers)
    }

    /// Keeps Geyser (where the queue is shared) and other threads' [`submit`](Self::submit) off the queue until the guard goes. The same thread may
    /// take it again. Do not wait for another thread's use of this context meanwhile.
    pub fn lock_queue(&self) -> QueueGuard<'_> {
        let turn = self.inner.turn.hold();
        let queue = match self.inner.sharing {
            QueueSharing::CallerLocks => Some(self.inner.queue_lock.hold()),
            // Inside wgpu's submit the lock is taken by itself; taking it here first would turn the order of wgpu's locks and this one around.
            QueueSharing::OwnQueue | QueueSharing::LockedInside => None,
        };
        QueueGuard { _queue: queue, _turn: turn }
    }

    /// Runs calls of wgpu whose errors shall come back, instead of reaching the program's handler, which panics unless it set another one.
    pub(crate) fn scoped<T>(&self, calls: impl FnOnce(&Device) -> T) -> Result<T> {
        let device = &self.inner.device;
        let scopes =
            [ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation].map(|filter| device.push_error_scope(filter));
        let value = calls(device);
        let mut first = None;
        for scope in scopes.into_iter().rev() {
            // Natively the future has its answer from the beginning.
            if let Poll::Ready(Some(error)) = pin!(scope.pop()).poll(&mut std::task::Context::from_waker(Waker::noop())) {
                first.get_or_insert(error);
            }
        }
        match first {
            None => Ok(value),
            Some(error @ wgpu::Error::OutOfMemory { .. }) => Err(Error::new(ErrorKind::OutOfMemory, format!("wgpu says: {error}."))),
            Some(error) => Err(Error::new(ErrorKind::InvalidArgument, format!("wgpu refuses it: {error}"))),
        }
    }
}

fn check_extensions(adapter: &Adapter, hal: &wgpu::hal::vulkan::Adapter, enabled: &[&'static CStr]) -> Result<()> {
    let device = adapter.get_info().name;
    let can = hal.physical_device_capabilities();
    if !can.supports_extension(NEEDED[0]) {
        let name = NEEDED[0].to_string_lossy();
        let message = format!("The driver of {device} has no {name}, without which no texture can be shared.");
        return Err(Error::new(ErrorKind::UnsupportedFeature, message));
    }
    let left_out = |name: &&&CStr| !enabled.contains(name) && can.supports_extension(name);
    let left_out: Vec<_> = NEEDED.iter().filter(left_out).map(|name| name.to_string_lossy()).collect();
    if !left_out.is_empty() {
        let message = format!(
            "The wgpu device on {device} was made without {}; make it by geyser_wgpu::request_device(), or call \
             geyser_wgpu::configure_device() in the callback of open_with_callback().",
            left_out.join(", ")
        );
        return Err(Error::new(ErrorKind::UnsupportedFeature, message));
    }
    if !has_timelines(hal, enabled) {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            format!("The driver of {device} has no timeline semaphores (Vulkan 1.2, or VK_KHR_timeline_semaphore), which sharing needs."),
        ));
    }
    if recommended_extensions().is_empty() {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            "This libgeyser was built without Vulkan; build it with GEYSER_WITH_VULKAN=ON.",
        ));
    }
    Ok(())
}

/// Whether wgpu made the device with the feature timelineSemaphore: it does wherever the device has it.
fn has_timelines(adapter: &wgpu::hal::vulkan::Adapter, enabled: &[&'static CStr]) -> bool {
    let shared = adapter.shared_instance();
    let version = shared.instance_api_version().min(adapter.physical_device_capabilities().properties().api_version);
    if version < vk::API_VERSION_1_1 || (version < vk::API_VERSION_1_2 && !enabled.contains(&ash::khr::timeline_semaphore::NAME)) {
        return false;
    }
    let mut timeline = vk::PhysicalDeviceTimelineSemaphoreFeatures::default();
    let mut features = vk::PhysicalDeviceFeatures2::default().push_next(&mut timeline);
    // SAFETY: Vulkan 1.1 has the function; the physical device belongs to the instance.
    unsafe { shared.raw_instance().get_physical_device_features2(adapter.raw_physical_device(), &mut features) };
    timeline.timeline_semaphore == vk::TRUE
}
