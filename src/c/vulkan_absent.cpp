// Every function of the C interface that needs Vulkan, for a library without.
#include "c/support.hpp"

using geyser::c::absent;

namespace {

geyser_status no() noexcept { return absent("Vulkan", "GEYSER_WITH_VULKAN"); }

}  // namespace

geyser_status geyser_vulkan_recommended_device_extensions(const char* const**, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_manager_create(const geyser_vulkan_adopt_info*, geyser_manager**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_enumerate_devices(geyser_function, geyser_vulkan_device_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_device_list_count(const geyser_vulkan_device_list*, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_device_list_at(const geyser_vulkan_device_list*, uint32_t, geyser_vulkan_device_summary*,
                                           geyser_device_identity*) GEYSER_NOEXCEPT {
  return no();
}
void geyser_vulkan_device_list_destroy(geyser_vulkan_device_list*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_device_create(const geyser_vulkan_device_options*, geyser_vulkan_device**) GEYSER_NOEXCEPT { return no(); }
void geyser_vulkan_device_destroy(geyser_vulkan_device*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_device_adopt_info(const geyser_vulkan_device*, geyser_vulkan_adopt_info*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_device_query(const geyser_vulkan_device*, geyser_vulkan_device_summary*,
                                         geyser_device_identity*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_device_create_manager(const geyser_vulkan_device*, geyser_manager**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_device_validation_messages(const geyser_vulkan_device*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_texture_native(const geyser_texture*, geyser_vulkan_native_texture*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_semaphore_native(const geyser_semaphore*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_texture_view(const geyser_texture*, const geyser_vulkan_view_info*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_record_acquire(geyser_access*, void*, const geyser_vulkan_image_use*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_record_release(geyser_access*, void*, const geyser_vulkan_image_use*, geyser_layout) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_submit(const geyser_manager*, void* const*, uint32_t, geyser_access* const*, uint32_t,
                                   uint64_t) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_submit_arrays_create(geyser_vulkan_submit_arrays**) GEYSER_NOEXCEPT { return no(); }
void geyser_vulkan_submit_arrays_destroy(geyser_vulkan_submit_arrays*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_submit_arrays_fill(geyser_vulkan_submit_arrays*, geyser_access* const*, uint32_t, uint32_t) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_submit_arrays_query(const geyser_vulkan_submit_arrays*, geyser_vulkan_submit_info*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_fence_create(const geyser_manager*, geyser_vulkan_fence_type, geyser_vulkan_fence**) GEYSER_NOEXCEPT {
  return no();
}
void geyser_vulkan_fence_destroy(geyser_vulkan_fence*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_fence_native(const geyser_vulkan_fence*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_fence_signalled(const geyser_vulkan_fence*, geyser_bool*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_fence_wait(const geyser_vulkan_fence*, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_fence_reset(geyser_vulkan_fence*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_fence_export(const geyser_vulkan_fence*, geyser_vulkan_fence_handle**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_fence_import(const geyser_manager*, geyser_vulkan_fence_handle*, geyser_vulkan_fence**) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_fence_handle_create(geyser_vulkan_fence_type, const geyser_device_identity*, geyser_os_handle,
                                                geyser_vulkan_fence_handle**) GEYSER_NOEXCEPT {
  return no();
}
void geyser_vulkan_fence_handle_destroy(geyser_vulkan_fence_handle*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_fence_handle_query(const geyser_vulkan_fence_handle*, geyser_vulkan_fence_type*,
                                               geyser_device_identity*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_fence_handle_take(geyser_vulkan_fence_handle*, geyser_os_handle*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_host_memory_alignment(const geyser_manager*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_host_buffer_import(const geyser_manager*, void*, size_t, geyser_vulkan_host_buffer**) GEYSER_NOEXCEPT {
  return no();
}
void geyser_vulkan_host_buffer_destroy(geyser_vulkan_host_buffer*) GEYSER_NOEXCEPT {}
geyser_status geyser_vulkan_host_buffer_query(const geyser_vulkan_host_buffer*, uint64_t*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_vulkan_copy_to_texture(const geyser_manager*, const geyser_vulkan_host_buffer*, uint64_t, geyser_texture*,
                                            const geyser_texture_region*, const geyser_access_info*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_vulkan_copy_from_texture(const geyser_manager*, geyser_texture*, const geyser_texture_region*,
                                              const geyser_vulkan_host_buffer*, uint64_t, const geyser_access_info*) GEYSER_NOEXCEPT {
  return no();
}
