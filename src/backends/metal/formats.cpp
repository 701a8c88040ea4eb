#include "backends/metal/formats.hpp"

#include <algorithm>
#include <array>

#include "core/byte_count.hpp"
#include "core/message.hpp"

namespace geyser::metal {
namespace {

using detail::text;
using F = TextureFormat;

consteval std::uint32_t four(const char (&code)[5]) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint8_t>(code[i]);
  return value;
}
consteval SurfaceFormat row(F format, const char (&code)[5]) { return {format, four(code), four(code)}; }
consteval SurfaceFormat row(F format, const char (&video)[5], const char (&full)[5]) { return {format, four(video), four(full)}; }

// Core Video, "Pixel Format Identifiers" (kCVPixelFormatType_...). rgb10a2_unorm has none: 'l10r' has blue in the lowest bits.
constexpr std::array surface_formats{
    row(F::r8_unorm, "L008"),      // OneComponent8
    row(F::rg8_unorm, "2C08"),     // TwoComponent8
    row(F::rgba8_unorm, "RGBA"),   // 32RGBA
    row(F::rgba8_srgb, "RGBA"),    // the transfer function is the texture's
    row(F::bgra8_unorm, "BGRA"),   // 32BGRA
    row(F::bgra8_srgb, "BGRA"),    //
    row(F::r16_unorm, "L016"),     // OneComponent16
    row(F::rg16_unorm, "2C16"),    // TwoComponent16
    row(F::rgba16_unorm, "l64r"),  // 64RGBALE
    row(F::r16_float, "L00h"),     // OneComponent16Half
    row(F::rg16_float, "2C0h"),    // TwoComponent16Half
    row(F::rgba16_float, "RGhA"),  // 64RGBAHalf
    row(F::r32_float, "L00f"),     // OneComponent32Float
    row(F::rg32_float, "2C0f"),    // TwoComponent32Float
    row(F::rgba32_float, "RGfA"),  // 128RGBAFloat
    row(F::nv12, "420v", "420f"),  // 420YpCbCr8BiPlanarVideoRange, ...FullRange
    row(F::p010, "x420", "xf20"),  // 420YpCbCr10BiPlanarVideoRange, ...FullRange
    row(F::i420, "y420", "f420"),  // 420YpCbCr8Planar, ...FullRange
};

// MTLPixelFormat of planes.
constexpr std::uint32_t r8 = 10, r16 = 20, rg8 = 30, rg16 = 60;

std::uint32_t texture_usage(const TextureDescriptor& descriptor) noexcept {
  std::uint32_t usage = api::usage_shader_read;
  if (has(descriptor.usage, TextureUsage::storage_binding)) usage |= api::usage_shader_write;
  if (has(descriptor.usage, TextureUsage::render_attachment)) usage |= api::usage_render_target;
  // For views with and without the transfer function; Metal's own formats of one size need nothing for that.
  if (format_info(descriptor.format)->srgb_twin != F::undefined) usage |= api::usage_pixel_format_view;
  return usage;
}

/// Metal Feature Set Tables, "Texture capabilities by pixel format"; what no device can have the core has refused.
std::string why_no_usage(const TextureDescriptor& descriptor, const api::DeviceInfo& device) {
  if (device.apple_gpu || descriptor.format != F::rgb9e5_float) return {};
  constexpr TextureUsage sampled = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding;
  if (has(sampled, descriptor.usage)) return {};
  return "only GPUs of Apple's family render to rgb9e5_float or write it in shaders";
}

std::string why_no_size(const TextureDescriptor& descriptor, const api::DeviceInfo& device) {
  const Extent3D& extent = descriptor.extent;
  const bool d3 = descriptor.dimension == TextureDimension::d3;
  const std::uint32_t limit = d3 ? device.max_3d : device.max_2d;
  if (extent.width > limit || extent.height > limit || (d3 && extent.depth > limit)) {
    return text("the extent is ", extent.width, "x", extent.height, "x", extent.depth, "; ", device.name, " allows ", limit, " each way");
  }
  if (descriptor.array_layers > device.max_layers) {
    return text("array_layers is ", descriptor.array_layers, "; ", device.name, " allows ", device.max_layers);
  }
  return {};
}

Error contradiction(std::string_view field, const std::string& given, const std::string& expected) {
  return Error(Errc::protocol_error, text("The IOSurface's ", field, " is ", given, "; the texture needs ", expected, "."));
}

}  // namespace

const SurfaceFormat* surface_format(TextureFormat format) noexcept {
  const auto found = std::find_if(surface_formats.begin(), surface_formats.end(), [&](const auto& row) { return row.format == format; });
  return found == surface_formats.end() ? nullptr : &*found;
}

