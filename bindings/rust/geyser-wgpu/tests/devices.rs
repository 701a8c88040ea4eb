//! Devices: made here, made by the program with the callback, and those that are refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{LAVAPIPE, SECOND, SWIFTSHADER, adapter, no_validation_messages, place, read_wgpu, region, set_up};
use geyser_wgpu::geyser::{
    AccessInfo, CreateOptions, ErrorKind, Format, FrameMetadata, PublisherOptions, Region, SubscriberOptions, TextureDescriptor, Usage,
};
use geyser_wgpu::wgpu::{self, Adapter, DeviceDescriptor, hal::api::Vulkan};
use geyser_wgpu::{Context, DeviceSetup, QueueSharing, configure_device, request_device};

/// A device as an engine makes it, with the callback or without.
fn engine_device(adapter: &Adapter, setup: Option<&DeviceSetup>) -> (wgpu::Device, wgpu::Queue) {
    let descriptor = DeviceDescriptor::default();
    // SAFETY: the callback keeps to what the adapter has, and the device is made from this adapter.
    unsafe {
        let hal = adapter.as_hal::<Vulkan>().unwrap();
        let open = hal
            .open_with_callback(
                descriptor.required_features,
                &descriptor.required_limits,
                &descriptor.memory_hints,
                Some(Box::new(|mut args| {
                    if let Some(setup) = setup {
                        configure_device(setup, &mut args, &hal);
                    }
                })),
            )
            .unwrap();
        adapter.create_device_from_hal(open, &descriptor).unwrap()
    }
}

/// Content through the context, both ways, and a stream to itself.
fn works(context: &Context) {
    let descriptor = TextureDescriptor::new(16, 16, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT);
    let texture = context.create_texture(&descriptor, &CreateOptions::default()).unwrap();
    let bytes = common::Random(1).bytes(16 * 16 * 4);
    common::patient(|| context.manager().upload(texture.shared(), &Region::default(), &bytes, &AccessInfo::default()));
    let access = texture.begin_read(&AccessInfo::default()).unwrap();
    assert!(read_wgpu(context, texture.texture(), &descriptor, &region(0, 0, 0), wgpu::TextureAspect::All) == bytes);
    access.end().unwrap();
    let place = place("devices");
    let mut options = PublisherOptions::new(&place.name, &descriptor);
    options.directory = Some(&place.folder);
    let mut publisher = context.publisher(&options).unwrap();
    let mut frame = publisher.begin_frame(SECOND).unwrap();
    let access = texture.begin_read(&AccessInfo::default()).unwrap();
    frame.copy_from(texture.texture()).unwrap();
    access.end().unwrap();
    frame.publish(&FrameMetadata::default()).unwrap();
    let options = SubscriberOptions { directory: Some(&place.folder), ..Default::default() };
    let mut subscriber = context.subscriber(&place.name, &options).unwrap();
    let frame = subscriber.acquire(SECOND).unwrap();
    assert!(read_wgpu(context, frame.texture(), &descriptor, &region(0, 0, 0), wgpu::TextureAspect::All) == bytes);
}

/// Software drivers have one queue, and it is shared as said; a GPU has a second one for Geyser alone.
fn sharing(adapter: &Adapter, of_one: QueueSharing) -> QueueSharing {
    if adapter.get_info().device_type == wgpu::DeviceType::Cpu { of_one } else { QueueSharing::OwnQueue }
}

#[test]
fn devices_made_here_share_on_every_driver() {
    for name in [LAVAPIPE, SWIFTSHADER] {
        let Some(adapter) = adapter(name) else { continue };
        let (_device, _queue, context) = request_device(&adapter, &DeviceDescriptor::default()).unwrap();
        assert_eq!(context.queue_sharing(), sharing(&adapter, QueueSharing::LockedInside), "{name}");
        works(&context);
    }
    no_validation_messages();
}

#[test]
fn devices_of_an_engine_are_adopted() {
    for name in [LAVAPIPE, SWIFTSHADER] {
        let Some(adapter) = adapter(name) else { continue };
        let setup = DeviceSetup::new();
        let (device, queue) = engine_device(&adapter, Some(&setup));
        // SAFETY: the setup is this device's; the queue is used in this thread through the context only.
        let context = unsafe { Context::adopt(&adapter, &device, &queue, Some(&setup)) }.unwrap();
        assert_eq!(context.queue_sharing(), sharing(&adapter, QueueSharing::CallerLocks), "{name}");
        works(&context);
        // The guard may be taken again in its thread.
        let outer = context.lock_queue();
        context.submit([]);
        drop(outer);
        // Everything made from the context keeps the device.
        let descriptor = TextureDescriptor::new(4, 4, Format::RGBA8_UNORM);
        let texture = context.create_texture(&descriptor, &CreateOptions::default()).unwrap();
        drop((context, device, queue, adapter));
        let access = texture.begin_write(&AccessInfo::default()).unwrap();
        access.end().unwrap();
        let wgpu_texture = texture.texture().clone();
        drop(texture);
        drop(wgpu_texture); // the last one: the texture, the manager and the device go
    }
    no_validation_messages();
}

