//! What a texture is, and how its bytes are counted: [`TextureDescriptor`], [`Region`], [`Layout`].

use std::{ffi::CString, fmt};

use bitflags::bitflags;
use geyser_sys::{self as sys, Sized32};

use crate::support::{c_option, check, enumeration, filled, known, owned_text, pointer, text, written};
use crate::{Format, Result};

/// Texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Texels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Slices of a 3D texture; 1 for every other. 0 means 1.
    pub depth: u32,
}

impl Extent {
    /// Of one slice.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height, depth: 1 }
    }
    pub(crate) const fn to_c(self) -> sys::geyser_extent {
        sys::geyser_extent { width: self.width, height: self.height, depth: self.depth }
    }
    pub(crate) const fn from_c(raw: sys::geyser_extent) -> Self {
        Self { width: raw.width, height: raw.height, depth: raw.depth }
    }
}

/// Texels from the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Offset {
    /// Texels.
    pub x: u32,
    /// Rows.
    pub y: u32,
    /// Slices.
    pub z: u32,
}

enumeration! {
    /// The shape of a texture.
    pub enum Dimension: u32 {
        /// One picture.
        D2 = sys::GEYSER_DIMENSION_D2,
        /// Pictures of one size.
        D2Array = sys::GEYSER_DIMENSION_D2_ARRAY,
        /// Six faces.
        Cube = sys::GEYSER_DIMENSION_CUBE,
        /// Six faces each.
        CubeArray = sys::GEYSER_DIMENSION_CUBE_ARRAY,
        /// Slices.
        D3 = sys::GEYSER_DIMENSION_D3,
    }
}

bitflags! {
    /// What a texture may be used for. Copies both ways are always possible.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Usage: u32 {
        /// Copies out of it.
        const COPY_SRC = sys::GEYSER_USAGE_COPY_SRC;
        /// Copies into it.
        const COPY_DST = sys::GEYSER_USAGE_COPY_DST;
        /// Sampled by shaders.
        const TEXTURE_BINDING = sys::GEYSER_USAGE_TEXTURE_BINDING;
        /// Read and written by shaders.
        const STORAGE_BINDING = sys::GEYSER_USAGE_STORAGE_BINDING;
        /// Drawn into.
        const RENDER_ATTACHMENT = sys::GEYSER_USAGE_RENDER_ATTACHMENT;
        const _ = !0;
    }
}

impl Default for Usage {
    /// Copies both ways, and sampling.
    fn default() -> Self {
        Self::COPY_SRC | Self::COPY_DST | Self::TEXTURE_BINDING
    }
}

enumeration! {
    /// Chromaticity of the primaries; code points of ITU-T H.273.
    pub enum ColorPrimaries: u32 {
        /// BT.709 and sRGB.
        Bt709 = sys::GEYSER_COLOR_PRIMARIES_BT709,
        /// Not said.
        Unspecified = sys::GEYSER_COLOR_PRIMARIES_UNSPECIFIED,
        /// BT.601, 625 lines.
        Bt601_625 = sys::GEYSER_COLOR_PRIMARIES_BT601_625,
        /// BT.601, 525 lines.
        Bt601_525 = sys::GEYSER_COLOR_PRIMARIES_BT601_525,
        /// BT.2020 and BT.2100.
        Bt2020 = sys::GEYSER_COLOR_PRIMARIES_BT2020,
        /// Display P3.
        DisplayP3 = sys::GEYSER_COLOR_PRIMARIES_DISPLAY_P3,
    }
}

enumeration! {
    /// How numbers become light; code points of ITU-T H.273.
    pub enum TransferFunction: u32 {
        /// BT.709.
        Bt709 = sys::GEYSER_TRANSFER_FUNCTION_BT709,
        /// Not said.
        Unspecified = sys::GEYSER_TRANSFER_FUNCTION_UNSPECIFIED,
        /// Linear.
        Linear = sys::GEYSER_TRANSFER_FUNCTION_LINEAR,
        /// sRGB.
        Srgb = sys::GEYSER_TRANSFER_FUNCTION_SRGB,
        /// BT.2020, 10 bit.
        Bt2020_10 = sys::GEYSER_TRANSFER_FUNCTION_BT2020_10,
        /// SMPTE ST 2084.
        Pq = sys::GEYSER_TRANSFER_FUNCTION_PQ,
        /// ARIB STD-B67.
        Hlg = sys::GEYSER_TRANSFER_FUNCTION_HLG,
    }
}

enumeration! {
    /// Which numbers are black and white.
    pub enum ColorRange: u32 {
        /// All of them are used.
        Full = sys::GEYSER_COLOR_RANGE_FULL,
        /// Video levels.
        Limited = sys::GEYSER_COLOR_RANGE_LIMITED,
    }
}

enumeration! {
    /// What alpha means for the colour beside it.
    pub enum AlphaMode: u32 {
        /// Colour has been multiplied by it.
        Premultiplied = sys::GEYSER_ALPHA_MODE_PREMULTIPLIED,
        /// Colour has not.
        Straight = sys::GEYSER_ALPHA_MODE_STRAIGHT,
        /// It means nothing.
        Ignored = sys::GEYSER_ALPHA_MODE_IGNORED,
    }
}

