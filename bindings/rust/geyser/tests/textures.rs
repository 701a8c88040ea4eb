//! Textures, accesses, semaphores and pools of one process, on the host and on lavapipe.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{sync::Arc, thread};

use geyser::{
    AccessInfo, AccessMode, CreateOptions, Dimension, ErrorKind, Extent, Format, FormatKind, Layout, Manager, MemoryType, Offset, Region,
    SemaphoreKind, SemaphoreType, SyncPoint, TextureDescriptor, TexturePool, TextureState, Usage, explain, negotiate,
};

mod support;
use support::{LONG, SHORT, bytes, managers};

fn picture(manager: &Manager) -> geyser::Texture {
    manager.create_texture(&TextureDescriptor::new(8, 4, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap()
}

fn fill(manager: &Manager, texture: &geyser::Texture, seed: u64) -> Vec<u8> {
    let content = bytes(seed, 128);
    manager.upload(texture, &Region::default(), &content, &AccessInfo::default()).unwrap();
    content
}

fn read(manager: &Manager, texture: &geyser::Texture) -> Vec<u8> {
    let mut content = vec![0; 128];
    manager.read_back(texture, &Region::default(), &mut content, &AccessInfo::default()).unwrap();
    content
}

#[test]
fn every_format_keeps_its_bytes() {
    for manager in managers() {
        let mut tried = 0;
        for format in Format::all() {
            let info = format.info().unwrap();
            let descriptor = TextureDescriptor::new(info.block_width * 4, info.block_height * 4, format);
            let texture = match manager.create_texture(&descriptor, &CreateOptions::default()) {
                Ok(texture) => texture,
                Err(error) if error.kind() == ErrorKind::UnsupportedFormat && manager.backend_name() != "host" => continue,
                Err(error) => panic!("{format} on {manager:?}: {error}"),
            };
            for plane in 0..info.planes.len() as u32 {
                let region = Region { plane, ..Region::default() };
                let layout = descriptor.region_layout(&region).unwrap();
                let mut wanted = bytes(u64::from(format.as_raw()), layout.total_bytes as usize);
                if matches!(info.kind, FormatKind::Depth | FormatKind::DepthStencil) {
                    wanted.fill(0); // a device may round depth: the value of nothing is every device's
                }
                manager.upload(&texture, &region, &wanted, &AccessInfo::default()).unwrap_or_else(|error| panic!("{format}: {error}"));
                let mut got = vec![0xA5; wanted.len()];
                manager.read_back(&texture, &region, &mut got, &AccessInfo::default()).unwrap();
                assert_eq!(got, wanted, "{format}, plane {plane}, {manager:?}");
            }
            tried += 1;
        }
        assert!(tried > 60, "{tried} formats on {manager:?}");
    }
}

#[test]
fn layers_levels_and_slices_are_apart() {
    for manager in managers() {
        let descriptor = TextureDescriptor::new(8, 8, Format::R8_UNORM).with_dimension(Dimension::D2Array, 1, 3).with_mip_levels(2);
        assert_eq!(descriptor.full_mip_chain().unwrap(), 4);
        assert_eq!(descriptor.mip_extent(1).unwrap(), Extent::new(4, 4));
        let texture = manager.create_texture(&descriptor, &CreateOptions::default()).unwrap();
        assert_eq!(texture.descriptor().unwrap(), descriptor);
        let regions: Vec<_> =
            (0..3).flat_map(|array_layer| (0..2).map(move |mip_level| Region { mip_level, array_layer, ..Region::default() })).collect();
        let content =
            |index: usize, region: &Region| bytes(index as u64 + 1, descriptor.region_layout(region).unwrap().total_bytes as usize);
        for (index, region) in regions.iter().enumerate() {
            manager.upload(&texture, region, &content(index, region), &AccessInfo::default()).unwrap();
        }
        for (index, region) in regions.iter().enumerate() {
            let wanted = content(index, region);
            let mut got = vec![0; wanted.len()];
            manager.read_back(&texture, region, &mut got, &AccessInfo::default()).unwrap();
            assert_eq!(got, wanted);
        }
        let part = Region { offset: Offset { x: 2, y: 3, z: 0 }, extent: Some(Extent::new(4, 2)), ..Region::default() };
        manager.upload(&texture, &part, &[9; 8], &AccessInfo::default()).unwrap();
        let mut all = vec![0; 64];
        manager.read_back(&texture, &regions[0], &mut all, &AccessInfo::default()).unwrap();
        let mut wanted = content(0, &regions[0]);
        wanted[26..30].fill(9);
        wanted[34..38].fill(9);
        assert_eq!(all, wanted);
    }
}

#[test]
fn textures_and_managers_may_go_in_any_order() {
    for manager in managers() {
        let texture = picture(&manager);
        let content = fill(&manager, &texture, 3);
        let handle = manager.export_texture(&texture).unwrap();
        let same = texture.manager().clone();
        drop(manager);
        assert_eq!(read(&same, &texture), content);
        let imported = same.import_texture(handle).unwrap();
        drop((same, texture));
        let manager = imported.manager().clone();
        assert_eq!(read(&manager, &imported), content);
        assert!(imported.info().unwrap().imported);
    }
}

#[test]
fn accesses_exclude_each_other_as_they_should() {
    for manager in managers() {
        let texture = Arc::new(picture(&manager));
        assert_eq!(texture.begin_read(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::NotInitialized);
        fill(&manager, &texture, 1);
        let first = texture.begin_read(&AccessInfo::default()).unwrap();
        let second = texture.begin_read_owned(&AccessInfo::default()).unwrap();
        assert_eq!(texture.begin_write(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::AccessConflict);
        assert_eq!(first.begin().unwrap().mode, AccessMode::Read);
        first.wait(LONG).unwrap();
        assert!(first.end(Layout::Undefined).unwrap().initialized().unwrap());
        drop(second);
        let write = thread::scope(|scope| {
            let write = texture.begin_write_owned(&AccessInfo::default()).unwrap();
            scope.spawn(move || write).join().unwrap() // an access goes from thread to thread
        });
        assert_eq!(write.begin().unwrap().mode, AccessMode::Write);
        assert_eq!(texture.begin_read(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::AccessConflict);
        let state = write.end(Layout::ShaderReadOnly).unwrap();
        assert_eq!((state.initialized().unwrap(), state.layout().unwrap()), (true, Layout::ShaderReadOnly));
        assert_eq!(texture.state().unwrap().layout().unwrap(), Layout::ShaderReadOnly);
        drop(texture.begin_write(&AccessInfo::default()).unwrap()); // given up: the content is gone
        assert_eq!(texture.begin_read(&AccessInfo::default()).unwrap_err().kind(), ErrorKind::NotInitialized);
    }
}

#[test]
fn points_travel_from_access_to_access() {
    for manager in managers() {
        let (texture, done) = (picture(&manager), manager.create_semaphore(Some(SemaphoreKind::HostTimeline), 0, "done").unwrap());
        let point = done.at(5);
        let write = texture.begin_write(&AccessInfo { signal: Some(&point), ..AccessInfo::default() }).unwrap();
        let promised = write.signal_point().unwrap().unwrap();
        assert!(promised.semaphore.same_as(&done) && promised.value == 5);
        let state = write.end(Layout::General).unwrap();
        assert!(state.points().unwrap().iter().any(|point| point.semaphore.same_as(&done) && point.value == 5));
        let read = texture.begin_read(&AccessInfo::default()).unwrap();
        assert_eq!(read.wait_points().unwrap().len(), 1);
        assert_eq!(read.wait(SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
        done.signal(5).unwrap();
        read.wait(LONG).unwrap();
        drop(read);
        let mine = TextureState::new(&manager, true, Layout::General, &[done.at(6)]).unwrap();
        let other: [SyncPoint; 1] = [done.at(7)];
        let read = texture.begin_read(&AccessInfo { state: Some(&mine), wait_for: &other, signal: None }).unwrap();
        let values: Vec<_> = read.wait_points().unwrap().iter().map(|point| point.value).collect();
        assert!(values.contains(&7), "{values:?}");
        done.signal(7).unwrap();
        read.wait(LONG).unwrap();
    }
}

#[test]
fn semaphores_count_across_handles() {
    for manager in managers() {
        let semaphore = manager.create_semaphore(Some(SemaphoreKind::HostTimeline), 3, "").unwrap();
        assert_eq!((semaphore.kind().unwrap(), semaphore.value().unwrap()), (SemaphoreKind::HostTimeline, 3));
        let handle = manager.export_semaphore(&semaphore, SemaphoreType::None).unwrap();
        handle.validate().unwrap();
        assert_eq!((handle.kind().unwrap(), handle.semaphore_type().unwrap()), (SemaphoreKind::HostTimeline, SemaphoreType::HostPage));
        let other = manager.import_semaphore(handle).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| other.wait(9, LONG).unwrap());
            semaphore.signal(9).unwrap();
        });
        assert_eq!(other.value().unwrap(), 9);
        let error = other.wait(10, SHORT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.message().contains('9'), "{error}");
        assert_eq!(semaphore.signal(2).unwrap_err().kind(), ErrorKind::InvalidArgument, "backwards");
        assert!(!semaphore.same_as(&other) && semaphore.same_as(&semaphore.clone()));
    }
}

#[test]
fn a_ready_semaphore_travels_with_the_texture() {
    let manager = Manager::host().unwrap();
    let texture = picture(&manager);
    assert_eq!(manager.signal_ready(&texture).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(manager.attached_semaphore(&texture).unwrap_err().kind(), ErrorKind::NotFound);
    let ready = manager.create_semaphore(None, 0, "ready").unwrap();
    manager.attach_semaphore(&texture, &ready).unwrap();
    assert!(manager.attached_semaphore(&texture).unwrap().same_as(&ready));
    let mut handle = manager.export_texture(&texture).unwrap();
    let semaphore = handle.take_ready_semaphore().unwrap();
    assert_eq!(handle.take_ready_semaphore().unwrap_err().kind(), ErrorKind::NotFound);
    handle.give_ready_semaphore(semaphore).unwrap();
    let imported = manager.import_texture(handle).unwrap();
    assert_eq!(manager.wait_ready(&imported, SHORT).unwrap_err().kind(), ErrorKind::TimedOut);
    let content = fill(&manager, &texture, 8);
    let value = manager.signal_ready(&texture).unwrap();
    assert_eq!(manager.wait_ready(&imported, LONG).unwrap(), value);
    assert_eq!(read(&manager, &imported), content);
}

#[test]
fn a_host_texture_is_memory() {
    let manager = Manager::host().unwrap();
    let texture = picture(&manager);
    let content = fill(&manager, &texture, 4);
    let access = texture.begin_read(&AccessInfo::default()).unwrap();
    let mapped = texture.host_map(&Region::default()).unwrap();
    assert_eq!((mapped.row_bytes, mapped.rows, mapped.total_bytes), (32, 4, 128));
    // SAFETY: rows of a texture that lives, within a read access; nobody else has it.
    let second = unsafe { std::slice::from_raw_parts(mapped.data.add(mapped.row_pitch as usize), 32) };
    assert_eq!(second, &content[32..64]);
    access.end(Layout::Undefined).unwrap();
}

#[test]
fn pools_lend_the_same_texture_again() {
    for manager in managers() {
        let descriptor = TextureDescriptor::new(8, 4, Format::RGBA8_UNORM);
        let pool = TexturePool::new(&manager, 0).unwrap();
        let (first, reused) = pool.acquire(&descriptor).unwrap();
        assert!(!reused);
        drop(first);
        assert_eq!(pool.idle().unwrap(), 1);
        let (second, reused) = pool.acquire(&descriptor.clone().with_label("another")).unwrap();
        assert!(reused);
        pool.clear().unwrap();
        drop((pool, manager));
        assert_eq!(second.descriptor().unwrap().extent, descriptor.extent);
        let hold = second.hold().unwrap();
        drop(second);
        drop(hold);
    }
}

#[test]
fn devices_say_what_they_can() {
    for manager in managers() {
        let memory = manager.memory_support().unwrap();
        assert!(memory.iter().any(|support| support.can_export && support.can_import), "{memory:?}");
        assert!(memory.iter().all(|support| (support.can_export && support.can_import) == support.why_not.is_empty()), "{memory:?}");
        let semaphores = manager.semaphore_support().unwrap();
        assert!(semaphores.iter().any(|support| support.kind == SemaphoreKind::HostTimeline && support.can_export), "{semaphores:?}");
        let descriptor = TextureDescriptor::new(8, 4, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING);
        let formats = manager.format_support(&descriptor).unwrap();
        assert!(formats.iter().any(|support| support.can_export && support.max_extent.width >= 4096), "{formats:?}");
        let agreed = negotiate(&manager, &manager).unwrap();
        assert!(agreed.same_device && agreed.memory != MemoryType::None, "{agreed:?}");
        assert!(explain(&manager, &manager).unwrap().len() > 20);
        let identity = manager.identity().unwrap();
        identity.check_same_device(&identity).unwrap();
    }
    if let [host, vulkan] = &managers()[..] {
        let error = negotiate(host, vulkan).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::DeviceMismatch | ErrorKind::UnsupportedHandle), "{error}");
    }
}
