// Textures, accesses and ready semaphores through the front, on the host backend: the rules that hold for every backend.
#include <cstring>
#include <thread>
#include <vector>

#include "check.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "system.hpp"

namespace geyser {
namespace {

using namespace std::chrono_literals;
using unit::fails;
using unit::ok;
using unit::plain;

/// Errors that the library logs belong to the test that causes them.
class HostAccess : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = host::create_manager();
    ASSERT_TRUE(ok(made));
    manager_.emplace(*std::move(made));
    set_log_sink([](LogLevel, std::string_view, void* user) noexcept { ++*static_cast<int*>(user); }, &logged_);
  }
  void TearDown() override {
    manager_.reset();
    set_log_sink(nullptr);
    EXPECT_EQ(logged_, expected_log_lines_);
  }
  [[nodiscard]] TextureShareManager& manager() { return *manager_; }
  [[nodiscard]] SharedTexture texture(const TextureDescriptor& descriptor = plain()) {
    auto made = manager().create_shareable_texture(descriptor);
    EXPECT_TRUE(ok(made));
    return *std::move(made);
  }
  [[nodiscard]] SharedSemaphore semaphore() {
    auto made = manager().create_shared_semaphore();
    EXPECT_TRUE(ok(made));
    return *made;
  }
  /// Begins and ends a write, so that the texture counts as initialized.
  static void write(SharedTexture& t) {
    auto access = t.begin_write();
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok((*std::move(access)).end()));
  }

  int expected_log_lines_ = 0;

 private:
  std::optional<TextureShareManager> manager_;
  int logged_ = 0;
};

TEST_F(HostAccess, a_new_texture_is_not_initialized) {
  SharedTexture t = texture();
  EXPECT_FALSE(t.state().initialized);
  EXPECT_FALSE(t.imported());
  EXPECT_EQ(t.handle_type(), MemoryHandleType::shared_memory);
  EXPECT_GE(t.allocated_bytes(), t.required_bytes());
  EXPECT_TRUE(fails(t.begin_read(), Errc::not_initialized, {"written"}));
  EXPECT_TRUE(ok(manager().upload(t, {}, std::vector<std::byte>(64 * 32 * 4))));
  EXPECT_TRUE(t.state().initialized);
}

TEST_F(HostAccess, a_refused_descriptor_leaves_nothing) {
  TextureDescriptor d = plain();
  d.extent.width = 0;
  EXPECT_TRUE(fails(manager().create_shareable_texture(d), Errc::invalid_argument, {"extent.width"}));
  EXPECT_TRUE(fails(manager().format_support(d), Errc::invalid_argument, {"extent.width"}));
  EXPECT_TRUE(fails(manager().create_shareable_texture(plain(), {.handle_type = MemoryHandleType::opaque_fd, .modifiers = {}}),
                    Errc::unsupported_handle, {"opaque_fd"}));
}

TEST_F(HostAccess, a_write_is_alone_and_reads_share) {
  SharedTexture t = texture();
  write(t);
  {
    auto first = t.begin_read();
    auto second = t.begin_read();
    ASSERT_TRUE(ok(first));
    ASSERT_TRUE(ok(second));
    EXPECT_TRUE(fails(t.begin_write(), Errc::access_conflict, {"2 read accesses"}));
    ASSERT_TRUE(ok((*std::move(first)).end()));
    EXPECT_TRUE(fails(t.begin_write(), Errc::access_conflict, {"1 read access"}));
    ASSERT_TRUE(ok((*std::move(second)).end()));
  }
  auto writer = t.begin_write();
  ASSERT_TRUE(ok(writer));
  EXPECT_EQ(writer->mode(), AccessMode::write);
  EXPECT_TRUE(fails(t.begin_read(), Errc::access_conflict, {"write access"}));
  EXPECT_TRUE(fails(t.begin_write(), Errc::access_conflict, {"write access"}));
  std::vector<std::byte> bytes(64 * 32 * 4);
  EXPECT_TRUE(fails(manager().upload(t, {}, bytes), Errc::access_conflict, {}));
  EXPECT_TRUE(fails(manager().read_back(t, {}, bytes), Errc::access_conflict, {}));
  ASSERT_TRUE(ok((*std::move(writer)).end()));
}

