//! Texture formats: [`Format`], and what the library's table says of each.

use std::{ffi::CString, fmt};

use geyser_sys::{self as sys};

use crate::support::{c_text, enumeration, filled, known, static_text, written};
use crate::{Error, ErrorKind, Result};

/// A texture format. Its number is that of the C++ and C interfaces, and of the wire protocol.
///
/// A number and not an `enum`, since a stream may come from a newer library with more formats; [`Format::info`] says whether this one knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Format(u32);

macro_rules! formats {
    ($($name:ident = $value:expr,)+) => {
        impl Format {
            $(
                #[doc = concat!("`", stringify!($name), "` of the table; `UNDEFINED` is no format.")]
                pub const $name: Self = Self($value);
            )+
        }
    };
}

formats! {
    UNDEFINED = sys::GEYSER_FORMAT_UNDEFINED,
    R8_UNORM = sys::GEYSER_FORMAT_R8_UNORM,
    R8_SNORM = sys::GEYSER_FORMAT_R8_SNORM,
    R8_UINT = sys::GEYSER_FORMAT_R8_UINT,
    R8_SINT = sys::GEYSER_FORMAT_R8_SINT,
    RG8_UNORM = sys::GEYSER_FORMAT_RG8_UNORM,
    RG8_SNORM = sys::GEYSER_FORMAT_RG8_SNORM,
    RG8_UINT = sys::GEYSER_FORMAT_RG8_UINT,
    RG8_SINT = sys::GEYSER_FORMAT_RG8_SINT,
    RGBA8_UNORM = sys::GEYSER_FORMAT_RGBA8_UNORM,
    RGBA8_SRGB = sys::GEYSER_FORMAT_RGBA8_SRGB,
    RGBA8_SNORM = sys::GEYSER_FORMAT_RGBA8_SNORM,
    RGBA8_UINT = sys::GEYSER_FORMAT_RGBA8_UINT,
    RGBA8_SINT = sys::GEYSER_FORMAT_RGBA8_SINT,
    BGRA8_UNORM = sys::GEYSER_FORMAT_BGRA8_UNORM,
    BGRA8_SRGB = sys::GEYSER_FORMAT_BGRA8_SRGB,
    R16_UNORM = sys::GEYSER_FORMAT_R16_UNORM,
    R16_SNORM = sys::GEYSER_FORMAT_R16_SNORM,
    R16_UINT = sys::GEYSER_FORMAT_R16_UINT,
    R16_SINT = sys::GEYSER_FORMAT_R16_SINT,
    R16_FLOAT = sys::GEYSER_FORMAT_R16_FLOAT,
    RG16_UNORM = sys::GEYSER_FORMAT_RG16_UNORM,
    RG16_SNORM = sys::GEYSER_FORMAT_RG16_SNORM,
    RG16_UINT = sys::GEYSER_FORMAT_RG16_UINT,
    RG16_SINT = sys::GEYSER_FORMAT_RG16_SINT,
    RG16_FLOAT = sys::GEYSER_FORMAT_RG16_FLOAT,
    RGBA16_UNORM = sys::GEYSER_FORMAT_RGBA16_UNORM,
    RGBA16_SNORM = sys::GEYSER_FORMAT_RGBA16_SNORM,
    RGBA16_UINT = sys::GEYSER_FORMAT_RGBA16_UINT,
    RGBA16_SINT = sys::GEYSER_FORMAT_RGBA16_SINT,
    RGBA16_FLOAT = sys::GEYSER_FORMAT_RGBA16_FLOAT,
    R32_UINT = sys::GEYSER_FORMAT_R32_UINT,
    R32_SINT = sys::GEYSER_FORMAT_R32_SINT,
    R32_FLOAT = sys::GEYSER_FORMAT_R32_FLOAT,
    RG32_UINT = sys::GEYSER_FORMAT_RG32_UINT,
    RG32_SINT = sys::GEYSER_FORMAT_RG32_SINT,
    RG32_FLOAT = sys::GEYSER_FORMAT_RG32_FLOAT,
    RGBA32_UINT = sys::GEYSER_FORMAT_RGBA32_UINT,
    RGBA32_SINT = sys::GEYSER_FORMAT_RGBA32_SINT,
    RGBA32_FLOAT = sys::GEYSER_FORMAT_RGBA32_FLOAT,
    RGB10A2_UNORM = sys::GEYSER_FORMAT_RGB10A2_UNORM,
    RGB10A2_UINT = sys::GEYSER_FORMAT_RGB10A2_UINT,
    RG11B10_FLOAT = sys::GEYSER_FORMAT_RG11B10_FLOAT,
    RGB9E5_FLOAT = sys::GEYSER_FORMAT_RGB9E5_FLOAT,
    STENCIL8 = sys::GEYSER_FORMAT_STENCIL8,
    DEPTH16_UNORM = sys::GEYSER_FORMAT_DEPTH16_UNORM,
    DEPTH24PLUS = sys::GEYSER_FORMAT_DEPTH24PLUS,
    DEPTH24PLUS_STENCIL8 = sys::GEYSER_FORMAT_DEPTH24PLUS_STENCIL8,
    DEPTH32_FLOAT = sys::GEYSER_FORMAT_DEPTH32_FLOAT,
    DEPTH32_FLOAT_STENCIL8 = sys::GEYSER_FORMAT_DEPTH32_FLOAT_STENCIL8,
    BC1_RGBA_UNORM = sys::GEYSER_FORMAT_BC1_RGBA_UNORM,
    BC1_RGBA_SRGB = sys::GEYSER_FORMAT_BC1_RGBA_SRGB,
    BC2_RGBA_UNORM = sys::GEYSER_FORMAT_BC2_RGBA_UNORM,
    BC2_RGBA_SRGB = sys::GEYSER_FORMAT_BC2_RGBA_SRGB,
    BC3_RGBA_UNORM = sys::GEYSER_FORMAT_BC3_RGBA_UNORM,
    BC3_RGBA_SRGB = sys::GEYSER_FORMAT_BC3_RGBA_SRGB,
    BC4_R_UNORM = sys::GEYSER_FORMAT_BC4_R_UNORM,
    BC4_R_SNORM = sys::GEYSER_FORMAT_BC4_R_SNORM,
    BC5_RG_UNORM = sys::GEYSER_FORMAT_BC5_RG_UNORM,
    BC5_RG_SNORM = sys::GEYSER_FORMAT_BC5_RG_SNORM,
    BC6H_RGB_UFLOAT = sys::GEYSER_FORMAT_BC6H_RGB_UFLOAT,
    BC6H_RGB_FLOAT = sys::GEYSER_FORMAT_BC6H_RGB_FLOAT,
    BC7_RGBA_UNORM = sys::GEYSER_FORMAT_BC7_RGBA_UNORM,
    BC7_RGBA_SRGB = sys::GEYSER_FORMAT_BC7_RGBA_SRGB,
    ETC2_RGB8_UNORM = sys::GEYSER_FORMAT_ETC2_RGB8_UNORM,
    ETC2_RGB8_SRGB = sys::GEYSER_FORMAT_ETC2_RGB8_SRGB,
    ETC2_RGB8A1_UNORM = sys::GEYSER_FORMAT_ETC2_RGB8A1_UNORM,
    ETC2_RGB8A1_SRGB = sys::GEYSER_FORMAT_ETC2_RGB8A1_SRGB,
    ETC2_RGBA8_UNORM = sys::GEYSER_FORMAT_ETC2_RGBA8_UNORM,
    ETC2_RGBA8_SRGB = sys::GEYSER_FORMAT_ETC2_RGBA8_SRGB,
    EAC_R11_UNORM = sys::GEYSER_FORMAT_EAC_R11_UNORM,
    EAC_R11_SNORM = sys::GEYSER_FORMAT_EAC_R11_SNORM,
    EAC_RG11_UNORM = sys::GEYSER_FORMAT_EAC_RG11_UNORM,
    EAC_RG11_SNORM = sys::GEYSER_FORMAT_EAC_RG11_SNORM,
    ASTC_4X4_UNORM = sys::GEYSER_FORMAT_ASTC_4X4_UNORM,
    ASTC_4X4_SRGB = sys::GEYSER_FORMAT_ASTC_4X4_SRGB,
    ASTC_5X4_UNORM = sys::GEYSER_FORMAT_ASTC_5X4_UNORM,
    ASTC_5X4_SRGB = sys::GEYSER_FORMAT_ASTC_5X4_SRGB,
    ASTC_5X5_UNORM = sys::GEYSER_FORMAT_ASTC_5X5_UNORM,
    ASTC_5X5_SRGB = sys::GEYSER_FORMAT_ASTC_5X5_SRGB,
    ASTC_6X5_UNORM = sys::GEYSER_FORMAT_ASTC_6X5_UNORM,
    ASTC_6X5_SRGB = sys::GEYSER_FORMAT_ASTC_6X5_SRGB,
    ASTC_6X6_UNORM = sys::GEYSER_FORMAT_ASTC_6X6_UNORM,
    ASTC_6X6_SRGB = sys::GEYSER_FORMAT_ASTC_6X6_SRGB,
    ASTC_8X5_UNORM = sys::GEYSER_FORMAT_ASTC_8X5_UNORM,
    ASTC_8X5_SRGB = sys::GEYSER_FORMAT_ASTC_8X5_SRGB,
    ASTC_8X6_UNORM = sys::GEYSER_FORMAT_ASTC_8X6_UNORM,
    ASTC_8X6_SRGB = sys::GEYSER_FORMAT_ASTC_8X6_SRGB,
    ASTC_8X8_UNORM = sys::GEYSER_FORMAT_ASTC_8X8_UNORM,
    ASTC_8X8_SRGB = sys::GEYSER_FORMAT_ASTC_8X8_SRGB,
    ASTC_10X5_UNORM = sys::GEYSER_FORMAT_ASTC_10X5_UNORM,
    ASTC_10X5_SRGB = sys::GEYSER_FORMAT_ASTC_10X5_SRGB,
    ASTC_10X6_UNORM = sys::GEYSER_FORMAT_ASTC_10X6_UNORM,
    ASTC_10X6_SRGB = sys::GEYSER_FORMAT_ASTC_10X6_SRGB,
    ASTC_10X8_UNORM = sys::GEYSER_FORMAT_ASTC_10X8_UNORM,
    ASTC_10X8_SRGB = sys::GEYSER_FORMAT_ASTC_10X8_SRGB,
    ASTC_10X10_UNORM = sys::GEYSER_FORMAT_ASTC_10X10_UNORM,
    ASTC_10X10_SRGB = sys::GEYSER_FORMAT_ASTC_10X10_SRGB,
    ASTC_12X10_UNORM = sys::GEYSER_FORMAT_ASTC_12X10_UNORM,
    ASTC_12X10_SRGB = sys::GEYSER_FORMAT_ASTC_12X10_SRGB,
    ASTC_12X12_UNORM = sys::GEYSER_FORMAT_ASTC_12X12_UNORM,
    ASTC_12X12_SRGB = sys::GEYSER_FORMAT_ASTC_12X12_SRGB,
    NV12 = sys::GEYSER_FORMAT_NV12,
    P010 = sys::GEYSER_FORMAT_P010,
    I420 = sys::GEYSER_FORMAT_I420,
}

