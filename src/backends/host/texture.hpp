// A texture in shared memory: where each level, layer and plane lies.
#pragma once

#include "core/backend.hpp"
#include "geyser/host.hpp"
#include "platform/shared_memory.hpp"

namespace geyser::host {

/// Where a plane's subresources lie. Planes follow each other, inside a plane the mip levels, inside a level the layers; rows without gaps;
/// every subresource starts on a multiple of 256 bytes. Exporter and importer compute the same from the descriptor alone.
struct Placement {
  std::uint64_t offset = 0;  ///< bytes from the start of the memory to the subresource
  RegionLayout level;        ///< the whole subresource
};
/// Errors: invalid_argument when the region's level, layer or plane does not exist.
[[nodiscard]] Result<Placement> place(const TextureDescriptor& descriptor, std::uint32_t mip_level, std::uint32_t array_layer,
                                      std::uint32_t plane);
/// Bytes of the whole texture. Errors: limit_exceeded beyond 64 bits.
[[nodiscard]] Result<std::uint64_t> memory_bytes(const TextureDescriptor& descriptor);

class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, Init init, platform::SharedMemory memory)
      : TextureContents(std::move(backend), std::move(init)), memory_(std::move(memory)) {}

  [[nodiscard]] const platform::SharedMemory& memory() const noexcept { return memory_; }
  /// The region's bytes. Errors: invalid_argument.
  [[nodiscard]] Result<MappedRegion> map(const TextureRegion& region) const;

 private:
  platform::SharedMemory memory_;
};

}  // namespace geyser::host
