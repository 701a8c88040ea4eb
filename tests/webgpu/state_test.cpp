// What an access leaves behind: content or none, layouts, objects.
#include "webgpu/fixture.hpp"
#include "webgpu/layer_log.hpp"

namespace geyser::test::dawn {
namespace {

using State = DawnTest;

TEST_F(State, reading_what_nobody_wrote_is_refused) {
  auto both = share(plain(), false);
  ASSERT_TRUE(ok(both));
  EXPECT_TRUE(fails(both->dawn.begin_read(), Errc::not_initialized));
}

// Dawn clears what it is told has no content, so a write access must show neither old pixels nor garbage, and keep what there is otherwise.
TEST_F(State, a_first_write_sees_zeros_and_a_second_one_the_first) {
  auto descriptor = plain();
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
  auto both = share(descriptor, false);
  ASSERT_TRUE(ok(both));
  auto access = both->dawn.begin_write();
  ASSERT_TRUE(ok(access));
  auto texture = webgpu::acquire(*access);
  ASSERT_TRUE(ok(texture));
  Fetch first = gpu().fetch(*texture, descriptor);
  gpu().clear(*texture, {1.0, 0.0, 1.0, 0.0});
  Fetch second = gpu().fetch(*texture, descriptor);
  ASSERT_TRUE(ok(webgpu::release(*access)));
  ASSERT_TRUE(ok(std::move(*access).end()));
  const auto before = first.bytes();
  EXPECT_EQ(before, std::vector<std::byte>(before.size(), std::byte{0}));
  const auto after = second.bytes();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) ASSERT_EQ(after[i], i % 2 == 0 ? std::byte{255} : std::byte{0});
  auto again = both->dawn.begin_write();
  ASSERT_TRUE(ok(again));
  texture = webgpu::acquire(*again);
  ASSERT_TRUE(ok(texture));
  Fetch third = gpu().fetch(*texture, descriptor);
  ASSERT_TRUE(ok(webgpu::release(*again)));
  ASSERT_TRUE(ok(std::move(*again).end()));
  EXPECT_EQ(third.bytes(), after);
}

TEST_F(State, a_write_that_draws_nothing_keeps_content_and_makes_none) {
  auto both = share(plain(), false);
  ASSERT_TRUE(ok(both));
  auto access = both->dawn.begin_write();
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(webgpu::acquire(*access)));
  ASSERT_TRUE(ok(webgpu::release(*access)));
  auto state = std::move(*access).end();
  ASSERT_TRUE(ok(state));
  EXPECT_FALSE(state->initialized);
  EXPECT_TRUE(fails(both->dawn.begin_read(), Errc::not_initialized));
  // With content, the same access keeps it.
  const auto bytes = fill(both->vulkan);
  AccessInfo info;
  info.state = both->vulkan.state();
  auto second = both->dawn.begin_write(info);
  ASSERT_TRUE(ok(second));
  ASSERT_TRUE(ok(webgpu::acquire(*second)));
  ASSERT_TRUE(ok(webgpu::release(*second)));
  state = std::move(*second).end();
  ASSERT_TRUE(ok(state));
  EXPECT_TRUE(state->initialized);
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
}

TEST_F(State, reads_that_submit_nothing_change_nothing) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  for (int i = 0; i < 10; ++i) {
    AccessInfo info;
    info.state = both->vulkan.state();
    auto access = both->dawn.begin_read(info);
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok(webgpu::acquire(*access)));
    ASSERT_TRUE(ok(webgpu::release(*access)));
    const auto state = std::move(*access).end();
    ASSERT_TRUE(ok(state));
    EXPECT_TRUE(state->initialized);
    EXPECT_EQ(state->layout, both->vulkan.state().layout);
  }
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
  std::vector<std::byte> by_vulkan(bytes.size());
  poison(by_vulkan);
  ASSERT_TRUE(ok(vulkan().read_back(both->vulkan, {}, by_vulkan)));
  EXPECT_EQ(by_vulkan, bytes);
}

