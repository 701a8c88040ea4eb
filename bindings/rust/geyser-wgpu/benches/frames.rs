//! What a frame costs: from a stream into wgpu and from wgpu into a stream, GPU work included, drawing excluded.
//!
//!     frames [--device PART] [--frames N] [--out FILE]
//!
//! In one run, in turns: the library (two submits, and one for both), by hand (the same barriers and semaphores by ash on wgpu's encoders, on an image
//! that only this program uses), and a copy through the CPU. Each is measured until the GPU is done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a program that measures has nobody to tell

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ash::vk;
use geyser_wgpu::geyser::{
    self, AccessInfo, CreateOptions, Format, FrameMetadata, PublisherOptions, Region, SubscriberOptions, TextureDescriptor, Usage,
};
use geyser_wgpu::wgpu::{self, hal::api::Vulkan};
use geyser_wgpu::{Context, SharedTexture, request_device};

const WAIT: Duration = Duration::from_secs(20);

fn done(context: &Context) {
    context.device().poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(WAIT) }).unwrap();
}

/// Nanoseconds that `work` takes until the GPU is done.
fn timed(context: &Context, work: impl FnOnce()) -> u64 {
    let begin = Instant::now();
    work();
    done(context);
    begin.elapsed().as_nanos() as u64
}

/// The floor: what has to be recorded and submitted in any case, without the library.
struct ByHand {
    context: Context,
    image: vk::Image,
    family: u32,
    timeline: vk::Semaphore,
    value: u64,
    _texture: SharedTexture,
}

impl ByHand {
    fn new(context: &Context, descriptor: &TextureDescriptor) -> Self {
        let texture = context.create_texture(descriptor, &CreateOptions::default()).unwrap();
        let bytes = vec![1; descriptor.content_bytes().unwrap() as usize];
        context.manager().upload(texture.shared(), &Region::default(), &bytes, &AccessInfo::default()).unwrap();
        let access = texture.begin_read(&AccessInfo::default()).unwrap();
        // SAFETY: handles are only asked for; the semaphore is destroyed when everything is done.
        let (image, family, timeline) = unsafe {
            let device = context.device().as_hal::<Vulkan>().unwrap();
            let mut kind = vk::SemaphoreTypeCreateInfo::default().semaphore_type(vk::SemaphoreType::TIMELINE);
            let info = vk::SemaphoreCreateInfo::default().push_next(&mut kind);
            let timeline = device.raw_device().create_semaphore(&info, None).unwrap();
            (texture.texture().as_hal::<Vulkan>().unwrap().raw_handle(), device.queue_family_index(), timeline)
        };
        access.end().unwrap();
        done(context);
        Self { context: context.clone(), image, family, timeline, value: 0, _texture: texture }
    }

    fn barrier(&self, acquire: bool) -> wgpu::CommandBuffer {
        let layouts = (vk::ImageLayout::GENERAL, vk::ImageLayout::SHADER_READ_ONLY_OPTIMAL);
        let families = (vk::QUEUE_FAMILY_EXTERNAL, self.family);
        let (layouts, families) = if acquire { (layouts, families) } else { ((layouts.1, layouts.0), (families.1, families.0)) };
        let everything = vk::AccessFlags::MEMORY_READ | vk::AccessFlags::MEMORY_WRITE;
        let barrier = vk::ImageMemoryBarrier::default()
            .src_access_mask(if acquire { vk::AccessFlags::empty() } else { everything })
            .dst_access_mask(if acquire { everything } else { vk::AccessFlags::empty() })
            .old_layout(layouts.0)
            .new_layout(layouts.1)
            .src_queue_family_index(families.0)
            .dst_queue_family_index(families.1)
            .image(self.image)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                level_count: 1,
                layer_count: 1,
                ..Default::default()
            });
        let mut encoder = self.context.device().create_command_encoder(&Default::default());
        // SAFETY: the image belongs to this device and to nobody else; only the barrier is recorded.
        unsafe {
            let device = self.context.device().as_hal::<Vulkan>().unwrap();
            encoder.as_hal_mut::<Vulkan, _, _>(|hal| {
                let all = vk::PipelineStageFlags::ALL_COMMANDS;
                let commands = hal.unwrap().raw_handle();
                device.raw_device().cmd_pipeline_barrier(commands, all, all, vk::DependencyFlags::empty(), &[], &[], &[barrier]);
            });
        }
        encoder.finish()
    }

    /// Acquire and release, in two submits or in one.
    fn frame(&mut self, bundled: bool) {
        let queue = self.context.queue();
        // SAFETY: the semaphore lives, and its values rise.
        let hal = unsafe { queue.as_hal::<Vulkan>() }.unwrap();
        hal.add_wait_semaphore(self.timeline, Some(self.value), vk::PipelineStageFlags::ALL_COMMANDS);
        let acquire = self.barrier(true);
        let release = self.barrier(false);
        self.value += 1;
        if bundled {
            hal.add_signal_semaphore(self.timeline, Some(self.value));
            queue.submit([acquire, release]);
        } else {
            queue.submit([acquire]);
            hal.add_signal_semaphore(self.timeline, Some(self.value));
            queue.submit([release]);
        }
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        done(&self.context);
        // SAFETY: nothing uses it any more.
        unsafe { self.context.device().as_hal::<Vulkan>().unwrap().raw_device().destroy_semaphore(self.timeline, None) };
    }
}

