// The tables of formats: complete, and in the numbers that Apple's documentation gives. Emulated: no Metal is asked.
#include "backends/metal/formats.hpp"

#include <set>

#include "fixture.hpp"

namespace fake_metal {
namespace {

using geyser::FormatKind;
using geyser::metal::four_characters;
using geyser::metal::pixel_format;
using geyser::metal::surface_format;

class Formats : public Fixture {};

TEST_F(Formats, every_format_is_an_iosurface_a_shared_texture_or_refused_by_name) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  std::set<std::string> refused;
  for (const auto& row : geyser::all_formats()) {
    auto support = manager->format_support(plain(row.format, 64, 32));
    ASSERT_TRUE(ok(support)) << row.name;
    ASSERT_EQ(support->size(), 2U);
    EXPECT_EQ((*support)[0].can_export, surface_format(row.format) != nullptr) << row.name;
    for (const auto& each : *support) EXPECT_NE(each.can_export, !each.why_not.empty()) << row.name;
    if (!(*support)[0].can_export && !(*support)[1].can_export) refused.insert(std::string(row.name));
  }
  EXPECT_EQ(refused, (std::set<std::string>{"depth24plus", "depth24plus_stencil8"}));
}

TEST_F(Formats, surfaces_have_core_videos_four_characters) {
  const std::map<TextureFormat, std::pair<std::string, std::string>> wanted{
      {TextureFormat::r8_unorm, {"L008", "L008"}},     {TextureFormat::rg8_unorm, {"2C08", "2C08"}},
      {TextureFormat::rgba8_unorm, {"RGBA", "RGBA"}},  {TextureFormat::rgba8_srgb, {"RGBA", "RGBA"}},
      {TextureFormat::bgra8_unorm, {"BGRA", "BGRA"}},  {TextureFormat::bgra8_srgb, {"BGRA", "BGRA"}},
      {TextureFormat::r16_unorm, {"L016", "L016"}},    {TextureFormat::rg16_unorm, {"2C16", "2C16"}},
      {TextureFormat::rgba16_unorm, {"l64r", "l64r"}}, {TextureFormat::r16_float, {"L00h", "L00h"}},
      {TextureFormat::rg16_float, {"2C0h", "2C0h"}},   {TextureFormat::rgba16_float, {"RGhA", "RGhA"}},
      {TextureFormat::r32_float, {"L00f", "L00f"}},    {TextureFormat::rg32_float, {"2C0f", "2C0f"}},
      {TextureFormat::rgba32_float, {"RGfA", "RGfA"}}, {TextureFormat::nv12, {"420v", "420f"}},
      {TextureFormat::p010, {"x420", "xf20"}},         {TextureFormat::i420, {"y420", "f420"}}};
  for (const auto& row : geyser::all_formats()) {
    const auto* surface = surface_format(row.format);
    const auto at = wanted.find(row.format);
    ASSERT_EQ(surface != nullptr, at != wanted.end()) << row.name;
    if (surface == nullptr) continue;
    EXPECT_EQ(four_characters(surface->pixel_format), at->second.first) << row.name;
    EXPECT_EQ(four_characters(surface->full_range), at->second.second) << row.name;
  }
}

TEST_F(Formats, every_plane_of_a_surface_has_a_metal_format_of_its_width) {
  for (const auto& row : geyser::all_formats()) {
    if (surface_format(row.format) == nullptr) continue;
    for (std::uint32_t plane = 0; plane < row.plane_count; ++plane) {
      const std::uint32_t number = pixel_format(row.format, plane);
      const auto& all = geyser::all_formats();
      const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.metal == number; });
      ASSERT_NE(same, all.end()) << row.name << " plane " << plane;
      EXPECT_EQ(same->planes[0].block_bytes, row.planes[plane].block_bytes) << row.name << " plane " << plane;
    }
  }
}

