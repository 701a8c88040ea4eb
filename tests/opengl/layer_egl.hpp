// EGL's side of dma-bufs, emulated: images are records, and a texture made of one is a texture of its own with the same size.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "opengl/gl_functions.hpp"

namespace geyser::test::layer {

/// The emulated function of that name, or null. `drm_file`: the node that EGL will name; empty: none.
[[nodiscard]] void (*find_dma_buf_function(std::string_view name, const std::string& drm_file))();
void reset_images();

/// Attributes of the image that was made last.
[[nodiscard]] const std::map<EGLAttrib, EGLAttrib>& last_image();
[[nodiscard]] int images_alive();
/// The modifier that no 2D texture may have here.
inline constexpr std::uint64_t external_only_modifier = 0x42;
/// Bytes of the file that an export hands out.
inline constexpr std::uint64_t exported_bytes = 65536;

}  // namespace geyser::test::layer
