#include <array>

#include "crossing/carrier.hpp"

namespace geyser::detail {

std::span<const CarrierWay> carrier_ways() noexcept {
  static constexpr std::array ways{CarrierWay{Transport::peer_copy, open_peer_carrier},
                                   CarrierWay{Transport::pinned_copy, open_pinned_carrier},
                                   CarrierWay{Transport::host_copy, open_host_carrier}};
  return ways;
}

}  // namespace geyser::detail
