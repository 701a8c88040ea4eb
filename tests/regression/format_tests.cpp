// Formats that peers mapped wrongly: channel order, depth widths, attachment usage; and the native objects that a user needs.
#include <cstring>

#include "fixture.hpp"
#include "support/vulkan_commands.hpp"

namespace geyser::test {
namespace {

bool shareable(TextureShareManager& manager, const TextureDescriptor& descriptor) {
  auto support = manager.format_support(descriptor);
  if (!support) return false;
  for (const auto& s : *support) {
    if (s.can_export) return true;
  }
  return false;
}

// Converts `from` to `to` with the driver's own blit, so that the driver says which channel is red.
void convert(Participant& side, SharedTexture& from, SharedTexture& to) {
  auto commands = Commands::create(side.device().adopt_info());
  ASSERT_TRUE(ok(commands));
  auto read = from.begin_read();
  auto write = to.begin_write();
  ASSERT_TRUE(ok(read));
  ASSERT_TRUE(ok(write));
  auto buffer = (*commands)->begin();
  ASSERT_TRUE(ok(buffer));
  const vulkan::ImageUse source{
      .layout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, .stages = VK_PIPELINE_STAGE_TRANSFER_BIT, .access = VK_ACCESS_TRANSFER_READ_BIT};
  const vulkan::ImageUse target{
      .layout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, .stages = VK_PIPELINE_STAGE_TRANSFER_BIT, .access = VK_ACCESS_TRANSFER_WRITE_BIT};
  EXPECT_TRUE(ok(vulkan::record_acquire(*read, *buffer, source)));
  EXPECT_TRUE(ok(vulkan::record_acquire(*write, *buffer, target)));
  VkImageBlit blit{};
  blit.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  blit.dstSubresource = blit.srcSubresource;
  const auto extent = from.descriptor().extent;
  blit.srcOffsets[1] = {static_cast<std::int32_t>(extent.width), static_cast<std::int32_t>(extent.height), 1};
  blit.dstOffsets[1] = blit.srcOffsets[1];
  (*commands)->vk().vkCmdBlitImage(*buffer, vulkan::native(from)->image, source.layout, vulkan::native(to)->image, target.layout, 1, &blit,
                                   VK_FILTER_NEAREST);
  EXPECT_TRUE(ok(vulkan::record_release(*read, *buffer, source)));
  EXPECT_TRUE(ok(vulkan::record_release(*write, *buffer, target)));
  EXPECT_TRUE(ok((*commands)->end(*buffer)));
  const VkCommandBuffer buffers[] = {*buffer};
  Access* const accesses[] = {&*read, &*write};
  EXPECT_TRUE(ok(vulkan::submit(side.manager(), buffers, accesses)));
  EXPECT_TRUE(ok((*commands)->wait_idle()));
  EXPECT_TRUE(ok(std::move(*read).end()));
  EXPECT_TRUE(ok(std::move(*write).end()));
}

// Peers used A2R10G10B10 where WebGPU and Metal mean A2B10G10R10: red and blue swap on the way to another API.
TEST_P(OnVulkan, Rgb10a2HasRedInTheLowBits) {
  TextureDescriptor packed = texture(TextureFormat::rgb10a2_unorm, 4, 1);
  if (!shareable(exporter(), packed)) GTEST_SKIP() << "the device cannot share rgb10a2_unorm";
  auto source = exporter().create_shareable_texture(packed);
  ASSERT_TRUE(ok(source));
  EXPECT_EQ(vulkan::native(*source)->format, VK_FORMAT_A2B10G10R10_UNORM_PACK32);
  // red, green, blue, white; all opaque
  const std::uint32_t texels[4] = {0xc00003ffU, 0xc00ffc00U, 0xfff00000U, 0xffffffffU};
  std::vector<std::byte> bytes(16);
  std::memcpy(bytes.data(), texels, 16);
  ASSERT_TRUE(ok(exporter().upload(*source, {}, bytes)));
  auto handle = exporter().export_texture(*source);
  ASSERT_TRUE(ok(handle));
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  auto target = importer().create_shareable_texture(texture(TextureFormat::rgba8_unorm, 4, 1));
  ASSERT_TRUE(ok(target));
  ASSERT_NO_FATAL_FAILURE(convert(importer_side(), *twin, *target));
  std::vector<std::byte> found(16);
  poison(found);
  ASSERT_TRUE(ok(importer().read_back(*target, {}, found)));
  const std::uint8_t wanted[16] = {255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255};
  EXPECT_EQ(std::memcmp(found.data(), wanted, 16), 0) << "the importer sees other colours";
}

TEST_P(OnVulkan, Bgra8HasBlueFirst) {
  auto source = exporter().create_shareable_texture(texture(TextureFormat::bgra8_unorm, 2, 1));
  ASSERT_TRUE(ok(source));
  const std::uint8_t texels[8] = {255, 0, 0, 255, 0, 0, 255, 128};  // blue, then red
  std::vector<std::byte> bytes(8);
  std::memcpy(bytes.data(), texels, 8);
  ASSERT_TRUE(ok(exporter().upload(*source, {}, bytes)));
  auto target = exporter().create_shareable_texture(texture(TextureFormat::rgba8_unorm, 2, 1));
  ASSERT_TRUE(ok(target));
  ASSERT_NO_FATAL_FAILURE(convert(exporter_side(), *source, *target));
  std::vector<std::byte> found(8);
  ASSERT_TRUE(ok(exporter().read_back(*target, {}, found)));
  const std::uint8_t wanted[8] = {0, 0, 255, 255, 255, 0, 0, 128};
  EXPECT_EQ(std::memcmp(found.data(), wanted, 8), 0);
}

// Peers gave depth textures COLOR_ATTACHMENT usage.
TEST_P(OnVulkan, DepthAttachmentsAreDepthAttachments) {
  int tried = 0;
  for (const TextureFormat format : {TextureFormat::depth16_unorm, TextureFormat::depth24plus, TextureFormat::depth24plus_stencil8,
                                     TextureFormat::depth32_float, TextureFormat::depth32_float_stencil8, TextureFormat::stencil8}) {
    TextureDescriptor descriptor = texture(format);
    descriptor.usage = TextureUsage::render_attachment | TextureUsage::texture_binding;
    if (!shareable(exporter(), descriptor)) continue;
    ++tried;
    auto made = exporter().create_shareable_texture(descriptor);
    ASSERT_TRUE(ok(made)) << to_string(format);
    auto native = vulkan::native(*made);
    ASSERT_TRUE(ok(native));
    EXPECT_NE(native->usage & VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, 0U) << to_string(format);
    EXPECT_EQ(native->usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, 0U) << to_string(format);
    EXPECT_EQ(native->aspects & VK_IMAGE_ASPECT_COLOR_BIT, 0U) << to_string(format);
  }
  TextureDescriptor color = texture();
  color.usage = TextureUsage::render_attachment;
  auto made = exporter().create_shareable_texture(color);
  ASSERT_TRUE(ok(made));
  EXPECT_NE(vulkan::native(*made)->usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, 0U);
  EXPECT_EQ(vulkan::native(*made)->usage & VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, 0U);
  RecordProperty("depth_formats_tried", tried);
}

// Peers replaced a 24-bit depth format by another one, of another size, without a word.
TEST_P(OnVulkan, Depth24IsNeverWidenedSilently) {
  const std::pair<TextureFormat, VkFormat> rows[] = {{TextureFormat::depth24plus, VK_FORMAT_X8_D24_UNORM_PACK32},
                                                     {TextureFormat::depth24plus_stencil8, VK_FORMAT_D24_UNORM_S8_UINT}};
  for (const auto& [format, wanted] : rows) {
    auto made = exporter().create_shareable_texture(texture(format));
    if (made) {
      EXPECT_EQ(vulkan::native(*made)->format, wanted) << to_string(format);
    } else {
      EXPECT_TRUE(fails(made, Errc::unsupported_format)) << to_string(format);
    }
  }
}

// Peers' textures could be created, exported and imported, and never drawn to: no image, no view.
TEST_P(OnVulkan, NativeObjectsAndViewsAreThere) {
  TextureDescriptor descriptor = texture();
  descriptor.dimension = TextureDimension::cube;
  descriptor.extent = {8, 8, 1};
  descriptor.array_layers = 6;
  descriptor.mip_levels = 4;
  auto made = exporter().create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(made));
  auto native = vulkan::native(*made);
  ASSERT_TRUE(ok(native));
  EXPECT_NE(native->image, VkImage{VK_NULL_HANDLE});
  EXPECT_NE(native->memory, VkDeviceMemory{VK_NULL_HANDLE});
  auto whole = vulkan::view(*made);
  auto again = vulkan::view(*made);
  ASSERT_TRUE(ok(whole));
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(*whole, *again) << "a view is made once";
  auto face =
      vulkan::view(*made, {.type = VK_IMAGE_VIEW_TYPE_2D, .base_mip_level = 1, .mip_levels = 1, .base_array_layer = 3, .array_layers = 1});
  ASSERT_TRUE(ok(face));
  EXPECT_NE(*face, *whole);
  EXPECT_TRUE(ok(vulkan::view(*made, {.format = TextureFormat::rgba8_srgb}))) << "the sRGB twin";
  EXPECT_TRUE(fails(vulkan::view(*made, {.base_mip_level = 4}), Errc::invalid_argument));
  EXPECT_TRUE(fails(vulkan::view(*made, {.format = TextureFormat::rgba32_float}), Errc::invalid_argument));
  auto host_manager = host::create_manager();
  ASSERT_TRUE(ok(host_manager));
  auto elsewhere = host_manager->create_shareable_texture(texture());
  ASSERT_TRUE(ok(elsewhere));
  EXPECT_TRUE(fails(vulkan::native(*elsewhere), Errc::device_mismatch));
  EXPECT_TRUE(fails(host::map(*made), Errc::device_mismatch));
}

TEST_P(OnVulkan, EveryFormatThatIsNotSharedHasAReason) {
  std::size_t shared = 0;
  for (const auto& format : all_formats()) {
    TextureDescriptor descriptor = texture(format.format, 64, 48);
    auto support = exporter().format_support(descriptor);
    ASSERT_TRUE(ok(support)) << format.name;
    ASSERT_FALSE(support->empty());
    for (const auto& s : *support) {
      shared += s.can_export ? 1U : 0U;
      if (!s.can_export && !s.can_import) {
        EXPECT_FALSE(s.why_not.empty()) << format.name << " as " << to_string(s.type);
      }
    }
  }
  EXPECT_GT(shared, 20U);
}

}  // namespace
}  // namespace geyser::test
