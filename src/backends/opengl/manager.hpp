// The OpenGL backend: ties context, partner, textures, semaphores and transfers together.
#pragma once

#include "backends/opengl/external_dmabuf.hpp"
#include "backends/opengl/linear.hpp"
#include "backends/opengl/transfer.hpp"

namespace geyser::opengl {

class Manager final : public detail::Backend {
 public:
  Manager(std::shared_ptr<AdoptedContext> adopted, std::optional<detail::Partner> partner);
  ~Manager() override;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  [[nodiscard]] bool thread_bound() const noexcept override { return true; }
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
  void fill_memory();
  void fill_semaphores();
  /// The partner's answer for opaque_fd; `type` is none without a partner.
  Result<FormatSupport> partners_support(const TextureDescriptor& descriptor);
  /// One clause; empty when textures like this can be imported.
  Result<std::string> why_not(const TextureDescriptor& descriptor, const FormatSupport& partners) const;

  std::shared_ptr<AdoptedContext> context_;
  std::optional<detail::Partner> partner_;
  Capabilities capabilities_;
  FormatCaps formats_;
  DmaBuf dma_buf_;
  LinearRows linear_;
  Transfer transfer_;
};

}  // namespace geyser::opengl
