// The host bridge: copies each newest frame of a native lane into a lane in host memory, once for all readers on other devices.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "stream/lane.hpp"

namespace geyser::detail {

/// It lives while the host lane has readers: nobody pays for a bridge that nobody crosses, and a new one starts with the current frame.
/// A reader of the native lane inside the publisher's process. A slow copy holds one frame, like any slow reader.
/// Where any thread may use the device, a thread of the bridge's own copies. A thread-bound device (OpenGL) can only be read where its
/// context is current, so there the publishing thread carries the frames.
/// Ownership: shared by the publisher and a carry() under way; owns one thread, or none. Threading: any thread, but for what says
/// otherwise.
class GEYSER_INTERNAL_API HostBridge {
 public:
  /// `manager` is the native lane's. Threading: any thread, for a thread-bound manager too: nothing of it is used. Errors: as
  /// Lane::create().
  static Result<std::shared_ptr<HostBridge>> open(const TextureShareManager& manager, std::shared_ptr<Lane> from, Lane::Options options,
                                                  std::function<void()> changed);
  ~HostBridge();
  HostBridge(const HostBridge&) = delete;
  HostBridge& operator=(const HostBridge&) = delete;
  [[nodiscard]] const std::shared_ptr<Lane>& lane() const noexcept { return to_; }
  /// No thread of its own: somebody must call carry().
  [[nodiscard]] bool is_carried() const noexcept { return !thread_.joinable(); }
  /// Takes across what waits on the native lane. For readers of the host lane that hold a frame up (`queue`, `lockstep`) it waits at most
  /// `patience`; then the frame stays where it is, to be tried again, and in `latest` a newer one takes its place. Valid usage:
  /// is_carried(). Threading: the publishing thread. Errors: timed_out naming the reader; other troubles are logged.
  Result<void> carry(std::chrono::nanoseconds patience);

 private:
  HostBridge(const TextureShareManager& manager, TextureShareManager host, std::shared_ptr<Lane> from, std::shared_ptr<Lane> to,
             std::shared_ptr<LaneReader> reader, BoardReader board, ClaimWriter claims, Doorbell doorbell, std::function<void()> changed);
  void run() noexcept;
  enum class Step : std::uint8_t { nothing, carried, withdrawn, held_up, failed };
  /// The next frame, if there is one. `late`: why it was held up.
  Step step(std::chrono::nanoseconds patience, std::optional<Error>* late);
  /// Takes the frame at `ref` across. Errors: as read_back() and Lane::begin().
  Result<void> take_across(FrameRef ref, std::chrono::nanoseconds patience);
  Result<void> copy(SharedTexture& from, const BoardFrame& frame, SharedTexture& to, Access& access);

  TextureShareManager manager_;
  TextureShareManager host_;
  std::shared_ptr<Lane> from_;
  std::shared_ptr<Lane> to_;
  std::shared_ptr<LaneReader> reader_;
  BoardReader board_;
  ClaimWriter claims_;
  Doorbell doorbell_;
  std::function<void()> changed_;
  std::vector<std::byte> staging_;
  BoardFrame frame_;
  std::uint64_t last_ = 0;
  bool held_up_ = false;  // readers of the host lane keep every texture of it
  bool complained_ = false;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace geyser::detail
