// Copies of bytes into textures and out of them, through pixel buffers, so that the wait for them can be bounded.
#pragma once

#include "backends/opengl/sync.hpp"

namespace geyser::opengl {

/// Threading: the context's thread.
class Transfer {
 public:
  explicit Transfer(std::shared_ptr<AdoptedContext> context) noexcept : context_(std::move(context)) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();
  /// As Backend::copy_in() and copy_out().
  Result<void> copy_in(const Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                       geyser::Access& access);
  Result<void> copy_out(const Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                        geyser::Access& access);

 private:
  /// A part of one level; z is the slice, layer or face.
  struct Box {
    GLint level = 0, x = 0, y = 0, z = 0;
    GLsizei width = 0, height = 0, depth = 0;
  };
  /// What a transfer moves, and between which texture and the pixel buffer.
  struct Image {
    GLuint name = 0;
    GLenum target = GL_TEXTURE_2D;
    GlFormat format;
    Box box;
    std::uint64_t bytes = 0;
    GLsizei block_width = 1, block_height = 1;
  };
  static Image image_of(const Texture& texture, const TextureRegion& region, const RegionLayout& layout);

  Result<void> begin(const Texture& texture, const Image& image, geyser::Access& access) const;
  Result<void> end(const Entered& entered, const Texture& texture, geyser::Access& access);
  Result<void> finish();
  Result<void> put(const Entered& entered, const Image& image, std::span<const std::byte> bytes);
  /// Into the pixel buffer; complete only after finish().
  Result<void> get(const Entered& entered, const Image& image);
  Result<void> read_slices(const Entered& entered, const Image& image);
  /// Out of the pixel buffer.
  Result<void> take(const Entered& entered, const Image& image, std::span<std::byte> bytes) const;
  /// From the texture to `bytes` and back, by the way that its format needs.
  Result<void> fetch(const Entered& entered, const Image& image, std::span<std::byte> bytes);
  Result<void> store(const Entered& entered, const Image& image, std::span<const std::byte> bytes);
  static Image bits_of(const Image& image, GLuint scratch);
  Result<void> give_bits_storage(const Entered& entered, const Image& copy) const;
  void grow(GLenum target, std::uint64_t bytes, const void* data);

  std::shared_ptr<AdoptedContext> context_;
  GLuint buffer_ = 0;
  std::uint32_t slice_texel_bytes_ = 0;  // of what read_slices() left in the buffer
};

}  // namespace geyser::opengl
