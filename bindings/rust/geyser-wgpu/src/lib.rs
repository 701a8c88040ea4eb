//! wgpu textures shared between processes, devices and graphics APIs, without a copy.
//!
//! A [`Context`] ties a wgpu device to Geyser. [`request_device`] makes both; for a device that an engine makes, [`DeviceSetup`] goes into its
//! callback and [`Context::adopt`] takes the result. Then:
//!
//! - [`Context::publisher`]: a stream that wgpu draws into. [`Context::subscriber`]: a stream that wgpu reads.
//! - [`Context::create_texture`], [`Context::import_texture`]: single textures, by handle.
//!
//! ```no_run
//! # fn draw(_: &wgpu::Texture) -> wgpu::CommandBuffer { unimplemented!() }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends: wgpu::Backends::VULKAN, ..wgpu::InstanceDescriptor::new_without_display_handle() });
//! let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await?;
//! let (_device, _queue, context) = geyser_wgpu::request_device(&adapter, &wgpu::DeviceDescriptor::default())?;
//!
//! let texture = geyser::TextureDescriptor::new(1920, 1080, geyser::Format::RGBA8_SRGB)
//!     .with_usage(geyser::Usage::TEXTURE_BINDING | geyser::Usage::RENDER_ATTACHMENT);
//! let mut publisher = context.publisher(&geyser::PublisherOptions::new("camera", &texture))?;
//! let frame = publisher.begin_frame(Duration::from_secs(1))?;
//! let commands = draw(frame.texture());
//! frame.publish_with([commands], &geyser::FrameMetadata::default())?;
//!
//! let mut subscriber = context.subscriber("camera", &geyser::SubscriberOptions::default())?;
//! let frame = subscriber.acquire(Duration::from_millis(100))?;
//! context.submit([draw(frame.texture())]); // reads it
//! frame.release()?;
//! # Ok(())
//! # }
//! ```
//!
//! Only wgpu's Vulkan backend shares textures. docs/rust_wgpu.md says how it works, what is zero-copy and when, and what the rules of the queue are.

mod context;
mod descriptor;
mod device;
mod format;
mod graveyard;
mod publisher;
mod queue_lock;
mod subscriber;
mod texture;
mod turn;
mod wrap;

pub use context::{Context, QueueGuard, QueueSharing};
pub use descriptor::{from_wgpu_descriptor, from_wgpu_usages, to_wgpu_usages};
pub use device::{DeviceSetup, configure_device, request_device};
pub use format::{format_pairs, from_wgpu_format, required_features, to_wgpu_format};
pub use publisher::{Publisher, WriteFrame};
pub use subscriber::{ReadFrame, Subscriber};
pub use texture::{SharedTexture, TextureAccess};

pub use geyser;
pub use wgpu;
