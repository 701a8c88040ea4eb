#include "backends/opengl/transfer.hpp"

#include <cstring>
#include <vector>

#include "backends/opengl/state_guard.hpp"
#include "core/message.hpp"
#include "geyser/manager.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

/// A texture object for the time of one copy.
class Scratch {
 public:
  explicit Scratch(const Functions& gl) noexcept : gl_(gl) { gl_.glGenTextures(1, &name); }
  ~Scratch() { gl_.glDeleteTextures(1, &name); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  GLuint name = 0;

 private:
  const Functions& gl_;
};

class ScratchFramebuffer {
 public:
  explicit ScratchFramebuffer(const Functions& gl) noexcept : gl_(gl) { gl_.glGenFramebuffers(1, &name); }
  ~ScratchFramebuffer() { gl_.glDeleteFramebuffers(1, &name); }
  ScratchFramebuffer(const ScratchFramebuffer&) = delete;
  ScratchFramebuffer& operator=(const ScratchFramebuffer&) = delete;
  GLuint name = 0;

 private:
  const Functions& gl_;
};

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t i) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + 4 * i, 4);
  return word;
}
void put_word(std::span<std::byte> bytes, std::size_t i, std::uint32_t word) { std::memcpy(bytes.data() + 4 * i, &word, 4); }

/// Puts one aspect's bytes into the words of both. 24 bits of depth lie in the low bits for Vulkan and this library, in the high ones for
/// OpenGL.
void merge_aspect(TextureFormat format, std::uint32_t plane, std::span<const std::byte> bytes, std::span<std::byte> both) {
  if (format == TextureFormat::depth24plus) {
    for (std::size_t i = 0; i < both.size() / 4; ++i) put_word(both, i, word_at(bytes, i) << 8U);
  } else if (format == TextureFormat::depth24plus_stencil8) {
    for (std::size_t i = 0; i < both.size() / 4; ++i) {
      const std::uint32_t old = word_at(both, i);
      put_word(both, i,
               plane == 0 ? (word_at(bytes, i) << 8U | (old & 0xffU)) : ((old & ~0xffU) | std::to_integer<std::uint32_t>(bytes[i])));
    }
  } else {
    for (std::size_t i = 0; i < both.size() / 8; ++i) {
      put_word(both, 2 * i + plane, plane == 0 ? word_at(bytes, i) : std::to_integer<std::uint32_t>(bytes[i]));
    }
  }
}

void split_aspect(TextureFormat format, std::uint32_t plane, std::span<const std::byte> both, std::span<std::byte> bytes) {
  if (format == TextureFormat::depth24plus || (format == TextureFormat::depth24plus_stencil8 && plane == 0)) {
    for (std::size_t i = 0; i < both.size() / 4; ++i) put_word(bytes, i, word_at(both, i) >> 8U);
  } else if (format == TextureFormat::depth24plus_stencil8) {
    for (std::size_t i = 0; i < both.size() / 4; ++i) bytes[i] = static_cast<std::byte>(word_at(both, i) & 0xffU);
  } else if (plane == 0) {
    for (std::size_t i = 0; i < both.size() / 8; ++i) put_word(bytes, i, word_at(both, 2 * i));
  } else {
    for (std::size_t i = 0; i < both.size() / 8; ++i) bytes[i] = static_cast<std::byte>(word_at(both, 2 * i + 1) & 0xffU);
  }
}

}  // namespace

Transfer::~Transfer() { context_->bury(NameKind::buffer, buffer_); }

