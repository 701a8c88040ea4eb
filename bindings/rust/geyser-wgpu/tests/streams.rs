//! Streams in one process: two devices, both forms of taking over, sizes that change, readers on another driver, mistakes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::stream::{acquire, check, clear, colour, described, publish, publisher, subscriber};
use common::{LAVAPIPE, LONG, Random, SECOND, SWIFTSHADER, driver, gpu, no_validation_messages, patient, place, read_wgpu, region};
use geyser_wgpu::ReadFrame;
use geyser_wgpu::geyser::{
    self, AccessInfo, CreateOptions, ErrorKind, Format, FrameMetadata, Layout, Manager, PublisherOptions, Region, SubscriberOptions,
    TextureDescriptor, Transport,
};
use geyser_wgpu::wgpu::{self, TextureAspect};

/// Both ends on one driver, each on a device of its own.
fn frames_arrive(name: &str, transport: Transport) {
    let (Some(here), Some(there)) = (gpu(name), gpu(name)) else { return };
    for deferred in [false, true] {
        let place = place("frames");
        let mut publisher = publisher(&here, &place, &described(64, 48));
        publish(&here, &mut publisher, deferred);
        let mut subscriber = subscriber(&there, &place);
        for _ in 0..20 {
            if deferred {
                // The reader's commands go with the acquire and the release, in one submit.
                let frame = subscriber.acquire_deferred(LONG).unwrap();
                let target = there.device.create_texture(&wgpu::TextureDescriptor {
                    label: None,
                    size: frame.texture().size(),
                    mip_level_count: 1,
                    sample_count: 1,
                    dimension: wgpu::TextureDimension::D2,
                    format: wgpu::TextureFormat::Rgba8Unorm,
                    usage: wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::COPY_DST,
                    view_formats: &[],
                });
                let mut encoder = there.device.create_command_encoder(&Default::default());
                encoder.copy_texture_to_texture(frame.texture().as_image_copy(), target.as_image_copy(), target.size());
                let number = frame.info().number;
                frame.release_with([encoder.finish()]).unwrap();
                let bytes = read_wgpu(&there.context, &target, &described(64, 48), &region(0, 0, 0), TextureAspect::All);
                assert!(bytes.chunks(4).all(|texel| texel == colour(number)), "frame {number}");
            } else {
                let frame = acquire(&mut subscriber);
                assert_eq!(frame.transport(), transport, "{}", subscriber.stream().why_not_zero_copy().unwrap());
                check(&there, &frame);
                frame.release().unwrap();
            }
            publish(&here, &mut publisher, deferred);
        }
        assert!(publisher.wrapped_textures() <= 4 && subscriber.wrapped_textures() <= 4);
    }
    no_validation_messages();
}

#[test]
fn frames_arrive_on_lavapipe_without_a_copy() {
    frames_arrive(LAVAPIPE, Transport::ZeroCopy);
}

#[test]
fn frames_arrive_on_swiftshader() {
    frames_arrive(SWIFTSHADER, Transport::ZeroCopy);
}

#[test]
fn another_driver_reads_a_copy() {
    for (from, to) in [(LAVAPIPE, SWIFTSHADER), (SWIFTSHADER, LAVAPIPE)] {
        let (Some(here), Some(there)) = (gpu(from), gpu(to)) else { return };
        let place = place("bridge");
        let mut publisher = publisher(&here, &place, &described(33, 21));
        let mut subscriber = subscriber(&there, &place);
        for _ in 0..10 {
            publish(&here, &mut publisher, false);
            let frame = acquire(&mut subscriber);
            // By the host's memory until the way to the reader's device is open.
            let way = frame.transport();
            assert!(matches!(way, Transport::HostBridge | Transport::HostCopy | Transport::PinnedCopy), "{way}");
            check(&there, &frame);
        }
        assert!(!subscriber.stream().why_not_zero_copy().unwrap().is_empty());
        let options = SubscriberOptions { directory: Some(&place.folder), require_zero_copy: true, ..Default::default() };
        let error = there.context.subscriber(&place.name, &options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnsupportedHandle | ErrorKind::DeviceMismatch), "{error}");
    }
    no_validation_messages();
}

