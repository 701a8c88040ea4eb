#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>

#include "core/byte_count.hpp"
#include "core/color.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/texture.hpp"

namespace geyser {
namespace {

using detail::text;
using F = TextureFormat;

template <class... Parts>
[[nodiscard]] Error invalid(const Parts&... parts) {
  return Error(Errc::invalid_argument, text(parts..., "."));
}
template <class... Parts>
[[nodiscard]] Error unsupported(const Parts&... parts) {
  return Error(Errc::unsupported_format, text(parts..., "."));
}
template <class... Parts>
[[nodiscard]] Error beyond(const Parts&... parts) {
  return Error(Errc::limit_exceeded, text(parts..., "."));
}

template <class Enum>
[[nodiscard]] unsigned number(Enum value) {
  return static_cast<unsigned>(value);
}

struct UsageName {
  TextureUsage bit;
  std::string_view name;
};
constexpr UsageName usage_names[] = {
    {TextureUsage::copy_src, "copy_src"},
    {TextureUsage::copy_dst, "copy_dst"},
    {TextureUsage::texture_binding, "texture_binding"},
    {TextureUsage::storage_binding, "storage_binding"},
    {TextureUsage::render_attachment, "render_attachment"},
};

[[nodiscard]] constexpr bool known(ColorPrimaries value) noexcept {
  switch (value) {
    case ColorPrimaries::bt709:
    case ColorPrimaries::unspecified:
    case ColorPrimaries::bt601_625:
    case ColorPrimaries::bt601_525:
    case ColorPrimaries::bt2020:
    case ColorPrimaries::display_p3:
      return true;
  }
  return false;
}
[[nodiscard]] constexpr bool known(TransferFunction value) noexcept {
  switch (value) {
    case TransferFunction::bt709:
    case TransferFunction::unspecified:
    case TransferFunction::linear:
    case TransferFunction::srgb:
    case TransferFunction::bt2020_10:
    case TransferFunction::pq:
    case TransferFunction::hlg:
      return true;
  }
  return false;
}

/// Position of the first byte that does not belong to well-formed UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
[[nodiscard]] std::optional<std::size_t> first_bad_utf8(std::string_view label) noexcept {
  const auto byte = [label](std::size_t i) { return i < label.size() ? static_cast<unsigned>(static_cast<unsigned char>(label[i])) : 0U; };
  const auto continues = [](unsigned b) { return (b & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < label.size();) {
    const unsigned lead = byte(i);
    if (lead < 0x80U) {
      ++i;
      continue;
    }
    std::size_t length = 0;
    if (lead >= 0xC2U && lead <= 0xDFU) length = 2;
    if (lead >= 0xE0U && lead <= 0xEFU) length = 3;
    if (lead >= 0xF0U && lead <= 0xF4U) length = 4;
    if (length == 0) return i;
    const unsigned second = byte(i + 1);
    const bool too_low = (lead == 0xE0U && second < 0xA0U) || (lead == 0xF0U && second < 0x90U);
    const bool too_high = (lead == 0xEDU && second > 0x9FU) || (lead == 0xF4U && second > 0x8FU);
    if (too_low || too_high) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if (!continues(byte(i + k))) return i;
    }
    i += length;
  }
  return std::nullopt;
}

/// Whatever comes as a number may come from another process.
[[nodiscard]] Result<void> check_enums(const TextureDescriptor& d) {
  if (number(d.dimension) > number(TextureDimension::d3)) {
    return invalid("dimension is the unknown number ", number(d.dimension), "; allowed are d2, d2_array, cube, cube_array and d3");
  }
  if (format_info(d.format) == nullptr) {
    if (d.format == F::undefined) return invalid("format is undefined; set it to one of the formats that all_formats() lists");
    return invalid("format is the unknown number ", number(d.format), "; allowed are 1 to ", format_count,
                   ", the formats that all_formats() lists");
  }
  const auto unknown = static_cast<std::uint32_t>(d.usage) & ~static_cast<std::uint32_t>(all_texture_usage);
  if (unknown != 0) {
    return invalid("usage is ", to_string(d.usage), ", which has unknown bits; allowed are ", to_string(all_texture_usage));
  }
  if (!known(d.color.primaries)) {
    return invalid("color.primaries is the unknown number ", number(d.color.primaries),
                   "; allowed are bt709, unspecified, bt601_625, bt601_525, bt2020 and display_p3");
  }
  if (!known(d.color.transfer)) {
    return invalid("color.transfer is the unknown number ", number(d.color.transfer),
                   "; allowed are bt709, unspecified, linear, srgb, bt2020_10, pq and hlg");
  }
  if (number(d.color.range) > number(ColorRange::limited)) {
    return invalid("color.range is the unknown number ", number(d.color.range), "; allowed are full and limited");
  }
  if (number(d.color.alpha) > number(AlphaMode::ignored)) {
    return invalid("color.alpha is the unknown number ", number(d.color.alpha), "; allowed are premultiplied, straight and ignored");
  }
  return {};
}

[[nodiscard]] Result<void> check_label(std::string_view label) {
  if (label.size() > max_label_bytes) {
    return invalid("label has ", label.size(), " bytes; allowed are at most ", max_label_bytes, ", so shorten it");
  }
  if (const auto position = first_bad_utf8(label)) {
    return invalid("label is not UTF-8 at byte ", *position, " (value ", number(static_cast<unsigned char>(label[*position])),
                   "); allowed is UTF-8 only");
  }
  return {};
}

[[nodiscard]] Result<void> check_extent(const TextureDescriptor& d) {
  const auto empty = [](std::string_view side) { return invalid("extent.", side, " is 0; allowed is 1 or more"); };
  if (d.extent.width == 0) return empty("width");
  if (d.extent.height == 0) return empty("height");
  if (d.extent.depth == 0) return empty("depth");
  if (d.dimension != TextureDimension::d3 && d.extent.depth != 1) {
    return invalid("extent.depth is ", d.extent.depth, " for the dimension ", to_string(d.dimension), "; allowed is 1, only d3 has depth");
  }
  const bool cube = d.dimension == TextureDimension::cube || d.dimension == TextureDimension::cube_array;
  if (cube && d.extent.width != d.extent.height) {
    return invalid("extent.width is ", d.extent.width, " and extent.height is ", d.extent.height, " for the dimension ",
                   to_string(d.dimension), "; allowed are equal values, the faces of a cube are square");
  }
  return {};
}

[[nodiscard]] Result<void> check_levels_and_layers(const TextureDescriptor& d) {
  const std::uint32_t chain = full_mip_chain(d);
  if (d.mip_levels == 0 || d.mip_levels > chain) {
    return invalid("mip_levels is ", d.mip_levels, "; allowed are 1 to ", chain, ", the full chain of this extent");
  }
  std::string_view allowed;
  switch (d.dimension) {
    case TextureDimension::d2:
      if (d.array_layers != 1) allowed = "1, or the dimension d2_array";
      break;
    case TextureDimension::d2_array:
      if (d.array_layers == 0) allowed = "1 or more";
      break;
    case TextureDimension::cube:
      if (d.array_layers != 6) allowed = "6, one layer for each face";
      break;
    case TextureDimension::cube_array:
      if (d.array_layers == 0 || d.array_layers % 6 != 0) allowed = "a multiple of 6, one layer for each face of each cube";
      break;
    case TextureDimension::d3:
      if (d.array_layers != 1) allowed = "1, a d3 texture has slices and no layers";
      break;
  }
  if (!allowed.empty()) {
    return invalid("array_layers is ", d.array_layers, " for the dimension ", to_string(d.dimension), "; allowed is ", allowed);
  }
  return {};
}

/// What some device can do with formats of that kind. Whether this device can is format_support()'s business.
[[nodiscard]] constexpr TextureUsage possible_usage(const FormatInfo& info) noexcept {
  constexpr TextureUsage sampled = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding;
  switch (info.kind) {
    case FormatKind::color:
      return info.srgb ? sampled | TextureUsage::render_attachment : all_texture_usage;
    case FormatKind::depth:
    case FormatKind::stencil:
    case FormatKind::depth_stencil:
      return sampled | TextureUsage::render_attachment;
    case FormatKind::bc:
    case FormatKind::etc2:
    case FormatKind::astc:
    case FormatKind::planar:
      break;
  }
  return sampled;
}

[[nodiscard]] constexpr bool can_be_3d(FormatKind kind) noexcept {
  return kind == FormatKind::color || kind == FormatKind::bc || kind == FormatKind::astc;
}

[[nodiscard]] Result<void> check_format_rules(const TextureDescriptor& d, const FormatInfo& info) {
  const TextureUsage possible = possible_usage(info);
  if (!has(possible, d.usage)) {
    return unsupported("usage is ", to_string(d.usage), " for the format ", info.name, "; allowed are at most ", to_string(possible));
  }
  if (d.dimension == TextureDimension::d3 && !can_be_3d(info.kind)) {
    return unsupported("dimension is d3 for the format ", info.name, "; allowed is d3 for colour, BC and ASTC formats only");
  }
  if (info.kind != FormatKind::planar) return {};
  if (d.dimension != TextureDimension::d2) {
    return unsupported("dimension is ", to_string(d.dimension), " for the planar format ", info.name, "; allowed is d2");
  }
  if (d.mip_levels != 1) {
    return unsupported("mip_levels is ", d.mip_levels, " for the planar format ", info.name, "; allowed is 1");
  }
  if (d.extent.width % 2 != 0) {
    return unsupported("extent.width is ", d.extent.width, " for the 4:2:0 format ", info.name, "; allowed are even values");
  }
  if (d.extent.height % 2 != 0) {
    return unsupported("extent.height is ", d.extent.height, " for the 4:2:0 format ", info.name, "; allowed are even values");
  }
  return {};
}

[[nodiscard]] Result<void> check_size(const TextureDescriptor& d, const FormatInfo& info) {
  constexpr std::uint64_t max_row = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t p = 0; p < info.plane_count; ++p) {
    const std::uint64_t row = detail::row_bytes(info, info.planes[p], detail::plane_extent(info.planes[p], d.extent).width);
    if (row > max_row) {
      return beyond("extent.width is ", d.extent.width, ", which makes rows of ", row, " bytes in ", info.name,
                    "; allowed are rows of at most ", max_row, " bytes");
    }
  }
  if (!detail::total_bytes(d)) {
    return beyond("extent is ", d.extent.width, "x", d.extent.height, "x", d.extent.depth, " with ", d.mip_levels, " mip levels and ",
                  d.array_layers, " layers of ", info.name, "; allowed are sizes whose byte count fits 64 bits");
  }
  return {};
}

[[nodiscard]] std::string counted(std::uint32_t count, std::string_view noun) { return text(count, " ", noun, count == 1 ? "" : "s"); }

}  // namespace

