// OPAQUE_FD semaphores on their way in.
#include "backends/opengl/sync.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"

namespace geyser::opengl {

using detail::text;

Result<NativeSemaphore> import_native(const std::shared_ptr<AdoptedContext>& context, SemaphoreKind kind, OsHandle& handle) {
  auto entered = Entered::enter(*context);
  if (!entered) return std::move(entered).error();
  const Functions& gl = context->gl;
  auto spare = handle.duplicate();
  if (!spare) return std::move(spare).error();
  GLuint name = 0;
  if (kind == SemaphoreKind::timeline) {
    gl.glCreateSemaphoresNV(1, &name);
    const GLint type = GL_SEMAPHORE_TYPE_TIMELINE_NV;
    if (name != 0) gl.glSemaphoreParameterivNV(name, GL_SEMAPHORE_TYPE_NV, &type);
  } else {
    gl.glGenSemaphoresEXT(1, &name);
  }
  NativeSemaphore made(context, name);
  if (auto ok = entered->check("Creating a semaphore object"); !ok) return std::move(ok).error();
  gl.glImportSemaphoreFdEXT(name, GL_HANDLE_TYPE_OPAQUE_FD_EXT, spare->fd());
  const GLenum error = entered->take_error();
  if (error == GL_NO_ERROR) {
    static_cast<void>(spare->release());  // the driver's now
    handle.reset();
    return made;
  }
  detail::settle_failed_import(*spare, handle);
  if (error == GL_OUT_OF_MEMORY || error == GL_CONTEXT_LOST) return opengl_error(error, "glImportSemaphoreFdEXT");
  return Error(Errc::protocol_error,
               text("glImportSemaphoreFdEXT refuses the OS handle as a ", to_string(kind), " semaphore (", error_name(error),
                    "); pass the handle that export_semaphore() made."),
               ErrorDomain::opengl, error);
}

}  // namespace geyser::opengl
