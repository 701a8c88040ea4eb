//! Two processes: the examples run as people run them, and what happens when one is killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use geyser::{ErrorKind, Manager, Publisher, PublisherOptions, Region, Subscriber, SubscriberOptions, SubscriberState, TextureDescriptor};

#[path = "../examples/support/mod.rs"]
mod example;
mod support;
use support::{Example, Folder, LONG, SHORT, vulkan_side};

fn both(publish: &[&str], subscribe: &[&str]) -> (String, String) {
    let folder = Folder::new();
    let mut publisher = Example::start("publish", &[publish, &["--frames", "40"]].concat(), &folder);
    assert!(publisher.line().starts_with("listening as"));
    let subscriber = Example::start("subscribe", subscribe, &folder);
    let (read, right) = subscriber.finish();
    assert!(right, "{read}");
    let (published, right) = publisher.finish();
    assert!(right, "{published}");
    (published, read)
}

#[test]
fn pictures_cross_on_the_host() {
    let (published, read) = both(&[], &[]);
    assert_eq!(published, "frames: 40 published, the last one was released\n");
    assert_eq!(read, "transport: zero_copy\nframes: 40 read, 0 skipped, 0 wrong pixels\n");
}

#[test]
fn pictures_cross_on_lavapipe_and_over_the_bridge() {
    if vulkan_side().is_none() {
        return;
    }
    let (_, read) = both(&["--validate"], &["--validate"]);
    assert_eq!(read, "transport: zero_copy\nframes: 40 read, 0 skipped, 0 wrong pixels\n");
    let (_, read) = both(&["--validate"], &[]);
    assert_eq!(read, "transport: host_bridge\nframes: 40 read, 0 skipped, 0 wrong pixels\n");
}

#[test]
fn pictures_cross_to_c_and_back() {
    if vulkan_side().is_none() {
        return;
    }
    let folder = Folder::new();
    let Some(mut publisher) = Example::start_c("c_publisher", &["--frames", "20", "--validate"], &folder) else { return };
    loop {
        let line = publisher.line();
        assert!(!line.is_empty(), "c_publisher ended");
        if line.starts_with("listening as") {
            break;
        }
    }
    let (read, right) = Example::start("subscribe", &["--validate"], &folder).finish();
    assert!(right && publisher.finish().1, "{read}");
    assert_eq!(read, "transport: zero_copy\nframes: 20 read, 0 skipped, 0 wrong pixels\n");

    let mut publisher = Example::start("publish", &["--frames", "20"], &folder);
    assert!(publisher.line().starts_with("listening as"));
    let Some(subscriber) = Example::start_c("c_subscriber", &["--validate"], &folder) else { return };
    let (read, right) = subscriber.finish();
    assert!(right && publisher.finish().1, "{read}");
    assert!(read.contains("transport: host_bridge\nframes: 20 read, 0 skipped, 0 wrong pixels\n"), "{read}");
}

#[test]
fn a_texture_crosses_by_a_channel() {
    let with: &[&[&str]] = if vulkan_side().is_some() { &[&[], &["--validate"]] } else { &[&[]] };
    for options in with {
        let folder = Folder::new();
        let mut receiver = Example::start("channel", &[&["receive"], *options].concat(), &folder);
        assert!(receiver.line().starts_with("listening as"));
        let (sent, right) = Example::start("channel", &[&["send"], *options].concat(), &folder).finish();
        assert!(right, "{sent}");
        assert_eq!(sent, "sent, ready at 1; the receiver says: all 230400 bytes are right at 1\n");
        assert!(receiver.finish().1);
    }
}

#[test]
fn examples_refuse_what_they_do_not_know() {
    let folder = Folder::new();
    for (name, arguments) in [("publish", &["--frames", "0"][..]), ("subscribe", &["--nothing"]), ("channel", &["sideways"])] {
        assert!(!Example::start(name, arguments, &folder).finish().1, "{name}");
    }
}

#[test]
fn a_killed_publisher_is_gone_and_its_frame_stays() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let mut publisher = Example::start("publish", &["--frames", "1000000"], &folder);
    publisher.line();
    let streams = folder.streams();
    let how = SubscriberOptions { directory: Some(&streams), connect_timeout: LONG, ..SubscriberOptions::default() };
    let mut subscriber = Subscriber::connect(&manager, "geyser-c-example", &how).unwrap();
    let mut frame = subscriber.acquire(LONG).unwrap();
    publisher.kill();
    let error = loop {
        match subscriber.acquire(SHORT) {
            Ok(_) => {}                                             // published before
            Err(error) if error.kind() == ErrorKind::TimedOut => {} // not noticed yet
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::PeerGone, "{error}");
    assert_eq!(subscriber.info().unwrap().state, SubscriberState::Waiting);
    let mut pixels = vec![0; example::texture().content_bytes().unwrap() as usize];
    frame.read_back(&Region::default(), &mut pixels).unwrap();
    assert_eq!(pixels, example::picture(frame.info().unwrap().number));
    // Its name is free, and the subscriber attaches to whoever takes it.
    let texture = TextureDescriptor::new(4, 4, geyser::Format::R8_UNORM);
    let next =
        Publisher::create(&manager, &PublisherOptions { directory: Some(&streams), ..PublisherOptions::new("geyser-c-example", &texture) });
    let next = next.unwrap();
    next.begin_frame(LONG).unwrap().publish(&geyser::FrameMetadata::default()).unwrap();
    let frame = subscriber.acquire(LONG).unwrap();
    assert_eq!(frame.texture().descriptor().unwrap().extent, texture.extent);
    next.wait_for_subscribers(1, LONG).unwrap();
    assert_eq!(subscriber.stream().unwrap().process_id, std::process::id());
}

#[test]
fn a_killed_reader_holds_nobody_up() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let (texture, streams) = (example::texture(), folder.streams());
    let options = PublisherOptions {
        pacing: geyser::Pacing::Lockstep,
        directory: Some(&streams),
        ..PublisherOptions::new("geyser-c-example", &texture)
    };
    let publisher = Publisher::create(&manager, &options).unwrap();
    let mut reader = Example::start("subscribe", &[], &folder);
    publisher.wait_for_subscribers(1, LONG).unwrap();
    for _ in 0..5 {
        let mut frame = publisher.begin_frame(LONG).unwrap();
        frame.upload(&Region::default(), &example::picture(frame.number().unwrap())).unwrap();
        frame.publish(&geyser::FrameMetadata::default()).unwrap();
    }
    reader.kill();
    for _ in 0..5 {
        publisher.begin_frame(LONG).unwrap().publish(&geyser::FrameMetadata::default()).unwrap();
    }
    assert!(!publisher.has_subscribers().unwrap());
}