/// A device without anything that shares memory.
fn bare_device(adapter: &Adapter) -> (wgpu::Device, wgpu::Queue) {
    let descriptor = DeviceDescriptor::default();
    // SAFETY: made from this adapter with its features; what is left out of the extensions is nothing that wgpu uses here.
    unsafe {
        let hal = adapter.as_hal::<Vulkan>().unwrap();
        let mut extensions = hal.required_device_extensions(descriptor.required_features);
        extensions.retain(|name| !name.to_string_lossy().contains("external"));
        let mut features = hal.physical_device_features(&extensions, descriptor.required_features);
        let queues = [ash::vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
        let names: Vec<_> = extensions.iter().map(|name| name.as_ptr()).collect();
        let info = ash::vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_extension_names(&names);
        let info = features.add_to_device_create(info);
        let raw = hal.shared_instance().raw_instance().create_device(hal.raw_physical_device(), &info, None).unwrap();
        let (limits, hints) = (&descriptor.required_limits, &descriptor.memory_hints);
        let open = hal.device_from_raw(raw, None, &extensions, descriptor.required_features, limits, hints, 0, 0).unwrap();
        adapter.create_device_from_hal(open, &descriptor).unwrap()
    }
}

fn refused(adapter: &Adapter, (device, queue): (wgpu::Device, wgpu::Queue), name: &str) {
    for setup in [None, Some(DeviceSetup::new())] {
        // SAFETY: it is refused.
        let error = unsafe { Context::adopt(adapter, &device, &queue, setup.as_ref()) }.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        assert!(error.message().contains(name), "{error}");
        assert!(error.message().contains("request_device") && error.message().contains("configure_device"), "{error}");
    }
}

#[test]
fn a_device_without_the_extensions_is_refused_by_name() {
    for name in [LAVAPIPE, SWIFTSHADER] {
        let Some(adapter) = adapter(name) else { continue };
        refused(&adapter, bare_device(&adapter), "VK_KHR_external_memory_fd");
        // wgpu by itself enables the one for memory, and not the one for semaphores, which is needed where the driver has it.
        // SAFETY: the adapter is only asked.
        let hal = unsafe { adapter.as_hal::<Vulkan>() }.unwrap();
        let semaphores = hal.physical_device_capabilities().supports_extension(c"VK_KHR_external_semaphore_fd");
        drop(hal);
        let (device, queue) = pollster::block_on(adapter.request_device(&DeviceDescriptor::default())).unwrap();
        if semaphores {
            refused(&adapter, (device, queue), "VK_KHR_external_semaphore_fd");
            refused(&adapter, engine_device(&adapter, None), "VK_KHR_external_semaphore_fd");
        } else {
            // SAFETY: no setup; the queue is used in this thread through the context only.
            works(&unsafe { Context::adopt(&adapter, &device, &queue, None) }.unwrap());
        }
    }
    no_validation_messages();
}

#[test]
fn an_adapter_that_is_not_vulkan_is_refused() {
    set_up();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::NOOP,
        backend_options: wgpu::BackendOptions {
            noop: wgpu::NoopBackendOptions { enable: true, ..Default::default() },
            ..Default::default()
        },
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapter = pollster::block_on(instance.request_adapter(&Default::default())).unwrap();
    let (device, queue) = pollster::block_on(adapter.request_device(&DeviceDescriptor::default())).unwrap();
    // SAFETY: it is refused.
    let adopted = unsafe { Context::adopt(&adapter, &device, &queue, None) }.unwrap_err();
    let requested = request_device(&adapter, &DeviceDescriptor::default()).unwrap_err();
    for error in [adopted, requested] {
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        assert!(error.message().contains("Noop") && error.message().contains("Vulkan"), "{error}");
    }
}

#[test]
fn features_that_the_adapter_lacks_are_an_error_and_no_panic() {
    let Some(adapter) = adapter(LAVAPIPE) else { return };
    let lacking = wgpu::Features::all() - adapter.features();
    let descriptor = DeviceDescriptor { required_features: lacking, ..Default::default() };
    let error = request_device(&adapter, &descriptor).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
    let limits = wgpu::Limits { max_texture_dimension_2d: u32::MAX, ..Default::default() };
    let error = request_device(&adapter, &DeviceDescriptor { required_limits: limits, ..Default::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
    assert!(error.message().contains("max_texture_dimension_2d"), "{error}");
}

#[test]
fn the_types_go_to_threads_as_they_say() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Context>();
    sync::<Context>();
    send::<DeviceSetup>();
    sync::<DeviceSetup>();
    send::<geyser_wgpu::Publisher>();
    sync::<geyser_wgpu::Publisher>();
    send::<geyser_wgpu::Subscriber>();
    sync::<geyser_wgpu::Subscriber>();
    send::<geyser_wgpu::WriteFrame>();
    send::<geyser_wgpu::ReadFrame>();
    send::<geyser_wgpu::SharedTexture>();
    sync::<geyser_wgpu::SharedTexture>();
    send::<geyser_wgpu::TextureAccess>();
}
