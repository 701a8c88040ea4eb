#include "tools/geyser/frame_io.hpp"

namespace geyser::tools {
namespace {

/// Calls `copy(region, offset, size)` for every part.
template <class Copy>
[[nodiscard]] Result<void> for_each_part(const TextureDescriptor& texture, Copy copy) {
  const FormatInfo* info = format_info(texture.format);
  const std::uint32_t planes = info != nullptr ? info->plane_count : 1;
  std::size_t offset = 0;
  for (std::uint32_t level = 0; level < texture.mip_levels; ++level) {
    for (std::uint32_t layer = 0; layer < texture.array_layers; ++layer) {
      for (std::uint32_t plane = 0; plane < planes; ++plane) {
        const TextureRegion region{.mip_level = level, .array_layer = layer, .plane = plane};
        const auto layout = region_layout(texture, region);
        if (!layout) return layout.error().clone();
        const auto size = static_cast<std::size_t>(layout->total_bytes);
        if (auto ok = copy(region, offset, size); !ok) return ok;
        offset += size;
      }
    }
  }
  return {};
}

}  // namespace

Result<void> upload_frame(WriteFrame& frame, std::span<const std::byte> bytes) {
  return for_each_part(frame.texture().descriptor(), [&](const TextureRegion& region, std::size_t offset, std::size_t size) {
    return frame.upload(region, bytes.subspan(offset, size));
  });
}

Result<void> read_frame(ReadFrame& frame, std::vector<std::byte>& bytes) {
  const TextureDescriptor& texture = frame.texture().descriptor();
  const auto total = content_bytes(texture);
  if (!total) return total.error().clone();
  bytes.resize(static_cast<std::size_t>(*total));
  return for_each_part(texture, [&](const TextureRegion& region, std::size_t offset, std::size_t size) {
    return frame.read_back(region, std::span(bytes).subspan(offset, size));
  });
}

}  // namespace geyser::tools
