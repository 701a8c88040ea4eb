// Who waits for whom: host timelines for real; timelines and binary semaphores over the layer that emulates them.
#include <thread>

#include "core/backend.hpp"
#include "opengl/emulated_partner.hpp"
#include "opengl/fixture.hpp"
#include "opengl/layer.hpp"

namespace geyser::test {
namespace {

using layer::Call;
using std::chrono::milliseconds;

const TextureDescriptor plain{.extent = {16, 16, 1}, .format = TextureFormat::rgba8_unorm};
constexpr std::size_t plain_bytes = 16 * 16 * 4;

Result<TextureShareManager> adopt_with_layer(const TextureShareManager* partner) {
  opengl::AdoptInfo info;
  info.get_proc_address = layer::loader();
  info.partner = partner;
  return opengl::create_manager(info);
}

/// The calls since `mark`, in order.
std::vector<Call> calls_since(std::size_t mark) {
  return {layer::calls().begin() + static_cast<std::ptrdiff_t>(mark), layer::calls().end()};
}

/// Each side waits for what the other signals, four rounds of writing there and reading here.
void take_turns(TextureShareManager& vulkan, TextureShareManager& opengl, SemaphoreKind kind) {
  auto semaphore = opengl.create_shared_semaphore({.kind = kind});
  ASSERT_TRUE(ok(semaphore));
  auto native = opengl::native(*semaphore);
  ASSERT_TRUE(ok(native));
  EXPECT_EQ(*native == 0, kind == SemaphoreKind::host_timeline);
  auto handle = opengl.export_semaphore(*semaphore);
  ASSERT_TRUE(ok(handle));
  auto theirs = vulkan.import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(theirs));
  auto pair = share(vulkan, opengl, plain);
  ASSERT_TRUE(ok(pair));
  Random random(seed_for("turns"));
  for (std::uint64_t round = 0; round < 4; ++round) {
    const auto bytes = random_content(random, *format_info(plain.format), 0, plain_bytes);
    AccessInfo write = settled();
    write.signal = SyncPoint{*theirs, 2 * round + 1};
    std::thread writer([&] {
      std::this_thread::sleep_for(milliseconds(5));
      EXPECT_TRUE(ok(vulkan.upload(pair->vulkan, {}, bytes, write)));
    });
    AccessInfo read = settled();
    read.state->points.push_back({*semaphore, 2 * round + 1});
    read.signal = SyncPoint{*semaphore, 2 * round + 2};
    std::vector<std::byte> found(plain_bytes);
    poison(found);
    EXPECT_TRUE(ok(opengl.read_back(pair->opengl, {}, found, read)));
    writer.join();
    EXPECT_EQ(found, bytes);
    EXPECT_TRUE(ok(theirs->wait(2 * round + 2, milliseconds(1000))));
  }
}

TEST_F(OpenGlTest, HostTimelinesOrderBothSides) { take_turns(vulkan(), opengl(), SemaphoreKind::host_timeline); }

TEST_F(OpenGlTest, TimelinesOrderBothSides) {
  if (!opengl().capabilities().exports(SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd)) {
    GTEST_SKIP() << opengl().capabilities().semaphores.front().why_not;
  }
  take_turns(vulkan(), opengl(), SemaphoreKind::timeline);
}

TEST_F(OpenGlTest, ReadySemaphoresTravelWithTextures) {
  auto texture = opengl().create_shareable_texture(plain);
  ASSERT_TRUE(ok(texture));
  auto ready = opengl().create_shared_semaphore();
  ASSERT_TRUE(ok(ready));
  ASSERT_TRUE(ok(opengl().attach_semaphore(*texture, *ready)));
  auto handle = opengl().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto view = vulkan().import_texture(*std::move(handle));
  ASSERT_TRUE(ok(view));
  EXPECT_TRUE(fails(vulkan().wait_for_texture(*view, milliseconds(10)), Errc::timed_out));
  auto point = opengl().signal_texture_ready(*texture);
  ASSERT_TRUE(ok(point));
  auto reached = vulkan().wait_for_texture(*view, milliseconds(1000));
  ASSERT_TRUE(ok(reached));
  EXPECT_EQ(*reached, point->value);
}

TEST_F(OpenGlTest, WhatOpenGlLacksIsNamed) {
  for (const auto& rung : opengl().capabilities().semaphores) {
    if (rung.can_export && rung.can_import) continue;
    EXPECT_FALSE(rung.why_not.empty());
  }
  layer::reset({.semaphores = true});
  auto without_timelines = adopt_with_layer(nullptr);
  ASSERT_TRUE(ok(without_timelines));
  const auto& rungs = without_timelines->capabilities().semaphores;
  ASSERT_EQ(rungs.size(), 3U);
  EXPECT_EQ(rungs[0].why_not, "the context has no GL_NV_timeline_semaphore");
  EXPECT_FALSE(rungs[1].can_export);
  EXPECT_TRUE(rungs[1].can_import) << "binary semaphores are waited for by OpenGL itself";
  EXPECT_TRUE(fails(without_timelines->create_shared_semaphore({.kind = SemaphoreKind::binary}), Errc::unsupported_feature, "partner"));
}

TEST_F(OpenGlTest, EmulatedTimelinesCarryValuesAndLayouts) {
  layer::reset({.semaphores = true, .timelines = true});
  {
    auto partner = emulated_partner(vulkan());
    auto manager = adopt_with_layer(&partner);
    ASSERT_TRUE(ok(manager));
    auto semaphore = manager->create_shared_semaphore({.kind = std::nullopt, .initial_value = 3});
    ASSERT_TRUE(ok(semaphore));
    EXPECT_EQ(semaphore->kind(), SemaphoreKind::timeline);
    auto name = opengl::native(*semaphore);
    ASSERT_TRUE(ok(name));
    EXPECT_EQ(calls_since(0), (std::vector<Call>{{Call::Kind::create_timeline, *name}, {Call::Kind::import, *name}}));
    auto value = semaphore->value();
    ASSERT_TRUE(ok(value));
    EXPECT_EQ(*value, 3U) << "the partner has the host's side";

    auto texture = manager->create_shareable_texture(plain);
    ASSERT_TRUE(ok(texture));
    auto native = opengl::native(*texture);
    ASSERT_TRUE(ok(native));
    // The first access finds no content: its wait says so.
    std::size_t mark = layer::calls().size();
    const SyncPoint before[] = {{*semaphore, 3}, {*semaphore, 0}};
    auto write = texture->begin_write({.state = {}, .wait_for = before, .signal = SyncPoint{*semaphore, 4}});
    ASSERT_TRUE(ok(write));
    ASSERT_TRUE(ok(opengl::acquire(*write)));
    ASSERT_TRUE(ok(opengl::release(*write, TextureLayout::color_attachment)));
    EXPECT_EQ(calls_since(mark), (std::vector<Call>{{Call::Kind::wait, *name, 3, native->name, GL_NONE},
                                                    {Call::Kind::signal, *name, 4, native->name, GL_LAYOUT_COLOR_ATTACHMENT_EXT}}));
    auto state = std::move(*write).end();
    ASSERT_TRUE(ok(state));
    EXPECT_EQ(state->layout, TextureLayout::color_attachment);
    EXPECT_TRUE(ok(semaphore->wait(4, milliseconds(100))));

    // The next one takes it over from there, and a copy gives it back as it found it.
    mark = layer::calls().size();
    std::vector<std::byte> bytes(plain_bytes);
    AccessInfo read{.state = *state, .wait_for = {}, .signal = SyncPoint{*semaphore, 5}};
    ASSERT_TRUE(ok(manager->read_back(*texture, {}, bytes, read)));
    EXPECT_EQ(calls_since(mark), (std::vector<Call>{{Call::Kind::wait, *name, 4, native->name, GL_LAYOUT_COLOR_ATTACHMENT_EXT},
                                                    {Call::Kind::signal, *name, 5, native->name, GL_LAYOUT_COLOR_ATTACHMENT_EXT}}));
    EXPECT_EQ(texture->state().layout, TextureLayout::color_attachment);

    // Announcing goes behind all commands and names no texture.
    ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *semaphore)));
    mark = layer::calls().size();
    auto point = manager->signal_texture_ready(*texture);
    ASSERT_TRUE(ok(point));
    EXPECT_EQ(point->value, 6U);
    EXPECT_EQ(calls_since(mark), (std::vector<Call>{{Call::Kind::signal, *name, 6, 0, GL_NONE}}));

    // Out and in again: the importer has a name of its own for the same counter.
    auto handle = manager->export_semaphore(*semaphore);
    ASSERT_TRUE(ok(handle));
    EXPECT_EQ(handle->type, SemaphoreHandleType::opaque_fd);
    auto second = adopt_with_layer(&partner);
    ASSERT_TRUE(ok(second));
    auto imported = second->import_semaphore(*std::move(handle));
    ASSERT_TRUE(ok(imported));
    EXPECT_FALSE(handle->handle) << "import takes it";
    ASSERT_TRUE(ok(imported->signal(9)));
    EXPECT_TRUE(ok(semaphore->wait(9, milliseconds(100))));
    EXPECT_TRUE(fails(second->export_semaphore(*imported), Errc::unsupported_handle, "imported"));
  }
  ASSERT_TRUE(ok(adopt_with_layer(nullptr)));
  EXPECT_EQ(layer::names(), layer::Names());
}

