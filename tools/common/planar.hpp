// Pictures in planar Y'CbCr: BT.709, limited range, 4:2:0, chroma averaged over its four pixels; what video files of HD size are in.
#pragma once

#include "tools/common/picture.hpp"

namespace geyser::tools {

/// True for nv12, p010 and i420.
[[nodiscard]] bool is_planar(TextureFormat format) noexcept;
/// Planes one after the other, rows without gaps. Errors: unsupported_format when not is_planar(); invalid_argument (sizes that the format
/// does not have).
[[nodiscard]] Result<std::vector<std::byte>> encode_planar(const Picture& picture, TextureFormat format);
/// The other way. Errors: as encode_planar(), also for a wrong byte count.
[[nodiscard]] Result<Picture> decode_planar(std::span<const std::byte> bytes, std::uint32_t width, std::uint32_t height,
                                            TextureFormat format);

}  // namespace geyser::tools