enumeration! {
    /// The family of a format.
    pub enum FormatKind: u32 {
        /// Colour channels, one texel a block.
        Color = sys::GEYSER_FORMAT_KIND_COLOR,
        /// Depth.
        Depth = sys::GEYSER_FORMAT_KIND_DEPTH,
        /// Stencil.
        Stencil = sys::GEYSER_FORMAT_KIND_STENCIL,
        /// Depth and stencil: two aspects.
        DepthStencil = sys::GEYSER_FORMAT_KIND_DEPTH_STENCIL,
        /// Blocks of BC.
        Bc = sys::GEYSER_FORMAT_KIND_BC,
        /// Blocks of ETC2 and EAC.
        Etc2 = sys::GEYSER_FORMAT_KIND_ETC2,
        /// Blocks of ASTC.
        Astc = sys::GEYSER_FORMAT_KIND_ASTC,
        /// Planes of video.
        Planar = sys::GEYSER_FORMAT_KIND_PLANAR,
    }
}

enumeration! {
    /// How the numbers of a channel are stored.
    pub enum NumericType: u32 {
        /// 0 to 1.
        Unorm = sys::GEYSER_NUMERIC_TYPE_UNORM,
        /// -1 to 1.
        Snorm = sys::GEYSER_NUMERIC_TYPE_SNORM,
        /// Integers from 0.
        Uint = sys::GEYSER_NUMERIC_TYPE_UINT,
        /// Integers with a sign.
        Sint = sys::GEYSER_NUMERIC_TYPE_SINT,
        /// Floating point with a sign.
        Sfloat = sys::GEYSER_NUMERIC_TYPE_SFLOAT,
        /// Floating point without one.
        Ufloat = sys::GEYSER_NUMERIC_TYPE_UFLOAT,
    }
}

