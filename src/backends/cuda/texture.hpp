// A texture on this device: memory from one of four sources, seen as plain rows or as arrays.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "backends/cuda/formats.hpp"
#include "core/backend.hpp"
#include "core/partner.hpp"
#include "platform/shared_memory.hpp"

namespace geyser::cuda {

/// What holds the bytes; freed in the order that the driver wants. Ownership: all that is set.
class Memory {
 public:
  explicit Memory(std::shared_ptr<Context> device_context) noexcept : context(std::move(device_context)) {}
  Memory(Memory&& other) noexcept;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();
  /// Leaves everything allocated: the device may still use it.
  void forget() noexcept;

  std::shared_ptr<Context> context;
  // external_fd.cpp
  api::ExternalMemory external = nullptr;
  api::DevicePointer buffer = 0;
  api::MipmappedArray array = nullptr;
  // external_vmm.cpp
  api::Allocation allocation = 0;
  api::DevicePointer address = 0;
  std::uint64_t bytes = 0;  ///< reserved at `address`
  bool mapped = false;
  api::Device open_to = -1;  ///< another device that may use it (peer.cpp)
  // external_host.cpp
  std::optional<platform::SharedMemory> pages;
  bool registered = false;
  bool read_only = false;
};

/// One subresource of plain memory.
struct Place {
  api::DevicePointer pointer = 0;
  std::uint64_t row_pitch = 0;    ///< bytes
  std::uint64_t slice_pitch = 0;  ///< bytes
  RegionLayout layout;            ///< the whole subresource
};

class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, Init init, Memory held) noexcept
      : TextureContents(std::move(backend), std::move(init)), memory(std::move(held)) {}
  ~Texture() override;

  [[nodiscard]] bool linear() const noexcept { return memory.array == nullptr; }
  /// Linear textures. Errors: invalid_argument (no such level, layer, plane).
  [[nodiscard]] Result<Place> place(const TextureRegion& region) const;
  /// Tiled textures; the level is there.
  [[nodiscard]] Result<api::Array> level(std::uint32_t mip_level) const;
  [[nodiscard]] Result<api::Object> surface(std::uint32_t mip_level);
  [[nodiscard]] Result<api::Object> texture_object(const Sampling& sampling);

  Memory memory;
  ArrayShape shape;                   // tiled
  api::DevicePointer base = 0;        // linear: the first byte of the first row, or of shared memory
  std::uint64_t row_pitch = 0;        // linear, not in shared memory
  std::optional<SharedTexture> twin;  // the partner's, when it allocated the memory
  std::atomic<bool> copying{false};   // a copy timed out and may still run

 private:
  struct CachedSurface {
    std::uint32_t mip_level;
    api::Object object;
  };
  struct CachedTexture {
    Sampling sampling;
    api::Object object;
  };
  std::mutex objects_mutex_;
  std::vector<CachedSurface> surfaces_;
  std::vector<CachedTexture> textures_;
};

/// Errors: device_mismatch, invalid_argument.
[[nodiscard]] Result<Texture*> cuda_texture(const SharedTexture& texture);

/// Who a texture belongs to once it is made.
struct Maker {
  std::shared_ptr<detail::Backend> backend;
  std::shared_ptr<Context> context;
  bool imported = true;
  detail::Partner* partner = nullptr;  ///< the backend's; null without one
};
// One per source. Each takes the OS handle out of `handle` only on success.
[[nodiscard]] Result<std::shared_ptr<Texture>> import_opaque_fd(const Maker& maker, TextureHandle& handle);
[[nodiscard]] Result<std::shared_ptr<Texture>> import_vmm(const Maker& maker, TextureHandle& handle);
[[nodiscard]] Result<std::shared_ptr<Texture>> import_shared_memory(const Maker& maker, TextureHandle& handle);
/// Memory of CUDA's own; why_not_linear() is empty and features.vmm is set.
[[nodiscard]] Result<std::shared_ptr<Texture>> allocate_vmm(const Maker& maker, const TextureDescriptor& descriptor);
/// Of a texture of allocate_vmm().
[[nodiscard]] Result<TextureHandle> export_vmm(const Texture& texture);

/// Checks of a handle with plain rows; gives the byte offset of the first row. Errors: protocol_error, unsupported_format.
[[nodiscard]] Result<std::uint64_t> check_linear(const TextureHandleInfo& info);
[[nodiscard]] Error contradiction(std::string_view field, const std::string& given, const std::string& expected);

}  // namespace geyser::cuda
