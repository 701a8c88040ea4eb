// Accesses in the caller's own commands.
#include "backends/opengl/sync.hpp"
#include "core/guard.hpp"
#include "geyser/manager.hpp"

namespace geyser::opengl {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  return opengl_texture(contents);
}

}  // namespace

Result<void> acquire(Access& access) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was acquired already; release() it, or go on using the texture.");
    }
    auto entered = Entered::enter(*(*texture)->context);
    if (!entered) return std::move(entered).error();
    if (auto ok = wait_on_host(access, false, default_gpu_timeout); !ok) return ok;
    wait_on_gpu(**texture, access);
    if (auto ok = entered->check("glWaitSemaphoreEXT"); !ok) return ok;
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> release(Access& access, TextureLayout layout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (layout == TextureLayout::undefined || layout > TextureLayout::transfer_dst) {
      return Error(Errc::invalid_argument, text("A texture cannot be released in layout ", to_string(layout),
                                                "; release it in general, or in the layout that the next access expects."));
    }
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access is not acquired; call acquire() on it once before each release().");
    }
    AdoptedContext& context = *(*texture)->context;
    auto entered = Entered::enter(context);
    if (!entered) return std::move(entered).error();
    const auto& point = access.signal();
    detail::SemaphoreContents* semaphore = point ? Private::contents(point->semaphore) : nullptr;
    if (semaphore != nullptr && native_of(*semaphore) != nullptr) {
      signal_on_gpu(*semaphore, point->value, *texture, layout);
      if (auto ok = entered->check("glSignalSemaphoreEXT"); !ok) return ok;
    } else {
      if (auto ok = context.finish(default_gpu_timeout); !ok) return ok;
      if (semaphore != nullptr) {
        if (auto ok = semaphore->signal(point->value); !ok) return ok;
      }
    }
    Private::released(access) = layout;
    Private::acquired(access) = false;
    return {};
  });
}

}  // namespace geyser::opengl