/// One plane (or aspect) as copies see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatPlane {
    /// Bytes of a block.
    pub block_bytes: u32,
    /// Texels of the texture for one of the plane, horizontally.
    pub subsample_x: u32,
    /// Texels of the texture for one of the plane, vertically.
    pub subsample_y: u32,
}

/// One row of the table. Columns of other APIs hold that API's number, 0 or "" where it has no such format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatInfo {
    /// Which format it is.
    pub format: Format,
    /// "rgba8_unorm".
    pub name: &'static str,
    /// `GPUTextureFormat`: "rgba8unorm".
    pub webgpu_name: &'static str,
    /// The family.
    pub kind: FormatKind,
    /// Of the first channel or plane.
    pub numeric_type: NumericType,
    /// Colour channels; depth and stencil count one each.
    pub channels: u32,
    /// Texels.
    pub block_width: u32,
    /// Texels.
    pub block_height: u32,
    /// Planes of a planar format; two for depth and stencil (aspects); else one.
    pub planes: Vec<FormatPlane>,
    /// Colour channels carry the sRGB transfer function.
    pub srgb: bool,
    /// The same bits with, or without, the sRGB transfer function.
    pub srgb_twin: Option<Format>,
    /// `VkFormat`.
    pub vulkan: u32,
    /// `DXGI_FORMAT`.
    pub dxgi: u32,
    /// `MTLPixelFormat`.
    pub metal: u32,
    /// OpenGL's sized internal format.
    pub gl_internal: u32,
    /// DRM fourcc with alpha.
    pub drm: u32,
    /// DRM fourcc whose alpha is ignored.
    pub drm_opaque: u32,
    /// `CUarray_format`.
    pub cuda_array: u32,
}

