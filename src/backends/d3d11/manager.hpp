// One device with what it can share.
#pragma once

#include "backends/d3d11/external_nt.hpp"
#include "backends/d3d11/sync.hpp"
#include "backends/d3d11/texture.hpp"
#include "core/backend.hpp"

namespace geyser::d3d11 {

class Manager final : public detail::Backend {
 public:
  explicit Manager(std::shared_ptr<Context> context);

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
  /// Errors: as create_shareable_texture().
  [[nodiscard]] Result<std::shared_ptr<Texture>> allocate_shared(const TextureDescriptor& descriptor, bool keyed_mutex);
  /// Whether textures of this device have a keyed mutex when nobody says otherwise.
  [[nodiscard]] bool keyed_mutex_by_default() const noexcept;

 private:
  void fill_capabilities();
  /// Why this device does not make `descriptor` shareable; asked with a small texture of the same kind and remembered. A clause, or empty.
  Result<std::string> why_not_made(const TextureDescriptor& descriptor);

  struct Asked {
    TextureFormat format;
    TextureDimension dimension;
    TextureUsage usage;
    std::string why_not;
  };
  std::shared_ptr<Context> context_;
  Capabilities capabilities_;
  std::mutex asked_mutex_;
  std::vector<Asked> asked_;  // guarded by asked_mutex_
};

}  // namespace geyser::d3d11
