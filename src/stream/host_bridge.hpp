// The host bridge: copies each newest frame of a native lane into a lane in host memory, once for all readers on other devices.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "stream/lane.hpp"

namespace geyser::detail {

/// It lives while the host lane has readers: nobody pays for a bridge that nobody crosses, and a new one starts with the current frame.
/// A reader of the native lane inside the publisher's process. A slow copy holds one frame, like any slow reader.
/// Ownership: unique; owns one thread. Threading: any thread.
class HostBridge {
 public:
  /// `manager` is the native lane's. Errors: as Lane::create().
  static Result<std::unique_ptr<HostBridge>> open(const TextureShareManager& manager, std::shared_ptr<Lane> from, Lane::Options options,
                                                  std::function<void()> changed);
  ~HostBridge();
  HostBridge(const HostBridge&) = delete;
  HostBridge& operator=(const HostBridge&) = delete;
  [[nodiscard]] const std::shared_ptr<Lane>& lane() const noexcept { return to_; }

 private:
  HostBridge(const TextureShareManager& manager, TextureShareManager host, std::shared_ptr<Lane> from, std::shared_ptr<Lane> to,
             std::shared_ptr<LaneReader> reader, BoardReader board, ClaimWriter claims, Doorbell doorbell, std::function<void()> changed);
  void run() noexcept;
  /// Takes the frame at `ref` across. Errors: as read_back() and Lane::begin().
  Result<void> carry(FrameRef ref);
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
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace geyser::detail
