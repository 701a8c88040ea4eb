#include "backends/d3d12/dispatch.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <utility>

#include "backends/d3d12/errors.hpp"
#include "core/guard.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

template <class Function>
void find(const platform::DynamicLibrary& library, const char* name, Function& function) noexcept {
  void* const symbol = library.symbol(name);
  static_assert(sizeof(function) == sizeof(symbol));
  std::memcpy(&function, &symbol, sizeof(function));
}

Error no_function(std::string_view library, std::string_view function) {
  return Error(Errc::not_found, text(library, " has no ", function, "; Windows 10 or newer is needed."));
}

/// The version of the adapter's driver: four numbers, as DXGI packs them.
std::string driver_version(IDXGIAdapter1* adapter) {
  LARGE_INTEGER version{};
  if (FAILED(adapter->CheckInterfaceSupport(iid<IDXGIDevice>, &version))) return {};
  const auto bits = static_cast<std::uint64_t>(version.QuadPart);
  return text(bits >> 48U, ".", bits >> 32U & 0xFFFFU, ".", bits >> 16U & 0xFFFFU, ".", bits & 0xFFFFU);
}

std::optional<DeviceSummary> ask_dxgi(const Luid& wanted) {
  auto dxgi = open_dxgi();
  if (!dxgi) return std::nullopt;
  Com<IDXGIFactory1> factory;
  if (FAILED((*dxgi)->create_factory(iid<IDXGIFactory1>, factory.put()))) return std::nullopt;
  Com<IDXGIAdapter1> adapter;
  for (UINT i = 0; factory->EnumAdapters1(i, reinterpret_cast<IDXGIAdapter1**>(adapter.put())) == S_OK; ++i) {
    auto summary = summarize(adapter.get(), i);
    if (summary && summary->identity.luid == wanted) return *std::move(summary);
  }
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<Dxgi>> open_dxgi() {
  auto library = platform::DynamicLibrary::open("dxgi.dll");
  if (!library) return std::move(library).error();
  auto opened = std::make_shared<Dxgi>(Dxgi{*std::move(library), nullptr});
  find(opened->library, "CreateDXGIFactory1", opened->create_factory);
  if (opened->create_factory == nullptr) return no_function("dxgi.dll", "CreateDXGIFactory1");
  return opened;
}

Result<std::shared_ptr<Direct3D>> open_direct3d() {
  auto library = platform::DynamicLibrary::open("d3d12.dll");
  if (!library) return std::move(library).error();
  auto opened = std::make_shared<Direct3D>(Direct3D{*std::move(library), nullptr, nullptr});
  find(opened->library, "D3D12CreateDevice", opened->create_device);
  find(opened->library, "D3D12GetDebugInterface", opened->get_debug_interface);
  if (opened->create_device == nullptr) return no_function("d3d12.dll", "D3D12CreateDevice");
  return opened;
}

Luid to_bytes(const LUID& luid) noexcept {
  Luid bytes{};
  static_assert(sizeof(luid) == sizeof(bytes));
  std::memcpy(bytes.data(), &luid, sizeof(luid));
  return bytes;
}

Result<DeviceSummary> summarize(IDXGIAdapter1* adapter, std::uint32_t index) {
  DXGI_ADAPTER_DESC1 desc{};
  if (const HRESULT answer = adapter->GetDesc1(&desc); FAILED(answer)) return d3d_error(answer, "IDXGIAdapter1::GetDesc1", nullptr);
  DeviceSummary summary;
  summary.index = index;
  summary.identity.luid = to_bytes(desc.AdapterLuid);
  const std::wstring_view name(static_cast<const wchar_t*>(desc.Description), std::size(desc.Description));
  summary.identity.name = platform::utf8(name.substr(0, name.find(L'\0')));
  summary.identity.driver = driver_version(adapter);
  summary.vendor_id = desc.VendorId;
  summary.dedicated_video_memory = desc.DedicatedVideoMemory;
  summary.software = (desc.Flags & DXGI_ADAPTER_FLAG_SOFTWARE) != 0;
  return summary;
}

std::optional<DeviceSummary> find_adapter(const LUID& luid) noexcept {
  auto found = detail::guard([&]() -> Result<DeviceSummary> {
    // A factory takes long to make, and a LUID means one adapter, or none, until the system starts anew.
    static std::mutex mutex;
    static std::vector<std::pair<Luid, std::optional<DeviceSummary>>> known;
    const Luid wanted = to_bytes(luid);
    const std::lock_guard lock(mutex);
    auto at = std::ranges::find(known, wanted, &std::pair<Luid, std::optional<DeviceSummary>>::first);
    if (at == known.end()) {
      known.emplace_back(wanted, ask_dxgi(wanted));
      at = std::prev(known.end());
    }
    if (!at->second) return Error(Errc::not_found, "No adapter has that LUID.");
    return *at->second;
  });
  if (!found) return std::nullopt;
  return *std::move(found);
}

}  // namespace geyser::d3d12
