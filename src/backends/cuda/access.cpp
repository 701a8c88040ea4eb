// Accesses in the caller's own streams.
#include "backends/cuda/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  if (auto* texture = dynamic_cast<Texture*>(contents)) return texture;
  return Error(Errc::device_mismatch,
               text("The access belongs to a texture of the backend ", contents->backend()->name(), ", not to one of a CUDA manager."));
}

}  // namespace

Result<void> acquire(Access& access, Stream stream) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was acquired already; let other streams wait for an event of the first one.");
    }
    const Context& context = *(*texture)->memory.context;
    const Current current(context);
    if (!current) return current.error();
    if (auto ok = wait_for_points(context, access.waits(), stream, Clock::now() + default_gpu_timeout, false); !ok) return ok;
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> release(Access& access, Stream stream, TextureLayout layout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was not acquired; call acquire() on it before release().");
    }
    if (layout == TextureLayout::undefined || layout > TextureLayout::transfer_dst) {
      return Error(Errc::invalid_argument, text("A texture cannot be released in layout ", to_string(layout), "; release it in general."));
    }
    const Context& context = *(*texture)->memory.context;
    const Current current(context);
    if (!current) return current.error();
    const auto& signal = access.signal();
    auto done = signal ? signal_in_stream(context, *Private::contents(signal->semaphore), signal->value, stream)
                       : finish(context, stream, Clock::now() + default_gpu_timeout);
    if (!done) return done;
    Private::released(access) = layout;
    return {};
  });
}

}  // namespace geyser::cuda
