// One device with its queue.
#pragma once

#include "backends/metal/texture.hpp"
#include "core/backend.hpp"
#include "geyser/metal.hpp"

namespace geyser::metal {

/// Host memory that the device copies from and to; the largest one is kept for the next copy. Threading: any thread.
class Staging {
 public:
  /// At least `bytes`. Errors: out_of_memory.
  [[nodiscard]] Result<std::shared_ptr<api::Buffer>> take(api::Device& device, std::uint64_t bytes);
  /// Not called for a buffer that the device may still use.
  void give_back(std::shared_ptr<api::Buffer> buffer) noexcept;

 private:
  std::mutex mutex_;
  std::shared_ptr<api::Buffer> spare_;
};

class Manager final : public detail::Backend {
 public:
  explicit Manager(std::shared_ptr<Context> context);
  ~Manager() override;

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

  /// Metal has no layouts, so the points are all there is to hand on: by a command buffer without commands. Host timelines are waited for
  /// on the host, as by acquire().
  Result<void> pass_on(detail::TextureContents& texture, geyser::Access& access, TextureLayout layout) override;
  [[nodiscard]] bool passes_on() const noexcept override { return true; }

  [[nodiscard]] const std::shared_ptr<Context>& context() const noexcept { return context_; }
  [[nodiscard]] Maker maker(bool imported) { return {.backend = shared_from_this(), .context = context_, .imported = imported}; }

 private:
  std::shared_ptr<Context> context_;
  Capabilities capabilities_;
  Staging staging_;
};

/// Errors: device_mismatch.
[[nodiscard]] Result<Manager*> metal_manager(const TextureShareManager& manager);
/// What create_manager() does once a device is adopted.
[[nodiscard]] TextureShareManager make_manager(std::shared_ptr<api::Device> device);

}  // namespace geyser::metal
