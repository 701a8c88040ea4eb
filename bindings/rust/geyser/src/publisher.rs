//! Publishing: a stream of textures under a name, for any number of readers in other processes.

use std::{
    ffi::c_void,
    path::Path,
    ptr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use geyser_sys::{self as sys, Sized32};

use crate::directory::{RawStreamStatus, c_path};
use crate::support::{c_option, c_text, check, filled, flag, nanoseconds, owned_text, owner, pointer, written};
use crate::{Access, FrameMetadata, Manager, MemoryType, Pacing, Region, Result, StreamStatus, Texture, TextureDescriptor, Uuid};

owner!(
    RawPublisher,
    geyser_publisher,
    geyser_publisher_destroy,
    Send because "one thread at a time begins, publishes and reconfigures; everything else from any thread.",
    Sync because "as for Send, and `Shared::publishing` lets one thread at a time begin, publish and reconfigure."
);
owner!(
    RawWriteFrame,
    geyser_write_frame,
    geyser_write_frame_destroy,
    Send because "used by one thread at a time, which may be another one each time."
);

/// How a stream is published. `PublisherOptions::new(name, &texture)` and what differs from the default.
#[derive(Clone, Copy, Debug)]
pub struct PublisherOptions<'a> {
    /// 1 to 128 bytes of UTF-8 without control characters.
    pub name: &'a str,
    /// What every frame is.
    pub texture: &'a TextureDescriptor,
    /// How publisher and readers keep pace.
    pub pacing: Pacing,
    /// Textures in turn, 2 to 16; 0: 3.
    pub ring: u32,
    /// For people; "": the program's file name.
    pub application: &'a str,
    /// Where streams are announced; `None`: the user's own folder.
    pub directory: Option<&'a Path>,
    /// Serve readers on other devices through host memory.
    pub allow_host_bridge: bool,
    /// Rows of texels one after the other.
    pub linear: bool,
    /// How every texture crosses: `DmaBuf` for readers that hand it on to who takes nothing else. `None`: the best that the device exports.
    pub memory_type: MemoryType,
}

impl<'a> PublisherOptions<'a> {
    /// The default for everything but the name and what every frame is.
    pub const fn new(name: &'a str, texture: &'a TextureDescriptor) -> Self {
        Self {
            name,
            texture,
            pacing: Pacing::Latest,
            ring: 0,
            application: "",
            directory: None,
            allow_host_bridge: true,
            linear: false,
            memory_type: MemoryType::None,
        }
    }
}

/// Publishes a stream.
///
/// Ownership: the stream ends when the publisher and the frame that is open are gone; readers keep the frames that they hold. It keeps its
/// manager. `Send` and `Sync`: any thread may ask and begin; beginning, publishing and reconfiguring wait for each other.
#[derive(Debug)]
pub struct Publisher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    raw: RawPublisher,
    /// Held by whatever C allows to one thread at a time.
    publishing: Mutex<()>,
    manager: Manager,
}

