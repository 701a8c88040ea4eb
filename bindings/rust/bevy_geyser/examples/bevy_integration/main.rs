//! Publishes what a camera draws as the stream `bevy-integration`, and shows a stream: its own, or the one that `--subscribe` names.
//!
//! Look at it from elsewhere: `geyser view bevy-integration`. Show something else: `geyser publish test-card`, and `--subscribe test-card`.

#[path = "../support/mod.rs"]
mod support;

use bevy::camera::visibility::RenderLayers;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy_geyser::{GeyserPublisher, GeyserSubscriber};
use support::{Args, Counted, Views};

/// The published camera sees only what is in this layer, so that the picture is not in itself.
const SCENE: RenderLayers = RenderLayers::layer(1);
const STREAM: &str = "bevy-integration";

/// Turns.
#[derive(Component)]
struct Spinning;

fn main() -> AppExit {
    let args = Args::parse("Publishes a camera and shows a stream.", &[("--subscribe", "the stream to show; its own by default")]);
    let mut app = support::app(&args, "Geyser and Bevy");
    app.add_systems(Startup, (scene, window)).add_systems(Update, spin).run()
}

/// What goes out: a cube on a blue ground, 320x180.
fn scene(mut commands: Commands, mut meshes: ResMut<Assets<Mesh>>, mut materials: ResMut<Assets<StandardMaterial>>, args: Res<Args>) {
    let mut publisher = GeyserPublisher::new(STREAM, UVec2::new(320, 180));
    publisher.options.directory = args.directory.clone();
    commands.spawn((
        Camera3d::default(),
        Tonemapping::None,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(0.0, 0.0, 1.0)), ..default() },
        Msaa::Off,
        Transform::from_xyz(0.0, 0.0, 3.0),
        SCENE,
        publisher,
    ));
    let material = StandardMaterial { base_color: Color::srgb(1.0, 0.0, 0.0), unlit: true, ..default() };
    commands.spawn((Mesh3d(meshes.add(Cuboid::from_length(1.0))), MeshMaterial3d(materials.add(material)), SCENE, Spinning));
}

/// What people see: the stream, in the middle of a green window.
fn window(mut commands: Commands, mut images: ResMut<Assets<Image>>, mut views: ResMut<Views>, args: Res<Args>) {
    let target = views.add(&args, None, &mut images);
    commands.spawn((
        Camera2d,
        Camera { clear_color: ClearColorConfig::Custom(Color::srgb(0.0, 1.0, 0.0)), order: 1, ..default() },
        Msaa::Off,
        target,
    ));
    let image = images.add(GeyserSubscriber::placeholder(Color::BLACK));
    let mut subscriber = GeyserSubscriber::new(args.get("--subscribe").unwrap_or(STREAM), image.clone());
    subscriber.directory = args.directory.clone();
    commands.spawn((subscriber, Counted));
    commands.spawn(Sprite { image, custom_size: Some(Vec2::new(480.0, 270.0)), ..default() });
}

fn spin(time: Res<Time>, mut spinning: Query<&mut Transform, With<Spinning>>) {
    for mut transform in &mut spinning {
        transform.rotate_y(time.delta_secs());
        transform.rotate_x(0.7 * time.delta_secs());
    }
}