/// How the numbers in the texture are meant. It travels with the texture; the library never converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorInfo {
    /// Chromaticity.
    pub primaries: ColorPrimaries,
    /// Numbers to light.
    pub transfer: TransferFunction,
    /// Black and white.
    pub range: ColorRange,
    /// Alpha.
    pub alpha: AlphaMode,
}

impl Default for ColorInfo {
    /// sRGB, full range, premultiplied: the library's default.
    fn default() -> Self {
        Self {
            primaries: ColorPrimaries::Bt709,
            transfer: TransferFunction::Srgb,
            range: ColorRange::Full,
            alpha: AlphaMode::Premultiplied,
        }
    }
}

impl ColorInfo {
    pub(crate) fn to_c(self) -> sys::geyser_color_info {
        sys::geyser_color_info {
            primaries: self.primaries.as_raw(),
            transfer: self.transfer.as_raw(),
            range: self.range.as_raw(),
            alpha: self.alpha.as_raw(),
        }
    }
    pub(crate) fn from_c(raw: sys::geyser_color_info) -> Result<Self> {
        Ok(Self { primaries: known(raw.primaries)?, transfer: known(raw.transfer)?, range: known(raw.range)?, alpha: known(raw.alpha)? })
    }
}

enumeration! {
    /// The layout an image is in when one side hands it to the other.
    pub enum Layout: u32 {
        /// Not said; content may be lost.
        Undefined = sys::GEYSER_LAYOUT_UNDEFINED,
        /// Good for everything.
        General = sys::GEYSER_LAYOUT_GENERAL,
        /// Drawn into.
        ColorAttachment = sys::GEYSER_LAYOUT_COLOR_ATTACHMENT,
        /// Depth and stencil drawn into.
        DepthStencilAttachment = sys::GEYSER_LAYOUT_DEPTH_STENCIL_ATTACHMENT,
        /// Depth and stencil read.
        DepthStencilReadOnly = sys::GEYSER_LAYOUT_DEPTH_STENCIL_READ_ONLY,
        /// Sampled.
        ShaderReadOnly = sys::GEYSER_LAYOUT_SHADER_READ_ONLY,
        /// Copied from.
        TransferSrc = sys::GEYSER_LAYOUT_TRANSFER_SRC,
        /// Copied into.
        TransferDst = sys::GEYSER_LAYOUT_TRANSFER_DST,
    }
}

crate::device::named! {
    Dimension, geyser_dimension_name;
    Layout, geyser_layout_name;
}

/// Everything two sides must agree on about a texture.
///
/// ```
/// use geyser::{Format, TextureDescriptor, Usage};
///
/// let picture = TextureDescriptor::new(1920, 1080, Format::RGBA8_UNORM)
///     .with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT)
///     .with_label("camera");
/// picture.validate()?;
/// assert_eq!(picture.content_bytes()?, 1920 * 1080 * 4);
/// # Ok::<(), geyser::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextureDescriptor {
    /// The shape.
    pub dimension: Dimension,
    /// Texels of mip level 0.
    pub extent: Extent,
    /// Levels; 0: 1.
    pub mip_levels: u32,
    /// Layers; 0: 1, of cubes 6.
    pub array_layers: u32,
    /// The format.
    pub format: Format,
    /// What it may be used for; none: the default.
    pub usage: Usage,
    /// How its numbers are meant.
    pub color: ColorInfo,
    /// For debuggers and people: at most 255 bytes; "": none.
    pub label: String,
}

/// A descriptor as C reads it, with the text that it points to.
pub(crate) struct CDescriptor {
    pub(crate) raw: sys::geyser_texture_descriptor,
    _label: Option<CString>,
}

impl TextureDescriptor {
    /// A 2D texture of one level, with the default usage and colour.
    pub fn new(width: u32, height: u32, format: Format) -> Self {
        Self {
            dimension: Dimension::D2,
            extent: Extent::new(width, height),
            mip_levels: 1,
            array_layers: 1,
            format,
            usage: Usage::default(),
            color: ColorInfo::default(),
            label: String::new(),
        }
    }

    /// With another shape; depth is for 3D textures, layers for arrays.
    #[must_use]
    pub fn with_dimension(mut self, dimension: Dimension, depth: u32, array_layers: u32) -> Self {
        (self.dimension, self.extent.depth, self.array_layers) = (dimension, depth, array_layers);
        self
    }

    /// With that many mip levels.
    #[must_use]
    pub fn with_mip_levels(mut self, mip_levels: u32) -> Self {
        self.mip_levels = mip_levels;
        self
    }

    /// With another usage.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// With another meaning of its numbers.
    #[must_use]
    pub fn with_color(mut self, color: ColorInfo) -> Self {
        self.color = color;
        self
    }

