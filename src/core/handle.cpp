#include "geyser/handle.hpp"

#include "core/guard.hpp"

namespace geyser {
namespace {

template <class... Parts>
Error protocol(const Parts&... parts) {
  return Error(Errc::protocol_error, detail::text(parts...));
}

Result<void> check_planes(const TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (info.memory_plane_count > max_memory_planes) {
    return protocol("memory_plane_count is ", info.memory_plane_count, "; at most ", max_memory_planes, " are allowed.");
  }
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    const MemoryPlane& plane = info.memory_planes[i];
    if (plane.offset >= info.allocation_size) {
      return protocol("memory_planes[", i, "].offset is ", plane.offset, "; it must be below allocation_size (", info.allocation_size,
                      ").");
    }
    if (plane.row_pitch > info.allocation_size) {
      return protocol("memory_planes[", i, "].row_pitch is ", plane.row_pitch, "; it must not exceed allocation_size (",
                      info.allocation_size, ").");
    }
    if (plane.handle_index >= max_memory_planes || !handle.handles[plane.handle_index]) {
      return protocol("memory_planes[", i, "].handle_index is ", plane.handle_index, ", where the handle has no OS handle.");
    }
  }
  return {};
}

}  // namespace

Result<void> validate(const SemaphoreHandle& handle) {
  return detail::guard([&]() -> Result<void> {
    switch (handle.kind) {
      case SemaphoreKind::timeline:
      case SemaphoreKind::binary:
      case SemaphoreKind::host_timeline:
        break;
      default:
        return protocol("kind is ", static_cast<int>(handle.kind), ", which is no SemaphoreKind.");
    }
    switch (handle.type) {
      case SemaphoreHandleType::opaque_fd:
      case SemaphoreHandleType::opaque_win32:
        if (handle.kind == SemaphoreKind::host_timeline)
          return protocol("A host timeline travels as host_page, not as ", to_string(handle.type), ".");
        break;
      case SemaphoreHandleType::sync_fd:
        if (handle.kind != SemaphoreKind::binary)
          return protocol("A sync_fd carries a binary semaphore, not a ", to_string(handle.kind), ".");
        return {};  // no handle at all means "already signalled"
      case SemaphoreHandleType::host_page:
        if (handle.kind != SemaphoreKind::host_timeline)
          return protocol("A host_page carries a host_timeline, not a ", to_string(handle.kind), ".");
        break;
      case SemaphoreHandleType::d3d12_fence:
      case SemaphoreHandleType::metal_shared_event:
        if (handle.kind != SemaphoreKind::timeline)
          return protocol("A ", to_string(handle.type), " carries a timeline, not a ", to_string(handle.kind), ".");
        break;
      case SemaphoreHandleType::none:
      default:
        return protocol("type is ", static_cast<int>(handle.type), ", which is no SemaphoreHandleType that can be imported.");
    }
    if (!handle.handle) return protocol("The semaphore handle holds no OS handle; was it imported or moved from already?");
    return {};
  });
}

Result<void> validate(const TextureHandle& handle) {
  return detail::guard([&]() -> Result<void> {
    const TextureHandleInfo& info = handle.info;
    if (info.type == MemoryHandleType::none || info.type > MemoryHandleType::metal_texture) {
      return protocol("type is ", static_cast<int>(info.type), ", which is no MemoryHandleType that can be imported.");
    }
    if (!handle.handles[0]) return protocol("The texture handle holds no OS handle; was it imported or moved from already?");
    if (handle.handle_count() > 1 && info.type != MemoryHandleType::dma_buf) {
      return protocol("The texture handle holds ", handle.handle_count(), " OS handles, but ", to_string(info.type), " has exactly one.");
    }
    if (auto ok = validate(info.descriptor); !ok) return std::move(ok).with_context("checking the descriptor of a texture handle");
    if (info.required_size == 0) return protocol("required_size is 0; it must be the bytes that the image needs.");
    if (info.allocation_size < info.required_size) {
      return protocol("allocation_size is ", info.allocation_size, ", less than required_size (", info.required_size, ").");
    }
    if (info.memory_type_index >= 32 && info.memory_type_index != any_memory_type) {
      return protocol("memory_type_index is ", info.memory_type_index, "; it must be below 32, or any_memory_type.");
    }
    if (info.layout > TextureLayout::transfer_dst)
      return protocol("layout is ", static_cast<int>(info.layout), ", which is no TextureLayout.");
    if (info.initialized && info.layout == TextureLayout::undefined) {
      return protocol("The handle says initialized with layout undefined, which would lose the content.");
    }
    if (auto ok = check_planes(handle); !ok) return ok;
    if (handle.ready_semaphore) {
      if (auto ok = validate(*handle.ready_semaphore); !ok)
        return std::move(ok).with_context("checking the ready semaphore of a texture handle");
    }
    return {};
  });
}

}  // namespace geyser
