//! Streams in one process: pacing, metadata, new sizes, directories, and what outlives what.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{thread, time::Duration};

use geyser::{
    AlphaMode, Clock, ColorInfo, ColorPrimaries, Directory, ErrorKind, Format, FrameMetadata, HdrMetadata, MAX_USER_DATA_BYTES, Manager,
    Pacing, Publisher, PublisherOptions, Rect, Region, Subscriber, SubscriberOptions, SubscriberState, TextureDescriptor, Timestamp,
    Transport, device_of_stream,
};

mod support;
use support::{Folder, LONG, SHORT, bytes, managers, wait_until};

const SIZE: usize = 8 * 4 * 4;

fn descriptor() -> TextureDescriptor {
    TextureDescriptor::new(8, 4, Format::RGBA8_UNORM)
}

fn publisher(manager: &Manager, folder: &Folder, pacing: Pacing) -> Publisher {
    let (texture, streams) = (descriptor(), folder.streams());
    Publisher::create(manager, &PublisherOptions { pacing, directory: Some(&streams), ..PublisherOptions::new("test", &texture) }).unwrap()
}

fn subscriber(manager: &Manager, folder: &Folder) -> Subscriber {
    let streams = folder.streams();
    Subscriber::connect(manager, "test", &SubscriberOptions { directory: Some(&streams), ..SubscriberOptions::default() }).unwrap()
}

fn publish(publisher: &Publisher, seed: u64) -> u64 {
    let mut frame = publisher.begin_frame(LONG).unwrap();
    frame.upload(&Region::default(), &bytes(seed, SIZE)).unwrap();
    frame.publish(&FrameMetadata::default()).unwrap()
}

fn content(frame: &mut geyser::ReadFrame) -> Vec<u8> {
    let mut content = vec![0; SIZE];
    frame.read_back(&Region::default(), &mut content).unwrap();
    content
}

#[test]
fn the_newest_frame_and_how_many_were_skipped() {
    for manager in managers() {
        let folder = Folder::new();
        let publisher = publisher(&manager, &folder, Pacing::Latest);
        assert!(!publisher.has_subscribers().unwrap());
        assert_eq!(publish(&publisher, 1), 1);
        let mut subscriber = subscriber(&manager, &folder); // late: gets the current frame at once
        publisher.wait_for_subscribers(1, LONG).unwrap();
        let mut frame = subscriber.acquire(LONG).unwrap();
        assert_eq!((content(&mut frame), frame.info().unwrap().number), (bytes(1, SIZE), 1));
        assert_eq!(frame.transport().unwrap(), Transport::ZeroCopy);
        frame.release().unwrap();
        assert_eq!(subscriber.acquire(SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
        let again = subscriber.acquire_newest(LONG).unwrap();
        assert_eq!(again.info().unwrap().number, 1);
        drop(again);
        for seed in 2..=4 {
            publish(&publisher, seed);
        }
        let mut frame = subscriber.acquire(LONG).unwrap();
        assert_eq!((content(&mut frame), frame.info().unwrap().number, frame.info().unwrap().skipped), (bytes(4, SIZE), 4, 2));
        drop(frame);
        let info = subscriber.info().unwrap();
        assert_eq!((info.state, info.transport, info.frames, info.skipped), (SubscriberState::Attached, Transport::ZeroCopy, 3, 2));
        assert_eq!(subscriber.why_not_zero_copy().unwrap(), "");
    }
}

#[test]
fn a_queue_gives_every_frame() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let publisher = publisher(&manager, &folder, Pacing::Queue);
    let mut subscriber = subscriber(&manager, &folder);
    publisher.wait_for_subscribers(1, LONG).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| (1..=20).for_each(|seed| assert_eq!(publish(&publisher, seed), seed)));
        for number in 1..=20 {
            let mut frame = subscriber.acquire(LONG).unwrap();
            assert_eq!((frame.info().unwrap().number, content(&mut frame)), (number, bytes(number, SIZE)));
        }
    });
    let mut behind = 0;
    let error = loop {
        match publisher.begin_frame(SHORT) {
            Ok(frame) => frame.publish(&FrameMetadata::default()).map(|_| behind += 1).unwrap(),
            Err(error) => break error,
        }
        assert!(behind < 10, "nothing holds the publisher up");
    };
    assert!(behind >= 2, "a ring of three has room for {behind} only");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(error.message().contains(&std::process::id().to_string()), "it names the reader that holds it up: {error}");
}

