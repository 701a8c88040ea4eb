//! Making wgpu devices that can share textures.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

use ash::vk;
use geyser::{Error, ErrorKind, Result};
use wgpu::hal::{self, api::Vulkan};
use wgpu::{Adapter, Device, DeviceDescriptor, Queue};

use crate::Context;
use crate::queue_lock::{self, Functions, lock_of};

/// Queues of one family that a device may be made with here; NVIDIA has 16.
const MOST_QUEUES: usize = 64;
static PRIORITIES: [f32; MOST_QUEUES] = [1.0; MOST_QUEUES];

/// The family that wgpu takes its queue from.
const FAMILY: u32 = 0;

/// What [`configure_device`] did to a device, for [`Context::adopt`]. Clones share it.
///
/// Threading: `Send` and `Sync`, a lock is inside. One setup is for one device: configuring another one replaces what was recorded.
#[derive(Clone, Debug, Default)]
pub struct DeviceSetup {
    recorded: Arc<Mutex<Option<Recorded>>>,
}

/// What a device was made with, beyond what wgpu itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The index of a queue of family 0 that is Geyser's alone; `None`: there was no second one.
    pub own_queue: Option<u32>,
    /// wgpu's submits lock the queue by themselves.
    pub locks_inside: bool,
}

impl DeviceSetup {
    /// A setup that nothing was recorded in yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn get(&self) -> Option<Recorded> {
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, recorded: Recorded) {
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(recorded);
    }

    /// Adds what Geyser needs to a device that is being made: the recommended extensions that the adapter has, and a second queue of family 0 where
    /// there is one, so that Geyser's copies never contend with the program's submits.
    ///
    /// For the callback of `wgpu::hal::vulkan::Adapter::open_with_callback`, and for Bevy's `RawVulkanInitSettings::add_create_device_callback`,
    /// whose rules it keeps: it removes nothing, and enables only what the device has.
    ///
    /// What it did is recorded in this setup; give that to [`Context::adopt`] with the device.
    ///
    /// Threading: any thread. Errors: none; what the adapter lacks is left out, and [`Context::adopt`] says so.
    pub fn configure(&self, args: &mut hal::vulkan::CreateDeviceCallbackArgs<'_, '_, '_>, adapter: &hal::vulkan::Adapter) {
        let own_queue = plan(adapter, args.extensions, args.queue_create_infos);
        self.set(Recorded { own_queue, locks_inside: false });
    }
}

/// [`DeviceSetup::configure`] as a function.
pub fn configure_device(setup: &DeviceSetup, args: &mut hal::vulkan::CreateDeviceCallbackArgs<'_, '_, '_>, adapter: &hal::vulkan::Adapter) {
    setup.configure(args, adapter);
}

/// Names of device extensions that Geyser uses where they are present; none of a library without Vulkan, and making the context says so.
pub(crate) fn recommended_extensions() -> &'static [&'static CStr] {
    geyser::vulkan::recommended_device_extensions().unwrap_or(&[])
}

/// Adds extensions and a queue; returns that queue's index.
fn plan<'a>(
    adapter: &hal::vulkan::Adapter,
    extensions: &mut Vec<&'static CStr>,
    queues: &mut Vec<vk::DeviceQueueCreateInfo<'a>>,
) -> Option<u32> {
    let capabilities = adapter.physical_device_capabilities();
    for &name in recommended_extensions() {
        if !extensions.contains(&name) && capabilities.supports_extension(name) {
            extensions.push(name);
        }
    }
    let raw = adapter.shared_instance().raw_instance();
    // SAFETY: the physical device belongs to this instance.
    let families = unsafe { raw.get_physical_device_queue_family_properties(adapter.raw_physical_device()) };
    let available = families.get(FAMILY as usize)?.queue_count.min(MOST_QUEUES as u32);
    // Protected and other special queues are made by flags; only plain ones are counted on here.
    let info = queues.iter_mut().find(|info| info.queue_family_index == FAMILY && info.flags.is_empty())?;
    let taken = info.queue_count;
    if taken >= available {
        return None;
    }
    // Priorities of queues that others asked for are kept where they fit into the table, which is of equal ones; Vulkan promises nothing by them.
    *info = vk::DeviceQueueCreateInfo { queue_count: taken + 1, p_queue_priorities: PRIORITIES.as_ptr(), ..*info };
    Some(taken)
}

fn hal_error(what: &str, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::UnsupportedFeature, format!("{what} failed: {error}."))
}

