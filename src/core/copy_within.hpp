// A copy within an access that the caller opened, by whatever copies.
#pragma once

#include <utility>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::detail {

/// Runs `copy(contents, layout)` with the access's signal set aside, and leaves the access as one whose waits are over. `check(layout)`
/// says beforehand whether the region fits what the bytes are in. Errors: invalid_state (the access has ended, or the caller's commands
/// acquired it), and those of region_layout(), `check` and `copy`; the access stays open.
template <class Check, class Copy>
[[nodiscard]] Result<void> copy_within(geyser::Access& access, const TextureRegion& region, Check&& check, Copy&& copy) {
  return guard([&]() -> Result<void> {
    const std::shared_ptr<TextureContents> contents = Private::shared(access);
    if (!contents) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
    auto layout = region_layout(contents->descriptor(), region);
    if (!layout) return std::move(layout).error();
    if (Result<void> ok = check(*layout); !ok) return ok;
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state,
                   "The caller's own commands have acquired the texture in this access; copy before them, or within them.");
    }
    auto signal = std::exchange(Private::signal(access), std::nullopt);
    Result<void> done = copy(*contents, *layout);
    Private::signal(access) = std::move(signal);
    Private::acquired(access) = false;
    if (!done) return done;
    TextureState& state = Private::state(access);
    state.initialized = true;
    state.layout = Private::released(access);
    state.points.clear();
    return {};
  });
}

}  // namespace geyser::detail
