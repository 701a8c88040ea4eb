#include "backends/metal/texture.hpp"

#include "core/guard.hpp"
#include "geyser/metal.hpp"

namespace geyser::metal {

using detail::text;

Result<Texture*> metal_texture(const SharedTexture& texture) {
  detail::TextureContents* contents = detail::Private::contents(texture);
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from.");
  if (auto* metal = dynamic_cast<Texture*>(contents)) return metal;
  return Error(Errc::device_mismatch,
               text("The texture belongs to the ", contents->backend()->name(), " backend; export it there and import it into Metal."));
}

Result<void> check_wanted(const TextureDescriptor& descriptor, const api::DeviceInfo& device, MemoryHandleType type) {
  const std::string why =
      type == MemoryHandleType::io_surface ? why_no_surface(descriptor, device) : why_no_shared_texture(descriptor, device);
  if (why.empty()) return {};
  return Error(why_not_code(descriptor, device), text("The texture cannot be ", to_string(type), " of Metal: ", why, "."));
}

Result<NativeTexture> native(const SharedTexture& texture, std::uint32_t plane) {
  return detail::guard([&]() -> Result<NativeTexture> {
    auto found = metal_texture(texture);
    if (!found) return std::move(found).error();
    const Texture& own = **found;
    const std::uint32_t planes = own.surface && own.shape.plane_count != 0 ? own.shape.plane_count : 1;
    if (plane >= planes) {
      return Error(Errc::invalid_argument, text("plane is ", plane, "; allowed are 0 to ", planes - 1, ", the texture has ", planes, "."));
    }
    const api::TextureShape shape = own.planes[plane]->shape();
    return NativeTexture{.texture = own.planes[plane]->native(),
                         .surface = own.surface ? own.surface->native() : nullptr,
                         .plane = plane,
                         .pixel_format = shape.pixel_format,
                         .storage_mode = static_cast<std::uint32_t>(shape.storage)};
  });
}

}  // namespace geyser::metal
