// The two functions that Direct3D 11 begins with, found at run time.
#pragma once

#include "backends/d3d11/com.hpp"
#include "geyser/d3d11.hpp"

namespace geyser::d3d11 {

struct Dispatch {
  PFN_D3D11_CREATE_DEVICE create_device = nullptr;
  HRESULT(WINAPI* create_factory)(REFIID, void**) = nullptr;
};
/// The libraries stay open: devices made through them outlive everything here. Threading: any thread. Errors: not_found.
[[nodiscard]] Result<Dispatch> open_dispatch(const EntryPoints& entry_points);

}  // namespace geyser::d3d11