impl Shared {
    /// What it guards is C's, which no panic leaves half done.
    fn publishing(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publisher {
    /// Announces the stream.
    ///
    /// # Errors
    /// `InvalidArgument`, `InvalidState` (the name is taken by a live process), as [`Manager::create_texture`], `OsError`, `OutOfMemory`.
    pub fn create(manager: &Manager, options: &PublisherOptions<'_>) -> Result<Self> {
        let name = c_text("the stream's name", options.name)?;
        let texture = options.texture.to_c()?;
        let application = c_option("application", options.application)?;
        let directory = c_path("directory", options.directory)?;
        let mut raw = sys::geyser_publisher_options::sized();
        raw.pacing = options.pacing.as_raw();
        raw.name = name.as_ptr();
        raw.texture = &texture.raw;
        raw.application = pointer(&application);
        raw.directory = pointer(&directory);
        raw.ring = options.ring;
        raw.no_host_bridge = flag(!options.allow_host_bridge);
        raw.linear = flag(options.linear);
        raw.memory_type = options.memory_type.as_raw();
        // SAFETY: the manager is alive; options, texture and text live during the call.
        let raw = RawPublisher::made(|out| unsafe { sys::geyser_publisher_create(manager.as_raw(), &raw, out) })?;
        Ok(Self { shared: Arc::new(Shared { raw, publishing: Mutex::new(()), manager: manager.clone() }) })
    }

    fn as_ptr(&self) -> *mut sys::geyser_publisher {
        self.shared.raw.as_ptr()
    }

    /// The manager whose textures it publishes.
    pub fn manager(&self) -> &Manager {
        &self.shared.manager
    }

    /// A texture that nobody reads, to draw the next frame into. One is open at a time.
    ///
    /// # Errors
    /// `TimedOut` naming the reader that holds it up, `InvalidState` (the frame before is still open), `OutOfMemory`, `DeviceLost`.
    pub fn begin_frame(&self, timeout: Duration) -> Result<WriteFrame> {
        let alone = self.shared.publishing();
        // SAFETY: the publisher is alive, and no other thread begins, publishes or reconfigures.
        let raw = RawWriteFrame::made(|out| unsafe { sys::geyser_publisher_begin_frame(self.as_ptr(), nanoseconds(timeout), out) })?;
        drop(alone);
        let frame = raw.as_ptr();
        let raw = Returned { raw: Some(raw), publisher: Arc::clone(&self.shared) };
        // SAFETY: the frame is alive.
        let texture = Texture::borrowed(|out| unsafe { sys::geyser_write_frame_texture(frame, out) }, &self.shared.manager)?;
        // SAFETY: the frame is alive.
        let access = Access::borrowed(|out| unsafe { sys::geyser_write_frame_access(frame, out) }, &self.shared.manager)?;
        Ok(WriteFrame { access, texture, raw })
    }

    /// Changes size, format or usage: a new generation, which subscribers follow.
    ///
    /// # Errors
    /// As [`create`](Self::create); the stream goes on as it was.
    pub fn reconfigure(&self, texture: &TextureDescriptor) -> Result<()> {
        let texture = texture.to_c()?;
        let _alone = self.shared.publishing();
        // SAFETY: the publisher is alive, and no other thread begins, publishes or reconfigures; the descriptor lives during the call.
        check(unsafe { sys::geyser_publisher_reconfigure(self.as_ptr(), &texture.raw) })
    }

    /// Whether somebody reads.
    ///
    /// # Errors
    /// None of a publisher that is alive.
    pub fn has_subscribers(&self) -> Result<bool> {
        // SAFETY: the publisher is alive.
        Ok(written::<u32>(|out| unsafe { sys::geyser_publisher_has_subscribers(self.as_ptr(), out) })? != 0)
    }

    /// Blocks until at least `count` readers are attached.
    ///
    /// # Errors
    /// `TimedOut` with the number that is.
    pub fn wait_for_subscribers(&self, count: u32, timeout: Duration) -> Result<()> {
        // SAFETY: the publisher is alive.
        check(unsafe { sys::geyser_publisher_wait_for_subscribers(self.as_ptr(), count, nanoseconds(timeout)) })
    }

    /// The stream and its readers.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn status(&self) -> Result<StreamStatus> {
        // SAFETY: the publisher is alive.
        let status = RawStreamStatus::made(|out| unsafe { sys::geyser_publisher_status(self.as_ptr(), out) })?;
        StreamStatus::from_raw(&status)
    }

    /// The name.
    ///
    /// # Errors
    /// None of a publisher that is alive.
    pub fn name(&self) -> Result<String> {
        let mut name = ptr::null();
        // SAFETY: the publisher is alive.
        check(unsafe { sys::geyser_publisher_name(self.as_ptr(), &mut name) })?;
        // SAFETY: the text lives as long as the publisher.
        Ok(unsafe { owned_text(name) })
    }

    /// Another one with every start.
    ///
    /// # Errors
    /// None of a publisher that is alive.
    pub fn uuid(&self) -> Result<Uuid> {
        let mut uuid = Uuid::NIL.to_c();
        // SAFETY: the publisher is alive.
        check(unsafe { sys::geyser_publisher_uuid(self.as_ptr(), &mut uuid) })?;
        Ok(Uuid(uuid.bytes))
    }

    /// What every frame is.
    ///
    /// # Errors
    /// None of a publisher that is alive.
    pub fn descriptor(&self) -> Result<TextureDescriptor> {
        let _alone = self.shared.publishing();
        // SAFETY: the publisher is alive, `out` is a struct with its size set, and nobody reconfigures meanwhile.
        let raw = filled::<sys::geyser_texture_descriptor>(|out| unsafe { sys::geyser_publisher_descriptor(self.as_ptr(), out) })?;
        // SAFETY: the label lives until the next reconfigure, which waits.
        unsafe { TextureDescriptor::from_c(&raw) }
    }
}

/// A texture to draw the next frame into; nobody reads it.
///
/// Ownership: [`publish`](Self::publish) makes it the stream's newest; dropping it returns the texture unpublished. It keeps its publisher.
/// `Send` and not `Sync`: one thread at a time uses it.
#[derive(Debug)]
pub struct WriteFrame {
    // Both look into the frame, and go before it.
    access: Access<'static>,
    texture: Texture,
    raw: Returned,
}

/// The frame's object, destroyed while no other thread begins, publishes or reconfigures.
#[derive(Debug)]
struct Returned {
    raw: Option<RawWriteFrame>,
    publisher: Arc<Shared>,
}

impl Drop for Returned {
    fn drop(&mut self) {
        if let Some(raw) = self.raw.take() {
            let _alone = self.publisher.publishing();
            drop(raw);
        }
    }
}

impl Returned {
    /// The object; null, which C refuses, once it has been published.
    fn as_ptr(&self) -> *mut sys::geyser_write_frame {
        self.raw.as_ref().map_or(ptr::null_mut(), RawWriteFrame::as_ptr)
    }
}

impl WriteFrame {
    /// The texture to draw into. Its old content is gone: draw all of it.
    pub fn texture(&self) -> &Texture {
        &self.texture
    }

