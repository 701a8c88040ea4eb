#include "backends/opengl/linear.hpp"

#include <algorithm>

#include "backends/opengl/state_guard.hpp"
#include "core/message.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

/// Debug output off for a while, for questions whose answer may be an error.
class Hushed {
 public:
  explicit Hushed(const AdoptedContext& context) noexcept : gl_(context.gl) {
    output_ = context.features.debug_output && gl_.glIsEnabled(GL_DEBUG_OUTPUT) == GL_TRUE;
    if (output_) gl_.glDisable(GL_DEBUG_OUTPUT);
  }
  ~Hushed() {
    if (output_) gl_.glEnable(GL_DEBUG_OUTPUT);
  }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;

 private:
  const Functions& gl_;
  bool output_ = false;
};

bool listed(const Functions& gl, GLenum target, GLenum internal) {
  if (gl.glGetInternalformativ == nullptr) return true;
  std::array<GLint, 4> types{};
  GLint count = 0;
  gl.glGetInternalformativ(target, internal, GL_NUM_TILING_TYPES_EXT, 1, &count);
  if (count <= 0 || count > static_cast<GLint>(types.size())) return true;  // not answered
  gl.glGetInternalformativ(target, internal, GL_TILING_TYPES_EXT, count, types.data());
  const auto end = types.begin() + count;
  return std::find(types.begin(), end, GL_LINEAR_TILING_EXT) != end;
}

/// Drivers list what they then refuse, or do not answer: a texture without storage tells.
bool accepted(const Entered& entered, const Functions& gl, GLenum target) {
  GLuint name = 0;
  gl.glGenTextures(1, &name);
  {
    const BoundTexture bound(gl, target, name);
    static_cast<void>(entered.take_error());
    gl.glTexParameteri(target, GL_TEXTURE_TILING_EXT, GL_LINEAR_TILING_EXT);
  }
  const bool taken = entered.take_error() == GL_NO_ERROR;
  gl.glDeleteTextures(1, &name);
  return taken;
}

}  // namespace

Result<void> check_linear(const Entered& entered, const AdoptedContext& context, GLenum target, GLenum internal) {
  const Hushed hushed(context);
  if (listed(context.gl, target, internal) && accepted(entered, context.gl, target)) return {};
  static_cast<void>(entered.take_error());
  return Error(Errc::unsupported_format,
               "This OpenGL driver has no linear tiling for such textures; create the texture without CreateOptions::linear.");
}

Result<MemoryPlane> LinearRows::ask(const TextureDescriptor& descriptor, detail::Partner& partner) {
  const std::lock_guard lock(mutex_);
  const auto key = std::pair(descriptor.format, descriptor.extent.width);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  auto made = partner.allocate(descriptor, {.handle_type = MemoryHandleType::opaque_fd, .linear = true});
  if (!made) return std::move(made).error();
  const auto& info = made->handle.info;
  if (info.memory_plane_count != 1) return Error(Errc::unsupported_handle, "The partner does not say where the rows of its textures lie.");
  return known_.emplace(key, info.memory_planes[0]).first->second;
}

Result<void> LinearRows::check(const TextureHandleInfo& info, detail::Partner* partner) {
  const bool foreign = info.memory_type_index == any_memory_type;
  if (partner == nullptr) {
    if (!foreign) return {};
    return Error(Errc::unsupported_handle,
                 "Without a partner (AdoptInfo::partner) OpenGL cannot tell whether rows that no Vulkan driver laid out are where it looks "
                 "for them; make the manager with one.");
  }
  if (info.memory_plane_count == 0 && !foreign) return {};  // an exporter that does not say trusts the driver to do the same twice
  auto own = ask(info.descriptor, *partner);
  if (!own) {
    return Error(
        Errc::unsupported_handle,
        text("OpenGL takes linear textures only as its partner lays them out, which makes none like this: ", own.error().message()));
  }
  const MemoryPlane& given = info.memory_planes[0];
  if (info.memory_plane_count == 1 && given.offset == own->offset && given.row_pitch == own->row_pitch) return {};
  return Error(Errc::unsupported_handle,
               text("TextureHandleInfo::memory_planes[0] is at offset ", given.offset, " with a row pitch of ", given.row_pitch,
                    " bytes, in ", info.memory_plane_count, " planes; OpenGL reads such a linear texture at offset ", own->offset, " with ",
                    own->row_pitch, ", so that the exporter must lay its rows out in the same way."));
}

}  // namespace geyser::opengl
