#define EGL_EGLEXT_PROTOTYPES  // for the types of the functions; none of them is called by its symbol
#include "backends/opengl/external_dmabuf.hpp"

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <algorithm>
#include <cstdio>
#include <ios>

#include "backends/opengl/extension_list.hpp"
#include "backends/opengl/state_guard.hpp"
#include "core/message.hpp"
#include "geyser/manager.hpp"
#include "platform/handle_identity.hpp"
#include "platform/inheritance.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

constexpr std::uint64_t modifier_linear = 0;                   // DRM_FORMAT_MOD_LINEAR
constexpr std::uint64_t modifier_unknown = (1ULL << 56U) - 1;  // DRM_FORMAT_MOD_INVALID

std::uint32_t fourcc_of(const FormatInfo& format) { return format.drm != 0 ? format.drm : format.drm_opaque; }

GlFormat format_of(const FormatInfo& info) {
  GlFormat format = gl_format(info);
  if (info.format == TextureFormat::bgra8_unorm) {
    // The image has the right order itself; only bytes on their way in and out must be named by it.
    format.format = GL_BGRA;
    format.bgra = false;
  }
  return format;
}

template <class Pointer>
bool find(GetProcAddress get, const char* name, Pointer& into) noexcept {
  into = reinterpret_cast<Pointer>(get(name));
  return into != nullptr;
}

std::string hex(std::uint64_t value) { return text("0x", std::hex, value); }

/// Drivers list the extensions of dma-bufs on machines that have no DRM node either, where none can come from or go to.
bool has_drm_device(GetProcAddress get, EGLDisplay display) {
  decltype(&::eglQueryDisplayAttribEXT) query_display = nullptr;
  decltype(&::eglQueryDeviceStringEXT) query_device = nullptr;
  decltype(&::eglQueryString) query_string = nullptr;
  if (!find(get, "eglQueryDisplayAttribEXT", query_display) || !find(get, "eglQueryDeviceStringEXT", query_device) ||
      !find(get, "eglQueryString", query_string)) {
    return false;
  }
  const char* client = query_string(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  if (!lists(client, "EGL_EXT_device_query") && !lists(client, "EGL_EXT_device_base")) return false;
  EGLAttrib attribute = 0;
  if (query_display(display, EGL_DEVICE_EXT, &attribute) != EGL_TRUE || attribute == 0) return false;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): EGL gives it so
  auto* const device = reinterpret_cast<EGLDeviceEXT>(attribute);
  const char* extensions = query_device(device, EGL_EXTENSIONS);
  constexpr std::pair<std::string_view, EGLint> files[] = {{"EGL_EXT_device_drm_render_node", EGL_DRM_RENDER_NODE_FILE_EXT},
                                                           {"EGL_EXT_device_drm", EGL_DRM_DEVICE_FILE_EXT}};
  for (const auto& [extension, name] : files) {
    if (!lists(extensions, extension)) continue;
    const char* path = query_device(device, name);
    if (path == nullptr) continue;
    if (std::FILE* node = std::fopen(path, "r+e"); node != nullptr) {
      std::fclose(node);
      return true;
    }
  }
  return false;
}

}  // namespace

struct DmaBuf::Display {
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;
  decltype(&::eglCreateImage) create_image = nullptr;
  decltype(&::eglDestroyImage) destroy_image = nullptr;
  decltype(&::eglGetError) get_error = nullptr;
  decltype(&::eglQueryDmaBufModifiersEXT) query_modifiers = nullptr;
  decltype(&::eglExportDMABUFImageQueryMESA) export_query = nullptr;
  decltype(&::eglExportDMABUFImageMESA) export_image = nullptr;
  std::string no_import = "the context is not EGL's";  // empty: it can
  std::string no_export = "the context is not EGL's";
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> modifiers;  // by fourcc; those that are textures like others

  void load(const AdoptedContext& adopted);
  void query_all();
  [[nodiscard]] Error error(std::string_view what) const {
    const EGLint code = get_error();
    return Error(code == EGL_BAD_ALLOC ? Errc::out_of_memory : Errc::unsupported_format,
                 text(what, " fails with EGL error ", hex(static_cast<std::uint32_t>(code)), "."), ErrorDomain::egl, code);
  }
};