TEST_F(HostAccess, ending_twice_is_refused) {
  SharedTexture t = texture();
  auto access = t.begin_write();
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(fails(std::move(*access).end(), Errc::invalid_state, {"ended already"}));  // NOLINT(bugprone-use-after-move)
}

TEST_F(HostAccess, an_access_cannot_end_in_layout_undefined) {
  SharedTexture t = texture();
  auto access = t.begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(std::move(*access).end(TextureLayout::undefined), Errc::invalid_argument, {"undefined"}));
  auto state = std::move(*access).end(TextureLayout::shader_read_only);  // NOLINT(bugprone-use-after-move): the refusal kept it open
  ASSERT_TRUE(ok(state));
  EXPECT_EQ(state->layout, TextureLayout::shader_read_only);
  EXPECT_EQ(t.state().layout, TextureLayout::shader_read_only);
}

TEST_F(HostAccess, an_abandoned_write_is_logged_and_its_content_does_not_count) {
  expected_log_lines_ = 1;
  SharedTexture t = texture();
  write(t);
  {
    auto access = t.begin_write();
  }
  EXPECT_FALSE(t.state().initialized);
  EXPECT_TRUE(fails(t.begin_read(), Errc::not_initialized, {}));
  write(t);  // it can be written again
}

TEST_F(HostAccess, an_abandoned_read_is_logged_and_keeps_the_content) {
  expected_log_lines_ = 1;
  SharedTexture t = texture();
  write(t);
  {
    auto access = t.begin_read();
  }
  EXPECT_TRUE(t.state().initialized);
}

TEST_F(HostAccess, a_moved_access_is_one_access) {
  SharedTexture t = texture();
  write(t);
  auto access = t.begin_write();
  ASSERT_TRUE(ok(access));
  Access moved = *std::move(access);
  EXPECT_TRUE(fails(t.begin_read(), Errc::access_conflict, {}));
  ASSERT_TRUE(ok(std::move(moved).end()));
  write(t);
}

TEST_F(HostAccess, the_next_access_waits_for_the_signal_of_the_last) {
  SharedTexture t = texture();
  const SharedSemaphore s = semaphore();
  auto writer = t.begin_write({.state = {}, .wait_for = {}, .signal = SyncPoint{s, 3}});
  ASSERT_TRUE(ok(writer));
  EXPECT_EQ(writer->signal(), (SyncPoint{s, 3}));
  ASSERT_TRUE(ok(std::move(*writer).end()));
  auto reader = t.begin_read();
  ASSERT_TRUE(ok(reader));
  ASSERT_EQ(reader->waits().size(), 1U);
  EXPECT_EQ(reader->waits()[0], (SyncPoint{s, 3}));
  EXPECT_TRUE(fails(reader->wait(5ms), Errc::timed_out, {"3"}));
  ASSERT_TRUE(ok(s.signal(3)));
  EXPECT_TRUE(ok(reader->wait(1s)));
  ASSERT_TRUE(ok(std::move(*reader).end()));
}

TEST_F(HostAccess, further_points_are_waited_for_too) {
  SharedTexture t = texture();
  write(t);
  const SharedSemaphore a = semaphore();
  const SharedSemaphore b = semaphore();
  const std::vector<SyncPoint> points = {{a, 1}, {b, 2}};
  auto access = t.begin_read({.state = {}, .wait_for = points, .signal = {}});
  ASSERT_TRUE(ok(access));
  EXPECT_EQ(access->waits().size(), 2U);
  ASSERT_TRUE(ok(a.signal(1)));
  EXPECT_TRUE(fails(access->wait(5ms), Errc::timed_out, {"2"}));
  ASSERT_TRUE(ok(b.signal(2)));
  EXPECT_TRUE(ok(access->wait(1s)));
  ASSERT_TRUE(ok(std::move(*access).end()));
}

TEST_F(HostAccess, points_need_a_semaphore_of_this_manager) {
  SharedTexture t = texture();
  auto other = host::create_manager();
  ASSERT_TRUE(ok(other));
  auto foreign = other->create_shared_semaphore();
  ASSERT_TRUE(ok(foreign));
  EXPECT_TRUE(fails(t.begin_write({.state = {}, .wait_for = {}, .signal = SyncPoint{*foreign, 1}}), Errc::device_mismatch,
                    {"AccessInfo::signal", "another manager"}));
  EXPECT_TRUE(fails(t.begin_write({.state = {}, .wait_for = {}, .signal = SyncPoint{}}), Errc::invalid_argument,
                    {"AccessInfo::signal", "no semaphore"}));
  const std::vector<SyncPoint> empty(1);
  EXPECT_TRUE(fails(t.begin_write({.state = {}, .wait_for = empty, .signal = {}}), Errc::invalid_argument, {"AccessInfo::wait_for"}));
  write(t);  // nothing was left open
}