Transfer::Image Transfer::image_of(const Texture& texture, const TextureRegion& region, const RegionLayout& layout) {
  Image image{.name = texture.name, .target = texture.target, .format = texture.format, .box = {}, .bytes = layout.total_bytes};
  image.box.level = static_cast<GLint>(region.mip_level);
  image.box.x = static_cast<GLint>(region.offset.x);
  image.box.y = static_cast<GLint>(region.offset.y);
  image.box.z = static_cast<GLint>(texture.target == GL_TEXTURE_3D ? region.offset.z : region.array_layer);
  image.box.width = static_cast<GLsizei>(layout.extent.width);
  image.box.height = static_cast<GLsizei>(layout.extent.height);
  image.box.depth = static_cast<GLsizei>(layout.extent.depth);
  const FormatInfo& info = *format_info(texture.descriptor().format);
  image.block_width = info.block_width;
  image.block_height = info.block_height;
  if (texture.format.path == CopyPath::depth_stencil) {
    image.bytes = std::uint64_t{layout.extent.width} * layout.extent.height * texture.format.texel_bytes;
  }
  return image;
}

Result<void> Transfer::begin(const Texture& texture, const Image& image, geyser::Access& access) const {
  // What GLsizei can say.
  if (constexpr std::uint64_t most = 0x7fffffff; image.bytes > most) {
    return Error(Errc::limit_exceeded,
                 text("The region has ", image.bytes, " bytes; OpenGL copies at most ", most, " at once: copy it in parts."));
  }
  if (auto ok = wait_on_host(access, true, default_gpu_timeout); !ok) return ok;
  wait_on_gpu(texture, access);
  return {};
}

Result<void> Transfer::finish() {
  auto done = context_->finish(default_gpu_timeout);
  // The GPU may still use the buffer: the next copy gets another.
  if (!done) context_->bury(NameKind::buffer, std::exchange(buffer_, 0U));
  return done;
}

Result<void> Transfer::end(const Entered& entered, const Texture& texture, geyser::Access& access) {
  const auto& point = access.signal();
  if (!point) return {};
  detail::SemaphoreContents& semaphore = *detail::Private::contents(point->semaphore);
  if (native_of(semaphore) == nullptr) return semaphore.signal(point->value);
  signal_on_gpu(semaphore, point->value, &texture, detail::Private::released(access));
  return entered.check("glSignalSemaphoreEXT");
}

void Transfer::grow(GLenum target, std::uint64_t bytes, const void* data) {
  // New storage each time: the driver keeps the old one as long as commands use it.
  context_->gl.glBufferData(target, static_cast<GLsizeiptr>(bytes), data, target == GL_PIXEL_PACK_BUFFER ? GL_STREAM_READ : GL_STREAM_DRAW);
}

Result<void> Transfer::put(const Entered& entered, const Image& image, std::span<const std::byte> bytes) {
  const Functions& gl = context_->gl;
  if (buffer_ == 0) gl.glGenBuffers(1, &buffer_);
  const PlainTransfer plain(*context_, false);
  const BoundBuffer source(gl, GL_PIXEL_UNPACK_BUFFER, buffer_);
  grow(GL_PIXEL_UNPACK_BUFFER, bytes.size(), bytes.data());
  if (auto ok = entered.check("glBufferData"); !ok) return ok;
  const BoundTexture bound(gl, image.target, image.name);
  const Box& box = image.box;
  const bool flat = image.target == GL_TEXTURE_2D || image.target == GL_TEXTURE_CUBE_MAP;
  const GLenum face = image.target == GL_TEXTURE_CUBE_MAP ? GL_TEXTURE_CUBE_MAP_POSITIVE_X + static_cast<GLenum>(box.z) : image.target;
  if (image.format.path == CopyPath::compressed) {
    const auto size = static_cast<GLsizei>(bytes.size());
    if (flat) {
      gl.glCompressedTexSubImage2D(face, box.level, box.x, box.y, box.width, box.height, image.format.internal, size, nullptr);
    } else {
      gl.glCompressedTexSubImage3D(image.target, box.level, box.x, box.y, box.z, box.width, box.height, box.depth, image.format.internal,
                                   size, nullptr);
    }
    return entered.check("glCompressedTexSubImage");
  }
  if (flat) {
    gl.glTexSubImage2D(face, box.level, box.x, box.y, box.width, box.height, image.format.format, image.format.type, nullptr);
  } else {
    gl.glTexSubImage3D(image.target, box.level, box.x, box.y, box.z, box.width, box.height, box.depth, image.format.format,
                       image.format.type, nullptr);
  }
  return entered.check("glTexSubImage");
}