TEST_F(OpenGlTest, EmulatedTimelinesThatNobodySignalsHangNoCopy) {
  layer::reset({.semaphores = true, .timelines = true});
  auto partner = emulated_partner(vulkan());
  auto manager = adopt_with_layer(&partner);
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain);
  ASSERT_TRUE(ok(texture));
  auto semaphore = manager->create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  const SyncPoint never[] = {{*semaphore, 1}};
  std::vector<std::byte> bytes(plain_bytes);
  std::thread late([&] {
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_TRUE(ok(semaphore->signal(1)));
  });
  const std::size_t mark = layer::calls().size();
  EXPECT_TRUE(ok(manager->upload(*texture, {}, bytes, {.state = {}, .wait_for = never, .signal = {}})));
  late.join();
  ASSERT_EQ(calls_since(mark).size(), 1U) << "OpenGL waits too: that is what makes the content visible";
  EXPECT_EQ(calls_since(mark)[0].kind, Call::Kind::wait);
}

TEST_F(OpenGlTest, EmulatedBinarySemaphoresAreWaitedForOnce) {
  layer::reset({.semaphores = true});
  auto partner = emulated_partner(vulkan(), false, true);
  auto manager = adopt_with_layer(&partner);
  ASSERT_TRUE(ok(manager));
  auto there = manager->create_shared_semaphore();
  ASSERT_TRUE(ok(there));
  EXPECT_EQ(there->kind(), SemaphoreKind::binary);
  EXPECT_TRUE(fails(there->value(), Errc::invalid_argument));
  auto texture = manager->create_shareable_texture(plain);
  ASSERT_TRUE(ok(texture));
  auto texture_name = opengl::native(*texture);
  auto name = opengl::native(*there);
  ASSERT_TRUE(ok(name));
  std::vector<std::byte> bytes(plain_bytes);
  std::size_t mark = layer::calls().size();
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes, {.state = {}, .wait_for = {}, .signal = SyncPoint{*there, 1}})));
  EXPECT_EQ(calls_since(mark), (std::vector<Call>{{Call::Kind::signal, *name, 0, texture_name->name, GL_LAYOUT_GENERAL_EXT}}));
  // The point is in the texture's state, and given once more: one wait.
  mark = layer::calls().size();
  const SyncPoint again[] = {{*there, 1}};
  ASSERT_TRUE(ok(manager->read_back(*texture, {}, bytes, {.state = {}, .wait_for = again, .signal = {}})));
  EXPECT_EQ(calls_since(mark), (std::vector<Call>{{Call::Kind::wait, *name, 0, texture_name->name, GL_LAYOUT_GENERAL_EXT}}));
  // The host's wait is the partner's.
  ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *there)));
}

