// Vulkan's handles that are not dispatchable are pointers on 64 bits and integers on 32; in C they are uint64_t.
#pragma once

#include <cstdint>
#include <type_traits>

namespace geyser::c {

template <class Handle>
[[nodiscard]] std::uint64_t number_of(Handle handle) noexcept {
  if constexpr (std::is_pointer_v<Handle>) {
    return reinterpret_cast<std::uintptr_t>(handle);
  } else {
    return handle;
  }
}
template <class Handle>
[[nodiscard]] Handle handle_of(std::uint64_t number) noexcept {
  if constexpr (std::is_pointer_v<Handle>) {
    return reinterpret_cast<Handle>(static_cast<std::uintptr_t>(number));  // NOLINT(performance-no-int-to-ptr): that is what a handle is
  } else {
    return number;
  }
}

}  // namespace geyser::c
