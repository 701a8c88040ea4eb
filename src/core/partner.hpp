// A manager of another API on the same device, for what an API cannot do itself. OpenGL and CUDA import memory and semaphores, but make few
// that can be handed over, and have no host's side of a timeline: their partner (a Vulkan manager, as a rule) does that for them.
#pragma once

#include <memory>
#include <optional>

#include "core/backend.hpp"

namespace geyser::detail {

/// A texture of the partner's, and a handle to it that the backend imports.
struct PartnerTexture {
  SharedTexture texture;  ///< keeps the memory exportable; nobody accesses it
  TextureHandle handle;
};
/// A semaphore of the partner's, and a handle to it (or the caller's own, untouched) that the backend imports.
struct PartnerSemaphore {
  SharedSemaphore twin;
  SemaphoreHandle handle;
};

/// Ownership: keeps the partner's device, as a manager does. Threading: any thread.
class GEYSER_INTERNAL_API Partner {
 public:
  /// Empty for a null `manager`. Errors: device_mismatch when it is on another device; invalid_argument for an empty manager.
  static Result<std::optional<Partner>> adopt(const TextureShareManager* manager, const DeviceIdentity& own);

  [[nodiscard]] const Capabilities& capabilities() const noexcept { return manager_.capabilities(); }
  [[nodiscard]] TextureShareManager& manager() noexcept { return manager_; }
  /// Errors: as create_shareable_texture() and export_texture().
  [[nodiscard]] Result<PartnerTexture> allocate(const TextureDescriptor& descriptor, const CreateOptions& options);
  /// Another handle to a texture of allocate().
  [[nodiscard]] Result<TextureHandle> export_again(const SharedTexture& texture) { return manager_.export_texture(texture); }
  /// Whether `handle`, said to be opaque_fd memory of this device, is a file of the type that the partner's own memory is. Asked before a
  /// driver sees it: NVIDIA's answers a memory file with "out of memory", and so every later allocation of the process. The partner makes
  /// one small texture for the answer; when it cannot, nothing is refused. Errors: protocol_error.
  [[nodiscard]] Result<void> check_own_kind(const OsHandle& handle);
  /// Where the partner's driver puts the rows of a linear texture like this one, whatever its height; empty when it makes none. The partner
  /// makes one texture of a single row for the answer, which is kept. Errors: out_of_memory, device_lost.
  [[nodiscard]] Result<std::optional<MemoryPlane>> linear_rows(const TextureDescriptor& descriptor);
  [[nodiscard]] Result<PartnerSemaphore> create_semaphore(SemaphoreKind kind, std::uint64_t initial_value);
  /// The partner imports a duplicate, which is also the handle of the result; `handle` stays as it is.
  [[nodiscard]] Result<PartnerSemaphore> import_semaphore(const SemaphoreHandle& handle);

 private:
  struct Learned;
  explicit Partner(TextureShareManager manager);
  TextureShareManager manager_;
  std::shared_ptr<Learned> learned_;
};

/// A semaphore whose host's side is the partner's; a backend derives from it and keeps its native object there.
class GEYSER_INTERNAL_API PartneredSemaphore : public SemaphoreContents {
 public:
  PartneredSemaphore(std::shared_ptr<Backend> backend, SharedSemaphore twin, bool imported) noexcept
      : SemaphoreContents(std::move(backend), twin.kind(), imported), twin_(std::move(twin)) {}
  Result<std::uint64_t> value() override { return twin_.value(); }
  Result<void> signal(std::uint64_t value) override { return twin_.signal(value); }
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override { return twin_.wait(value, timeout); }
  [[nodiscard]] const SharedSemaphore& twin() const noexcept { return twin_; }

 private:
  SharedSemaphore twin_;
};

}  // namespace geyser::detail
