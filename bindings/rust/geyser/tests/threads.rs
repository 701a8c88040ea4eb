//! What may go from thread to thread, and what may be used by several: said to the compiler, and done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::thread;

use geyser::*;

mod support;
use support::{Folder, LONG, bytes};

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}

/// Compiles for a type that is not Sync only: for one that is, which `look` is meant cannot be told.
macro_rules! not_sync {
    ($($type:ty),+) => {$(
        const _: fn() = || {
            trait Ambiguous<Marker> {
                fn look() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct IsSync;
            impl<T: ?Sized + Sync> Ambiguous<IsSync> for T {}
            let _ = <$type as Ambiguous<_>>::look;
        };
    )+};
}

const _: () = {
    // Any number of threads at once.
    sync::<Manager>();
    sync::<Texture>();
    sync::<TextureHold>();
    sync::<TextureState>();
    sync::<TexturePool>();
    sync::<Semaphore>();
    sync::<SyncPoint>();
    sync::<Publisher>();
    sync::<Subscriber>();
    sync::<TextureHandle>();
    sync::<SemaphoreHandle>();
    sync::<Error>();
    sync::<vulkan::Device>();
    sync::<vulkan::Fence>();
    sync::<vulkan::HostBuffer>();
    // One thread at a time, which may be another one each time.
    send::<Manager>();
    send::<Texture>();
    send::<TexturePool>();
    send::<Semaphore>();
    send::<Publisher>();
    send::<Subscriber>();
    send::<Access<'static>>();
    send::<WriteFrame>();
    send::<ReadFrame>();
    send::<Directory>();
    send::<Channel>();
    send::<ChannelListener>();
    send::<vulkan::SubmitArrays>();
};

not_sync!(Access<'static>, WriteFrame, ReadFrame, Directory, Channel, ChannelListener, vulkan::SubmitArrays);

#[test]
fn threads_share_a_manager_and_its_textures() {
    let manager = Manager::host().unwrap();
    let texture = manager.create_texture(&TextureDescriptor::new(32, 32, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap();
    manager.upload(&texture, &Region::default(), &bytes(1, 4096), &AccessInfo::default()).unwrap();
    thread::scope(|scope| {
        for seed in 0..4 {
            let (manager, texture) = (&manager, &texture);
            scope.spawn(move || {
                for _ in 0..50 {
                    let mut got = vec![0; 4096];
                    manager.read_back(texture, &Region::default(), &mut got, &AccessInfo::default()).unwrap();
                    assert_eq!(got, bytes(1, 4096));
                    let own = manager.create_texture(&TextureDescriptor::new(4, 4, Format::R8_UNORM), &CreateOptions::default()).unwrap();
                    manager.upload(&own, &Region::default(), &bytes(seed, 16), &AccessInfo::default()).unwrap();
                }
            });
        }
    });
}

/// Beginning and publishing in several threads: the crate makes them wait for each other, and a frame that is open elsewhere is refused.
#[test]
fn threads_share_a_publisher() {
    let (folder, manager) = (Folder::new(), Manager::host().unwrap());
    let (streams, texture) = (folder.streams(), TextureDescriptor::new(8, 8, Format::R8_UNORM));
    let publisher =
        Publisher::create(&manager, &PublisherOptions { directory: Some(&streams), ..PublisherOptions::new("shared", &texture) }).unwrap();
    let published: u64 = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut published = 0;
                    while published < 25 {
                        match publisher.begin_frame(LONG) {
                            Ok(mut frame) => {
                                frame.upload(&Region::default(), &[7; 64]).unwrap();
                                frame.publish(&FrameMetadata::default()).unwrap();
                                published += 1;
                            }
                            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}"),
                        }
                        publisher.status().unwrap();
                    }
                    published
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!((published, publisher.status().unwrap().frames), (100, 100));
}
