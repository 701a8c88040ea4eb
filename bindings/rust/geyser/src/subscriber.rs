//! Subscribing: reads a stream by name, follows resizes and restarts.

use std::{ffi::c_void, fmt, path::Path, time::Duration};

use geyser_sys::{self as sys, Sized32};

use crate::device::named;
use crate::directory::{RawStreamList, c_path, stream};
use crate::handle::{RawTextureHandle, TextureHandle};
use crate::support::{c_option, c_text, check, enumeration, filled, flag, known, nanoseconds, owner, pointer, text, written};
use crate::{Access, FrameInfo, Manager, Region, Result, StreamInfo, Texture, Transport};

owner!(
    RawSubscriber,
    geyser_subscriber,
    geyser_subscriber_destroy,
    Send because "one thread at a time acquires; the rest from any thread.",
    Sync because "as for Send, and acquiring takes `&mut self` here."
);
owner!(
    RawReadFrame,
    geyser_read_frame,
    geyser_read_frame_destroy,
    Send because "used by one thread at a time, which may be another one each time."
);

/// How a stream is read.
#[derive(Clone, Copy, Debug)]
pub struct SubscriberOptions<'a> {
    /// How long to wait for the stream to appear and to answer. Zero: not at all.
    pub connect_timeout: Duration,
    /// How long acquiring spins before it sleeps. Zero: not at all.
    pub spin: Duration,
    /// Frames held at once, 1 to 4; 0: 2.
    pub max_held: u32,
    /// Refuse instead of having frames copied.
    pub require_zero_copy: bool,
    /// Refuse instead of having frames copied by anything but one GPU to another. Opening both devices may take the publisher a second.
    pub require_peer: bool,
    /// Attach again when the publisher restarts.
    pub reconnect: bool,
    /// For [`ReadFrame::export_handle`]: one more descriptor for each texture of the stream.
    pub keep_handles: bool,
    /// For people; "": the program's file name.
    pub application: &'a str,
    /// Where streams are announced; `None`: the user's own folder.
    pub directory: Option<&'a Path>,
}

impl Default for SubscriberOptions<'_> {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(1),
            spin: Duration::from_micros(20),
            max_held: 0,
            require_zero_copy: false,
            require_peer: false,
            reconnect: true,
            keep_handles: false,
            application: "",
            directory: None,
        }
    }
}

enumeration! {
    /// How a subscriber stands to its publisher.
    pub enum SubscriberState: u32 {
        /// There is one.
        Attached = sys::GEYSER_SUBSCRIBER_STATE_ATTACHED,
        /// It is away; the subscriber attaches by itself when it is back.
        Waiting = sys::GEYSER_SUBSCRIBER_STATE_WAITING,
        /// It is away, and [`SubscriberOptions::reconnect`] is false.
        Ended = sys::GEYSER_SUBSCRIBER_STATE_ENDED,
    }
}

named! {
    SubscriberState, geyser_subscriber_state_name;
}

/// State, transport and counters of a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriberInfo {
    /// How it stands to its publisher.
    pub state: SubscriberState,
    /// How frames come.
    pub transport: Transport,
    /// Acquired.
    pub frames: u64,
    /// Published while attached, and not taken.
    pub skipped: u64,
    /// 1 after connecting; one more with every restart.
    pub attachments: u64,
    /// Sizes and formats seen.
    pub generations: u64,
}

/// A wait that never is and one that is the library's default are two things to C: zero is the default there, below zero not at all.
fn at_all(time: Duration) -> i64 {
    if time.is_zero() { -1 } else { nanoseconds(time) }
}

/// Reads a stream.
///
/// Ownership: detaches when it and the frames that it gave are gone: as long as one is held, nobody writes its texture. It keeps its manager.
/// `Send` and `Sync`: any thread may ask, and acquiring takes `&mut`.
#[derive(Debug)]
pub struct Subscriber {
    raw: RawSubscriber,
    manager: Manager,
}

