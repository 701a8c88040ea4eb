//! Nothing is left open: what a loop opens is closed again. One test, since others in the process would open files meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use geyser::{
    AccessInfo, Channel, CreateOptions, Directory, ErrorKind, Format, FrameMetadata, Publisher, PublisherOptions, Region, SemaphoreType,
    Subscriber, SubscriberOptions, TextureDescriptor,
};

mod support;
use support::{Folder, LONG, SHORT, managers, open_descriptors};

#[test]
fn a_loop_leaves_no_descriptor() {
    for manager in managers() {
        let folder = Folder::new();
        let (streams, texture) = (folder.streams(), TextureDescriptor::new(8, 8, Format::RGBA8_UNORM));
        let turn = |failing: bool| {
            let made = manager.create_texture(&texture, &CreateOptions::default()).unwrap();
            manager.upload(&made, &Region::default(), &[1; 256], &AccessInfo::default()).unwrap();
            let semaphore = manager.create_semaphore(None, 0, "").unwrap();
            manager.attach_semaphore(&made, &semaphore).unwrap();
            let mut handle = manager.export_texture(&made).unwrap();
            let _ = manager.export_semaphore(&semaphore, SemaphoreType::None).unwrap();
            if failing {
                drop(handle.take(0).unwrap());
                assert_eq!(manager.import_texture(handle).unwrap_err().error.kind(), ErrorKind::ProtocolError);
            } else {
                drop(manager.import_texture(handle).unwrap());
            }
            let publisher =
                Publisher::create(&manager, &PublisherOptions { directory: Some(&streams), ..PublisherOptions::new("leak", &texture) });
            let publisher = publisher.unwrap();
            let how = SubscriberOptions { directory: Some(&streams), keep_handles: true, ..SubscriberOptions::default() };
            let mut subscriber = Subscriber::connect(&manager, "leak", &how).unwrap();
            let mut frame = publisher.begin_frame(LONG).unwrap();
            frame.upload(&Region::default(), &[2; 256]).unwrap();
            if failing {
                frame.publish(&FrameMetadata { user_data: &[0; 2000], ..FrameMetadata::default() }).unwrap_err();
                assert_eq!(subscriber.acquire(SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
            } else {
                frame.publish(&FrameMetadata::default()).unwrap();
                let frame = subscriber.acquire(LONG).unwrap();
                drop((frame.export_handle().unwrap(), subscriber, publisher));
                drop(frame);
            }
            let (mut a, b) = Channel::pair().unwrap();
            a.send_texture(&manager.export_texture(&made).unwrap(), LONG).unwrap(); // and nobody receives it
            drop((a, b, Directory::open(Some(&streams)).unwrap().list().unwrap()));
        };
        turn(false);
        turn(true);
        let before = open_descriptors();
        for round in 0..30 {
            turn(round % 2 == 1);
        }
        assert_eq!(open_descriptors(), before, "{:?}", *manager);
    }
}