TEST_F(Formats, a_new_surface_passes_the_check_of_surfaces_from_elsewhere) {
  for (const std::uint64_t alignment : {1U, 16U, 64U, 256U}) {
    DeviceConfig config;
    config.row_alignment = alignment;
    reset({config});
    auto device = geyser::metal::api::adopt_device(fake_metal::device(), nullptr);
    ASSERT_TRUE(ok(device));
    for (const auto& row : geyser::all_formats()) {
      if (surface_format(row.format) == nullptr) continue;
      const auto descriptor = plain(row.format, 2 * (1 + random().below(200)), 2 * (1 + random().below(50)));
      auto shape = geyser::metal::surface_shape(descriptor, **device);
      ASSERT_TRUE(ok(shape)) << row.name;
      EXPECT_TRUE(ok(geyser::metal::check_surface(*shape, descriptor))) << row.name;
      const std::uint32_t planes = row.kind == FormatKind::planar ? row.plane_count : 1U;
      for (std::uint32_t i = 0; i < planes; ++i) EXPECT_EQ(shape->planes[i].bytes_per_row % alignment, 0U) << row.name;
      // Planes do not overlap.
      for (std::uint32_t i = 1; i < planes; ++i) {
        EXPECT_GE(shape->planes[i].offset, shape->planes[i - 1].offset + shape->planes[i - 1].bytes_per_row * shape->planes[i - 1].height);
      }
    }
  }
}

TEST_F(Formats, what_a_surface_says_wrong_is_refused_by_field) {
  auto device = geyser::metal::api::adopt_device(fake_metal::device(), nullptr);
  ASSERT_TRUE(ok(device));
  const auto descriptor = plain(TextureFormat::nv12, 64, 32);
  auto good = geyser::metal::surface_shape(descriptor, **device);
  ASSERT_TRUE(ok(good));
  using Shape = geyser::metal::api::SurfaceShape;
  const std::vector<std::pair<std::string, std::function<void(Shape&)>>> changes{
      {"pixel format", [](Shape& s) { s.pixel_format = 0x42475241; }},
      {"pixel format", [](Shape& s) { s.pixel_format = 0; }},  // a planar surface must say it
      {"size", [](Shape& s) { s.width = 63; }},
      {"element size", [](Shape& s) { s.element_width = 2; }},
      {"plane count", [](Shape& s) { s.plane_count = 3; }},
      {"plane size", [](Shape& s) { s.planes[1].height = 15; }},
      {"bytes per element", [](Shape& s) { s.planes[1].bytes_per_element = 4; }},
      {"bytes per row", [](Shape& s) { s.planes[0].bytes_per_row = 63; }},
      {"allocation", [](Shape& s) { s.allocation_size = s.planes[1].offset; }},
      {"allocation", [](Shape& s) { s.planes[1].offset = ~std::uint64_t{0} - 3; }},
      {"allocation", [](Shape& s) { s.planes[1].bytes_per_row = ~std::uint64_t{0} / 2; }}};
  for (const auto& [field, change] : changes) {
    auto shape = *good;
    change(shape);
    auto refused = geyser::metal::check_surface(shape, descriptor);
    ASSERT_TRUE(fails(refused, Errc::protocol_error)) << field;
    EXPECT_NE(refused.error().message().find(field), std::string::npos) << refused.error().message();
  }
}

TEST_F(Formats, devices_without_a_feature_say_so) {
  DeviceConfig config;
  config.name = "Old GPU";
  config.bc = config.etc2_astc = config.cube_arrays = config.apple_gpu = false;
  config.max_2d = 4096;
  start({config});
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  const auto refused = [&](TextureDescriptor descriptor, Errc code, const std::string& words) {
    auto made = manager->create_shareable_texture(descriptor);
    ASSERT_TRUE(fails(made, code)) << describe(descriptor);
    EXPECT_NE(made.error().message().find(words), std::string::npos) << made.error().message();
  };
  refused(plain(TextureFormat::bc1_rgba_unorm, 64, 64), Errc::unsupported_format, "Old GPU has no block-compressed");
  refused(plain(TextureFormat::astc_4x4_unorm, 64, 64), Errc::unsupported_format, "Old GPU has no ETC2 and ASTC");
  auto cubes = geyser::test::descriptor_of(TextureFormat::rgba8_unorm, geyser::test::Kind::cube_array);
  refused(cubes, Errc::unsupported_format, "arrays of cubes");
  refused(plain(TextureFormat::rgba8_unorm, 4097, 1), Errc::limit_exceeded, "4096");
  auto shared_exponent = plain(TextureFormat::rgb9e5_float);
  EXPECT_TRUE(ok(manager->create_shareable_texture(shared_exponent)));
  shared_exponent.usage = shared_exponent.usage | TextureUsage::render_attachment;
  refused(shared_exponent, Errc::unsupported_format, "rgb9e5_float");
  auto linear = plain(TextureFormat::r32_uint);
  auto made = manager->create_shareable_texture(linear, {.linear = true});
  EXPECT_TRUE(fails(made, Errc::unsupported_format));
}

}  // namespace
}  // namespace fake_metal