impl Subscriber {
    /// Attaches to a stream.
    ///
    /// # Errors
    /// `NotFound`, `UnsupportedHandle` or `DeviceMismatch` (zero copy was required), `LimitExceeded`, `ProtocolError`, `TimedOut`,
    /// `InvalidArgument`.
    pub fn connect(manager: &Manager, name: &str, options: &SubscriberOptions<'_>) -> Result<Self> {
        let name = c_text("the stream's name", name)?;
        let application = c_option("application", options.application)?;
        let directory = c_path("directory", options.directory)?;
        let mut raw = sys::geyser_subscriber_options::sized();
        raw.max_held = options.max_held;
        raw.connect_timeout = at_all(options.connect_timeout);
        raw.spin = at_all(options.spin);
        raw.require_zero_copy = flag(options.require_zero_copy);
        raw.require_peer = flag(options.require_peer);
        raw.no_reconnect = flag(!options.reconnect);
        raw.keep_handles = flag(options.keep_handles);
        raw.application = pointer(&application);
        raw.directory = pointer(&directory);
        // SAFETY: the manager is alive; options and text live during the call.
        let raw = RawSubscriber::made(|out| unsafe { sys::geyser_subscriber_connect(manager.as_raw(), name.as_ptr(), &raw, out) })?;
        Ok(Self { raw, manager: manager.clone() })
    }

    /// The manager that its textures are of.
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// [`Latest`](crate::Pacing::Latest): the newest frame that was not acquired before; [`Queue`](crate::Pacing::Queue) and
    /// [`Lockstep`](crate::Pacing::Lockstep): the next in order.
    ///
    /// # Errors
    /// `TimedOut` (ask again), `PeerGone` (ask again: the subscriber attaches by itself), `LimitExceeded` (`max_held` frames are held), as
    /// [`Manager::import_texture`].
    pub fn acquire(&mut self, timeout: Duration) -> Result<ReadFrame> {
        // SAFETY: the subscriber is alive, and `&mut` keeps other threads from acquiring.
        let raw = RawReadFrame::made(|out| unsafe { sys::geyser_subscriber_acquire(self.raw.as_ptr(), nanoseconds(timeout), out) })?;
        ReadFrame::from_raw(raw, &self.manager)
    }

    /// The newest frame even if it was acquired before; [`Latest`](crate::Pacing::Latest) only.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub fn acquire_newest(&mut self, timeout: Duration) -> Result<ReadFrame> {
        // SAFETY: the subscriber is alive, and `&mut` keeps other threads from acquiring.
        let raw = RawReadFrame::made(|out| unsafe { sys::geyser_subscriber_acquire_newest(self.raw.as_ptr(), nanoseconds(timeout), out) })?;
        ReadFrame::from_raw(raw, &self.manager)
    }

    /// State, transport and counters.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a state that only a newer library has.
    pub fn info(&self) -> Result<SubscriberInfo> {
        // SAFETY: the subscriber is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_subscriber_info>(|out| unsafe { sys::geyser_subscriber_query(self.raw.as_ptr(), out) })?;
        Ok(SubscriberInfo {
            state: known(raw.state)?,
            transport: known(raw.transport)?,
            frames: raw.frames,
            skipped: raw.skipped,
            attachments: raw.attachments,
            generations: raw.generations,
        })
    }

    /// Why the transport is not zero copy; "" when it is.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn why_not_zero_copy(&self) -> Result<String> {
        // SAFETY: the subscriber is alive; the buffer has the capacity that is given.
        text(|buffer, capacity, length| unsafe { sys::geyser_subscriber_why_not_zero_copy(self.raw.as_ptr(), buffer, capacity, length) })
    }

    /// What the publisher announced last.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn stream(&self) -> Result<StreamInfo> {
        // SAFETY: the subscriber is alive.
        let list = RawStreamList::made(|out| unsafe { sys::geyser_subscriber_stream(self.raw.as_ptr(), out) })?;
        // SAFETY: the list is alive.
        unsafe { stream(list.as_ptr(), 0) }
    }
}

