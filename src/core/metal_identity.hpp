// Who a GPU of Apple's systems is. Metal knows no UUIDs, so its registry id stands in for them, and every backend there says the same.
#pragma once

#include "geyser/device_identity.hpp"

namespace geyser::detail {

/// The driver's UUID stays nil: "not told". One driver of a GPU is loaded at a time.
[[nodiscard]] inline Uuid metal_device_uuid(std::uint64_t registry_id) noexcept {
  Uuid uuid{{'m', 'e', 't', 'a', 'l', ' ', 'i', 'd'}};
  for (std::size_t i = 0; i < 8; ++i) uuid.bytes[8 + i] = static_cast<std::uint8_t>(registry_id >> (56 - 8 * i));
  return uuid;
}

}  // namespace geyser::detail
