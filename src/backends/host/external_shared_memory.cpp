// Shared memory in and out: the host backend's one memory handle type.
#include "backends/host/manager.hpp"
#include "core/message.hpp"

namespace geyser::host {

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  const auto& texture = static_cast<const Texture&>(contents);
  auto copy = texture.memory().handle().duplicate();
  if (!copy) return std::move(copy).error();
  TextureHandle handle;
  TextureHandleInfo& info = handle.info;
  info.type = MemoryHandleType::shared_memory;
  info.descriptor = texture.descriptor();
  info.exporter = capabilities_.identity;
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.dedicated = true;
  info.linear_tiling = true;
  info.memory_plane_count = format_info(texture.descriptor().format)->plane_count;
  for (std::uint32_t plane = 0; plane < info.memory_plane_count; ++plane) {
    auto at = place(texture.descriptor(), 0, 0, plane);
    if (!at) return std::move(at).error();
    info.memory_planes[plane] = {.offset = at->offset, .row_pitch = at->level.row_bytes, .handle_index = 0};
  }
  handle.handles[0] = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  auto bytes = memory_bytes(info.descriptor);
  if (!bytes) return std::move(bytes).error();
  if (info.required_size != *bytes) {
    return Error(Errc::protocol_error,
                 detail::text("required_size is ", info.required_size, ", but this texture lies in ", *bytes, " bytes of shared memory."));
  }
  for (std::uint32_t plane = 0; plane < info.memory_plane_count; ++plane) {
    auto at = place(info.descriptor, 0, 0, plane);
    if (!at) return std::move(at).error();
    const MemoryPlane& given = info.memory_planes[plane];
    if (given.offset != at->offset || given.row_pitch != at->level.row_bytes) {
      return Error(Errc::protocol_error,
                   detail::text("memory_planes[", plane, "] is at offset ", given.offset, " with row pitch ", given.row_pitch,
                                "; this library lays the plane at ", at->offset, " with row pitch ", at->level.row_bytes, "."));
    }
  }
  detail::TextureContents::Init init{.descriptor = info.descriptor,
                                     .handle_type = MemoryHandleType::shared_memory,
                                     .imported = true,
                                     .allocated_bytes = info.allocation_size,
                                     .required_bytes = *bytes};
  auto memory = platform::SharedMemory::open(handle.handles[0], *bytes);
  if (!memory) return std::move(memory).error();
  return std::shared_ptr<detail::TextureContents>(std::make_shared<Texture>(shared_from_this(), std::move(init), *std::move(memory)));
}

}  // namespace geyser::host
