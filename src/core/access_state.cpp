#include "core/access_state.hpp"

#include "core/message.hpp"

namespace geyser::detail {

Result<void> AccessState::begin(AccessMode mode) {
  if (writing_) {
    return Error(Errc::access_conflict, "A write access of this texture is open; end it before another access begins.");
  }
  if (mode == AccessMode::write && readers_ > 0) {
    return Error(Errc::access_conflict, text("A write access needs the texture for itself, but ", readers_,
                                             readers_ == 1 ? " read access is" : " read accesses are", " open; end them first."));
  }
  if (mode == AccessMode::write) {
    writing_ = true;
  } else {
    ++readers_;
  }
  return {};
}

void AccessState::end(AccessMode mode) noexcept {
  if (mode == AccessMode::write) {
    writing_ = false;
  } else if (readers_ > 0) {
    --readers_;
  }
}

}  // namespace geyser::detail
