//! What publishing costs a Bevy app for each frame, and what reading the same frame back to the CPU by Bevy's own means costs.
//!
//!     publish [--size 1920x1080]... [--frames N] [--out FILE]
//!
//! One app without a window, stepped by hand, without pipelined rendering. In turns of some frames, three cameras draw the same scene at the same size:
//! into an image (the floor), into a stream, and into an image that Bevy's `Readback` reads back each frame. A frame is measured from `App::update()` until the
//! GPU is done, so what a pipelined app hides is counted here. The first frames of each turn are not counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a program that measures has nobody to tell

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{PollType, TextureFormat, TextureUsages};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};
use bevy::render::settings::{Backends, InstanceFlags, RenderCreation, WgpuSettings};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_geyser::{GeyserPlugin, GeyserPublisher, GeyserState, GeyserStatus};

const WAIT: Duration = Duration::from_secs(20);
/// Frames of one turn, and how many of them are not counted.
const TURN: usize = 12;
const SETTLE: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Floor,
    Publish,
    ReadBack,
}

const MODES: [Mode; 3] = [Mode::Floor, Mode::Publish, Mode::ReadBack];

struct Bench {
    app: App,
    cameras: [Entity; 3],
    read_image: Handle<Image>,
    read_back: Arc<AtomicU64>,
    folder: PathBuf,
}

impl Bench {
    fn new(size: UVec2) -> Self {
        let mut app = App::new();
        let settings = WgpuSettings { backends: Some(Backends::VULKAN), instance_flags: InstanceFlags::empty(), ..default() };
        app.add_plugins(GeyserPlugin).add_plugins(
            DefaultPlugins
                .set(RenderPlugin {
                    render_creation: RenderCreation::Automatic(Box::new(settings)),
                    synchronous_pipeline_compilation: true,
                    ..default()
                })
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .disable::<WinitPlugin>()
                .disable::<LogPlugin>()
                .disable::<PipelinedRenderingPlugin>(),
        );
        app.finish();
        app.cleanup();
        let folder = std::env::temp_dir().join(format!("bevy-geyser-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let world = app.world_mut();
        for index in 0..200_u16 {
            let x = f32::from(index * 53 % 1000) / 1000.0 - 0.5;
            let y = f32::from(index * 31 % 1000) / 1000.0 - 0.5;
            let color = Color::hsl(f32::from(index) * 1.8, 1.0, 0.5);
            world.spawn((
                Sprite::from_color(color, Vec2::splat(48.0)),
                Transform::from_xyz(x * size.x as f32, y * size.y as f32, f32::from(index)),
            ));
        }
        let mut image = || {
            let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
            image.asset_usage = RenderAssetUsages::all();
            world.resource_mut::<Assets<Image>>().add(image)
        };
        let (floor, read_image) = (image(), image());
        let mut publisher = GeyserPublisher::new("bevy-bench", size);
        publisher.options.directory = Some(folder.clone());
        let off = || Camera { is_active: false, ..default() };
        let cameras = [
            world.spawn((Camera2d, Msaa::Off, off(), RenderTarget::Image(floor.into()))).id(),
            world.spawn((Camera2d, Msaa::Off, off(), publisher)).id(),
            world.spawn((Camera2d, Msaa::Off, off(), RenderTarget::Image(read_image.clone().into()))).id(),
        ];
        Self { app, cameras, read_image, read_back: Arc::default(), folder }
    }

    fn published(&self) -> GeyserStatus {
        self.app.world().get::<GeyserStatus>(self.cameras[1]).unwrap().clone()
    }

    /// One frame, until the GPU is done.
    fn frame(&mut self) -> u64 {
        let begin = Instant::now();
        self.app.update();
        let device = self.app.world().resource::<RenderDevice>();
        device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: Some(WAIT) }).unwrap();
        begin.elapsed().as_nanos() as u64
    }

    fn select(&mut self, mode: Mode) -> Option<Entity> {
        for (index, camera) in self.cameras.into_iter().enumerate() {
            self.app.world_mut().get_mut::<Camera>(camera).unwrap().is_active = MODES[index] == mode;
        }
        let seen = Arc::clone(&self.read_back);
        (mode == Mode::ReadBack).then(|| {
            let reading = Readback::texture(self.read_image.clone());
            let observer = move |event: On<ReadbackComplete>| {
                seen.fetch_add(event.data.len() as u64, Ordering::Relaxed);
            };
            self.app.world_mut().spawn(reading).observe(observer).id()
        })
    }