TEST_F(State, the_layout_is_the_one_that_was_found) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  const auto found_in = both->vulkan.state().layout;
  for (int i = 0; i < 3; ++i) {
    TextureState left;
    auto found = fetch(both->dawn, {}, &left);
    ASSERT_TRUE(ok(found));
    EXPECT_EQ(*found, bytes);
    EXPECT_EQ(left.layout, found_in);
  }
  auto written = put(both->dawn, bytes);
  ASSERT_TRUE(ok(written));
  EXPECT_EQ(written->layout, found_in);
}

TEST_F(State, an_access_destroyed_without_release_gives_dawn_its_texture_back) {
  expect_logged("was over before webgpu::release()");
  expect_logged("destroyed without end()");
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  for (int i = 0; i < 5; ++i) {
    auto access = both->dawn.begin_read();
    ASSERT_TRUE(ok(access));
    auto texture = webgpu::acquire(*access);
    ASSERT_TRUE(ok(texture));
    Fetch lost = gpu().fetch(*texture, both->dawn.descriptor());
    static_cast<void>(lost.bytes());
  }
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
  // An end() that comes before release() is the same mistake.
  auto access = both->dawn.begin_read();
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(webgpu::acquire(*access)));
  static_cast<void>(std::move(*access).end());
  found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
}

TEST_F(State, wrong_order_is_refused_by_name_and_changes_nothing) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  auto first = both->dawn.begin_read();
  auto second = both->dawn.begin_read();
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  EXPECT_TRUE(fails(webgpu::release(*first), Errc::invalid_state));
  ASSERT_TRUE(ok(webgpu::acquire(*first)));
  EXPECT_TRUE(fails(webgpu::acquire(*first), Errc::invalid_state));
  EXPECT_TRUE(fails(webgpu::acquire(*second), Errc::invalid_state));
  ASSERT_TRUE(ok(webgpu::release(*first)));
  EXPECT_TRUE(fails(webgpu::release(*first), Errc::invalid_state));
  ASSERT_TRUE(ok(std::move(*first).end()));
  ASSERT_TRUE(ok(webgpu::acquire(*second)));
  ASSERT_TRUE(ok(webgpu::release(*second)));
  ASSERT_TRUE(ok(std::move(*second).end()));
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
  // Of another manager.
  auto foreign = both->vulkan.begin_read();
  ASSERT_TRUE(ok(foreign));
  EXPECT_TRUE(fails(webgpu::acquire(*foreign), Errc::device_mismatch));
  EXPECT_TRUE(fails(webgpu::release(*foreign), Errc::device_mismatch));
  EXPECT_TRUE(fails(webgpu::native(both->vulkan), Errc::device_mismatch));
  ASSERT_TRUE(ok(std::move(*foreign).end()));
}

TEST_F(State, a_read_access_gives_a_texture_that_cannot_be_written) {
  auto descriptor = plain();
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment | TextureUsage::storage_binding;
  auto both = share(descriptor);
  ASSERT_TRUE(ok(both));
  static_cast<void>(fill(both->vulkan));
  auto access = both->dawn.begin_read();
  ASSERT_TRUE(ok(access));
  auto texture = webgpu::acquire(*access);
  ASSERT_TRUE(ok(texture));
  const auto usage = DAWN(TextureGetUsage)(*texture);
  EXPECT_EQ(usage & (WGPUTextureUsage_RenderAttachment | WGPUTextureUsage_StorageBinding), WGPUTextureUsage_None);
  EXPECT_NE(usage & WGPUTextureUsage_TextureBinding, WGPUTextureUsage_None);
  ASSERT_TRUE(ok(webgpu::release(*access)));
  ASSERT_TRUE(ok(std::move(*access).end()));
}

TEST_F(State, what_is_destroyed_in_any_order_leaves_nothing) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  {
    const SharedTexture gone = std::move(both->vulkan);
  }
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
  std::optional<SharedTexture> last(std::move(both->dawn));
  close();  // managers and device first
  last.reset();
}

}  // namespace
}  // namespace geyser::test::dawn
