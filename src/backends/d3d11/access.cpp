// Accesses around the caller's own commands.
#include "backends/d3d11/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  if (auto* texture = dynamic_cast<Texture*>(contents)) return texture;
  return Error(Errc::device_mismatch, text("The access belongs to a texture of the backend ", contents->backend()->name(),
                                           ", not to one of a Direct3D 11 manager."));
}

}  // namespace

Result<void> acquire(Access& access, std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was acquired already; one is enough for all commands until release().");
    }
    const auto deadline = Clock::now() + timeout;
    Context& context = *(*texture)->context;
    auto& keyed_mutex = (*texture)->keyed_mutex;
    // The mutex last: whoever holds it may be what the points wait for.
    if (auto ok = wait_for_points(context, access.waits(), deadline); !ok) return ok;
    if (keyed_mutex) {
      if (auto ok = keyed_mutex->acquire(deadline, access.mode() == AccessMode::write); !ok) return ok;
    }
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> release(Access& access) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was not acquired; call acquire() on it before release().");
    }
    Context& context = *(*texture)->context;
    if ((*texture)->keyed_mutex) {
      if (auto ok = (*texture)->keyed_mutex->release(); !ok) return ok;
    }
    const auto deadline = Clock::now() + default_gpu_timeout;
    const auto& signal = access.signal();
    auto done =
        signal ? signal_behind_commands(context, *Private::contents(signal->semaphore), signal->value, deadline) : context.finish(deadline);
    if (!done) return done;
    Private::released(access) = TextureLayout::general;
    return {};
  });
}

}  // namespace geyser::d3d11