std::uint32_t pixel_format(TextureFormat format, std::uint32_t plane) noexcept {
  switch (format) {
    case F::nv12:
      return plane == 0 ? r8 : rg8;
    case F::p010:
      return plane == 0 ? r16 : rg16;
    case F::i420:
      return r8;
    case F::undefined:
      return 0;
    default:
      return format_info(format)->metal;
  }
}

std::string four_characters(std::uint32_t pixel_format) {
  if (pixel_format == 0) return "none";
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto c = static_cast<char>(pixel_format >> static_cast<unsigned>(shift));
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

std::string why_no_surface(const TextureDescriptor& descriptor, const api::DeviceInfo& device) {
  if (surface_format(descriptor.format) == nullptr) return text("IOSurface has no pixel format like ", to_string(descriptor.format));
  if (descriptor.dimension != TextureDimension::d2 || descriptor.mip_levels != 1 || descriptor.array_layers != 1) {
    return "an IOSurface is d2 with one mip level and one layer";
  }
  return why_no_size(descriptor, device);
}

std::string why_no_shared_texture(const TextureDescriptor& descriptor, const api::DeviceInfo& device) {
  const FormatInfo& format = *format_info(descriptor.format);
  if (format.kind == FormatKind::planar) return text("Metal has no texture of all planes of ", format.name, "; an IOSurface has");
  if (descriptor.format == F::depth24plus) return "Metal has no 24-bit depth without stencil";
  if (descriptor.format == F::depth24plus_stencil8) {
    return "Metal does not say how the 24 bits of Depth24Unorm_Stencil8 lie in a copy; use depth32_float_stencil8";
  }
  if (format.metal == 0) return text("Metal has no pixel format like ", format.name);
  if (format.kind == FormatKind::bc && !device.bc) return text(device.name, " has no block-compressed (BC) textures");
  const bool tiles = format.kind == FormatKind::etc2 || format.kind == FormatKind::astc;
  if (tiles && !device.etc2_astc) return text(device.name, " has no ETC2 and ASTC textures");
  if (tiles && descriptor.dimension == TextureDimension::d3) return "Metal's three-dimensional ASTC textures are not used by this library";
  if (descriptor.dimension == TextureDimension::cube_array && !device.cube_arrays) return text(device.name, " has no arrays of cubes");
  auto usage = why_no_usage(descriptor, device);
  return usage.empty() ? why_no_size(descriptor, device) : usage;
}

Errc why_not_code(const TextureDescriptor& descriptor, const api::DeviceInfo& device) noexcept {
  return why_no_size(descriptor, device).empty() ? Errc::unsupported_format : Errc::limit_exceeded;
}

api::TextureShape surface_texture_shape(const TextureDescriptor& descriptor, const api::DeviceInfo& device, std::uint32_t plane) noexcept {
  const FormatPlane& part = format_info(descriptor.format)->planes[plane];
  const Extent3D extent = detail::plane_extent(part, descriptor.extent);
  // Where CPU and GPU have memory of their own, a surface's texture is "managed": shared textures need one memory.
  return {.type = api::TextureType::d2,
          .pixel_format = pixel_format(descriptor.format, plane),
          .width = extent.width,
          .height = extent.height,
          .usage = texture_usage(descriptor),
          .storage = device.unified_memory ? api::StorageMode::shared : api::StorageMode::managed};
}

api::TextureShape shared_texture_shape(const TextureDescriptor& descriptor) noexcept {
  api::TextureShape shape;
  switch (descriptor.dimension) {
    case TextureDimension::d2:
      shape.type = api::TextureType::d2;
      break;
    case TextureDimension::d2_array:
      shape.type = api::TextureType::d2_array;
      shape.array_length = descriptor.array_layers;
      break;
    case TextureDimension::cube:
      shape.type = api::TextureType::cube;
      break;
    case TextureDimension::cube_array:
      shape.type = api::TextureType::cube_array;
      shape.array_length = descriptor.array_layers / 6;
      break;
    case TextureDimension::d3:
      shape.type = api::TextureType::d3;
      break;
  }
  shape.pixel_format = pixel_format(descriptor.format, 0);
  shape.width = descriptor.extent.width;
  shape.height = descriptor.extent.height;
  shape.depth = descriptor.extent.depth;
  shape.mip_levels = descriptor.mip_levels;
  shape.usage = texture_usage(descriptor);
  shape.storage = api::StorageMode::device_private;  // newSharedTextureWithDescriptor: takes no other
  return shape;
}

Result<api::SurfaceShape> surface_shape(const TextureDescriptor& descriptor, const api::Device& device) {
  const FormatInfo& format = *format_info(descriptor.format);
  const SurfaceFormat& surface = *surface_format(descriptor.format);
  const bool planar = format.kind == FormatKind::planar;
  api::SurfaceShape shape;
  shape.width = descriptor.extent.width;
  shape.height = descriptor.extent.height;
  shape.pixel_format = descriptor.color.range == ColorRange::full ? surface.full_range : surface.pixel_format;
  shape.plane_count = planar ? format.plane_count : 0;
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < format.plane_count; ++i) {
    const Extent3D extent = detail::plane_extent(format.planes[i], descriptor.extent);
    api::SurfacePlane& plane = shape.planes[i];
    plane.width = extent.width;
    plane.height = extent.height;
    plane.bytes_per_element = format.planes[i].block_bytes;
    // Two rules, and a row keeps both: what surfaces want, and what Metal wants of rows it reads in place.
    const std::uint64_t metal = std::max<std::uint64_t>(1, device.row_alignment(pixel_format(descriptor.format, i)));
    const std::uint64_t row = detail::ceil_div(std::uint64_t{extent.width} * plane.bytes_per_element, metal) * metal;
    plane.bytes_per_row = device.align(planar ? api::SurfaceProperty::plane_bytes_per_row : api::SurfaceProperty::bytes_per_row, row);
    plane.bytes_per_row = detail::ceil_div(plane.bytes_per_row, metal) * metal;
    plane.offset = planar ? device.align(api::SurfaceProperty::plane_offset, end) : 0;
    const auto bytes = detail::checked_mul(plane.bytes_per_row, plane.height);
    const auto sum = bytes ? detail::checked_add(plane.offset, *bytes) : std::nullopt;
    if (!sum) return Error(Errc::limit_exceeded, "The texture has more bytes than an IOSurface can have.");
    end = *sum;
  }
  shape.allocation_size = device.align(api::SurfaceProperty::allocation_size, end);
  return shape;
}

