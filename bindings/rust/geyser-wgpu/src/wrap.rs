//! One wgpu texture for each texture of Geyser.

use std::collections::HashMap;
use std::sync::Arc;

use ash::vk::{self, Handle};
use geyser::vulkan::native;
use geyser::{Error, ErrorKind, Layout, Result, Texture};
use wgpu::hal::{self, api::Vulkan};
use wgpu::{TextureFormat, TextureUsages, TextureUses};

use crate::Context;
use crate::descriptor::Described;

/// A wgpu texture over the image of one of Geyser.
#[derive(Debug)]
pub(crate) struct Wrapped {
    pub texture: wgpu::Texture,
    pub rest: Rest,
}

/// The state that wgpu finds a texture in when it is begun, and leaves it in when it ends: wgpu tracks states, and must be right about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub uses: TextureUses,
    pub layout: vk::ImageLayout,
    /// What a write is released in, so that readers who want the same need no transition.
    pub released: Layout,
}

impl Rest {
    /// As wgpu-hal's `derive_image_layout`; a test compares the two by the validation layer.
    pub(crate) fn of(format: TextureFormat, usage: TextureUsages) -> Self {
        let depth = format.is_depth_stencil_format();
        if usage.contains(TextureUsages::TEXTURE_BINDING) && depth {
            let layout = vk::ImageLayout::DEPTH_STENCIL_READ_ONLY_OPTIMAL;
            Self { uses: TextureUses::RESOURCE, layout, released: Layout::DepthStencilReadOnly }
        } else if usage.contains(TextureUsages::TEXTURE_BINDING) {
            let layout = vk::ImageLayout::SHADER_READ_ONLY_OPTIMAL;
            Self { uses: TextureUses::RESOURCE, layout, released: Layout::ShaderReadOnly }
        } else {
            // Every shared image can be copied from.
            Self { uses: TextureUses::COPY_SRC, layout: vk::ImageLayout::TRANSFER_SRC_OPTIMAL, released: Layout::TransferSrc }
        }
    }
}

impl Wrapped {
    /// Wraps a texture of the context's manager.
    pub(crate) fn new(context: &Context, texture: &Texture) -> Result<Self> {
        let native = native(texture)?;
        let descriptor = texture.descriptor()?;
        let described = Described::new(&descriptor)?;
        let device = context.device();
        let missing = described.format.required_features() - device.features();
        if !missing.is_empty() {
            return Err(Error::new(
                ErrorKind::UnsupportedFormat,
                format!("This wgpu device was made without {missing:?}, which {} needs; add them to required_features.", descriptor.format),
            ));
        }
        // SAFETY: the adapter is only asked.
        let adapter = unsafe { context.adapter().as_hal::<Vulkan>() }.ok_or_else(|| crate::device::not_vulkan(context.adapter()))?;
        let expected = adapter.texture_format_as_raw(described.format);
        drop(adapter);
        if expected.as_raw() as u32 != native.format {
            return Err(Error::new(
                ErrorKind::UnsupportedFormat,
                format!(
                    "wgpu makes {:?} as VkFormat {expected:?} on this device, and Geyser {} as VkFormat {}; share another format.",
                    described.format, descriptor.format, native.format
                ),
            ));
        }
        let mutable = native.flags & vk::ImageCreateFlags::MUTABLE_FORMAT.as_raw() != 0;
        let view_formats: Vec<TextureFormat> = described.twin.filter(|_| mutable).into_iter().collect();
        let rest = Rest::of(described.format, described.usage);
        let hold = texture.hold()?;
        let graveyard = Arc::clone(context.graveyard());
        let hal_descriptor = hal::TextureDescriptor {
            label: None,
            size: described.size,
            mip_level_count: described.mip_level_count,
            sample_count: 1,
            dimension: described.dimension,
            format: described.format,
            usage: uses(described.format, described.usage),
            memory_flags: hal::MemoryFlags::empty(),
            view_formats: view_formats.clone(),
        };
        // SAFETY: the device is only asked.
        let hal_device = unsafe { device.as_hal::<Vulkan>() }.ok_or_else(|| crate::device::not_vulkan(context.adapter()))?;
        let image = vk::Image::from_raw(native.image);
        // SAFETY: the image is of this device, was made as the descriptor says (its flags allow the view formats), and lives until the callback
        // has been called, which is what the hold is for; its memory is not wgpu's.
        let hal_texture = unsafe {
            hal_device.texture_from_raw(
                image,
                &hal_descriptor,
                Some(Box::new(move || graveyard.bury(hold))),
                hal::vulkan::TextureMemory::External,
            )
        };
        drop(hal_device);
        let label = (!descriptor.label.is_empty()).then_some(descriptor.label.as_str());
        let wgpu_descriptor = wgpu::TextureDescriptor {
            label,
            size: described.size,
            mip_level_count: described.mip_level_count,
            sample_count: 1,
            dimension: described.dimension,
            format: described.format,
            usage: described.usage,
            view_formats: &view_formats,
        };
        // SAFETY: made from this device as the descriptor says. The image is in the state `rest` before wgpu uses it: beginning an access records the
        // barrier to it, and no texture is handed out before.
        let texture =
            context.scoped(|device| unsafe { device.create_texture_from_hal::<Vulkan>(hal_texture, &wgpu_descriptor, rest.uses) })?;
        Ok(Self { texture, rest })
    }
}

/// wgpu-core's `map_texture_usage`, for the hal descriptor: only what the image allows.
fn uses(format: TextureFormat, usage: TextureUsages) -> TextureUses {
    let mut uses = TextureUses::COPY_SRC | TextureUses::COPY_DST;
    uses.set(TextureUses::RESOURCE, usage.contains(TextureUsages::TEXTURE_BINDING));
    if usage.contains(TextureUsages::STORAGE_BINDING) {
        uses |= TextureUses::STORAGE_READ_ONLY | TextureUses::STORAGE_WRITE_ONLY | TextureUses::STORAGE_READ_WRITE;
    }
    if usage.contains(TextureUsages::RENDER_ATTACHMENT) {
        uses |= if format.is_depth_stencil_format() {
            TextureUses::DEPTH_STENCIL_READ | TextureUses::DEPTH_STENCIL_WRITE
        } else {
            TextureUses::COLOR_TARGET
        };
    }
    uses
}

/// Textures not used for this many frames are let go; a stream has at most 32 at once, all sizes together.
const KEPT_FRAMES: u64 = 64;

/// The wrapped textures of a stream: each is made once, and used again whenever its turn comes.
///
/// An entry holds its image, so that the image's number names it for as long as the entry is here.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: HashMap<u64, Entry>,
    generation: u64,
    frames: u64,
}

#[derive(Debug)]
struct Entry {
    wrapped: Arc<Wrapped>,
    used: u64,
}

impl Cache {
    pub(crate) fn get(&mut self, context: &Context, texture: &Texture, generation: u64) -> Result<Arc<Wrapped>> {
        if self.generation != generation {
            self.generation = generation;
            self.entries.clear(); // frames that are out keep theirs
        }
        self.frames += 1;
        let now = self.frames;
        if now.is_multiple_of(KEPT_FRAMES) {
            self.entries.retain(|_, entry| now - entry.used <= KEPT_FRAMES);
        }
        let image = native(texture)?.image;
        if let Some(entry) = self.entries.get_mut(&image) {
            entry.used = now;
            return Ok(Arc::clone(&entry.wrapped));
        }
        let wrapped = Arc::new(Wrapped::new(context, texture)?);
        self.entries.insert(image, Entry { wrapped: Arc::clone(&wrapped), used: now });
        Ok(wrapped)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
