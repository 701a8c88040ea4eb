//! Devices on software drivers, the validation layer's messages, and content that is checked byte for byte.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // each test file uses its part

pub mod stream;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use geyser_wgpu::geyser::{Region, TextureDescriptor};
use geyser_wgpu::wgpu::{self, Adapter, Device, DeviceDescriptor, Features, Queue};
use geyser_wgpu::{Context, request_device};

pub const SECOND: Duration = Duration::from_secs(1);
/// For what must happen, on a slow machine with other tests beside.
pub const LONG: Duration = Duration::from_secs(60);

static MESSAGES: AtomicU64 = AtomicU64::new(0);
static TEXTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Counts what the validation layer says: wgpu hands it to `log`.
struct Counter;

impl log::Log for Counter {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("wgpu_hal::vulkan") && metadata.level() <= log::Level::Warn
    }
    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        // Older layers lose count of host timelines that one thread signals while another waits, give up after ten seconds, and say themselves that
        // it is "most likely a validation bug" (tests/support/layer_turns.cpp has the story).
        let own_defect = text.contains("UNASSIGNED-VkSemaphore-state-timeout");
        // The type of the message comes first; what the loader says of itself is GENERAL.
        if self.enabled(record.metadata()) && text.starts_with("VALIDATION") && !own_defect {
            MESSAGES.fetch_add(1, Ordering::SeqCst);
            TEXTS.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    }
    fn flush(&self) {}
}

/// Messages of the validation layer so far.
pub fn validation_messages() -> u64 {
    MESSAGES.load(Ordering::SeqCst)
}

/// Fails when the validation layer has said anything.
pub fn no_validation_messages() {
    let texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(validation_messages(), 0, "the validation layer says: {texts:#?}");
}

fn first_of(paths: &[&str]) -> Option<String> {
    paths.iter().find(|path| Path::new(path).exists()).map(|path| (*path).to_owned())
}

pub fn set_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = log::set_logger(&Counter);
        log::set_max_level(log::LevelFilter::Warn);
        if std::env::var_os("VK_DRIVER_FILES").is_none() && std::env::var_os("GEYSER_TEST_VULKAN").is_none() {
            let files: Vec<String> = [
                first_of(&["/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", "/usr/share/vulkan/icd.d/lvp_icd.json"]),
                first_of(&["/usr/lib/chromium/vk_swiftshader_icd.json", "/usr/lib/chromium-browser/vk_swiftshader_icd.json"]),
            ]
            .into_iter()
            .flatten()
            .collect();
            // SAFETY: before the first instance, and nothing else in these tests writes the environment.
            unsafe { std::env::set_var("VK_DRIVER_FILES", files.join(":")) };
        }
        // The layer takes values that another process or the host reached for pending signals of this queue.
        // SAFETY: as above.
        unsafe { std::env::set_var("VK_LAYER_MESSAGE_ID_FILTER", "VUID-VkSemaphoreSignalInfo-value-03259") };
    });
}

pub fn instance() -> wgpu::Instance {
    instance_with(wgpu::InstanceFlags::VALIDATION | wgpu::InstanceFlags::DEBUG) // DEBUG brings the messenger
}

