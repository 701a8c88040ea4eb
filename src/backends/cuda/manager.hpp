// One device with its context, and the partner that makes what CUDA cannot.
#pragma once

#include "backends/cuda/sync.hpp"
#include "backends/cuda/texture.hpp"
#include "core/backend.hpp"

namespace geyser::cuda {

class Manager final : public detail::Backend {
 public:
  Manager(std::shared_ptr<Context> context, std::optional<detail::Partner> partner);

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

  [[nodiscard]] const std::shared_ptr<Context>& context() const noexcept { return context_; }

 private:
  void fill_capabilities();
  Result<FormatSupport> opaque_fd_support(const TextureDescriptor& descriptor);
  Result<std::shared_ptr<Texture>> allocate_with_partner(const TextureDescriptor& descriptor, bool linear);
  Result<std::shared_ptr<detail::SemaphoreContents>> with_partner(detail::PartnerSemaphore made, bool imported);
  [[nodiscard]] Maker maker(bool imported);

  std::shared_ptr<Context> context_;
  std::optional<detail::Partner> partner_;
  Capabilities capabilities_;
};

// transfer.cpp. `layout` describes `bytes`. Waits for the access's points, copies, waits for the copy, and signals.
[[nodiscard]] Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout,
                                   std::span<const std::byte> bytes, geyser::Access& access);
[[nodiscard]] Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                                    geyser::Access& access);

}  // namespace geyser::cuda
