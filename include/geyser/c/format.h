// Texture formats. The numbers are those of geyser::TextureFormat, and of the wire protocol.
#ifndef GEYSER_C_FORMAT_H
#define GEYSER_C_FORMAT_H

#include "geyser/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t geyser_format;
enum {
  GEYSER_FORMAT_UNDEFINED = 0,
  GEYSER_FORMAT_R8_UNORM = 1,
  GEYSER_FORMAT_R8_SNORM = 2,
  GEYSER_FORMAT_R8_UINT = 3,
  GEYSER_FORMAT_R8_SINT = 4,
  GEYSER_FORMAT_RG8_UNORM = 5,
  GEYSER_FORMAT_RG8_SNORM = 6,
  GEYSER_FORMAT_RG8_UINT = 7,
  GEYSER_FORMAT_RG8_SINT = 8,
  GEYSER_FORMAT_RGBA8_UNORM = 9,
  GEYSER_FORMAT_RGBA8_SRGB = 10,
  GEYSER_FORMAT_RGBA8_SNORM = 11,
  GEYSER_FORMAT_RGBA8_UINT = 12,
  GEYSER_FORMAT_RGBA8_SINT = 13,
  GEYSER_FORMAT_BGRA8_UNORM = 14,
  GEYSER_FORMAT_BGRA8_SRGB = 15,
  GEYSER_FORMAT_R16_UNORM = 16,
  GEYSER_FORMAT_R16_SNORM = 17,
  GEYSER_FORMAT_R16_UINT = 18,
  GEYSER_FORMAT_R16_SINT = 19,
  GEYSER_FORMAT_R16_FLOAT = 20,
  GEYSER_FORMAT_RG16_UNORM = 21,
  GEYSER_FORMAT_RG16_SNORM = 22,
  GEYSER_FORMAT_RG16_UINT = 23,
  GEYSER_FORMAT_RG16_SINT = 24,
  GEYSER_FORMAT_RG16_FLOAT = 25,
  GEYSER_FORMAT_RGBA16_UNORM = 26,
  GEYSER_FORMAT_RGBA16_SNORM = 27,
  GEYSER_FORMAT_RGBA16_UINT = 28,
  GEYSER_FORMAT_RGBA16_SINT = 29,
  GEYSER_FORMAT_RGBA16_FLOAT = 30,
  GEYSER_FORMAT_R32_UINT = 31,
  GEYSER_FORMAT_R32_SINT = 32,
  GEYSER_FORMAT_R32_FLOAT = 33,
  GEYSER_FORMAT_RG32_UINT = 34,
  GEYSER_FORMAT_RG32_SINT = 35,
  GEYSER_FORMAT_RG32_FLOAT = 36,
  GEYSER_FORMAT_RGBA32_UINT = 37,
  GEYSER_FORMAT_RGBA32_SINT = 38,
  GEYSER_FORMAT_RGBA32_FLOAT = 39,
  GEYSER_FORMAT_RGB10A2_UNORM = 40,
  GEYSER_FORMAT_RGB10A2_UINT = 41,
  GEYSER_FORMAT_RG11B10_FLOAT = 42,
  GEYSER_FORMAT_RGB9E5_FLOAT = 43,
  GEYSER_FORMAT_STENCIL8 = 44,
  GEYSER_FORMAT_DEPTH16_UNORM = 45,
  GEYSER_FORMAT_DEPTH24PLUS = 46,
  GEYSER_FORMAT_DEPTH24PLUS_STENCIL8 = 47,
  GEYSER_FORMAT_DEPTH32_FLOAT = 48,
  GEYSER_FORMAT_DEPTH32_FLOAT_STENCIL8 = 49,
  GEYSER_FORMAT_BC1_RGBA_UNORM = 50,
  GEYSER_FORMAT_BC1_RGBA_SRGB = 51,
  GEYSER_FORMAT_BC2_RGBA_UNORM = 52,
  GEYSER_FORMAT_BC2_RGBA_SRGB = 53,
  GEYSER_FORMAT_BC3_RGBA_UNORM = 54,
  GEYSER_FORMAT_BC3_RGBA_SRGB = 55,
  GEYSER_FORMAT_BC4_R_UNORM = 56,
  GEYSER_FORMAT_BC4_R_SNORM = 57,
  GEYSER_FORMAT_BC5_RG_UNORM = 58,
  GEYSER_FORMAT_BC5_RG_SNORM = 59,
  GEYSER_FORMAT_BC6H_RGB_UFLOAT = 60,
  GEYSER_FORMAT_BC6H_RGB_FLOAT = 61,
  GEYSER_FORMAT_BC7_RGBA_UNORM = 62,
  GEYSER_FORMAT_BC7_RGBA_SRGB = 63,
  GEYSER_FORMAT_ETC2_RGB8_UNORM = 64,
  GEYSER_FORMAT_ETC2_RGB8_SRGB = 65,
  GEYSER_FORMAT_ETC2_RGB8A1_UNORM = 66,
  GEYSER_FORMAT_ETC2_RGB8A1_SRGB = 67,
  GEYSER_FORMAT_ETC2_RGBA8_UNORM = 68,
  GEYSER_FORMAT_ETC2_RGBA8_SRGB = 69,
  GEYSER_FORMAT_EAC_R11_UNORM = 70,
  GEYSER_FORMAT_EAC_R11_SNORM = 71,
  GEYSER_FORMAT_EAC_RG11_UNORM = 72,
  GEYSER_FORMAT_EAC_RG11_SNORM = 73,
  GEYSER_FORMAT_ASTC_4X4_UNORM = 74,
  GEYSER_FORMAT_ASTC_4X4_SRGB = 75,
  GEYSER_FORMAT_ASTC_5X4_UNORM = 76,
  GEYSER_FORMAT_ASTC_5X4_SRGB = 77,
  GEYSER_FORMAT_ASTC_5X5_UNORM = 78,
  GEYSER_FORMAT_ASTC_5X5_SRGB = 79,
  GEYSER_FORMAT_ASTC_6X5_UNORM = 80,
  GEYSER_FORMAT_ASTC_6X5_SRGB = 81,
  GEYSER_FORMAT_ASTC_6X6_UNORM = 82,
  GEYSER_FORMAT_ASTC_6X6_SRGB = 83,
  GEYSER_FORMAT_ASTC_8X5_UNORM = 84,
  GEYSER_FORMAT_ASTC_8X5_SRGB = 85,
  GEYSER_FORMAT_ASTC_8X6_UNORM = 86,
  GEYSER_FORMAT_ASTC_8X6_SRGB = 87,
  GEYSER_FORMAT_ASTC_8X8_UNORM = 88,
  GEYSER_FORMAT_ASTC_8X8_SRGB = 89,
  GEYSER_FORMAT_ASTC_10X5_UNORM = 90,
  GEYSER_FORMAT_ASTC_10X5_SRGB = 91,
  GEYSER_FORMAT_ASTC_10X6_UNORM = 92,
  GEYSER_FORMAT_ASTC_10X6_SRGB = 93,
  GEYSER_FORMAT_ASTC_10X8_UNORM = 94,
  GEYSER_FORMAT_ASTC_10X8_SRGB = 95,
  GEYSER_FORMAT_ASTC_10X10_UNORM = 96,
  GEYSER_FORMAT_ASTC_10X10_SRGB = 97,
  GEYSER_FORMAT_ASTC_12X10_UNORM = 98,
  GEYSER_FORMAT_ASTC_12X10_SRGB = 99,
  GEYSER_FORMAT_ASTC_12X12_UNORM = 100,
  GEYSER_FORMAT_ASTC_12X12_SRGB = 101,
  GEYSER_FORMAT_NV12 = 102,
  GEYSER_FORMAT_P010 = 103,
  GEYSER_FORMAT_I420 = 104
};

