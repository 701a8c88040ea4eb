// Publisher, all of it: the publishing thread's side of a stream.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "geyser/publisher.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/device_bridges.hpp"
#include "stream/host_bridge.hpp"
#include "stream/reception.hpp"

namespace geyser {

struct WriteFrame::Block {
  std::shared_ptr<detail::PublisherCore> core;  // set while the frame is out
  detail::Lane::Open open;
  std::shared_ptr<detail::Lane> lane;
  std::uint64_t number = 0;
};

namespace detail {

class PublisherCore final : public ReceptionDesk, public std::enable_shared_from_this<PublisherCore> {
 public:
  static Result<std::shared_ptr<PublisherCore>> create(const TextureShareManager& manager, const PublisherOptions& options);
  ~PublisherCore() override;

  Result<WriteFrame::Block*> begin(std::chrono::nanoseconds timeout);
  Result<std::uint64_t> publish(WriteFrame::Block& block, const FrameMetadata& metadata);
  void give_back(WriteFrame::Block& block) noexcept;
  Result<void> reconfigure(const TextureDescriptor& texture);
  /// Ends the stream; a frame that is still out keeps the core, not the stream.
  void shut_down() noexcept;

  [[nodiscard]] const Reception* reception() const noexcept { return reception_.get(); }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] const Uuid& uuid() const noexcept { return uuid_; }
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept { return options_.texture; }

  StreamInfo info() const override;
  const Capabilities& capabilities() const noexcept override { return manager_.capabilities(); }
  std::shared_ptr<Lane> native_lane() const override;
  Result<std::shared_ptr<Lane>> host_lane() override;
  StreamStatus status() const override;
  void host_readers(std::size_t count) noexcept override;
  Result<std::shared_ptr<DeviceBridge>> device_bridge(const DeviceIdentity& device) override;
  void bridged_devices(const std::set<DeviceKey>& devices) noexcept override { bridges_.keep(devices); }

 private:
  PublisherCore(TextureShareManager manager, const PublisherOptions& options, platform::HeldName held);
  [[nodiscard]] Lane::Options lane_options(ipc::LaneKind kind);
  [[nodiscard]] std::function<void()> notifier();
  [[nodiscard]] std::function<void()> waker();
  Result<void> replace_lane();
  Result<Lane::Open> begin_in_lane(std::chrono::nanoseconds timeout);
  /// The bridge whose frames this thread must carry; null when there is none.
  [[nodiscard]] std::shared_ptr<HostBridge> carried_bridge() const;

  TextureShareManager manager_;
  PublisherOptions options_;
  Uuid uuid_;
  std::optional<platform::HeldName> held_;  // until the stream ends
  bool thread_bound_ = false;               // the publishing thread carries the host bridge's frames
  bool native_is_host_ = false;             // the native lane is in host memory: it serves everybody, without a bridge
  WriteFrame::Block frame_;                 // one frame is out at most
  bool frame_out_ = false;
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::int64_t> last_publish_{0};

  mutable std::mutex mutex_;  // what the reception's thread reads
  StreamInfo info_;
  std::shared_ptr<Lane> native_;
  std::shared_ptr<HostBridge> bridge_;
  std::uint64_t next_lane_id_ = 1;
  DeviceBridges bridges_;

  std::unique_ptr<Reception> reception_;  // last made, first ended: its thread calls the rest
};

}  // namespace detail
}  // namespace geyser