TEST_F(HostAccess, a_state_that_would_lose_content_is_refused) {
  SharedTexture t = texture();
  TextureState state;
  state.initialized = true;
  EXPECT_TRUE(
      fails(t.begin_read({.state = state, .wait_for = {}, .signal = {}}), Errc::invalid_argument, {"AccessInfo::state", "undefined"}));
  state.layout = TextureLayout::general;
  auto access = t.begin_read({.state = state, .wait_for = {}, .signal = {}});
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(access->state().initialized);
  ASSERT_TRUE(ok(std::move(*access).end()));
}

TEST_F(HostAccess, upload_and_read_back_check_the_size) {
  SharedTexture t = texture();
  std::vector<std::byte> bytes(64 * 32 * 4 - 1);
  EXPECT_TRUE(fails(manager().upload(t, {}, bytes), Errc::invalid_argument, {"bytes.size()", "8191", "8192"}));
  EXPECT_FALSE(t.state().initialized);
  bytes.resize(8'193);
  EXPECT_TRUE(fails(manager().upload(t, {}, bytes), Errc::invalid_argument, {"8193", "8192"}));
  bytes.resize(8'192);
  EXPECT_TRUE(fails(manager().read_back(t, {}, bytes), Errc::not_initialized, {}));
  EXPECT_TRUE(ok(manager().upload(t, {}, bytes)));
  EXPECT_TRUE(ok(manager().read_back(t, {}, bytes)));
}

TEST_F(HostAccess, an_exported_texture_is_the_same_memory) {
  SharedTexture t = texture();
  auto handle = manager().export_texture(t);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(ok(validate(*handle)));
  auto other_manager = host::create_manager();
  ASSERT_TRUE(ok(other_manager));
  auto other = other_manager->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(other));
  EXPECT_TRUE(other->imported());
  EXPECT_EQ(other->descriptor(), t.descriptor());
  std::vector<std::byte> sent(8'192);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 7);
  ASSERT_TRUE(ok(manager().upload(t, {}, sent)));
  std::vector<std::byte> received(8'192, std::byte{0xEE});
  const AccessInfo info{.state = t.state(), .wait_for = {}, .signal = {}};
  ASSERT_TRUE(ok(other_manager->read_back(*other, {}, received, info)));
  EXPECT_EQ(sent, received);
  EXPECT_TRUE(fails(other_manager->export_texture(*other), Errc::unsupported_handle, {"imported"}));
  EXPECT_TRUE(fails(other_manager->export_texture(t), Errc::device_mismatch, {"another manager"}));
}

TEST_F(HostAccess, import_consumes_only_on_success) {
  SharedTexture t = texture();
  auto handle = manager().export_texture(t);
  ASSERT_TRUE(ok(handle));
  const auto fd = handle->handles[0].borrow();
  handle->info.required_size -= 1;
  EXPECT_TRUE(fails(manager().import_texture(*std::move(handle)), Errc::protocol_error, {"required_size"}));
  EXPECT_EQ(handle->handles[0].borrow(), fd);
  handle->info.required_size += 1;
  EXPECT_TRUE(ok(manager().import_texture(*std::move(handle))));
  EXPECT_EQ(handle->handle_count(), 0U);
  EXPECT_TRUE(fails(manager().import_texture(*std::move(handle)), Errc::protocol_error, {"no OS handle"}));
}

TEST_F(HostAccess, a_released_handle_is_closed) {
  SharedTexture t = texture();
  auto handle = manager().export_texture(t);
  ASSERT_TRUE(ok(handle));
  const OsHandle::Value fd = handle->handles[0].borrow();
  manager().release_texture_handle(*std::move(handle));
  EXPECT_FALSE(unit::is_open(fd));
}

TEST_F(HostAccess, ready_semaphore) {
  SharedTexture t = texture();
  EXPECT_TRUE(fails(manager().signal_texture_ready(t), Errc::invalid_state, {"attach_semaphore"}));
  EXPECT_TRUE(fails(manager().wait_for_texture(t, 1ms), Errc::invalid_state, {"attach_semaphore"}));
  const SharedSemaphore s = semaphore();
  ASSERT_TRUE(ok(manager().attach_semaphore(t, s)));
  EXPECT_EQ(manager().attached_semaphore(t), s);
  auto handle = manager().export_texture(t);
  ASSERT_TRUE(ok(handle));
  ASSERT_TRUE(handle->ready_semaphore.has_value());
  auto other = manager().import_texture(*std::move(handle));
  ASSERT_TRUE(ok(other));
  EXPECT_TRUE(fails(manager().wait_for_texture(*other, 5ms), Errc::timed_out, {}));
  auto point = manager().signal_texture_ready(t);
  ASSERT_TRUE(ok(point));
  EXPECT_EQ(point->value, 1U);
  auto value = manager().wait_for_texture(*other, 1s);
  ASSERT_TRUE(ok(value));
  EXPECT_EQ(*value, 1U);
  EXPECT_TRUE(other->state().initialized);
  EXPECT_TRUE(fails(manager().wait_for_texture(*other, 5ms), Errc::timed_out, {}));  // the next frame has not come
}

TEST_F(HostAccess, an_open_access_excludes_attach_and_signal) {
  SharedTexture t = texture();
  const SharedSemaphore s = semaphore();
  ASSERT_TRUE(ok(manager().attach_semaphore(t, s)));
  auto access = t.begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(manager().attach_semaphore(t, s), Errc::access_conflict, {}));
  EXPECT_TRUE(fails(manager().signal_texture_ready(t), Errc::access_conflict, {}));
  ASSERT_TRUE(ok(std::move(*access).end()));
}

TEST_F(HostAccess, semaphores_cross_too) {
  const SharedSemaphore s = semaphore();
  EXPECT_EQ(s.kind(), SemaphoreKind::host_timeline);
  auto handle = manager().export_semaphore(s);
  ASSERT_TRUE(ok(handle));
  EXPECT_EQ(handle->type, SemaphoreHandleType::host_page);
  auto other = manager().import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(other));
  ASSERT_TRUE(ok(s.signal(4)));
  EXPECT_EQ(*other->value(), 4U);
  EXPECT_TRUE(fails(manager().export_semaphore(s, SemaphoreHandleType::sync_fd), Errc::unsupported_handle, {"sync_fd"}));
  EXPECT_TRUE(fails(manager().create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 0, .label = {}}),
                    Errc::unsupported_feature, {"binary"}));
}

