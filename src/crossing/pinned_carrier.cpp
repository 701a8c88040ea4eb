// Both devices copy by themselves, from and to the same pages of host memory. The CPU moves nothing; it only waits between the two.
#include <new>

#include "backends/vulkan/host_buffer.hpp"
#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "core/regions.hpp"
#include "crossing/carrier.hpp"
#include "crossing/open_vulkan.hpp"

namespace geyser::detail {
namespace {

/// Host memory that starts and ends on a border, and that both devices see.
class Pages {
 public:
  Pages() = default;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() { clear(); }

  Result<void> grow(std::uint64_t bytes, std::uint64_t border, const TextureShareManager& source, const TextureShareManager& target) {
    if (bytes <= size_) return {};
    clear();
    const std::uint64_t size = (bytes + border - 1) / border * border;
    data_ = static_cast<std::byte*>(::operator new(static_cast<std::size_t>(size), std::align_val_t{border}, std::nothrow));
    if (data_ == nullptr)
      return Error(Errc::out_of_memory, text("There are no ", size, " bytes of host memory for a frame between devices."));
    border_ = border;
    const std::span<std::byte> memory(data_, static_cast<std::size_t>(size));
    auto out = vulkan::import_host_memory(source, memory);
    if (!out) return std::move(out).error();
    auto in = vulkan::import_host_memory(target, memory);
    if (!in) return std::move(in).error();
    out_.emplace(*std::move(out));
    in_.emplace(*std::move(in));
    size_ = size;
    return {};
  }
  [[nodiscard]] const vulkan::HostBuffer& out() const noexcept { return *out_; }
  [[nodiscard]] const vulkan::HostBuffer& in() const noexcept { return *in_; }

 private:
  void clear() noexcept {
    size_ = 0;
    out_.reset();
    in_.reset();
    if (data_ != nullptr) ::operator delete(data_, std::align_val_t{border_});
    data_ = nullptr;
  }
  std::byte* data_ = nullptr;
  std::uint64_t border_ = 0;
  std::uint64_t size_ = 0;
  std::optional<vulkan::HostBuffer> out_;
  std::optional<vulkan::HostBuffer> in_;
};

class PinnedCarrier final : public Carrier {
 public:
  PinnedCarrier(TextureShareManager source, TextureShareManager target, std::uint64_t border) noexcept
      : source_(std::move(source)), target_(std::move(target)), border_(border) {}

  [[nodiscard]] Transport transport() const noexcept override { return Transport::pinned_copy; }
  [[nodiscard]] const TextureShareManager& source() const noexcept override { return source_; }
  [[nodiscard]] const TextureShareManager& target() const noexcept override { return target_; }

  Result<void> prepare(const TextureDescriptor& texture) {
    std::uint64_t most = 0;
    auto ok = for_each_region(texture, [&](const TextureRegion& region) -> Result<void> {
      auto layout = region_layout(texture, region);
      if (!layout) return std::move(layout).error();
      most = std::max(most, layout->total_bytes);
      return {};
    });
    return ok ? pages_.grow(most, border_, source_, target_) : std::move(ok);
  }

  Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) override {
    return guard([&]() -> Result<void> {
      if (auto ok = prepare(from.texture->descriptor()); !ok) return ok;
      for (const TextureRegion& region : regions) {
        if (auto ok = vulkan::copy_host_buffer(*from.access, region, pages_.out(), 0); !ok) return ok;
        if (auto ok = vulkan::copy_host_buffer(*to.access, region, pages_.in(), 0); !ok) return ok;
      }
      return {};
    });
  }

 private:
  TextureShareManager source_;
  TextureShareManager target_;
  std::uint64_t border_;
  Pages pages_;  // after the devices that import them
};

}  // namespace

Result<std::unique_ptr<Carrier>> open_pinned_carrier(const DeviceIdentity& from, const DeviceIdentity& to,
                                                     const TextureDescriptor& texture) {
  return guard([&]() -> Result<std::unique_ptr<Carrier>> {
    auto source = open_vulkan(from);
    if (!source) return std::move(source).error();
    auto target = open_vulkan(to);
    if (!target) return std::move(target).error();
    const std::uint64_t borders[] = {vulkan::host_memory_alignment(*source), vulkan::host_memory_alignment(*target)};
    for (const bool first : {true, false}) {
      if (borders[first ? 0 : 1] != 0) continue;
      return Error(Errc::unsupported_feature,
                   text((first ? from : to).name, " cannot read and write host memory by itself (VK_EXT_external_memory_host)."));
    }
    auto made = std::make_unique<PinnedCarrier>(*std::move(source), *std::move(target), std::max(borders[0], borders[1]));  // powers of two
    if (auto ok = made->prepare(texture); !ok) return std::move(ok).error();
    return std::unique_ptr<Carrier>(std::move(made));
  });
}

}  // namespace geyser::detail