#[derive(Default)]
struct Times {
    library: Vec<u64>,
    one_submit: Vec<u64>,
    by_hand: Vec<u64>,
    by_hand_one_submit: Vec<u64>,
    cpu_copy: Vec<u64>,
}

fn part(values: &mut [u64], part: f64) -> u64 {
    values.sort_unstable();
    values[((values.len() - 1) as f64 * part).round() as usize]
}

impl Times {
    fn report(&mut self, name: &str, json: &mut String) {
        let all = [
            ("library", &mut self.library),
            ("library, one submit", &mut self.one_submit),
            ("by hand", &mut self.by_hand),
            ("by hand, one submit", &mut self.by_hand_one_submit),
            ("through the CPU", &mut self.cpu_copy),
        ];
        let figures: Vec<(u64, u64)> = all
            .map(|(what, values)| {
                let (median, p99) = (part(values, 0.5), part(values, 0.99));
                println!("{name:32} {what:22} median {:9.1} us   p99 {:9.1} us", median as f64 / 1e3, p99 as f64 / 1e3);
                (median, p99)
            })
            .into();
        let frames = self.library.len();
        for (case, library, floor) in [("two_submits", figures[0], figures[2]), ("one_submit", figures[1], figures[3])] {
            let separator = if json.is_empty() { "" } else { ",\n" };
            write!(
                json,
                "{separator}    {{\"name\": \"{name}/{case}\", \"run_type\": \"iteration\", \"iterations\": {frames}, \"real_time\": {}, \
                 \"time_unit\": \"ns\", \"library_ns\": {}, \"library_p99_ns\": {}, \"floor_ns\": {}, \"floor_p99_ns\": {}, \"ratio\": {:.4}, \
                 \"cpu_copy_ns\": {}, \"cpu_copy_p99_ns\": {}, \"speedup\": {:.3}}}",
                library.0, library.0, library.1, floor.0, floor.1, library.0 as f64 / floor.0 as f64, figures[4].0, figures[4].1,
                figures[4].0 as f64 / library.0 as f64
            )
            .unwrap();
        }
    }
}

/// A texture that the program made by itself, as the one that a copy through the CPU ends or begins in.
fn plain(context: &Context, descriptor: &TextureDescriptor) -> wgpu::Texture {
    context.device().create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: descriptor.extent.width, height: descriptor.extent.height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::COPY_DST | wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    })
}