TEST_F(OpenGlTest, EmulatedBinarySemaphoresWithoutAPartner) {
  layer::reset({.semaphores = true});
  auto partner = emulated_partner(vulkan(), false, true);
  auto made = partner.create_shared_semaphore({.kind = SemaphoreKind::binary});
  ASSERT_TRUE(ok(made));
  auto handle = partner.export_semaphore(*made);
  ASSERT_TRUE(ok(handle));
  auto alone = adopt_with_layer(nullptr);
  ASSERT_TRUE(ok(alone));
  auto semaphore = alone->import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(semaphore));
  ASSERT_TRUE(ok(detail::Private::contents(*made)->signal(1)));
  EXPECT_TRUE(ok(semaphore->wait(1, milliseconds(1000))));
  EXPECT_TRUE(fails(semaphore->value(), Errc::invalid_argument));
  EXPECT_TRUE(fails(alone->export_semaphore(*semaphore), Errc::unsupported_handle));
  std::thread([&] { EXPECT_TRUE(fails(semaphore->wait(1, milliseconds(1)), Errc::invalid_state, "not current")); }).join();
}

TEST_F(OpenGlTest, EmulatedSemaphoreImportsThatFailKeepTheHandle) {
  for (const bool closes : {false, true}) {
    layer::reset({.semaphores = true, .timelines = true, .close_refused = closes});
    auto partner = emulated_partner(vulkan());
    auto manager = adopt_with_layer(&partner);
    ASSERT_TRUE(ok(manager));
    auto made = partner.create_shared_semaphore();
    ASSERT_TRUE(ok(made));
    auto handle = partner.export_semaphore(*made);
    ASSERT_TRUE(ok(handle));
    const std::size_t before = open_descriptors();
    layer::fail("glImportSemaphoreFdEXT", GL_INVALID_VALUE);
    EXPECT_TRUE(fails(manager->import_semaphore(*std::move(handle)), Errc::protocol_error, "glImportSemaphoreFdEXT"));
    EXPECT_TRUE(is_open(handle->handle.fd()));
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(layer::names(), layer::Names());
    EXPECT_TRUE(fails(manager->create_shared_semaphore(), Errc::protocol_error));
    EXPECT_EQ(open_descriptors(), before);
    layer::fail("", GL_NO_ERROR);
    EXPECT_TRUE(ok(manager->import_semaphore(*std::move(handle))));
  }
}

TEST_F(OpenGlTest, EmulatedSemaphoresDieInAnyThread) {
  layer::reset({.semaphores = true, .timelines = true});
  auto partner = emulated_partner(vulkan());
  auto manager = adopt_with_layer(&partner);
  ASSERT_TRUE(ok(manager));
  auto semaphore = manager->create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  std::thread([&] { *semaphore = SharedSemaphore(); }).join();
  EXPECT_EQ(layer::names().semaphores, 1);
  ASSERT_TRUE(ok(manager->create_shared_semaphore()));
  EXPECT_EQ(layer::names().semaphores, 0) << "the first was buried, and the second died at once";
}

}  // namespace
}  // namespace geyser::test
