//! Channels: two processes of one user that hand each other textures, semaphores and small messages, without a stream around it.

use std::{
    ffi::c_void,
    os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd},
    path::Path,
    ptr,
    time::Duration,
};

use geyser_sys as sys;

use crate::directory::c_path;
use crate::handle::{RawSemaphoreHandle, RawTextureHandle, SemaphoreHandle, TextureHandle, raw_fd};
use crate::support::{c_text, check, nanoseconds, owner, pointer, written};
use crate::{Error, ErrorKind, Result};

/// The most bytes of one message.
pub const MAX_MESSAGE_BYTES: usize = sys::GEYSER_MAX_CHANNEL_MESSAGE_BYTES as usize;

owner!(
    RawChannel,
    geyser_channel,
    geyser_channel_destroy,
    Send because "used by one thread for sending and one for receiving, which may be others each time."
);
owner!(
    RawListener,
    geyser_channel_listener,
    geyser_channel_listener_destroy,
    Send because "one thread at a time accepts, which may be another one each time."
);

/// One end of a connection.
///
/// Ownership: closes it; the peer sees that. `Send` and not `Sync`: one thread at a time uses it.
#[derive(Debug)]
pub struct Channel {
    raw: RawChannel,
}

/// Who is at the other end, as the operating system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its process.
    pub process_id: u32,
    /// Its user.
    pub user_id: u32,
}

impl Channel {
    /// Two connected ends in this process.
    ///
    /// # Errors
    /// `OutOfMemory`, `OsError`.
    pub fn pair() -> Result<(Self, Self)> {
        let mut second = ptr::null_mut();
        // SAFETY: two places for the ends.
        let first = RawChannel::made(|out| unsafe { sys::geyser_channel_create_pair(out, &mut second) })?;
        let second = RawChannel::made(|out| {
            // SAFETY: a place for the end that the call above gave.
            unsafe { out.write(second) };
            sys::GEYSER_STATUS_OK
        })?;
        Ok((Self { raw: first }, Self { raw: second }))
    }

    /// Connects to a listener of that name; `directory` `None`: the user's own folder.
    ///
    /// # Errors
    /// `NotFound`, `TimedOut`, `InvalidState` (another user owns it), `OsError`.
    pub fn connect(name: &str, timeout: Duration, directory: Option<&Path>) -> Result<Self> {
        let (name, directory) = (c_text("the channel's name", name)?, c_path("directory", directory)?);
        // SAFETY: name and directory live during the call.
        RawChannel::made(|out| unsafe { sys::geyser_channel_connect(name.as_ptr(), nanoseconds(timeout), pointer(&directory), out) })
            .map(|raw| Self { raw })
    }

