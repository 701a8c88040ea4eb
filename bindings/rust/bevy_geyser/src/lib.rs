//! Geyser for Bevy: what a camera draws goes out as a stream of GPU textures, and streams of other processes, devices and graphics APIs are shown as images,
//! without copying a pixel.
//!
//! ```no_run
//! use bevy::prelude::*;
//! use bevy_geyser::{GeyserPlugin, GeyserPublisher, GeyserSubscriber};
//!
//! fn main() {
//!     App::new()
//!         .add_plugins(GeyserPlugin) // before DefaultPlugins: it asks for what the renderer's device needs
//!         .add_plugins(DefaultPlugins)
//!         .add_systems(Startup, setup)
//!         .run();
//! }
//!
//! fn setup(mut commands: Commands, mut images: ResMut<Assets<Image>>) {
//!     // What this camera draws, any process may read.
//!     commands.spawn((Camera3d::default(), GeyserPublisher::new("my-game", UVec2::new(1280, 720))));
//!
//!     // What another process publishes, a sprite shows.
//!     let image = images.add(GeyserSubscriber::placeholder(Color::BLACK));
//!     commands.spawn(GeyserSubscriber::new("their-game", image.clone()));
//!     commands.spawn(Sprite::from_image(image));
//!     commands.spawn(Camera2d);
//! }
//! ```
//!
//! [`GeyserStatus`] says where each stream stands, [`GeyserMessage`] what changed. Devices that cannot share leave the plugin inactive, with one error that says
//! what is missing; nothing panics.

#![warn(missing_docs)]

mod context;
mod material;
mod message;
mod plugin;
mod publish;
mod publish_render;
mod reader;
mod subscribe;
mod subscribe_render;

pub use geyser_wgpu::geyser::Pacing;
pub use material::{GeyserMaterial, GeyserMaterialPlugin};
pub use message::{GeyserMessage, GeyserMessageKind, GeyserState, GeyserStatus};
pub use plugin::GeyserPlugin;
pub use publish::{GeyserImagePublisher, GeyserPublisher, GeyserSize, GeyserStreamOptions};
pub use subscribe::{GeyserSubscriber, GeyserTransfer};
