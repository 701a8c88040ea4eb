//! Publishing what wgpu draws.

use std::sync::Arc;
use std::time::Duration;

use geyser::{Error, ErrorKind, FrameMetadata, PublisherOptions, Result, TextureDescriptor};
use wgpu::CommandBuffer;

use crate::Context;
use crate::descriptor::Described;
use crate::turn::Turning;
use crate::wrap::{Cache, Wrapped};

/// Publishes a stream whose textures wgpu draws into.
///
/// Ownership: the stream ends with it; readers keep the frames that they hold. Keeps its context. Threading: `Send` and `Sync`; beginning and
/// reconfiguring take `&mut`.
#[derive(Debug)]
pub struct Publisher {
    publisher: geyser::Publisher,
    cache: Cache,
    generation: u64,
    context: Context,
}

/// A texture to draw the next frame into; nobody reads it.
///
/// Ownership: [`publish`](Self::publish) consumes it; dropping it returns it unpublished. Keeps what it needs. Threading: `Send`; one thread at a time.
///
/// A frame is published once; twice does not compile:
///
/// ```compile_fail,E0382
/// # fn twice(frame: geyser_wgpu::WriteFrame) {
/// let metadata = geyser::FrameMetadata::default();
/// let _ = frame.publish(&metadata);
/// let _ = frame.publish(&metadata);
/// # }
/// ```
#[derive(Debug)]
pub struct WriteFrame {
    // None once given away.
    open: Option<(geyser::WriteFrame, Turning)>,
    wrapped: Arc<Wrapped>,
    context: Context,
}

impl Context {
    /// Announces a stream. The usage of its textures is `options.texture.usage`: with `RENDER_ATTACHMENT` a render pass can draw into them.
    ///
    /// # Errors
    /// As [`geyser::Publisher::create`]; `UnsupportedFormat` when wgpu has no such format, or this device was made without the feature for it.
    pub fn publisher(&self, options: &PublisherOptions<'_>) -> Result<Publisher> {
        self.check_format(options.texture)?;
        let publisher = geyser::Publisher::create(self.manager(), options)?;
        Ok(Publisher { publisher, cache: Cache::default(), generation: 1, context: self.clone() })
    }

    /// Whether wgpu can use textures of this description, before anything is made.
    pub(crate) fn check_format(&self, descriptor: &TextureDescriptor) -> Result<()> {
        let missing = Described::new(descriptor)?.format.required_features() - self.device().features();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::UnsupportedFormat,
            format!("This wgpu device was made without {missing:?}, which {} needs; add them to required_features.", descriptor.format),
        ))
    }
}

impl Publisher {
    /// The stream: its readers, its status, its name. Frames begun there are not wgpu's.
    pub fn stream(&self) -> &geyser::Publisher {
        &self.publisher
    }

    /// The context whose textures it publishes.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Textures of this stream that are wrapped for wgpu now: at most those of the stream, 32.
    pub fn wrapped_textures(&self) -> usize {
        self.cache.len()
    }

    /// A texture that nobody reads, ready for wgpu: whatever is submitted from now on, `queue.write_texture` too, may draw into it. One is open at a
    /// time.
    ///
    /// # Errors
    /// As [`geyser::Publisher::begin_frame`], `TimedOut` among them; `UnsupportedFormat`.
    pub fn begin_frame(&mut self, timeout: Duration) -> Result<WriteFrame> {
        let mut frame = self.begin_deferred(timeout)?;
        frame.begin()?;
        Ok(frame)
    }

    /// As [`begin_frame`](Self::begin_frame), without the submit: the texture is taken over by the submit of [`WriteFrame::publish_with`], which has
    /// everything that draws. Until then nothing may use it, and `queue.write_texture` must not: wgpu puts that before all command buffers.
    ///
    /// # Errors
    /// As [`begin_frame`](Self::begin_frame).
    pub fn begin_deferred(&mut self, timeout: Duration) -> Result<WriteFrame> {
        let frame = self.publisher.begin_frame(timeout)?;
        let wrapped = self.cache.get(&self.context, frame.texture(), self.generation)?;
        let turning = Turning::Deferred(wrapped.rest.released);
        Ok(WriteFrame { open: Some((frame, turning)), wrapped, context: self.context.clone() })
    }

