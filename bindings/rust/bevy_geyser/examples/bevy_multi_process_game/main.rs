//! A game in two processes. The world process simulates and draws a layer of asteroids on nothing; the game process (this program, started first) draws stars
//! and the ship, and lays the other's layer between them. The game starts the world itself, and again when it dies: meanwhile the last layer stays.

#[path = "../support/mod.rs"]
mod support;

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_geyser::{GeyserPublisher, GeyserSize, GeyserSubscriber};
use support::{Args, Counted, Views, WINDOW};

static GAME_ENDED: AtomicBool = AtomicBool::new(false);

const LAYER: &str = "bevy-game-world";

fn main() -> AppExit {
    let args = Args::parse("A game in two processes.", &[("--role", "world: the second process; the first one starts it by itself")]);
    match args.get("--role") {
        Some("world") => world(&args),
        Some(other) => {
            eprintln!("There is no role {other}; --role takes world.");
            AppExit::error()
        }
        None => game(&args),
    }
}

/// Where an asteroid goes round.
#[derive(Component)]
struct Asteroid {
    radius: f32,
    speed: f32,
}

/// The second process: no window, one published camera. Ends when the game does: then its standard input does.
fn world(args: &Args) -> AppExit {
    std::thread::spawn(|| {
        // Nothing is ever written; it ends with the process that has the other end.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        GAME_ENDED.store(true, Ordering::Release);
    });
    let args = Args { headless: true, frames: 0, screenshot: None, ..args.clone() };
    support::app(&args, "").add_systems(Startup, world_scene).add_systems(Update, (orbit, follow_game)).run()
}

fn world_scene(mut commands: Commands, args: Res<Args>) {
    let mut publisher = GeyserPublisher::new(LAYER, UVec2::ONE);
    publisher.size = GeyserSize::Fixed(WINDOW);
    publisher.options.directory = args.directory.clone();
    commands.spawn((Camera2d, Camera { clear_color: ClearColorConfig::Custom(Color::NONE), ..default() }, Msaa::Off, publisher));
    for ring in 0..5_u8 {
        let ring = f32::from(ring);
        commands.spawn((
            Sprite::from_color(Color::srgb(1.0, 0.0, 0.0), Vec2::splat(28.0)),
            Transform::default(),
            Asteroid { radius: 60.0 + 22.0 * ring, speed: 1.5 - 0.2 * ring },
        ));
    }
    // Does not move: a place where the layer can be told from everything else.
    commands.spawn((Sprite::from_color(Color::srgb(1.0, 1.0, 0.0), Vec2::splat(40.0)), Transform::from_xyz(-280.0, 140.0, 0.0)));
}

fn follow_game(mut exit: MessageWriter<AppExit>) {
    if GAME_ENDED.load(Ordering::Acquire) {
        exit.write(AppExit::Success);
    }
}

fn orbit(time: Res<Time>, mut asteroids: Query<(&Asteroid, &mut Transform)>) {
    for (asteroid, mut transform) in &mut asteroids {
        let angle = asteroid.speed * time.elapsed_secs();
        transform.translation = Vec3::new(asteroid.radius * angle.cos(), asteroid.radius * angle.sin(), 0.0);
    }
}

/// The other process, as the game sees it. Killed when the game ends.
#[derive(Resource)]
struct World {
    child: Option<Child>,
    started: Instant,
}

impl World {
    fn start(args: &Args) -> Self {
        let started = Instant::now();
        let child = std::env::current_exe().and_then(|program| {
            let mut command = Command::new(program);
            command.args(["--role", "world"]).stdin(Stdio::piped());
            if let Some(directory) = &args.directory {
                command.arg("--directory").arg(directory);
            }
            command.spawn()
        });
        match child {
            Ok(child) => Self { child: Some(child), started },
            Err(error) => {
                eprintln!("The world's process could not be started: {error}.");
                Self { child: None, started }
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn game(args: &Args) -> AppExit {
    let mut app = support::app(args, "A game in two processes");
    app.insert_resource(World::start(args)).add_systems(Startup, game_scene).add_systems(Update, (keep_world, steer)).run()
}

#[derive(Component)]
struct Ship;

fn game_scene(mut commands: Commands, mut images: ResMut<Assets<Image>>, mut views: ResMut<Views>, args: Res<Args>) {
    let target = views.add(&args, None, &mut images);
    commands.spawn((
        Camera2d,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(0.0, 0.0, 0.2)), ..default() },
        Msaa::Off,
        target,
    ));
    for star in 0..40_u8 {
        let (x, y) = (f32::from(star) * 37.0 % 600.0 - 300.0, f32::from(star) * 71.0 % 320.0 - 160.0);
        commands.spawn((Sprite::from_color(Color::WHITE, Vec2::splat(2.0)), Transform::from_xyz(x, y, 0.0)));
    }
    // Nothing is seen of it until the first layer comes.
    let layer = images.add(GeyserSubscriber::placeholder(Color::NONE));
    let mut subscriber = GeyserSubscriber::new(LAYER, layer.clone());
    subscriber.directory = args.directory.clone();
    commands.spawn((subscriber, Counted));
    commands.spawn((Sprite { image: layer, custom_size: Some(WINDOW.as_vec2()), ..default() }, Transform::from_xyz(0.0, 0.0, 1.0)));
    commands.spawn((Sprite::from_color(Color::srgb(0.0, 1.0, 0.0), Vec2::splat(36.0)), Transform::from_xyz(0.0, 0.0, 2.0), Ship));
}

/// Starts the other process again when it ended, at most once a second.
fn keep_world(mut world: ResMut<World>, args: Res<Args>) {
    let ended = world.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
    if ended && world.started.elapsed() > Duration::from_secs(1) {
        println!("the world's process ended; starting it again");
        *world = World::start(&args);
    }
}

fn steer(time: Res<Time>, mut ships: Query<&mut Transform, With<Ship>>) {
    for mut transform in &mut ships {
        transform.translation.y = 8.0 * (2.0 * time.elapsed_secs()).sin();
    }
}