#[test]
fn metadata_arrives_as_it_was_given() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let publisher = publisher(&manager, &folder, Pacing::Latest);
    let mut subscriber = subscriber(&manager, &folder);
    publish(&publisher, 1);
    let first = subscriber.acquire(LONG).unwrap();
    let plain = first.info().unwrap();
    assert_eq!((plain.timestamp, plain.hdr, plain.color, plain.user_data.len()), (plain.published, None, ColorInfo::default(), 0));
    drop(first);
    let given = FrameMetadata {
        timestamp: Some(Timestamp { nanoseconds: 40_000_000, clock: Clock::Media }),
        damage: Some(Rect { x: 1, y: 2, width: 3, height: 2 }),
        color: Some(ColorInfo { primaries: ColorPrimaries::Bt2020, alpha: AlphaMode::Straight, ..ColorInfo::default() }),
        hdr: Some(HdrMetadata { primaries: [[0.7, 0.3], [0.2, 0.7], [0.1, 0.1]], max_luminance: 1000.0, ..HdrMetadata::default() }),
        user_data: &bytes(9, MAX_USER_DATA_BYTES),
    };
    publisher.begin_frame(LONG).unwrap().publish(&given).unwrap();
    let info = subscriber.acquire(LONG).unwrap().info().unwrap();
    assert_eq!((Some(info.timestamp), info.damage, Some(info.color), info.hdr), (given.timestamp, given.damage, given.color, given.hdr));
    assert_eq!(info.user_data, given.user_data);
    assert!(info.published.nanoseconds <= Timestamp::now(Clock::Monotonic).unwrap().nanoseconds);
    let too_much = vec![0; MAX_USER_DATA_BYTES + 1];
    let error = publisher.begin_frame(LONG).unwrap().publish(&FrameMetadata { user_data: &too_much, ..given }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert_eq!(publish(&publisher, 3), 3, "the refused frame went back, and its number is used again");
}

#[test]
fn one_frame_is_open_at_a_time_and_a_dropped_one_goes_back() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let publisher = publisher(&manager, &folder, Pacing::Latest);
    let frame = publisher.begin_frame(LONG).unwrap();
    assert_eq!(publisher.begin_frame(SHORT).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(frame.number().unwrap(), 1);
    assert!(frame.access().begin().unwrap().mode == geyser::AccessMode::Write && frame.texture().descriptor().unwrap() == descriptor());
    thread::spawn(move || drop(frame)).join().unwrap();
    let frame = publisher.begin_frame(LONG).unwrap();
    assert_eq!(frame.number().unwrap(), 1);
    drop(publisher); // the frame keeps the stream
    assert_eq!(frame.publish(&FrameMetadata::default()).unwrap(), 1);
    assert!(Directory::open(Some(&folder.streams())).unwrap().list().unwrap().is_empty());
}

#[test]
fn frames_outlive_their_subscriber_and_their_publisher() {
    for manager in managers() {
        let folder = Folder::new();
        let publisher = publisher(&manager, &folder, Pacing::Latest);
        let mut subscriber = subscriber(&manager, &folder);
        publish(&publisher, 7);
        let mut frame = subscriber.acquire(LONG).unwrap();
        drop(subscriber);
        for seed in 8..12 {
            publish(&publisher, seed);
        }
        assert_eq!(content(&mut frame), bytes(7, SIZE), "the frame keeps the reader attached");
        drop(publisher);
        assert_eq!(content(&mut frame), bytes(7, SIZE));
        drop(manager);
        assert_eq!(content(&mut frame), bytes(7, SIZE));
        thread::spawn(move || frame.release().unwrap()).join().unwrap();
    }
}

#[test]
fn at_most_max_held_frames_are_out() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let publisher = publisher(&manager, &folder, Pacing::Latest);
    let mut subscriber = subscriber(&manager, &folder);
    let mut held = Vec::new();
    for seed in 1..=2 {
        publish(&publisher, seed);
        held.push(subscriber.acquire(LONG).unwrap());
    }
    publish(&publisher, 3);
    assert_eq!(subscriber.acquire(SHORT).unwrap_err().kind(), ErrorKind::LimitExceeded);
    held.remove(0).release().unwrap();
    assert_eq!(content(&mut subscriber.acquire(LONG).unwrap()), bytes(3, SIZE));
}

#[test]
fn a_new_size_and_a_new_publisher_are_followed() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let first = publisher(&manager, &folder, Pacing::Latest);
    let mut subscriber = subscriber(&manager, &folder);
    publish(&first, 1);
    drop(subscriber.acquire(LONG).unwrap());
    let other = TextureDescriptor::new(16, 16, Format::R8_UNORM).with_label("other");
    first.reconfigure(&other).unwrap();
    assert_eq!(first.descriptor().unwrap(), other);
    assert!(first.reconfigure(&TextureDescriptor::new(0, 1, Format::R8_UNORM)).is_err());
    let mut frame = first.begin_frame(LONG).unwrap();
    frame.upload(&Region::default(), &[5; 256]).unwrap();
    frame.publish(&FrameMetadata::default()).unwrap();
    let frame = subscriber.acquire(LONG).unwrap();
    assert_eq!((frame.info().unwrap().generation > 1, frame.texture().descriptor().unwrap().extent), (true, other.extent));
    drop(frame);
    wait_until(|| subscriber.stream().unwrap().texture.extent == other.extent);
    let before = first.uuid().unwrap();
    drop(first);
    assert_eq!(subscriber.acquire(SHORT).unwrap_err().kind(), ErrorKind::PeerGone);
    assert_eq!(subscriber.info().unwrap().state, SubscriberState::Waiting);
    let second = publisher(&manager, &folder, Pacing::Latest);
    assert_ne!(second.uuid().unwrap(), before);
    publish(&second, 2);
    assert_eq!(content(&mut subscriber.acquire(LONG).unwrap()), bytes(2, SIZE)); // it attaches while it waits
    assert_eq!(subscriber.info().unwrap().attachments, 2);
}

