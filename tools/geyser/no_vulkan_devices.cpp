#include "tools/geyser/measure.hpp"
#include "tools/geyser/vulkan_devices.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] Error not_built() {
  return Error(Errc::unsupported_feature, "This geyser was built without the Vulkan backend; build it with GEYSER_WITH_VULKAN=ON.");
}

}  // namespace

void add_vulkan_devices(DeviceList& list, std::string_view, bool) { list.vulkan_failure = not_built(); }
Result<std::optional<HandOver>> measure_hand_over(const DeviceIdentity&, const TextureDescriptor&, int) {
  return std::optional<HandOver>();
}
Result<TextureShareManager> open_vulkan_device(const ListedDevice&) { return not_built(); }

}  // namespace geyser::tools
