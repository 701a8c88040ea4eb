// CUDA copies from one GPU to the other. The textures there are Vulkan's, because readers of every API can import those; CUDA sees them
// through imports of its own, made once for each texture and each semaphore and dropped when their owner has dropped them.
#include "crossing/peer_carrier.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

#include "backends/cuda/peer.hpp"
#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "crossing/open_vulkan.hpp"
#include "geyser/cuda.hpp"
#include "geyser/log.hpp"

namespace geyser::detail {
namespace {

class PeerCarrier final : public Carrier {
 public:
  PeerCarrier(TextureShareManager source, TextureShareManager target, TextureShareManager target_cuda,
              std::unique_ptr<cuda::PeerLink> link) noexcept
      : own_{std::move(source), std::move(target), std::move(target_cuda), {}, {}, std::move(link), nullptr} {}
  ~PeerCarrier() override {
    auto over = own_.link->finish(std::chrono::seconds(2));
    if (over || over.error().code() == Errc::device_lost) return;
    // The GPU may still write: nothing of it may be freed, and a driver asked to would wait without end.
    log(LogLevel::error, "Copies from one GPU to another do not end; what they use stays allocated.");
    static std::atomic<Own*> left{nullptr};
    auto* const kept = new (std::nothrow) Own(std::move(own_));
    if (kept != nullptr) kept->next_left = left.exchange(kept);
  }

  [[nodiscard]] Transport transport() const noexcept override { return Transport::peer_copy; }
  [[nodiscard]] const TextureShareManager& source() const noexcept override { return own_.source; }
  [[nodiscard]] const TextureShareManager& target() const noexcept override { return own_.target; }

  Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) override {
    return guard([&] { return copy(from, to, regions); });
  }

  /// Whether both devices take textures like this one; makes one to be sure.
  Result<void> try_texture(const TextureDescriptor& descriptor) {
    for (const TextureShareManager* manager : {&own_.source, &own_.target_cuda}) {
      if (auto ok = check_import(*manager, descriptor); !ok) return ok;
    }
    auto texture = own_.target.create_shareable_texture(descriptor);
    auto twin = texture ? twin_of(*texture) : Result<std::shared_ptr<SharedTexture>>(std::move(texture).error());
    if (twin) return {};
    const auto code = twin.error().code();
    if (code != Errc::unsupported_handle && code != Errc::limit_exceeded && code != Errc::unsupported_feature)
      return std::move(twin).error();
    return Error(Errc::unsupported_format, twin.error().message());
  }

 private:
  struct TextureTwin {
    std::weak_ptr<TextureContents> of;
    std::shared_ptr<SharedTexture> twin;
  };
  struct SemaphoreTwin {
    std::weak_ptr<SemaphoreContents> of;
    SharedSemaphore twin;  ///< empty: this one cannot be handed to CUDA
  };
  struct Own {
    TextureShareManager source;
    TextureShareManager target;
    TextureShareManager target_cuda;  ///< on the device of `target`, which is its partner
    std::vector<TextureTwin> textures;
    std::vector<SemaphoreTwin> semaphores;
    std::unique_ptr<cuda::PeerLink> link;  ///< destroyed first
    Own* next_left = nullptr;              ///< of those that a device never finished
  };

  static Result<void> check_import(const TextureShareManager& manager, const TextureDescriptor& descriptor) {
    auto support = manager.format_support(descriptor);
    if (!support) return std::move(support).error();
    const auto at = std::ranges::find(*support, MemoryHandleType::opaque_fd, &FormatSupport::type);
    if (at != support->end() && at->can_import) return {};
    return Error(Errc::unsupported_format, text("CUDA cannot copy ", describe(descriptor), " on ", manager.identity().name, ": ",
                                                at == support->end() || at->why_not.empty() ? "it cannot import it" : at->why_not, "."));
  }

  /// CUDA's view of a texture of target().
  Result<std::shared_ptr<SharedTexture>> twin_of(const SharedTexture& texture) {
    const auto& contents = Private::shared(texture);
    std::erase_if(own_.textures, [](const TextureTwin& each) { return each.of.expired(); });
    const auto at = std::ranges::find_if(own_.textures, [&](const TextureTwin& each) { return each.of.lock() == contents; });
    if (at != own_.textures.end()) return at->twin;
    auto handle = own_.target.export_texture(texture);
    if (!handle) return std::move(handle).error().with_context("handing a texture to CUDA");
    auto imported = own_.target_cuda.import_texture(*std::move(handle));
    if (!imported) return std::move(imported).error().with_context("handing a texture to CUDA");
    own_.textures.push_back({contents, std::make_shared<SharedTexture>(*std::move(imported))});
    return own_.textures.back().twin;
  }

