//! Which streams there are, what they carry, who reads them: [`Directory`], [`StreamInfo`], [`StreamStatus`].

use std::{fmt, path::Path, ptr, time::Duration};

use geyser_sys as sys;

use crate::device::named;
use crate::support::{
    c_option, c_text, check, duration, enumeration, filled, known, nanoseconds, owned_text, owner, pointer, text, written,
};
use crate::{DeviceIdentity, Error, ErrorKind, Result, TextureDescriptor, Timestamp, Uuid};

enumeration! {
    /// How publisher and readers keep pace. Values are part of the wire protocol.
    pub enum Pacing: u32 {
        /// A reader gets the newest frame; the publisher never waits for one.
        Latest = sys::GEYSER_PACING_LATEST,
        /// A reader gets every frame; the publisher waits for one that is a ring behind.
        Queue = sys::GEYSER_PACING_QUEUE,
        /// A reader gets every frame; the publisher waits until all have released the one before.
        Lockstep = sys::GEYSER_PACING_LOCKSTEP,
    }
}

enumeration! {
    /// How a reader gets its frames. Values are part of the wire protocol.
    pub enum Transport: u32 {
        /// Not yet.
        None = sys::GEYSER_TRANSPORT_NONE,
        /// The same memory.
        ZeroCopy = sys::GEYSER_TRANSPORT_ZERO_COPY,
        /// A copy in host memory.
        HostBridge = sys::GEYSER_TRANSPORT_HOST_BRIDGE,
        /// A copy on the reader's GPU, made there by the publisher's GPU, once for all readers on it.
        PeerCopy = sys::GEYSER_TRANSPORT_PEER_COPY,
        /// The same through host memory that both devices read and write by themselves.
        PinnedCopy = sys::GEYSER_TRANSPORT_PINNED_COPY,
        /// The same through the publisher's own host memory, by the CPU.
        HostCopy = sys::GEYSER_TRANSPORT_HOST_COPY,
    }
}

named! {
    Pacing, geyser_pacing_name;
    Transport, geyser_transport_name;
}

owner!(
    RawDirectory,
    geyser_directory,
    geyser_directory_destroy,
    Send because "used by one thread at a time, which may be another one each time."
);
owner!(
    /// What was true when it was made.
    RawStreamList,
    geyser_stream_list,
    geyser_stream_list_destroy
);
owner!(
    /// What was true when it was made.
    RawStreamStatus,
    geyser_stream_status,
    geyser_stream_status_destroy
);

/// The user's streams: one folder, no daemon.
///
/// Ownership: closes what it opened. `Send` and not `Sync`: one thread at a time uses it.
#[derive(Debug)]
pub struct Directory {
    raw: RawDirectory,
}

/// A stream as its publisher announced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// What readers connect to.
    pub name: String,
    /// For people.
    pub application: String,
    /// "vulkan", "host", ...
    pub backend: String,
    /// The publisher's process.
    pub process_id: u32,
    /// Another one with every start of the publisher.
    pub uuid: Uuid,
    /// Rises when size or format change.
    pub generation: u64,
    /// How publisher and readers keep pace.
    pub pacing: Pacing,
    /// Textures in turn.
    pub ring: u32,
    /// What every frame is.
    pub texture: TextureDescriptor,
    /// The publisher's device.
    pub device: DeviceIdentity,
}

/// One reader of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderStatus {
    /// Its process.
    pub process_id: u32,
    /// For people.
    pub application: String,
    /// The reasons, when the way is not zero copy; else "".
    pub why_not_zero_copy: String,
    /// Its way.
    pub transport: Transport,
    /// Frames held now.
    pub claims: u32,
    /// Acquired so far.
    pub frames: u64,
    /// Published, and not taken.
    pub skipped: u64,
    /// Newest number acquired.
    pub last_frame: u64,
    /// From publishing to acquiring, over the last 1024 frames: half of them are quicker.
    pub latency_p50: Duration,
    /// The same, for 99 of 100.
    pub latency_p99: Duration,
}

/// One stream and its readers, as its publisher answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamStatus {
    /// What it announces.
    pub stream: StreamInfo,
    /// Textures allocated now.
    pub textures: u32,
    /// Bytes of those textures.
    pub bytes: u64,
    /// Published so far.
    pub frames: u64,
    /// Monotonic; `None`: none yet.
    pub last_publish: Option<Timestamp>,
    /// Who reads.
    pub readers: Vec<ReaderStatus>,
}

