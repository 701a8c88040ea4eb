// A device of our own, for those who have none.
#include <algorithm>
#include <cctype>
#include <memory>

#include "backends/d3d12/dispatch.hpp"
#include "backends/d3d12/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

struct Adapter {
  Com<IDXGIAdapter1> adapter;
  DeviceSummary summary;
};

Result<Com<IDXGIFactory1>> make_factory(const Dxgi& dxgi) {
  Com<IDXGIFactory1> factory;
  const HRESULT answer = dxgi.create_factory(iid<IDXGIFactory1>, factory.put());
  if (FAILED(answer)) return d3d_error(answer, "CreateDXGIFactory1", nullptr);
  return factory;
}

Result<std::vector<Adapter>> list_adapters(IDXGIFactory1* factory) {
  std::vector<Adapter> all;
  for (UINT i = 0;; ++i) {
    Com<IDXGIAdapter1> adapter;
    const HRESULT answer = factory->EnumAdapters1(i, reinterpret_cast<IDXGIAdapter1**>(adapter.put()));
    if (answer == DXGI_ERROR_NOT_FOUND) return all;
    if (FAILED(answer)) return d3d_error(answer, "IDXGIFactory1::EnumAdapters1", nullptr);
    auto summary = summarize(adapter.get(), i);
    if (!summary) return std::move(summary).error();
    all.push_back({std::move(adapter), *std::move(summary)});
  }
}

Result<Adapter> warp_adapter(IDXGIFactory1* factory) {
  Com<IDXGIFactory4> newer;
  if (const HRESULT answer = factory->QueryInterface(iid<IDXGIFactory4>, newer.put()); FAILED(answer)) {
    return d3d_error(answer, "IDXGIFactory1::QueryInterface(IDXGIFactory4)", nullptr);
  }
  Com<IDXGIAdapter1> adapter;
  if (const HRESULT answer = newer->EnumWarpAdapter(iid<IDXGIAdapter1>, adapter.put()); FAILED(answer)) {
    return d3d_error(answer, "IDXGIFactory4::EnumWarpAdapter", nullptr);
  }
  auto summary = summarize(adapter.get(), 0);
  if (!summary) return std::move(summary).error();
  return Adapter{std::move(adapter), *std::move(summary)};
}

std::string lower(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return out;
}

bool matches(const DeviceSummary& summary, const DeviceSelector& selector) {
  if (selector.luid && summary.identity.luid != *selector.luid) return false;
  if (selector.index && summary.index != *selector.index) return false;
  if (!selector.name.empty() && lower(summary.identity.name).find(lower(selector.name)) == std::string::npos) return false;
  // Software only when it was asked for by name, number or LUID.
  return selector.luid || selector.index || !selector.name.empty() || !summary.software;
}

std::string names_of(const std::vector<Adapter>& adapters) {
  std::string names;
  for (const auto& each : adapters) {
    names +=
        text(names.empty() ? "" : ", ", each.summary.index, ": ", each.summary.identity.name, each.summary.software ? " (software)" : "");
  }
  return names.empty() ? "none" : names;
}

Result<void> enable_debug_layer(const Direct3D& direct3d) {
  Com<ID3D12Debug> debug;
  const HRESULT answer =
      direct3d.get_debug_interface == nullptr ? E_NOINTERFACE : direct3d.get_debug_interface(iid<ID3D12Debug>, debug.put());
  if (FAILED(answer)) {
    return Error(Errc::unsupported_feature,
                 text("DeviceOptions::debug_layer is true, but D3D12GetDebugInterface answers ", name_of(answer),
                      "; install Windows' \"Graphics Tools\", or leave it false."),
                 ErrorDomain::win32, answer);
  }
  debug->EnableDebugLayer();
  return {};
}

}  // namespace

struct Device::Block {
  std::shared_ptr<Direct3D> direct3d;  // closed after everything that came from it
  std::shared_ptr<Dxgi> dxgi;
  DeviceSummary summary;
  Com<ID3D12Device> device;
  Com<ID3D12CommandQueue> queue;
};

Result<std::vector<DeviceSummary>> enumerate_devices() {
  return detail::guard([]() -> Result<std::vector<DeviceSummary>> {
    auto dxgi = open_dxgi();
    if (!dxgi) return std::move(dxgi).error();
    auto factory = make_factory(**dxgi);
    if (!factory) return std::move(factory).error();
    auto adapters = list_adapters(factory->get());
    if (!adapters) return std::move(adapters).error();
    std::vector<DeviceSummary> summaries;
    for (auto& each : *adapters) summaries.push_back(std::move(each.summary));
    return summaries;
  });
}

Device::Device(std::shared_ptr<Block> block) noexcept : block_(std::move(block)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<Device> Device::create(const DeviceOptions& options) {
  return detail::guard([&]() -> Result<Device> {
    auto block = std::make_shared<Block>();
    auto dxgi = open_dxgi();
    if (!dxgi) return std::move(dxgi).error();
    block->dxgi = *std::move(dxgi);
    auto direct3d = open_direct3d();
    if (!direct3d) return std::move(direct3d).error();
    block->direct3d = *std::move(direct3d);
    if (options.debug_layer) {
      if (auto ok = enable_debug_layer(*block->direct3d); !ok) return std::move(ok).error();
    }
    auto factory = make_factory(*block->dxgi);
    if (!factory) return std::move(factory).error();
    std::vector<Adapter> adapters;
    if (options.selector.warp) {
      auto warp = warp_adapter(factory->get());
      if (!warp) return std::move(warp).error();
      adapters.push_back(*std::move(warp));
    } else {
      auto all = list_adapters(factory->get());
      if (!all) return std::move(all).error();
      adapters = *std::move(all);
    }
    HRESULT answer = S_FALSE;
    for (auto& each : adapters) {
      if (!options.selector.warp && !matches(each.summary, options.selector)) continue;
      answer = block->direct3d->create_device(each.adapter.get(), D3D_FEATURE_LEVEL_11_0, iid<ID3D12Device>, block->device.put());
      if (FAILED(answer)) continue;  // an adapter without Direct3D 12; the next one may have it
      block->summary = std::move(each.summary);
      break;
    }
    if (!block->device) {
      if (answer == S_FALSE) {
        return Error(Errc::not_found, text("No adapter matches DeviceOptions::selector; there are: ", names_of(adapters), "."));
      }
      return Error(Errc::unsupported_feature, text("D3D12CreateDevice answers ", name_of(answer), "; there are: ", names_of(adapters), "."),
                   ErrorDomain::win32, answer);
    }
    D3D12_COMMAND_QUEUE_DESC queue{};
    queue.Type = D3D12_COMMAND_LIST_TYPE_DIRECT;
    answer = block->device->CreateCommandQueue(&queue, iid<ID3D12CommandQueue>, block->queue.put());
    if (FAILED(answer)) return d3d_error(answer, "ID3D12Device::CreateCommandQueue", block->device.get());
    return Device(std::move(block));
  });
}

AdoptInfo Device::adopt_info() const noexcept { return {.device = block_->device.get(), .queue = block_->queue.get()}; }
const DeviceSummary& Device::summary() const noexcept { return block_->summary; }

Result<TextureShareManager> Device::create_manager() const {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(adopt_info(), block_);
    if (!context) return std::move(context).error().with_context("adopting a Direct3D 12 device");
    return detail::Private::make(std::make_shared<Manager>(*std::move(context)));
  });
}

}  // namespace geyser::d3d12
