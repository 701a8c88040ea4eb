// Read back, then uploaded: two copies by devices and two by the CPU, and every device can do it.
#include "core/backend.hpp"
#include "core/guard.hpp"
#include "crossing/carrier.hpp"
#include "crossing/open_vulkan.hpp"

namespace geyser::detail {
namespace {

class HostCarrier final : public Carrier {
 public:
  HostCarrier(TextureShareManager source, TextureShareManager target) noexcept : source_(std::move(source)), target_(std::move(target)) {}

  [[nodiscard]] Transport transport() const noexcept override { return Transport::host_copy; }
  [[nodiscard]] const TextureShareManager& source() const noexcept override { return source_; }
  [[nodiscard]] const TextureShareManager& target() const noexcept override { return target_; }

  Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) override {
    return guard([&]() -> Result<void> {
      for (const TextureRegion& region : regions) {
        const auto layout = region_layout(from.texture->descriptor(), region);
        if (!layout) return layout.error().clone();
        if (bytes_.size() < layout->total_bytes) bytes_.resize(static_cast<std::size_t>(layout->total_bytes));
        const std::span<std::byte> bytes(bytes_.data(), static_cast<std::size_t>(layout->total_bytes));
        if (auto ok = copy_from(*from.access, region, bytes); !ok) return ok;
        if (auto ok = copy_into(*to.access, region, bytes); !ok) return ok;
      }
      return {};
    });
  }

 private:
  TextureShareManager source_;
  TextureShareManager target_;
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<std::unique_ptr<Carrier>> open_host_carrier(const DeviceIdentity& from, const DeviceIdentity& to, const TextureDescriptor&) {
  return guard([&]() -> Result<std::unique_ptr<Carrier>> {
    auto source = open_vulkan(from);
    if (!source) return std::move(source).error();
    auto target = open_vulkan(to);
    if (!target) return std::move(target).error();
    return std::unique_ptr<Carrier>(std::make_unique<HostCarrier>(*std::move(source), *std::move(target)));
  });
}

}  // namespace geyser::detail
