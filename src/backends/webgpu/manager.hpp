// The WebGPU backend: ties context, partner, textures and transfers together.
#pragma once

#include "backends/webgpu/sync.hpp"
#include "backends/webgpu/texture.hpp"
#include "backends/webgpu/transfer.hpp"

namespace geyser::webgpu {

class Manager final : public detail::Backend {
 public:
  /// Errors: device_mismatch, unsupported_feature.
  static Result<std::shared_ptr<Manager>> create(std::shared_ptr<Context> context, detail::Partner partner);
  ~Manager() override;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  [[nodiscard]] bool thread_bound() const noexcept override { return !context_->any_thread(); }
  [[nodiscard]] const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Result<std::vector<FormatSupport>> format_support(const TextureDescriptor& descriptor) override;
  Result<std::shared_ptr<detail::TextureContents>> allocate(const TextureDescriptor& descriptor, const CreateOptions& options) override;
  Result<TextureHandle> export_memory(const detail::TextureContents& texture) override;
  Result<std::shared_ptr<detail::TextureContents>> import_memory(TextureHandle& handle) override;
  Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) override;
  Result<SemaphoreHandle> export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) override;
  Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(SemaphoreHandle& handle) override;
  /// Waits on the host for Dawn's queue: outside of accesses it has no semaphores.
  Result<void> signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) override;
  Result<void> copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                       std::span<const std::byte> bytes, geyser::Access& access) override;
  Result<void> copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                        std::span<std::byte> bytes, geyser::Access& access) override;

  [[nodiscard]] detail::Partner& partner() noexcept { return partner_; }
  [[nodiscard]] detail::Backend& partners_backend() noexcept { return *detail::Private::backend(partner_.manager()); }
  /// The kind of fence that accesses begin with.
  [[nodiscard]] const FenceFamily& fences() const noexcept { return *fences_; }
  Result<SyncPoint> take_host_point() { return host_points_.take(partner_); }
  void give_back(SyncPoint point) noexcept { host_points_.give_back(std::move(point)); }

 private:
  Manager(std::shared_ptr<Context> context, detail::Partner partner);
  Result<void> choose_fences();
  void fill_capabilities();
  Result<FormatSupport> support(const MemoryFamily& family, const TextureDescriptor& descriptor,
                                const std::vector<FormatSupport>& partners);
  /// Errors: unsupported_format, limit_exceeded.
  Result<void> check_use(const MemoryFamily& family, const TextureDescriptor& descriptor, std::string_view what);

  std::shared_ptr<Context> context_;
  detail::Partner partner_;
  Capabilities capabilities_;
  const FenceFamily* fences_ = nullptr;
  FormatCache formats_;
  HostPoints host_points_;
};

/// As create_manager(), for a device that tells `events`.
[[nodiscard]] Result<TextureShareManager> create_manager_with_events(const AdoptInfo& info, std::shared_ptr<Events> events);

}  // namespace geyser::webgpu