#[test]
fn the_host_and_plain_vulkan_read_what_wgpu_draws_and_the_other_way_round() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let vulkan =
        geyser::vulkan::Device::create(&geyser::vulkan::DeviceOptions { name: &driver(LAVAPIPE), validation: true, ..Default::default() })
            .unwrap();
    for (manager, transport) in [(Manager::host().unwrap(), Transport::HostBridge), (vulkan.create_manager().unwrap(), Transport::ZeroCopy)]
    {
        // wgpu publishes.
        let place = place("plain");
        let mut drawn = publisher(&gpu, &place, &described(40, 30));
        let options = SubscriberOptions { directory: Some(&place.folder), connect_timeout: LONG, ..Default::default() };
        let mut reader = geyser::Subscriber::connect(&manager, &place.name, &options).unwrap();
        for _ in 0..10 {
            publish(&gpu, &mut drawn, true);
            let mut frame = reader.acquire(LONG).unwrap();
            assert_eq!(frame.transport().unwrap(), transport);
            let mut bytes = vec![0; 40 * 30 * 4];
            patient(|| frame.read_back(&Region::default(), &mut bytes));
            assert!(bytes.chunks(4).all(|texel| texel == colour(frame.info().unwrap().number)));
        }
        // wgpu reads; the frame's layout is what plain Vulkan left, and is left again.
        let place = common::place("plain");
        let texture = described(40, 30);
        let mut options = PublisherOptions::new(&place.name, &texture);
        options.directory = Some(&place.folder);
        let writer = geyser::Publisher::create(&manager, &options).unwrap();
        let mut subscriber = subscriber(&gpu, &place);
        let mut random = Random(9);
        for _ in 0..10 {
            let bytes = random.bytes(40 * 30 * 4);
            let mut frame = writer.begin_frame(LONG).unwrap();
            patient(|| frame.upload(&Region::default(), &bytes));
            frame.publish(&FrameMetadata { user_data: b"with bytes", ..Default::default() }).unwrap();
            let frame = acquire(&mut subscriber);
            assert_eq!(frame.info().user_data, b"with bytes");
            assert!(read_wgpu(&gpu.context, frame.texture(), &texture, &region(0, 0, 0), TextureAspect::All) == bytes);
        }
    }
    assert_eq!(vulkan.validation_messages().unwrap(), 0);
    no_validation_messages();
}

