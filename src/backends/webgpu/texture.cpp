#include "backends/webgpu/texture.hpp"

#include "backends/webgpu/handover.hpp"
#include "backends/webgpu/manager.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"

namespace geyser::webgpu {

using detail::text;

Texture::~Texture() {
  if (open) context->bury(Context::Object::texture, open->texture);
  context->bury(Context::Object::memory, memory);
}

void Texture::left_acquired() noexcept {
  log(LogLevel::error,
      "An access that webgpu::acquire() gave a WGPUTexture for was over before webgpu::release(); Dawn's access is ended now.");
  abandoned.store(true);
  if (!context->may_enter_unasked()) return;  // the next acquire() does it
  const auto ended = detail::guard([&]() -> Result<void> {
    auto entered = Entered::enter(*context);
    if (!entered) return std::move(entered).error();
    return end_abandoned(*entered, *this);
  });
  if (!ended) log(LogLevel::error, text("Dawn's access could not be ended: ", ended.error().describe()));
}

Manager& manager_of(const Texture& texture) noexcept { return static_cast<Manager&>(*texture.backend()); }

Result<Texture*> webgpu_texture(detail::TextureContents* contents) {
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from or never created.");
  if (auto* mine = dynamic_cast<Texture*>(contents)) return mine;
  return Error(Errc::device_mismatch, text("The texture belongs to a manager of the backend ", contents->backend()->name(),
                                           ", not to a WebGPU manager; export it there and import it here."));
}

Result<NativeTexture> native(const SharedTexture& texture) {
  return detail::guard([&]() -> Result<NativeTexture> {
    auto mine = webgpu_texture(detail::Private::contents(texture));
    if (!mine) return std::move(mine).error();
    return NativeTexture{dawn_format((*mine)->descriptor().format), (*mine)->usage};
  });
}

}  // namespace geyser::webgpu
