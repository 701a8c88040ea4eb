// What a partner does for an API without semaphores of its own: it hands a texture on, from points to a point, in another layout.
#include <chrono>

#include "core/backend.hpp"
#include "fixture.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using detail::Private;

Result<void> pass_on(TextureShareManager& manager, SharedTexture& texture, TextureState from, std::optional<SyncPoint> signal,
                     TextureLayout layout) {
  AccessInfo info;
  info.state = std::move(from);
  info.signal = std::move(signal);
  auto access = detail::begin_access(Private::shared(texture), AccessMode::write, info);
  if (!access) return std::move(access).error();
  auto passed = Private::backend(manager)->pass_on(*Private::contents(texture), *access, layout);
  if (!passed) {
    detail::cancel_access(*std::move(access), {});
    return passed;
  }
  auto ended = (*std::move(access)).end(layout);
  if (!ended) return std::move(ended).error();
  return {};
}

TextureState at(TextureLayout layout, std::optional<SyncPoint> point = std::nullopt) {
  TextureState state{.initialized = true, .layout = layout, .points = {}};
  if (point) state.points.push_back(*std::move(point));
  return state;
}

std::optional<SharedSemaphore> semaphore_of(TextureShareManager& manager, SemaphoreKind kind) {
  auto made = manager.create_shared_semaphore({.kind = kind, .initial_value = 0, .label = {}});
  if (!made) return std::nullopt;
  return *std::move(made);
}

constexpr TextureLayout turns[] = {TextureLayout::shader_read_only, TextureLayout::transfer_src, TextureLayout::general,
                                   TextureLayout::transfer_dst};

// All are submitted while the first still waits: each has a command buffer of its own, and none may be reused before its time.
TEST_P(OnVulkan, PassingOnChangesLayoutsBehindPointsThatComeLater) {
  std::size_t kinds = 0;
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    auto chain = semaphore_of(exporter(), kind);
    if (!chain) continue;
    ++kinds;
    const auto bytes = content(texture(), 41);
    auto made = exporter().create_shareable_texture(texture());
    ASSERT_TRUE(ok(made));
    ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
    constexpr std::uint64_t count = 24;
    TextureLayout layout = made->state().layout;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const TextureLayout next = turns[i % std::size(turns)];
      ASSERT_TRUE(ok(pass_on(exporter(), *made, at(layout, SyncPoint{*chain, i}), SyncPoint{*chain, i + 1}, next)));
      layout = next;
    }
    const auto before = chain->value();
    ASSERT_TRUE(ok(before));
    EXPECT_EQ(*before, 0U) << "nothing may pass before the first point";
    ASSERT_TRUE(ok(chain->signal(1)));
    ASSERT_TRUE(ok(chain->wait(count + 1, 20s)));
    expect_content(exporter(), *made, bytes, {.state = at(layout)});
    // Over and over, the command buffers are used again.
    for (std::uint64_t i = count + 1; i <= 3 * count; ++i) {
      const TextureLayout next = turns[i % std::size(turns)];
      ASSERT_TRUE(ok(pass_on(exporter(), *made, at(layout, SyncPoint{*chain, i}), SyncPoint{*chain, i + 1}, next)));
      layout = next;
      ASSERT_TRUE(ok(chain->wait(i + 1, 20s)));
    }
    expect_content(exporter(), *made, bytes, {.state = at(layout)});
  }
  if (kinds == 0) GTEST_SKIP() << "the device has no timeline";
}

TEST_P(OnVulkan, PassingOnByABinarySemaphore) {
  auto link = semaphore_of(exporter(), SemaphoreKind::binary);
  auto done = semaphore_of(exporter(), SemaphoreKind::host_timeline);
  if (!link || !done) GTEST_SKIP() << "the device exports no binary semaphore, or has no timeline at all";
  const auto bytes = content(texture(), 42);
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
  TextureLayout layout = made->state().layout;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    // The first changes nothing and only signals; the second takes the signal and changes the layout.
    ASSERT_TRUE(ok(pass_on(exporter(), *made, at(layout), SyncPoint{*link, 1}, layout)));
    const TextureLayout next = turns[i % std::size(turns)];
    ASSERT_TRUE(ok(pass_on(exporter(), *made, at(layout, SyncPoint{*link, 1}), SyncPoint{*done, i}, next)));
    layout = next;
  }
  ASSERT_TRUE(ok(done->wait(12, 20s)));
  expect_content(exporter(), *made, bytes, {.state = at(layout)});
  // A signal that nobody submitted is refused before the driver sees the wait, and leaves nothing behind.
  EXPECT_TRUE(
      fails(pass_on(exporter(), *made, at(layout, SyncPoint{*link, 1}), std::nullopt, TextureLayout::general), Errc::invalid_state));
  ASSERT_TRUE(ok(pass_on(exporter(), *made, at(layout), SyncPoint{*done, 13}, TextureLayout::general)));
  ASSERT_TRUE(ok(done->wait(13, 20s)));
  expect_content(exporter(), *made, bytes, {.state = at(TextureLayout::general)});
}

TEST_P(OnVulkan, ATextureIsNotFreedWhileItIsHandedOn) {
  auto gate = semaphore_of(exporter(), SemaphoreKind::host_timeline);
  if (!gate) GTEST_SKIP() << "the device has no timeline";
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, content(texture(), 43))));
  // No signal that anybody could wait for: only the command buffer knows that the image is still used.
  ASSERT_TRUE(ok(pass_on(exporter(), *made, at(made->state().layout, SyncPoint{*gate, 1}), std::nullopt, TextureLayout::transfer_src)));
  ASSERT_TRUE(ok(gate->signal(1)));
  {
    const SharedTexture gone = *std::move(made);
  }
  expect_working(exporter());
}

TEST(PassOn, ABackendThatCannotSaysSo) {
  auto host = host::create_manager();
  ASSERT_TRUE(ok(host));
  EXPECT_FALSE(Private::backend(*host)->passes_on());
  TextureDescriptor descriptor;
  descriptor.extent = {4, 4, 1};
  descriptor.format = TextureFormat::r8_unorm;
  auto made = host->create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(
      fails(pass_on(*host, *made, at(TextureLayout::general), std::nullopt, TextureLayout::general), Errc::unsupported_feature, "host"));
}

}  // namespace
}  // namespace geyser::test
