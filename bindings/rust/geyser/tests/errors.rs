//! Failures by their kind, each with a sentence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{path::Path, time::Duration};

use geyser::{
    AccessInfo, CreateOptions, DeviceIdentity, Dimension, Directory, Error, ErrorDomain, ErrorKind, Format, Manager, MemoryType,
    PciAddress, Publisher, PublisherOptions, Region, Subscriber, SubscriberOptions, TextureDescriptor, Timestamp, Uuid,
};

mod support;
use support::{Folder, LONG, SHORT};

fn fails<T>(wanted: ErrorKind, result: geyser::Result<T>) -> Error {
    let error = result.err().unwrap_or_else(|| panic!("{wanted} was expected, and it went well"));
    assert_eq!(error.kind(), wanted, "{error}");
    assert!(error.message().len() > 10 && !error.message().contains('\n'), "no sentence: {error}");
    error
}

#[test]
fn descriptors_are_refused_for_what_is_wrong_with_them() {
    let manager = Manager::host().unwrap();
    let good = TextureDescriptor::new(4, 4, Format::RGBA8_UNORM);
    let cases = [
        (ErrorKind::InvalidArgument, TextureDescriptor::new(0, 4, Format::RGBA8_UNORM)),
        (ErrorKind::InvalidArgument, good.clone().with_mip_levels(4)),
        (ErrorKind::InvalidArgument, good.clone().with_dimension(Dimension::D2, 2, 1)),
        (ErrorKind::InvalidArgument, good.clone().with_label("x".repeat(256))),
        (ErrorKind::InvalidArgument, good.clone().with_label("a\0b")),
        (ErrorKind::InvalidArgument, TextureDescriptor::new(4, 4, Format::from_raw(9999))),
        (ErrorKind::UnsupportedFormat, TextureDescriptor::new(3, 4, Format::NV12)),
        (ErrorKind::UnsupportedFormat, TextureDescriptor::new(4, 4, Format::NV12).with_mip_levels(2)),
        (ErrorKind::LimitExceeded, TextureDescriptor::new(u32::MAX, u32::MAX, Format::RGBA8_UNORM)),
    ];
    for (kind, descriptor) in cases {
        fails(kind, descriptor.validate());
        fails(kind, manager.create_texture(&descriptor, &CreateOptions::default()));
    }
    let region = Region { mip_level: 1, ..Region::default() };
    let error = fails(ErrorKind::InvalidArgument, good.region_layout(&region));
    assert!(error.message().contains("mip_level"), "{error}");
    assert!(good.to_string().contains("4x4 rgba8_unorm"));
}