#[test]
fn handles_go_from_device_to_device() {
    let (Some(here), Some(there)) = (gpu(LAVAPIPE), gpu(LAVAPIPE)) else { return };
    let descriptor = described(24, 24);
    let texture = here.context.create_texture(&descriptor, &CreateOptions::default()).unwrap();
    let writing = texture.begin_write(&AccessInfo::default()).unwrap();
    // Exclusive; and a second one is an error and no panic.
    assert_eq!(texture.begin_write(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::AccessConflict);
    here.context.submit([clear(&here, writing.texture(), 0x00ab_cdef)]);
    let state = writing.end().unwrap();
    assert_eq!(state.layout().unwrap(), Layout::ShaderReadOnly);
    for point in state.points().unwrap() {
        point.semaphore.wait(point.value, LONG).unwrap(); // the other side has a device of its own, and its own semaphores
    }
    let shared = texture.begin_read(&AccessInfo::default()).unwrap();
    assert_eq!(texture.begin_write(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::AccessConflict);
    drop(shared);
    let twin = there.context.import_texture(texture.export().unwrap()).unwrap();
    let reading = twin.begin_read(&AccessInfo::default()).unwrap();
    let bytes = read_wgpu(&there.context, twin.texture(), &descriptor, &region(0, 0, 0), TextureAspect::All);
    assert!(bytes.chunks(4).all(|texel| texel == colour(0x00ab_cdef)));
    drop(reading);
    // Nobody wrote this one.
    let empty = here.context.create_texture(&descriptor, &CreateOptions::default()).unwrap();
    assert_eq!(empty.begin_read(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::NotInitialized);
    // A texture of another manager, and a handle of another driver.
    let foreign = there.context.manager().create_texture(&descriptor, &CreateOptions::default()).unwrap();
    assert_eq!(here.context.wrap_texture(foreign).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    if let Some(other) = gpu(SWIFTSHADER) {
        let error = other.context.import_texture(texture.export().unwrap()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::DeviceMismatch), "{error}");
    }
    // Formats that only one side has.
    let planes = TextureDescriptor::new(16, 16, Format::I420);
    let error = here.context.create_texture(&planes, &CreateOptions::default()).unwrap_err();
    assert!(error.kind() == ErrorKind::UnsupportedFormat && error.message().contains("i420"), "{error}");
    no_validation_messages();
}

#[test]
fn mistakes_of_the_program_are_errors_and_the_stream_goes_on() {
    let (Some(here), Some(there)) = (gpu(LAVAPIPE), gpu(LAVAPIPE)) else { return };
    let place = place("mistakes");
    let mut publisher = publisher(&here, &place, &described(32, 32));
    let mut subscriber = subscriber(&there, &place);
    let numbers: Vec<u64> = (0..3).map(|_| publish(&here, &mut publisher, false)).collect();
    assert_eq!(numbers, [1, 2, 3]);
    for deferred in [false, true] {
        // Commands that wgpu refuses: a buffer that is destroyed. The frame is not published, and nobody waits for it.
        let refused = {
            let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
            let buffer = here.device.create_buffer(&wgpu::BufferDescriptor { label: None, size: 16, usage, mapped_at_creation: false });
            let mut encoder = here.device.create_command_encoder(&Default::default());
            encoder.clear_buffer(&buffer, 0, None);
            buffer.destroy();
            encoder.finish()
        };
        let frame = if deferred { publisher.begin_deferred(SECOND) } else { publisher.begin_frame(SECOND) }.unwrap();
        let error = frame.publish_with([refused], &FrameMetadata::default()).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidArgument && error.message().contains("wgpu refuses"), "{error}");
        // A second frame while one is open; a frame that is dropped; a deferred one that nothing was drawn into.
        let open = if deferred { publisher.begin_deferred(SECOND) } else { publisher.begin_frame(SECOND) }.unwrap();
        assert_eq!(publisher.begin_frame(SECOND).unwrap_err().kind(), ErrorKind::InvalidState);
        drop(open);
        let error = publisher.begin_deferred(SECOND).unwrap().publish(&FrameMetadata::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidState);
        // Copies of another size, and of a texture that may not be copied from.
        let mut frame = publisher.begin_frame(SECOND).unwrap();
        for (side, usage) in [(31, wgpu::TextureUsages::COPY_SRC), (32, wgpu::TextureUsages::TEXTURE_BINDING)] {
            let source = here.device.create_texture(&wgpu::TextureDescriptor {
                label: None,
                size: wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rgba8Unorm,
                usage,
                view_formats: &[],
            });
            assert_eq!(frame.copy_from(&source).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        drop(frame);
        assert_eq!(publish(&here, &mut publisher, deferred), if deferred { 5 } else { 4 }, "numbers of unpublished frames are used again");
        let frame = acquire(&mut subscriber);
        check(&there, &frame);
    }
    // Readers' mistakes: more frames than are allowed; commands that wgpu refuses.
    let held: Vec<ReadFrame> = (0..2)
        .map(|_| {
            publish(&here, &mut publisher, false);
            acquire(&mut subscriber)
        })
        .collect();
    publish(&here, &mut publisher, false);
    assert_eq!(subscriber.acquire(SECOND).unwrap_err().kind(), ErrorKind::LimitExceeded);
    drop(held);
    assert_eq!(subscriber.acquire(SECOND).map(|frame| frame.info().number).unwrap(), 8);
    assert_eq!(subscriber.acquire(Duration::from_millis(5)).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(subscriber.acquire_newest(SECOND).unwrap().info().number, 8);
    // A name that is taken, a stream that is not there, formats that wgpu lacks.
    let texture = described(8, 8);
    let mut options = PublisherOptions::new(&place.name, &texture);
    options.directory = Some(&place.folder);
    assert_eq!(here.context.publisher(&options).unwrap_err().kind(), ErrorKind::InvalidState);
    let quick = SubscriberOptions { directory: Some(&place.folder), connect_timeout: Duration::ZERO, ..Default::default() };
    assert_eq!(there.context.subscriber("nobody", &quick).unwrap_err().kind(), ErrorKind::NotFound);
    let planes = TextureDescriptor::new(16, 16, Format::I420);
    assert_eq!(publisher.reconfigure(&planes).unwrap_err().kind(), ErrorKind::UnsupportedFormat);
    publish(&here, &mut publisher, true);
    no_validation_messages();
}

#[test]
fn a_stream_in_a_format_that_wgpu_lacks_is_an_error_that_names_it() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let place = place("i420");
    let texture = TextureDescriptor::new(16, 16, Format::I420);
    let host = Manager::host().unwrap();
    let mut options = PublisherOptions::new(&place.name, &texture);
    options.directory = Some(&place.folder);
    let writer = geyser::Publisher::create(&host, &options).unwrap();
    let mut subscriber = subscriber(&gpu, &place);
    let frame = writer.begin_frame(SECOND).unwrap();
    frame.publish(&FrameMetadata::default()).unwrap();
    let error = subscriber.acquire(LONG).unwrap_err();
    assert!(error.kind() == ErrorKind::UnsupportedFormat && error.message().contains("i420"), "{error}");
    // The publisher thinks better of it.
    writer.reconfigure(&described(16, 16)).unwrap();
    let mut frame = writer.begin_frame(SECOND).unwrap();
    patient(|| frame.upload(&Region::default(), &[7; 16 * 16 * 4]));
    frame.publish(&FrameMetadata::default()).unwrap();
    let frame = acquire(&mut subscriber);
    let bytes = read_wgpu(&gpu.context, frame.texture(), &described(16, 16), &region(0, 0, 0), TextureAspect::All);
    assert!(bytes.iter().all(|&byte| byte == 7));
    no_validation_messages();
}

#[test]
fn several_threads_use_one_context() {
    let (Some(here), Some(there)) = (gpu(LAVAPIPE), gpu(LAVAPIPE)) else { return };
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let place = place("threads");
                let mut publisher = publisher(&here, &place, &described(16, 16));
                let mut subscriber = subscriber(&there, &place);
                for number in 0..50 {
                    publish(&here, &mut publisher, number % 2 == 0);
                    let frame = acquire(&mut subscriber);
                    check(&there, &frame);
                }
            });
        }
    });
    no_validation_messages();
}
