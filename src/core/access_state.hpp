// Who may touch a texture now: one writer, or any number of readers. Pure logic; the owner locks.
#pragma once

#include <cstdint>

#include "geyser/shared_texture.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

class GEYSER_INTERNAL_API AccessState {
 public:
  /// Errors: access_conflict naming what is open.
  [[nodiscard]] Result<void> begin(AccessMode mode);
  void end(AccessMode mode) noexcept;
  [[nodiscard]] bool idle() const noexcept { return readers_ == 0 && !writing_; }

 private:
  std::uint32_t readers_ = 0;
  bool writing_ = false;
};

}  // namespace geyser::detail
