#include "backends/cuda/texture.hpp"

#include "core/guard.hpp"
#include "core/host_layout.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::cuda {

using detail::text;

Memory::Memory(Memory&& other) noexcept
    : context(std::move(other.context)),
      external(std::exchange(other.external, nullptr)),
      buffer(std::exchange(other.buffer, 0)),
      array(std::exchange(other.array, nullptr)),
      allocation(std::exchange(other.allocation, 0)),
      address(std::exchange(other.address, 0)),
      bytes(other.bytes),
      mapped(std::exchange(other.mapped, false)),
      open_to(other.open_to),
      pages(std::move(other.pages)),
      registered(std::exchange(other.registered, false)),
      read_only(other.read_only) {
  other.pages.reset();
}

Memory::~Memory() {
  if (external == nullptr && address == 0 && allocation == 0 && !registered) return;
  const Current current(*context);
  if (!current) return;  // the context took all of it along
  const Dispatch& cu = context->cu();
  if (array != nullptr) static_cast<void>(cu.mipmapped_destroy(array));
  if (buffer != 0) static_cast<void>(cu.memory_free(buffer));
  if (external != nullptr) static_cast<void>(cu.external_memory_destroy(external));
  if (mapped) static_cast<void>(cu.vmm_unmap(address, bytes));
  if (address != 0) static_cast<void>(cu.vmm_free_address(address, bytes));
  if (allocation != 0) static_cast<void>(cu.vmm_release(allocation));
  if (registered) static_cast<void>(cu.host_unregister(pages->bytes().data()));
}

void Memory::forget() noexcept {
  external = nullptr;
  buffer = 0;
  array = nullptr;
  allocation = 0;
  address = 0;
  mapped = false;
  registered = false;
  // The mapping must stay too, and only its owner can unmap it: the owner is left behind.
  static_cast<void>(new (std::nothrow) std::optional<platform::SharedMemory>(std::move(pages)));
}

Texture::~Texture() {
  const Current current(*memory.context);
  if (copying.load()) {
    log(LogLevel::error, "A texture is destroyed while a copy of it that timed out may still run; its memory stays allocated.");
    memory.forget();
    return;
  }
  if (!current) return;
  const Dispatch& cu = memory.context->cu();
  for (const auto& each : surfaces_) static_cast<void>(cu.surface_destroy(each.object));
  for (const auto& each : textures_) static_cast<void>(cu.texture_destroy(each.object));
}

Result<Place> Texture::place(const TextureRegion& region) const {
  if (memory.pages) {
    auto at = detail::host_place(descriptor(), region.mip_level, region.array_layer, region.plane);
    if (!at) return std::move(at).error();
    return Place{.pointer = base + at->offset,
                 .row_pitch = at->layout.row_bytes,
                 .slice_pitch = std::uint64_t{at->layout.row_bytes} * at->layout.rows,
                 .layout = at->layout};
  }
  auto layout = region_layout(descriptor(), {.mip_level = region.mip_level, .array_layer = region.array_layer, .plane = region.plane});
  if (!layout) return std::move(layout).error();
  return Place{.pointer = base, .row_pitch = row_pitch, .slice_pitch = row_pitch * layout->rows, .layout = *layout};
}

Result<api::Array> Texture::level(std::uint32_t mip_level) const {
  const Current current(*memory.context);
  if (!current) return current.error();
  api::Array found = nullptr;
  const auto status = memory.context->cu().mipmapped_level(&found, memory.array, mip_level);
  if (status != api::Status::success) return memory.context->error(status, "cuMipmappedArrayGetLevel");
  return found;
}

