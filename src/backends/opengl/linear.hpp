// Linear tiling: whether the context has it, and whether a handle's rows lie where OpenGL will look for them.
#pragma once

#include <map>

#include "backends/opengl/context.hpp"
#include "core/partner.hpp"

namespace geyser::opengl {

/// Asked before memory is given to the driver, and without an error that the caller's debug output would show.
/// Errors: unsupported_format.
[[nodiscard]] Result<void> check_linear(const Entered& entered, const AdoptedContext& context, GLenum target, GLenum internal);

/// Where the rows of linear textures lie on this device. OpenGL takes no row pitch: it assumes its driver's, which the partner knows.
/// Threading: any thread.
class LinearRows {
 public:
  /// `partner` may be null. Errors: unsupported_handle.
  [[nodiscard]] Result<void> check(const TextureHandleInfo& info, detail::Partner* partner);

 private:
  Result<MemoryPlane> ask(const TextureDescriptor& descriptor, detail::Partner& partner);
  std::mutex mutex_;
  std::map<std::pair<TextureFormat, std::uint32_t>, MemoryPlane> known_;  // by format and width; guarded by mutex_
};

}  // namespace geyser::opengl
