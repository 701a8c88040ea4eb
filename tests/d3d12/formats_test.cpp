// What a descriptor becomes, and back; no device needed.
#include "backends/d3d12/formats.hpp"
#include "d3d12/fixture.hpp"

namespace d3d12_test {
namespace {

using geyser::d3d12::resource_desc;
using geyser::d3d12::stands_for;

TEST(formats, every_number_stands_for_its_own_format_and_no_other) {
  for (const auto& row : geyser::all_formats()) {
    EXPECT_EQ(stands_for(row, static_cast<DXGI_FORMAT>(row.dxgi)), row.dxgi != 0) << row.name;
    EXPECT_FALSE(stands_for(row, DXGI_FORMAT_UNKNOWN));
    for (const auto& other : geyser::all_formats()) {
      if (other.format != row.format && other.dxgi != 0) {
        EXPECT_FALSE(stands_for(row, static_cast<DXGI_FORMAT>(other.dxgi))) << row.name;
      }
    }
    if (row.dxgi == 0) continue;
    for (const auto usage : {TextureUsage::texture_binding, TextureUsage::render_attachment}) {
      auto descriptor = plain(row.format);
      descriptor.usage = usage;
      EXPECT_TRUE(stands_for(row, resource_desc(descriptor).Format)) << row.name;
    }
  }
}

TEST(formats, depth_that_is_sampled_is_typeless_and_never_simultaneous) {
  auto sampled = resource_desc(plain(TextureFormat::depth32_float));
  EXPECT_EQ(sampled.Format, DXGI_FORMAT_R32_TYPELESS);
  EXPECT_EQ(sampled.Flags, D3D12_RESOURCE_FLAG_ALLOW_DEPTH_STENCIL);
  auto drawn = plain(TextureFormat::depth24plus_stencil8);
  drawn.usage = TextureUsage::render_attachment;
  EXPECT_EQ(resource_desc(drawn).Format, DXGI_FORMAT_D24_UNORM_S8_UINT);
  EXPECT_EQ(resource_desc(drawn).Flags, D3D12_RESOURCE_FLAG_ALLOW_DEPTH_STENCIL);
}

TEST(formats, usage_becomes_flags) {
  auto descriptor = plain();
  EXPECT_EQ(resource_desc(descriptor).Flags, D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS);
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment | TextureUsage::storage_binding;
  EXPECT_EQ(resource_desc(descriptor).Flags, D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS | D3D12_RESOURCE_FLAG_ALLOW_RENDER_TARGET |
                                                 D3D12_RESOURCE_FLAG_ALLOW_UNORDERED_ACCESS);
}

TEST(formats, dimensions_layers_and_levels) {
  auto volume = plain(TextureFormat::r16_float, 8, 4);
  volume.dimension = TextureDimension::d3;
  volume.extent.depth = 3;
  const auto three = resource_desc(volume);
  EXPECT_EQ(three.Dimension, D3D12_RESOURCE_DIMENSION_TEXTURE3D);
  EXPECT_EQ(three.DepthOrArraySize, 3);
  auto cubes = plain(TextureFormat::r16_float, 8, 8);
  cubes.dimension = TextureDimension::cube_array;
  cubes.array_layers = 12;
  cubes.mip_levels = 4;
  const auto faces = resource_desc(cubes);
  EXPECT_EQ(faces.Dimension, D3D12_RESOURCE_DIMENSION_TEXTURE2D);
  EXPECT_EQ(faces.DepthOrArraySize, 12);
  EXPECT_EQ(faces.MipLevels, 4);
  EXPECT_EQ(faces.SampleDesc.Count, 1U);
}

TEST(formats, limits_are_named) {
  auto wide = plain(TextureFormat::r8_unorm, 16385, 4);
  EXPECT_EQ(refusal(geyser::d3d12::check_limits(wide)),
            "limit_exceeded: TextureDescriptor::extent.width is 16385; Direct3D 12 allows at most 16384 for d2.");
  auto deep = plain(TextureFormat::r8_unorm, 4, 4);
  deep.dimension = TextureDimension::d3;
  deep.extent.depth = 2049;
  EXPECT_TRUE(refusal(geyser::d3d12::check_limits(deep)).starts_with("limit_exceeded: TextureDescriptor::extent.depth is 2049"));
  auto layers = plain(TextureFormat::r8_unorm, 4, 4);
  layers.dimension = TextureDimension::d2_array;
  layers.array_layers = 2049;
  EXPECT_TRUE(refusal(geyser::d3d12::check_limits(layers)).starts_with("limit_exceeded: TextureDescriptor::array_layers is 2049"));
}

TEST(formats, layouts_are_states) {
  using geyser::TextureLayout;
  using geyser::d3d12::resource_states;
  EXPECT_EQ(resource_states(TextureLayout::general), 0U);
  EXPECT_EQ(resource_states(TextureLayout::color_attachment), static_cast<std::uint32_t>(D3D12_RESOURCE_STATE_RENDER_TARGET));
  EXPECT_EQ(resource_states(TextureLayout::depth_stencil_attachment), static_cast<std::uint32_t>(D3D12_RESOURCE_STATE_DEPTH_WRITE));
  EXPECT_EQ(resource_states(TextureLayout::depth_stencil_read_only), static_cast<std::uint32_t>(D3D12_RESOURCE_STATE_DEPTH_READ));
  EXPECT_EQ(resource_states(TextureLayout::transfer_src), static_cast<std::uint32_t>(D3D12_RESOURCE_STATE_COPY_SOURCE));
  EXPECT_EQ(resource_states(TextureLayout::transfer_dst), static_cast<std::uint32_t>(D3D12_RESOURCE_STATE_COPY_DEST));
}

}  // namespace
}  // namespace d3d12_test
