// The publisher's other thread: lets readers in, gives them handles, notices when they leave. Never touches the device, and the publishing
// thread never waits for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "ipc/link.hpp"
#include "stream/device_bridge.hpp"
#include "stream/lane.hpp"

namespace geyser::detail {

/// What the reception asks the publisher. Called from the reception's thread.
class ReceptionDesk {
 public:
  virtual ~ReceptionDesk() = default;
  [[nodiscard]] virtual StreamInfo info() const = 0;
  /// What the publisher's device can share; does not change.
  [[nodiscard]] virtual const Capabilities& capabilities() const noexcept = 0;
  [[nodiscard]] virtual std::shared_ptr<Lane> native_lane() const = 0;
  /// The lane in host memory, made when the first reader needs it. Errors: unsupported_handle when the publisher does not allow one.
  [[nodiscard]] virtual Result<std::shared_ptr<Lane>> host_lane() = 0;
  /// All but the readers.
  [[nodiscard]] virtual StreamStatus status() const = 0;
  /// How many readers the host lane has now.
  virtual void host_readers(std::size_t count) noexcept = 0;
  /// The bridge to a reader's device, started when it is asked for first. Errors: unsupported_handle when there can be none.
  [[nodiscard]] virtual Result<std::shared_ptr<DeviceBridge>> device_bridge(const DeviceIdentity& device) = 0;
  /// The devices that readers have a bridge to, or wait for.
  virtual void bridged_devices(const std::set<DeviceKey>& devices) noexcept = 0;
};

/// Ownership: unique. Threading: any thread.
class Reception {
 public:
  /// `desk` outlives the result. Errors: out_of_memory, os_error.
  static Result<std::unique_ptr<Reception>> open(ReceptionDesk& desk, platform::ListeningSocket listener);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  /// Says goodbye to all readers and ends the thread, after which nothing of the desk is called any more.
  void stop() noexcept;
  /// Textures, lanes or readers have changed: look at every connection again. One system call.
  void notify() noexcept;
  /// Wakes the readers that sleep on the native lane's board, from the reception's thread. One system call.
  void wake_readers() noexcept;
  /// As notify(), and tells every reader what the stream is now.
  void announce_change() noexcept;
  /// Readers that are attached and ready.
  [[nodiscard]] std::size_t readers() const noexcept { return ready_.load(std::memory_order_acquire); }
  [[nodiscard]] bool wait_for_readers(std::size_t count, std::chrono::nanoseconds timeout) const;
  [[nodiscard]] std::vector<ReaderStatus> reader_status() const;

 private:
  struct Connection;
  Reception(ReceptionDesk& desk, platform::ListeningSocket listener, platform::Poller poller) noexcept;
  void run() noexcept;
  void accept_all();
  void read(Connection& connection);
  void take(Connection& connection, ipc::Message&& message);
  void greet(Connection& connection, ipc::Hello&& hello);
  /// Lets a reader in on a lane. False: it was refused and the connection ends.
  bool welcome(Connection& connection, const std::shared_ptr<Lane>& lane, ipc::LaneKind kind);
  void refuse(Connection& connection, Errc code, std::string message);
  // reception_ladder.cpp. Connection::rejected says why not the better rungs.
  void take_rung(Connection& connection);
  /// The next rung below the native lane.
  void fall(Connection& connection);
  /// Serves a reader that awaits_device as well as it can be now.
  void look_at_bridge(Connection& connection);
  void move_to_host(Connection& connection);
  /// The reader, or the publisher's device, cannot use the lane after all.
  void lane_failed(Connection& connection, Errc code, std::string reason);
  void leave_lane(Connection& connection) noexcept;
  void follow_lane(Connection& connection);
  /// Sends what the reader must know and does not yet; stops when its queue is full.
  void flush(Connection& connection);
  bool flush_textures(Connection& connection);
  void tend(Connection& connection);
  void count_ready() noexcept;
  [[nodiscard]] std::vector<ReaderStatus> reader_status_locked() const;

  ReceptionDesk& desk_;
  platform::ListeningSocket listener_;
  platform::Poller poller_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> changed_{false};
  std::atomic<bool> look_{false};      // notify() was called
  std::atomic<bool> wake_due_{false};  // wake_readers() was called
  std::atomic<std::size_t> ready_{0};
  std::size_t host_ready_ = 0;  // the thread's own
  bool host_asked_ = false;     // in this turn, perhaps for a reader that has left again; the thread's own
  bool bridge_asked_ = false;   // ever; the thread's own
  mutable std::mutex mutex_;    // guards connections_ against reader_status(), and is what ready_cv_ waits with
  mutable std::condition_variable ready_cv_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_key_ = 1;  // 0 is the listener
  std::map<std::uint32_t, std::chrono::steady_clock::time_point>
      banned_;  // processes that broke the rules, and until when; the thread's own
  std::thread thread_;
};

}  // namespace geyser::detail
