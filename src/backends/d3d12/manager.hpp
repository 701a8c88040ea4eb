// One device with its queue.
#pragma once

#include "backends/d3d12/host_bridge.hpp"
#include "backends/d3d12/sync.hpp"
#include "backends/d3d12/texture.hpp"
#include "backends/d3d12/transfer.hpp"
#include "core/backend.hpp"

namespace geyser::d3d12 {

class Manager final : public detail::Backend {
 public:
  explicit Manager(std::shared_ptr<Context> device_context, std::uint64_t staging_limit = default_staging_limit);

  [[nodiscard]] const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Result<std::vector<FormatSupport>> format_support(const TextureDescriptor& descriptor) override;
  Result<std::shared_ptr<detail::TextureContents>> allocate(const TextureDescriptor& descriptor, const CreateOptions& options) override;
  Result<TextureHandle> export_memory(const detail::TextureContents& texture) override;
  Result<std::shared_ptr<detail::TextureContents>> import_memory(TextureHandle& handle) override;
  Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) override;
  Result<SemaphoreHandle> export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) override;
  Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(SemaphoreHandle& handle) override;
  Result<void> signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) override;
  Result<void> copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                       std::span<const std::byte> bytes, geyser::Access& access) override;
  Result<void> copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                        std::span<std::byte> bytes, geyser::Access& access) override;

  /// Resources decay to the common state between accesses, so the points are all there is to hand on. Host timelines are waited for on the
  /// host, as by submit().
  Result<void> pass_on(detail::TextureContents& texture, geyser::Access& access, TextureLayout layout) override;
  [[nodiscard]] bool passes_on() const noexcept override { return true; }

  [[nodiscard]] const std::shared_ptr<Context>& context() const noexcept { return context_; }
  [[nodiscard]] HostBridge& bridge() noexcept { return bridge_; }
  /// signal_on_queue() for a caller who holds the queue lock, and has called bridge().prepare() for a host timeline.
  Result<void> signal_locked(detail::SemaphoreContents& semaphore, std::uint64_t value);

 private:
  std::shared_ptr<Context> context_;
  Capabilities capabilities_;
  Transfer transfer_;
  HostBridge bridge_;
};

/// submit() without the checks.
[[nodiscard]] Result<void> submit_checked(Manager& own, std::span<ID3D12CommandList* const> commands, std::span<Access* const> accesses);

/// The backend of a public manager, or device_mismatch when it is another backend's.
[[nodiscard]] Result<Manager*> d3d12_manager(const TextureShareManager& manager);

}  // namespace geyser::d3d12