    /// With a name for debuggers and people.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn to_c(&self) -> Result<CDescriptor> {
        let label = c_option("the texture's label", &self.label)?;
        let mut raw = sys::geyser_texture_descriptor::sized();
        raw.dimension = self.dimension.as_raw();
        raw.extent = self.extent.to_c();
        raw.mip_levels = self.mip_levels;
        raw.array_layers = self.array_layers;
        raw.format = self.format.as_raw();
        raw.usage = self.usage.bits();
        raw.color = self.color.to_c();
        raw.label = pointer(&label);
        Ok(CDescriptor { raw, _label: label })
    }

    /// # Safety
    /// The label's text lives during the call.
    pub(crate) unsafe fn from_c(raw: &sys::geyser_texture_descriptor) -> Result<Self> {
        Ok(Self {
            dimension: known(raw.dimension)?,
            extent: Extent::from_c(raw.extent),
            mip_levels: raw.mip_levels,
            array_layers: raw.array_layers,
            format: Format::from_raw(raw.format),
            usage: Usage::from_bits_retain(raw.usage),
            color: ColorInfo::from_c(raw.color)?,
            // SAFETY: as the caller promises.
            label: unsafe { owned_text(raw.label) },
        })
    }

    /// Checks the rules that hold on every device.
    ///
    /// # Errors
    /// `InvalidArgument`, `UnsupportedFormat`, `LimitExceeded`: the message names the field.
    pub fn validate(&self) -> Result<()> {
        let c = self.to_c()?;
        // SAFETY: the descriptor and its label live during the call.
        check(unsafe { sys::geyser_descriptor_validate(&c.raw) })
    }

    /// "1920x1080 rgba8_unorm d2, 1 mip level, 1 layer".
    ///
    /// # Errors
    /// `InvalidArgument` for a label with a zero byte, `OutOfMemory`.
    pub fn describe(&self) -> Result<String> {
        let c = self.to_c()?;
        // SAFETY: the descriptor lives during the call; the buffer has the capacity that is given.
        text(|buffer, capacity, length| unsafe { sys::geyser_descriptor_describe(&c.raw, buffer, capacity, length) })
    }

    /// Mip levels of a full chain; 0 for an empty extent.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn full_mip_chain(&self) -> Result<u32> {
        let c = self.to_c()?;
        // SAFETY: the descriptor lives during the call.
        written(|out| unsafe { sys::geyser_descriptor_full_mip_chain(&c.raw, out) })
    }

    /// Extent of a mip level in texels of the whole texture, at least 1.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn mip_extent(&self, mip_level: u32) -> Result<Extent> {
        let c = self.to_c()?;
        let mut out = Extent::new(0, 0).to_c();
        // SAFETY: the descriptor lives during the call.
        check(unsafe { sys::geyser_descriptor_mip_extent(&c.raw, mip_level, &mut out) })?;
        Ok(Extent::from_c(out))
    }

    /// Size and step of a region's bytes when rows follow each other without gaps.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field that is out of range.
    pub fn region_layout(&self, region: &Region) -> Result<RegionLayout> {
        let c = self.to_c()?;
        let region = region.to_c();
        // SAFETY: both structs live during the call.
        let raw = filled::<sys::geyser_region_layout>(|out| unsafe { sys::geyser_descriptor_region_layout(&c.raw, &region, out) })?;
        Ok(RegionLayout { extent: Extent::from_c(raw.extent), row_bytes: raw.row_bytes, rows: raw.rows, total_bytes: raw.total_bytes })
    }

    /// Bytes of all levels, layers and planes, rows without gaps.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn content_bytes(&self) -> Result<u64> {
        let c = self.to_c()?;
        // SAFETY: the descriptor lives during the call.
        written(|out| unsafe { sys::geyser_descriptor_content_bytes(&c.raw, out) })
    }
}

impl fmt::Display for TextureDescriptor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.describe() {
            Ok(text) => out.write_str(&text),
            Err(_) => write!(out, "{}x{} {}", self.extent.width, self.extent.height, self.format),
        }
    }
}

/// One mip level, one layer, one plane. The default: level 0, layer 0, plane 0, all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Region {
    /// The level.
    pub mip_level: u32,
    /// Layer, or cube face + 6 x cube.
    pub array_layer: u32,
    /// Of a planar format; of depth and stencil: 0 is depth, 1 stencil.
    pub plane: u32,
    /// Texels of the plane; a multiple of the block size.
    pub offset: Offset,
    /// Texels of the plane; `None`: to the end of the level.
    pub extent: Option<Extent>,
}

impl Region {
    pub(crate) fn to_c(self) -> sys::geyser_texture_region {
        let mut raw = sys::geyser_texture_region::sized();
        raw.mip_level = self.mip_level;
        raw.array_layer = self.array_layer;
        raw.plane = self.plane;
        raw.offset = sys::geyser_offset { x: self.offset.x, y: self.offset.y, z: self.offset.z };
        if let Some(extent) = self.extent {
            raw.extent = extent.to_c();
        }
        raw
    }
}

/// Size and step of a region's bytes when rows follow each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionLayout {
    /// Texels of the plane.
    pub extent: Extent,
    /// Bytes in a row of blocks.
    pub row_bytes: u32,
    /// Rows of blocks in a slice.
    pub rows: u32,
    /// `row_bytes` x `rows` x `extent.depth`.
    pub total_bytes: u64,
}
