#include "backends/opengl/texture.hpp"

#include "core/guard.hpp"

namespace geyser::opengl {

using detail::text;

Texture::~Texture() {
  context->bury(NameKind::texture, name);
  context->bury(NameKind::memory, memory);
}

std::string describe_use(const TextureDescriptor& descriptor) {
  return text(to_string(descriptor.format), " ", to_string(descriptor.dimension), " with usage ", to_string(descriptor.usage));
}

Result<Texture*> opengl_texture(detail::TextureContents* contents) {
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from or never created.");
  if (auto* mine = dynamic_cast<Texture*>(contents)) return mine;
  return Error(Errc::device_mismatch, text("The texture belongs to a manager of the backend ", contents->backend()->name(),
                                           ", not to an OpenGL manager; export it there and import it here."));
}

Result<NativeTexture> native(const SharedTexture& texture) {
  return detail::guard([&]() -> Result<NativeTexture> {
    auto mine = opengl_texture(detail::Private::contents(texture));
    if (!mine) return std::move(mine).error();
    return NativeTexture{(*mine)->name, (*mine)->target, (*mine)->format.internal};
  });
}

}  // namespace geyser::opengl