Result<api::Object> Texture::surface(std::uint32_t mip_level) {
  const std::lock_guard lock(objects_mutex_);
  for (const auto& each : surfaces_) {
    if (each.mip_level == mip_level) return each.object;
  }
  auto array = level(mip_level);
  if (!array) return std::move(array).error();
  const Current current(*memory.context);
  if (!current) return current.error();
  surfaces_.reserve(surfaces_.size() + 1);
  api::ResourceDesc resource{};
  resource.type = api::resource_array;
  resource.resource.array = *array;
  api::Object object = 0;
  const auto status = memory.context->cu().surface_create(&object, &resource);
  if (status != api::Status::success) return memory.context->error(status, "cuSurfObjectCreate");
  surfaces_.push_back({mip_level, object});
  return object;
}

Result<api::Object> Texture::texture_object(const Sampling& sampling) {
  const std::lock_guard lock(objects_mutex_);
  for (const auto& each : textures_) {
    if (each.sampling == sampling) return each.object;
  }
  const Current current(*memory.context);
  if (!current) return current.error();
  textures_.reserve(textures_.size() + 1);
  const FormatInfo& format = *format_info(descriptor().format);
  api::ResourceDesc resource{};
  resource.type = api::resource_mipmapped_array;
  resource.resource.mipmapped = memory.array;
  api::TextureDesc texture{};
  for (int& mode : texture.address_mode) mode = sampling.clamp ? api::address_clamp : api::address_wrap;
  texture.filter_mode = sampling.linear_filter ? api::filter_linear : api::filter_point;
  texture.mipmap_filter_mode = texture.filter_mode;
  if (sampling.normalized_coordinates) texture.flags |= api::texture_normalized_coordinates;
  const bool integers = shape.format < api::ArrayFormat::half;
  if (integers && !sampling.read_as_float) texture.flags |= api::texture_read_as_integer;
  if (format.kind == FormatKind::color && format.srgb && sampling.read_as_float) texture.flags |= api::texture_srgb;
  texture.max_mipmap_level_clamp = static_cast<float>(descriptor().mip_levels - 1);
  api::Object object = 0;
  const auto status = memory.context->cu().texture_create(&object, &resource, &texture, nullptr);
  if (status != api::Status::success) return memory.context->error(status, "cuTexObjectCreate");
  textures_.push_back({sampling, object});
  return object;
}

Result<Texture*> cuda_texture(const SharedTexture& texture) {
  auto* contents = detail::Private::contents(texture);
  if (auto* own = dynamic_cast<Texture*>(contents)) return own;
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from or never created.");
  return Error(Errc::device_mismatch, text("The texture belongs to the ", contents->backend()->name(),
                                           " backend; export it there and import it into a CUDA manager."));
}

namespace {

Result<Texture*> tiled_texture(const SharedTexture& texture) {
  auto own = cuda_texture(texture);
  if (own && (*own)->linear()) {
    return Error(Errc::invalid_state, "The texture is plain memory with a row pitch and has no array; use linear_memory().");
  }
  return own;
}

Result<Texture*> tiled_texture(const SharedTexture& texture, std::uint32_t mip_level) {
  auto own = tiled_texture(texture);
  if (own && mip_level >= (*own)->descriptor().mip_levels) {
    return Error(Errc::invalid_argument, text("mip_level is ", mip_level, "; allowed are 0 to ", (*own)->descriptor().mip_levels - 1, "."));
  }
  return own;
}

}  // namespace

Result<bool> is_linear(const SharedTexture& texture) {
  return detail::guard([&] { return cuda_texture(texture).transform([](Texture* own) { return own->linear(); }); });
}

