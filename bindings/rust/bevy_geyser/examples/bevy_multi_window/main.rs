//! One stream in two windows of different kinds: the first shows it as a sprite, the second on a turning cube. The scene is drawn once, by one camera; both
//! windows sample the same texture.

#[path = "../support/mod.rs"]
mod support;

use bevy::camera::visibility::RenderLayers;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy_geyser::{GeyserPublisher, GeyserSubscriber};
use support::{Args, Counted, Views, WINDOW};

const STREAM: &str = "bevy-multi-window";
const SCENE: RenderLayers = RenderLayers::layer(1);
const FIRST: RenderLayers = RenderLayers::layer(2);
const SECOND: RenderLayers = RenderLayers::layer(3);

/// Goes round in the scene.
#[derive(Component)]
struct Wandering;

/// Turns in the second window.
#[derive(Component)]
struct Turning;

fn main() -> AppExit {
    let args = Args::parse("Shows one stream in two windows.", &[]);
    support::app(&args, "First window: a sprite").add_systems(Startup, (scene, windows)).add_systems(Update, (wander, turn)).run()
}

/// A red square that wanders over blue, left half; the right half is yellow.
fn scene(mut commands: Commands, args: Res<Args>) {
    let mut publisher = GeyserPublisher::new(STREAM, UVec2::new(256, 256));
    publisher.options.directory = args.directory.clone();
    commands.spawn((
        Camera2d,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(0.0, 0.0, 1.0)), ..default() },
        Msaa::Off,
        SCENE,
        publisher,
    ));
    commands.spawn((Sprite::from_color(Color::srgb(1.0, 1.0, 0.0), Vec2::new(128.0, 256.0)), Transform::from_xyz(64.0, 0.0, 0.0), SCENE));
    commands.spawn((Sprite::from_color(Color::srgb(1.0, 0.0, 0.0), Vec2::splat(24.0)), Transform::default(), SCENE, Wandering));
}

fn windows(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut views: ResMut<Views>,
    args: Res<Args>,
) {
    let image = images.add(GeyserSubscriber::placeholder(Color::BLACK));
    let mut subscriber = GeyserSubscriber::new(STREAM, image.clone());
    subscriber.directory = args.directory.clone();
    commands.spawn((subscriber, Counted));

    let target = views.add(&args, None, &mut images);
    commands.spawn((
        Camera2d,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(0.0, 1.0, 0.0)), order: 1, ..default() },
        Msaa::Off,
        FIRST,
        target,
    ));
    commands.spawn((Sprite { image: image.clone(), custom_size: Some(Vec2::splat(256.0)), ..default() }, FIRST));

    let second = (!args.headless).then(|| {
        let window = Window { title: "Second window: a cube".into(), resolution: (WINDOW.x, WINDOW.y).into(), ..default() };
        commands.spawn(window).id()
    });
    let target = views.add(&args, second, &mut images);
    commands.spawn((
        Camera3d::default(),
        Tonemapping::None,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(1.0, 0.0, 1.0)), order: 2, ..default() },
        Msaa::Off,
        Transform::from_xyz(0.0, 0.0, 3.0),
        SECOND,
        target,
    ));
    let material = materials.add(StandardMaterial { base_color_texture: Some(image), unlit: true, ..default() });
    commands.spawn((Mesh3d(meshes.add(Cuboid::from_length(1.5))), MeshMaterial3d(material), SECOND, Turning));
}

fn wander(time: Res<Time>, mut wandering: Query<&mut Transform, With<Wandering>>) {
    for mut transform in &mut wandering {
        transform.translation = Vec3::new(-64.0, 100.0 * f32::sin(time.elapsed_secs()), 1.0);
    }
}

/// A few degrees to and fro, so that the front stays in front.
fn turn(time: Res<Time>, mut turning: Query<&mut Transform, With<Turning>>) {
    for mut transform in &mut turning {
        transform.rotation = Quat::from_rotation_y(0.3 * f32::sin(time.elapsed_secs()));
    }
}
