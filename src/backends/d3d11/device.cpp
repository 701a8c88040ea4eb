// Devices of one's own.
#include <cstring>

#include "backends/d3d11/context.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

constexpr UINT most_adapters = 64;  // DXGI has an end; a broken one must not loop for ever

Result<Com<IDXGIFactory1>> factory_of(const Dispatch& dispatch) {
  Com<IDXGIFactory1> factory;
  const HRESULT hr = dispatch.create_factory(__uuidof(IDXGIFactory1), factory.out_void());
  if (FAILED(hr)) return Error(Errc::os_error, text("CreateDXGIFactory1 fails with ", name_of(hr), "."), ErrorDomain::win32, hr);
  return factory;
}

bool is_software(IDXGIAdapter1& adapter) noexcept {
  DXGI_ADAPTER_DESC1 desc{};
  return SUCCEEDED(adapter.GetDesc1(&desc)) && (desc.Flags & DXGI_ADAPTER_FLAG_SOFTWARE) != 0;
}

/// Calls `visit(adapter, index, identity)` until it answers true.
template <class Visit>
Result<void> for_each_adapter(IDXGIFactory1& factory, Visit&& visit) {
  for (UINT index = 0; index < most_adapters; ++index) {
    Com<IDXGIAdapter1> adapter;
    const HRESULT hr = factory.EnumAdapters1(index, adapter.out());
    if (hr == DXGI_ERROR_NOT_FOUND) return {};
    if (FAILED(hr))
      return Error(Errc::os_error, text("IDXGIFactory1::EnumAdapters1 fails with ", name_of(hr), "."), ErrorDomain::win32, hr);
    auto identity = identify(*adapter.get());
    if (!identity) return std::move(identity).error();
    if (visit(adapter, index, *std::move(identity))) return {};
  }
  return {};
}

std::string luid_text(const std::array<std::uint8_t, 8>& luid) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : luid) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

/// The adapter that the options mean; empty: WARP.
Result<Com<IDXGIAdapter1>> choose(const Dispatch& dispatch, const DeviceOptions& options) {
  Com<IDXGIAdapter1> chosen;
  std::string seen;
  auto factory = factory_of(dispatch);
  if (!factory) return std::move(factory).error();
  auto all = for_each_adapter(*factory->get(), [&](const Com<IDXGIAdapter1>& adapter, UINT index, const DeviceIdentity& identity) {
    seen += text(seen.empty() ? "" : "; ", index, ": ", identity.name, " with LUID ", luid_text(*identity.luid));
    if (options.index && *options.index != index) return false;
    if (options.luid && *options.luid != *identity.luid) return false;
    if (!options.index && !options.luid && is_software(*adapter.get())) return false;
    chosen = adapter;
    return true;
  });
  if (!all) return std::move(all).error();
  if (chosen) return chosen;
  return Error(Errc::not_found, text("No adapter fits DeviceOptions", options.luid ? text(" (luid ", luid_text(*options.luid), ")") : "",
                                     options.index ? text(" (index ", *options.index, ")") : "", "; DXGI shows ",
                                     seen.empty() ? "none" : seen, ". DeviceOptions::warp needs no GPU."));
}

}  // namespace

struct Device::Block {
  Com<ID3D11Device> device;
  Com<ID3D11DeviceContext> context;
  DeviceIdentity identity;
  EntryPoints entry_points;
};

Device::Device(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<std::vector<DeviceSummary>> enumerate_devices(const EntryPoints& entry_points) {
  return detail::guard([&]() -> Result<std::vector<DeviceSummary>> {
    auto dispatch = open_dispatch(entry_points);
    if (!dispatch) return std::move(dispatch).error();
    auto factory = factory_of(*dispatch);
    if (!factory) return std::move(factory).error();
    std::vector<DeviceSummary> found;
    auto all = for_each_adapter(*factory->get(), [&](const Com<IDXGIAdapter1>& adapter, UINT index, DeviceIdentity identity) {
      found.push_back({index, std::move(identity), is_software(*adapter.get())});
      return false;
    });
    if (!all) return std::move(all).error();
    return found;
  });
}

Result<Device> Device::create(const DeviceOptions& options) {
  return detail::guard([&]() -> Result<Device> {
    if (options.warp && (options.luid || options.index)) {
      return Error(Errc::invalid_argument,
                   "DeviceOptions::warp is set beside luid or index; WARP is one adapter of its own, leave them out.");
    }
    auto dispatch = open_dispatch(options.entry_points);
    if (!dispatch) return std::move(dispatch).error();
    Com<IDXGIAdapter1> adapter;
    if (!options.warp) {
      auto chosen = choose(*dispatch, options);
      if (!chosen) return std::move(chosen).error();
      adapter = *std::move(chosen);
    }
    auto block = std::make_unique<Block>();
    block->entry_points = options.entry_points;
    // 11_1 is refused as a whole by systems that do not know it.
    static constexpr D3D_FEATURE_LEVEL levels[] = {D3D_FEATURE_LEVEL_11_1, D3D_FEATURE_LEVEL_11_0};
    const UINT flags = options.debug ? D3D11_CREATE_DEVICE_DEBUG : 0;
    const auto make = [&](const D3D_FEATURE_LEVEL* first, UINT count) {
      return dispatch->create_device(adapter.get(), options.warp ? D3D_DRIVER_TYPE_WARP : D3D_DRIVER_TYPE_UNKNOWN, nullptr, flags, first,
                                     count, D3D11_SDK_VERSION, block->device.out(), nullptr, block->context.out());
    };
    HRESULT hr = make(levels, 2);
    if (hr == E_INVALIDARG) hr = make(levels + 1, 1);
    if (FAILED(hr)) {
      const Errc code = hr == E_OUTOFMEMORY ? Errc::out_of_memory : Errc::unsupported_feature;
      return Error(code,
                   text("D3D11CreateDevice fails with ", name_of(hr), "; feature level 11_0 is needed",
                        options.debug ? ", and the SDK layers for DeviceOptions::debug." : "."),
                   ErrorDomain::win32, hr);
    }
    const auto dxgi = block->device.as<IDXGIDevice>();
    Com<IDXGIAdapter> own;
    if (!dxgi || FAILED(dxgi->GetAdapter(own.out()))) {
      return Error(Errc::unsupported_feature, "The device that D3D11CreateDevice made tells no adapter.");
    }
    auto identity = identify(*own.get());
    if (!identity) return std::move(identity).error();
    block->identity = *std::move(identity);
    return Device(std::move(block));
  });
}

Result<TextureShareManager> Device::create_manager(KeyedMutexUse keyed_mutex) const {
  return d3d11::create_manager({.device = block_->device.get(), .keyed_mutex = keyed_mutex, .entry_points = block_->entry_points});
}

const DeviceIdentity& Device::identity() const noexcept { return block_->identity; }
ID3D11Device* Device::device() const noexcept { return block_->device.get(); }
ID3D11DeviceContext* Device::context() const noexcept { return block_->context.get(); }

}  // namespace geyser::d3d11
