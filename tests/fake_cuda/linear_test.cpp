// Linear textures of CUDA's own.
#include "fixture.hpp"

namespace fake_cuda {
namespace {

using Linear = Fixture;

TEST_F(Linear, content_comes_back_for_every_format_with_one_plane) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  int count = 0;
  for (const auto& format : geyser::all_formats()) {
    if (format.plane_count != 1) continue;
    SCOPED_TRACE(format.name);
    auto texture = manager->create_shareable_texture(plain(format.format, 60, 60));
    ASSERT_TRUE(ok(texture));
    const auto bytes = content_of(texture->descriptor());
    ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
    ASSERT_TRUE(holds(*manager, *texture, {}, bytes));
    ++count;
  }
  EXPECT_GT(count, 80);
}

TEST_F(Linear, regions_go_where_they_belong) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(), {.linear = true});
  ASSERT_TRUE(ok(texture));
  const auto& format = *geyser::format_info(texture->descriptor().format);
  auto model = content_of(texture->descriptor());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, model)));
  const auto whole = *geyser::region_layout(texture->descriptor(), {});
  for (const TextureRegion region : {TextureRegion{.offset = {3, 5, 0}, .extent = geyser::Extent3D{7, 11, 1}},
                                     TextureRegion{.offset = {66, 28, 0}, .extent = geyser::Extent3D{1, 1, 1}},
                                     TextureRegion{.offset = {0, 17, 0}, .extent = geyser::Extent3D{67, 2, 1}}}) {
    const auto part = *geyser::region_layout(texture->descriptor(), region);
    const auto bytes = content_of(texture->descriptor(), region);
    ASSERT_TRUE(ok(manager->upload(*texture, region, bytes)));
    geyser::test::paste(format, region, whole, part, bytes, model);
    ASSERT_TRUE(holds(*manager, *texture, {}, model));
    ASSERT_TRUE(holds(*manager, *texture, region, bytes));
  }
}

TEST_F(Linear, memory_is_what_a_kernel_sees) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(), {.linear = true});
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(texture->descriptor());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  const auto memory = geyser::cuda::linear_memory(*texture);
  ASSERT_TRUE(ok(memory));
  EXPECT_EQ(memory->row_pitch, 384U);  // 67 texels of 4 bytes, on multiples of 128
  EXPECT_EQ(memory->bytes, 28U * 384 + 67 * 4);
  std::vector<std::byte> row(std::size_t{67} * 4);
  for (std::size_t y = 0; y < 29; ++y) {
    read_device(memory->pointer + y * memory->row_pitch, row.data(), row.size());
    ASSERT_TRUE(std::equal(row.begin(), row.end(), bytes.begin() + static_cast<std::ptrdiff_t>(y * row.size()))) << "row " << y;
  }
}

}  // namespace
}  // namespace fake_cuda