    /// Takes over an end that was inherited: a connected socket of type `SOCK_SEQPACKET`. On failure it is closed.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn adopt(socket: OwnedFd) -> Result<Self> {
        // SAFETY: the descriptor is open and nobody else's; on failure it stays `socket`'s.
        let raw = RawChannel::made(|out| unsafe { sys::geyser_channel_adopt(socket.as_raw_fd() as isize, out) })?;
        let _ = socket.into_raw_fd(); // the channel's now
        Ok(Self { raw })
    }

    /// Sends a handle; it stays the caller's.
    ///
    /// # Errors
    /// `PeerGone`, `TimedOut`, `OutOfMemory`, as [`TextureHandle::validate`].
    pub fn send_texture(&mut self, handle: &TextureHandle, timeout: Duration) -> Result<()> {
        // SAFETY: channel and handle are alive.
        check(unsafe { sys::geyser_channel_send_texture(self.raw.as_ptr(), handle.as_raw(), nanoseconds(timeout)) })
    }

    /// The same for a semaphore.
    ///
    /// # Errors
    /// As [`send_texture`](Self::send_texture).
    pub fn send_semaphore(&mut self, handle: &SemaphoreHandle, timeout: Duration) -> Result<()> {
        // SAFETY: channel and handle are alive.
        check(unsafe { sys::geyser_channel_send_semaphore(self.raw.as_ptr(), handle.as_raw(), nanoseconds(timeout)) })
    }

    /// Receives a handle.
    ///
    /// # Errors
    /// `PeerGone`, `TimedOut`, `ProtocolError` (another kind, or broken), `OutOfMemory`.
    pub fn receive_texture(&mut self, timeout: Duration) -> Result<TextureHandle> {
        // SAFETY: the channel is alive.
        RawTextureHandle::made(|out| unsafe { sys::geyser_channel_receive_texture(self.raw.as_ptr(), nanoseconds(timeout), out) })
            .map(TextureHandle::from_raw)
    }

    /// The same for a semaphore.
    ///
    /// # Errors
    /// As [`receive_texture`](Self::receive_texture).
    pub fn receive_semaphore(&mut self, timeout: Duration) -> Result<SemaphoreHandle> {
        // SAFETY: the channel is alive.
        RawSemaphoreHandle::made(|out| unsafe { sys::geyser_channel_receive_semaphore(self.raw.as_ptr(), nanoseconds(timeout), out) })
            .map(SemaphoreHandle::from_raw)
    }

    /// The caller's own bytes, at most [`MAX_MESSAGE_BYTES`].
    ///
    /// # Errors
    /// As [`send_texture`](Self::send_texture), `InvalidArgument`.
    pub fn send(&mut self, bytes: &[u8], timeout: Duration) -> Result<()> {
        // SAFETY: the channel is alive; the bytes live during the call, and there are as many as are said.
        check(unsafe { sys::geyser_channel_send(self.raw.as_ptr(), bytes.as_ptr().cast::<c_void>(), bytes.len(), nanoseconds(timeout)) })
    }

    /// Receives one message whole.
    ///
    /// # Errors
    /// As [`receive_texture`](Self::receive_texture).
    pub fn receive(&mut self, timeout: Duration) -> Result<Vec<u8>> {
        let mut buffer = vec![0u8; MAX_MESSAGE_BYTES];
        let mut size = 0;
        // SAFETY: the channel is alive; the buffer has the capacity that is given.
        check(unsafe {
            sys::geyser_channel_receive(
                self.raw.as_ptr(),
                buffer.as_mut_ptr().cast::<c_void>(),
                buffer.len(),
                &mut size,
                nanoseconds(timeout),
            )
        })?;
        buffer.truncate(size);
        Ok(buffer)
    }

    /// Process and user at the other end.
    ///
    /// # Errors
    /// `OsError`.
    pub fn peer(&self) -> Result<Peer> {
        let mut peer = Peer { process_id: 0, user_id: 0 };
        // SAFETY: the channel is alive.
        check(unsafe { sys::geyser_channel_peer(self.raw.as_ptr(), &mut peer.process_id, &mut peer.user_id) })?;
        Ok(peer)
    }

    /// The socket, still the channel's.
    ///
    /// # Errors
    /// None of a channel that is open.
    pub fn socket(&self) -> Result<BorrowedFd<'_>> {
        // SAFETY: the channel is alive.
        let raw = written(|out| unsafe { sys::geyser_channel_borrow(self.raw.as_ptr(), out) })?;
        let fd = raw_fd(raw)?.ok_or_else(|| Error::new(ErrorKind::InvalidState, "The channel has no socket any more; connect again."))?;
        // SAFETY: it is open as long as the channel is.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }
}

/// Accepts connections under a name.
///
/// Ownership: the name is free again when it goes. `Send` and not `Sync`: one thread at a time accepts.
#[derive(Debug)]
pub struct ChannelListener {
    raw: RawListener,
}

impl ChannelListener {
    /// Listens; `directory` `None`: the user's own folder.
    ///
    /// # Errors
    /// `InvalidArgument` (name), `InvalidState` (taken by a live process), `OsError`.
    pub fn new(name: &str, directory: Option<&Path>) -> Result<Self> {
        let (name, directory) = (c_text("the channel's name", name)?, c_path("directory", directory)?);
        // SAFETY: name and directory live during the call.
        RawListener::made(|out| unsafe { sys::geyser_channel_listener_create(name.as_ptr(), pointer(&directory), out) })
            .map(|raw| Self { raw })
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// `TimedOut`, `OsError`, `OutOfMemory`.
    pub fn accept(&mut self, timeout: Duration) -> Result<Channel> {
        // SAFETY: the listener is alive.
        RawChannel::made(|out| unsafe { sys::geyser_channel_listener_accept(self.raw.as_ptr(), nanoseconds(timeout), out) })
            .map(|raw| Channel { raw })
    }
}