void DmaBuf::Display::load(const AdoptedContext& adopted) {
  const GetProcAddress get = adopted.get_proc_address;
  decltype(&::eglGetCurrentDisplay) current_display = nullptr;
  decltype(&::eglGetCurrentContext) current_context = nullptr;
  decltype(&::eglQueryString) query_string = nullptr;
  const bool egl = find(get, "eglGetCurrentDisplay", current_display) && find(get, "eglGetCurrentContext", current_context) &&
                   find(get, "eglQueryString", query_string) && find(get, "eglGetError", get_error) &&
                   find(get, "eglCreateImage", create_image) && find(get, "eglDestroyImage", destroy_image);
  if (!egl) return;
  display = current_display();
  context = current_context();
  if (display == EGL_NO_DISPLAY || context == EGL_NO_CONTEXT) return;
  const char* extensions = query_string(display, EGL_EXTENSIONS);
  const auto lacks = [&](std::string_view name) { return text("the EGL display has no ", name); };
  no_import.clear();
  no_export.clear();
  for (const auto* name : {"EGL_EXT_image_dma_buf_import", "EGL_EXT_image_dma_buf_import_modifiers"}) {
    if (no_import.empty() && !lists(extensions, name)) no_import = lacks(name);
  }
  if (!lists(extensions, "EGL_MESA_image_dma_buf_export")) no_export = lacks("EGL_MESA_image_dma_buf_export");
  if (!adopted.has("GL_EXT_EGL_image_storage") || adopted.gl.glEGLImageTargetTexStorageEXT == nullptr) {
    no_import = "the context has no GL_EXT_EGL_image_storage";
  }
  if (no_import.empty() && !find(get, "eglQueryDmaBufModifiersEXT", query_modifiers)) no_import = lacks("eglQueryDmaBufModifiersEXT");
  if (no_export.empty() &&
      (!find(get, "eglExportDMABUFImageQueryMESA", export_query) || !find(get, "eglExportDMABUFImageMESA", export_image))) {
    no_export = lacks("eglExportDMABUFImageMESA");
  }
  if ((no_import.empty() || no_export.empty()) && !has_drm_device(get, display)) {
    static_cast<void>(get_error());
    for (auto* why : {&no_import, &no_export}) {
      if (why->empty()) *why = "EGL names no DRM device for this context, without which dma-bufs mean nothing";
    }
  }
  if (no_import.empty()) query_all();
}

void DmaBuf::Display::query_all() {
  for (const FormatInfo& format : all_formats()) {
    const std::uint32_t fourcc = fourcc_of(format);
    if (fourcc == 0 || format.kind != FormatKind::color || modifiers.contains(fourcc)) continue;
    const auto code = static_cast<EGLint>(fourcc);
    EGLint count = 0;
    if (query_modifiers(display, code, 0, nullptr, nullptr, &count) != EGL_TRUE || count <= 0) {
      static_cast<void>(get_error());  // formats that it does not know are no error of the caller's
      continue;
    }
    std::vector<EGLuint64KHR> list(static_cast<std::size_t>(count));
    std::vector<EGLBoolean> external(list.size());
    if (query_modifiers(display, code, count, list.data(), external.data(), &count) != EGL_TRUE) continue;
    for (std::size_t i = 0; i < std::min(list.size(), static_cast<std::size_t>(std::max(count, 0))); ++i) {
      if (external[i] == EGL_FALSE) modifiers[fourcc].push_back(list[i]);
    }
  }
}

DmaBuf::DmaBuf(const AdoptedContext& context) {
  auto made = std::make_shared<Display>();
  made->load(context);
  display_ = std::move(made);
}

DmaBuf::~DmaBuf() = default;

MemoryHandleSupport DmaBuf::capability() const {
  MemoryHandleSupport support{.type = MemoryHandleType::dma_buf};
  support.can_import = display_->no_import.empty();
  support.can_export = display_->no_export.empty();
  support.why_not = !support.can_import ? display_->no_import : display_->no_export;
  return support;
}

