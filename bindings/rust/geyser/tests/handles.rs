//! Handles taken apart and put together, as a program does that has a connection of its own; and channels.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{
    fs::File,
    os::fd::{AsFd, OwnedFd},
    thread,
};

use geyser::{
    AccessInfo, Channel, ChannelListener, CreateOptions, ErrorKind, Format, MAX_MESSAGE_BYTES, Manager, MemoryType, Region,
    SemaphoreHandle, SemaphoreKind, SemaphoreType, TextureDescriptor, TextureHandle, vulkan,
};

mod support;
use support::{Folder, LONG, SHORT, bytes, managers, skipped};

#[test]
fn a_handle_is_its_parts() {
    for manager in managers() {
        let descriptor = TextureDescriptor::new(16, 16, Format::RGBA8_UNORM).with_label("parts");
        let texture = manager.create_texture(&descriptor, &CreateOptions::default()).unwrap();
        manager.upload(&texture, &Region::default(), &bytes(1, 1024), &AccessInfo::default()).unwrap();
        let mut handle = manager.export_texture(&texture).unwrap();
        handle.validate().unwrap();
        let (info, exporter) = (handle.info().unwrap(), handle.exporter().unwrap());
        assert_eq!((info.handle_count, info.initialized, info.has_ready_semaphore), (1, true, false));
        assert_eq!((handle.descriptor().unwrap(), &exporter), (descriptor.clone(), &manager.identity().unwrap()));
        assert!(handle.borrow(0).unwrap().is_some() && handle.borrow(1).unwrap().is_none());
        let fd: OwnedFd = handle.take(0).unwrap().unwrap();
        assert!(handle.take(0).unwrap().is_none());
        assert_eq!(handle.validate().unwrap_err().kind(), ErrorKind::ProtocolError);

        let mut other = TextureHandle::new(&info, &descriptor, &exporter).unwrap();
        other.give(0, fd).unwrap();
        assert_eq!(other.info().unwrap(), info);
        let imported = manager.import_texture(other).unwrap();
        let mut got = vec![0; 1024];
        manager.read_back(&imported, &Region::default(), &mut got, &AccessInfo::default()).unwrap();
        assert_eq!(got, bytes(1, 1024));
        assert_eq!(manager.export_texture(&imported).unwrap_err().kind(), ErrorKind::UnsupportedHandle, "imported ones are not exported");
    }
}

