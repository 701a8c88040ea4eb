// OPAQUE_FD memory: glImportMemoryFdEXT takes the descriptor when it succeeds, and some drivers close it when it fails.
#include "backends/opengl/linear.hpp"
#include "backends/opengl/state_guard.hpp"
#include "backends/opengl/texture.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

Error contradiction(std::string_view field, const std::string& given, const std::string& expected) {
  return Error(Errc::protocol_error, text("TextureHandleInfo::", field, " is ", given, "; ", expected, "."));
}

/// OpenGL cannot be asked how many bytes an image needs, but it is never less than its texels.
std::uint64_t least_bytes(const TextureDescriptor& descriptor) {
  TextureDescriptor counted = descriptor;
  // Depth and stencil of these share one word, though copies count them apart.
  if (counted.format == TextureFormat::depth24plus_stencil8) counted.format = TextureFormat::depth24plus;
  const auto bytes = content_bytes(counted);
  return bytes ? *bytes : 0;
}

Result<void> check_info(const FormatCaps& formats, const TextureHandleInfo& info) {
  if (const std::string why = formats.why_not(info.descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text("OpenGL cannot import ", describe_use(info.descriptor), ": ", why, "."));
  }
  if (auto ok = formats.check_limits(info.descriptor); !ok) return ok;
  const auto* format = format_info(info.descriptor.format);
  if (info.native_format != 0 && info.native_format != format->vulkan) {
    return contradiction("native_format", text(info.native_format),
                         text("the descriptor's format ", format->name, " is VkFormat ", format->vulkan));
  }
  if (const std::uint64_t least = least_bytes(info.descriptor); info.allocation_size < least) {
    return contradiction("allocation_size", text(info.allocation_size, " bytes"),
                         text("the texels of ", describe(info.descriptor), " alone need ", least));
  }
  return {};
}

/// Deletes what it still holds.
struct Names {
  explicit Names(AdoptedContext& adopted) noexcept : context(adopted) {}
  ~Names() {
    context.bury(NameKind::texture, texture);
    context.bury(NameKind::memory, memory);
  }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  AdoptedContext& context;
  GLuint texture = 0;
  GLuint memory = 0;
};

Result<void> import_memory_fd(const Entered& entered, Names& names, const TextureHandle& handle, detail::Partner* partner) {
  const Functions& gl = names.context.gl;
  const auto& info = handle.info;
  // As with Vulkan: the driver gets a duplicate with a position of its own, so that the caller's handle stays whole whatever happens.
  const OsHandle reopened = platform::reopened_file(handle.handles[0]);
  const OsHandle& original = reopened ? reopened : handle.handles[0];
  auto spare = original.duplicate();
  if (!spare) return std::move(spare).error();
  if (!platform::may_be_memory(*spare, info.allocation_size)) {
    return Error(Errc::protocol_error, text("The OS handle is no memory of ", info.allocation_size,
                                            " bytes (a pipe, a socket, or a shorter file); pass the handle that export_texture() made."));
  }
  if (partner != nullptr) {
    if (auto ok = partner->check_own_kind(*spare); !ok) return ok;
  }
  gl.glCreateMemoryObjectsEXT(1, &names.memory);
  const GLint dedicated = info.dedicated ? GL_TRUE : GL_FALSE;
  gl.glMemoryObjectParameterivEXT(names.memory, GL_DEDICATED_MEMORY_OBJECT_EXT, &dedicated);
  if (auto ok = entered.check("glCreateMemoryObjectsEXT"); !ok) return ok;
  gl.glImportMemoryFdEXT(names.memory, info.allocation_size, GL_HANDLE_TYPE_OPAQUE_FD_EXT, spare->fd());
  const GLenum error = entered.take_error();
  if (error == GL_NO_ERROR) {
    static_cast<void>(spare->release());  // the driver's now
    return {};
  }
  detail::settle_failed_import(*spare, original);
  if (error == GL_OUT_OF_MEMORY || error == GL_CONTEXT_LOST) return opengl_error(error, "glImportMemoryFdEXT");
  return Error(Errc::protocol_error,
               text("glImportMemoryFdEXT refuses the OS handle as memory of ", info.allocation_size, " bytes (", error_name(error),
                    "); pass the handle that export_texture() made."),
               ErrorDomain::opengl, error);
}