    /// Changes size, format or usage: a new generation, which subscribers follow.
    ///
    /// # Errors
    /// As [`Context::publisher`]; the stream goes on as it was.
    pub fn reconfigure(&mut self, texture: &TextureDescriptor) -> Result<()> {
        self.context.check_format(texture)?;
        self.publisher.reconfigure(texture)?;
        self.generation += 1;
        self.cache.clear();
        Ok(())
    }
}

impl WriteFrame {
    /// The texture to draw into. Its old content is gone: draw all of it. The same texture comes again when its turn comes; views of it may be kept.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.wrapped.texture
    }

    /// The number that it will have.
    ///
    /// # Errors
    /// `InvalidState` after a failure to publish.
    pub fn number(&self) -> Result<u64> {
        self.open.as_ref().ok_or_else(gone)?.0.number()
    }

    fn begin(&mut self) -> Result<()> {
        if let Some((frame, turning @ Turning::Deferred(_))) = &mut self.open {
            let turn = self.context.begin_turn(frame.access(), &self.wrapped, self.wrapped.rest.released)?;
            *turning = Turning::Begun(turn);
        }
        Ok(())
    }

    /// Makes the frame the stream's newest, behind everything submitted to wgpu's queue so far, and returns its number. Does not wait for the
    /// drawing: readers' GPUs do.
    ///
    /// # Errors
    /// As [`geyser::WriteFrame::publish`]; `InvalidState` for a deferred frame, which [`publish_with`](Self::publish_with) publishes. The texture is
    /// returned unpublished.
    pub fn publish(self, metadata: &FrameMetadata<'_>) -> Result<u64> {
        if matches!(self.open, Some((_, Turning::Deferred(_)))) {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "The frame was begun by begin_deferred(), and nothing was drawn; call publish_with().",
            ));
        }
        self.publish_with([], metadata)
    }

    /// Submits the commands that draw the frame, and publishes it as [`publish`](Self::publish) does. Of a deferred frame that is one submit in all.
    ///
    /// # Errors
    /// As [`publish`](Self::publish); `InvalidArgument` with wgpu's sentence when it refuses the commands, and the frame is not published then.
    pub fn publish_with(mut self, commands: impl IntoIterator<Item = CommandBuffer>, metadata: &FrameMetadata<'_>) -> Result<u64> {
        let (frame, turning) = self.open.take().ok_or_else(gone)?;
        self.context.end_turn(frame.access(), &self.wrapped, turning, commands)?;
        frame.publish(metadata)
    }

    /// Records and submits a copy of all of `source`, a texture that wgpu itself made: such a one cannot be published as it is.
    ///
    /// # Errors
    /// `InvalidArgument`: another size, mip levels, dimension or format, or `source` lacks `COPY_SRC`. `InvalidState` for a deferred frame.
    pub fn copy_from(&mut self, source: &wgpu::Texture) -> Result<()> {
        if !matches!(self.open, Some((_, Turning::Begun(_)))) {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "Copying wants a frame of begin_frame(); this one was begun by begin_deferred().",
            ));
        }
        let copy = crate::texture::copy(&self.context, source, self.texture())?;
        self.context.scoped(|_| self.context.submit([copy])).map(|_| ())
    }
}

impl Drop for WriteFrame {
    fn drop(&mut self) {
        if let Some((frame, turning @ Turning::Begun(_))) = self.open.take() {
            // The signal that was promised must come; there is nobody to tell when it cannot, and the library's waits are bounded.
            let _ = self.context.end_turn(frame.access(), &self.wrapped, turning, []);
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::InvalidState, "The frame was given away already; begin another one.")
}
