// A texture in shared memory, laid out as core/host_layout.hpp says.
#pragma once

#include "core/backend.hpp"
#include "geyser/host.hpp"
#include "platform/shared_memory.hpp"

namespace geyser::host {

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