impl Directory {
    /// `$XDG_RUNTIME_DIR/geyser`, or a folder of the user's own among the temporary files.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn default_path() -> Result<String> {
        // SAFETY: the buffer has the capacity that is given.
        text(|buffer, capacity, length| unsafe { sys::geyser_directory_default_path(buffer, capacity, length) })
    }

    /// Opens the user's own folder, or another one; makes it when it is missing.
    ///
    /// # Errors
    /// `OsError`, `InvalidState` (it is not the user's own), `InvalidArgument` for a path that is not UTF-8.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        let path = c_path("the directory's path", path)?;
        // SAFETY: the path is null or lives during the call.
        RawDirectory::made(|out| unsafe { sys::geyser_directory_open(pointer(&path), out) }).map(|raw| Self { raw })
    }

    /// The folder.
    ///
    /// # Errors
    /// None of a directory that is open.
    pub fn path(&self) -> Result<String> {
        let mut out = ptr::null();
        // SAFETY: the directory is alive.
        check(unsafe { sys::geyser_directory_path(self.raw.as_ptr(), &mut out) })?;
        // SAFETY: the text lives as long as the directory.
        Ok(unsafe { owned_text(out) })
    }

    /// Live streams, by name.
    ///
    /// # Errors
    /// `OsError`.
    pub fn list(&self) -> Result<Vec<StreamInfo>> {
        // SAFETY: the directory is alive.
        let list = RawStreamList::made(|out| unsafe { sys::geyser_directory_list(self.raw.as_ptr(), out) })?;
        // SAFETY: the list is alive.
        unsafe { streams(list.as_ptr()) }
    }

    /// That one stream.
    ///
    /// # Errors
    /// `NotFound` naming the streams that there are, `OsError`.
    pub fn find(&self, name: &str) -> Result<StreamInfo> {
        let name = c_text("the stream's name", name)?;
        // SAFETY: the directory is alive; the name lives during the call.
        let list = RawStreamList::made(|out| unsafe { sys::geyser_directory_find(self.raw.as_ptr(), name.as_ptr(), out) })?;
        // SAFETY: the list is alive.
        unsafe { stream(list.as_ptr(), 0) }
    }

    /// Blocks until the streams differ from those of the last list, or until the time is over; then lists them.
    ///
    /// # Errors
    /// `OsError`.
    pub fn wait_for_change(&mut self, timeout: Duration) -> Result<Vec<StreamInfo>> {
        // SAFETY: the directory is alive.
        let list =
            RawStreamList::made(|out| unsafe { sys::geyser_directory_wait_for_change(self.raw.as_ptr(), nanoseconds(timeout), out) })?;
        // SAFETY: the list is alive.
        unsafe { streams(list.as_ptr()) }
    }

    /// Asks the publisher who reads, how fast, how late and by what way.
    ///
    /// # Errors
    /// `NotFound`, `TimedOut`, `PeerGone`, `ProtocolError`.
    pub fn status(&self, name: &str, timeout: Duration) -> Result<StreamStatus> {
        let name = c_text("the stream's name", name)?;
        // SAFETY: the directory is alive; the name lives during the call.
        let status = RawStreamStatus::made(|out| unsafe {
            sys::geyser_directory_status(self.raw.as_ptr(), name.as_ptr(), nanoseconds(timeout), out)
        })?;
        StreamStatus::from_raw(&status)
    }
}

/// The device that a stream is published on. A reader that chooses the same one gets the publisher's own textures, without a copy:
/// [`vulkan::DeviceOptions`](crate::vulkan::DeviceOptions) takes its UUIDs. All of it nil: host memory. `directory` as [`Directory::open`]
/// takes it.
///
/// # Errors
/// Those of [`Directory::open`] and [`Directory::find`].
pub fn device_of_stream(name: &str, directory: Option<&Path>) -> Result<DeviceIdentity> {
    let name = c_text("the stream's name", name)?;
    let path = c_path("the directory's path", directory)?;
    // SAFETY: the text lives during the call, `out` is a struct with its size set.
    let raw = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_device_of_stream(name.as_ptr(), pointer(&path), out) })?;
    Ok(DeviceIdentity::from_c(&raw))
}

