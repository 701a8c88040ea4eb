#include "geyser/opengl.hpp"

#include "c/objects.hpp"

using namespace geyser::c;
using geyser::Result;
namespace gl = geyser::opengl;

struct geyser_opengl_context {
  gl::Context context;
};

namespace {

[[nodiscard]] Result<gl::AdoptInfo> to_adopt_info(const geyser_opengl_adopt_info* given) {
  GEYSER_TAKE(from, read_or_default(given, "info"));
  gl::AdoptInfo info;
  info.get_proc_address = from.get_proc_address;
  info.current_context = from.current_context;
  if (from.partner != nullptr) info.partner = &from.partner->manager;
  return info;
}

}  // namespace

geyser_status geyser_opengl_identify(const geyser_opengl_adopt_info* info, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, to_adopt_info(info));
    GEYSER_TAKE(identity, gl::identify(from));
    return write(out, from_identity(identity), "out");
  });
}
geyser_status geyser_opengl_manager_create(const geyser_opengl_adopt_info* info, geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, to_adopt_info(info));
    GEYSER_TAKE(manager, gl::create_manager(from));
    *out = wrap(std::move(manager));
    return {};
  });
}
geyser_status geyser_opengl_texture_native(const geyser_texture* texture, geyser_opengl_native_texture* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(native, gl::native(*it));
    geyser_opengl_native_texture to{};
    to.name = native.name;
    to.target = native.target;
    to.internal_format = native.internal_format;
    return write(out, to, "out");
  });
}
geyser_status geyser_opengl_semaphore_native(const geyser_semaphore* semaphore, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(native, gl::native(semaphore->semaphore));
    *out = native;
    return {};
  });
}
geyser_status geyser_opengl_acquire(geyser_access* access) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    return gl::acquire(*it);
  });
}
geyser_status geyser_opengl_release(geyser_access* access, geyser_layout layout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    GEYSER_TAKE(released, to_release_layout(layout));
    return gl::release(*it, released);
  });
}

geyser_status geyser_opengl_context_create(const geyser_opengl_context_options* options, geyser_opengl_context** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read_or_default(options, "options"));
    gl::ContextOptions how;
    if (from.has_device_uuid != 0) how.device_uuid = to_uuid(from.device_uuid);
    how.es = from.es != 0;
    how.debug = from.debug != 0;
    GEYSER_TAKE(context, gl::Context::create(how));
    *out = made<geyser_opengl_context>(std::move(context));
    return {};
  });
}
void geyser_opengl_context_destroy(geyser_opengl_context* context) GEYSER_NOEXCEPT { delete context; }
geyser_status geyser_opengl_context_make_current(const geyser_opengl_context* context) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context)}, [&]() -> Result<void> { return context->context.make_current(); });
}
geyser_status geyser_opengl_context_release_current(const geyser_opengl_context* context) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context)}, [&]() -> Result<void> {
    context->context.release_current();
    return {};
  });
}
geyser_status geyser_opengl_context_create_manager(const geyser_opengl_context* context, const geyser_manager* partner,
                                                   geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(manager, context->context.create_manager(partner != nullptr ? &partner->manager : nullptr));
    *out = wrap(std::move(manager));
    return {};
  });
}
geyser_status geyser_opengl_context_identity(const geyser_opengl_context* context, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_identity(context->context.identity()), "out"); });
}
geyser_status geyser_opengl_context_proc_address(const geyser_opengl_context* context, const char* name,
                                                 geyser_function* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context), GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = context->context.get_proc_address()(name);
    return {};
  });
}
geyser_status geyser_opengl_context_debug_messages(const geyser_opengl_context* context, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(context), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = context->context.debug_messages();
    return {};
  });
}
