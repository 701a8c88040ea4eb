// Both devices copy by themselves, from and to the same pages of host memory. The CPU moves nothing; it only waits between the two.
#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <vector>

#include "backends/vulkan/buffer_copies.hpp"
#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "core/regions.hpp"
#include "core/stripes.hpp"
#include "crossing/carrier.hpp"
#include "crossing/open_vulkan.hpp"

namespace geyser::detail {
namespace {

/// What crosses at once: large enough for the link's full speed, small enough for the way out of one device and the way into the other to
/// overlap.
constexpr std::uint64_t stripe_bytes = std::uint64_t{8} << 20U;
constexpr std::size_t slots = 8;
/// Stripes on their way out of the source. Fewer than there are slots, so that the slot of the next one was passed on some time ago.
constexpr std::size_t ahead = slots / 2;

/// How long a failed copy is waited for even if its time is over.
constexpr std::chrono::seconds at_least{2};

/// Host memory that starts and ends on a border, and that both devices see.
class Pages {
 public:
  Pages() = default;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    out.reset();
    in.reset();
    if (data_ != nullptr) ::operator delete(data_, std::align_val_t{border_});
  }
  Result<void> make(std::uint64_t size, std::uint64_t border, const TextureShareManager& source, const TextureShareManager& target) {
    data_ = static_cast<std::byte*>(::operator new(static_cast<std::size_t>(size), std::align_val_t{border}, std::nothrow));
    if (data_ == nullptr)
      return Error(Errc::out_of_memory, text("There are no ", size, " bytes of host memory for frames between devices."));
    border_ = border;
    const std::span<std::byte> memory(data_, static_cast<std::size_t>(size));
    for (const bool first : {true, false}) {
      auto imported = vulkan::import_host_memory(first ? source : target, memory);
      if (!imported) return std::move(imported).error();
      (first ? out : in).emplace(*std::move(imported));
    }
    return {};
  }
  std::optional<vulkan::HostBuffer> out;  ///< as the source sees it
  std::optional<vulkan::HostBuffer> in;   ///< as the target does

 private:
  std::byte* data_ = nullptr;
  std::uint64_t border_ = 0;
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
    std::uint64_t row = 0;
    auto ok = for_each_region(texture, [&](const TextureRegion& region) -> Result<void> {
      auto layout = region_layout(texture, region);
      if (!layout) return std::move(layout).error();
      most = std::max(most, layout->total_bytes);
      row = std::max<std::uint64_t>(row, layout->row_bytes);
      return {};
    });
    if (!ok) return ok;
    const std::uint64_t slot = (std::max(row, std::min(most, stripe_bytes)) + border_ - 1) / border_ * border_;
    if (slot <= slot_bytes_) return {};
    if (!out_) {
      auto out = vulkan::BufferCopies::create(source_);
      if (!out) return std::move(out).error();
      auto in = vulkan::BufferCopies::create(target_);
      if (!in) return std::move(in).error();
      out_ = *std::move(out);
      in_ = *std::move(in);
    }
    auto pages = std::make_shared<Pages>();
    if (ok = pages->make(slot * slots, border_, source_, target_); !ok) return ok;
    pages_ = std::move(pages);  // what is under way keeps the old ones
    slot_bytes_ = slot;
    passed_on_ = {};
    return {};
  }

  Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) override {
    return guard([&]() -> Result<void> {
      const auto deadline = Clock::now() + default_gpu_timeout;
      auto ok = prepare(from.texture->descriptor());
      if (ok) ok = cut(from.texture->descriptor(), regions);
      if (!ok) return ok;
      const auto& point = Private::signal(*to.access);
      const bool later = point && point->semaphore.kind() != SemaphoreKind::host_timeline;
      auto done = guard([&] { return cross(from, to, later, deadline); });
      if (done) return later ? std::move(done) : in_->wait(in_->newest(), deadline);
      const auto end = std::max(deadline, Clock::now() + at_least);
      static_cast<void>(out_->wait(out_->newest(), end));
      static_cast<void>(in_->wait(in_->newest(), end));
      return done;
    });
  }

 private:
  using Clock = vulkan::BufferCopies::Clock;

  Result<void> cut(const TextureDescriptor& texture, std::span<const TextureRegion> regions) {
    stripes_.clear();
    for (const TextureRegion& region : regions) {
      auto layout = region_layout(texture, region);
      if (!layout) return std::move(layout).error();
      auto ok = for_each_stripe(texture.format, region, *layout, slot_bytes_,
                                [&](const TextureRegion& stripe, std::uint64_t, std::uint64_t) -> Result<void> {
                                  stripes_.push_back({stripe, 0});
                                  return {};
                                });
      if (!ok) return ok;
    }
    return {};
  }

  /// Each stripe goes out into a slot and in from there, while others go out. The CPU moves nothing; it tells the target when to begin.
  Result<void> cross(const End& from, const End& to, bool later, Clock::time_point deadline) {
    const std::shared_ptr<const vulkan::HostBuffer> out(pages_, &*pages_->out);
    const std::shared_ptr<const vulkan::HostBuffer> in(pages_, &*pages_->in);
    const std::size_t first = turn_;
    turn_ += stripes_.size();
    const auto slot_of = [&](std::size_t stripe) { return (first + stripe) % slots; };
    std::size_t sent = 0;
    for (std::size_t passed = 0; passed < stripes_.size(); ++passed) {
      for (; sent < stripes_.size() && sent - passed < ahead; ++sent) {
        if (auto ok = in_->wait(passed_on_[slot_of(sent)], deadline); !ok) return ok;
        auto number = out_->begin(*from.access, {.region = stripes_[sent].region, .buffer = out, .offset = slot_of(sent) * slot_bytes_});
        if (!number) return std::move(number).error();
        stripes_[sent].number = *number;
      }
      if (auto ok = out_->wait(stripes_[passed].number, deadline); !ok) return ok;
      auto number = in_->begin(*to.access, {.region = stripes_[passed].region,
                                            .buffer = in,
                                            .offset = slot_of(passed) * slot_bytes_,
                                            .signals = later && passed + 1 == stripes_.size()});
      if (!number) return std::move(number).error();
      passed_on_[slot_of(passed)] = *number;
    }
    return {};
  }

  struct Stripe {
    TextureRegion region;
    std::uint64_t number = 0;  ///< of its way out
  };
  TextureShareManager source_;
  TextureShareManager target_;
  std::uint64_t border_;
  std::shared_ptr<Pages> pages_;
  std::uint64_t slot_bytes_ = 0;
  std::unique_ptr<vulkan::BufferCopies> out_;
  std::unique_ptr<vulkan::BufferCopies> in_;
  std::array<std::uint64_t, slots> passed_on_{};  ///< the way in that used each slot last
  std::size_t turn_ = 0;
  std::vector<Stripe> stripes_;
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
