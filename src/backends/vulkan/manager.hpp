// The Vulkan backend: ties context, textures, semaphores, transfers and the host bridge together.
#pragma once

#include "backends/vulkan/host_bridge.hpp"
#include "backends/vulkan/pass_on.hpp"
#include "backends/vulkan/sync.hpp"
#include "backends/vulkan/texture.hpp"
#include "backends/vulkan/transfer.hpp"

namespace geyser::vulkan {

class Manager final : public detail::Backend {
 public:
  explicit Manager(std::shared_ptr<Context> device_context);

  [[nodiscard]] const Capabilities& capabilities() const noexcept override { return context_->capabilities; }
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
  Result<void> pass_on(detail::TextureContents& texture, geyser::Access& access, TextureLayout layout) override;
  [[nodiscard]] bool passes_on() const noexcept override { return true; }
  [[nodiscard]] std::optional<detail::DeviceNumbers> numbers() const noexcept override;

  [[nodiscard]] const std::shared_ptr<Context>& context() const noexcept { return context_; }
  [[nodiscard]] Transfer& transfer() noexcept { return transfer_; }
  [[nodiscard]] PassOn& passes() noexcept { return passes_; }
  [[nodiscard]] HostBridge& bridge() noexcept { return bridge_; }

 private:
  Result<const FormatCaps*> caps(const TextureDescriptor& descriptor, MemoryHandleType type);

  std::shared_ptr<Context> context_;
  FormatCache formats_;
  Transfer transfer_;
  PassOn passes_;
  HostBridge bridge_;
};

/// The backend of a public manager, or device_mismatch when it is another backend's, or device_lost with the cause.
[[nodiscard]] Result<Manager*> vulkan_manager(const TextureShareManager& manager);

}  // namespace geyser::vulkan