typedef uint32_t geyser_format_kind;
enum {
  GEYSER_FORMAT_KIND_COLOR = 0,
  GEYSER_FORMAT_KIND_DEPTH = 1,
  GEYSER_FORMAT_KIND_STENCIL = 2,
  GEYSER_FORMAT_KIND_DEPTH_STENCIL = 3,
  GEYSER_FORMAT_KIND_BC = 4,
  GEYSER_FORMAT_KIND_ETC2 = 5,
  GEYSER_FORMAT_KIND_ASTC = 6,
  GEYSER_FORMAT_KIND_PLANAR = 7
};

typedef uint32_t geyser_numeric_type;
enum {
  GEYSER_NUMERIC_TYPE_UNORM = 0,
  GEYSER_NUMERIC_TYPE_SNORM = 1,
  GEYSER_NUMERIC_TYPE_UINT = 2,
  GEYSER_NUMERIC_TYPE_SINT = 3,
  GEYSER_NUMERIC_TYPE_SFLOAT = 4,
  GEYSER_NUMERIC_TYPE_UFLOAT = 5
};

/// One plane (or aspect) as copies see it.
typedef struct geyser_format_plane {
  uint32_t block_bytes;
  uint32_t subsample_x;
  uint32_t subsample_y;
} geyser_format_plane;

/// One row of the table. Columns of other APIs hold that API's number, 0 or "" where it has no such format.
typedef struct geyser_format_info {
  uint32_t struct_size;
  geyser_format format;
  const char* name;         ///< "rgba8_unorm"; static storage
  const char* webgpu_name;  ///< GPUTextureFormat; static storage
  geyser_format_kind kind;
  geyser_numeric_type type;  ///< of the first channel or plane
  uint32_t channels;         ///< colour channels; depth and stencil count one each
  uint32_t block_width;      ///< texels
  uint32_t block_height;     ///< texels
  uint32_t plane_count;      ///< planes of a planar format; 2 for depth + stencil (aspects); else 1
  geyser_format_plane planes[3];
  geyser_bool srgb;         ///< colour channels carry the sRGB transfer function
  geyser_format srgb_twin;  ///< the same bits with / without the sRGB transfer function; 0: none
  uint32_t vulkan;          ///< VkFormat
  uint32_t dxgi;            ///< DXGI_FORMAT
  uint32_t metal;           ///< MTLPixelFormat
  uint32_t gl_internal;     ///< sized internal format
  uint32_t drm;             ///< DRM fourcc with alpha
  uint32_t drm_opaque;      ///< DRM fourcc whose alpha is ignored
  uint32_t cuda_array;      ///< CUarray_format
} geyser_format_info;

/// Formats there are: they are numbered from 1 to this. Threads: any. Errors: none.
GEYSER_C_API uint32_t geyser_format_count(void) GEYSER_NOEXCEPT;
/// The row of a format. Threads: any. Errors: not_found (no such number).
GEYSER_C_API geyser_status geyser_format_query(geyser_format format, geyser_format_info* out) GEYSER_NOEXCEPT;
/// The format of that name ("rgba8_unorm"; WebGPU's "rgba8unorm" too). Threads: any. Errors: not_found.
GEYSER_C_API geyser_status geyser_format_from_name(const char* name, geyser_format* out) GEYSER_NOEXCEPT;
/// Its name, "undefined" or "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_format_name(geyser_format format) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
