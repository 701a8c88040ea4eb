// OpenGL's side of each texture format: what transfers call it, how its bytes are moved exactly, and where a context has it.
#pragma once

#include <array>
#include <string>

#include "backends/opengl/context.hpp"
#include "geyser/texture.hpp"

namespace geyser::opengl {

/// How bytes go in and out without a bit changed.
enum class CopyPath : std::uint8_t {
  direct,         ///< transfers of `format` and `type` convert nothing
  bits,           ///< through an unsigned integer texture with texels of the same size (glCopyImageSubData): transfers may convert NaN,
                  ///< the second -1 of snorm, shared exponents or sRGB
  compressed,     ///< compressed transfers move blocks as they are; OpenGL ES reads them back as `bits`
  depth_stencil,  ///< both aspects at once, taken apart on the host
};

struct GlFormat {
  GLenum internal = 0;  ///< sized internal format; 0: OpenGL has none
  GLenum format = 0;    ///< of transfers
  GLenum type = 0;      ///< of transfers
  CopyPath path = CopyPath::direct;
  std::uint8_t texel_bytes = 0;  ///< of a transfer's texel or block
  bool bgra = false;             ///< stored as RGBA; the texture's swizzle shows shaders the right channels
};
[[nodiscard]] GlFormat gl_format(const FormatInfo& info) noexcept;
/// The unsigned integer format with texels of that size: 1, 2, 4, 8 or 16 bytes.
[[nodiscard]] GlFormat bits_format(std::uint32_t texel_bytes) noexcept;

[[nodiscard]] GLenum texture_target(TextureDimension dimension) noexcept;
/// The glGetIntegerv name of what is bound there.
[[nodiscard]] GLenum binding_of(GLenum target) noexcept;

/// What the context said about every format, asked once: later questions may come from any thread.
class FormatCaps {
 public:
  /// The context is current.
  explicit FormatCaps(const AdoptedContext& context);
  /// One clause that says why textures like this cannot be imported; empty when they can.
  [[nodiscard]] std::string why_not(const TextureDescriptor& descriptor) const;
  /// Errors: limit_exceeded naming field, given and allowed value.
  [[nodiscard]] Result<void> check_limits(const TextureDescriptor& descriptor) const;
  [[nodiscard]] Extent3D max_extent(TextureDimension dimension) const noexcept;
  [[nodiscard]] bool es() const noexcept { return features_.es; }
  [[nodiscard]] std::uint32_t max_layers(TextureDimension dimension) const noexcept;

 private:
  struct Row {
    std::array<bool, 5> dimensions{};  // by TextureDimension
    bool renderable = true;
    bool storage = true;
    std::string missing;  // the extension that OpenGL ES needs, or why it is refused
  };
  std::array<Row, format_count + 1> rows_;
  Features features_;
};

}  // namespace geyser::opengl
