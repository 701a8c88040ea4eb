#include "d3d12/fixture.hpp"

#include "core/message.hpp"
#include "core/regions.hpp"

namespace d3d12_test {
namespace {

using geyser::detail::text;

constexpr std::byte poison{0xA5};

std::string differ(const TextureDescriptor& descriptor, const TextureRegion& region, const std::vector<std::byte>& sent,
                   const std::vector<std::byte>& found) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i] == found[i]) continue;
    return text(describe(descriptor), ", level ", region.mip_level, ", layer ", region.array_layer, ", plane ", region.plane, ": byte ", i,
                " of ", sent.size(), " is ", static_cast<int>(found[i]), " and not ", static_cast<int>(sent[i]));
  }
  return {};
}

}  // namespace

void mask(const TextureDescriptor& descriptor, const TextureRegion& region, std::vector<std::byte>& bytes) {
  const bool depth24 = descriptor.format == TextureFormat::depth24plus_stencil8 && region.plane == 0;
  if (!depth24) return;
  for (std::size_t i = 3; i < bytes.size(); i += 4) bytes[i] = std::byte{0};
}

std::string round_trip(TextureShareManager& manager, SharedTexture& texture, unsigned seed) {
  const TextureDescriptor& descriptor = texture.descriptor();
  std::string wrong;
  const auto all = [&](auto&& visit) {
    auto ok = geyser::detail::for_each_region(descriptor, [&](const TextureRegion& region) -> geyser::Result<void> {
      return visit(region, *geyser::region_layout(descriptor, region),
                   seed + region.mip_level * 64 + region.array_layer * 4 + region.plane);
    });
    if (!ok && wrong.empty()) wrong = text(describe(descriptor), ": ", ok.error().describe());
  };
  // All of it first, so that subresources that overlap show.
  all([&](const TextureRegion& region, const geyser::RegionLayout& layout, unsigned own_seed) {
    return manager.upload(texture, region, random_bytes(layout.total_bytes, own_seed));
  });
  if (!wrong.empty()) return wrong;
  all([&](const TextureRegion& region, const geyser::RegionLayout& layout, unsigned own_seed) -> geyser::Result<void> {
    auto sent = random_bytes(layout.total_bytes, own_seed);
    std::vector<std::byte> found(layout.total_bytes, poison);
    if (auto ok = manager.read_back(texture, region, found); !ok) return ok;
    mask(descriptor, region, sent);
    mask(descriptor, region, found);
    if (wrong.empty()) wrong = differ(descriptor, region, sent, found);
    return {};
  });
  return wrong;
}

std::string part_round_trip(TextureShareManager& manager, SharedTexture& texture, unsigned seed) {
  const TextureDescriptor& descriptor = texture.descriptor();
  const auto& format = *geyser::format_info(descriptor.format);
  for (std::uint32_t plane = 0; plane < format.plane_count; ++plane) {
    TextureRegion whole;
    whole.plane = plane;
    const auto level = *geyser::region_layout(descriptor, whole);
    TextureRegion part = whole;
    part.offset = {2U * format.block_width, 1U * format.block_height, descriptor.extent.depth / 2};
    part.extent =
        geyser::Extent3D{4U * format.block_width, 3U * format.block_height, descriptor.extent.depth - descriptor.extent.depth / 2};
    const auto layout = geyser::region_layout(descriptor, part);
    if (!layout) return text(describe(descriptor), ": ", layout.error().describe());
    auto content = random_bytes(level.total_bytes, seed);
    const auto patch = random_bytes(layout->total_bytes, seed + 1);
    if (auto ok = manager.upload(texture, whole, content); !ok) return text(describe(descriptor), ": ", ok.error().describe());
    if (auto ok = manager.upload(texture, part, patch); !ok) return text(describe(descriptor), ": ", ok.error().describe());
    // What it must be now, computed on the host.
    const std::size_t block_bytes = format.planes[plane].block_bytes;
    std::size_t at = 0;
    for (std::uint32_t z = 0; z < layout->extent.depth; ++z) {
      for (std::uint32_t row = 0; row < layout->rows; ++row) {
        const std::size_t to = (static_cast<std::size_t>(part.offset.z + z) * level.rows + 1 + row) * level.row_bytes + 2 * block_bytes;
        std::memcpy(content.data() + to, patch.data() + at, layout->row_bytes);
        at += layout->row_bytes;
      }
    }
    std::vector<std::byte> found(level.total_bytes, poison);
    if (auto ok = manager.read_back(texture, whole, found); !ok) return text(describe(descriptor), ": ", ok.error().describe());
    mask(descriptor, whole, content);
    mask(descriptor, whole, found);
    if (auto wrong = differ(descriptor, whole, content, found); !wrong.empty()) return "after a part: " + wrong;
    std::vector<std::byte> found_part(layout->total_bytes, poison);
    if (auto ok = manager.read_back(texture, part, found_part); !ok) return text(describe(descriptor), ": ", ok.error().describe());
    auto sent = patch;
    mask(descriptor, part, sent);
    mask(descriptor, part, found_part);
    if (auto wrong = differ(descriptor, part, sent, found_part); !wrong.empty()) return "a part read back: " + wrong;
  }
  return {};
}

std::vector<TextureDescriptor> shapes() {
  std::vector<TextureDescriptor> all;
  for (const auto& row : geyser::all_formats()) {
    TextureDescriptor flat = plain(row.format);
    if (row.kind == geyser::FormatKind::depth || row.kind == geyser::FormatKind::depth_stencil) {
      flat.usage = flat.usage | TextureUsage::render_attachment;
    }
    all.push_back(flat);
    if (row.kind == geyser::FormatKind::planar) continue;
    TextureDescriptor levels = flat;
    levels.dimension = TextureDimension::d2_array;
    levels.array_layers = 3;
    levels.mip_levels = 4;  // down to 7x4: less than whole blocks
    all.push_back(levels);
  }
  TextureDescriptor cube = plain(TextureFormat::rgba16_float, 32, 32);
  cube.dimension = TextureDimension::cube;
  cube.array_layers = 6;
  cube.mip_levels = 6;
  all.push_back(cube);
  TextureDescriptor cubes = cube;
  cubes.dimension = TextureDimension::cube_array;
  cubes.array_layers = 12;
  all.push_back(cubes);
  for (const auto format : {TextureFormat::r8_unorm, TextureFormat::rgba32_float, TextureFormat::bc7_rgba_unorm}) {
    TextureDescriptor volume = plain(format, 20, 12);
    volume.dimension = TextureDimension::d3;
    volume.extent.depth = 5;
    volume.mip_levels = 3;
    all.push_back(volume);
  }
  return all;
}

}  // namespace d3d12_test
