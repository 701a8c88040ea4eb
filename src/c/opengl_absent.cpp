// Every function of the C interface that needs OpenGL, for a library without.
#include "c/support.hpp"

using geyser::c::absent;

namespace {

geyser_status no() noexcept { return absent("OpenGL", "GEYSER_WITH_OPENGL"); }

}  // namespace

geyser_status geyser_opengl_identify(const geyser_opengl_adopt_info*, geyser_device_identity*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_manager_create(const geyser_opengl_adopt_info*, geyser_manager**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_texture_native(const geyser_texture*, geyser_opengl_native_texture*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_semaphore_native(const geyser_semaphore*, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_acquire(geyser_access*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_release(geyser_access*, geyser_layout) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_context_create(const geyser_opengl_context_options*, geyser_opengl_context**) GEYSER_NOEXCEPT { return no(); }
void geyser_opengl_context_destroy(geyser_opengl_context*) GEYSER_NOEXCEPT {}
geyser_status geyser_opengl_context_make_current(const geyser_opengl_context*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_context_release_current(const geyser_opengl_context*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_context_create_manager(const geyser_opengl_context*, const geyser_manager*, geyser_manager**) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_opengl_context_identity(const geyser_opengl_context*, geyser_device_identity*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_opengl_context_proc_address(const geyser_opengl_context*, const char*, geyser_function*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_opengl_context_debug_messages(const geyser_opengl_context*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