Result<void> Transfer::get(const Entered& entered, const Image& image) {
  const Functions& gl = context_->gl;
  if (buffer_ == 0) gl.glGenBuffers(1, &buffer_);
  slice_texel_bytes_ = 0;
  if (context_->features.es) return read_slices(entered, image);
  const PlainTransfer plain(*context_, true);
  const BoundBuffer destination(gl, GL_PIXEL_PACK_BUFFER, buffer_);
  grow(GL_PIXEL_PACK_BUFFER, image.bytes, nullptr);
  if (auto ok = entered.check("glBufferData"); !ok) return ok;
  const Box& box = image.box;
  const auto size = static_cast<GLsizei>(image.bytes);
  if (image.format.path == CopyPath::compressed) {
    gl.glGetCompressedTextureSubImage(image.name, box.level, box.x, box.y, box.z, box.width, box.height, box.depth, size, nullptr);
    return entered.check("glGetCompressedTextureSubImage");
  }
  gl.glGetTextureSubImage(image.name, box.level, box.x, box.y, box.z, box.width, box.height, box.depth, image.format.format,
                          image.format.type, size, nullptr);
  return entered.check("glGetTextureSubImage");
}

Result<void> Transfer::read_slices(const Entered& entered, const Image& image) {
  const Functions& gl = context_->gl;
  const Box& box = image.box;
  const ScratchFramebuffer framebuffer(gl);
  const BoundReadFramebuffer bound(gl, framebuffer.name);
  const auto attach = [&](GLint slice) {
    if (image.target == GL_TEXTURE_2D) {
      gl.glFramebufferTexture2D(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, image.name, box.level);
    } else if (image.target == GL_TEXTURE_CUBE_MAP) {
      gl.glFramebufferTexture2D(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_CUBE_MAP_POSITIVE_X + static_cast<GLenum>(slice),
                                image.name, box.level);
    } else {
      gl.glFramebufferTextureLayer(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, image.name, box.level, slice);
    }
  };
  attach(box.z);
  if (const GLenum status = gl.glCheckFramebufferStatus(GL_READ_FRAMEBUFFER); status != GL_FRAMEBUFFER_COMPLETE) {
    return Error(Errc::internal, text("OpenGL ES cannot read this texture back: framebuffer status 0x", std::hex, status, "."),
                 ErrorDomain::opengl, status);
  }
  // Guaranteed are RGBA with bytes for normalised formats and RGBA_INTEGER with words for unsigned ones; others at the driver's choice.
  GLint format = 0;
  GLint type = 0;
  gl.glGetIntegerv(GL_IMPLEMENTATION_COLOR_READ_FORMAT, &format);
  gl.glGetIntegerv(GL_IMPLEMENTATION_COLOR_READ_TYPE, &type);
  const bool guaranteed = image.format.format == GL_RGBA && image.format.type == GL_UNSIGNED_BYTE;
  const bool chosen = static_cast<GLenum>(format) == image.format.format && static_cast<GLenum>(type) == image.format.type;
  GLenum as_format = image.format.format;
  GLenum as_type = image.format.type;
  slice_texel_bytes_ = image.format.texel_bytes;
  if (!guaranteed && !chosen) {
    as_format = GL_RGBA_INTEGER;
    as_type = GL_UNSIGNED_INT;
    slice_texel_bytes_ = 16;
  }
  const std::uint64_t slice =
      std::uint64_t{slice_texel_bytes_} * static_cast<std::uint64_t>(box.width) * static_cast<std::uint64_t>(box.height);
  const PlainTransfer plain(*context_, true);
  const BoundBuffer destination(gl, GL_PIXEL_PACK_BUFFER, buffer_);
  grow(GL_PIXEL_PACK_BUFFER, slice * static_cast<std::uint64_t>(box.depth), nullptr);
  if (auto ok = entered.check("glBufferData"); !ok) return ok;
  for (GLsizei i = 0; i < box.depth; ++i) {
    if (i > 0) attach(box.z + i);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): with a buffer bound, OpenGL takes offsets as pointers
    auto* const offset = reinterpret_cast<void*>(static_cast<std::uintptr_t>(slice * static_cast<std::uint64_t>(i)));
    gl.glReadPixels(box.x, box.y, box.width, box.height, as_format, as_type, offset);
  }
  return entered.check("glReadPixels");
}

