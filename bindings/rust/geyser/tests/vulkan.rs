//! Vulkan on lavapipe, with the validation layers: devices, an adopted device, the program's own commands and submits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{
    ffi::{CStr, c_void},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use ash::vk::{self, Handle};
use geyser::{
    AccessInfo, CreateOptions, ErrorKind, Features, Format, FrameMetadata, Layout, Manager, Publisher, PublisherOptions, Region,
    Subscriber, SubscriberOptions, TextureDescriptor, Usage,
    vulkan::{self, AdoptInfo, DeviceOptions, ImageUse, QueueLock, SubmitArrays, ViewInfo},
};

mod support;
use support::{Folder, LONG, lavapipe, vulkan_side};

const PIXELS: usize = 16 * 16 * 4;

/// A lock without a guard, as two functions need it; counts.
#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
    times: AtomicUsize,
}

impl QueueLock for Turn {
    fn lock(&self) {
        let mut taken = self.taken.lock().unwrap();
        while *taken {
            taken = self.free.wait(taken).unwrap();
        }
        *taken = true;
        self.times.fetch_add(1, Ordering::Relaxed);
    }
    fn unlock(&self) {
        *self.taken.lock().unwrap() = false;
        self.free.notify_one();
    }
}

/// Commands of the test's own, on a device that the library made and that is adopted as if the test had made it.
struct Own {
    commands: ash::Device,
    queue: vk::Queue,
    pool: vk::CommandPool,
    turn: Arc<Turn>,
    manager: Manager,
    kept: Arc<vulkan::Device>,
}

impl Own {
    fn new() -> Option<Self> {
        let device = Arc::new(lavapipe()?);
        let native = device.native().unwrap();
        let extensions: Vec<&CStr> = native.enabled_device_extensions.iter().map(|name| name.as_c_str()).collect();
        let turn = Arc::new(Turn::default());
        let info = AdoptInfo {
            instance: native.instance,
            physical_device: native.physical_device,
            device: native.device,
            queue: native.queue,
            queue_family_index: native.queue_family_index,
            api_version: native.api_version,
            get_instance_proc_addr: native.get_instance_proc_addr,
            enabled_device_extensions: &extensions,
            timeline_semaphore_enabled: native.timeline_semaphore_enabled,
            queue_lock: Some(turn.clone()),
            keep_alive: Some(device.clone()),
        };
        // SAFETY: the handles are one device's, which `keep_alive` keeps; no other manager is made from it, so that all use of its queue is under
        // `turn`.
        let manager = unsafe { vulkan::create_manager(&info) }.unwrap();
        // SAFETY: the function is vkGetInstanceProcAddr, whose type ash knows; instance and device live as long as `kept`.
        let (commands, queue, pool) = unsafe {
            let get = std::mem::transmute::<vulkan::Function, vk::PFN_vkGetInstanceProcAddr>(native.get_instance_proc_addr.unwrap());
            let entry = ash::StaticFn { get_instance_proc_addr: get };
            let instance = ash::Instance::load(&entry, vk::Instance::from_raw(native.instance as u64));
            let commands = ash::Device::load(instance.fp_v1_0(), vk::Device::from_raw(native.device as u64));
            let pool = vk::CommandPoolCreateInfo::default().queue_family_index(native.queue_family_index);
            let pool = commands.create_command_pool(&pool, None).unwrap();
            (commands, vk::Queue::from_raw(native.queue as u64), pool)
        };
        Some(Self { commands, queue, pool, turn, manager, kept: device })
    }

    /// Commands that take the image over, fill it with a colour, and give it away.
    fn clear(&self, access: &geyser::Access<'_>, image: u64, colour: [f32; 4]) -> vk::CommandBuffer {
        let how = ImageUse {
            layout: vk::ImageLayout::TRANSFER_DST_OPTIMAL.as_raw() as u32,
            stages: vk::PipelineStageFlags::TRANSFER.as_raw(),
            access: vk::AccessFlags::TRANSFER_WRITE.as_raw(),
        };
        // SAFETY: the pool is this thread's; image and access are of this device; the buffer is recording where barriers are recorded.
        unsafe {
            let info = vk::CommandBufferAllocateInfo::default().command_pool(self.pool).command_buffer_count(1);
            let buffer = self.commands.allocate_command_buffers(&info).unwrap()[0];
            let once = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
            self.commands.begin_command_buffer(buffer, &once).unwrap();
            vulkan::record_acquire(access, buffer.as_raw() as *mut c_void, &how).unwrap();
            let range = vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                level_count: 1,
                layer_count: 1,
                ..Default::default()
            };
            let value = vk::ClearColorValue { float32: colour };
            self.commands.cmd_clear_color_image(
                buffer,
                vk::Image::from_raw(image),
                vk::ImageLayout::TRANSFER_DST_OPTIMAL,
                &value,
                &[range],
            );
            vulkan::record_release(access, buffer.as_raw() as *mut c_void, &how, Layout::ShaderReadOnly).unwrap();
            self.commands.end_command_buffer(buffer).unwrap();
            buffer
        }
    }

    /// The test's own vkQueueSubmit, with what the access waits for and signals.
    fn submit(&self, arrays: &mut SubmitArrays, access: &geyser::Access<'_>, buffer: vk::CommandBuffer) {
        let info = arrays.fill(&[access], vk::PipelineStageFlags::ALL_COMMANDS.as_raw()).unwrap();
        let waits: Vec<_> = info.wait_semaphores.iter().map(|raw| vk::Semaphore::from_raw(*raw)).collect();
        let signals: Vec<_> = info.signal_semaphores.iter().map(|raw| vk::Semaphore::from_raw(*raw)).collect();
        let stages: Vec<_> = info.wait_stages.iter().map(|raw| vk::PipelineStageFlags::from_raw(*raw)).collect();
        let mut values =
            vk::TimelineSemaphoreSubmitInfo::default().wait_semaphore_values(info.wait_values).signal_semaphore_values(info.signal_values);
        let buffers = [buffer];
        let mut submit = vk::SubmitInfo::default()
            .wait_semaphores(&waits)
            .wait_dst_stage_mask(&stages)
            .command_buffers(&buffers)
            .signal_semaphores(&signals);
        if !(waits.is_empty() && signals.is_empty()) {
            submit = submit.push_next(&mut values);
        }
        self.turn.lock();
        // SAFETY: the queue is this device's and locked; everything in the submit lives until the device is idle below.
        unsafe { self.commands.queue_submit(self.queue, &[submit], vk::Fence::null()) }.unwrap();
        self.turn.unlock();
    }
}

