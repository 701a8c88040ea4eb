//! Textures by handle: made here to be exported, or imported.

use std::sync::{Arc, Mutex, PoisonError};

use geyser::{
    Access, AccessInfo, CreateOptions, Error, ErrorKind, Layout, Result, Semaphore, SemaphoreKind, SyncPoint, Texture, TextureDescriptor,
    TextureHandle, TextureState,
};
use wgpu::{CommandBuffer, CommandEncoderDescriptor, TexelCopyTextureInfo};

use crate::Context;
use crate::turn::{Turn, Turning};
use crate::wrap::Wrapped;

/// A texture of Geyser that wgpu uses: the same image, no copy.
///
/// A texture that wgpu itself made cannot be exported: Vulkan wants that to be known when memory is allocated. Make the texture here and render into
/// it, or copy into it by [`copy_from`](SharedTexture::copy_from).
///
/// Ownership: freed when this and every clone of [`texture`](Self::texture) are gone and the GPU is done. Threading: `Send` and `Sync`.
#[derive(Debug)]
pub struct SharedTexture {
    texture: Arc<Texture>,
    wrapped: Arc<Wrapped>,
    own: Mutex<Option<(Semaphore, u64)>>,
    context: Context,
}

/// The right to use a [`SharedTexture`] in wgpu's submits, from its beginning to [`end`](Self::end).
///
/// Ownership: keeps the texture. Dropping it ends it, without the state that [`end`](Self::end) gives. Threading: `Send`; one thread at a time.
#[derive(Debug)]
pub struct TextureAccess {
    // None once ended.
    open: Option<(Access<'static>, Turn)>,
    wrapped: Arc<Wrapped>,
    context: Context,
}

impl Context {
    /// Creates a texture whose memory can be exported, with a wgpu texture over it.
    ///
    /// [`from_wgpu_descriptor`](crate::from_wgpu_descriptor) makes the descriptor of wgpu's.
    ///
    /// # Errors
    /// As [`Manager::create_texture`](geyser::Manager::create_texture); `UnsupportedFormat` when wgpu has no such format, or this device was made
    /// without the feature for it.
    pub fn create_texture(&self, descriptor: &TextureDescriptor, options: &CreateOptions<'_>) -> Result<SharedTexture> {
        crate::to_wgpu_format(descriptor.format)?;
        let texture = self.manager().create_texture(descriptor, options)?;
        SharedTexture::new(self, texture)
    }

    /// Makes a texture from a handle, and a wgpu texture over it. The handle is consumed either way.
    ///
    /// # Errors
    /// As [`Manager::import_texture`](geyser::Manager::import_texture), `DeviceMismatch` for a handle of another GPU among them; `UnsupportedFormat`
    /// as [`create_texture`](Self::create_texture).
    pub fn import_texture(&self, handle: TextureHandle) -> Result<SharedTexture> {
        crate::to_wgpu_format(handle.descriptor()?.format)?;
        let texture = self.manager().import_texture(handle).map_err(|failed| failed.error)?;
        SharedTexture::new(self, texture)
    }

    /// A wgpu texture over a texture that [`manager`](Self::manager) made, imported or has from a channel.
    ///
    /// # Errors
    /// `DeviceMismatch` for one of another manager; `UnsupportedFormat` as [`create_texture`](Self::create_texture).
    pub fn wrap_texture(&self, texture: Texture) -> Result<SharedTexture> {
        if texture.manager().as_raw() != self.manager().as_raw() {
            return Err(Error::new(
                ErrorKind::DeviceMismatch,
                "The texture belongs to another manager; export it there, and import the handle by Context::import_texture().",
            ));
        }
        SharedTexture::new(self, texture)
    }
}

impl SharedTexture {
    fn new(context: &Context, texture: Texture) -> Result<Self> {
        let wrapped = Arc::new(Wrapped::new(context, &texture)?);
        Ok(Self { texture: Arc::new(texture), wrapped, own: Mutex::new(None), context: context.clone() })
    }

    /// The wgpu texture, to be used in submits between the beginning and the end of an access.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.wrapped.texture
    }

    /// The texture as Geyser knows it: descriptor, state, uploads and read-backs by [`Context::manager`].
    pub fn shared(&self) -> &Texture {
        &self.texture
    }

    /// A handle to the memory for another device or process, with what state it is in now.
    ///
    /// # Errors
    /// As [`Manager::export_texture`](geyser::Manager::export_texture).
    pub fn export(&self) -> Result<TextureHandle> {
        self.context.manager().export_texture(&self.texture)
    }

