//! Two processes: this crate's examples at either end, the C++ command line tool at the other, deaths and restarts.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::stream::{acquire, subscriber};
use common::{
    LAVAPIPE, LONG, Place, Process, SWIFTSHADER, adapter, driver, example, geyser_tool, gpu, no_validation_messages, place, read_wgpu,
    region, spawn,
};
use geyser_wgpu::geyser::{Directory, ErrorKind, Format, SubscriberState, TextureDescriptor, Transport};
use geyser_wgpu::wgpu::TextureAspect;

fn drawing(place: &Place, device: &str, more: &[&str]) -> Process {
    let mut command = example("publisher");
    command.args([&place.name, "--size", "96x64", "--device", &driver(device), "--directory"]).arg(&place.folder).args(more);
    spawn(command.stdout(Stdio::null()))
}

/// The lines that the example prints, when it has ended well.
fn shown(place: &Place, device: &str, more: &[&str]) -> Vec<String> {
    let mut command = example("subscriber");
    command.args([&place.name, "--device", &driver(device), "--directory"]).arg(&place.folder).args(more).stdout(Stdio::piped());
    let mut process = spawn(&mut command);
    let lines = BufReader::new(process.0.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(process.wait(LONG).success());
    lines
}

/// "12 96x64 zero_copy [48, 32, 12, 255]"
fn parsed(line: &str) -> (u64, (u32, u32), String, Vec<u8>) {
    let (front, texel) = line.split_once(" [").unwrap();
    let parts: Vec<&str> = front.split(' ').collect();
    let (width, height) = parts[1].split_once('x').unwrap();
    let texel = texel.trim_end_matches(']').split(", ").map(|part| part.parse().unwrap()).collect();
    (parts[0].parse().unwrap(), (width.parse().unwrap(), height.parse().unwrap()), parts[2].into(), texel)
}

fn picture(path: &Path) -> ((u32, u32), Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    ((info.width, info.height), pixels)
}

/// What the example draws.
fn drawn((width, height): (u32, u32), number: u64) -> Vec<u8> {
    (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, number as u8, 255])).collect()
}

#[test]
fn one_process_draws_and_another_shows_it() {
    // Between devices: by the host's memory until the bridge to the reader's device is open.
    const BETWEEN: &[&str] = &["host_bridge", "host_copy", "pinned_copy"];
    for (from, to, transports) in [
        (LAVAPIPE, LAVAPIPE, &["zero_copy"][..]),
        (SWIFTSHADER, SWIFTSHADER, &["zero_copy"][..]),
        (LAVAPIPE, SWIFTSHADER, BETWEEN),
        (SWIFTSHADER, LAVAPIPE, BETWEEN),
    ] {
        if adapter(from).is_none() || adapter(to).is_none() {
            continue;
        }
        for form in [&[][..], &["--deferred"]] {
            let place = place("examples");
            let _publisher = drawing(&place, from, form);
            let file = place.folder.join("seen.png");
            let lines = shown(&place, to, &[&["--frames", "25", "--png", file.to_str().unwrap()], form].concat());
            assert_eq!(lines.len(), 25);
            let mut last = 0;
            for line in &lines {
                let (number, size, by, texel) = parsed(line);
                assert!(number > last, "{lines:?}");
                assert_eq!(size, (96, 64), "{line}");
                assert!(transports.contains(&by.as_str()), "{line}");
                assert_eq!(texel, [48, 32, number as u8, 255], "{line}");
                last = number;
            }
            let (size, pixels) = picture(&file);
            assert_eq!(size, (96, 64));
            assert!(pixels == drawn(size, last), "the picture of frame {last} is another one");
        }
    }
}

#[test]
fn a_new_size_is_followed_across_processes() {
    let Some(_) = adapter(LAVAPIPE) else { return };
    let place = place("resize");
    let _publisher = drawing(&place, LAVAPIPE, &["--resize-at", "60"]);
    let file = place.folder.join("seen.png");
    let lines = shown(&place, LAVAPIPE, &["--frames", "120", "--png", file.to_str().unwrap()]);
    let sizes: Vec<_> = lines.iter().map(|line| parsed(line).1).collect();
    assert!(sizes.contains(&(192, 128)), "{lines:?}");
    for line in &lines {
        let (number, size, _, texel) = parsed(line);
        assert_eq!(size, if number <= 60 { (96, 64) } else { (192, 128) }, "{line}");
        assert_eq!(texel[2], number as u8, "{line}");
    }
    let (size, pixels) = picture(&file);
    assert!(pixels == drawn(size, parsed(lines.last().unwrap()).0));
}

