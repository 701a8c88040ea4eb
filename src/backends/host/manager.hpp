// The host backend: no device, no queue, memory that every process can map.
#pragma once

#include "backends/host/texture.hpp"
#include "core/backend.hpp"

namespace geyser::host {

class Manager final : public detail::Backend {
 public:
  Manager();

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

 private:
  Capabilities capabilities_;
};

}  // namespace geyser::host
