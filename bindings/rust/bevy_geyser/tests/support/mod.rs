//! Apps of Bevy that a test steps by hand, and what they are looked at with.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::log::tracing_subscriber::prelude::*;
use bevy::log::{LogPlugin, tracing, tracing_subscriber};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::renderer::raw_vulkan_init::RawVulkanInitSettings;
use bevy::render::settings::{Backends, InstanceFlags, RenderCreation, WgpuSettings};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_geyser::{GeyserMessage, GeyserMessageKind, GeyserPlugin, GeyserPublisher, GeyserStatus, GeyserSubscriber};

/// No wait of a test is longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Colours that differ in each channel from their neighbours, so that an old frame is not taken for a new one.
pub const COLORS: [[u8; 3]; 6] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255]];

pub fn color(index: usize) -> Color {
    let [red, green, blue] = COLORS[index % COLORS.len()];
    Color::srgb_u8(red, green, blue)
}

static VALIDATION: AtomicUsize = AtomicUsize::new(0);
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the warnings and errors that Bevy, the plugin and wgpu log, and counts those of the validation layer, which wgpu logs as its own.
struct Lines;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        if *event.metadata().level() > tracing::Level::WARN {
            return;
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        eprintln!("{}: {}", event.metadata().level(), text.0);
        if text.0.contains("VALIDATION [") {
            VALIDATION.fetch_add(1, Ordering::Relaxed);
        }
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(text.0);
    }
}

/// Messages of the validation layer so far in this process.
pub fn validation_messages() -> usize {
    VALIDATION.load(Ordering::Relaxed)
}

/// Lines of the log with that text in them, since [`start`].
pub fn log_lines(with: &str) -> usize {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|line| line.contains(with)).count()
}

/// One test at a time: they share the task pools of the process, and two cores.
pub struct Turn {
    _turn: MutexGuard<'static, ()>,
    pub directory: PathBuf,
    expects_validation: bool,
}

impl Turn {
    /// Messages of the layer do not fail this test.
    pub fn expect_validation(&mut self) {
        self.expects_validation = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // It is in the folder for temporary files anyway.
        let _ = std::fs::remove_dir_all(&self.directory);
        if !std::thread::panicking() && !self.expects_validation {
            assert_eq!(validation_messages(), 0, "the validation layer has complained; its messages are above");
        }
    }
}