  /// CUDA's view of a semaphore of target(); empty when that cannot be handed over: the host waits then. Errors: out_of_memory,
  /// device_lost.
  Result<SharedSemaphore> twin_of(const SharedSemaphore& semaphore) {
    const auto& contents = Private::shared(semaphore);
    std::erase_if(own_.semaphores, [](const SemaphoreTwin& each) { return each.of.expired(); });
    const auto at = std::ranges::find_if(own_.semaphores, [&](const SemaphoreTwin& each) { return each.of.lock() == contents; });
    if (at != own_.semaphores.end()) return at->twin;
    auto handle = own_.target.export_semaphore(semaphore);
    auto imported = handle ? own_.target_cuda.import_semaphore(*std::move(handle)) : Result<SharedSemaphore>(std::move(handle).error());
    if (!imported) {
      const auto code = imported.error().code();
      if (code == Errc::out_of_memory || code == Errc::device_lost)
        return std::move(imported).error().with_context("handing a semaphore to CUDA");
      log(LogLevel::info,
          text("CUDA cannot have a semaphore of ", own_.target.identity().name, ", so the host waits: ", imported.error().message()));
      imported = SharedSemaphore();
    }
    own_.semaphores.push_back({contents, *std::move(imported)});
    return own_.semaphores.back().twin;
  }

  Result<void> copy(const End& from, const End& to, std::span<const TextureRegion> regions) {
    auto twin = twin_of(*to.texture);
    if (!twin) return std::move(twin).error();
    // Asking an access for its signal promises it: the link asks when the copy is under way.
    cuda::PeerLink::End out{.texture = from.texture,
                            .waits = from.access->waits(),
                            .signal = Private::signal(*from.access),
                            .promise = from.access,
                            .keep = {}};
    cuda::PeerLink::End in{.texture = twin->get(), .waits = {}, .signal = {}, .promise = to.access, .keep = *twin};
    const auto deadline = std::chrono::steady_clock::now() + default_gpu_timeout;
    SyncPointList waits;
    for (const SyncPoint& point : to.access->waits()) {
      auto known = twin_of(point.semaphore);
      if (!known) return std::move(known).error();
      if (*known) {
        waits.push_back({*std::move(known), point.value});
        continue;
      }
      const auto left = std::max(std::chrono::steady_clock::duration::zero(), deadline - std::chrono::steady_clock::now());
      if (auto ok = point.semaphore.wait(point.value, left); !ok) return ok;
    }
    in.waits = std::span<const SyncPoint>(waits.begin(), waits.size());
    if (const auto& point = Private::signal(*to.access)) {
      auto known = twin_of(point->semaphore);
      if (!known) return std::move(known).error();
      if (*known) in.signal = SyncPoint{*std::move(known), point->value};
    }
    const bool later = in.signal.has_value();
    if (auto ok = own_.link->copy(out, in, regions); !ok) return ok;
    // CUDA has no layouts; whoever takes the texture over finds it in general, with content.
    Private::released(*to.access) = TextureLayout::general;
    Private::content(*to.access) = true;
    if (later) return {};
    TextureState& state = Private::state(*to.access);
    state.initialized = true;
    state.layout = TextureLayout::general;
    state.points.clear();
    return {};
  }

  Own own_;
};

/// One sentence when CUDA does not show the device.
Result<void> check_shown(const DeviceIdentity& identity) {
  auto devices = cuda::enumerate_devices();
  if (!devices) return Error(Errc::unsupported_feature, text("CUDA cannot be used: ", devices.error().message()));
  const bool shown = std::ranges::any_of(*devices, [&](const auto& one) { return one.identity.device_uuid == identity.device_uuid; });
  if (shown && !identity.device_uuid.is_nil()) return {};
  return Error(Errc::unsupported_feature, text(identity.name.empty() ? "The device" : identity.name, " (", to_string(identity.device_uuid),
                                               ") is none that CUDA shows this process."));
}

}  // namespace

Result<std::unique_ptr<Carrier>> make_peer_carrier(const DeviceIdentity& from, const TextureShareManager* partner,
                                                   TextureShareManager target, const TextureDescriptor& texture) {
  return guard([&]() -> Result<std::unique_ptr<Carrier>> {
    auto source = cuda::create_private_manager(from.device_uuid, partner);
    if (!source) return std::move(source).error();
    auto there = cuda::create_private_manager(target.identity().device_uuid, &target);
    if (!there) return std::move(there).error();
    auto link = cuda::PeerLink::open(*source, *there);
    if (!link) return std::move(link).error();
    auto made = std::make_unique<PeerCarrier>(*std::move(source), std::move(target), *std::move(there), *std::move(link));
    if (auto ok = made->try_texture(texture); !ok) return std::move(ok).error();
    return std::unique_ptr<Carrier>(std::move(made));
  });
}

Result<std::unique_ptr<Carrier>> open_peer_carrier(const DeviceIdentity& from, const DeviceIdentity& to, const TextureDescriptor& texture) {
  return guard([&]() -> Result<std::unique_ptr<Carrier>> {
    if (from.device_uuid == to.device_uuid) {
      return Error(Errc::unsupported_feature, "A peer copy is between two devices, and these are one.");
    }
    for (const auto* identity : {&from, &to}) {
      if (auto ok = check_shown(*identity); !ok) return std::move(ok).error();
    }
    auto target = open_vulkan(to);
    if (!target) return std::move(target).error();
    auto partner = open_vulkan(from);  // without it the semaphores are host timelines
    return make_peer_carrier(from, partner ? &*partner : nullptr, *std::move(target), texture);
  });
}

}  // namespace geyser::detail