/// A path for C; `None` is the default.
pub(crate) fn c_path(what: &str, path: Option<&Path>) -> Result<Option<std::ffi::CString>> {
    let Some(path) = path else { return Ok(None) };
    let text = path.to_str().ok_or_else(|| {
        Error::new(ErrorKind::InvalidArgument, format!("{what} is {}, which is not UTF-8; use a path that is.", path.display()))
    })?;
    c_option(what, text)
}

/// All streams of a list.
///
/// # Safety
/// The list is alive.
unsafe fn streams(list: *const sys::geyser_stream_list) -> Result<Vec<StreamInfo>> {
    // SAFETY: as the caller promises.
    let count = written::<u32>(|out| unsafe { sys::geyser_stream_list_count(list, out) })?;
    // SAFETY: as the caller promises.
    (0..count).map(|index| unsafe { stream(list, index) }).collect()
}

/// One stream of a list.
///
/// # Safety
/// The list is alive.
pub(crate) unsafe fn stream(list: *const sys::geyser_stream_list, index: u32) -> Result<StreamInfo> {
    // SAFETY: as the caller promises; `out` is a struct with its size set.
    let raw = filled::<sys::geyser_stream_info>(|out| unsafe { sys::geyser_stream_list_at(list, index, out) })?;
    // SAFETY: as above.
    let texture = filled::<sys::geyser_texture_descriptor>(|out| unsafe { sys::geyser_stream_list_texture(list, index, out) })?;
    // SAFETY: as above.
    let device = filled::<sys::geyser_device_identity>(|out| unsafe { sys::geyser_stream_list_device(list, index, out) })?;
    // SAFETY: all text lives as long as the list.
    let (name, application, backend, texture) =
        unsafe { (owned_text(raw.name), owned_text(raw.application), owned_text(raw.backend), TextureDescriptor::from_c(&texture)?) };
    Ok(StreamInfo {
        name,
        application,
        backend,
        process_id: raw.process_id,
        uuid: Uuid(raw.uuid.bytes),
        generation: raw.generation,
        pacing: known(raw.pacing)?,
        ring: raw.ring,
        texture,
        device: DeviceIdentity::from_c(&device),
    })
}

impl StreamStatus {
    pub(crate) fn from_raw(status: &RawStreamStatus) -> Result<Self> {
        let mut list = ptr::null();
        // SAFETY: the status is alive.
        check(unsafe { sys::geyser_stream_status_stream(status.as_ptr(), &mut list) })?;
        // SAFETY: the list is the status's, and alive with it.
        let stream = unsafe { stream(list, 0) }?;
        // SAFETY: the status is alive, `out` is a struct with its size set.
        let raw = filled::<sys::geyser_stream_status_info>(|out| unsafe { sys::geyser_stream_status_query(status.as_ptr(), out) })?;
        let readers = (0..raw.reader_count).map(|index| reader(status, index)).collect::<Result<_>>()?;
        let last_publish = if raw.last_publish.nanoseconds == 0 { None } else { Some(Timestamp::from_c(raw.last_publish)?) };
        Ok(Self { stream, textures: raw.textures, bytes: raw.bytes, frames: raw.frames, last_publish, readers })
    }
}

fn reader(status: &RawStreamStatus, index: u32) -> Result<ReaderStatus> {
    // SAFETY: the status is alive, `out` is a struct with its size set.
    let raw = filled::<sys::geyser_reader_status>(|out| unsafe { sys::geyser_stream_status_reader(status.as_ptr(), index, out) })?;
    Ok(ReaderStatus {
        process_id: raw.process_id,
        // SAFETY: the text lives as long as the status.
        application: unsafe { owned_text(raw.application) },
        // SAFETY: as above.
        why_not_zero_copy: unsafe { owned_text(raw.why_not_zero_copy) },
        transport: known(raw.transport)?,
        claims: raw.claims,
        frames: raw.frames,
        skipped: raw.skipped,
        last_frame: raw.last_frame,
        latency_p50: duration(raw.latency_p50),
        latency_p99: duration(raw.latency_p99),
    })
}
