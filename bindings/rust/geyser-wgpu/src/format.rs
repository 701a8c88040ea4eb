//! Formats both ways: `geyser::Format` and `wgpu::TextureFormat`.
//!
//! Every pair is one line of one table, so that both directions say the same. Formats that only one side has are errors that name them.

use geyser::{Error, ErrorKind, Format, Result};
use wgpu::{AstcBlock, AstcChannel, Features, TextureFormat as Tf};

const fn astc(block: AstcBlock, channel: AstcChannel) -> Tf {
    Tf::Astc { block, channel }
}

/// Every format that both have. Those that only Geyser has: `I420`. Those that only wgpu has: `R64Uint`, ASTC's HDR channel.
const PAIRS: &[(Format, Tf)] = &[
    (Format::R8_UNORM, Tf::R8Unorm),
    (Format::R8_SNORM, Tf::R8Snorm),
    (Format::R8_UINT, Tf::R8Uint),
    (Format::R8_SINT, Tf::R8Sint),
    (Format::RG8_UNORM, Tf::Rg8Unorm),
    (Format::RG8_SNORM, Tf::Rg8Snorm),
    (Format::RG8_UINT, Tf::Rg8Uint),
    (Format::RG8_SINT, Tf::Rg8Sint),
    (Format::RGBA8_UNORM, Tf::Rgba8Unorm),
    (Format::RGBA8_SRGB, Tf::Rgba8UnormSrgb),
    (Format::RGBA8_SNORM, Tf::Rgba8Snorm),
    (Format::RGBA8_UINT, Tf::Rgba8Uint),
    (Format::RGBA8_SINT, Tf::Rgba8Sint),
    (Format::BGRA8_UNORM, Tf::Bgra8Unorm),
    (Format::BGRA8_SRGB, Tf::Bgra8UnormSrgb),
    (Format::R16_UNORM, Tf::R16Unorm),
    (Format::R16_SNORM, Tf::R16Snorm),
    (Format::R16_UINT, Tf::R16Uint),
    (Format::R16_SINT, Tf::R16Sint),
    (Format::R16_FLOAT, Tf::R16Float),
    (Format::RG16_UNORM, Tf::Rg16Unorm),
    (Format::RG16_SNORM, Tf::Rg16Snorm),
    (Format::RG16_UINT, Tf::Rg16Uint),
    (Format::RG16_SINT, Tf::Rg16Sint),
    (Format::RG16_FLOAT, Tf::Rg16Float),
    (Format::RGBA16_UNORM, Tf::Rgba16Unorm),
    (Format::RGBA16_SNORM, Tf::Rgba16Snorm),
    (Format::RGBA16_UINT, Tf::Rgba16Uint),
    (Format::RGBA16_SINT, Tf::Rgba16Sint),
    (Format::RGBA16_FLOAT, Tf::Rgba16Float),
    (Format::R32_UINT, Tf::R32Uint),
    (Format::R32_SINT, Tf::R32Sint),
    (Format::R32_FLOAT, Tf::R32Float),
    (Format::RG32_UINT, Tf::Rg32Uint),
    (Format::RG32_SINT, Tf::Rg32Sint),
    (Format::RG32_FLOAT, Tf::Rg32Float),
    (Format::RGBA32_UINT, Tf::Rgba32Uint),
    (Format::RGBA32_SINT, Tf::Rgba32Sint),
    (Format::RGBA32_FLOAT, Tf::Rgba32Float),
    (Format::RGB10A2_UNORM, Tf::Rgb10a2Unorm),
    (Format::RGB10A2_UINT, Tf::Rgb10a2Uint),
    (Format::RG11B10_FLOAT, Tf::Rg11b10Ufloat),
    (Format::RGB9E5_FLOAT, Tf::Rgb9e5Ufloat),
    (Format::STENCIL8, Tf::Stencil8),
    (Format::DEPTH16_UNORM, Tf::Depth16Unorm),
    (Format::DEPTH24PLUS, Tf::Depth24Plus),
    (Format::DEPTH24PLUS_STENCIL8, Tf::Depth24PlusStencil8),
    (Format::DEPTH32_FLOAT, Tf::Depth32Float),
    (Format::DEPTH32_FLOAT_STENCIL8, Tf::Depth32FloatStencil8),
    (Format::BC1_RGBA_UNORM, Tf::Bc1RgbaUnorm),
    (Format::BC1_RGBA_SRGB, Tf::Bc1RgbaUnormSrgb),
    (Format::BC2_RGBA_UNORM, Tf::Bc2RgbaUnorm),
    (Format::BC2_RGBA_SRGB, Tf::Bc2RgbaUnormSrgb),
    (Format::BC3_RGBA_UNORM, Tf::Bc3RgbaUnorm),
    (Format::BC3_RGBA_SRGB, Tf::Bc3RgbaUnormSrgb),
    (Format::BC4_R_UNORM, Tf::Bc4RUnorm),
    (Format::BC4_R_SNORM, Tf::Bc4RSnorm),
    (Format::BC5_RG_UNORM, Tf::Bc5RgUnorm),
    (Format::BC5_RG_SNORM, Tf::Bc5RgSnorm),
    (Format::BC6H_RGB_UFLOAT, Tf::Bc6hRgbUfloat),
    (Format::BC6H_RGB_FLOAT, Tf::Bc6hRgbFloat),
    (Format::BC7_RGBA_UNORM, Tf::Bc7RgbaUnorm),
    (Format::BC7_RGBA_SRGB, Tf::Bc7RgbaUnormSrgb),
    (Format::ETC2_RGB8_UNORM, Tf::Etc2Rgb8Unorm),
    (Format::ETC2_RGB8_SRGB, Tf::Etc2Rgb8UnormSrgb),
    (Format::ETC2_RGB8A1_UNORM, Tf::Etc2Rgb8A1Unorm),
    (Format::ETC2_RGB8A1_SRGB, Tf::Etc2Rgb8A1UnormSrgb),
    (Format::ETC2_RGBA8_UNORM, Tf::Etc2Rgba8Unorm),
    (Format::ETC2_RGBA8_SRGB, Tf::Etc2Rgba8UnormSrgb),
    (Format::EAC_R11_UNORM, Tf::EacR11Unorm),
    (Format::EAC_R11_SNORM, Tf::EacR11Snorm),
    (Format::EAC_RG11_UNORM, Tf::EacRg11Unorm),
    (Format::EAC_RG11_SNORM, Tf::EacRg11Snorm),
    (Format::ASTC_4X4_UNORM, astc(AstcBlock::B4x4, AstcChannel::Unorm)),
    (Format::ASTC_4X4_SRGB, astc(AstcBlock::B4x4, AstcChannel::UnormSrgb)),
    (Format::ASTC_5X4_UNORM, astc(AstcBlock::B5x4, AstcChannel::Unorm)),
    (Format::ASTC_5X4_SRGB, astc(AstcBlock::B5x4, AstcChannel::UnormSrgb)),
    (Format::ASTC_5X5_UNORM, astc(AstcBlock::B5x5, AstcChannel::Unorm)),
    (Format::ASTC_5X5_SRGB, astc(AstcBlock::B5x5, AstcChannel::UnormSrgb)),
    (Format::ASTC_6X5_UNORM, astc(AstcBlock::B6x5, AstcChannel::Unorm)),
    (Format::ASTC_6X5_SRGB, astc(AstcBlock::B6x5, AstcChannel::UnormSrgb)),
    (Format::ASTC_6X6_UNORM, astc(AstcBlock::B6x6, AstcChannel::Unorm)),
    (Format::ASTC_6X6_SRGB, astc(AstcBlock::B6x6, AstcChannel::UnormSrgb)),
    (Format::ASTC_8X5_UNORM, astc(AstcBlock::B8x5, AstcChannel::Unorm)),
    (Format::ASTC_8X5_SRGB, astc(AstcBlock::B8x5, AstcChannel::UnormSrgb)),
    (Format::ASTC_8X6_UNORM, astc(AstcBlock::B8x6, AstcChannel::Unorm)),
    (Format::ASTC_8X6_SRGB, astc(AstcBlock::B8x6, AstcChannel::UnormSrgb)),
    (Format::ASTC_8X8_UNORM, astc(AstcBlock::B8x8, AstcChannel::Unorm)),
    (Format::ASTC_8X8_SRGB, astc(AstcBlock::B8x8, AstcChannel::UnormSrgb)),
    (Format::ASTC_10X5_UNORM, astc(AstcBlock::B10x5, AstcChannel::Unorm)),
    (Format::ASTC_10X5_SRGB, astc(AstcBlock::B10x5, AstcChannel::UnormSrgb)),
    (Format::ASTC_10X6_UNORM, astc(AstcBlock::B10x6, AstcChannel::Unorm)),
    (Format::ASTC_10X6_SRGB, astc(AstcBlock::B10x6, AstcChannel::UnormSrgb)),
    (Format::ASTC_10X8_UNORM, astc(AstcBlock::B10x8, AstcChannel::Unorm)),
    (Format::ASTC_10X8_SRGB, astc(AstcBlock::B10x8, AstcChannel::UnormSrgb)),
    (Format::ASTC_10X10_UNORM, astc(AstcBlock::B10x10, AstcChannel::Unorm)),
    (Format::ASTC_10X10_SRGB, astc(AstcBlock::B10x10, AstcChannel::UnormSrgb)),
    (Format::ASTC_12X10_UNORM, astc(AstcBlock::B12x10, AstcChannel::Unorm)),
    (Format::ASTC_12X10_SRGB, astc(AstcBlock::B12x10, AstcChannel::UnormSrgb)),
    (Format::ASTC_12X12_UNORM, astc(AstcBlock::B12x12, AstcChannel::Unorm)),
    (Format::ASTC_12X12_SRGB, astc(AstcBlock::B12x12, AstcChannel::UnormSrgb)),
    (Format::NV12, Tf::NV12),
    (Format::P010, Tf::P010),
];

