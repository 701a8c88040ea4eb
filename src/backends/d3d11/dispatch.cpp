#include "backends/d3d11/dispatch.hpp"

#include <cstring>
#include <mutex>

#include "core/message.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::d3d11 {
namespace {

/// Opened once for the process and never closed: the driver keeps threads of its own.
Result<void*> find(const char* library, const char* name) {
  static std::mutex mutex;
  static platform::DynamicLibrary* open[2] = {};
  const std::lock_guard lock(mutex);
  platform::DynamicLibrary*& slot = open[std::strcmp(library, "dxgi.dll") == 0 ? 0 : 1];
  if (slot == nullptr) {
    auto opened = platform::DynamicLibrary::open(library);
    if (!opened) return std::move(opened).error();
    slot = new platform::DynamicLibrary(*std::move(opened));
  }
  void* symbol = slot->symbol(name);
  if (symbol == nullptr) return Error(Errc::not_found, detail::text(library, " has no ", name, "; Direct3D 11 is not usable here."));
  return symbol;
}

template <class Function>
Result<void> find_entry(Function& function, void* given, const char* library, const char* name) {
  void* symbol = given;
  if (symbol == nullptr) {
    auto found = find(library, name);
    if (!found) return std::move(found).error();
    symbol = *found;
  }
  static_assert(sizeof function == sizeof symbol);
  std::memcpy(&function, &symbol, sizeof function);
  return {};
}

}  // namespace

Result<Dispatch> open_dispatch(const EntryPoints& entry_points) {
  Dispatch dispatch;
  auto device = find_entry(dispatch.create_device, entry_points.create_device, "d3d11.dll", "D3D11CreateDevice");
  if (!device) return std::move(device).error();
  auto factory = find_entry(dispatch.create_factory, entry_points.create_factory, "dxgi.dll", "CreateDXGIFactory1");
  if (!factory) return std::move(factory).error();
  return dispatch;
}

}  // namespace geyser::d3d11
