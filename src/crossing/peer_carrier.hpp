// The peer carrier over managers that are open already.
#pragma once

#include <optional>

#include "crossing/carrier.hpp"

namespace geyser::detail {

/// As open_peer_carrier(), from the CUDA device `from` to the device of `target`, a Vulkan manager. `partner` is a Vulkan manager on
/// `from`, which only makes timelines there; without one the frames' semaphores are host timelines. Ownership: takes `target`. Errors: as
/// open_peer_carrier().
[[nodiscard]] GEYSER_INTERNAL_API Result<std::unique_ptr<Carrier>> make_peer_carrier(const DeviceIdentity& from,
                                                                                     const TextureShareManager* partner,
                                                                                     TextureShareManager target,
                                                                                     const TextureDescriptor& texture);

}  // namespace geyser::detail