bool detail::is_color(const ColorInfo& color) noexcept {
  return known(color.primaries) && known(color.transfer) && number(color.range) <= number(ColorRange::limited) &&
         number(color.alpha) <= number(AlphaMode::ignored);
}

std::string_view to_string(TextureDimension dimension) noexcept {
  switch (dimension) {
    case TextureDimension::d2:
      return "d2";
    case TextureDimension::d2_array:
      return "d2_array";
    case TextureDimension::cube:
      return "cube";
    case TextureDimension::cube_array:
      return "cube_array";
    case TextureDimension::d3:
      return "d3";
  }
  return "unknown";
}

std::string to_string(TextureUsage usage) {
  if (usage == TextureUsage::none) return "none";
  std::string joined;
  const auto add = [&joined](std::string_view name) {
    if (!joined.empty()) joined += '|';
    joined += name;
  };
  for (const auto& [bit, name] : usage_names) {
    if (has(usage, bit)) add(name);
  }
  const auto unknown = static_cast<std::uint32_t>(usage) & ~static_cast<std::uint32_t>(all_texture_usage);
  if (unknown != 0) {
    std::ostringstream hex;
    hex << "0x" << std::hex << unknown;
    add(hex.str());
  }
  return joined;
}

std::string_view to_string(TextureLayout layout) noexcept {
  switch (layout) {
    case TextureLayout::undefined:
      return "undefined";
    case TextureLayout::general:
      return "general";
    case TextureLayout::color_attachment:
      return "color_attachment";
    case TextureLayout::depth_stencil_attachment:
      return "depth_stencil_attachment";
    case TextureLayout::depth_stencil_read_only:
      return "depth_stencil_read_only";
    case TextureLayout::shader_read_only:
      return "shader_read_only";
    case TextureLayout::transfer_src:
      return "transfer_src";
    case TextureLayout::transfer_dst:
      return "transfer_dst";
  }
  return "unknown";
}

