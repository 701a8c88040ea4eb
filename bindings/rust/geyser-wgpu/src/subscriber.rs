//! Reading a stream in wgpu.

use std::sync::Arc;
use std::time::Duration;

use geyser::{Error, ErrorKind, FrameInfo, Result, SubscriberInfo, SubscriberOptions, Transport};
use wgpu::CommandBuffer;

use crate::Context;
use crate::turn::Turning;
use crate::wrap::{Cache, Wrapped};

/// Reads a stream, whose frames are wgpu textures.
///
/// Ownership: detaches when it goes; frames that are held stay valid. Keeps its context. Threading: `Send` and `Sync`; acquiring takes `&mut`.
#[derive(Debug)]
pub struct Subscriber {
    subscriber: geyser::Subscriber,
    cache: Cache,
    context: Context,
}

/// A frame to read; nobody writes its texture until it is released.
///
/// Ownership: released when it goes, behind everything submitted to wgpu's queue so far. It may outlive its subscriber and its publisher.
/// Threading: `Send`; one thread at a time.
#[derive(Debug)]
pub struct ReadFrame {
    // None once released.
    open: Option<(geyser::ReadFrame, Turning)>,
    wrapped: Arc<Wrapped>,
    info: FrameInfo,
    transport: Transport,
    context: Context,
}

impl Context {
    /// Attaches to a stream.
    ///
    /// # Errors
    /// As [`geyser::Subscriber::connect`]. A format that wgpu lacks is an error of [`Subscriber::acquire`], since the stream may change it.
    pub fn subscriber(&self, name: &str, options: &SubscriberOptions<'_>) -> Result<Subscriber> {
        let subscriber = geyser::Subscriber::connect(self.manager(), name, options)?;
        Ok(Subscriber { subscriber, cache: Cache::default(), context: self.clone() })
    }
}

impl Subscriber {
    /// The subscription: its state, its transport, why that is not zero copy. Frames acquired there are not wgpu's.
    pub fn stream(&self) -> &geyser::Subscriber {
        &self.subscriber
    }

    /// The context that its textures belong to.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// State, transport and counters.
    ///
    /// # Errors
    /// As [`geyser::Subscriber::info`].
    pub fn info(&self) -> Result<SubscriberInfo> {
        self.subscriber.info()
    }

    /// Textures of this stream that are wrapped for wgpu now: at most those of the stream, 32, and those of a publisher before it for 64 frames.
    pub fn wrapped_textures(&self) -> usize {
        self.cache.len()
    }

    /// The newest frame that was not acquired before (of a queue: the next), ready for wgpu: whatever is submitted from now on may read it. The GPU
    /// waits for the publisher's drawing, the CPU does not.
    ///
    /// # Errors
    /// As [`geyser::Subscriber::acquire`]: `TimedOut` and `PeerGone` mean to ask again. `UnsupportedFormat` when wgpu has no format like the stream's,
    /// or the device was made without the feature for it; the frame is released, and the next one may do.
    pub fn acquire(&mut self, timeout: Duration) -> Result<ReadFrame> {
        let mut frame = self.acquire_deferred(timeout)?;
        frame.begin()?;
        Ok(frame)
    }

    /// The newest frame even if it was acquired before; of streams whose pacing is `Latest` only. As [`acquire`](Self::acquire).
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub fn acquire_newest(&mut self, timeout: Duration) -> Result<ReadFrame> {
        let frame = self.subscriber.acquire_newest(timeout)?;
        let mut frame = self.wrap(frame)?;
        frame.begin()?;
        Ok(frame)
    }

    /// As [`acquire`](Self::acquire), without the submit: the frame is taken over by the submit of [`ReadFrame::release_with`], which has everything
    /// that reads it, or by [`ReadFrame::begin`].
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub fn acquire_deferred(&mut self, timeout: Duration) -> Result<ReadFrame> {
        let frame = self.subscriber.acquire(timeout)?;
        self.wrap(frame)
    }

    fn wrap(&mut self, frame: geyser::ReadFrame) -> Result<ReadFrame> {
        let info = frame.info()?;
        let transport = frame.transport()?;
        let wrapped = self.cache.get(&self.context, frame.texture(), info.generation)?;
        // Readers share a frame, and leave it in the layout that they found.
        let found = frame.access().begin()?.layout;
        Ok(ReadFrame { open: Some((frame, Turning::Deferred(found))), wrapped, info, transport, context: self.context.clone() })
    }
}

impl ReadFrame {
    /// The texture. The same one comes again when its turn comes; views of it may be kept, and show another frame then.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.wrapped.texture
    }

    /// Number, generation, times, colour and the publisher's own bytes.
    pub fn info(&self) -> &FrameInfo {
        &self.info
    }

    /// How it came: zero copy, or through host memory.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Takes a frame of [`Subscriber::acquire_deferred`] over by a submit of its own, so that whatever is submitted from now on finds the texture ready:
    /// for engines that acquire in one thread and submit in another. Nothing happens when that was done before, as it was by
    /// [`Subscriber::acquire`].
    ///
    /// # Errors
    /// `DeviceLost`, `OutOfMemory`; the frame is as it was.
    pub fn begin(&mut self) -> Result<()> {
        if let Some((frame, turning)) = &mut self.open
            && let Turning::Deferred(found) = turning
        {
            let turn = self.context.begin_turn(frame.access(), &self.wrapped, *found)?;
            *turning = Turning::Begun(turn);
        }
        Ok(())
    }

    /// Releases the frame behind everything submitted to wgpu's queue so far, and says what went wrong if anything did, which dropping it cannot.
    ///
    /// # Errors
    /// As [`geyser::ReadFrame::release`]; `DeviceLost`, `OutOfMemory`.
    pub fn release(mut self) -> Result<()> {
        self.finish([])
    }

    /// Submits the commands that read the frame, and releases it. Of a deferred frame that is one submit in all.
    ///
    /// # Errors
    /// As [`release`](Self::release); `InvalidArgument` with wgpu's sentence when it refuses the commands. The frame is released all the same.
    pub fn release_with(mut self, commands: impl IntoIterator<Item = CommandBuffer>) -> Result<()> {
        let (frame, turning) = self.open.take().ok_or_else(gone)?;
        self.context.end_turn(frame.access(), &self.wrapped, turning, commands)?;
        frame.release()
    }

    fn finish(&mut self, commands: [CommandBuffer; 0]) -> Result<()> {
        match self.open.take() {
            Some((frame, turning @ Turning::Begun(_))) => {
                self.context.end_turn(frame.access(), &self.wrapped, turning, commands)?;
                frame.release()
            }
            Some((frame, Turning::Deferred(_))) => frame.release(), // nothing was submitted
            None => Ok(()),
        }
    }
}

impl Drop for ReadFrame {
    fn drop(&mut self) {
        // There is nobody to tell; the library's waits are bounded.
        let _ = self.finish([]);
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::InvalidState, "The frame was released already; acquire another one.")
}
