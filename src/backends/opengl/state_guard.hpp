// The caller's OpenGL state: each of these changes one part of it for a while and puts it back.
#pragma once

#include <array>
#include <span>

#include "backends/opengl/formats.hpp"

namespace geyser::opengl {

/// Of the active texture unit.
class BoundTexture {
 public:
  BoundTexture(const Functions& gl, GLenum target, GLuint name) noexcept : gl_(gl), target_(target) {
    gl_.glGetIntegerv(binding_of(target), &before_);
    gl_.glBindTexture(target, name);
  }
  ~BoundTexture() { gl_.glBindTexture(target_, static_cast<GLuint>(before_)); }
  BoundTexture(const BoundTexture&) = delete;
  BoundTexture& operator=(const BoundTexture&) = delete;

 private:
  const Functions& gl_;
  GLenum target_;
  GLint before_ = 0;
};

/// GL_PIXEL_PACK_BUFFER or GL_PIXEL_UNPACK_BUFFER.
class BoundBuffer {
 public:
  BoundBuffer(const Functions& gl, GLenum target, GLuint name) noexcept : gl_(gl), target_(target) {
    gl_.glGetIntegerv(target == GL_PIXEL_PACK_BUFFER ? GL_PIXEL_PACK_BUFFER_BINDING : GL_PIXEL_UNPACK_BUFFER_BINDING, &before_);
    gl_.glBindBuffer(target, name);
  }
  ~BoundBuffer() { gl_.glBindBuffer(target_, static_cast<GLuint>(before_)); }
  BoundBuffer(const BoundBuffer&) = delete;
  BoundBuffer& operator=(const BoundBuffer&) = delete;

 private:
  const Functions& gl_;
  GLenum target_;
  GLint before_ = 0;
};

class BoundReadFramebuffer {
 public:
  BoundReadFramebuffer(const Functions& gl, GLuint name) noexcept : gl_(gl) {
    gl_.glGetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &before_);
    gl_.glBindFramebuffer(GL_READ_FRAMEBUFFER, name);
  }
  ~BoundReadFramebuffer() { gl_.glBindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(before_)); }
  BoundReadFramebuffer(const BoundReadFramebuffer&) = delete;
  BoundReadFramebuffer& operator=(const BoundReadFramebuffer&) = delete;

 private:
  const Functions& gl_;
  GLint before_ = 0;
};

/// Rows without gaps, and no conversion: pixel store of one direction, and the pixel transfer state of compatibility contexts.
class PlainTransfer {
 public:
  PlainTransfer(const AdoptedContext& context, bool packing) noexcept : gl_(context.gl), with_transfer_(context.features.compatibility) {
    if (packing) {
      names_ = context.features.es ? std::span<const GLenum>(pack_es) : std::span<const GLenum>(pack);
    } else {
      names_ = context.features.es ? std::span<const GLenum>(unpack_es) : std::span<const GLenum>(unpack);
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      gl_.glGetIntegerv(names_[i], &before_[i]);
      gl_.glPixelStorei(names_[i], i == 0 ? 1 : 0);
    }
    if (!with_transfer_) return;
    for (std::size_t i = 0; i < transfer.size(); ++i) {
      gl_.glGetFloatv(transfer[i], &transfer_before_[i]);
      gl_.glPixelTransferf(transfer[i], i < scales ? 1.0F : 0.0F);
    }
  }
  ~PlainTransfer() {
    for (std::size_t i = 0; i < names_.size(); ++i) gl_.glPixelStorei(names_[i], before_[i]);
    if (!with_transfer_) return;
    for (std::size_t i = 0; i < transfer.size(); ++i) gl_.glPixelTransferf(transfer[i], transfer_before_[i]);
  }
  PlainTransfer(const PlainTransfer&) = delete;
  PlainTransfer& operator=(const PlainTransfer&) = delete;

 private:
  // The alignment first: 1; all others 0.
  static constexpr std::array<GLenum, 12> pack{GL_PACK_ALIGNMENT,
                                               GL_PACK_ROW_LENGTH,
                                               GL_PACK_SKIP_ROWS,
                                               GL_PACK_SKIP_PIXELS,
                                               GL_PACK_IMAGE_HEIGHT,
                                               GL_PACK_SKIP_IMAGES,
                                               GL_PACK_SWAP_BYTES,
                                               GL_PACK_LSB_FIRST,
                                               GL_PACK_COMPRESSED_BLOCK_WIDTH,
                                               GL_PACK_COMPRESSED_BLOCK_HEIGHT,
                                               GL_PACK_COMPRESSED_BLOCK_DEPTH,
                                               GL_PACK_COMPRESSED_BLOCK_SIZE};
  static constexpr std::array<GLenum, 12> unpack{GL_UNPACK_ALIGNMENT,
                                                 GL_UNPACK_ROW_LENGTH,
                                                 GL_UNPACK_SKIP_ROWS,
                                                 GL_UNPACK_SKIP_PIXELS,
                                                 GL_UNPACK_IMAGE_HEIGHT,
                                                 GL_UNPACK_SKIP_IMAGES,
                                                 GL_UNPACK_SWAP_BYTES,
                                                 GL_UNPACK_LSB_FIRST,
                                                 GL_UNPACK_COMPRESSED_BLOCK_WIDTH,
                                                 GL_UNPACK_COMPRESSED_BLOCK_HEIGHT,
                                                 GL_UNPACK_COMPRESSED_BLOCK_DEPTH,
                                                 GL_UNPACK_COMPRESSED_BLOCK_SIZE};
  static constexpr std::array<GLenum, 4> pack_es{GL_PACK_ALIGNMENT, GL_PACK_ROW_LENGTH, GL_PACK_SKIP_ROWS, GL_PACK_SKIP_PIXELS};
  static constexpr std::array<GLenum, 6> unpack_es{GL_UNPACK_ALIGNMENT,   GL_UNPACK_ROW_LENGTH,   GL_UNPACK_SKIP_ROWS,
                                                   GL_UNPACK_SKIP_PIXELS, GL_UNPACK_IMAGE_HEIGHT, GL_UNPACK_SKIP_IMAGES};
  // The scales first: 1; all others 0.
  static constexpr std::size_t scales = 5;
  static constexpr std::array<GLenum, 14> transfer{GL_RED_SCALE, GL_GREEN_SCALE, GL_BLUE_SCALE,  GL_ALPHA_SCALE, GL_DEPTH_SCALE,
                                                   GL_RED_BIAS,  GL_GREEN_BIAS,  GL_BLUE_BIAS,   GL_ALPHA_BIAS,  GL_DEPTH_BIAS,
                                                   GL_MAP_COLOR, GL_MAP_STENCIL, GL_INDEX_SHIFT, GL_INDEX_OFFSET};

  const Functions& gl_;
  std::span<const GLenum> names_;
  std::array<GLint, 12> before_{};
  bool with_transfer_;
  std::array<GLfloat, 14> transfer_before_{};
};

}  // namespace geyser::opengl