std::string DmaBuf::why_not(const FormatCaps& formats, const TextureDescriptor& descriptor) const {
  const FormatInfo& info = *format_info(descriptor.format);
  if (std::string why = formats.why_not(descriptor); !why.empty()) return why;
  if (descriptor.dimension != TextureDimension::d2 || descriptor.mip_levels != 1)
    return "a dma_buf carries d2 textures with one mip level only";
  if (fourcc_of(info) == 0 || info.kind != FormatKind::color) return text(info.name, " has no DRM format code");
  if (info.srgb) return text("EGL images have no sRGB formats such as ", info.name);
  if (info.format == TextureFormat::bgra8_unorm && formats.es()) return "OpenGL ES cannot read bgra8_unorm images back";
  return {};
}

FormatSupport DmaBuf::support(const FormatCaps& formats, const TextureDescriptor& descriptor) const {
  FormatSupport support;
  support.type = MemoryHandleType::dma_buf;
  support.why_not = why_not(formats, descriptor);
  if (!support.why_not.empty()) return support;
  const FormatInfo& info = *format_info(descriptor.format);
  const auto found = display_->modifiers.find(fourcc_of(info));
  support.can_import = display_->no_import.empty() && found != display_->modifiers.end();
  const bool bgra = info.format == TextureFormat::bgra8_unorm;
  support.can_export = display_->no_export.empty() && !bgra;
  if (!support.can_import) {
    support.why_not = !display_->no_import.empty() ? display_->no_import : text("EGL imports no ", info.name, " dma-bufs");
  } else if (!support.can_export) {
    support.why_not = !display_->no_export.empty() ? display_->no_export : "OpenGL has no bgra8_unorm storage to export";
  }
  if (!support.can_import && !support.can_export) return support;
  support.max_extent = formats.max_extent(descriptor.dimension);
  support.max_mip_levels = 1;
  support.max_array_layers = 1;
  // How many planes other modifiers need, EGL does not say.
  if (support.can_import && std::ranges::find(found->second, modifier_linear) != found->second.end()) {
    support.modifiers.push_back({modifier_linear, 1});
  }
  return support;
}

