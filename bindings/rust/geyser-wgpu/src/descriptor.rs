//! Descriptors and usages both ways.

use geyser::{Dimension, Error, ErrorKind, Extent, Format, Result, TextureDescriptor, Usage};
use wgpu::{Extent3d, TextureDimension, TextureFormat, TextureUsages};

use crate::format::{from_wgpu_format, to_wgpu_format};

/// wgpu's usages of a texture of Geyser. Copies both ways are always among them, as Geyser's images always allow them.
///
/// Depth and stencil are sampled by wgpu only when the texture has `RENDER_ATTACHMENT` too: without it [`SharedTexture::texture`] and frames of such a
/// format have no `TEXTURE_BINDING`.
///
/// [`SharedTexture::texture`]: crate::SharedTexture::texture
pub fn to_wgpu_usages(usage: Usage) -> TextureUsages {
    let mut usages = TextureUsages::COPY_SRC | TextureUsages::COPY_DST;
    usages.set(TextureUsages::TEXTURE_BINDING, usage.contains(Usage::TEXTURE_BINDING));
    usages.set(TextureUsages::STORAGE_BINDING, usage.contains(Usage::STORAGE_BINDING));
    usages.set(TextureUsages::RENDER_ATTACHMENT, usage.contains(Usage::RENDER_ATTACHMENT));
    usages
}

/// Geyser's usages for what a wgpu texture shall be used for.
///
/// # Errors
/// `UnsupportedFeature` naming the usages that no shared texture can have: `TRANSIENT_ATTACHMENT`, `STORAGE_ATOMIC`.
pub fn from_wgpu_usages(usages: TextureUsages) -> Result<Usage> {
    let known = TextureUsages::COPY_SRC
        | TextureUsages::COPY_DST
        | TextureUsages::TEXTURE_BINDING
        | TextureUsages::STORAGE_BINDING
        | TextureUsages::RENDER_ATTACHMENT;
    let others = usages - known;
    if !others.is_empty() {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            format!("A shared texture cannot have the usage {others:?}; leave it out, any of {known:?} will do."),
        ));
    }
    let mut usage = Usage::COPY_SRC | Usage::COPY_DST;
    usage.set(Usage::TEXTURE_BINDING, usages.contains(TextureUsages::TEXTURE_BINDING));
    usage.set(Usage::STORAGE_BINDING, usages.contains(TextureUsages::STORAGE_BINDING));
    usage.set(Usage::RENDER_ATTACHMENT, usages.contains(TextureUsages::RENDER_ATTACHMENT));
    Ok(usage)
}

/// What Geyser calls a texture that wgpu describes. `view_formats` is not looked at: shared textures always allow the sRGB twin of their format.
///
/// wgpu does not tell an array of six pictures from a cube; for a cube set [`TextureDescriptor::dimension`] of the result.
///
/// # Errors
/// `UnsupportedFormat`; `UnsupportedFeature` naming what a shared texture cannot have: one dimension, several samples, some usages.
pub fn from_wgpu_descriptor(descriptor: &wgpu::TextureDescriptor<'_>) -> Result<TextureDescriptor> {
    if descriptor.sample_count != 1 {
        return Err(Error::new(
            ErrorKind::UnsupportedFeature,
            format!("TextureDescriptor::sample_count is {}; a shared texture has 1 sample: resolve into it.", descriptor.sample_count),
        ));
    }
    let layers = descriptor.size.depth_or_array_layers;
    let (dimension, depth, array_layers) = match descriptor.dimension {
        TextureDimension::D1 => {
            return Err(Error::new(
                ErrorKind::UnsupportedFeature,
                "TextureDescriptor::dimension is D1; a shared texture is D2 or D3: use a D2 one that is 1 texel high.",
            ));
        }
        TextureDimension::D2 if layers > 1 => (Dimension::D2Array, 1, layers),
        TextureDimension::D2 => (Dimension::D2, 1, 1),
        TextureDimension::D3 => (Dimension::D3, layers, 1),
    };
    let mut to = TextureDescriptor::new(descriptor.size.width, descriptor.size.height, from_wgpu_format(descriptor.format)?);
    to.dimension = dimension;
    to.extent = Extent { width: descriptor.size.width, height: descriptor.size.height, depth };
    to.mip_levels = descriptor.mip_level_count;
    to.array_layers = array_layers;
    to.usage = from_wgpu_usages(descriptor.usage)?;
    to.label = descriptor.label.unwrap_or_default().to_owned();
    Ok(to)
}

/// The sRGB twin that views of a shared texture may have, where the format has one that wgpu knows.
pub(crate) fn srgb_twin(format: Format) -> Option<TextureFormat> {
    format.info().ok()?.srgb_twin.and_then(|twin| to_wgpu_format(twin).ok())
}

/// A descriptor of Geyser with its defaults filled in, as wgpu writes it.
pub(crate) struct Described {
    pub size: Extent3d,
    pub mip_level_count: u32,
    pub dimension: TextureDimension,
    pub format: TextureFormat,
    pub usage: TextureUsages,
    pub twin: Option<TextureFormat>,
}

impl Described {
    pub(crate) fn new(descriptor: &TextureDescriptor) -> Result<Self> {
        let faces = match descriptor.dimension {
            Dimension::Cube | Dimension::CubeArray => 6,
            _ => 1,
        };
        let layers = match descriptor.dimension {
            Dimension::D3 => descriptor.extent.depth.max(1),
            _ => descriptor.array_layers.max(faces),
        };
        let format = to_wgpu_format(descriptor.format)?;
        let mut usage = to_wgpu_usages(if descriptor.usage.is_empty() { Usage::TEXTURE_BINDING } else { descriptor.usage });
        // wgpu samples depth in a layout that Vulkan allows for attachments only.
        if format.is_depth_stencil_format() && !usage.contains(TextureUsages::RENDER_ATTACHMENT) {
            usage -= TextureUsages::TEXTURE_BINDING;
        }
        Ok(Self {
            size: Extent3d { width: descriptor.extent.width, height: descriptor.extent.height, depth_or_array_layers: layers },
            mip_level_count: descriptor.mip_levels.max(1),
            dimension: if matches!(descriptor.dimension, Dimension::D3) { TextureDimension::D3 } else { TextureDimension::D2 },
            format,
            usage,
            twin: srgb_twin(descriptor.format),
        })
    }
}
