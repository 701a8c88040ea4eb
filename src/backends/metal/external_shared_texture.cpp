// Textures with mip levels, layers, depth, blocks, or formats that no IOSurface has: shared MTLTextures. The system passes them between
// processes by XPC alone (MTLSharedTextureHandle); within one process a token stands for them.
#include "backends/metal/texture.hpp"
#include "core/byte_count.hpp"
#include "core/message.hpp"
#include "core/process_objects.hpp"

namespace geyser::metal {
namespace {

using detail::text;

Error contradiction(std::string_view field, std::uint64_t given, std::uint64_t wanted) {
  return Error(Errc::protocol_error, text("The shared MTLTexture's ", field, " is ", given, "; the handle says ", wanted, "."));
}

/// The usage may be more than this side asks for: the texture's maker chose it.
Result<void> check_shape(const api::TextureShape& found, const api::TextureShape& wanted) {
  if (found.type != wanted.type) {
    return contradiction("textureType", static_cast<std::uint32_t>(found.type), static_cast<std::uint32_t>(wanted.type));
  }
  if (found.pixel_format != wanted.pixel_format) return contradiction("pixelFormat", found.pixel_format, wanted.pixel_format);
  if (found.width != wanted.width) return contradiction("width", found.width, wanted.width);
  if (found.height != wanted.height) return contradiction("height", found.height, wanted.height);
  if (found.depth != wanted.depth) return contradiction("depth", found.depth, wanted.depth);
  if (found.mip_levels != wanted.mip_levels) return contradiction("mipmapLevelCount", found.mip_levels, wanted.mip_levels);
  if (found.array_length != wanted.array_length) return contradiction("arrayLength", found.array_length, wanted.array_length);
  constexpr std::uint32_t needed = api::usage_shader_read | api::usage_shader_write | api::usage_render_target;
  if ((found.usage & wanted.usage & needed) != (wanted.usage & needed)) return contradiction("usage", found.usage, wanted.usage);
  return {};
}

std::shared_ptr<void> retained(void* native) {
  return {api::retain(native), [](void* object) { api::release(object); }};
}

}  // namespace

TextureHandleInfo shared_texture_info(const Texture& texture) {
  TextureHandleInfo info;
  info.type = MemoryHandleType::metal_texture;
  info.descriptor = texture.descriptor();
  info.exporter = texture.context->identity();
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.memory_type_index = any_memory_type;
  info.dedicated = true;
  info.native_format = format_info(texture.descriptor().format)->vulkan;
  return info;
}

Result<std::shared_ptr<Texture>> wrap_shared_texture(const Maker& maker, const TextureHandleInfo& info,
                                                     std::shared_ptr<api::Texture> texture) {
  if (auto ok = check_wanted(info.descriptor, maker.context->info(), MemoryHandleType::metal_texture); !ok) return std::move(ok).error();
  if (auto ok = check_shape(texture->shape(), shared_texture_shape(info.descriptor)); !ok) return std::move(ok).error();
  auto made = std::make_shared<Texture>(maker.backend, maker.context,
                                        detail::TextureContents::Init{.descriptor = info.descriptor,
                                                                      .handle_type = MemoryHandleType::metal_texture,
                                                                      .imported = maker.imported,
                                                                      .allocated_bytes = info.allocation_size,
                                                                      .required_bytes = info.required_size});
  made->planes[0] = std::move(texture);
  return made;
}

Result<std::shared_ptr<Texture>> allocate_shared_texture(const Maker& maker, const TextureDescriptor& descriptor) {
  if (auto ok = check_wanted(descriptor, maker.context->info(), MemoryHandleType::metal_texture); !ok) return std::move(ok).error();
  auto texture = maker.context->device().create_shared_texture(shared_texture_shape(descriptor));
  if (!texture) return std::move(texture).error();
  TextureHandleInfo info;
  info.descriptor = descriptor;
  // Metal does not say what a private texture takes; its content is the least.
  info.allocation_size = info.required_size = *detail::total_bytes(descriptor);
  return wrap_shared_texture(maker, info, *std::move(texture));
}

Result<TextureHandle> export_shared_texture(const Texture& texture) {
  auto token = detail::publish_process_object(detail::ProcessObjectKind::metal_texture, retained(texture.planes[0]->native()));
  if (!token) return std::move(token).error();
  TextureHandle handle;
  handle.info = shared_texture_info(texture);
  handle.handles[0] = *std::move(token);
  return handle;
}

Result<std::shared_ptr<Texture>> import_shared_texture(const Maker& maker, TextureHandle& handle) {
  auto object = detail::find_process_object(detail::ProcessObjectKind::metal_texture, handle.handles[0]);
  if (!object) return std::move(object).error();
  auto native = maker.context->device().texture_from_native(object->get());
  if (!native) return std::move(native).error();
  auto texture = wrap_shared_texture(maker, handle.info, *std::move(native));
  if (texture) {
    handle.handles[0].reset();
    detail::sweep_process_objects();
  }
  return texture;
}

}  // namespace geyser::metal
