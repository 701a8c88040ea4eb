// What the stream tests share: a host manager, a lane on it, and a reader that does by hand what Subscriber does.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "stream/board.hpp"
#include "stream/claims.hpp"
#include "stream/lane.hpp"
#include "tests/unit/check.hpp"

namespace geyser::stream_test {

using namespace std::chrono_literals;
using detail::BoardFrame;
using detail::BoardReader;
using detail::BoardWriter;
using detail::ClaimReader;
using detail::ClaimWriter;
using detail::Doorbell;
using detail::FrameRef;
using detail::Lane;
using detail::LaneReader;
using unit::fails;
using unit::ok;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GEYSER_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GEYSER_TEST_SANITIZED 1
#endif
#endif
#ifndef GEYSER_TEST_SANITIZED
#define GEYSER_TEST_SANITIZED 0
#endif
inline constexpr bool sanitized = GEYSER_TEST_SANITIZED == 1;

/// The value, or the end of the test program: for steps that are no part of what is tested.
template <class T>
[[nodiscard]] T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().describe().c_str());
    std::abort();
  }
  return *std::move(result);
}

template <class Page>
[[nodiscard]] Page open_page(const OsHandle& handle) {
  OsHandle copy = must(handle.duplicate());
  return must(Page::open(copy));
}

