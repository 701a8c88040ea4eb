// An emulated Direct3D 12 device, and the strings that tests pull.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/d3d12/com.hpp"

namespace fake_d3d12 {

using geyser::d3d12::Com;

struct Options {
  LUID luid{0x4711, 0x0815};
  bool shares = true;  ///< false: CreateSharedHandle and OpenSharedHandle answer E_NOTIMPL, as Wine 8 does
  bool unaligned_blocks = false;
};
[[nodiscard]] Com<ID3D12Device> make_device(const Options& options = {});
[[nodiscard]] Com<ID3D12CommandQueue> make_queue(ID3D12Device* device, D3D12_COMMAND_LIST_TYPE type = D3D12_COMMAND_LIST_TYPE_DIRECT);

/// What was done that Direct3D forbids, since the last call.
[[nodiscard]] std::vector<std::string> take_complaints();
/// Objects of every kind that somebody still holds.
[[nodiscard]] int live_objects();

/// The `number`-th call from now on that can fail answers `answer`; 0: none does.
void fail_call(int number, HRESULT answer);
/// The name of the call that failed since fail_call(); empty when none did yet.
[[nodiscard]] std::string failed_call();
/// The device is gone: its fences jump to the highest value, its queues stop, its calls fail.
void remove_device(ID3D12Device* device, HRESULT reason);

}  // namespace fake_d3d12
