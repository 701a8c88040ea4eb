// Vulkan: fences that cross processes, and host memory as a buffer.
#include <chrono>

#include "c/objects.hpp"
#include "c/vulkan_handles.hpp"
#include "geyser/vulkan.hpp"

using namespace geyser::c;
using geyser::Result;
namespace gv = geyser::vulkan;

struct geyser_vulkan_fence {
  gv::SharedFence fence;
};
struct geyser_vulkan_fence_handle {
  gv::FenceHandle handle;
};
struct geyser_vulkan_host_buffer {
  gv::HostBuffer buffer;
};

namespace {

[[nodiscard]] Result<gv::FenceHandleType> to_fence_type(geyser_vulkan_fence_type type) {
  if (type == 0 || type == GEYSER_VULKAN_FENCE_TYPE_OPAQUE_FD) return gv::FenceHandleType::opaque_fd;
  if (type == GEYSER_VULKAN_FENCE_TYPE_SYNC_FD) return gv::FenceHandleType::sync_fd;
  return invalid(geyser::detail::text("type is ", type, "; a fence crosses as 1 (opaque_fd) or 2 (sync_fd)."));
}

}  // namespace

geyser_status geyser_vulkan_fence_create(const geyser_manager* manager, geyser_vulkan_fence_type type,
                                         geyser_vulkan_fence** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(way, to_fence_type(type));
    GEYSER_TAKE(fence, gv::create_fence(manager->manager, way));
    *out = made<geyser_vulkan_fence>(std::move(fence));
    return {};
  });
}
void geyser_vulkan_fence_destroy(geyser_vulkan_fence* fence) GEYSER_NOEXCEPT { delete fence; }
geyser_status geyser_vulkan_fence_native(const geyser_vulkan_fence* fence, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(fence), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = number_of(fence->fence.handle());
    return {};
  });
}
geyser_status geyser_vulkan_fence_signalled(const geyser_vulkan_fence* fence, geyser_bool* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(fence), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(signalled, fence->fence.signalled());
    *out = flag(signalled);
    return {};
  });
}
geyser_status geyser_vulkan_fence_wait(const geyser_vulkan_fence* fence, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(fence)},
              [&]() -> Result<void> { return fence->fence.wait(std::chrono::nanoseconds(bounded(timeout))); });
}
geyser_status geyser_vulkan_fence_reset(geyser_vulkan_fence* fence) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(fence)}, [&]() -> Result<void> { return fence->fence.reset(); });
}
geyser_status geyser_vulkan_fence_export(const geyser_vulkan_fence* fence, geyser_vulkan_fence_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(fence), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto wrapped = std::make_unique<geyser_vulkan_fence_handle>();  // first: exporting a sync_fd cannot be taken back
    GEYSER_TAKE(handle, gv::export_fence(fence->fence));
    wrapped->handle = std::move(handle);
    *out = wrapped.release();
    return {};
  });
}
geyser_status geyser_vulkan_fence_import(const geyser_manager* manager, geyser_vulkan_fence_handle* handle,
                                         geyser_vulkan_fence** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(fence, gv::import_fence(manager->manager, std::move(handle->handle)));
    *out = made<geyser_vulkan_fence>(std::move(fence));
    delete handle;
    return {};
  });
}
geyser_status geyser_vulkan_fence_handle_create(geyser_vulkan_fence_type type, const geyser_device_identity* exporter,
                                                geyser_os_handle value, geyser_vulkan_fence_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(exporter), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto handle = std::make_unique<geyser_vulkan_fence_handle>();
    GEYSER_TAKE(way, to_fence_type(type));
    GEYSER_TAKE(device, to_identity(exporter, "exporter"));
    GEYSER_TAKE(owned, take_os_handle(value, way == gv::FenceHandleType::sync_fd));  // last: whoever fails keeps what he gave
    handle->handle.type = way;
    handle->handle.exporter = std::move(device);
    handle->handle.handle = std::move(owned);
    *out = handle.release();
    return {};
  });
}
void geyser_vulkan_fence_handle_destroy(geyser_vulkan_fence_handle* handle) GEYSER_NOEXCEPT { delete handle; }
geyser_status geyser_vulkan_fence_handle_query(const geyser_vulkan_fence_handle* handle, geyser_vulkan_fence_type* type,
                                               geyser_device_identity* exporter) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle)}, [&]() -> Result<void> {
    if (exporter != nullptr) GEYSER_CHECK(write(exporter, from_identity(handle->handle.exporter), "exporter"));
    if (type != nullptr) *type = static_cast<geyser_vulkan_fence_type>(handle->handle.type);
    return {};
  });
}
geyser_status geyser_vulkan_fence_handle_take(geyser_vulkan_fence_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = handle->handle.handle.release();
    return {};
  });
}

geyser_status geyser_vulkan_host_memory_alignment(const geyser_manager* manager, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = gv::host_memory_alignment(manager->manager);
    return {};
  });
}
geyser_status geyser_vulkan_host_buffer_import(const geyser_manager* manager, void* memory, size_t size,
                                               geyser_vulkan_host_buffer** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(memory), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(buffer, gv::import_host_memory(manager->manager, {static_cast<std::byte*>(memory), size}));
    *out = made<geyser_vulkan_host_buffer>(std::move(buffer));
    return {};
  });
}
void geyser_vulkan_host_buffer_destroy(geyser_vulkan_host_buffer* buffer) GEYSER_NOEXCEPT { delete buffer; }
geyser_status geyser_vulkan_host_buffer_query(const geyser_vulkan_host_buffer* buffer, uint64_t* handle, uint64_t* size) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(buffer), GEYSER_GIVEN(handle), GEYSER_GIVEN(size)}, [&]() -> Result<void> {
    *handle = number_of(buffer->buffer.handle());
    *size = buffer->buffer.size();
    return {};
  });
}
geyser_status geyser_vulkan_copy_to_texture(const geyser_manager* manager, const geyser_vulkan_host_buffer* from, uint64_t offset,
                                            geyser_texture* to, const geyser_texture_region* region,
                                            const geyser_access_info* info) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(from), GEYSER_GIVEN(to)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(to));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(how, to_access_info(info));
    return gv::copy_to_texture(manager->manager, from->buffer, offset, *it, where, how.info);
  });
}
geyser_status geyser_vulkan_copy_from_texture(const geyser_manager* manager, geyser_texture* from, const geyser_texture_region* region,
                                              const geyser_vulkan_host_buffer* to, uint64_t offset,
                                              const geyser_access_info* info) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(from), GEYSER_GIVEN(to)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(from));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(how, to_access_info(info));
    return gv::copy_from_texture(manager->manager, *it, where, to->buffer, offset, how.info);
  });
}