Result<LinearMemory> linear_memory(const SharedTexture& texture, std::uint32_t plane) {
  return detail::guard([&]() -> Result<LinearMemory> {
    auto own = cuda_texture(texture);
    if (!own) return std::move(own).error();
    if (!(*own)->linear()) {
      return Error(Errc::invalid_state,
                   "The texture is tiled and has no row pitch; use native(), array() or surface(), or create it with "
                   "CreateOptions::linear.");
    }
    const TextureDescriptor& descriptor = (*own)->descriptor();
    if (const std::uint32_t planes = format_info(descriptor.format)->plane_count; plane >= planes) {
      return Error(Errc::invalid_argument, text("plane is ", plane, "; allowed are 0 to ", planes - 1, "."));
    }
    auto at = (*own)->place({.plane = plane});
    if (!at) return std::move(at).error();
    LinearMemory memory{.pointer = at->pointer, .row_pitch = at->row_pitch, .slice_pitch = at->slice_pitch, .bytes = 0};
    std::uint64_t slices = at->layout.extent.depth;
    if (descriptor.array_layers > 1) {
      auto next = (*own)->place({.array_layer = 1, .plane = plane});
      if (!next) return std::move(next).error();
      memory.slice_pitch = next->pointer - at->pointer;
      slices = descriptor.array_layers;
    }
    memory.bytes = memory.slice_pitch * (slices - 1) + at->row_pitch * (at->layout.rows - 1) + at->layout.row_bytes;
    return memory;
  });
}

Result<NativeTexture> native(const SharedTexture& texture) {
  return detail::guard([&]() -> Result<NativeTexture> {
    auto own = tiled_texture(texture);
    if (!own) return std::move(own).error();
    const Texture& t = **own;
    return NativeTexture{.mipmapped = t.memory.array,
                         .format = static_cast<std::uint32_t>(t.shape.format),
                         .channels = t.shape.channels,
                         .flags = t.shape.flags};
  });
}

Result<CUarray_st*> array(const SharedTexture& texture, std::uint32_t mip_level) {
  return detail::guard([&]() -> Result<CUarray_st*> {
    auto own = tiled_texture(texture, mip_level);
    if (!own) return std::move(own).error();
    return (*own)->level(mip_level);
  });
}

Result<SurfaceObject> surface(const SharedTexture& texture, std::uint32_t mip_level) {
  return detail::guard([&]() -> Result<SurfaceObject> {
    auto own = tiled_texture(texture, mip_level);
    if (!own) return std::move(own).error();
    const FormatInfo& format = *format_info((*own)->descriptor().format);
    if (format.kind == FormatKind::bc) {
      return Error(Errc::unsupported_format,
                   text("Surfaces cannot be block-compressed, but the texture is ", format.name, "; read it through texture_object()."));
    }
    if (((*own)->shape.flags & api::array_surface_ldst) == 0) {
      return Error(Errc::invalid_argument,
                   text("The usage of the texture is ", to_string((*own)->descriptor().usage), "; surfaces need storage_binding too."));
    }
    return (*own)->surface(mip_level);
  });
}

Result<TextureObject> texture_object(const SharedTexture& texture, const Sampling& sampling) {
  return detail::guard([&]() -> Result<TextureObject> {
    auto own = tiled_texture(texture);
    if (!own) return std::move(own).error();
    if (!sampling.clamp && !sampling.normalized_coordinates) {
      return Error(Errc::invalid_argument, "Sampling::clamp is false, which repeats the texture; that needs normalized_coordinates.");
    }
    const auto format = (*own)->shape.format;
    const bool wide = format == api::ArrayFormat::uint32 || format == api::ArrayFormat::sint32;
    const bool integers = format < api::ArrayFormat::half;
    if (wide && sampling.read_as_float) {
      return Error(Errc::invalid_argument, "Sampling::read_as_float is set, but integers of 32 bits are always read as they are.");
    }
    if (integers && sampling.linear_filter && !sampling.read_as_float) {
      return Error(Errc::invalid_argument, "Sampling::linear_filter is set, but integers are filtered only with read_as_float.");
    }
    if ((*own)->descriptor().mip_levels > 1 && !sampling.normalized_coordinates) {
      return Error(Errc::invalid_argument, "A texture with mip levels is read with Sampling::normalized_coordinates only.");
    }
    return (*own)->texture_object(sampling);
  });
}

}  // namespace geyser::cuda
