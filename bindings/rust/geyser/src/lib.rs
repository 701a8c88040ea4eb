//! Textures shared between processes, devices and graphics APIs without a copy: the safe interface to libgeyser.
//!
//! Two doors. A **stream** is a texture that changes, under a name: a [`Publisher`] in one process, any number of [`Subscriber`]s in others.
//! Below it, a [`Manager`] makes textures and semaphores of one device, exports them as handles and imports those of others.
//!
//! ```
//! use geyser::{Format, FrameMetadata, Manager, Publisher, PublisherOptions, Region, Subscriber, SubscriberOptions, TextureDescriptor};
//! use std::time::Duration;
//!
//! # fn main() -> geyser::Result<()> {
//! # let name = format!("doc-{}", std::process::id());
//! # let name = name.as_str();
//! let manager = Manager::host()?; // or vulkan::Device::create(..)?.create_manager()?, or vulkan::create_manager(..) on your own device
//! let picture = TextureDescriptor::new(2, 2, Format::RGBA8_UNORM);
//! let publisher = Publisher::create(&manager, &PublisherOptions::new(name, &picture))?;
//!
//! let mut frame = publisher.begin_frame(Duration::from_secs(1))?; // a texture that nobody reads
//! frame.upload(&Region::default(), &[42; 16])?; // or your own commands, with frame.texture() and frame.access()
//! frame.publish(&FrameMetadata::default())?;
//!
//! // In another process, as a rule:
//! let mut subscriber = Subscriber::connect(&manager, name, &SubscriberOptions::default())?;
//! let mut frame = subscriber.acquire(Duration::from_secs(1))?; // the newest; released when it goes
//! let mut pixels = [0; 16];
//! frame.read_back(&Region::default(), &mut pixels)?;
//! assert_eq!((pixels, frame.info()?.number), ([42; 16], 1));
//! # Ok(())
//! # }
//! ```
//!
//! Rules that hold everywhere:
//!
//! - **Ownership.** Everything is freed when it is dropped, in any order: what was made from something keeps it. Only what is borrowed from a
//!   frame has the frame's lifetime.
//! - **Threads.** `Send` and `Sync` are what the C interface allows: managers, textures and semaphores may be used by any number of threads at
//!   once; frames, accesses and channels by one at a time.
//! - **Errors.** Every failure is an [`Error`] with a kind to branch on and a sentence for people. After one nothing has changed and nothing is
//!   leaked. Nothing panics over what a user, a peer or a driver does.
//! - **Times.** Every wait is bounded by a `Duration`; one over 292 years is taken for that.
//! - **Unsafe.** What hands the library something that it cannot check is `unsafe`: objects of Vulkan, OpenGL and CUDA that the program made.
//!
//! The library is loaded by the system when the program starts; its ABI is compared before the first object is made.

pub use geyser_sys as sys;

mod capabilities;
mod channel;
pub mod cuda;
mod descriptor;
mod device;
mod directory;
mod error;
mod format;
mod frame;
mod handle;
mod log;
mod manager;
pub mod opengl;
mod publisher;
mod semaphore;
mod subscriber;
mod support;
mod texture;
pub mod vulkan;

pub use capabilities::{FormatSupport, MemorySupport, Modifier, Negotiation, SemaphoreSupport, common_modifiers, explain, negotiate};
pub use channel::{Channel, ChannelListener, MAX_MESSAGE_BYTES, Peer};
pub use descriptor::{
    AlphaMode, ColorInfo, ColorPrimaries, ColorRange, Dimension, Extent, Layout, Offset, Region, RegionLayout, TextureDescriptor,
    TransferFunction, Usage,
};
pub use device::{DeviceIdentity, MemoryType, PciAddress, SemaphoreKind, SemaphoreType, Uuid};
pub use directory::{Directory, Pacing, ReaderStatus, StreamInfo, StreamStatus, Transport, device_of_stream};
pub use error::{Error, ErrorDomain, ErrorKind, Result};
pub use format::{Format, FormatInfo, FormatKind, FormatPlane, NumericType};
pub use frame::{Clock, FrameInfo, FrameMetadata, HdrMetadata, MAX_USER_DATA_BYTES, Rect, Timestamp};
pub use handle::{MemoryPlane, SemaphoreHandle, TextureHandle, TextureHandleInfo};
pub use log::{LogLevel, log, set_log_callback, set_log_level};
pub use manager::{CreateOptions, ImportFailed, Manager, MappedRegion, TexturePool};
pub use publisher::{Publisher, PublisherOptions, WriteFrame};
pub use semaphore::{Semaphore, SyncPoint};
pub use subscriber::{ReadFrame, Subscriber, SubscriberInfo, SubscriberOptions, SubscriberState};
pub use texture::{Access, AccessBegin, AccessInfo, AccessMode, Texture, TextureHold, TextureInfo, TextureState};

bitflags::bitflags! {
    /// What a libgeyser was built with.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Features: u32 {
        /// [`vulkan`]
        const VULKAN = sys::GEYSER_FEATURE_VULKAN;
        /// [`opengl`]
        const OPENGL = sys::GEYSER_FEATURE_OPENGL;
        /// [`cuda`]
        const CUDA = sys::GEYSER_FEATURE_CUDA;
        /// [`Publisher`], [`Subscriber`], [`Directory`], [`Channel`]
        const STREAMS = sys::GEYSER_FEATURE_STREAMS;
        const _ = !0;
    }
}

/// Version of the library that is loaded: "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: no arguments, any thread; the text is in static storage.
    unsafe { support::static_text(sys::geyser_version()) }
}

/// What the library that is loaded was built with. The rest answers [`ErrorKind::UnsupportedFeature`].
pub fn features() -> Features {
    // SAFETY: no arguments, any thread.
    Features::from_bits_retain(unsafe { sys::geyser_features() })
}
