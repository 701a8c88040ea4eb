// The kinds of texture that every format is tried with, in sizes that are no multiple of anything.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "geyser/texture.hpp"

namespace geyser::test {

/// The last two are 2D textures that are also attachments, or also storage.
enum class Kind : std::uint8_t {
  d2,
  d2_mips,
  d2_array,
  d2_array_mips,
  cube,
  cube_mips,
  cube_array,
  cube_array_mips,
  d3,
  d3_mips,
  d2_attachment,
  d2_storage
};
inline constexpr std::array all_kinds{Kind::d2,   Kind::d2_mips,   Kind::d2_array,      Kind::d2_array_mips,
                                      Kind::cube, Kind::cube_mips, Kind::cube_array,    Kind::cube_array_mips,
                                      Kind::d3,   Kind::d3_mips,   Kind::d2_attachment, Kind::d2_storage};

[[nodiscard]] std::string_view to_string(Kind kind) noexcept;
/// Odd sizes; where the format cannot have them, the next size that validate() accepts. Not necessarily valid: planar formats have no mip
/// chain.
[[nodiscard]] TextureDescriptor descriptor_of(TextureFormat format, Kind kind);
/// Every mip level x layer x plane, whole.
[[nodiscard]] std::vector<TextureRegion> all_subresources(const TextureDescriptor& descriptor);

}  // namespace geyser::test
