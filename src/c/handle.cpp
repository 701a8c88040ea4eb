// Handles on their way.
#include <utility>

#include "c/objects.hpp"

using namespace geyser::c;
using geyser::Result;

namespace {

[[nodiscard]] Result<void> check_slot(std::uint32_t index) {
  return check_index(index, geyser::max_memory_planes, "places for OS handles");
}

[[nodiscard]] Result<geyser::TextureHandleInfo> to_handle_info(const geyser_texture_handle_info& from) {
  geyser::TextureHandleInfo info;
  GEYSER_TAKE(type, narrow<geyser::MemoryHandleType>(from.type, "info->type"));
  GEYSER_TAKE(layout, enumerator(from.layout, geyser::TextureLayout::transfer_dst, "info->layout"));
  if (from.memory_plane_count > geyser::max_memory_planes) {
    return invalid(
        geyser::detail::text("info->memory_plane_count is ", from.memory_plane_count, "; it can be 0 to ", geyser::max_memory_planes, "."));
  }
  info.type = type;
  info.allocation_size = from.allocation_size;
  info.required_size = from.required_size;
  info.memory_type_index = from.memory_type_index;
  info.dedicated = from.dedicated != 0;
  info.linear_tiling = from.linear_tiling != 0;
  info.native_format = from.native_format;
  info.native_usage = from.native_usage;
  info.native_create_flags = from.native_create_flags;
  info.drm_modifier = from.drm_modifier;
  info.memory_plane_count = from.memory_plane_count;
  for (std::uint32_t i = 0; i < from.memory_plane_count; ++i) {
    info.memory_planes[i] = {from.memory_planes[i].offset, from.memory_planes[i].row_pitch, from.memory_planes[i].handle_index};
  }
  info.initialized = from.initialized != 0;
  info.layout = layout;
  return info;
}

}  // namespace

geyser_status geyser_texture_handle_create(const geyser_texture_handle_info* info, const geyser_texture_descriptor* descriptor,
                                           const geyser_device_identity* exporter, geyser_texture_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(info), GEYSER_GIVEN(descriptor), GEYSER_GIVEN(exporter), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read(info, "info"));
    geyser::TextureHandle handle;
    GEYSER_TAKE(about, to_handle_info(from));
    GEYSER_TAKE(texture, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(device, to_identity(exporter, "exporter"));
    handle.info = std::move(about);
    handle.info.descriptor = std::move(texture);
    handle.info.exporter = std::move(device);
    handle.ready_value = from.ready_value;
    *out = wrap(std::move(handle));
    return {};
  });
}
void geyser_texture_handle_destroy(geyser_texture_handle* handle) GEYSER_NOEXCEPT { delete handle; }

