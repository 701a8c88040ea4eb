// What one device answers about one format: every kind of texture, every handle type, every usage.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "geyser/manager.hpp"

namespace geyser::tools {

inline constexpr std::array<TextureDimension, 5> all_dimensions{TextureDimension::d2, TextureDimension::d2_array, TextureDimension::cube,
                                                                TextureDimension::cube_array, TextureDimension::d3};
inline constexpr std::array<TextureUsage, 3> probed_usages{TextureUsage::texture_binding, TextureUsage::storage_binding,
                                                           TextureUsage::render_attachment};

struct DimensionProbe {
  TextureDimension dimension = TextureDimension::d2;
  std::vector<FormatSupport> support;  ///< one entry per memory handle type; empty when `refusal` is set
  std::string refusal;                 ///< why the question itself is invalid, e.g. a 3D texture of a depth format
};

struct FormatProbe {
  TextureFormat format = TextureFormat::undefined;
  std::vector<DimensionProbe> dimensions;  ///< for copies, the least that a texture can do
  std::vector<TextureUsage> usages;        ///< of probed_usages: those with which a 2D texture can be shared by some handle type
  /// True when some handle type exports and imports a 2D texture of it.
  [[nodiscard]] bool shareable() const noexcept;
};

/// Asks the driver; creates nothing.
[[nodiscard]] FormatProbe probe_format(const TextureShareManager& manager, TextureFormat format);
/// Formats of the table that are shareable().
[[nodiscard]] std::size_t count_shareable(const TextureShareManager& manager);

}  // namespace geyser::tools
