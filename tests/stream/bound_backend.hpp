// A device for tests that may only be used where its context is current, as OpenGL, and that counts every call from another thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/backend.hpp"

namespace geyser::stream_test {

struct BoundOptions {
  bool thread_bound = true;
  bool exports_timelines = true;  ///< false: as OpenGL and CUDA without a partner, which import them only
  bool tells_driver = true;       ///< false: a nil driver UUID, as CUDA's
};

/// 2D textures with one level and one layer, in memory that opaque descriptors carry; other backends cannot import them.
/// Threading: as its OpenGL twin; what may be called from any thread says so.
class BoundBackend final : public detail::Backend {
 public:
  explicit BoundBackend(const BoundOptions& options);
  /// The calling thread owns the context from now on.
  void make_current() noexcept;
  /// Calls from a thread where the context was not current, by name. Any thread.
  [[nodiscard]] std::vector<std::string> trespasses() const;
  /// Textures that were asked for with CreateOptions::linear. Any thread.
  [[nodiscard]] std::uint32_t linear_textures() const noexcept { return linear_textures_.load(); }

  [[nodiscard]] bool thread_bound() const noexcept override { return options_.thread_bound; }
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
  /// invalid_state from another thread than the context's; also counted.
  [[nodiscard]] Result<void> enter(const char* call) const;
  Result<void> copy(detail::TextureContents& texture, const RegionLayout& layout, std::byte* bytes, bool in, geyser::Access& access);

  const BoundOptions options_;
  Capabilities capabilities_;
  std::atomic<std::uint32_t> linear_textures_{0};
  mutable std::mutex mutex_;
  std::thread::id owner_;                        // guarded by mutex_
  mutable std::vector<std::string> trespasses_;  // guarded by mutex_
};

/// A manager on it.
[[nodiscard]] inline TextureShareManager manager_of(const std::shared_ptr<BoundBackend>& backend) { return detail::Private::make(backend); }

}  // namespace geyser::stream_test
