// HRESULTs in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backends/d3d12/com.hpp"
#include "geyser/error.hpp"

namespace geyser::d3d12 {

/// "E_NOTIMPL (0x80004001)".
[[nodiscard]] std::string name_of(HRESULT answer);
/// Turns a failure into an Error: device_lost (with the device's own reason, when `device` is not null), out_of_memory,
/// unsupported_feature ... with the names of the call and of the answer.
[[nodiscard]] Error d3d_error(HRESULT answer, std::string_view call, ID3D12Device* device);
/// device_lost with GetDeviceRemovedReason in words. `what` is what showed it, a clause.
[[nodiscard]] Error removed_error(std::string_view what, ID3D12Device* device);
/// A message as a clause: without its full stop.
[[nodiscard]] std::string clause_of(const Error& error);

}  // namespace geyser::d3d12