/// Makes a wgpu device that can share textures, its queue, and the context that shares them.
///
/// As `Adapter::request_device`, with Geyser's extensions and, where the device has more than one queue, a queue for Geyser's own submits. With one
/// queue only (software drivers) wgpu's submits and Geyser's exclude each other by a lock inside, whatever thread they come from.
///
/// Ownership: all three are the caller's; the context keeps the device alive. Threading: any thread.
///
/// # Errors
/// `UnsupportedFeature`: the adapter is not of the Vulkan backend, lacks a feature or limit of the descriptor, or an extension without which
/// nothing can be shared (the message names it). `DeviceLost`, `OutOfMemory`.
pub fn request_device(adapter: &Adapter, descriptor: &DeviceDescriptor<'_>) -> Result<(Device, Queue, Context)> {
    let missing = descriptor.required_features - adapter.features();
    if !missing.is_empty() {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            format!("The adapter {} lacks the features {missing:?}; leave them out, or choose another adapter.", adapter.get_info().name),
        ));
    }
    let mut beyond = Vec::new();
    descriptor.required_limits.check_limits_with_fail_fn(&adapter.limits(), false, |name, wanted, allowed| {
        beyond.push(format!("{name} {wanted} (at most {allowed})"));
    });
    if !beyond.is_empty() {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            format!(
                "The adapter {} lacks the limits {}; ask for less, or choose another adapter.",
                adapter.get_info().name,
                beyond.join(", ")
            ),
        ));
    }
    let setup = DeviceSetup::new();
    let open = open(adapter, descriptor, &setup)?;
    // SAFETY: the device was made from this adapter with the descriptor's features.
    let (device, queue) =
        unsafe { adapter.create_device_from_hal(open, descriptor) }.map_err(|error| hal_error("Making the wgpu device", error))?;
    // SAFETY: `setup` recorded how this device was made, and its submits lock the queue where that is needed.
    let context = unsafe { Context::adopt(adapter, &device, &queue, Some(&setup)) }?;
    Ok((device, queue, context))
}

fn open(adapter: &Adapter, descriptor: &DeviceDescriptor<'_>, setup: &DeviceSetup) -> Result<hal::OpenDevice<Vulkan>> {
    // SAFETY: the adapter is only asked, and nothing of it is destroyed.
    let guard = unsafe { adapter.as_hal::<Vulkan>() }.ok_or_else(|| not_vulkan(adapter))?;
    let features = descriptor.required_features;
    let mut extensions = guard.required_device_extensions(features);
    let mut enabled = guard.physical_device_features(&extensions, features);
    let mut queues = vec![vk::DeviceQueueCreateInfo {
        queue_family_index: FAMILY,
        queue_count: 1,
        p_queue_priorities: PRIORITIES.as_ptr(),
        ..Default::default()
    }];
    let own_queue = plan(&guard, &mut extensions, &mut queues);
    let names: Vec<*const std::ffi::c_char> = extensions.iter().map(|name| name.as_ptr()).collect();
    let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_extension_names(&names);
    let info = enabled.add_to_device_create(info);
    let instance = guard.shared_instance().raw_instance();
    // SAFETY: the extensions and features are those that wgpu asks for and those of Geyser that the device has; no pointer outlives the call.
    let made = unsafe { instance.create_device(guard.raw_physical_device(), &info, None) };
    let made = made.map_err(|result| {
        let kind = match result {
            vk::Result::ERROR_OUT_OF_HOST_MEMORY | vk::Result::ERROR_OUT_OF_DEVICE_MEMORY => ErrorKind::OutOfMemory,
            vk::Result::ERROR_DEVICE_LOST | vk::Result::ERROR_INITIALIZATION_FAILED => ErrorKind::DeviceLost,
            _ => ErrorKind::UnsupportedFeature,
        };
        Error::new(kind, format!("vkCreateDevice answers {result:?} for {}.", adapter.get_info().name))
    })?;
    let locks_inside = own_queue.is_none();
    let device = if locks_inside { with_locked_queue(instance, made) } else { made };
    setup.set(Recorded { own_queue, locks_inside });
    // SAFETY: the device was made just now from this adapter with these extensions, features and queue; wgpu takes it over.
    let opened = unsafe {
        guard.device_from_raw(device, None, &extensions, features, &descriptor.required_limits, &descriptor.memory_hints, FAMILY, 0)
    };
    opened.map_err(|error| hal_error("Opening the Vulkan device", error))
}