void give_storage(const Functions& gl, const TextureDescriptor& descriptor, GLenum target, const GlFormat& format, GLuint memory) {
  const auto levels = static_cast<GLsizei>(descriptor.mip_levels);
  const auto width = static_cast<GLsizei>(descriptor.extent.width);
  const auto height = static_cast<GLsizei>(descriptor.extent.height);
  switch (descriptor.dimension) {
    case TextureDimension::d2:
    case TextureDimension::cube:
      return gl.glTexStorageMem2DEXT(target, levels, format.internal, width, height, memory, 0);
    case TextureDimension::d2_array:
    case TextureDimension::cube_array:
      return gl.glTexStorageMem3DEXT(target, levels, format.internal, width, height, static_cast<GLsizei>(descriptor.array_layers), memory,
                                     0);
    case TextureDimension::d3:
      return gl.glTexStorageMem3DEXT(target, levels, format.internal, width, height, static_cast<GLsizei>(descriptor.extent.depth), memory,
                                     0);
  }
}

Result<void> make_texture(const Entered& entered, Names& names, const TextureHandleInfo& info, GLenum target, const GlFormat& format) {
  const Functions& gl = names.context.gl;
  gl.glGenTextures(1, &names.texture);
  GLint width = 0;
  {
    const BoundTexture bound(gl, target, names.texture);
    if (info.linear_tiling) gl.glTexParameteri(target, GL_TEXTURE_TILING_EXT, GL_LINEAR_TILING_EXT);
    if (auto ok = entered.check("glTexParameteri(GL_TEXTURE_TILING_EXT)"); !ok) return ok;
    give_storage(gl, info.descriptor, target, format, names.memory);
    if (format.bgra) {
      gl.glTexParameteri(target, GL_TEXTURE_SWIZZLE_R, GL_BLUE);
      gl.glTexParameteri(target, GL_TEXTURE_SWIZZLE_B, GL_RED);
    }
    gl.glGetTexLevelParameteriv(target == GL_TEXTURE_CUBE_MAP ? GL_TEXTURE_CUBE_MAP_POSITIVE_X : target, 0, GL_TEXTURE_WIDTH, &width);
  }
  const GLenum error = entered.take_error();
  if (error == GL_NO_ERROR && static_cast<std::uint32_t>(width) == info.descriptor.extent.width) return {};
  if (error == GL_NO_ERROR) {
    // Mesa raises no error for memory that its driver refused.
    return Error(Errc::protocol_error,
                 "The driver made no texture of the OS handle, without an error: it is no memory of this driver, or too small; pass the "
                 "handle that export_texture() made.",
                 ErrorDomain::opengl);
  }
  if (error == GL_CONTEXT_LOST) return opengl_error(error, "glTexStorageMem");
  return Error(error == GL_OUT_OF_MEMORY ? Errc::out_of_memory : Errc::unsupported_format,
               text("OpenGL makes no texture (", describe(info.descriptor), info.linear_tiling ? ", linear" : "", ") of ",
                    info.allocation_size, " bytes of ", info.dedicated ? "dedicated " : "", "memory: ", error_name(error), "."),
               ErrorDomain::opengl, error);
}

}  // namespace

Result<std::shared_ptr<Texture>> import_opaque_fd(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<AdoptedContext>& context,
                                                  const FormatCaps& formats, TextureHandle& handle, bool imported,
                                                  detail::Partner* partner) {
  const auto& info = handle.info;
  if (auto ok = check_info(formats, info); !ok) return std::move(ok).error();
  auto entered = Entered::enter(*context);
  if (!entered) return std::move(entered).error();
  const GlFormat format = gl_format(*format_info(info.descriptor.format));
  const GLenum target = texture_target(info.descriptor.dimension);
  if (info.linear_tiling) {
    if (auto ok = check_linear(*entered, *context, target, format.internal); !ok) return std::move(ok).error();
  }
  Names names(*context);
  if (auto ok = import_memory_fd(*entered, names, handle, partner); !ok) return std::move(ok).error();
  if (auto ok = make_texture(*entered, names, info, target, format); !ok) return std::move(ok).error();
  auto texture = std::make_shared<Texture>(
      std::move(backend), context,
      detail::TextureContents::Init{info.descriptor, MemoryHandleType::opaque_fd, imported, info.allocation_size, info.required_size});
  texture->format = format;
  texture->target = target;
  texture->name = std::exchange(names.texture, 0);
  texture->memory = std::exchange(names.memory, 0);
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::opengl
