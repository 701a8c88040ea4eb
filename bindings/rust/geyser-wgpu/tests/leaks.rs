//! Nothing grows: descriptors, memory, wrapped textures. One test at a time, since they count what the process has.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::{Mutex, PoisonError};

use common::stream::{acquire, check, described, publish, publisher, subscriber};
use common::{LAVAPIPE, gpu, no_validation_messages, open_files, place, plain_gpu, read_wgpu, region, resident};
use geyser_wgpu::wgpu::{self, TextureAspect};

static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_new_size_is_followed_and_the_old_textures_go() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (Some(here), Some(there)) = (gpu(LAVAPIPE), gpu(LAVAPIPE)) else { return };
    let place = place("sizes");
    let mut publisher = publisher(&here, &place, &described(16, 16));
    let mut subscriber = subscriber(&there, &place);
    let mut kept = Vec::new();
    let mut files = 0;
    for round in 0..40 {
        let side = 16 + round % 7;
        publisher.reconfigure(&described(side, side)).unwrap();
        for _ in 0..4 {
            publish(&here, &mut publisher, round % 2 == 0);
            let frame = acquire(&mut subscriber);
            assert_eq!((frame.texture().width(), frame.texture().height()), (side, side));
            check(&there, &frame);
            if round == 3 {
                kept.push(frame.texture().clone()); // a program that keeps textures beyond their generation
            }
        }
        assert!(publisher.wrapped_textures() <= 4 && subscriber.wrapped_textures() <= 4, "round {round}");
        if round == 10 {
            files = open_files();
        }
    }
    // What the program kept is alive still, whatever is in it.
    let descriptor = described(19, 19);
    for texture in &kept {
        assert_eq!(read_wgpu(&there.context, texture, &descriptor, &region(0, 0, 0), TextureAspect::All).len(), 19 * 19 * 4);
    }
    drop((subscriber, publisher));
    assert!(open_files() <= files + 8, "{} descriptors, {files} after ten rounds", open_files());
    drop((here, there));
    drop(kept); // after the context
    no_validation_messages();
}

#[test]
fn thousands_of_frames_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (Some(here), Some(there)) = (plain_gpu(LAVAPIPE), plain_gpu(LAVAPIPE)) else { return };
    let place = place("thousands");
    let mut publisher = publisher(&here, &place, &described(16, 16));
    let mut subscriber = subscriber(&there, &place);
    let mut before = (0, 0);
    for number in 0..4000_u32 {
        publish(&here, &mut publisher, number % 2 == 0);
        let frame = acquire(&mut subscriber);
        if number % 100 == 0 {
            check(&there, &frame);
        }
        drop(frame);
        if number == 1000 {
            before = (open_files(), resident());
        }
    }
    let after = (open_files(), resident());
    assert!(after.0 <= before.0 + 4, "descriptors: {} and then {}", before.0, after.0);
    assert!(after.1 < before.1 + 16 * 1024, "KiB: {} and then {}", before.1, after.1);
}

#[test]
fn descriptors_do_not_leak_with_connections() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (Some(here), Some(there)) = (plain_gpu(LAVAPIPE), plain_gpu(LAVAPIPE)) else { return };
    let mut before = 0;
    for round in 0..30 {
        let place = place("connections");
        let mut publisher = publisher(&here, &place, &described(16, 16));
        let mut subscriber = subscriber(&there, &place);
        publish(&here, &mut publisher, false);
        let frame = acquire(&mut subscriber);
        check(&there, &frame);
        drop((publisher, subscriber)); // before the frame, which stays as it was
        check(&there, &frame);
        drop(frame);
        here.device.poll(wgpu::PollType::Poll).unwrap();
        if round == 5 {
            before = open_files();
        }
    }
    assert!(open_files() <= before + 8, "descriptors: {before} and then {}", open_files());
}