impl Format {
    /// Every format of the library that is loaded, in the order of their numbers.
    pub fn all() -> impl ExactSizeIterator<Item = Format> {
        // SAFETY: no arguments, any thread.
        let last = unsafe { sys::geyser_format_count() };
        (0..last).map(|index| Self(index + 1))
    }

    /// The format with that number in the C interface. Not checked: [`Format::info`] does.
    pub const fn from_raw(number: u32) -> Self {
        Self(number)
    }

    /// The number in the C interface.
    pub const fn as_raw(self) -> u32 {
        self.0
    }

    /// The format of that name: "rgba8_unorm", or WebGPU's "rgba8unorm".
    ///
    /// # Errors
    /// `NotFound` where there is none, `InvalidArgument` for a zero byte in the name.
    pub fn from_name(name: &str) -> Result<Self> {
        let name: CString = c_text("the format's name", name)?;
        // SAFETY: text that ends with a zero byte, and a place for the number.
        written(|out| unsafe { sys::geyser_format_from_name(name.as_ptr(), out) }).map(Self)
    }

    /// The first format of the table whose `VkFormat` is that number.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub fn from_vulkan(vulkan: u32) -> Result<Self> {
        for format in Self::all() {
            if vulkan != 0 && format.info()?.vulkan == vulkan {
                return Ok(format);
            }
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("VkFormat {vulkan} is that of no format of the table; docs/formats.md has all of them."),
        ))
    }

    /// "rgba8_unorm"; "undefined"; "unknown" for a number that the library has no format for.
    pub fn name(self) -> &'static str {
        // SAFETY: any number is allowed; the text is in static storage.
        unsafe { static_text(sys::geyser_format_name(self.0)) }
    }

    /// Its row of the table.
    ///
    /// # Errors
    /// `NotFound` for [`Format::UNDEFINED`] and numbers that this library has no format for.
    pub fn info(self) -> Result<FormatInfo> {
        // SAFETY: `out` is a struct with its size set.
        let raw = filled::<sys::geyser_format_info>(|out| unsafe { sys::geyser_format_query(self.0, out) })?;
        let planes = raw.planes.iter().take(raw.plane_count as usize);
        Ok(FormatInfo {
            format: Self(raw.format),
            // SAFETY: the table's text is in static storage.
            name: unsafe { static_text(raw.name) },
            // SAFETY: as above.
            webgpu_name: unsafe { static_text(raw.webgpu_name) },
            kind: known(raw.kind)?,
            numeric_type: known(raw.type_)?,
            channels: raw.channels,
            block_width: raw.block_width,
            block_height: raw.block_height,
            planes: planes
                .map(|plane| FormatPlane { block_bytes: plane.block_bytes, subsample_x: plane.subsample_x, subsample_y: plane.subsample_y })
                .collect(),
            srgb: raw.srgb != 0,
            srgb_twin: (raw.srgb_twin != 0).then_some(Self(raw.srgb_twin)),
            vulkan: raw.vulkan,
            dxgi: raw.dxgi,
            metal: raw.metal,
            gl_internal: raw.gl_internal,
            drm: raw.drm,
            drm_opaque: raw.drm_opaque,
            cuda_array: raw.cuda_array,
        })
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Format({} {})", self.0, self.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
