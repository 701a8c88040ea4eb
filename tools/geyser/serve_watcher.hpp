// One subscription: what a browser asked for, how much it has not acknowledged, and the way back to it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "geyser/error.hpp"
#include "tools/geyser/serve_encoder.hpp"
#include "tools/geyser/serve_scale.hpp"
#include "tools/geyser/serve_wire.hpp"

namespace geyser::tools::web {

using Clock = std::chrono::steady_clock;
[[nodiscard]] inline std::int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

/// Bytes of frames on their way to one browser. Threading: any thread.
class Outbox {
 public:
  /// A browser that does not read costs the server no more than this, or one frame where that is larger.
  static constexpr std::size_t limit = std::size_t{64} << 20;
  /// Frees its bytes when it goes.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Outbox> box, std::size_t bytes) : box_(std::move(box)), bytes_(bytes) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { box_->queued_ -= bytes_; }

   private:
    std::shared_ptr<Outbox> box_;
    std::size_t bytes_;
  };
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
    const std::size_t queued = queued_;
    return queued == 0 || queued + bytes <= limit;
  }
  /// Null when there is no room.
  [[nodiscard]] static std::shared_ptr<Ticket> take(const std::shared_ptr<Outbox>& box, std::size_t bytes) {
    std::size_t queued = box->queued_;
    do {
      if (queued != 0 && queued + bytes > limit) return nullptr;
    } while (!box->queued_.compare_exchange_weak(queued, queued + bytes));
    return std::make_shared<Ticket>(box, bytes);
  }

 private:
  std::atomic<std::size_t> queued_ = 0;
};

/// What `subscribed` says.
struct Shape {
  Size size;
  PixelOrder order = PixelOrder::rgba;
  std::string codec;  ///< empty: raw
  friend bool operator==(const Shape&, const Shape&) = default;
};
using Payload = std::shared_ptr<const std::vector<std::byte>>;
struct Packet {
  FrameKind kind = FrameKind::raw;
  Shape shape;
  std::uint64_t number = 0;
  std::int64_t timestamp = 0;  ///< microseconds
  std::int64_t published = 0;  ///< microseconds
  Payload payload;
  std::shared_ptr<Outbox::Ticket> ticket;
};
struct Ended {
  std::string reason;
};
struct Failed {
  Errc code;
  std::string message;
};
/// In the order in which they happen; nothing comes after Ended or Failed.
using Event = std::variant<Shape, Packet, Ended, Failed>;

struct Counts {
  std::uint64_t published = 0;
  std::uint64_t sent = 0;
  std::uint64_t skipped = 0;
};

/// Threading: any thread where nothing else is said.
class Watcher {
 public:
  struct Wish {
    Transmission transport = Transmission::raw;
    Codec codec = Codec::h264;
    std::uint32_t window = 2;
    std::uint32_t max_width = 0;           ///< 0: any
    std::chrono::nanoseconds interval{0};  ///< between frames, at least
  };
  using Deliver = std::function<void(Event)>;

  Watcher(Wish wish, std::shared_ptr<Outbox> outbox, Deliver deliver)
      : wish_(wish), outbox_(std::move(outbox)), deliver_(std::move(deliver)) {}

  [[nodiscard]] const Wish& wish() const noexcept { return wish_; }
  void deliver(Event event) const { deliver_(std::move(event)); }

  // The browser's side.
  void acknowledge(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(in_flight_, number);
    if (found != in_flight_.end()) in_flight_.erase(in_flight_.begin(), found + 1);
  }
  void ask_for_key() { key_asked_ = true; }
  void leave() { left_ = true; }
  [[nodiscard]] Counts counts() const { return {published_, sent_, skipped_}; }

  // The source's thread.
  [[nodiscard]] bool has_left() const noexcept { return left_; }
  [[nodiscard]] bool window_open() const {
    const std::lock_guard lock(mutex_);
    return in_flight_.size() < wish_.window;
  }
  [[nodiscard]] std::shared_ptr<Outbox::Ticket> ticket(std::size_t bytes) const { return Outbox::take(outbox_, bytes); }
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept { return outbox_->has_room(bytes); }
  /// A new frame is the newest. The one before, if it still waited, is skipped, and so are those that the source itself missed.
  void note_published(std::uint64_t missed) {
    published_ += missed + 1;
    skipped_ += missed + (waiting ? 1 : 0);
    waiting = true;
  }
  void send(Packet packet) {
    {
      const std::lock_guard lock(mutex_);
      in_flight_.push_back(packet.number);
    }
    waiting = false;
    ++sent_;
    deliver_(std::move(packet));
  }
  [[nodiscard]] bool take_key_request() noexcept { return key_asked_.exchange(false); }
  /// The next picture is a key frame; true when none is about to come anyway.
  [[nodiscard]] bool want_again() noexcept {
    needs_key = true;
    return wish_.transport == Transmission::video && !waiting;
  }

  bool waiting = false;   ///< the newest frame was not sent to it
  bool needs_key = true;  ///< video: it missed a picture, or asked
  Clock::time_point due{};
  std::optional<Shape> shape;  ///< as it was told

 private:
  const Wish wish_;
  const std::shared_ptr<Outbox> outbox_;
  const Deliver deliver_;
  mutable std::mutex mutex_;
  std::deque<std::uint64_t> in_flight_;
  std::atomic<bool> key_asked_ = false;
  std::atomic<bool> left_ = false;
  std::atomic<std::uint64_t> published_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> skipped_ = 0;
};

}  // namespace geyser::tools::web