    fn turn(&mut self, mode: Mode, times: &mut Vec<u64>) {
        let reading = self.select(mode);
        for index in 0..TURN {
            let time = self.frame();
            if index >= SETTLE {
                times.push(time);
            }
        }
        if let Some(reading) = reading {
            self.app.world_mut().despawn(reading);
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // It is in the folder for temporary files anyway.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn quantile(times: &mut [u64], part: f64) -> u64 {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

fn measure(size: UVec2, frames: usize, json: &mut String) -> String {
    let mut bench = Bench::new(size);
    let deadline = Instant::now() + WAIT;
    bench.select(Mode::Publish);
    while bench.published().frames == 0 {
        assert!(Instant::now() < deadline && bench.published().state != GeyserState::Unavailable, "no stream: {:?}", bench.published());
        bench.frame();
    }
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for mode in MODES {
        bench.turn(mode, &mut Vec::new()); // pipelines, buffers
    }
    let (published, read) = (bench.published().frames, bench.read_back.load(Ordering::Relaxed));
    while times[0].len() < frames {
        for (mode, times) in MODES.into_iter().zip(&mut times) {
            bench.turn(mode, times);
        }
    }
    let counted = times[0].len() as u64;
    assert!(bench.published().frames - published >= counted, "frames were left out, and would look cheap: {:?}", bench.published());
    let bytes = (bench.read_back.load(Ordering::Relaxed) - read) / u64::from(size.x * size.y * 4);
    assert!(bytes >= counted, "only {bytes} of {counted} frames were read back, and would look cheap");
    let [floor, publish, read_back] = times.each_mut().map(|times| (quantile(times, 0.5), quantile(times, 0.99)));
    let name = format!("{}x{}", size.x, size.y);
    let us = |time: u64| time as f64 / 1000.0;
    println!("bevy/publish/{name}, {counted} frames each, until the GPU is done (median, p99 in us):");
    println!("  the app alone         {:10.1} {:10.1}", us(floor.0), us(floor.1));
    println!("  publishing            {:10.1} {:10.1}   {:+.1} a frame", us(publish.0), us(publish.1), us(publish.0) - us(floor.0));
    println!("  reading back by Bevy  {:10.1} {:10.1}   {:+.1} a frame", us(read_back.0), us(read_back.1), us(read_back.0) - us(floor.0));
    let separator = if json.is_empty() { "" } else { ",\n" };
    write!(
        json,
        "{separator}    {{\"name\": \"bevy/publish/{name}\", \"run_type\": \"iteration\", \"iterations\": {counted}, \"real_time\": {}, \"time_unit\": \"ns\", \
         \"library_ns\": {}, \"library_p99_ns\": {}, \"floor_ns\": {}, \"floor_p99_ns\": {}, \"ratio\": {:.4}, \"cpu_copy_ns\": {}, \"cpu_copy_p99_ns\": {}, \
         \"speedup\": {:.3}}}",
        publish.0,
        publish.0,
        publish.1,
        floor.0,
        floor.1,
        publish.0 as f64 / floor.0 as f64,
        read_back.0,
        read_back.1,
        read_back.0 as f64 / publish.0 as f64
    )
    .unwrap();
    let info = bench.app.world().resource::<RenderAdapterInfo>();
    let build = if cfg!(debug_assertions) { "debug" } else { "optimised" };
    format!("\"device\": {:?}, \"driver\": {:?}, \"build\": \"{build}\"", info.name, info.driver_info)
}

fn usage(status: i32) -> ! {
    eprintln!("publish [--size 1920x1080]... [--frames N] [--out FILE]");
    std::process::exit(status)
}

fn main() {
    let (mut sizes, mut frames, mut out) = (Vec::new(), 300, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| usage(2));
        match word.as_str() {
            "--size" => {
                let size = value();
                let parsed = size.split_once('x').and_then(|(x, y)| Some(UVec2::new(x.parse().ok()?, y.parse().ok()?)));
                sizes.push(parsed.filter(|size| size.min_element() > 0).unwrap_or_else(|| usage(2)));
            }
            "--frames" => frames = value().parse().unwrap_or_else(|_| usage(2)),
            "--out" => out = Some(PathBuf::from(value())),
            "--bench" => {} // cargo bench says so
            "--help" => usage(0),
            _ => usage(2),
        }
    }
    if sizes.is_empty() {
        sizes = vec![UVec2::new(1280, 720), UVec2::new(1920, 1080)];
    }
    let (mut json, mut context) = (String::new(), String::new());
    for size in sizes {
        context = measure(size, frames, &mut json);
    }
    println!("{context}{}", if cfg!(debug_assertions) { ": a debug build is slower by times, and its figures mean nothing" } else { "" });
    if let Some(path) = out {
        std::fs::write(path, format!("{{\n  \"context\": {{{context}}},\n  \"benchmarks\": [\n{json}\n  ]\n}}\n")).unwrap();
    }
}