Result<std::shared_ptr<Texture>> DmaBuf::import(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<AdoptedContext>& context,
                                                const FormatCaps& formats, TextureHandle& handle) const {
  const auto& info = handle.info;
  const FormatInfo& format = *format_info(info.descriptor.format);
  if (const std::string why = why_not(formats, info.descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text("OpenGL cannot import ", describe_use(info.descriptor), " as dma_buf: ", why, "."));
  }
  if (auto ok = formats.check_limits(info.descriptor); !ok) return std::move(ok).error();
  const auto known = display_->modifiers.find(fourcc_of(format));
  if (known == display_->modifiers.end() || std::ranges::find(known->second, info.drm_modifier) == known->second.end()) {
    return Error(Errc::unsupported_format,
                 text("TextureHandleInfo::drm_modifier is ", hex(info.drm_modifier), ", with which EGL imports no ", format.name,
                      " as a 2D texture; ask eglQueryDmaBufModifiersEXT for those that it does."));
  }
  if (info.memory_plane_count == 0) {
    return Error(Errc::protocol_error, "TextureHandleInfo::memory_plane_count is 0; a dma_buf has at least one plane.");
  }
  const MemoryPlane& first = info.memory_planes[0];
  const std::uint64_t row = std::uint64_t{info.descriptor.extent.width} * format.planes[0].block_bytes;
  if (info.drm_modifier == modifier_linear &&
      (first.row_pitch < row || first.offset + first.row_pitch * (info.descriptor.extent.height - 1) + row > info.allocation_size)) {
    return Error(Errc::protocol_error, text("memory_planes[0] has offset ", first.offset, " and row_pitch ", first.row_pitch, "; ",
                                            describe(info.descriptor), " does not fit so into ", info.allocation_size, " bytes."));
  }
  static constexpr EGLAttrib names[max_memory_planes][5] = {
      {EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT,
       EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
      {EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT,
       EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
      {EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT,
       EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
      {EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT,
       EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
  };
  std::vector<EGLAttrib> attributes{EGL_WIDTH,
                                    static_cast<EGLAttrib>(info.descriptor.extent.width),
                                    EGL_HEIGHT,
                                    static_cast<EGLAttrib>(info.descriptor.extent.height),
                                    EGL_LINUX_DRM_FOURCC_EXT,
                                    static_cast<EGLAttrib>(fourcc_of(format))};
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    const MemoryPlane& plane = info.memory_planes[i];
    attributes.insert(attributes.end(),
                      {names[i][0], handle.handles[plane.handle_index].fd(), names[i][1], static_cast<EGLAttrib>(plane.offset), names[i][2],
                       static_cast<EGLAttrib>(plane.row_pitch), names[i][3], static_cast<EGLAttrib>(info.drm_modifier & 0xffffffffU),
                       names[i][4], static_cast<EGLAttrib>(info.drm_modifier >> 32U)});
  }
  attributes.push_back(EGL_NONE);

  auto entered = Entered::enter(*context);
  if (!entered) return std::move(entered).error();
  // EGL takes references of its own to the dma-bufs: the descriptors stay the handle's until all is well.
  const EGLImage image = display_->create_image(display_->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, nullptr, attributes.data());
  if (image == EGL_NO_IMAGE)
    return display_->error(text("eglCreateImage of a dma_buf (", describe(info.descriptor), ", modifier ", hex(info.drm_modifier), ")"));
  auto texture = std::make_shared<Texture>(
      std::move(backend), context,
      detail::TextureContents::Init{info.descriptor, MemoryHandleType::dma_buf, true, info.allocation_size, info.required_size});
  texture->format = format_of(format);
  texture->drm_modifier = info.drm_modifier;
  texture->memory_plane_count = info.memory_plane_count;
  const Functions& gl = context->gl;
  gl.glGenTextures(1, &texture->name);
  {
    const BoundTexture bound(gl, GL_TEXTURE_2D, texture->name);
    gl.glEGLImageTargetTexStorageEXT(GL_TEXTURE_2D, image, nullptr);
  }
  display_->destroy_image(display_->display, image);  // the texture is a sibling, and keeps the memory
  if (const GLenum error = entered->take_error(); error != GL_NO_ERROR) {
    return Error(error == GL_OUT_OF_MEMORY ? Errc::out_of_memory : Errc::unsupported_format,
                 text("OpenGL makes no texture of a dma_buf (", describe(info.descriptor), ", modifier ", hex(info.drm_modifier),
                      "): ", error_name(error), "."),
                 ErrorDomain::opengl, error);
  }
  for (auto& each : handle.handles) each.reset();
  return texture;
}

Result<std::shared_ptr<Texture>> DmaBuf::allocate(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<AdoptedContext>& context,
                                                  const FormatCaps& formats, const TextureDescriptor& descriptor,
                                                  const CreateOptions& options) const {
  if (const FormatSupport answer = support(formats, descriptor); !answer.can_export) {
    return Error(Errc::unsupported_format,
                 text("OpenGL cannot export ", describe_use(descriptor), " as dma_buf: ",
                      answer.why_not.empty() ? text("it has no ", to_string(descriptor.format), " storage") : answer.why_not, "."));
  }
  if (auto ok = formats.check_limits(descriptor); !ok) return std::move(ok).error();
  auto entered = Entered::enter(*context);
  if (!entered) return std::move(entered).error();
  const Functions& gl = context->gl;
  const FormatInfo& format = *format_info(descriptor.format);
  auto texture = std::make_shared<Texture>(std::move(backend), context,
                                           detail::TextureContents::Init{descriptor, MemoryHandleType::dma_buf, false, 0, 0});
  texture->format = format_of(format);
  gl.glGenTextures(1, &texture->name);
  {
    const BoundTexture bound(gl, GL_TEXTURE_2D, texture->name);
    gl.glTexStorage2D(GL_TEXTURE_2D, 1, texture->format.internal, static_cast<GLsizei>(descriptor.extent.width),
                      static_cast<GLsizei>(descriptor.extent.height));
  }
  if (auto ok = entered->check("glTexStorage2D"); !ok) return std::move(ok).error();
  const EGLAttrib attributes[] = {EGL_GL_TEXTURE_LEVEL, 0, EGL_NONE};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): EGL takes names as pointers
  auto* const client = reinterpret_cast<EGLClientBuffer>(static_cast<std::uintptr_t>(texture->name));
  const EGLImage image = display_->create_image(display_->display, display_->context, EGL_GL_TEXTURE_2D, client, attributes);
  if (image == EGL_NO_IMAGE) return display_->error("eglCreateImage of a texture");
  texture->egl_image = std::shared_ptr<const void>(
      image, [display = display_](const void* each) { display->destroy_image(display->display, const_cast<void*>(each)); });
  int fourcc = 0;
  int planes = 0;
  EGLuint64KHR modifiers[max_memory_planes] = {modifier_unknown, modifier_unknown, modifier_unknown, modifier_unknown};
  // The number of planes first: the modifiers are as many.
  if (display_->export_query(display_->display, image, &fourcc, &planes, nullptr) != EGL_TRUE) {
    return display_->error("eglExportDMABUFImageQueryMESA");
  }
  const auto given = static_cast<std::uint32_t>(fourcc);
  if (planes < 1 || planes > static_cast<int>(max_memory_planes) || (given != format.drm && given != format.drm_opaque)) {
    return Error(Errc::unsupported_format, text("EGL exports a ", format.name, " texture as ", planes, " planes of the DRM format ",
                                                hex(given), "; expected is ", hex(fourcc_of(format)), "."));
  }
  if (display_->export_query(display_->display, image, &fourcc, &planes, modifiers) != EGL_TRUE) {
    return display_->error("eglExportDMABUFImageQueryMESA");
  }
  texture->drm_modifier = modifiers[0];
  texture->memory_plane_count = static_cast<std::uint32_t>(planes);
  const auto accepted = [&](const ModifierSupport& m) {
    return m.modifier == modifiers[0] && m.memory_planes == texture->memory_plane_count;
  };
  if ((!options.modifiers.empty() && std::ranges::none_of(options.modifiers, accepted)) ||
      (options.linear && modifiers[0] != modifier_linear)) {
    return Error(Errc::unsupported_format, text("OpenGL chose the DRM format modifier ", hex(modifiers[0]), " with ", planes,
                                                " planes, which is not what CreateOptions asks for; allocate with the other API."));
  }
  return texture;
}

Result<TextureHandle> DmaBuf::export_memory(const Texture& texture, const DeviceIdentity& exporter) const {
  std::array<int, max_memory_planes> fds{-1, -1, -1, -1};
  std::array<EGLint, max_memory_planes> strides{};
  std::array<EGLint, max_memory_planes> offsets{};
  if (display_->export_image(display_->display, const_cast<void*>(texture.egl_image.get()), fds.data(), strides.data(), offsets.data()) !=
      EGL_TRUE) {
    return display_->error("eglExportDMABUFImageMESA");
  }
  TextureHandle handle;
  std::uint32_t used = 0;
  auto& info = handle.info;
  for (std::uint32_t i = 0; i < texture.memory_plane_count; ++i) {
    OsHandle own(fds[i]);
    platform::keep_from_children(own);
    std::uint32_t index = used;
    // A plane without a descriptor lies in the one before; equal ones are given once, which is how importers like it.
    if (!own) index = used == 0 ? 0 : used - 1;
    for (std::uint32_t j = 0; j < used; ++j) {
      if (own && platform::is_same_object(own, handle.handles[j])) index = j;
    }
    if (index == used && own) handle.handles[used++] = std::move(own);
    info.memory_planes[i] = {static_cast<std::uint64_t>(std::max(offsets[i], 0)), static_cast<std::uint64_t>(std::max(strides[i], 0)),
                             index};
  }
  if (used == 0) return Error(Errc::internal, "eglExportDMABUFImageMESA gives no file descriptor.", ErrorDomain::egl);
  const std::uint64_t rows = info.memory_planes[0].offset + info.memory_planes[0].row_pitch * texture.descriptor().extent.height;
  info.type = MemoryHandleType::dma_buf;
  info.descriptor = texture.descriptor();
  info.exporter = exporter;
  info.allocation_size = std::max(rows, platform::size_by_seeking(handle.handles[0]));
  info.required_size = rows;
  info.memory_type_index = any_memory_type;
  info.dedicated = true;
  info.linear_tiling = texture.drm_modifier == modifier_linear;
  info.native_format = format_info(texture.descriptor().format)->vulkan;
  info.drm_modifier = texture.drm_modifier;
  info.memory_plane_count = texture.memory_plane_count;
  return handle;
}

}  // namespace geyser::opengl
