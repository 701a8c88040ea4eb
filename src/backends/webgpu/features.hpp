// Features of devices by name, for errors; those that only some headers know have a number all the same.
#pragma once

#include <string_view>

#include "backends/webgpu/dispatch.hpp"

/// Stands in for what a webgpu.h does not have: `::WGPUFeatureName_X` finds the header's own first, and these only where there is none.
namespace geyser_webgpu_absent {
inline constexpr auto WGPUFeatureName_Unorm16TextureFormats = WGPUFeatureName_Force32;
inline constexpr auto WGPUFeatureName_Snorm16TextureFormats = WGPUFeatureName_Force32;
inline constexpr auto WGPUFeatureName_Norm16TextureFormats = WGPUFeatureName_Force32;
inline constexpr auto WGPUFeatureName_TextureFormatsTier1 = WGPUFeatureName_Force32;
inline constexpr auto WGPUFeatureName_TextureFormatsTier2 = WGPUFeatureName_Force32;
}  // namespace geyser_webgpu_absent
using namespace geyser_webgpu_absent;  // NOLINT(google-build-using-namespace, google-global-names-in-headers): see above

namespace geyser::webgpu {

struct Feature {
  WGPUFeatureName number = WGPUFeatureName_Force32;  ///< Force32: this header has no such feature
  std::string_view name;                             ///< "SharedFenceSyncFD"
};

/// Those that make more formats usable, or more usages.
[[nodiscard]] std::span<const Feature> format_features() noexcept;

}  // namespace geyser::webgpu