Result<void> Transfer::take(const Entered& entered, const Image& image, std::span<std::byte> bytes) const {
  const Functions& gl = context_->gl;
  const BoundBuffer source(gl, GL_PIXEL_PACK_BUFFER, buffer_);
  const std::uint32_t step = slice_texel_bytes_ == 0 ? image.format.texel_bytes : slice_texel_bytes_;
  const bool wide = slice_texel_bytes_ != 0 && step != image.format.texel_bytes;
  const std::uint64_t held = wide ? bytes.size() / image.format.texel_bytes * step : bytes.size();
  const void* mapped = gl.glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, static_cast<GLsizeiptr>(held), GL_MAP_READ_BIT);
  if (mapped == nullptr) {
    auto failed = entered.check("glMapBufferRange");
    return failed ? Error(Errc::internal, "glMapBufferRange gives no memory.", ErrorDomain::opengl) : std::move(failed).error();
  }
  if (!wide) {
    std::memcpy(bytes.data(), mapped, bytes.size());
  } else {
    // Four words a texel, of which the first hold it: 1, 2 or 4 bytes of the first word, or whole words.
    const auto* from = static_cast<const std::byte*>(mapped);
    const std::size_t size = image.format.texel_bytes;
    for (std::size_t i = 0; i < bytes.size() / size; ++i) std::memcpy(bytes.data() + i * size, from + i * step, size);
  }
  if (gl.glUnmapBuffer(GL_PIXEL_PACK_BUFFER) != GL_TRUE) {
    return Error(Errc::device_lost, "The content of a pixel buffer was lost while it was read; read the texture back again.",
                 ErrorDomain::opengl);
  }
  return {};
}

Result<void> Transfer::fetch(const Entered& entered, const Image& image, std::span<std::byte> bytes) {
  const Functions& gl = context_->gl;
  const bool es_direct = image.format.format == GL_RGBA && image.format.type == GL_UNSIGNED_BYTE && image.format.path == CopyPath::direct;
  const bool through_bits = image.format.path == CopyPath::bits || (context_->features.es && !es_direct);
  if (!through_bits) {
    if (auto ok = get(entered, image); !ok) return ok;
    if (auto ok = finish(); !ok) return ok;
    return take(entered, image, bytes);
  }
  const Scratch scratch(gl);
  const Image copy = bits_of(image, scratch.name);
  if (auto ok = give_bits_storage(entered, copy); !ok) return ok;
  const Box& box = image.box;
  gl.glCopyImageSubData(image.name, image.target, box.level, box.x, box.y, box.z, copy.name, copy.target, 0, 0, 0, 0, box.width, box.height,
                        box.depth);
  if (auto ok = entered.check("glCopyImageSubData"); !ok) return ok;
  if (auto ok = get(entered, copy); !ok) return ok;
  if (auto ok = finish(); !ok) return ok;
  return take(entered, copy, bytes);
}

