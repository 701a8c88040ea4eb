// Every function of the C interface that needs CUDA, for a library without.
#include "c/support.hpp"

using geyser::c::absent;

namespace {

geyser_status no() noexcept { return absent("CUDA", "GEYSER_WITH_CUDA"); }

}  // namespace

geyser_status geyser_cuda_enumerate_devices(geyser_cuda_device_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_device_list_count(const geyser_cuda_device_list*, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_device_list_at(const geyser_cuda_device_list*, uint32_t, int32_t*, geyser_device_identity*) GEYSER_NOEXCEPT {
  return no();
}
void geyser_cuda_device_list_destroy(geyser_cuda_device_list*) GEYSER_NOEXCEPT {}
geyser_status geyser_cuda_manager_create(const geyser_cuda_adopt_info*, geyser_manager**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_texture_linear_memory(const geyser_texture*, uint32_t, geyser_cuda_linear_memory*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_cuda_texture_is_linear(const geyser_texture*, geyser_bool*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_texture_native(const geyser_texture*, geyser_cuda_native_texture*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_texture_array(const geyser_texture*, uint32_t, void**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_texture_surface(const geyser_texture*, uint32_t, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_texture_object(const geyser_texture*, const geyser_cuda_sampling*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_acquire(geyser_access*, void*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_cuda_release(geyser_access*, void*, geyser_layout) GEYSER_NOEXCEPT { return no(); }