#[test]
fn a_failed_import_gives_the_handle_back() {
    let all = managers();
    let [host, device] = &all[..] else { return };
    let texture = host.create_texture(&TextureDescriptor::new(4, 4, Format::R8_UNORM), &CreateOptions::default()).unwrap();
    let failed = device.import_texture(host.export_texture(&texture).unwrap()).unwrap_err();
    assert!(matches!(failed.error.kind(), ErrorKind::DeviceMismatch | ErrorKind::UnsupportedHandle), "{failed}");
    host.import_texture(failed.handle).unwrap();
    let semaphore = device.create_semaphore(None, 0, "").unwrap();
    let other = host.create_semaphore(None, 0, "").unwrap();
    assert_eq!(host.attach_semaphore(&texture, &semaphore).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    let handle = host.export_semaphore(&other, SemaphoreType::None).unwrap();
    match device.import_semaphore(handle) {
        Ok(bridged) => assert_eq!(bridged.kind().unwrap(), SemaphoreKind::HostTimeline),
        Err(failed) => drop(host.import_semaphore(failed.handle).unwrap()),
    }
}

#[test]
fn a_handle_of_another_device_is_refused_and_given_back() {
    let devices = vulkan::enumerate_devices().unwrap_or_default();
    let pair = devices.iter().flat_map(|one| devices.iter().map(move |other| (one, other)));
    let mut pairs = pair.filter(|(one, other)| one.identity.check_same_device(&other.identity).is_err()).peekable();
    if pairs.peek().is_none() {
        return skipped("one Vulkan device alone has nobody to refuse");
    }
    let manager = |index| {
        let options = vulkan::DeviceOptions { index: Some(index), ..Default::default() };
        vulkan::Device::create(&options).unwrap().create_manager().unwrap()
    };
    let descriptor = TextureDescriptor::new(16, 16, Format::RGBA8_UNORM);
    let exported = |manager: &Manager| {
        let texture = manager.create_texture(&descriptor, &CreateOptions::default()).unwrap();
        manager.export_texture(&texture).unwrap()
    };
    for (from, into) in pairs {
        let (exporter, importer) = (manager(from.index), manager(into.index));
        let handle = exported(&exporter);
        let failed = importer.import_texture(handle).unwrap_err();
        assert_eq!(failed.error.kind(), ErrorKind::DeviceMismatch, "{failed}");
        assert!(failed.handle.borrow(0).unwrap().is_some());
        exporter.import_texture(failed.handle).unwrap();
        importer.import_texture(exported(&importer)).unwrap(); // it allocates, exports and imports as before
    }
}

#[test]
fn descriptors_that_are_refused_are_closed() {
    let manager = Manager::host().unwrap();
    let texture = manager.create_texture(&TextureDescriptor::new(4, 4, Format::R8_UNORM), &CreateOptions::default()).unwrap();
    let mut handle = manager.export_texture(&texture).unwrap();
    let file = || OwnedFd::from(File::open("/dev/null").unwrap());
    let identity = manager.identity().unwrap();
    assert_eq!(handle.give(4, file()).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(handle.borrow(4).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let semaphore = SemaphoreHandle::new(SemaphoreKind::HostTimeline, SemaphoreType::HostPage, &identity, Some(file())).unwrap();
    let failed = manager.import_semaphore(semaphore).unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::ProtocolError, "{failed}");
    let mut semaphore = failed.handle;
    assert!(semaphore.borrow().unwrap().is_some() && semaphore.take().unwrap().is_some() && semaphore.borrow().unwrap().is_none());
    handle.give(0, file()).unwrap();
    let failed = manager.import_texture(handle).unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::ProtocolError, "{failed}");
    let mut info = failed.handle.info().unwrap();
    info.memory_planes = vec![geyser::MemoryPlane::default(); 5];
    let descriptor = failed.handle.descriptor().unwrap();
    assert_eq!(TextureHandle::new(&info, &descriptor, &identity).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(info.memory_type, MemoryType::SharedMemory);
}

#[test]
fn channels_carry_bytes_and_handles() {
    let manager = Manager::host().unwrap();
    let (mut a, mut b) = Channel::pair().unwrap();
    assert_eq!(a.receive(SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
    for message in [&b"hello"[..], b"", &bytes(1, MAX_MESSAGE_BYTES)] {
        a.send(message, LONG).unwrap();
        assert_eq!(b.receive(LONG).unwrap(), message);
    }
    assert_eq!(a.send(&vec![0; MAX_MESSAGE_BYTES + 1], LONG).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let semaphore = manager.create_semaphore(None, 4, "").unwrap();
    b.send_semaphore(&manager.export_semaphore(&semaphore, SemaphoreType::None).unwrap(), LONG).unwrap();
    let other = manager.import_semaphore(a.receive_semaphore(LONG).unwrap()).unwrap();
    assert_eq!(other.value().unwrap(), 4);
    b.send(b"not a texture", LONG).unwrap();
    assert_eq!(a.receive_texture(LONG).unwrap_err().kind(), ErrorKind::ProtocolError);
    assert_eq!(a.peer().unwrap().process_id, std::process::id());
    drop(b);
    assert_eq!(a.receive(LONG).unwrap_err().kind(), ErrorKind::PeerGone);
    assert_eq!(a.send(b"anybody?", LONG).unwrap_err().kind(), ErrorKind::PeerGone);
}

#[test]
fn listeners_have_names() {
    let (folder, name) = (Folder::new(), "channel");
    let streams = folder.streams();
    let mut listener = ChannelListener::new(name, Some(&streams)).unwrap();
    assert_eq!(ChannelListener::new(name, Some(&streams)).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(ChannelListener::new("", Some(&streams)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(listener.accept(SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(Channel::connect("nobody", SHORT, Some(&streams)).unwrap_err().kind(), ErrorKind::NotFound);
    thread::scope(|scope| {
        scope.spawn(|| Channel::connect(name, LONG, Some(&streams)).unwrap().send(b"knock", LONG).unwrap());
        assert_eq!(listener.accept(LONG).unwrap().receive(LONG).unwrap(), b"knock");
    });
    drop(listener);
    ChannelListener::new(name, Some(&streams)).unwrap();
}

#[test]
fn a_channel_is_its_socket() {
    let (mut a, b) = Channel::pair().unwrap();
    let mut same = Channel::adopt(b.socket().unwrap().as_fd().try_clone_to_owned().unwrap()).unwrap();
    drop(b);
    a.send(b"still here", LONG).unwrap();
    assert_eq!(same.receive(LONG).unwrap(), b"still here");
    let file = OwnedFd::from(File::open("/dev/null").unwrap());
    assert_eq!(Channel::adopt(file).unwrap_err().kind(), ErrorKind::InvalidArgument);
}
