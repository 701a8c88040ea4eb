// A texture on this context: texture object, memory object, and the partner's texture where the memory is its.
#pragma once

#include <optional>

#include "backends/opengl/formats.hpp"
#include "core/partner.hpp"

namespace geyser::opengl {

/// Ownership: names and the partner's texture; destroyed in any thread.
class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<AdoptedContext> adopted, Init init)
      : TextureContents(std::move(backend), std::move(init)), context(std::move(adopted)) {}
  ~Texture() override;
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;

  std::shared_ptr<AdoptedContext> context;
  GlFormat format;
  GLenum target = GL_TEXTURE_2D;
  GLuint name = 0;
  GLuint memory = 0;
  std::optional<SharedTexture> partners;  ///< keeps memory that this side shares exportable
  std::shared_ptr<const void> egl_image;  ///< dma_buf that this side allocated: what it is exported from
  std::uint64_t drm_modifier = 0;         ///< dma_buf only
  std::uint32_t memory_plane_count = 0;   ///< dma_buf only
};

/// The texture of a public object. Errors: device_mismatch, invalid_argument.
[[nodiscard]] Result<Texture*> opengl_texture(detail::TextureContents* contents);

/// A texture over memory of another API (external_fd.cpp). `imported` false: the partner's memory, on behalf of allocate(). `partner`: who
/// knows this driver's memory; null for the partner's own, and where there is none.
[[nodiscard]] Result<std::shared_ptr<Texture>> import_opaque_fd(std::shared_ptr<detail::Backend> backend,
                                                                const std::shared_ptr<AdoptedContext>& context, const FormatCaps& formats,
                                                                TextureHandle& handle, bool imported, detail::Partner* partner);
/// "bc1_rgba_unorm d2 with usage texture_binding"; for errors.
[[nodiscard]] std::string describe_use(const TextureDescriptor& descriptor);

}  // namespace geyser::opengl
