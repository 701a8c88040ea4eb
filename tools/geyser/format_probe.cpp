#include "tools/geyser/format_probe.hpp"

#include <algorithm>

namespace geyser::tools {
namespace {

/// Divisible by every block size, and small enough for every device.
constexpr std::uint32_t probe_side = 240;

[[nodiscard]] TextureDescriptor descriptor_of(TextureFormat format, TextureDimension dimension, TextureUsage usage) {
  TextureDescriptor descriptor;
  descriptor.dimension = dimension;
  descriptor.extent = {probe_side, probe_side, dimension == TextureDimension::d3 ? 2U : 1U};
  descriptor.format = format;
  descriptor.usage = usage;
  switch (dimension) {
    case TextureDimension::d2:
    case TextureDimension::d3:
      break;
    case TextureDimension::d2_array:
      descriptor.array_layers = 2;
      break;
    case TextureDimension::cube:
      descriptor.array_layers = 6;
      break;
    case TextureDimension::cube_array:
      descriptor.array_layers = 12;
      break;
  }
  return descriptor;
}

constexpr TextureUsage copies = TextureUsage::copy_src | TextureUsage::copy_dst;

[[nodiscard]] bool both_ways(const std::vector<FormatSupport>& support) noexcept {
  return std::ranges::any_of(support, [](const FormatSupport& s) { return s.can_export && s.can_import; });
}

}  // namespace

bool FormatProbe::shareable() const noexcept {
  return std::ranges::any_of(dimensions,
                             [](const DimensionProbe& d) { return d.dimension == TextureDimension::d2 && both_ways(d.support); });
}

FormatProbe probe_format(const TextureShareManager& manager, TextureFormat format) {
  FormatProbe probe;
  probe.format = format;
  for (const TextureDimension dimension : all_dimensions) {
    DimensionProbe answer;
    answer.dimension = dimension;
    auto support = manager.format_support(descriptor_of(format, dimension, copies));
    if (support) {
      answer.support = *std::move(support);
    } else {
      answer.refusal = support.error().message();
    }
    probe.dimensions.push_back(std::move(answer));
  }
  for (const TextureUsage usage : probed_usages) {
    const auto support = manager.format_support(descriptor_of(format, TextureDimension::d2, copies | usage));
    if (support && both_ways(*support)) probe.usages.push_back(usage);
  }
  return probe;
}

std::size_t count_shareable(const TextureShareManager& manager) {
  return static_cast<std::size_t>(std::ranges::count_if(all_formats(), [&](const FormatInfo& info) {
    const auto support = manager.format_support(descriptor_of(info.format, TextureDimension::d2, copies));
    return support && both_ways(*support);
  }));
}

}  // namespace geyser::tools