#[test]
fn a_publisher_that_is_killed_hurts_nobody_and_its_successor_is_found() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let place = place("killed");
    let mut publisher = drawing(&place, LAVAPIPE, &["--fps", "200"]);
    let mut subscriber = subscriber(&gpu, &place);
    let check = |frame: &geyser_wgpu::ReadFrame| {
        let size = (frame.texture().width(), frame.texture().height());
        let descriptor = TextureDescriptor::new(size.0, size.1, Format::RGBA8_UNORM);
        let bytes = read_wgpu(&gpu.context, frame.texture(), &descriptor, &region(0, 0, 0), TextureAspect::All);
        assert!(bytes == drawn(size, frame.info().number), "frame {}", frame.info().number);
    };
    for round in 1..=3 {
        for _ in 0..10 {
            check(&acquire(&mut subscriber));
        }
        let held = acquire(&mut subscriber);
        publisher.0.kill().unwrap(); // SIGKILL, in the middle of whatever it does
        publisher.0.wait().unwrap();
        let end = Instant::now() + LONG;
        while subscriber.info().unwrap().state != SubscriberState::Waiting {
            assert!(Instant::now() < end, "nobody noticed");
            std::thread::sleep(Duration::from_millis(5));
        }
        check(&held); // valid as before
        drop(held);
        // What was published and is finished can still be had; then it is gone, and says so.
        let end = Instant::now() + LONG;
        let error = loop {
            assert!(Instant::now() < end);
            match subscriber.acquire(Duration::from_millis(50)) {
                Err(error) => break error,
                Ok(frame) => drop(frame),
            }
        };
        assert!(matches!(error.kind(), ErrorKind::PeerGone | ErrorKind::TimedOut), "{error}");
        publisher = drawing(&place, LAVAPIPE, &["--fps", "200"]);
        check(&acquire(&mut subscriber));
        assert_eq!(subscriber.info().unwrap().attachments, round + 1);
    }
    no_validation_messages();
}

/// The tool publishes a picture, and wgpu sees what the tool's own reader (`geyser snapshot`) sees.
#[test]
fn the_command_line_tool_publishes_and_wgpu_reads() {
    for device in [&driver(LAVAPIPE), SWIFTSHADER, "host"] {
        let (Some(mut tool), Some(gpu)) = (geyser_tool(), gpu(if device == SWIFTSHADER { SWIFTSHADER } else { LAVAPIPE })) else {
            return;
        };
        let place = place("tool");
        let run = |command: &mut Command| {
            // The tool announces in the folder that this variable leads to.
            spawn(command.env("XDG_RUNTIME_DIR", &place.folder).stdout(Stdio::null()).stderr(Stdio::null()))
        };
        let arguments = ["publish", "-n", &place.name, "--pattern", "smpte", "--size", "64x64", "--fps", "100", "--device", device];
        let _publisher = run(tool.args(arguments));
        let folder = place.folder.join("geyser");
        let end = Instant::now() + LONG;
        while !Directory::open(Some(&folder)).and_then(|directory| directory.list()).is_ok_and(|streams| !streams.is_empty()) {
            assert!(Instant::now() < end, "{device}: the tool published nothing");
            std::thread::sleep(Duration::from_millis(20));
        }
        let options = geyser_wgpu::geyser::SubscriberOptions { directory: Some(&folder), connect_timeout: LONG, ..Default::default() };
        let mut subscriber = gpu.context.subscriber(&place.name, &options).unwrap();
        let descriptor = TextureDescriptor::new(64, 64, Format::RGBA8_UNORM);
        let mut seen = Vec::new();
        for _ in 0..20 {
            let frame = acquire(&mut subscriber);
            assert_eq!(frame.transport(), if device == "host" { Transport::HostBridge } else { Transport::ZeroCopy }, "{device}");
            seen = read_wgpu(&gpu.context, frame.texture(), &descriptor, &region(0, 0, 0), TextureAspect::All);
        }
        // The tool's own reader, a process and a device of its own, sees the same picture: it does not move.
        let file = place.folder.join("tool.png");
        let mut snapshot = geyser_tool().unwrap();
        assert!(run(snapshot.args(["snapshot", &place.name, file.to_str().unwrap()])).wait(LONG).success(), "{device}: no snapshot");
        let (size, mut pixels) = picture(&file);
        assert_eq!(size, (64, 64));
        if pixels.len() == 64 * 64 * 3 {
            pixels = pixels.chunks(3).flat_map(|texel| [texel[0], texel[1], texel[2], 255]).collect();
        }
        assert!(seen == pixels, "{device}: wgpu and the tool see different pictures");
        assert!(seen.windows(2).any(|pair| pair[0] != pair[1]), "{device}: the picture is of one colour");
    }
    no_validation_messages();
}