    /// The next point of a timeline of this texture's own, for accesses whose caller named no point to signal.
    fn own_point(&self) -> Result<SyncPoint> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            let manager = self.context.manager();
            let timeline = manager.create_semaphore(Some(SemaphoreKind::Timeline), 0, "geyser-wgpu");
            *own = Some((timeline.or_else(|_| manager.create_semaphore(Some(SemaphoreKind::HostTimeline), 0, "geyser-wgpu"))?, 0));
        }
        match own.as_mut() {
            Some((semaphore, value)) => {
                *value += 1;
                Ok(semaphore.at(*value))
            }
            None => Err(Error::new(ErrorKind::Internal, "The texture's timeline was made and is not there.")),
        }
    }

    /// Starts an exclusive access: what wgpu submits from now on may write the texture. Does not block; the GPU waits for what `info` names.
    ///
    /// What comes after [`TextureAccess::end`] waits for the point that `info.signal` names, or for one of the texture's own.
    ///
    /// # Errors
    /// As [`Texture::begin_write`], `AccessConflict` among them; `DeviceLost`, `OutOfMemory`.
    pub fn begin_write(&self, info: &AccessInfo<'_>) -> Result<TextureAccess> {
        self.begin(info, Texture::begin_write_owned, |_| self.wrapped.rest.released)
    }

    /// Starts a shared access: what wgpu submits from now on may read the texture. As [`begin_write`](Self::begin_write).
    ///
    /// # Errors
    /// As [`begin_write`](Self::begin_write), and `NotInitialized` when nobody has written the texture.
    pub fn begin_read(&self, info: &AccessInfo<'_>) -> Result<TextureAccess> {
        self.begin(info, Texture::begin_read_owned, |found| found)
    }

    fn begin(
        &self,
        info: &AccessInfo<'_>,
        begin: impl FnOnce(&Arc<Texture>, &AccessInfo<'_>) -> Result<Access<'static>>,
        left: impl FnOnce(Layout) -> Layout,
    ) -> Result<TextureAccess> {
        let own = if info.signal.is_none() { Some(self.own_point()?) } else { None };
        let info = AccessInfo { signal: info.signal.or(own.as_ref()), ..*info };
        let access = begin(&self.texture, &info)?;
        let layout = left(access.begin()?.layout);
        let turn = self.context.begin_turn(&access, &self.wrapped, layout)?;
        Ok(TextureAccess { open: Some((access, turn)), wrapped: Arc::clone(&self.wrapped), context: self.context.clone() })
    }

    /// Copies all levels and layers of a texture that wgpu made into this one; what was in it is gone.
    ///
    /// # Errors
    /// As [`begin_write`](Self::begin_write); `InvalidArgument` with wgpu's sentence: another size or format, or `source` without `COPY_SRC`.
    pub fn copy_from(&self, source: &wgpu::Texture) -> Result<TextureState> {
        let access = self.begin_write(&AccessInfo::default())?;
        let copied = copy(&self.context, source, self.texture()).and_then(|copy| self.context.scoped(|_| self.context.submit([copy])));
        let state = access.end()?;
        copied.map(|_| state)
    }
}

/// A copy of all levels and layers.
pub(crate) fn copy(context: &Context, from: &wgpu::Texture, to: &wgpu::Texture) -> Result<CommandBuffer> {
    let shape = |texture: &wgpu::Texture| (texture.size(), texture.mip_level_count(), texture.dimension());
    if shape(from) != shape(to) {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!(
                "The source is {:?} (size, levels, dimension) and the shared texture {:?}; they must be equal.",
                shape(from),
                shape(to)
            ),
        ));
    }
    context.scoped(|device| {
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("geyser copy") });
        for mip_level in 0..to.mip_level_count() {
            let size = to.size().mip_level_size(mip_level, to.dimension()).physical_size(to.format());
            let at = |texture| TexelCopyTextureInfo { texture, mip_level, origin: wgpu::Origin3d::ZERO, aspect: wgpu::TextureAspect::All };
            encoder.copy_texture_to_texture(at(from), at(to), size);
        }
        encoder.finish()
    })
}

impl TextureAccess {
    /// The wgpu texture.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.wrapped.texture
    }

    /// Ends the access behind everything submitted to wgpu's queue so far. What comes back says what the next access must wait for.
    ///
    /// # Errors
    /// `DeviceLost`, `OutOfMemory`.
    pub fn end(mut self) -> Result<TextureState> {
        match self.open.take() {
            Some((access, turn)) => {
                self.context.end_turn(&access, &self.wrapped, Turning::Begun(turn), [])?;
                access.end(Layout::Undefined)
            }
            None => Err(Error::new(ErrorKind::InvalidState, "The access has ended already; begin another one.")),
        }
    }
}

impl Drop for TextureAccess {
    fn drop(&mut self) {
        if let Some((access, turn)) = self.open.take() {
            // There is nobody to tell; the library's log has what went wrong, and waits of others are bounded.
            if self.context.end_turn(&access, &self.wrapped, Turning::Begun(turn), []).is_ok() {
                let _ = access.end(Layout::Undefined);
            }
        }
    }
}