geyser_status geyser_texture_handle_query(const geyser_texture_handle* handle, geyser_texture_handle_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const geyser::TextureHandleInfo& info = handle->handle.info;
    geyser_texture_handle_info to{};
    to.type = static_cast<geyser_memory_type>(info.type);
    to.allocation_size = info.allocation_size;
    to.required_size = info.required_size;
    to.memory_type_index = info.memory_type_index;
    to.dedicated = flag(info.dedicated);
    to.linear_tiling = flag(info.linear_tiling);
    to.native_format = info.native_format;
    to.native_usage = info.native_usage;
    to.native_create_flags = info.native_create_flags;
    to.drm_modifier = info.drm_modifier;
    to.memory_plane_count = info.memory_plane_count;
    for (std::size_t i = 0; i < info.memory_planes.size(); ++i) {
      to.memory_planes[i] = {info.memory_planes[i].offset, info.memory_planes[i].row_pitch, info.memory_planes[i].handle_index, 0};
    }
    to.initialized = flag(info.initialized);
    to.layout = static_cast<geyser_layout>(info.layout);
    to.handle_count = count_of(handle->handle.handle_count());
    to.has_ready_semaphore = flag(handle->handle.ready_semaphore.has_value());
    to.ready_value = handle->handle.ready_value;
    return write(out, to, "out");
  });
}
geyser_status geyser_texture_handle_descriptor(const geyser_texture_handle* handle, geyser_texture_descriptor* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_descriptor(handle->handle.info.descriptor), "out"); });
}
geyser_status geyser_texture_handle_exporter(const geyser_texture_handle* handle, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_identity(handle->handle.info.exporter), "out"); });
}
geyser_status geyser_texture_handle_borrow(const geyser_texture_handle* handle, uint32_t index, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_slot(index));
    *out = handle->handle.handles[index].borrow();
    return {};
  });
}
geyser_status geyser_texture_handle_take(geyser_texture_handle* handle, uint32_t index, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_slot(index));
    *out = handle->handle.handles[index].release();
    return {};
  });
}
geyser_status geyser_texture_handle_give(geyser_texture_handle* handle, uint32_t index, geyser_os_handle value) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_slot(index));
    GEYSER_TAKE(owned, take_os_handle(value, false));
    handle->handle.handles[index] = std::move(owned);
    return {};
  });
}
geyser_status geyser_texture_handle_take_ready_semaphore(geyser_texture_handle* handle, geyser_semaphore_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto& ready = handle->handle.ready_semaphore;
    if (!ready) return geyser::Error(geyser::Errc::not_found, "This texture handle has no ready semaphore; attach one before the export.");
    *out = wrap(std::move(*ready));
    ready.reset();
    return {};
  });
}
geyser_status geyser_texture_handle_give_ready_semaphore(geyser_texture_handle* handle,
                                                         geyser_semaphore_handle* semaphore) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(semaphore)}, [&]() -> Result<void> {
    handle->handle.ready_semaphore.emplace(std::move(semaphore->handle));
    delete semaphore;
    return {};
  });
}
geyser_status geyser_texture_handle_validate(const geyser_texture_handle* handle) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle)}, [&]() -> Result<void> { return geyser::validate(handle->handle); });
}

geyser_status geyser_semaphore_handle_create(geyser_semaphore_kind kind, geyser_semaphore_type type, const geyser_device_identity* exporter,
                                             geyser_os_handle value, geyser_semaphore_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(exporter), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto handle = std::make_unique<geyser_semaphore_handle>();
    GEYSER_TAKE(rung, narrow<geyser::SemaphoreKind>(kind, "kind"));
    GEYSER_TAKE(way, narrow<geyser::SemaphoreHandleType>(type, "type"));
    GEYSER_TAKE(device, to_identity(exporter, "exporter"));
    GEYSER_TAKE(owned, take_os_handle(value, way == geyser::SemaphoreHandleType::sync_fd));  // last: whoever fails keeps what he gave
    handle->handle.kind = rung;
    handle->handle.type = way;
    handle->handle.exporter = std::move(device);
    handle->handle.handle = std::move(owned);
    *out = handle.release();
    return {};
  });
}
void geyser_semaphore_handle_destroy(geyser_semaphore_handle* handle) GEYSER_NOEXCEPT { delete handle; }

geyser_status geyser_semaphore_handle_query(const geyser_semaphore_handle* handle, geyser_semaphore_kind* kind,
                                            geyser_semaphore_type* type) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(kind), GEYSER_GIVEN(type)}, [&]() -> Result<void> {
    *kind = static_cast<geyser_semaphore_kind>(handle->handle.kind);
    *type = static_cast<geyser_semaphore_type>(handle->handle.type);
    return {};
  });
}
geyser_status geyser_semaphore_handle_exporter(const geyser_semaphore_handle* handle, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_identity(handle->handle.exporter), "out"); });
}
geyser_status geyser_semaphore_handle_borrow(const geyser_semaphore_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = handle->handle.handle.borrow();
    return {};
  });
}
geyser_status geyser_semaphore_handle_take(geyser_semaphore_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = handle->handle.handle.release();
    return {};
  });
}
geyser_status geyser_semaphore_handle_validate(const geyser_semaphore_handle* handle) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle)}, [&]() -> Result<void> { return geyser::validate(handle->handle); });
}
