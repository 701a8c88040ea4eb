// Shared memory in and out: the host backend's one memory handle type.
#include "backends/host/manager.hpp"
#include "core/host_layout.hpp"

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
    auto at = detail::host_place(texture.descriptor(), 0, 0, plane);
    if (!at) return std::move(at).error();
    info.memory_planes[plane] = {.offset = at->offset, .row_pitch = at->layout.row_bytes, .handle_index = 0};
  }
  handle.handles[0] = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (auto ok = detail::check_host_layout(info); !ok) return std::move(ok).error();
  detail::TextureContents::Init init{.descriptor = info.descriptor,
                                     .handle_type = MemoryHandleType::shared_memory,
                                     .imported = true,
                                     .allocated_bytes = info.allocation_size,
                                     .required_bytes = info.required_size};
  auto memory = platform::SharedMemory::open(handle.handles[0], info.required_size);
  if (!memory) return std::move(memory).error();
  return std::shared_ptr<detail::TextureContents>(std::make_shared<Texture>(shared_from_this(), std::move(init), *std::move(memory)));
}

}  // namespace geyser::host