std::string describe(const TextureDescriptor& d) {
  std::string size = text(d.extent.width, "x", d.extent.height);
  if (d.dimension == TextureDimension::d3 || d.extent.depth != 1) size += text("x", d.extent.depth);
  return text(size, " ", to_string(d.format), " ", to_string(d.dimension), ", ", counted(d.mip_levels, "mip level"), ", ",
              counted(d.array_layers, "layer"));
}

std::uint32_t full_mip_chain(const TextureDescriptor& d) noexcept {
  const std::uint32_t depth = d.dimension == TextureDimension::d3 ? d.extent.depth : 1;
  if (d.extent.width == 0 || d.extent.height == 0 || depth == 0) return 0;
  return static_cast<std::uint32_t>(std::bit_width(std::max({d.extent.width, d.extent.height, depth})));
}

Extent3D mip_extent(const TextureDescriptor& d, std::uint32_t mip_level) noexcept {
  const auto shrink = [mip_level](std::uint32_t size) { return std::max(mip_level < 32 ? size >> mip_level : 0U, 1U); };
  return {shrink(d.extent.width), shrink(d.extent.height), d.dimension == TextureDimension::d3 ? shrink(d.extent.depth) : 1U};
}

Result<void> validate(const TextureDescriptor& d) {
  return detail::guard([&]() -> Result<void> {
    if (auto known_numbers = check_enums(d); !known_numbers) return known_numbers;
    if (auto label = check_label(d.label); !label) return label;
    if (auto extent = check_extent(d); !extent) return extent;
    if (auto counts = check_levels_and_layers(d); !counts) return counts;
    const FormatInfo& info = *format_info(d.format);
    if (auto rules = check_format_rules(d, info); !rules) return rules;
    return check_size(d, info);
  });
}

}  // namespace geyser
