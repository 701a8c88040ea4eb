// TextureShareManager: one per device; creates, exports and imports textures and semaphores.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "geyser/capabilities.hpp"
#include "geyser/handle.hpp"
#include "geyser/semaphore.hpp"
#include "geyser/shared_texture.hpp"

namespace geyser {

namespace detail {
class Backend;
struct Private;
}  // namespace detail

/// How long the helpers that wait for the GPU (upload, read_back) wait before they give up.
inline constexpr std::chrono::seconds default_gpu_timeout{10};

struct CreateOptions {
  /// How the texture will be handed over. Empty: the backend's best type that can be exported for this descriptor.
  std::optional<MemoryHandleType> handle_type{};
  /// dma_buf: modifiers that the importer accepts, in order of preference (FormatSupport::modifiers of both sides, common_modifiers()).
  std::span<const ModifierSupport> modifiers{};
  /// Rows of texels one after the other instead of the device's own order: what CUDA's linear memory, DLPack and NumPy read without a copy.
  /// Slower to sample and draw to; most devices allow it for 2D textures with one mip level and one layer only. format_support() does not
  /// answer for it; creating does.
  bool linear = false;
};

/// Shares the textures of one device.
/// Ownership: move-only; the textures and semaphores it made keep what they need alive, in any order of destruction
/// (an adopted VkDevice must outlive all of them). Threading: every member from any thread at once.
/// On any error nothing has changed and nothing is leaked.
class [[nodiscard]] GEYSER_API TextureShareManager {
 public:
  TextureShareManager(TextureShareManager&&) noexcept;
  TextureShareManager& operator=(TextureShareManager&&) noexcept;
  TextureShareManager(const TextureShareManager&) = delete;
  TextureShareManager& operator=(const TextureShareManager&) = delete;
  ~TextureShareManager();

  /// "vulkan", "host", ... Static storage. Errors: none.
  [[nodiscard]] std::string_view backend_name() const noexcept;
  /// The device. Lives as long as *this. Errors: none.
  [[nodiscard]] const DeviceIdentity& identity() const noexcept;
  /// What the device can share. Lives as long as *this. Errors: none.
  [[nodiscard]] const Capabilities& capabilities() const noexcept;
  /// What the device can do with textures like `descriptor` (label and colour do not matter), for every memory handle type of
  /// capabilities(). Valid usage: a descriptor that validate() accepts (checked). Errors: as validate(), out_of_memory.
  [[nodiscard]] Result<std::vector<FormatSupport>> format_support(const TextureDescriptor& descriptor) const;

  /// Creates a texture with memory that can be exported.
  /// Errors: as validate(); unsupported_format, unsupported_handle, limit_exceeded (beyond this device), out_of_memory, device_lost.
  [[nodiscard]] Result<SharedTexture> create_shareable_texture(const TextureDescriptor& descriptor, const CreateOptions& options = {});
  /// Makes a handle to the texture's memory, and to the attached ready semaphore. Each call makes new OS handles, owned by the result.
  /// Valid usage: the texture was created by this manager (checked). Imported textures are not exported again: unsupported_handle.
  /// Errors: device_mismatch, unsupported_handle, out_of_memory (no descriptor free), device_lost.
  [[nodiscard]] Result<TextureHandle> export_texture(const SharedTexture& texture);
  /// Makes a texture from a handle. Consumes `handle` only on success; on error the caller still owns it, unchanged.
  /// Device and driver UUID are compared before the driver sees anything.
  /// Errors: protocol_error (the handle contradicts itself), device_mismatch, unsupported_handle, unsupported_format, limit_exceeded,
  /// out_of_memory, device_lost.
  [[nodiscard]] Result<SharedTexture> import_texture(TextureHandle&& handle);
  /// Closes the handle; the same as destroying it, for those who like to say it.
  /// Errors: none.
  void release_texture_handle(TextureHandle&& handle) noexcept;

  /// Creates a semaphore that can be exported: on the best rung of the ladder, or on the one asked for.
  /// Errors: unsupported_feature naming what the device lacks, out_of_memory, device_lost.
  [[nodiscard]] Result<SharedSemaphore> create_shared_semaphore(const SemaphoreDescriptor& descriptor = {});
  /// Makes a handle. `type` empty: the best type for the semaphore's kind. Exporting a sync_fd takes the pending signal out of the
  /// semaphore (Vulkan, copy transference). Errors: device_mismatch, unsupported_handle, invalid_state (sync_fd without a submitted signal:
  /// checked for points that signal_texture_ready() or a backend's submit() made), out_of_memory.
  [[nodiscard]] Result<SemaphoreHandle> export_semaphore(const SharedSemaphore& semaphore,
                                                         std::optional<SemaphoreHandleType> type = std::nullopt);
  /// Makes a semaphore from a handle. Consumes it only on success.
  /// Errors: protocol_error, device_mismatch, unsupported_handle, out_of_memory, device_lost.
  [[nodiscard]] Result<SharedSemaphore> import_semaphore(SemaphoreHandle&& handle);

  /// Makes `semaphore` the texture's ready semaphore: it travels with export_texture(), and is what the two calls below use.
  /// Valid usage: both belong to this manager, no access is open (checked). Errors: device_mismatch, access_conflict, invalid_argument.
  [[nodiscard]] Result<void> attach_semaphore(SharedTexture& texture, const SharedSemaphore& semaphore);
  /// The attached ready semaphore; empty when there is none. Errors: none.
  [[nodiscard]] SharedSemaphore attached_semaphore(const SharedTexture& texture) const;
  /// Announces that everything submitted to the manager's queue so far is done with the texture: signals the next value of the ready
  /// semaphore behind that work (on the host backend: at once), and marks the texture initialized. Returns the point. Errors: invalid_state
  /// (no ready semaphore), access_conflict (an access is open), device_mismatch, device_lost.
  [[nodiscard]] Result<SyncPoint> signal_texture_ready(SharedTexture& texture);
  /// Blocks until the ready semaphore is beyond the value that this SharedTexture last waited for, or `timeout` is over; marks the texture
  /// initialized. Returns the value reached (1 for a binary semaphore). Errors: timed_out saying that the exporter did not signal,
  /// invalid_state, device_lost.
  [[nodiscard]] Result<std::uint64_t> wait_for_texture(SharedTexture& texture, std::chrono::nanoseconds timeout);

  /// Copies bytes (rows without gaps, region_layout()) into the texture and waits until they are there. Opens and ends a write access of
  /// its own, so it waits for what the state says and keeps the rest of the content. Staging memory is kept and reused. Valid usage:
  /// `bytes.size()` equals region_layout().total_bytes (checked). Errors: invalid_argument, access_conflict, device_mismatch,
  /// out_of_memory, timed_out, device_lost.
  [[nodiscard]] Result<void> upload(SharedTexture& texture, const TextureRegion& region, std::span<const std::byte> bytes,
                                    const AccessInfo& info = {});
  /// Copies bytes out of the texture and waits for them. Opens and ends a read access of its own. Otherwise as upload(); also
  /// not_initialized.
  [[nodiscard]] Result<void> read_back(SharedTexture& texture, const TextureRegion& region, std::span<std::byte> bytes,
                                       const AccessInfo& info = {});

 private:
  friend struct detail::Private;
  explicit TextureShareManager(std::shared_ptr<detail::Backend> backend) noexcept;
  std::shared_ptr<detail::Backend> backend_;
};

}  // namespace geyser