/// Every pair of formats that mean the same, in the order of Geyser's numbers.
pub fn format_pairs() -> impl ExactSizeIterator<Item = (Format, Tf)> {
    PAIRS.iter().copied()
}

/// wgpu's name for a format of Geyser.
///
/// # Errors
/// `UnsupportedFormat` naming it where wgpu has no such format (`i420`), and for numbers that are no format.
pub fn to_wgpu_format(format: Format) -> Result<Tf> {
    match PAIRS.iter().find(|pair| pair.0 == format) {
        Some(pair) => Ok(pair.1),
        None => Err(Error::new(
            ErrorKind::UnsupportedFormat,
            format!("wgpu has no format like Geyser's {format}; publish another one, or convert it before wgpu sees it."),
        )),
    }
}

/// Geyser's name for a format of wgpu.
///
/// # Errors
/// `UnsupportedFormat` naming it where Geyser has no such format (`R64Uint`, ASTC's HDR channel).
pub fn from_wgpu_format(format: Tf) -> Result<Format> {
    match PAIRS.iter().find(|pair| pair.1 == format) {
        Some(pair) => Ok(pair.0),
        None => Err(Error::new(
            ErrorKind::UnsupportedFormat,
            format!("Geyser has no format like wgpu's {format:?}; use one of geyser_wgpu::format_pairs()."),
        )),
    }
}

/// The features that a wgpu device must have been made with for textures of this format: block compression, 16-bit norm, NV12 and so on.
///
/// # Errors
/// As [`to_wgpu_format`].
pub fn required_features(format: Format) -> Result<Features> {
    to_wgpu_format(format).map(|format| format.required_features())
}
