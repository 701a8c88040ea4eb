#include "texels.hpp"

#include <array>

#include "common.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] const char* numpy_name(TexelType::Code code, std::uint32_t bytes) {
  static constexpr std::array<std::array<const char*, 3>, 3> names{{{"|i1", "<i2", "<i4"}, {"|u1", "<u2", "<u4"}, {"|u1", "<f2", "<f4"}}};
  return names[static_cast<std::size_t>(code)][bytes == 1 ? 0 : bytes == 2 ? 1 : 2];
}

[[nodiscard]] TexelType make(TexelType::Code code, std::uint32_t bytes, std::uint32_t components) {
  return {code, bytes, components, numpy_name(code, bytes)};
}

}  // namespace

TexelType texel_type(const FormatInfo& info, std::uint32_t plane) {
  using Code = TexelType::Code;
  const std::uint32_t bytes = info.planes[plane].block_bytes;
  switch (info.kind) {
    case FormatKind::bc:
    case FormatKind::etc2:
    case FormatKind::astc:
      return make(Code::uint, 1, bytes);
    case FormatKind::stencil:
      return make(Code::uint, 1, 1);
    case FormatKind::depth:
    case FormatKind::depth_stencil:
      if (plane == 1) return make(Code::uint, 1, 1);
      return make(info.type == NumericType::sfloat ? Code::real : Code::uint, bytes, 1);
    case FormatKind::planar: {
      const std::uint32_t sample = info.planes[0].block_bytes;
      return make(Code::uint, sample, bytes / sample);
    }
    case FormatKind::color:
      break;
  }
  // Packed formats are the only ones with channels of less than a byte or of unequal size: one 32-bit word a texel.
  const bool packed =
      info.type == NumericType::ufloat || info.format == TextureFormat::rgb10a2_unorm || info.format == TextureFormat::rgb10a2_uint;
  if (packed) return make(Code::uint, bytes, 1);
  const Code code = info.type == NumericType::sfloat                                    ? Code::real
                    : info.type == NumericType::snorm || info.type == NumericType::sint ? Code::sint
                                                                                        : Code::uint;
  return make(code, bytes / info.channels, info.channels);
}

Tensor tensor_of(const TextureDescriptor& descriptor, const TextureRegion& region) {
  const RegionLayout layout = unwrap(region_layout(descriptor, region));
  const FormatInfo& info = *format_info(descriptor.format);
  Tensor tensor;
  tensor.type = texel_type(info, region.plane);
  tensor.total_bytes = layout.total_bytes;
  tensor.row_bytes = layout.row_bytes;
  tensor.rows = layout.rows;
  tensor.slices = layout.extent.depth;
  if (descriptor.dimension == TextureDimension::d3) tensor.shape.push_back(layout.extent.depth);
  tensor.shape.push_back(layout.rows);
  tensor.shape.push_back(layout.row_bytes / (tensor.type.bytes * tensor.type.components));
  if (tensor.type.components > 1) tensor.shape.push_back(tensor.type.components);
  set_pitch(tensor, layout.row_bytes, std::uint64_t{layout.row_bytes} * layout.rows);
  return tensor;
}

void set_pitch(Tensor& tensor, std::uint64_t row_pitch, std::uint64_t slice_pitch) {
  const auto texel = static_cast<std::int64_t>(tensor.type.bytes) * tensor.type.components;
  const std::size_t tail = tensor.type.components > 1 ? 1 : 0;
  tensor.strides.clear();
  if (tensor.shape.size() > 2 + tail) tensor.strides.push_back(static_cast<std::int64_t>(slice_pitch));
  tensor.strides.push_back(static_cast<std::int64_t>(row_pitch));
  tensor.strides.push_back(texel);
  if (tail != 0) tensor.strides.push_back(tensor.type.bytes);
}

}  // namespace geyser::python