[[nodiscard]] inline TextureDescriptor small_texture(std::uint32_t size = 16) {
  TextureDescriptor descriptor;
  descriptor.extent = {size, size, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  return descriptor;
}

/// A frame as a publisher hands it to a board; every field is set from the number.
[[nodiscard]] inline BoardFrame numbered_frame(std::uint64_t number) {
  BoardFrame frame;
  frame.number = number;
  frame.generation = 1;
  frame.texture_id = 1;
  frame.written_value = number;
  frame.info.number = number;
  frame.info.generation = 1;
  frame.info.user_bytes = max_user_data_bytes;
  for (std::size_t at = 0; at < max_user_data_bytes; at += sizeof number)
    std::memcpy(frame.info.user_storage.data() + at, &number, sizeof number);
  return frame;
}

/// False when the frame's bytes belong to different frames.
[[nodiscard]] inline bool is_whole(const BoardFrame& frame) {
  if (frame.info.user_bytes != max_user_data_bytes || frame.written_value != frame.number) return false;
  for (std::size_t at = 0; at < max_user_data_bytes; at += sizeof frame.number) {
    if (std::memcmp(frame.info.user_storage.data() + at, &frame.number, sizeof frame.number) != 0) return false;
  }
  return true;
}

/// A reader of a lane with a manager of its own, as in another process.
class Reader {
 public:
  explicit Reader(Lane& lane, std::string application = "viewer", bool ready = true)
      : lane_(lane),
        shared_(must(lane.attach(4711, std::move(application)))),
        board_(open_page<BoardReader>(lane.board().handle())),
        claims_(open_page<ClaimWriter>(shared_->claims.handle())),
        doorbell_(open_page<Doorbell>(lane.doorbell().handle())) {
    for (auto& semaphore : released_) semaphore = must(manager_.create_shared_semaphore());
    if (!ready) return;
    const std::lock_guard lock(shared_->mutex);
    for (auto& semaphore : released_) shared_->arrived.push_back(must(manager_.export_semaphore(semaphore)));
    shared_->has_arrived.store(true, std::memory_order_release);
  }

  /// Claims that reference in claim `index`; false when it is not in its place any more.
  [[nodiscard]] bool take(std::uint32_t index, FrameRef ref) {
    claims_.claim(index, ref);
    if (ref != 0 && board_.find(detail::frame_of(ref)) == ref) return true;
    claims_.drop(index);
    return false;
  }
  /// The newest frame; 0 when there is none.
  [[nodiscard]] FrameRef take_newest(std::uint32_t index) {
    while (true) {
      const FrameRef ref = board_.newest();
      if (ref == 0 || take(index, ref)) return ref;
    }
  }
  /// Lets go; the device is done.
  void release(std::uint32_t index) {
    claims_.drop(index);
    doorbell_.ring();
  }
  /// Lets go; the device is done when finish(index) is called. Returns the value promised.
  std::uint64_t release_later(std::uint32_t index) {
    claims_.release(index, ++promised_[index]);
    doorbell_.ring();
    return promised_[index];
  }
  void finish(std::uint32_t index) {
    if (auto done = released_[index].signal(promised_[index]); !done) ADD_FAILURE() << done.error().describe();
  }
  /// Frames below are done with.
  void want(std::uint64_t number) {
    claims_.set_cursor(number);
    doorbell_.ring();
  }
  /// First four bytes of the frame's pixels, through a texture imported from the lane's handle. Empty: the lane does not know it.
  [[nodiscard]] std::optional<std::uint32_t> pixel(const BoardFrame& frame) {
    const SharedTexture* texture = import(frame.texture_id);
    if (texture == nullptr) return std::nullopt;
    std::uint32_t value = 0;
    std::memcpy(&value, must(host::map(*texture)).data, sizeof value);
    return value;
  }
  /// True when every pixel is `value`.
  [[nodiscard]] bool is_filled(const BoardFrame& frame, std::uint32_t value) {
    const SharedTexture* texture = import(frame.texture_id);
    if (texture == nullptr) return false;
    const auto mapped = must(host::map(*texture));
    for (std::uint64_t at = 0; at < mapped.layout.total_bytes; at += sizeof value) {
      if (std::memcmp(mapped.data + at, &value, sizeof value) != 0) return false;
    }
    return true;
  }
  [[nodiscard]] BoardFrame read(FrameRef ref) {
    BoardFrame frame;
    EXPECT_TRUE(board_.read(ref, frame));
    return frame;
  }

  [[nodiscard]] BoardReader& board() { return board_; }
  [[nodiscard]] ClaimWriter& claims() { return claims_; }
  [[nodiscard]] const std::shared_ptr<LaneReader>& shared() const { return shared_; }
  void detach() { lane_.detach(shared_); }

 private:
  [[nodiscard]] const SharedTexture* import(std::uint64_t id) {
    const auto known = textures_.find(id);
    if (known != textures_.end()) return &known->second;
    lane_.for_each_texture([&](std::uint64_t texture_id, const TextureHandle& handle) {
      if (texture_id != id) return;
      TextureHandle copy;
      copy.info = handle.info;
      copy.handles[0] = must(handle.handles[0].duplicate());
      textures_.emplace(id, must(manager_.import_texture(std::move(copy))));
    });
    const auto now = textures_.find(id);
    return now == textures_.end() ? nullptr : &now->second;
  }

  TextureShareManager manager_ = must(host::create_manager());
  Lane& lane_;
  std::shared_ptr<LaneReader> shared_;
  BoardReader board_;
  ClaimWriter claims_;
  Doorbell doorbell_;
  std::array<SharedSemaphore, max_held_frames> released_;
  std::array<std::uint64_t, max_held_frames> promised_{};
  std::map<std::uint64_t, SharedTexture> textures_;
};

/// A lane on a host manager. Errors that the library logs belong to the test that causes them.
class LaneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([](LogLevel, std::string_view, void* user) noexcept { ++*static_cast<std::atomic<int>*>(user); }, &logged_);
  }
  void TearDown() override {
    lane_.reset();
    set_log_sink(nullptr);
    EXPECT_EQ(logged_, expected_log_lines_);
  }
  void make_lane(Pacing pacing, std::uint32_t ring = 3) {
    Lane::Options options;
    options.texture = small_texture();
    options.pacing = pacing;
    options.ring = ring;
    lane_ = must(Lane::create(manager_, options, [this] { ++changes_; }));
  }
  [[nodiscard]] Lane& lane() { return *lane_; }
  [[nodiscard]] TextureShareManager& manager() { return manager_; }

  /// Fills the texture with the number and publishes it.
  [[nodiscard]] Result<void> publish(Lane::Open&& open) {
    const auto value = static_cast<std::uint32_t>(next_);
    const auto mapped = must(host::map(*open.texture));
    for (std::uint64_t at = 0; at < mapped.layout.total_bytes; at += sizeof value) std::memcpy(mapped.data + at, &value, sizeof value);
    BoardFrame frame;
    frame.number = next_;
    auto done = lane().publish(std::move(open), frame);
    if (done) ++next_;
    return done;
  }
  [[nodiscard]] Result<void> publish(std::chrono::nanoseconds timeout = 0ns) {
    auto open = lane().begin(timeout);
    if (!open) return std::move(open).error();
    return publish(*std::move(open));
  }
  void publish_many(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(ok(publish())) << "frame " << next_;
  }

  std::uint64_t next_ = 1;  // number of the next frame
  std::atomic<int> changes_{0};
  int expected_log_lines_ = 0;

 private:
  TextureShareManager manager_ = must(host::create_manager());
  std::unique_ptr<Lane> lane_;
  std::atomic<int> logged_{0};
};

}  // namespace geyser::stream_test
