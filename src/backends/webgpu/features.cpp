#include "backends/webgpu/features.hpp"

#include <algorithm>

#include "backends/webgpu/external.hpp"
#include "core/guard.hpp"

namespace geyser::webgpu {

using detail::text;

std::span<const Feature> format_features() noexcept {
  static constexpr Feature all[] = {
      {::WGPUFeatureName_TextureCompressionBC, "TextureCompressionBC"},
      {::WGPUFeatureName_TextureCompressionETC2, "TextureCompressionETC2"},
      {::WGPUFeatureName_TextureCompressionASTC, "TextureCompressionASTC"},
      {::WGPUFeatureName_Depth32FloatStencil8, "Depth32FloatStencil8"},
      {::WGPUFeatureName_RG11B10UfloatRenderable, "RG11B10UfloatRenderable"},
      {::WGPUFeatureName_BGRA8UnormStorage, "BGRA8UnormStorage"},
      {::WGPUFeatureName_Unorm16TextureFormats, "Unorm16TextureFormats"},
      {::WGPUFeatureName_Snorm16TextureFormats, "Snorm16TextureFormats"},
      {::WGPUFeatureName_Norm16TextureFormats, "Norm16TextureFormats"},
      {::WGPUFeatureName_TextureFormatsTier1, "TextureFormatsTier1"},
      {::WGPUFeatureName_TextureFormatsTier2, "TextureFormatsTier2"},
  };
  return all;
}

Result<std::vector<WGPUFeatureName>> required_features(WGPUAdapter adapter, GetProcAddress get_proc_address) {
  return detail::guard([&]() -> Result<std::vector<WGPUFeatureName>> {
    if (adapter == nullptr) return Error(Errc::invalid_argument, "The adapter is null; pass the one that the device is to be made from.");
    auto wgpu = Functions::load(get_proc_address);
    if (!wgpu) return std::move(wgpu).error();
    const auto has = [&](WGPUFeatureName feature) { return wgpu->AdapterHasFeature(adapter, feature) != 0U; };
    std::vector<WGPUFeatureName> features;
    std::string missing;
    for (const auto& family : memory_families()) {
      if (has(family.feature.number)) {
        features.push_back(family.feature.number);
      } else {
        missing += text(missing.empty() ? "" : " or ", family.feature.name);
      }
    }
    if (features.empty()) return Error(Errc::unsupported_feature, text("The adapter has no ", missing, ", so it imports no textures."));
    const auto fences = fence_families();
    const auto fence = std::find_if(fences.begin(), fences.end(), [&](const FenceFamily& each) { return has(each.feature.number); });
    if (fence == fences.end()) {
      missing.clear();
      for (const auto& each : fences) missing += text(missing.empty() ? "" : " or ", each.feature.name);
      return Error(Errc::unsupported_feature, text("The adapter has no ", missing, ", so its work cannot be waited for."));
    }
    features.push_back(fence->feature.number);
    if (has(WGPUFeatureName_ImplicitDeviceSynchronization)) features.push_back(WGPUFeatureName_ImplicitDeviceSynchronization);
    return features;
  });
}

}  // namespace geyser::webgpu