Result<void> Transfer::store(const Entered& entered, const Image& image, std::span<const std::byte> bytes) {
  if (image.format.path != CopyPath::bits || !context_->features.copy_image) return put(entered, image, bytes);
  const Functions& gl = context_->gl;
  const Scratch scratch(gl);
  const Image copy = bits_of(image, scratch.name);
  if (auto ok = give_bits_storage(entered, copy); !ok) return ok;
  if (auto ok = put(entered, copy, bytes); !ok) return ok;
  const Box& box = image.box;
  gl.glCopyImageSubData(copy.name, copy.target, 0, 0, 0, 0, image.name, image.target, box.level, box.x, box.y, box.z, copy.box.width,
                        copy.box.height, copy.box.depth);
  return entered.check("glCopyImageSubData");
}

Transfer::Image Transfer::bits_of(const Image& image, GLuint scratch) {
  Image copy{
      .name = scratch, .target = GL_TEXTURE_2D, .format = bits_format(image.format.texel_bytes), .box = image.box, .bytes = image.bytes};
  if (image.target == GL_TEXTURE_3D) copy.target = GL_TEXTURE_3D;
  copy.box.level = copy.box.x = copy.box.y = copy.box.z = 0;
  copy.box.width = (copy.box.width + image.block_width - 1) / image.block_width;
  copy.box.height = (copy.box.height + image.block_height - 1) / image.block_height;
  return copy;
}

Result<void> Transfer::give_bits_storage(const Entered& entered, const Image& copy) const {
  const Functions& gl = context_->gl;
  const BoundTexture bound(gl, copy.target, copy.name);
  if (copy.target == GL_TEXTURE_3D) {
    gl.glTexStorage3D(copy.target, 1, copy.format.internal, copy.box.width, copy.box.height, copy.box.depth);
  } else {
    gl.glTexStorage2D(copy.target, 1, copy.format.internal, copy.box.width, copy.box.height);
  }
  // Integer textures are incomplete with any other filter, and incomplete ones are not copied.
  gl.glTexParameteri(copy.target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl.glTexParameteri(copy.target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  return entered.check("glTexStorage");
}

Result<void> Transfer::copy_in(const Texture& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<const std::byte> bytes, geyser::Access& access) {
  auto entered = Entered::enter(*context_);
  if (!entered) return std::move(entered).error();
  const Image image = image_of(texture, region, layout);
  if (auto ok = begin(texture, image, access); !ok) return ok;
  if (texture.format.path == CopyPath::depth_stencil) {
    std::vector<std::byte> both(image.bytes);
    const bool whole = texture.descriptor().format == TextureFormat::depth24plus;
    if (!whole) {
      // OpenGL leaves open what an upload of one aspect does to the other.
      if (auto ok = fetch(*entered, image, both); !ok) return ok;
    }
    merge_aspect(texture.descriptor().format, region.plane, bytes, both);
    Image packed = image;
    if (whole) {
      // As 24 bits beside 8, which are ignored: 32 bits of depth may be rounded on their way to 24.
      packed.format.format = GL_DEPTH_STENCIL;
      packed.format.type = GL_UNSIGNED_INT_24_8;
    }
    if (auto ok = store(*entered, packed, both); !ok) return ok;
  } else if (auto ok = store(*entered, image, bytes); !ok) {
    return ok;
  }
  if (auto ok = finish(); !ok) return ok;
  return end(*entered, texture, access);
}

Result<void> Transfer::copy_out(const Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                                geyser::Access& access) {
  auto entered = Entered::enter(*context_);
  if (!entered) return std::move(entered).error();
  const Image image = image_of(texture, region, layout);
  if (auto ok = begin(texture, image, access); !ok) return ok;
  if (texture.format.path == CopyPath::depth_stencil) {
    std::vector<std::byte> both(image.bytes);
    if (auto ok = fetch(*entered, image, both); !ok) return ok;
    split_aspect(texture.descriptor().format, region.plane, both, bytes);
  } else if (auto ok = fetch(*entered, image, bytes); !ok) {
    return ok;
  }
  return end(*entered, texture, access);
}

}  // namespace geyser::opengl