pub fn instance_with(flags: wgpu::InstanceFlags) -> wgpu::Instance {
    set_up();
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        flags,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

/// Drivers that tests ask for; both are in the packages that the checks install.
pub const LAVAPIPE: &str = "llvmpipe";
pub const SWIFTSHADER: &str = "SwiftShader";

/// Part of the device's name: GEYSER_TEST_VULKAN names another one, for machines with a GPU, to be tested in lavapipe's place.
pub fn driver(name: &str) -> String {
    std::env::var("GEYSER_TEST_VULKAN").ok().filter(|_| name == LAVAPIPE).unwrap_or_else(|| name.to_owned())
}

/// The adapter whose name has that part. A driver that is not installed skips the test, visibly, unless GEYSER_TEST_REQUIRE names it.
pub fn adapter(name: &str) -> Option<Adapter> {
    adapter_of(&instance(), name)
}

pub fn adapter_of(instance: &wgpu::Instance, name: &str) -> Option<Adapter> {
    let driver = driver(name);
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let found = adapters.into_iter().find(|adapter| adapter.get_info().name.contains(&driver));
    if found.is_none() {
        let required = std::env::var("GEYSER_TEST_REQUIRE").unwrap_or_default().to_lowercase();
        let key = if name == LAVAPIPE { "lavapipe" } else { "swiftshader" };
        assert!(!required.contains(key), "GEYSER_TEST_REQUIRE names {key}, and there is no such device");
        eprintln!("skipped: no Vulkan device whose name has {driver}");
    }
    found
}

pub fn has_layer() -> bool {
    Path::new("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json").exists()
}

/// All features of the adapter that are about formats.
pub fn format_features(adapter: &Adapter) -> Features {
    adapter.features()
        & (Features::TEXTURE_FORMAT_16BIT_NORM
            | Features::TEXTURE_FORMAT_NV12
            | Features::TEXTURE_FORMAT_P010
            | Features::TEXTURE_COMPRESSION_BC
            | Features::TEXTURE_COMPRESSION_ETC2
            | Features::TEXTURE_COMPRESSION_ASTC
            | Features::RG11B10UFLOAT_RENDERABLE
            | Features::DEPTH32FLOAT_STENCIL8
            | Features::TEXTURE_ADAPTER_SPECIFIC_FORMAT_FEATURES)
}

pub struct Gpu {
    pub adapter: Adapter,
    pub device: Device,
    pub queue: Queue,
    pub context: Context,
}

pub fn open(adapter: Adapter) -> Gpu {
    let descriptor = DeviceDescriptor { required_features: format_features(&adapter), ..Default::default() };
    let (device, queue, context) = request_device(&adapter, &descriptor).unwrap();
    Gpu { adapter, device, queue, context }
}

pub fn gpu(name: &str) -> Option<Gpu> {
    adapter(name).map(open)
}

/// Without the layer: for many frames, where its books and the pauses of older ones would be what is seen.
pub fn plain_gpu(name: &str) -> Option<Gpu> {
    adapter_of(&instance_with(wgpu::InstanceFlags::empty()), name).map(open)
}

/// A name and a folder that no other test has.
pub struct Place {
    pub name: String,
    pub folder: PathBuf,
}

pub fn place(what: &str) -> Place {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("geyser-wgpu-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    Place { name: format!("{what}-{number}"), folder }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A process that is killed when the test is over.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Waits until it ends, at most that long.
    pub fn wait(&mut self, limit: Duration) -> std::process::ExitStatus {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "the process did not end within {limit:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// One of this crate's examples, which `cargo test` builds beside the tests.
pub fn example(name: &str) -> Command {
    set_up();
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not there; cargo test builds examples too, cargo test --test NAME does not", path.display());
    Command::new(path)
}

/// The C++ command line tool, where it was built.
pub fn geyser_tool() -> Option<Command> {
    set_up();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let found = ["build/dev/bin/geyser", "build/release/bin/geyser"].iter().map(|path| root.join(path)).find(|path| path.exists());
    if found.is_none() {
        assert!(!std::env::var("GEYSER_TEST_REQUIRE").unwrap_or_default().contains("tool"), "GEYSER_TEST_REQUIRE names the tool; build it");
        eprintln!("skipped: the command line tool was not built");
    }
    found.map(Command::new)
}

pub fn spawn(command: &mut Command) -> Process {
    Process(command.stdin(Stdio::null()).spawn().unwrap())
}

/// Numbers that look random and are the same each time.
pub struct Random(pub u64);

impl Random {
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| {
                self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (self.0 >> 40) as u8
            })
            .collect()
    }
}

/// Bytes of one plane of one level and layer, rows without gaps, as Geyser counts them.
pub fn region(mip_level: u32, array_layer: u32, plane: u32) -> Region {
    Region { mip_level, array_layer, plane, ..Region::default() }
}

pub fn region_bytes(descriptor: &TextureDescriptor, region: &Region) -> usize {
    descriptor.region_layout(region).unwrap().total_bytes as usize
}

/// A texture's region through wgpu: a copy into a buffer, mapped. Rows come without gaps.
pub fn read_wgpu(
    context: &Context,
    texture: &wgpu::Texture,
    descriptor: &TextureDescriptor,
    region: &Region,
    aspect: wgpu::TextureAspect,
) -> Vec<u8> {
    let layout = descriptor.region_layout(region).unwrap();
    let pitch = layout.row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = context.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(pitch) * u64::from(layout.rows) * u64::from(layout.extent.depth),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = context.device().create_command_encoder(&Default::default());
    encoder.copy_texture_to_buffer(
        copy_info(texture, region, aspect),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(pitch), rows_per_image: Some(layout.rows) },
        },
        copy_size(texture, descriptor, &layout),
    );
    context.submit([encoder.finish()]);
    let (send, receive) = std::sync::mpsc::channel();
    buffer.slice(..).map_async(wgpu::MapMode::Read, move |done| send.send(done).unwrap());
    context.device().poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(LONG) }).unwrap();
    receive.recv_timeout(LONG).unwrap().unwrap();
    let mapped = buffer.slice(..).get_mapped_range().unwrap();
    mapped.chunks(pitch as usize).flat_map(|row| row[..layout.row_bytes as usize].to_vec()).collect()
}

/// Bytes into a texture's region by wgpu's queue.
pub fn write_wgpu(
    context: &Context,
    texture: &wgpu::Texture,
    descriptor: &TextureDescriptor,
    region: &Region,
    aspect: wgpu::TextureAspect,
    bytes: &[u8],
) {
    let layout = descriptor.region_layout(region).unwrap();
    context.queue().write_texture(
        copy_info(texture, region, aspect),
        bytes,
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(layout.row_bytes), rows_per_image: Some(layout.rows) },
        copy_size(texture, descriptor, &layout),
    );
}

fn copy_info<'a>(texture: &'a wgpu::Texture, region: &Region, aspect: wgpu::TextureAspect) -> wgpu::TexelCopyTextureInfo<'a> {
    let origin = wgpu::Origin3d { x: 0, y: 0, z: region.array_layer };
    wgpu::TexelCopyTextureInfo { texture, mip_level: region.mip_level, origin, aspect }
}

/// wgpu counts whole blocks and, of a plane, its own texels.
fn copy_size(texture: &wgpu::Texture, descriptor: &TextureDescriptor, layout: &geyser_wgpu::geyser::RegionLayout) -> wgpu::Extent3d {
    let info = descriptor.format.info().unwrap();
    let _ = texture;
    wgpu::Extent3d {
        width: layout.extent.width.next_multiple_of(info.block_width),
        height: layout.extent.height.next_multiple_of(info.block_height),
        depth_or_array_layers: layout.extent.depth.max(1),
    }
}

/// A call of the library that waits for the GPU, again when its ten seconds are over: as long does an older validation layer stand still (above).
pub fn patient<T>(mut call: impl FnMut() -> geyser_wgpu::geyser::Result<T>) -> T {
    let end = Instant::now() + 3 * LONG;
    loop {
        match call() {
            Err(error) if error.kind() == geyser_wgpu::geyser::ErrorKind::TimedOut && Instant::now() < end => {}
            other => return other.unwrap(),
        }
    }
}

/// Files that this process has open.
pub fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Memory of this process in KiB.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