impl Own {
    /// Waits for all of the queue's work.
    fn idle(&self) {
        self.turn.lock();
        // SAFETY: the device is alive, and its queue locked.
        unsafe { self.commands.device_wait_idle() }.unwrap();
        self.turn.unlock();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.idle();
        // SAFETY: the device is alive; nothing else of the pool is used any more.
        unsafe { self.commands.destroy_command_pool(self.pool, None) };
        let messages = self.kept.validation_messages().unwrap();
        assert!(messages == 0 || std::thread::panicking(), "the validation layers gave {messages} messages, see the log above");
    }
}

#[test]
fn devices_are_listed_and_made() {
    assert!(geyser::features().contains(Features::VULKAN | Features::STREAMS), "{:?}", geyser::features());
    assert_eq!(geyser::version(), env!("CARGO_PKG_VERSION"));
    let Some(device) = lavapipe() else { return };
    let summary = device.summary().unwrap();
    assert!(!summary.identity.name.is_empty() && !summary.identity.device_uuid.is_nil(), "{summary:?}");
    let all = vulkan::enumerate_devices().unwrap();
    assert!(all.iter().any(|other| other.identity.device_uuid == summary.identity.device_uuid && other.vendor_id == summary.vendor_id));
    let same = vulkan::Device::create(&DeviceOptions { uuid: Some(summary.identity.device_uuid), ..Default::default() }).unwrap();
    assert_eq!(same.summary().unwrap().identity, summary.identity);
    let error = vulkan::Device::create(&DeviceOptions { name: "no such device", ..Default::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains(&summary.identity.name), "it names the devices that there are: {error}");
    let manager = device.create_manager().unwrap();
    drop(device);
    assert_eq!(manager.backend_name(), "vulkan");
    assert!(vulkan::recommended_device_extensions().unwrap().contains(&c"VK_KHR_external_memory_fd"));
}

#[test]
fn textures_are_images() {
    let Some(side) = vulkan_side() else { return };
    let usage = Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT;
    let descriptor = TextureDescriptor::new(16, 16, Format::RGBA8_UNORM).with_usage(usage).with_mip_levels(2);
    let texture = side.create_texture(&descriptor, &CreateOptions::default()).unwrap();
    let native = vulkan::native(&texture).unwrap();
    assert_eq!((native.format, native.image_type), (vk::Format::R8G8B8A8_UNORM.as_raw() as u32, vk::ImageType::TYPE_2D.as_raw() as u32));
    assert!(native.image != 0 && native.memory != 0 && native.memory_size >= 16 * 16 * 4);
    let whole = vulkan::view(&texture, &ViewInfo::default()).unwrap();
    assert_eq!(vulkan::view(&texture, &ViewInfo::default()).unwrap(), whole, "made once");
    let part = ViewInfo { format: Format::RGBA8_SRGB, base_mip_level: 1, ..ViewInfo::default() };
    assert_ne!(vulkan::view(&texture, &part).unwrap(), whole);
    let error = vulkan::view(&texture, &ViewInfo { base_mip_level: 2, ..ViewInfo::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let semaphore = side.create_semaphore(None, 0, "").unwrap();
    assert_ne!(vulkan::semaphore_native(&semaphore).unwrap(), 0);

    let host = Manager::host().unwrap();
    let other = host.create_texture(&TextureDescriptor::new(4, 4, Format::R8_UNORM), &CreateOptions::default()).unwrap();
    assert_eq!(vulkan::native(&other).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    assert_eq!(texture.host_map(&Region::default()).unwrap_err().kind(), ErrorKind::DeviceMismatch);
}

#[test]
fn another_device_imports_what_this_one_made() {
    let (Some(one), Some(two)) = (vulkan_side(), vulkan_side()) else { return };
    let texture = one.create_texture(&TextureDescriptor::new(16, 16, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap();
    let content = support::bytes(5, PIXELS);
    one.upload(&texture, &Region::default(), &content, &AccessInfo::default()).unwrap();
    let imported = two.import_texture(one.export_texture(&texture).unwrap()).unwrap();
    drop((texture, one));
    let mut got = vec![0; PIXELS];
    two.read_back(&imported, &Region::default(), &mut got, &AccessInfo::default()).unwrap();
    assert_eq!(got, content);
}

#[test]
fn own_commands_draw_into_a_texture_of_an_adopted_device() {
    let Some(own) = Own::new() else { return };
    let texture = own.manager.create_texture(&TextureDescriptor::new(16, 16, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap();
    let done = own.manager.create_semaphore(Some(geyser::SemaphoreKind::HostTimeline), 0, "done").unwrap();
    let point = done.at(1);
    let access = texture.begin_write(&AccessInfo { signal: Some(&point), ..AccessInfo::default() }).unwrap();
    let buffer = own.clear(&access, vulkan::native(&texture).unwrap().image, [1.0, 0.0, 1.0, 1.0]);
    // SAFETY: the command buffer is of the manager's device, and its pool lives until the device is idle.
    unsafe { vulkan::submit(&own.manager, &[buffer.as_raw() as *mut c_void], &[&access], 0) }.unwrap();
    let state = access.end(Layout::Undefined).unwrap();
    assert_eq!((state.initialized().unwrap(), state.layout().unwrap()), (true, Layout::ShaderReadOnly));
    let mut got = vec![0; PIXELS];
    own.manager.read_back(&texture, &Region::default(), &mut got, &AccessInfo::default()).unwrap();
    assert_eq!(got, [255, 0, 255, 255].repeat(256));
    done.wait(1, LONG).unwrap();
    assert!(own.turn.times.load(Ordering::Relaxed) >= 2, "the library took the queue's lock");
}

#[test]
fn own_submits_draw_a_stream() {
    let (Some(own), Some(reader)) = (Own::new(), vulkan_side()) else { return };
    let folder = Folder::new();
    let (streams, texture) = (folder.streams(), TextureDescriptor::new(16, 16, Format::RGBA8_UNORM));
    let options =
        PublisherOptions { pacing: geyser::Pacing::Lockstep, directory: Some(&streams), ..PublisherOptions::new("drawn", &texture) };
    let publisher = Publisher::create(&own.manager, &options).unwrap();
    let how = SubscriberOptions { directory: Some(&streams), ..SubscriberOptions::default() };
    let mut subscriber = Subscriber::connect(&reader, "drawn", &how).unwrap();
    publisher.wait_for_subscribers(1, LONG).unwrap();
    let mut arrays = SubmitArrays::new().unwrap();
    for number in 1..=6u8 {
        let frame = publisher.begin_frame(LONG).unwrap();
        let shade = f32::from(number * 40) / 255.0;
        let buffer = own.clear(frame.access(), vulkan::native(frame.texture()).unwrap().image, [shade, 0.0, 0.0, 1.0]);
        own.submit(&mut arrays, frame.access(), buffer);
        frame.publish(&FrameMetadata::default()).unwrap();
        let mut frame = subscriber.acquire(LONG).unwrap();
        let mut got = vec![0; PIXELS];
        frame.read_back(&Region::default(), &mut got).unwrap();
        assert_eq!(got, [number * 40, 0, 0, 255].repeat(256));
        frame.release().unwrap();
    }
    // The images go with the publisher, and the command buffers still name them.
    own.idle();
}

#[test]
fn what_the_driver_lacks_is_said() {
    let Some(side) = vulkan_side() else { return };
    let error = vulkan::Fence::create(&side, vulkan::FenceType::OpaqueFd).map(drop).err();
    if let Some(error) = error {
        assert_eq!(error.kind(), ErrorKind::UnsupportedHandle, "{error}");
    }
    let alignment = vulkan::host_memory_alignment(&side).unwrap();
    assert!(alignment == 0 || alignment.is_power_of_two());
    let host = Manager::host().unwrap();
    assert_eq!(vulkan::host_memory_alignment(&host).unwrap(), 0);
    assert_eq!(vulkan::Fence::create(&host, vulkan::FenceType::SyncFd).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    // SAFETY: nothing is handed over.
    let error = unsafe { vulkan::create_manager(&AdoptInfo { device: std::ptr::null_mut(), ..nothing() }) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

fn nothing() -> AdoptInfo<'static> {
    let null = std::ptr::null_mut();
    AdoptInfo {
        instance: null,
        physical_device: null,
        device: null,
        queue: null,
        queue_family_index: 0,
        api_version: 0,
        get_instance_proc_addr: None,
        enabled_device_extensions: &[],
        timeline_semaphore_enabled: false,
        queue_lock: None,
        keep_alive: None,
    }
}
