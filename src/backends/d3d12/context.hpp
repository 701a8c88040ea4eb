// What every file of this room works on: the adopted device and queue, what they can do, and how far the queue is.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "backends/d3d12/errors.hpp"
#include "backends/d3d12/wait.hpp"
#include "core/backend.hpp"
#include "geyser/d3d12.hpp"

namespace geyser::d3d12 {

/// Ownership: references to device and queue; `keep_alive` holds a Device of ours, if it is one. Threading: any thread.
class Context {
 public:
  /// Errors: as create_manager().
  static Result<std::shared_ptr<Context>> create(const AdoptInfo& info, std::shared_ptr<void> owner_of_device);
  /// Waits a bounded time for what was retired; what the queue never finished stays allocated, and the log says so.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] Error error(HRESULT answer, std::string_view call) const { return d3d_error(answer, call, device.get()); }

  std::shared_ptr<void> keep_alive;  ///< first, so that it goes last: it may hold the library that the objects' code is in
  Com<ID3D12Device> device;
  Com<ID3D12CommandQueue> queue;
  D3D12_COMMAND_LIST_TYPE list_type = D3D12_COMMAND_LIST_TYPE_DIRECT;
  UINT node_mask = 0;
  DeviceIdentity identity;
  bool unaligned_blocks = false;  ///< block-compressed textures of any size
  std::string why_not_memory;     ///< a clause; empty: NT handles of resources can be made and opened
  std::string why_not_fences;     ///< the same for fences

  /// Held while waits, commands and signals that belong together go to the queue.
  [[nodiscard]] std::unique_lock<std::mutex> lock_queue() { return std::unique_lock(queue_mutex_); }
  /// A value that the queue reaches behind everything submitted so far. Errors: device_lost, out_of_memory.
  [[nodiscard]] Result<std::uint64_t> mark();
  /// Whether the queue got to a mark within `timeout`. Errors: device_lost.
  [[nodiscard]] Result<bool> wait_for_mark(std::uint64_t value, std::chrono::nanoseconds timeout) {
    return progress_->wait(value, timeout);
  }

  /// Keeps an object until the queue is done with everything submitted so far: Direct3D 12 does not. Errors: none.
  void retire(Com<IUnknown> object) noexcept;
  /// Keeps events until the context goes.
  void keep(std::vector<OsHandle> events) noexcept;
  /// Lets go of what the queue is done with.
  void collect() noexcept;

 private:
  struct Retired {
    Com<IUnknown> object;
    std::uint64_t mark = 0;
  };
  Context() = default;
  void probe_sharing();
  Result<std::uint64_t> mark_locked();

  std::mutex queue_mutex_;
  std::mutex progress_mutex_;
  std::unique_ptr<FenceWaits> progress_;
  std::uint64_t marked_ = 0;  // guarded by progress_mutex_
  std::mutex retired_mutex_;
  std::vector<OsHandle> events_;  // guarded by retired_mutex_; closed after the fences among retired_ are gone
  std::vector<Retired> retired_;  // guarded by retired_mutex_
};

}  // namespace geyser::d3d12