fn measure(adapter: &wgpu::Adapter, width: u32, height: u32, frames: usize, json: &mut String) {
    let device = || request_device(adapter, &wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() }).unwrap().2;
    let (here, there) = (device(), device());
    let descriptor =
        TextureDescriptor::new(width, height, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT);
    let folder = std::env::temp_dir().join(format!("geyser-wgpu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut options = PublisherOptions::new("bench", &descriptor);
    options.directory = Some(&folder);
    let mut publisher = here.publisher(&options).unwrap();
    let options = SubscriberOptions { directory: Some(&folder), ..Default::default() };
    let mut subscriber = there.subscriber("bench", &options).unwrap();
    let mut by_cpu = geyser::Subscriber::connect(there.manager(), "bench", &options).unwrap();
    assert_eq!(subscriber.info().unwrap().transport, geyser::Transport::ZeroCopy);

    let size = (width * height * 4) as usize;
    let mut bytes = vec![0; size];
    let target = plain(&there, &descriptor);
    let source = plain(&here, &descriptor);
    let staging = here.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: size as u64,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * 4), rows_per_image: None };
    let (mut hand_here, mut hand_there) = (ByHand::new(&here, &descriptor), ByHand::new(&there, &descriptor));
    let (mut write, mut read) = (Times::default(), Times::default());
    let metadata = FrameMetadata::default();
    for round in 0..frames + 10 {
        let warm = round >= 10;
        let keep = |into: &mut Vec<u64>, time: u64| {
            if warm {
                into.push(time)
            }
        };
        // wgpu -> stream.
        keep(&mut write.library, timed(&here, || assert_ne!(publisher.begin_frame(WAIT).unwrap().publish(&metadata).unwrap(), 0)));
        // stream -> wgpu: the frame is there, and the publisher's GPU is done.
        keep(&mut read.library, timed(&there, || subscriber.acquire(WAIT).unwrap().release().unwrap()));
        keep(
            &mut write.one_submit,
            timed(&here, || assert_ne!(publisher.begin_deferred(WAIT).unwrap().publish_with([], &metadata).unwrap(), 0)),
        );
        keep(&mut read.one_submit, timed(&there, || subscriber.acquire_deferred(WAIT).unwrap().release_with([]).unwrap()));
        keep(&mut write.by_hand, timed(&here, || hand_here.frame(false)));
        keep(&mut read.by_hand, timed(&there, || hand_there.frame(false)));
        keep(&mut write.by_hand_one_submit, timed(&here, || hand_here.frame(true)));
        keep(&mut read.by_hand_one_submit, timed(&there, || hand_there.frame(true)));
        // Through the CPU: bytes out of the frame and into a texture of wgpu's own; and the other way round.
        let cpu = timed(&there, || {
            by_cpu.acquire(WAIT).unwrap().read_back(&Region::default(), &mut bytes).unwrap();
            there.queue().write_texture(target.as_image_copy(), &bytes, layout, target.size());
            there.submit([]);
        });
        keep(&mut read.cpu_copy, cpu);
        let cpu = timed(&here, || {
            let mut encoder = here.device().create_command_encoder(&Default::default());
            let to = wgpu::TexelCopyBufferInfo { buffer: &staging, layout };
            encoder.copy_texture_to_buffer(source.as_image_copy(), to, source.size());
            here.submit([encoder.finish()]);
            let (send, receive) = std::sync::mpsc::channel();
            staging.slice(..).map_async(wgpu::MapMode::Read, move |mapped| send.send(mapped).unwrap());
            done(&here);
            receive.recv().unwrap().unwrap();
            let frame = publisher.stream().begin_frame(WAIT);
            let mut frame = frame.unwrap();
            frame.upload(&Region::default(), &staging.slice(..).get_mapped_range().unwrap()).unwrap();
            frame.publish(&metadata).unwrap();
            staging.unmap();
        });
        keep(&mut write.cpu_copy, cpu);
    }
    write.report(&format!("wgpu/wgpu_to_stream/{width}x{height}"), json);
    read.report(&format!("wgpu/stream_to_wgpu/{width}x{height}"), json);
    drop((publisher, subscriber, by_cpu));
    let _ = std::fs::remove_dir_all(folder);
}

fn main() {
    let (mut name, mut frames, mut out) = (String::new(), 300, None::<PathBuf>);
    let mut given = std::env::args().skip(1);
    while let Some(one) = given.next() {
        match one.as_str() {
            "--device" => name = given.next().expect("--device wants part of a name"),
            "--frames" => frames = given.next().and_then(|text| text.parse().ok()).expect("--frames wants a number"),
            "--out" => out = given.next().map(PathBuf::from),
            "--bench" => {} // cargo's own
            other => panic!("{other} is no option; see the top of the file"),
        }
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        flags: wgpu::InstanceFlags::empty(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let adapter = adapters.into_iter().find(|adapter| adapter.get_info().name.contains(&name)).expect("there is no such device");
    let info = adapter.get_info();
    let (_, _, context) = request_device(&adapter, &wgpu::DeviceDescriptor::default()).unwrap();
    let sharing = context.queue_sharing();
    println!("{} ({} {}), {sharing:?}, {frames} frames", info.name, info.driver, info.driver_info);
    let mut json = String::new();
    for (width, height) in [(1920, 1080), (3840, 2160)] {
        measure(&adapter, width, height, frames, &mut json);
    }
    if let Some(path) = out {
        let context = format!(
            "\"device\": {:?}, \"driver\": {:?}, \"queue\": \"{sharing:?}\", \"library_version\": {:?}",
            info.name,
            format!("{} {}", info.driver, info.driver_info),
            geyser::version()
        );
        std::fs::write(path, format!("{{\n  \"context\": {{{context}}},\n  \"benchmarks\": [\n{json}\n  ]\n}}\n")).unwrap();
    }
}