#[test]
fn bytes_of_another_number_are_refused() {
    let manager = Manager::host().unwrap();
    let texture = manager.create_texture(&TextureDescriptor::new(4, 4, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap();
    let error = fails(ErrorKind::InvalidArgument, manager.upload(&texture, &Region::default(), &[0; 63], &AccessInfo::default()));
    assert!(error.message().contains("63") && error.message().contains("64"), "{error}");
    fails(ErrorKind::NotInitialized, manager.read_back(&texture, &Region::default(), &mut [0; 64], &AccessInfo::default()));
    let other = Manager::host().unwrap();
    fails(ErrorKind::DeviceMismatch, other.read_back(&texture, &Region::default(), &mut [0; 64], &AccessInfo::default()));
}

#[test]
fn streams_are_refused_for_what_is_wrong_with_them() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let (streams, texture) = (folder.streams(), TextureDescriptor::new(4, 4, Format::RGBA8_UNORM));
    let options = |name| PublisherOptions { directory: Some(streams.as_path()), ..PublisherOptions::new(name, &texture) };
    let long = "x".repeat(129);
    for name in ["", "two\nlines", "zero\0byte", &long] {
        fails(ErrorKind::InvalidArgument, Publisher::create(&manager, &options(name)));
    }
    fails(ErrorKind::InvalidArgument, Publisher::create(&manager, &PublisherOptions { ring: 17, ..options("ring") }));
    let of = |memory_type| PublisherOptions { memory_type, ..options("typed") };
    let error = fails(ErrorKind::UnsupportedHandle, Publisher::create(&manager, &of(MemoryType::DmaBuf)));
    assert!(error.message().contains("dma_buf"), "{error}");
    drop(Publisher::create(&manager, &of(MemoryType::SharedMemory)).unwrap());
    let _publisher = Publisher::create(&manager, &options("taken")).unwrap();
    let error = fails(ErrorKind::InvalidState, Publisher::create(&manager, &options("taken")));
    assert!(error.message().contains(&std::process::id().to_string()), "it says who has the name: {error}");
    let how = SubscriberOptions { directory: Some(&streams), connect_timeout: Duration::ZERO, ..SubscriberOptions::default() };
    let error = fails(ErrorKind::NotFound, Subscriber::connect(&manager, "absent", &how));
    assert!(error.message().contains("taken"), "it names those that there are: {error}");
    let greedy = SubscriberOptions { max_held: 5, ..how };
    fails(ErrorKind::InvalidArgument, Subscriber::connect(&manager, "taken", &greedy));
    let mut subscriber = Subscriber::connect(&manager, "taken", &SubscriberOptions { connect_timeout: LONG, ..how }).unwrap();
    fails(ErrorKind::TimedOut, subscriber.acquire(SHORT));
    fails(ErrorKind::TimedOut, subscriber.acquire(Duration::ZERO));
}

#[test]
fn folders_that_are_no_folders_are_refused_with_errno() {
    let error = fails(ErrorKind::OsError, Directory::open(Some(Path::new("/proc/no/such/folder"))));
    assert_eq!((error.domain(), error.native_code()), (ErrorDomain::Posix, 2), "{error}");
    use std::os::unix::ffi::OsStrExt;
    let bad = Path::new(std::ffi::OsStr::from_bytes(b"/tmp/\xff"));
    fails(ErrorKind::InvalidArgument, Directory::open(Some(bad)));
}

#[test]
fn text_that_is_none_is_refused() {
    fails(ErrorKind::InvalidArgument, "0f1e".parse::<Uuid>());
    fails(ErrorKind::InvalidArgument, "00:00".parse::<PciAddress>());
    let text = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    assert_eq!(text.parse::<Uuid>().unwrap().to_string(), text);
    assert_eq!("c1:00.1".parse::<PciAddress>().unwrap().to_string(), "0000:c1:00.1");
    fails(ErrorKind::InvalidArgument, Timestamp::now(geyser::Clock::Media));
    let (here, there) = (DeviceIdentity::default(), DeviceIdentity { device_uuid: Uuid([1; 16]), ..DeviceIdentity::default() });
    fails(ErrorKind::DeviceMismatch, here.check_same_device(&there));
}

#[test]
fn an_error_is_a_value_of_its_own_thread() {
    let error = fails(ErrorKind::NotFound, Format::from_name("nothing"));
    let kept = error.clone().context("reading the settings");
    fails(ErrorKind::InvalidArgument, TextureDescriptor::new(0, 0, Format::R8_UNORM).validate());
    assert!(error.message().contains("nothing"), "a later failure leaves it: {error}");
    assert_eq!(kept.trail().last().unwrap(), "reading the settings");
    assert!(kept.to_string().ends_with("(while reading the settings)"));
    let there = std::thread::spawn(|| Format::from_name("elsewhere").unwrap_err()).join().unwrap();
    assert!(there.message().contains("elsewhere"));
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.to_string().contains("nothing"));
}

#[test]
fn every_kind_has_the_name_of_the_library() {
    use std::ffi::CStr;
    let kinds = [
        ErrorKind::InvalidArgument,
        ErrorKind::UnsupportedFormat,
        ErrorKind::UnsupportedHandle,
        ErrorKind::UnsupportedFeature,
        ErrorKind::LimitExceeded,
        ErrorKind::DeviceMismatch,
        ErrorKind::AccessConflict,
        ErrorKind::InvalidState,
        ErrorKind::NotInitialized,
        ErrorKind::TimedOut,
        ErrorKind::OutOfMemory,
        ErrorKind::NotFound,
        ErrorKind::PeerGone,
        ErrorKind::ProtocolError,
        ErrorKind::DeviceLost,
        ErrorKind::OsError,
        ErrorKind::Internal,
    ];
    for (status, kind) in (1..).zip(kinds) {
        // SAFETY: any number is allowed; the text is in static storage.
        let name = unsafe { CStr::from_ptr(geyser::sys::geyser_status_name(status)) };
        assert_eq!(name.to_str().unwrap(), kind.to_string());
    }
}
