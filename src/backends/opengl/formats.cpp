#include "backends/opengl/formats.hpp"

#include <algorithm>
#include <bit>

#include "core/message.hpp"

namespace geyser::opengl {
namespace {

using detail::text;
using F = TextureFormat;

constexpr std::array array_formats{GL_RED, GL_RG, GL_RGB, GL_RGBA};
constexpr std::array integer_formats{GL_RED_INTEGER, GL_RG_INTEGER, GL_RGB_INTEGER, GL_RGBA_INTEGER};
constexpr std::array unsigned_types{GL_UNSIGNED_BYTE, GL_UNSIGNED_SHORT, GL_UNSIGNED_INT};
constexpr std::array signed_types{GL_BYTE, GL_SHORT, GL_INT};

GlFormat row(GLenum internal, GLenum format, GLenum type, CopyPath path, std::uint8_t bytes) {
  return {internal, format, type, path, bytes, false};
}

/// Channels of 8, 16 or 32 bits, one after the other.
GlFormat array_format(const FormatInfo& info) {
  const std::uint32_t channel = static_cast<std::uint32_t>(info.planes[0].block_bytes) / info.channels;
  const auto size = static_cast<std::size_t>(std::countr_zero(channel));
  const bool integer = info.type == NumericType::uint || info.type == NumericType::sint;
  const bool with_sign = info.type == NumericType::sint || info.type == NumericType::snorm;
  const bool exact = integer || (info.type == NumericType::unorm && !info.srgb);
  GlFormat result;
  result.internal = info.gl_internal;
  result.format = static_cast<GLenum>((integer ? integer_formats : array_formats)[info.channels - 1U]);
  result.type = static_cast<GLenum>((with_sign ? signed_types : unsigned_types)[size]);
  if (info.type == NumericType::sfloat) result.type = channel == 2 ? GL_HALF_FLOAT : GL_FLOAT;
  result.path = exact ? CopyPath::direct : CopyPath::bits;
  result.texel_bytes = info.planes[0].block_bytes;
  return result;
}

/// What OpenGL ES needs for a format; empty: nothing beyond 3.1.
std::string es_missing(const AdoptedContext& context, const FormatInfo& info) {
  const auto need = [&](std::string_view extension) {
    return context.has(extension) ? std::string() : text("the context has no ", extension);
  };
  const bool es32 = context.features.major * 10 + context.features.minor >= 32;
  switch (info.kind) {
    case FormatKind::depth:
    case FormatKind::stencil:
    case FormatKind::depth_stencil:
      return "OpenGL ES cannot read depth and stencil back";
    case FormatKind::bc: {
      if (info.format <= F::bc3_rgba_srgb) {
        return need(info.srgb ? "GL_EXT_texture_compression_s3tc_srgb" : "GL_EXT_texture_compression_s3tc");
      }
      return need(info.format <= F::bc5_rg_snorm ? "GL_EXT_texture_compression_rgtc" : "GL_EXT_texture_compression_bptc");
    }
    case FormatKind::astc:
      if (!es32) return need("GL_KHR_texture_compression_astc_ldr");
      break;
    default:
      break;
  }
  const bool norm16 = info.planes[0].block_bytes == 2U * info.channels && info.kind == FormatKind::color &&
                      (info.type == NumericType::unorm || info.type == NumericType::snorm);
  if (norm16) return need("GL_EXT_texture_norm16");
  const bool plain = info.format == F::rgba8_unorm || info.format == F::bgra8_unorm;
  if (!plain && !context.features.copy_image) {
    return "OpenGL ES reads such textures back only with glCopyImageSubData, which the context does not have";
  }
  return {};
}

/// OpenGL ES cannot be asked; its specification says it.
bool es_renderable(const AdoptedContext& context, const FormatInfo& info) {
  if (info.kind != FormatKind::color || info.format == F::rgb9e5_float) return false;
  const bool es32 = context.features.major * 10 + context.features.minor >= 32;
  switch (info.type) {
    case NumericType::snorm:
      return context.has("GL_EXT_render_snorm");
    case NumericType::sfloat:
    case NumericType::ufloat:
      return es32 || context.has("GL_EXT_color_buffer_float");
    default:
      return true;
  }
}
bool es_storage(const FormatInfo& info) {
  switch (info.format) {
    case F::rgba32_float:
    case F::rgba16_float:
    case F::r32_float:
    case F::rgba32_uint:
    case F::rgba16_uint:
    case F::rgba8_uint:
    case F::r32_uint:
    case F::rgba32_sint:
    case F::rgba16_sint:
    case F::rgba8_sint:
    case F::r32_sint:
    case F::rgba8_unorm:
    case F::bgra8_unorm:
    case F::rgba8_snorm:
      return true;
    default:
      return false;
  }
}

}  // namespace

GlFormat gl_format(const FormatInfo& info) noexcept {
  switch (info.format) {
    case F::bgra8_unorm:
    case F::bgra8_srgb: {
      GlFormat made =
          row(info.srgb ? GL_SRGB8_ALPHA8 : GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE, info.srgb ? CopyPath::bits : CopyPath::direct, 4);
      made.bgra = true;
      return made;
    }
    case F::rgb10a2_unorm:
      return row(GL_RGB10_A2, GL_RGBA, GL_UNSIGNED_INT_2_10_10_10_REV, CopyPath::direct, 4);
    case F::rgb10a2_uint:
      return row(GL_RGB10_A2UI, GL_RGBA_INTEGER, GL_UNSIGNED_INT_2_10_10_10_REV, CopyPath::direct, 4);
    case F::rg11b10_float:
      return row(GL_R11F_G11F_B10F, GL_RGB, GL_UNSIGNED_INT_10F_11F_11F_REV, CopyPath::bits, 4);
    case F::rgb9e5_float:
      return row(GL_RGB9_E5, GL_RGB, GL_UNSIGNED_INT_5_9_9_9_REV, CopyPath::bits, 4);
    case F::stencil8:
      return row(GL_STENCIL_INDEX8, GL_STENCIL_INDEX, GL_UNSIGNED_BYTE, CopyPath::direct, 1);
    case F::depth16_unorm:
      return row(GL_DEPTH_COMPONENT16, GL_DEPTH_COMPONENT, GL_UNSIGNED_SHORT, CopyPath::direct, 2);
    case F::depth24plus:
      return row(GL_DEPTH_COMPONENT24, GL_DEPTH_COMPONENT, GL_UNSIGNED_INT, CopyPath::depth_stencil, 4);
    case F::depth32_float:
      return row(GL_DEPTH_COMPONENT32F, GL_DEPTH_COMPONENT, GL_FLOAT, CopyPath::direct, 4);
    case F::depth24plus_stencil8:
      return row(GL_DEPTH24_STENCIL8, GL_DEPTH_STENCIL, GL_UNSIGNED_INT_24_8, CopyPath::depth_stencil, 4);
    case F::depth32_float_stencil8:
      return row(GL_DEPTH32F_STENCIL8, GL_DEPTH_STENCIL, GL_FLOAT_32_UNSIGNED_INT_24_8_REV, CopyPath::depth_stencil, 8);
    default:
      break;
  }
  if (info.kind == FormatKind::planar) return {};
  if (info.kind != FormatKind::color) {
    return row(info.gl_internal, info.gl_internal, 0, CopyPath::compressed, info.planes[0].block_bytes);
  }
  return array_format(info);
}

GlFormat bits_format(std::uint32_t texel_bytes) noexcept {
  switch (texel_bytes) {
    case 1:
      return row(GL_R8UI, GL_RED_INTEGER, GL_UNSIGNED_BYTE, CopyPath::direct, 1);
    case 2:
      return row(GL_R16UI, GL_RED_INTEGER, GL_UNSIGNED_SHORT, CopyPath::direct, 2);
    case 4:
      return row(GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, CopyPath::direct, 4);
    case 8:
      return row(GL_RG32UI, GL_RG_INTEGER, GL_UNSIGNED_INT, CopyPath::direct, 8);
    default:
      return row(GL_RGBA32UI, GL_RGBA_INTEGER, GL_UNSIGNED_INT, CopyPath::direct, 16);
  }
}

GLenum texture_target(TextureDimension dimension) noexcept {
  switch (dimension) {
    case TextureDimension::d2:
      return GL_TEXTURE_2D;
    case TextureDimension::d2_array:
      return GL_TEXTURE_2D_ARRAY;
    case TextureDimension::cube:
      return GL_TEXTURE_CUBE_MAP;
    case TextureDimension::cube_array:
      return GL_TEXTURE_CUBE_MAP_ARRAY;
    case TextureDimension::d3:
      return GL_TEXTURE_3D;
  }
  return GL_TEXTURE_2D;
}

GLenum binding_of(GLenum target) noexcept {
  switch (target) {
    case GL_TEXTURE_2D_ARRAY:
      return GL_TEXTURE_BINDING_2D_ARRAY;
    case GL_TEXTURE_CUBE_MAP:
      return GL_TEXTURE_BINDING_CUBE_MAP;
    case GL_TEXTURE_CUBE_MAP_ARRAY:
      return GL_TEXTURE_BINDING_CUBE_MAP_ARRAY;
    case GL_TEXTURE_3D:
      return GL_TEXTURE_BINDING_3D;
    default:
      return GL_TEXTURE_BINDING_2D;
  }
}

FormatCaps::FormatCaps(const AdoptedContext& context) : features_(context.features) {
  const auto ask = [&](GLenum target, GLenum internal, GLenum question) {
    GLint answer = 0;
    context.gl.glGetInternalformativ(target, internal, question, 1, &answer);
    return answer != GL_NONE;
  };
  const bool es = features_.es;
  for (const FormatInfo& info : all_formats()) {
    Row& row = rows_[static_cast<std::size_t>(info.format)];
    const GlFormat format = gl_format(info);
    if (format.internal == 0) continue;
    if (es) row.missing = es_missing(context, info);
    if (features_.nvidia && (info.format == F::depth24plus || info.format == F::depth24plus_stencil8)) {
      // Measured with driver 580: the first content is right, and stays what OpenGL reads after others have written the next.
      row.missing = "NVIDIA's OpenGL does not see what others write into 24-bit depth";
    }
    const bool compressed = format.path == CopyPath::compressed;
    const bool depth = info.kind == FormatKind::depth || info.kind == FormatKind::stencil || info.kind == FormatKind::depth_stencil;
    for (std::size_t i = 0; i < row.dimensions.size(); ++i) {
      const auto dimension = static_cast<TextureDimension>(i);
      const GLenum target = texture_target(dimension);
      bool has = es || context.gl.glGetInternalformativ == nullptr || ask(target, format.internal, GL_INTERNALFORMAT_SUPPORTED);
      if (dimension == TextureDimension::d3) {
        const bool bptc = info.format >= F::bc6h_rgb_ufloat && info.format <= F::bc7_rgba_srgb;
        const bool astc = info.kind == FormatKind::astc && context.has("GL_KHR_texture_compression_astc_sliced_3d");
        if (depth || (compressed && !astc && (es || !bptc))) has = false;
      }
      if (dimension == TextureDimension::cube_array && es && features_.major * 10 + features_.minor < 32 &&
          !context.has("GL_EXT_texture_cube_map_array") && !context.has("GL_OES_texture_cube_map_array")) {
        has = false;
      }
      row.dimensions[i] = has;
    }
    if (es) {
      row.renderable = es_renderable(context, info);
      row.storage = es_storage(info);
    }
    if (!es && info.kind == FormatKind::astc && !context.has("GL_KHR_texture_compression_astc_ldr")) {
      row.missing = "the context has no GL_KHR_texture_compression_astc_ldr";
    }
    if (!es && context.gl.glGetInternalformativ != nullptr) {
      row.renderable = ask(GL_TEXTURE_2D, format.internal, GL_FRAMEBUFFER_RENDERABLE);
      row.storage = ask(GL_TEXTURE_2D, format.internal, GL_SHADER_IMAGE_LOAD);
    }
  }
}

std::string FormatCaps::why_not(const TextureDescriptor& descriptor) const {
  const FormatInfo& info = *format_info(descriptor.format);
  const Row& row = rows_[static_cast<std::size_t>(descriptor.format)];
  if (gl_format(info).internal == 0) return text("OpenGL has no format for ", info.name);
  if (!row.missing.empty()) return row.missing;
  if (!row.dimensions[static_cast<std::size_t>(descriptor.dimension)]) {
    return text("the context has no ", info.name, " textures of dimension ", to_string(descriptor.dimension));
  }
  if (has(descriptor.usage, TextureUsage::render_attachment) && !row.renderable) {
    return text("the context cannot draw to ", info.name);
  }
  if (has(descriptor.usage, TextureUsage::storage_binding) && !row.storage) {
    return text("shaders of the context have no images of ", info.name);
  }
  return {};
}

Extent3D FormatCaps::max_extent(TextureDimension dimension) const noexcept {
  const auto side = [](GLint limit) { return static_cast<std::uint32_t>(std::max(limit, 0)); };
  switch (dimension) {
    case TextureDimension::d3:
      return {side(features_.max_3d), side(features_.max_3d), side(features_.max_3d)};
    case TextureDimension::cube:
    case TextureDimension::cube_array:
      return {side(features_.max_cube), side(features_.max_cube), 1};
    default:
      return {side(features_.max_2d), side(features_.max_2d), 1};
  }
}

std::uint32_t FormatCaps::max_layers(TextureDimension dimension) const noexcept {
  const auto layers = static_cast<std::uint32_t>(std::max(features_.max_layers, 1));
  switch (dimension) {
    case TextureDimension::d2_array:
      return layers;
    case TextureDimension::cube:
      return 6;
    case TextureDimension::cube_array:
      return layers / 6 * 6;
    default:
      return 1;
  }
}

Result<void> FormatCaps::check_limits(const TextureDescriptor& descriptor) const {
  const Extent3D most = max_extent(descriptor.dimension);
  const auto check = [&](std::string_view field, std::uint32_t given, std::uint32_t limit) -> Result<void> {
    if (given <= limit) return {};
    return Error(Errc::limit_exceeded, text("TextureDescriptor::", field, " is ", given, "; this OpenGL context allows at most ", limit,
                                            " for ", to_string(descriptor.dimension), " textures."));
  };
  if (auto ok = check("extent.width", descriptor.extent.width, most.width); !ok) return ok;
  if (auto ok = check("extent.height", descriptor.extent.height, most.height); !ok) return ok;
  if (auto ok = check("extent.depth", descriptor.extent.depth, most.depth); !ok) return ok;
  return check("array_layers", descriptor.array_layers, max_layers(descriptor.dimension));
}

}  // namespace geyser::opengl
