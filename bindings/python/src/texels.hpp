// How a region's bytes look to NumPy and DLPack: component type, shape, strides.
#pragma once

#include <cstdint>
#include <vector>

#include "geyser/texture.hpp"

namespace geyser::python {

/// One component of a texel, or one byte of a compressed block.
struct TexelType {
  enum class Code : std::uint8_t { sint = 0, uint = 1, real = 2 };  // DLPack's numbers
  Code code = Code::uint;
  std::uint32_t bytes = 1;       ///< of one component
  std::uint32_t components = 1;  ///< of a texel; bytes of a block
  const char* numpy = "|u1";     ///< little-endian, as on every machine that the library runs on
};
/// Valid usage: `plane` is one of the format's. Errors: none.
[[nodiscard]] TexelType texel_type(const FormatInfo& info, std::uint32_t plane);

/// A region as an array.
struct Tensor {
  TexelType type;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< bytes
  std::uint64_t total_bytes = 0;      ///< without gaps
  std::uint32_t row_bytes = 0;        ///< without gaps
  std::uint32_t rows = 0;             ///< of a slice
  std::uint32_t slices = 1;
};
/// Rows without gaps. Errors: Failure, as region_layout().
[[nodiscard]] Tensor tensor_of(const TextureDescriptor& descriptor, const TextureRegion& region);
/// The same with the strides of memory that has gaps. Units: bytes.
void set_pitch(Tensor& tensor, std::uint64_t row_pitch, std::uint64_t slice_pitch);

}  // namespace geyser::python
