// What a texture is: dimension, extent, format, usage, colour; and how its bytes are counted.
#ifndef GEYSER_C_TEXTURE_H
#define GEYSER_C_TEXTURE_H

#include "geyser/c/base.h"
#include "geyser/c/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Texels.
typedef struct geyser_extent {
  uint32_t width;
  uint32_t height;
  uint32_t depth;
} geyser_extent;
typedef struct geyser_offset {
  uint32_t x;
  uint32_t y;
  uint32_t z;
} geyser_offset;

typedef uint32_t geyser_dimension;
enum {
  GEYSER_DIMENSION_D2 = 0,
  GEYSER_DIMENSION_D2_ARRAY = 1,
  GEYSER_DIMENSION_CUBE = 2,
  GEYSER_DIMENSION_CUBE_ARRAY = 3,
  GEYSER_DIMENSION_D3 = 4
};

/// A bit set. Copies both ways are always possible.
typedef uint32_t geyser_usage;
enum {
  GEYSER_USAGE_COPY_SRC = 1,
  GEYSER_USAGE_COPY_DST = 2,
  GEYSER_USAGE_TEXTURE_BINDING = 4,
  GEYSER_USAGE_STORAGE_BINDING = 8,
  GEYSER_USAGE_RENDER_ATTACHMENT = 16
};

/// Code points of ITU-T H.273.
typedef uint32_t geyser_color_primaries;
enum {
  GEYSER_COLOR_PRIMARIES_BT709 = 1,
  GEYSER_COLOR_PRIMARIES_UNSPECIFIED = 2,
  GEYSER_COLOR_PRIMARIES_BT601_625 = 5,
  GEYSER_COLOR_PRIMARIES_BT601_525 = 6,
  GEYSER_COLOR_PRIMARIES_BT2020 = 9,
  GEYSER_COLOR_PRIMARIES_DISPLAY_P3 = 12
};
typedef uint32_t geyser_transfer_function;
enum {
  GEYSER_TRANSFER_FUNCTION_BT709 = 1,
  GEYSER_TRANSFER_FUNCTION_UNSPECIFIED = 2,
  GEYSER_TRANSFER_FUNCTION_LINEAR = 8,
  GEYSER_TRANSFER_FUNCTION_SRGB = 13,
  GEYSER_TRANSFER_FUNCTION_BT2020_10 = 14,
  GEYSER_TRANSFER_FUNCTION_PQ = 16,
  GEYSER_TRANSFER_FUNCTION_HLG = 18
};
typedef uint32_t geyser_color_range;
enum { GEYSER_COLOR_RANGE_FULL = 0, GEYSER_COLOR_RANGE_LIMITED = 1 };
typedef uint32_t geyser_alpha_mode;
enum { GEYSER_ALPHA_MODE_PREMULTIPLIED = 0, GEYSER_ALPHA_MODE_STRAIGHT = 1, GEYSER_ALPHA_MODE_IGNORED = 2 };

/// How the numbers in the texture are meant. It travels with the texture; the library never converts.
typedef struct geyser_color_info {
  geyser_color_primaries primaries;   ///< 0: bt709
  geyser_transfer_function transfer;  ///< 0: srgb
  geyser_color_range range;
  geyser_alpha_mode alpha;
} geyser_color_info;

/// Everything two sides must agree on. Only extent.width, extent.height and format have no default.
typedef struct geyser_texture_descriptor {
  uint32_t struct_size;
  geyser_dimension dimension;
  geyser_extent extent;   ///< texels of mip level 0; depth 0 is 1
  uint32_t mip_levels;    ///< 0: 1
  uint32_t array_layers;  ///< 0: 1, of cubes 6
  geyser_format format;
  geyser_usage usage;  ///< 0: copy_src | copy_dst | texture_binding
  geyser_color_info color;
  uint32_t reserved;  ///< 0
  const char* label;  ///< at most 255 bytes of UTF-8; null: none
} geyser_texture_descriptor;

/// The layout an image is in when one side hands it to the other.
typedef uint32_t geyser_layout;
enum {
  GEYSER_LAYOUT_UNDEFINED = 0,
  GEYSER_LAYOUT_GENERAL = 1,
  GEYSER_LAYOUT_COLOR_ATTACHMENT = 2,
  GEYSER_LAYOUT_DEPTH_STENCIL_ATTACHMENT = 3,
  GEYSER_LAYOUT_DEPTH_STENCIL_READ_ONLY = 4,
  GEYSER_LAYOUT_SHADER_READ_ONLY = 5,
  GEYSER_LAYOUT_TRANSFER_SRC = 6,
  GEYSER_LAYOUT_TRANSFER_DST = 7
};

/// One mip level, one layer, one plane. Null where a region is optional: level 0, layer 0, plane 0, all of it.
typedef struct geyser_texture_region {
  uint32_t struct_size;
  uint32_t mip_level;
  uint32_t array_layer;  ///< layer, or cube face + 6 x cube
  uint32_t plane;        ///< of a planar format; of depth + stencil: 0 = depth, 1 = stencil
  geyser_offset offset;  ///< texels of the plane; a multiple of the block size
  geyser_extent extent;  ///< texels of the plane; all three 0: to the end of the level
} geyser_texture_region;

/// Size and step of a region's bytes when rows follow each other without gaps.
typedef struct geyser_region_layout {
  uint32_t struct_size;
  geyser_extent extent;  ///< texels of the plane
  uint32_t row_bytes;    ///< bytes in a row of blocks
  uint32_t rows;         ///< rows of blocks in a slice
  uint64_t total_bytes;  ///< row_bytes x rows x extent.depth
} geyser_region_layout;

/// Checks a descriptor against the rules that hold on every device. Threads: any.
/// Errors: invalid_argument, unsupported_format, limit_exceeded.
GEYSER_C_API geyser_status geyser_descriptor_validate(const geyser_texture_descriptor* descriptor) GEYSER_NOEXCEPT;
/// "1920x1080 rgba8_unorm d2, 1 mip level, 1 layer". Threads: any. Errors: invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_descriptor_describe(const geyser_texture_descriptor* descriptor, char* GEYSER_OPTIONAL buffer,
                                                      size_t capacity, size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// Mip levels of a full chain (0 for an empty extent). Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_descriptor_full_mip_chain(const geyser_texture_descriptor* descriptor, uint32_t* out) GEYSER_NOEXCEPT;
/// Extent of a mip level in texels of the whole texture, at least 1. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_descriptor_mip_extent(const geyser_texture_descriptor* descriptor, uint32_t mip_level,
                                                        geyser_extent* out) GEYSER_NOEXCEPT;
/// Byte layout of a region. Threads: any. Errors: invalid_argument naming the field that is out of range.
GEYSER_C_API geyser_status geyser_descriptor_region_layout(const geyser_texture_descriptor* descriptor,
                                                           const geyser_texture_region* GEYSER_OPTIONAL region,
                                                           geyser_region_layout* out) GEYSER_NOEXCEPT;
/// Bytes of all levels, layers and planes, rows without gaps. Threads: any. Errors: as geyser_descriptor_validate().
GEYSER_C_API geyser_status geyser_descriptor_content_bytes(const geyser_texture_descriptor* descriptor, uint64_t* out) GEYSER_NOEXCEPT;
/// "d2_array", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_dimension_name(geyser_dimension dimension) GEYSER_NOEXCEPT;
/// "shader_read_only", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_layout_name(geyser_layout layout) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
