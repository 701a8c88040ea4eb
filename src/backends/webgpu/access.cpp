// Accesses in the caller's own commands.
#include "backends/webgpu/handover.hpp"
#include "core/guard.hpp"

namespace geyser::webgpu {
namespace {

using detail::guard;
using detail::Private;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  return webgpu_texture(contents);
}

}  // namespace

Result<WGPUTexture> acquire(Access& access) {
  return guard([&]() -> Result<WGPUTexture> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was acquired already; release() it, or go on using its WGPUTexture.");
    }
    auto entered = Entered::enter(*(*texture)->context);
    if (!entered) return std::move(entered).error();
    auto native = begin_dawn(*entered, **texture, access);
    if (native) Private::acquired(access) = true;
    return native;
  });
}

Result<void> release(Access& access) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access is not acquired; call acquire() on it once before release().");
    }
    HostWait wait;
    {
      Private::acquired(access) = false;  // whatever happens: a lost device ends Dawn's access as well
      auto entered = Entered::enter(*(*texture)->context);
      if (!entered) {
        Private::content(access) = access.mode() == AccessMode::read;
        return std::move(entered).error();
      }
      auto ended = end_dawn(*entered, **texture, access);
      if (!ended) return std::move(ended).error();
      wait = *std::move(ended);
    }
    auto waited = wait.wait(default_gpu_timeout);
    if (!waited) Private::content(access) = access.mode() == AccessMode::read;
    return waited;
  });
}

}  // namespace geyser::webgpu
