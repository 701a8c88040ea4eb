// Dawn's accesses, and the partner at both ends of them: it turns points into a fence of Dawn's, and Dawn's fences into a point.
#pragma once

#include "backends/webgpu/texture.hpp"

namespace geyser::webgpu {

/// Nothing is acquired on the texture; what an access that is gone left open is ended. Errors: invalid_state.
[[nodiscard]] Result<void> make_free(Entered& entered, Texture& texture);
/// Begins Dawn's access for `access`, which Dawn's queue waits for on the GPU. Errors: invalid_state when one is open; device_lost,
/// out_of_memory, os_error; on error nothing is open.
[[nodiscard]] Result<WGPUTexture> begin_dawn(Entered& entered, Texture& texture, geyser::Access& access);

/// What the caller still has to wait for on the host, once it has left the context.
class HostWait {
 public:
  HostWait() = default;
  HostWait(Manager& manager, SyncPoint point) : manager_(&manager), point_(std::move(point)) {}
  /// Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> wait(std::chrono::nanoseconds timeout);

 private:
  Manager* manager_ = nullptr;
  SyncPoint point_;
};

/// Ends it: Dawn's work so far comes before access.signal(), or before the result when there is no signal. Tells the access's content and
/// layout. Errors: as release(); Dawn's access is over all the same.
[[nodiscard]] Result<HostWait> end_dawn(Entered& entered, Texture& texture, geyser::Access& access);
/// Ends an access of Dawn's whose owner is gone, and waits for it.
[[nodiscard]] Result<void> end_abandoned(Entered& entered, Texture& texture);

/// What the partner knows a point by.
[[nodiscard]] SyncPoint partners_point(const SyncPoint& point);
[[nodiscard]] std::optional<SyncPoint> partners_signal(const geyser::Access& access);

}  // namespace geyser::webgpu
