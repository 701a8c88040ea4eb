//! What the examples share: arguments, an app with or without windows, and the picture at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bevy::app::ScheduleRunnerPlugin;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::{ExitCondition, PresentMode, WindowRef};
use bevy::winit::WinitPlugin;
use bevy_geyser::{GeyserMessage, GeyserPlugin, GeyserState, GeyserStatus};

/// The size of every window, in texels.
pub const WINDOW: UVec2 = UVec2::new(640, 360);

/// A picture that never comes is an error, after this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was given on the command line.
#[derive(Resource, Clone)]
pub struct Args {
    /// No windows: images stand for them.
    pub headless: bool,
    /// Ends by itself after so many frames of the stream were shown; 0: when the windows are closed.
    pub frames: u64,
    /// Where the picture of the last frame goes (PNG).
    pub screenshot: Option<PathBuf>,
    /// Where streams are announced; the user's own folder else.
    pub directory: Option<PathBuf>,
    /// Of this example only.
    pub rest: Vec<(String, String)>,
}

impl Args {
    /// Reads the command line; `own` are the options of this example, each with a value.
    pub fn parse(about: &str, own: &[(&str, &str)]) -> Self {
        let mut args = Self { headless: false, frames: 0, screenshot: None, directory: None, rest: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| usage(about, own, &format!("{word} needs a value.")));
            match word.as_str() {
                "--headless" => args.headless = true,
                "--frames" => args.frames = value().parse().unwrap_or_else(|_| usage(about, own, "--frames needs a number.")),
                "--screenshot" => args.screenshot = Some(value().into()),
                "--directory" => args.directory = Some(value().into()),
                "--help" => usage(about, own, ""),
                other => match own.iter().find(|(name, _)| *name == other) {
                    Some((name, _)) => args.rest.push(((*name).to_owned(), value())),
                    None => usage(about, own, &format!("There is no option {other}.")),
                },
            }
        }
        if args.screenshot.is_some() && args.frames == 0 {
            args.frames = 60;
        }
        args
    }

    /// The value of one of the example's own options.
    #[allow(dead_code)] // not every example has some
    pub fn get(&self, name: &str) -> Option<&str> {
        self.rest.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

fn usage(about: &str, own: &[(&str, &str)], wrong: &str) -> ! {
    if !wrong.is_empty() {
        eprintln!("{wrong}");
    }
    eprintln!("{about}\n  --headless           without windows\n  --frames N           end after N frames of the stream");
    eprintln!(
        "  --screenshot FILE    the last picture, as PNG (needs --frames, or takes 60)\n  --directory FOLDER   where streams are announced"
    );
    for (name, help) in own {
        eprintln!("  {name:<20} {help}");
    }
    std::process::exit(if wrong.is_empty() { 0 } else { 2 });
}

/// An app with the plugin and everything of Bevy's, and with one window unless it is headless.
pub fn app(args: &Args, title: &str) -> App {
    let mut app = App::new();
    app.add_plugins(GeyserPlugin);
    let window =
        Window { title: title.into(), resolution: (WINDOW.x, WINDOW.y).into(), present_mode: PresentMode::AutoNoVsync, ..default() };
    let plugins = DefaultPlugins.set(RenderPlugin { synchronous_pipeline_compilation: args.frames > 0, ..default() });
    if args.headless {
        app.add_plugins(
            plugins
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .disable::<WinitPlugin>(),
        );
        app.add_plugins(ScheduleRunnerPlugin::run_loop(Duration::from_millis(4)));
    } else {
        app.add_plugins(plugins.set(WindowPlugin { primary_window: Some(window), ..default() }));
    }
    app.insert_resource(args.clone()).init_resource::<Views>().init_resource::<Ending>().add_systems(Last, (log_messages, end));
    app
}

/// What people look at: one target for each window.
#[derive(Resource, Default)]
pub struct Views(pub Vec<RenderTarget>);

impl Views {
    /// The target of the next window: the window itself, or an image of its size that stands for it.
    pub fn add(&mut self, args: &Args, window: Option<Entity>, images: &mut Assets<Image>) -> RenderTarget {
        let target = if args.headless {
            let mut image = Image::new_target_texture(WINDOW.x, WINDOW.y, TextureFormat::Rgba8UnormSrgb, None);
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
            image.asset_usage = RenderAssetUsages::all();
            RenderTarget::Image(images.add(image).into())
        } else {
            RenderTarget::Window(window.map_or(WindowRef::Primary, WindowRef::Entity))
        };
        self.0.push(target.clone());
        target
    }
}

/// Marks the subscriber whose frames are counted for `--frames`.
#[derive(Component)]
pub struct Counted;

#[derive(Resource)]
struct Ending {
    since: Instant,
    asked: bool,
    written: Vec<Arc<AtomicBool>>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { since: Instant::now(), asked: false, written: Vec::new() }
    }
}

fn log_messages(mut messages: MessageReader<GeyserMessage>) {
    for message in messages.read() {
        println!("stream '{}': {:?}", message.stream, message.kind);
    }
}

/// Takes the pictures when enough frames were shown, and ends when they are written.
fn end(
    args: Res<Args>,
    views: Res<Views>,
    mut ending: ResMut<Ending>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
    counted: Query<&GeyserStatus, With<Counted>>,
) {
    if args.frames == 0 {
        return;
    }
    if ending.since.elapsed() > PATIENCE {
        eprintln!("No picture within {PATIENCE:?}; the streams are {:?}.", counted.iter().collect::<Vec<_>>());
        exit.write(AppExit::error());
        return;
    }
    if let Some(status) = counted.iter().find(|status| status.state == GeyserState::Unavailable) {
        eprintln!("Streams are not available here: {status:?}");
        exit.write(AppExit::error());
        return;
    }
    if !ending.asked {
        if counted.iter().any(|status| status.frames < args.frames) || counted.is_empty() {
            return;
        }
        ending.asked = true;
        for (index, target) in views.0.iter().enumerate() {
            let Some(path) = &args.screenshot else { continue };
            let path = if index == 0 { path.clone() } else { path.with_extension(format!("{}.png", index + 1)) };
            let written = Arc::new(AtomicBool::new(false));
            ending.written.push(Arc::clone(&written));
            commands.spawn(Screenshot(target.clone())).observe(move |captured: On<ScreenshotCaptured>| {
                match captured.image.clone().try_into_dynamic().map(|image| image.to_rgb8().save(&path)) {
                    Ok(Ok(())) => written.store(true, Ordering::Release),
                    other => eprintln!("{} was not written: {other:?}", path.display()),
                }
            });
        }
    }
    if ending.written.iter().all(|written| written.load(Ordering::Acquire)) {
        for status in &counted {
            println!("frames shown: {}, the newest is number {}", status.frames, status.frame_number);
        }
        exit.write(AppExit::Success);
    }
}