pub fn start(name: &str) -> Turn {
    static TURN: Mutex<()> = Mutex::new(());
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        tracing_subscriber::registry().with(Lines).init(); // and takes what goes to the crate log, as wgpu's does
        log::set_max_level(log::LevelFilter::Warn);
    });
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    VALIDATION.store(0, Ordering::Relaxed);
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let directory = std::env::temp_dir().join(format!("bevy-geyser-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("the folder for temporary files is there");
    Turn { _turn: turn, directory, expects_validation: false }
}

/// How a [`Rig`] is made.
#[derive(Clone, Copy, Default)]
pub struct RigOptions {
    /// The plugin is added after Bevy's own, which is a mistake.
    pub plugin_last: bool,
    /// The renderer's device has no extension to share memory with.
    pub no_sharing: bool,
    /// Bevy has no renderer.
    pub no_renderer: bool,
}

/// An app without windows. Each step is one frame of both worlds.
pub struct Rig {
    pub app: App,
    pub messages: Vec<GeyserMessage>,
    /// Something was drawn: Bevy has loaded its shaders.
    draws: bool,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(RigOptions::default())
    }

    pub fn with(options: RigOptions) -> Self {
        let mut app = App::new();
        let mut raw = RawVulkanInitSettings::default();
        // SAFETY: adds one extension, which every instance with the validation layer has: the layer's messages arrive by it.
        unsafe {
            raw.add_create_instance_callback(|args, _| {
                if !args.extensions.contains(&ash::ext::debug_utils::NAME) {
                    args.extensions.push(ash::ext::debug_utils::NAME);
                }
            });
        }
        app.insert_resource(raw);
        if !options.plugin_last {
            app.add_plugins(GeyserPlugin);
        }
        if options.no_sharing {
            let mut raw = app.world_mut().resource_mut::<RawVulkanInitSettings>();
            // SAFETY: nothing in these tests uses what is taken away.
            unsafe { raw.add_create_device_callback(|args, _, _| args.extensions.retain(|name| *name != c"VK_KHR_external_memory_fd")) };
        }
        let settings = WgpuSettings {
            backends: (!options.no_renderer).then_some(Backends::VULKAN),
            // Without the names and line numbers of shaders, which old layers do not know and complain about.
            instance_flags: InstanceFlags::VALIDATION,
            ..default()
        };
        app.add_plugins(
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
        if options.plugin_last {
            app.add_plugins(GeyserPlugin);
        }
        app.finish();
        app.cleanup();
        Self { app, messages: Vec::new(), draws: false }
    }

    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    pub fn step(&mut self) {
        self.app.update();
        let mut messages = self.app.world_mut().resource_mut::<Messages<GeyserMessage>>();
        // Bevy drops messages after two frames; each is taken once here.
        self.messages.extend(messages.drain());
    }

    /// Steps until it is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !so(self) {
            assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}; messages: {:?}", self.messages);
            self.step();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn count(&self, which: impl Fn(&GeyserMessageKind) -> bool) -> usize {
        self.messages.iter().filter(|message| which(&message.kind)).count()
    }

    pub fn status(&mut self, entity: Entity) -> GeyserStatus {
        self.world().get::<GeyserStatus>(entity).expect("the plugin added it").clone()
    }

    /// A camera that publishes nothing but its ground.
    pub fn publish_ground(&mut self, turn: &Turn, name: &str, size: UVec2) -> Entity {
        let mut publisher = GeyserPublisher::new(name, size);
        publisher.options.directory = Some(turn.directory.clone());
        self.world().spawn((Camera2d, Msaa::Off, publisher)).id()
    }

    pub fn set_ground(&mut self, camera: Entity, color: Color) {
        self.world().get_mut::<Camera>(camera).expect("a camera").clear_color = ClearColorConfig::Custom(color);
    }

    /// A subscriber, and an image of 128x64 with its stream twice on grey: as a sprite around (32, 32), as a material around (96, 32).
    pub fn show(&mut self, turn: &Turn, name: &str) -> (Entity, Handle<Image>) {
        let world = self.app.world_mut();
        let image = world.resource_mut::<Assets<Image>>().add(GeyserSubscriber::placeholder(Color::WHITE));
        let mut subscriber = GeyserSubscriber::new(name, image.clone());
        subscriber.directory = Some(turn.directory.clone());
        let entity = world.spawn(subscriber).id();
        let mesh = world.resource_mut::<Assets<Mesh>>().add(Rectangle::new(32.0, 32.0));
        let material = world.resource_mut::<Assets<ColorMaterial>>().add(ColorMaterial { texture: Some(image.clone()), ..default() });
        world.spawn((Sprite { image, custom_size: Some(Vec2::splat(32.0)), ..default() }, Transform::from_xyz(-32.0, 0.0, 0.0)));
        world.spawn((Mesh2d(mesh), MeshMaterial2d(material), Transform::from_xyz(32.0, 0.0, 0.0)));
        let target = target_image(128, 64);
        let target = world.resource_mut::<Assets<Image>>().add(target);
        let clear_color = ClearColorConfig::Custom(Color::srgb_u8(128, 128, 128));
        world.spawn((Camera2d, Msaa::Off, Camera { clear_color, ..default() }, RenderTarget::Image(target.clone().into())));
        (entity, target)
    }

    /// The picture of a target, as it is drawn in the next frame.
    pub fn picture(&mut self, target: Screenshot) -> Picture {
        let place: Arc<Mutex<Option<Image>>> = Arc::default();
        let seen = Arc::clone(&place);
        self.world().spawn(target).observe(move |captured: On<ScreenshotCaptured>| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(captured.image.clone());
        });
        let mut image = None;
        self.until("a picture", |_| {
            image = place.lock().unwrap_or_else(PoisonError::into_inner).take();
            image.is_some()
        });
        Picture(image.expect("until() returns when it is there"))
    }

    /// Steps until the sprite and the material of [`show`](Self::show) both have that colour in one picture.
    #[track_caller]
    pub fn until_shown(&mut self, target: &Handle<Image>, expected: [u8; 3]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let picture = self.picture(Screenshot::image(target.clone()));
            let ground = picture.at(64, 4);
            if !self.draws && ground == [0; 3] && Instant::now() < deadline {
                continue;
            }
            self.draws = true;
            assert_eq!(ground, [128; 3], "the ground of the picture");
            let seen = (picture.at(32, 32), picture.at(96, 32));
            assert_eq!(seen.0, seen.1, "sprite and material show different frames");
            if seen.0 == expected {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{expected:?} is not shown within {PATIENCE:?}, but {seen:?}; messages: {:?}",
                self.messages
            );
        }
    }
}

/// An image to draw into and to take pictures of.
pub fn target_image(width: u32, height: u32) -> Image {
    let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    image.asset_usage = RenderAssetUsages::all();
    image
}

/// What was seen.
pub struct Picture(Image);

impl Picture {
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let data = self.0.data.as_ref().expect("a screenshot has bytes");
        let start = ((y * self.0.width() + x) * 4) as usize;
        [data[start], data[start + 1], data[start + 2]]
    }
}