    /// The open write access, which the frame ends.
    pub fn access(&self) -> &Access<'_> {
        &self.access
    }

    /// The number that it will have.
    ///
    /// # Errors
    /// None of a frame that is open.
    pub fn number(&self) -> Result<u64> {
        // SAFETY: the frame is alive.
        written(|out| unsafe { sys::geyser_write_frame_number(self.raw.as_ptr(), out) })
    }

    /// Copies bytes into the texture within this frame's access, and waits until they are there.
    ///
    /// # Errors
    /// As [`Manager::upload`].
    pub fn upload(&mut self, region: &Region, bytes: &[u8]) -> Result<()> {
        let region = region.to_c();
        // SAFETY: the frame is alive; region and bytes live during the call, and there are as many bytes as are said.
        check(unsafe { sys::geyser_write_frame_upload(self.raw.as_ptr(), &region, bytes.as_ptr().cast::<c_void>(), bytes.len()) })
    }

    /// Makes the frame the stream's newest, and returns its number. Does not wait for the drawing: readers' devices do.
    ///
    /// # Errors
    /// `InvalidArgument`, `InvalidState`; the texture is returned unpublished then.
    pub fn publish(self, metadata: &FrameMetadata<'_>) -> Result<u64> {
        let Self { access, texture, mut raw } = self;
        drop((access, texture)); // before the frame that they look into is consumed
        let mut metadata = metadata.to_c()?;
        let alone = raw.publisher.publishing();
        let (publisher, frame, metadata) = (raw.publisher.raw.as_ptr(), raw.as_ptr(), metadata.as_ptr());
        // SAFETY: publisher and frame are alive, no other thread begins, publishes or reconfigures, and the metadata with its parts lives during
        // the call; the frame is consumed on success only.
        let number = written(|out| unsafe { sys::geyser_publisher_publish(publisher, frame, metadata, out) })?;
        drop(alone);
        if let Some(frame) = raw.raw.take() {
            frame.consumed();
        }
        Ok(number)
    }
}