Result<void> check_surface(const api::SurfaceShape& surface, const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  const SurfaceFormat* wanted = surface_format(descriptor.format);
  if (wanted == nullptr) {
    return Error(Errc::unsupported_format, text("IOSurface has no pixel format like ", format.name, "."));
  }
  const bool planar = format.kind == FormatKind::planar;
  const bool untold = surface.pixel_format == 0 && !planar;  // MoltenVK's own surfaces say bytes per element only
  if (!untold && surface.pixel_format != wanted->pixel_format && surface.pixel_format != wanted->full_range) {
    return contradiction("pixel format", text('\'', four_characters(surface.pixel_format), '\''),
                         text('\'', four_characters(wanted->pixel_format), "' for ", format.name));
  }
  if (surface.width != descriptor.extent.width || surface.height != descriptor.extent.height) {
    return contradiction("size", text(surface.width, "x", surface.height), text(descriptor.extent.width, "x", descriptor.extent.height));
  }
  if (surface.element_width != 1 || surface.element_height != 1) {
    return contradiction("element size", text(surface.element_width, "x", surface.element_height, " texels"), "1x1");
  }
  const std::uint32_t planes = planar ? format.plane_count : 0;
  if (surface.plane_count != planes) return contradiction("plane count", text(surface.plane_count), text(planes));
  for (std::uint32_t i = 0; i < format.plane_count; ++i) {
    const api::SurfacePlane& plane = surface.planes[i];
    const Extent3D extent = detail::plane_extent(format.planes[i], descriptor.extent);
    const std::uint32_t bytes = format.planes[i].block_bytes;
    if (plane.width != extent.width || plane.height != extent.height) {
      return contradiction("plane size", text(plane.width, "x", plane.height), text(extent.width, "x", extent.height));
    }
    if (plane.bytes_per_element != bytes) return contradiction("bytes per element", text(plane.bytes_per_element), text(bytes));
    const std::uint64_t row = std::uint64_t{extent.width} * bytes;
    if (plane.bytes_per_row < row) return contradiction("bytes per row", text(plane.bytes_per_row), text("at least ", row));
    const auto size = detail::checked_mul(plane.bytes_per_row, plane.height);
    const auto end = size ? detail::checked_add(plane.offset, *size) : std::nullopt;
    if (!end || *end > surface.allocation_size) {
      return contradiction(
          "allocation", text(surface.allocation_size, " bytes"),
          text("room for plane ", i, " at offset ", plane.offset, " with ", plane.height, " rows of ", plane.bytes_per_row));
    }
  }
  return {};
}

}  // namespace geyser::metal