/// The device with a function table whose queue functions lock the queue. Everything else is the driver's.
fn with_locked_queue(instance: &ash::Instance, device: ash::Device) -> ash::Device {
    // SAFETY: the family has a queue with index 0: the device was made with it.
    let queue = unsafe { device.get_device_queue(FAMILY, 0) };
    let real = device.fp_v1_0();
    lock_of(queue).set_functions(Functions { submit: real.queue_submit, wait_idle: real.queue_wait_idle });
    let load = instance.fp_v1_0().get_device_proc_addr;
    let handle = device.handle();
    let find = |name: &CStr| -> *const std::ffi::c_void {
        match name.to_bytes() {
            b"vkQueueSubmit" => queue_lock::queue_submit as *const std::ffi::c_void,
            b"vkQueueWaitIdle" => queue_lock::queue_wait_idle as *const std::ffi::c_void,
            // SAFETY: the device is alive and the name ends with a zero byte.
            _ => unsafe { load(handle, name.as_ptr()) }.map_or(std::ptr::null(), |function| function as *const std::ffi::c_void),
        }
    };
    // SAFETY: each name gets the device's own function, or one of the same type that calls it.
    unsafe { ash::Device::load_with(find, handle) }
}

pub(crate) fn not_vulkan(adapter: &Adapter) -> Error {
    let info = adapter.get_info();
    Error::new(
        ErrorKind::UnsupportedFeature,
        format!(
            "The adapter {} is of wgpu's backend {:?}, and only Vulkan shares textures; make the instance with Backends::VULKAN.",
            info.name, info.backend
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QueueSharing;
    use geyser::{Format, FrameMetadata, PublisherOptions, SubscriberOptions, TextureDescriptor, Usage};
    use std::time::Duration;

    /// Software drivers have one queue, so that the way for devices with more is not taken there. Here the one queue is given out as Geyser's own;
    /// wgpu's submits lock it inside, which keeps that sound.
    fn with_own_queue(adapter: &Adapter) -> Context {
        let setup = DeviceSetup::new();
        let descriptor = DeviceDescriptor::default();
        let opened = open(adapter, &descriptor, &setup).unwrap();
        let recorded = setup.get().unwrap();
        if recorded.own_queue.is_none() {
            setup.set(Recorded { own_queue: Some(0), locks_inside: true });
        }
        // SAFETY: made from this adapter; queue 0 exists, and is locked by both of its users.
        unsafe {
            let (device, queue) = adapter.create_device_from_hal(opened, &descriptor).unwrap();
            Context::adopt(adapter, &device, &queue, Some(&setup)).unwrap()
        }
    }

    #[test]
    fn streams_work_with_a_queue_of_geysers_own() {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
        let Some(adapter) = adapters.first() else {
            eprintln!("skipped: no Vulkan device");
            return;
        };
        let (here, there) = (with_own_queue(adapter), with_own_queue(adapter));
        assert_eq!(here.queue_sharing(), QueueSharing::OwnQueue);
        let folder = std::env::temp_dir().join(format!("geyser-wgpu-own-queue-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let texture =
            |side| TextureDescriptor::new(side, side, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT);
        let described = texture(16);
        let options = PublisherOptions { directory: Some(&folder), ..PublisherOptions::new("own-queue", &described) };
        let mut publisher = here.publisher(&options).unwrap();
        let options = SubscriberOptions { directory: Some(&folder), ..Default::default() };
        let mut subscriber = there.subscriber("own-queue", &options).unwrap();
        let wait = Duration::from_secs(20);
        for number in 1..=200_u32 {
            if number % 50 == 0 {
                publisher.reconfigure(&texture(16 + number / 50)).unwrap();
            }
            let published = if number % 2 == 0 {
                publisher.begin_frame(wait).unwrap().publish(&FrameMetadata::default())
            } else {
                publisher.begin_deferred(wait).unwrap().publish_with([], &FrameMetadata::default())
            };
            assert_eq!(published.unwrap(), u64::from(number));
            let frame = subscriber.acquire(wait).unwrap();
            assert_eq!((frame.info().number, frame.texture().width()), (u64::from(number), 16 + number / 50));
        }
        drop((publisher, subscriber));
        std::fs::remove_dir_all(&folder).unwrap();
        for context in [&here, &there] {
            context.device().poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(wait) }).unwrap();
        }
    }
}
