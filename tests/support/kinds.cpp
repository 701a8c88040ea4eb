#include "support/kinds.hpp"

namespace geyser::test {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::d2:
      return "d2";
    case Kind::d2_mips:
      return "d2_mips";
    case Kind::d2_array:
      return "d2_array";
    case Kind::d2_array_mips:
      return "d2_array_mips";
    case Kind::cube:
      return "cube";
    case Kind::cube_mips:
      return "cube_mips";
    case Kind::cube_array:
      return "cube_array";
    case Kind::cube_array_mips:
      return "cube_array_mips";
    case Kind::d3:
      return "d3";
    case Kind::d3_mips:
      return "d3_mips";
    case Kind::d2_attachment:
      return "d2_attachment";
    case Kind::d2_storage:
      return "d2_storage";
  }
  return "unknown";
}

TextureDescriptor descriptor_of(TextureFormat format, Kind kind) {
  TextureDescriptor descriptor;
  descriptor.format = format;
  switch (kind) {
    case Kind::d2:
    case Kind::d2_mips:
    case Kind::d2_attachment:
    case Kind::d2_storage:
      descriptor.dimension = TextureDimension::d2;
      descriptor.extent = {37, 29, 1};
      break;
    case Kind::d2_array:
    case Kind::d2_array_mips:
      descriptor.dimension = TextureDimension::d2_array;
      descriptor.extent = {19, 13, 1};
      descriptor.array_layers = 3;
      break;
    case Kind::cube:
    case Kind::cube_mips:
      descriptor.dimension = TextureDimension::cube;
      descriptor.extent = {13, 13, 1};
      descriptor.array_layers = 6;
      break;
    case Kind::cube_array:
    case Kind::cube_array_mips:
      descriptor.dimension = TextureDimension::cube_array;
      descriptor.extent = {7, 7, 1};
      descriptor.array_layers = 12;
      break;
    case Kind::d3:
    case Kind::d3_mips:
      descriptor.dimension = TextureDimension::d3;
      descriptor.extent = {11, 9, 5};
      break;
  }
  const bool mips = kind == Kind::d2_mips || kind == Kind::d2_array_mips || kind == Kind::cube_mips || kind == Kind::cube_array_mips ||
                    kind == Kind::d3_mips;
  if (mips) descriptor.mip_levels = full_mip_chain(descriptor);
  if (kind == Kind::d2_attachment) descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
  if (kind == Kind::d2_storage) descriptor.usage = descriptor.usage | TextureUsage::storage_binding;
  if (!validate(descriptor)) {
    // Subsampled formats want even sizes; a format that needs whole blocks gets them.
    const FormatInfo* info = format_info(format);
    const auto up = [](std::uint32_t value, std::uint32_t step) { return (value + step - 1) / step * step; };
    const bool subsampled = info->kind == FormatKind::planar;
    TextureDescriptor rounded = descriptor;
    rounded.extent.width = up(descriptor.extent.width, subsampled ? 2U : info->block_width);
    rounded.extent.height = up(descriptor.extent.height, subsampled ? 2U : info->block_height);
    if (validate(rounded)) return rounded;
  }
  return descriptor;
}

std::vector<TextureRegion> all_subresources(const TextureDescriptor& descriptor) {
  std::vector<TextureRegion> regions;
  const FormatInfo* info = format_info(descriptor.format);
  for (std::uint32_t level = 0; level < descriptor.mip_levels; ++level) {
    for (std::uint32_t layer = 0; layer < descriptor.array_layers; ++layer) {
      for (std::uint32_t plane = 0; plane < info->plane_count; ++plane) {
        TextureRegion region;
        region.mip_level = level;
        region.array_layer = layer;
        region.plane = plane;
        regions.push_back(region);
      }
    }
  }
  return regions;
}

}  // namespace geyser::test
