// d3d12.dll and dxgi.dll, opened at run time. A manager on an adopted device needs neither: everything else goes through COM interfaces.
#pragma once

#include <memory>
#include <optional>

#include "backends/d3d12/com.hpp"
#include "geyser/d3d12.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::d3d12 {

/// Ownership: shared; closed with the last owner.
struct Dxgi {
  platform::DynamicLibrary library;
  HRESULT(WINAPI* create_factory)(REFIID, void**);
};
struct Direct3D {
  platform::DynamicLibrary library;
  PFN_D3D12_CREATE_DEVICE create_device;
  PFN_D3D12_GET_DEBUG_INTERFACE get_debug_interface;  ///< null where the system has none
};
/// Errors: not_found.
[[nodiscard]] Result<std::shared_ptr<Dxgi>> open_dxgi();
[[nodiscard]] Result<std::shared_ptr<Direct3D>> open_direct3d();

[[nodiscard]] Luid to_bytes(const LUID& luid) noexcept;
/// What DXGI says of the adapter. Errors: os_error.
[[nodiscard]] Result<DeviceSummary> summarize(IDXGIAdapter1* adapter, std::uint32_t index);
/// The adapter of a device, for its name; empty where DXGI has none such (an emulated device, no dxgi.dll). Errors: none.
[[nodiscard]] std::optional<DeviceSummary> find_adapter(const LUID& luid) noexcept;

}  // namespace geyser::d3d12