#[test]
fn directories_say_who_publishes_and_who_reads() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let mut directory = Directory::open(Some(&folder.streams())).unwrap();
    assert_eq!(directory.path().unwrap(), folder.streams().to_str().unwrap());
    assert!(directory.list().unwrap().is_empty());
    let (texture, streams) = (descriptor().with_label("picture"), folder.streams());
    let options =
        PublisherOptions { application: "tests", ring: 4, directory: Some(&streams), ..PublisherOptions::new("cämera 1", &texture) };
    let publisher = thread::scope(|scope| {
        let started = scope.spawn(|| {
            thread::sleep(SHORT);
            Publisher::create(&manager, &options).unwrap()
        });
        let seen = directory.wait_for_change(LONG).unwrap();
        assert_eq!(seen.len(), 1);
        started.join().unwrap()
    });
    assert!(Publisher::create(&manager, &options).is_err_and(|error| error.kind() == ErrorKind::InvalidState), "the name is taken");
    let found = directory.find("cämera 1").unwrap();
    assert_eq!(directory.list().unwrap(), std::slice::from_ref(&found));
    assert_eq!((found.name.as_str(), found.application.as_str(), found.backend.as_str()), ("cämera 1", "tests", "host"));
    assert_eq!((found.process_id, found.pacing, found.ring, found.texture), (std::process::id(), Pacing::Latest, 4, texture.clone()));
    assert_eq!((found.uuid, &found.device), (publisher.uuid().unwrap(), &manager.identity().unwrap()));
    assert_eq!(device_of_stream("cämera 1", Some(&streams)).unwrap(), found.device);
    assert_eq!(device_of_stream("camera", Some(&streams)).unwrap_err().kind(), ErrorKind::NotFound);
    let error = directory.find("camera").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("cämera 1"), "{error}");

    let how = SubscriberOptions { application: "reader", directory: Some(&streams), ..SubscriberOptions::default() };
    let mut subscriber = Subscriber::connect(&manager, "cämera 1", &how).unwrap();
    publisher.begin_frame(LONG).unwrap().publish(&FrameMetadata::default()).unwrap();
    let held = subscriber.acquire(LONG).unwrap();
    let status = directory.status("cämera 1", LONG).unwrap();
    assert_eq!((status.stream.name.as_str(), status.frames, status.last_publish.is_some()), ("cämera 1", 1, true));
    let reader = &status.readers[0];
    assert_eq!((reader.application.as_str(), reader.process_id, reader.transport), ("reader", std::process::id(), Transport::ZeroCopy));
    assert_eq!((reader.claims, reader.last_frame), (1, 1));
    assert_eq!(publisher.status().unwrap().readers.len(), 1);
    drop((held, subscriber, publisher));
    assert!(directory.wait_for_change(LONG).unwrap().is_empty());
    assert!(directory.wait_for_change(Duration::ZERO).unwrap().is_empty());
}

#[test]
fn a_frame_is_handed_on_by_its_handle() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let publisher = publisher(&manager, &folder, Pacing::Latest);
    let streams = folder.streams();
    let how = SubscriberOptions { keep_handles: true, directory: Some(&streams), ..SubscriberOptions::default() };
    let (mut keeps, mut plain) = (Subscriber::connect(&manager, "test", &how).unwrap(), subscriber(&manager, &folder));
    publish(&publisher, 6);
    let frame = keeps.acquire(LONG).unwrap();
    frame.access().wait(LONG).unwrap();
    let handle = frame.export_handle().unwrap();
    assert!(handle.borrow(0).unwrap().is_some());
    assert_eq!(handle.descriptor().unwrap().extent, descriptor().extent);
    assert_eq!(plain.acquire(LONG).unwrap().export_handle().unwrap_err().kind(), ErrorKind::InvalidState);
}

#[test]
fn hosts_read_devices_over_the_bridge() {
    let all = managers();
    let [host, device] = &all[..] else { return };
    for (from, to) in [(host, device), (device, host)] {
        let folder = Folder::new();
        let publisher = publisher(from, &folder, Pacing::Latest);
        let mut subscriber = subscriber(to, &folder);
        publisher.wait_for_subscribers(1, LONG).unwrap();
        publish(&publisher, 11);
        let mut frame = subscriber.acquire(LONG).unwrap();
        assert_eq!((content(&mut frame), frame.transport().unwrap()), (bytes(11, SIZE), Transport::HostBridge));
        assert_ne!(subscriber.why_not_zero_copy().unwrap(), "");
        let streams = folder.streams();
        let strict = SubscriberOptions { require_zero_copy: true, directory: Some(&streams), ..SubscriberOptions::default() };
        let error = Subscriber::connect(to, "test", &strict).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnsupportedHandle | ErrorKind::DeviceMismatch), "{error}");
    }
}