/// A frame to read; nobody writes its texture until it is released.
///
/// Ownership: released when it goes; it may outlive its subscriber, whose reader stays attached for it, and its publisher. `Send` and not `Sync`: one thread at a time uses it.
#[derive(Debug)]
pub struct ReadFrame {
    // Both look into the frame, and go before it.
    access: Access<'static>,
    texture: Texture,
    raw: RawReadFrame,
}

impl ReadFrame {
    fn from_raw(raw: RawReadFrame, manager: &Manager) -> Result<Self> {
        // SAFETY: the frame is alive.
        let texture = Texture::borrowed(|out| unsafe { sys::geyser_read_frame_texture(raw.as_ptr(), out) }, manager);
        // SAFETY: the frame is alive.
        let access = Access::borrowed(|out| unsafe { sys::geyser_read_frame_access(raw.as_ptr(), out) }, manager);
        match (texture, access) {
            (Ok(texture), Ok(access)) => Ok(Self { access, texture, raw }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The texture, of the subscriber's manager. Several readers use it at once: read it in the layout that it has, and do not change it.
    pub fn texture(&self) -> &Texture {
        &self.texture
    }

    /// The open read access, which the frame ends.
    pub fn access(&self) -> &Access<'_> {
        &self.access
    }

    /// Number, times, colour and the publisher's own bytes.
    ///
    /// # Errors
    /// `UnsupportedFeature` for numbers that only a newer library has.
    pub fn info(&self) -> Result<FrameInfo> {
        // SAFETY: the frame is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_frame_info>(|out| unsafe { sys::geyser_read_frame_query(self.raw.as_ptr(), out) })?;
        // SAFETY: the bytes live as long as the frame.
        unsafe { FrameInfo::from_c(&raw) }
    }

    /// How it came.
    ///
    /// # Errors
    /// `UnsupportedFeature` for a way that only a newer library has.
    pub fn transport(&self) -> Result<Transport> {
        // SAFETY: the frame is alive.
        known(written(|out| unsafe { sys::geyser_read_frame_transport(self.raw.as_ptr(), out) })?)
    }

    /// A duplicate of the handle that the frame's texture came by, for a third party that takes file descriptors. Wait for the access first
    /// ([`Access::wait`]), keep the frame until the third party is done, write nothing.
    ///
    /// # Errors
    /// `InvalidState` ([`SubscriberOptions::keep_handles`] was not set), `UnsupportedHandle` (the frame was copied for this device), `OsError`.
    pub fn export_handle(&self) -> Result<TextureHandle> {
        // SAFETY: the frame is alive.
        RawTextureHandle::made(|out| unsafe { sys::geyser_read_frame_export(self.raw.as_ptr(), out) }).map(TextureHandle::from_raw)
    }

    /// Copies a region out within this frame's access.
    ///
    /// # Errors
    /// As [`Manager::read_back`].
    pub fn read_back(&mut self, region: &Region, bytes: &mut [u8]) -> Result<()> {
        let region = region.to_c();
        // SAFETY: the frame is alive; region and bytes live during the call, and there are as many bytes as are said.
        check(unsafe { sys::geyser_read_frame_read_back(self.raw.as_ptr(), &region, bytes.as_mut_ptr().cast::<c_void>(), bytes.len()) })
    }

    /// Releases the frame, and says what went wrong if anything did, which dropping it cannot.
    ///
    /// # Errors
    /// `InvalidState`.
    pub fn release(self) -> Result<()> {
        let Self { access, texture, raw } = self;
        drop((access, texture)); // before the frame that they look into is consumed
        // SAFETY: the frame is alive; it is freed on success only.
        check(unsafe { sys::geyser_read_frame_release(raw.as_ptr()) })?;
        raw.consumed();
        Ok(())
    }
}