TEST_F(HostAccess, mapping_shows_what_uploads_write) {
  TextureDescriptor d = plain();
  d.format = TextureFormat::nv12;
  SharedTexture t = texture(d);
  std::vector<std::byte> luma(64 * 32, std::byte{0x51});
  std::vector<std::byte> chroma(64 * 16, std::byte{0xA2});
  ASSERT_TRUE(ok(manager().upload(t, {.plane = 0}, luma)));
  ASSERT_TRUE(ok(manager().upload(t, {.plane = 1}, chroma)));
  auto map = host::map(t, {.plane = 1, .offset = {30, 15, 0}});
  ASSERT_TRUE(ok(map));
  EXPECT_EQ(map->layout.extent, (Extent3D{2, 1, 1}));
  EXPECT_EQ(map->data[0], std::byte{0xA2});
  EXPECT_EQ(map->data[3], std::byte{0xA2});
  EXPECT_TRUE(fails(host::map(t, {.plane = 2}), Errc::invalid_argument, {"region.plane"}));
}

TEST_F(HostAccess, threads_find_one_writer_at_a_time) {
  SharedTexture t = texture();
  std::atomic<int> inside = 0;
  std::atomic<int> writes = 0;
  std::atomic<bool> overlap = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        auto access = t.begin_write();
        if (!access) continue;
        if (inside.fetch_add(1) != 0) overlap = true;
        inside.fetch_sub(1);
        ++writes;
        if (!std::move(*access).end()) overlap = true;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(overlap);
  EXPECT_GE(writes, 500);
}

}  // namespace
}  // namespace geyser
