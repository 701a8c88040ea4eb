#include "backends/d3d11/context.hpp"

#include <cstdio>
#include <cstring>
#include <thread>

#include "backends/d3d11/external_nt.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

/// DXGI's reasons for a device that is gone, in words.
std::string_view removed_because(HRESULT reason) noexcept {
  switch (reason) {
    case DXGI_ERROR_DEVICE_HUNG:
      return "it hung on commands that took too long or were malformed";
    case DXGI_ERROR_DEVICE_REMOVED:
      return "the adapter was taken out, disabled, or got another driver";
    case DXGI_ERROR_DEVICE_RESET:
      return "it was reset after malformed commands of some program";
    case DXGI_ERROR_DRIVER_INTERNAL_ERROR:
      return "its driver failed inside";
    case DXGI_ERROR_INVALID_CALL:
      return "a program passed it what it must not";
    default:
      return "Direct3D gives a reason that this library does not know";
  }
}

bool gone(HRESULT result) noexcept {
  return result == DXGI_ERROR_DEVICE_REMOVED || result == DXGI_ERROR_DEVICE_RESET || result == DXGI_ERROR_DEVICE_HUNG ||
         result == DXGI_ERROR_DRIVER_INTERNAL_ERROR;
}

std::string version_text(const LARGE_INTEGER& version) {
  const auto bits = static_cast<std::uint64_t>(version.QuadPart);
  return text(bits >> 48U, ".", bits >> 32U & 0xFFFFU, ".", bits >> 16U & 0xFFFFU, ".", bits & 0xFFFFU);
}

bool same_shape(const Staging& a, const Staging& b) noexcept {
  return std::memcmp(&a.flat, &b.flat, sizeof a.flat) == 0 && std::memcmp(&a.volume, &b.volume, sizeof a.volume) == 0;
}

}  // namespace

std::string name_of(HRESULT result) {
  std::string_view name;
  switch (result) {
    case E_INVALIDARG:
      name = "E_INVALIDARG";
      break;
    case E_NOTIMPL:
      name = "E_NOTIMPL";
      break;
    case E_NOINTERFACE:
      name = "E_NOINTERFACE";
      break;
    case E_OUTOFMEMORY:
      name = "E_OUTOFMEMORY";
      break;
    case E_ACCESSDENIED:
      name = "E_ACCESSDENIED";
      break;
    case E_FAIL:
      name = "E_FAIL";
      break;
    case E_HANDLE:
      name = "E_HANDLE";
      break;
    case DXGI_ERROR_DEVICE_REMOVED:
      name = "DXGI_ERROR_DEVICE_REMOVED";
      break;
    case DXGI_ERROR_DEVICE_HUNG:
      name = "DXGI_ERROR_DEVICE_HUNG";
      break;
    case DXGI_ERROR_DEVICE_RESET:
      name = "DXGI_ERROR_DEVICE_RESET";
      break;
    case DXGI_ERROR_INVALID_CALL:
      name = "DXGI_ERROR_INVALID_CALL";
      break;
    case DXGI_ERROR_NOT_FOUND:
      name = "DXGI_ERROR_NOT_FOUND";
      break;
    case DXGI_ERROR_UNSUPPORTED:
      name = "DXGI_ERROR_UNSUPPORTED";
      break;
    case DXGI_ERROR_SDK_COMPONENT_MISSING:
      name = "DXGI_ERROR_SDK_COMPONENT_MISSING";
      break;
    default:
      name = "HRESULT";
      break;
  }
  char number[16];
  std::snprintf(number, sizeof number, "0x%08lx", static_cast<unsigned long>(result));
  return text(name, " (", number, ")");
}

Result<DeviceIdentity> identify(IDXGIAdapter& adapter) {
  DXGI_ADAPTER_DESC desc{};
  if (const HRESULT hr = adapter.GetDesc(&desc); FAILED(hr)) {
    return Error(Errc::os_error, text("IDXGIAdapter::GetDesc fails with ", name_of(hr), "."), ErrorDomain::win32, hr);
  }
  DeviceIdentity identity;
  identity.luid.emplace();
  static_assert(sizeof desc.AdapterLuid == 8);
  std::memcpy(identity.luid->data(), &desc.AdapterLuid, identity.luid->size());
  const std::size_t length = ::wcsnlen(desc.Description, std::size(desc.Description));
  identity.name = platform::utf8({desc.Description, length});
  LARGE_INTEGER version{};
  const bool told = SUCCEEDED(adapter.CheckInterfaceSupport(__uuidof(IDXGIDevice), &version));
  identity.driver = told ? text("Direct3D driver ", version_text(version)) : std::string("Direct3D");
  return identity;
}

Error Context::error(HRESULT result, std::string_view call) const {
  if (gone(result)) {
    const HRESULT reason = device->GetDeviceRemovedReason();
    const HRESULT why = FAILED(reason) ? reason : result;
    return Error(Errc::device_lost,
                 text(call, " fails because ", identity.name, " is gone: ", removed_because(why), " (", name_of(why),
                      "); destroy everything made from it and begin with a new device."),
                 ErrorDomain::win32, why);
  }
  const Errc code = result == E_OUTOFMEMORY ? Errc::out_of_memory : Errc::os_error;
  return Error(code, text(call, " fails with ", name_of(result), "."), ErrorDomain::win32, result);
}

Result<std::shared_ptr<Context>> Context::create(const AdoptInfo& info) {
  if (info.device == nullptr) return Error(Errc::invalid_argument, "AdoptInfo::device is null; give an ID3D11Device.");
  auto made = std::make_shared<Context>();
  made->entry_points_ = info.entry_points;
  made->keyed_mutex = info.keyed_mutex;
  made->device = Com<ID3D11Device>::share(info.device);
  made->identity.name = "AdoptInfo::device";  // until it has told its own
  if (const HRESULT reason = made->device->GetDeviceRemovedReason(); FAILED(reason)) {
    return made->error(DXGI_ERROR_DEVICE_REMOVED, "Adopting the device");
  }
  const auto dxgi = made->device.as<IDXGIDevice>();
  Com<IDXGIAdapter> adapter;
  if (!dxgi || FAILED(dxgi->GetAdapter(adapter.out()))) {
    return Error(Errc::unsupported_feature, "The device has no IDXGIDevice with an adapter; give a device of D3D11CreateDevice.");
  }
  auto identity = identify(*adapter.get());
  if (!identity) return std::move(identity).error();
  made->identity = *std::move(identity);
  if ((made->device->GetCreationFlags() & D3D11_CREATE_DEVICE_SINGLETHREADED) != 0) {
    return Error(Errc::invalid_argument,
                 "The device was made with D3D11_CREATE_DEVICE_SINGLETHREADED, which no other thread may touch; make it without.");
  }
  made->device1 = made->device.as<ID3D11Device1>();
  made->device->GetImmediateContext(made->context.out());
  made->multithread = made->context.as<ID3D11Multithread>();
  if (!made->device1 || !made->multithread) {
    return Error(Errc::unsupported_feature, text(made->identity.name, " has no ", made->device1 ? "ID3D11Multithread" : "ID3D11Device1",
                                                 "; Windows 10 version 1607 or newer has both."));
  }
  if (auto ok = made->ask_features(); !ok) return std::move(ok).error();
  made->multithread->SetMultithreadProtected(TRUE);
  made->ask_fences();
  ask_sharing(*made);
  return made;
}

Result<void> Context::ask_features() {
  features.level = device->GetFeatureLevel();
  if (features.level < D3D_FEATURE_LEVEL_10_0) {
    return Error(Errc::unsupported_feature, text(identity.name, " has feature level 0x", std::hex, static_cast<unsigned>(features.level),
                                                 "; 10_0 (0xa000) or higher is needed."));
  }
  const bool eleven = features.level >= D3D_FEATURE_LEVEL_11_0;
  features.max_2d = eleven ? 16384 : 8192;
  features.max_3d = 2048;
  features.max_layers = eleven ? 2048 : 512;
  features.cube_arrays = features.level >= D3D_FEATURE_LEVEL_10_1;
  return {};
}

void Context::ask_fences() {
  HRESULT result = S_OK;
  const auto missing = [&](std::string_view call) { features.why_no_fences = text(call, " fails with ", name_of(result)); };
  device5 = device.as<ID3D11Device5>(&result);
  if (!device5) return missing("asking for ID3D11Device5 (shared fences)");
  context4 = context.as<ID3D11DeviceContext4>(&result);
  if (!context4) return missing("asking for ID3D11DeviceContext4 (shared fences)");
  result = device5->CreateFence(0, D3D11_FENCE_FLAG_SHARED, __uuidof(ID3D11Fence), done_.out_void());
  if (FAILED(result)) return missing("ID3D11Device5::CreateFence");
  // A driver may know the calls and still not share: asked once, with a fence that nobody else gets.
  auto handle = share_fence(*this, *done_.get());
  if (!handle) {
    features.why_no_fences = std::string(handle.error().message().substr(0, handle.error().message().size() - 1));
    return;
  }
  Com<ID3D11Fence> opened;
  result = device5->OpenSharedFence(platform::native(*handle), __uuidof(ID3D11Fence), opened.out_void());
  if (FAILED(result)) return missing("ID3D11Device5::OpenSharedFence");
  features.fences = true;
}

Result<void> Context::finish(Clock::time_point deadline) {
  auto ok = done_ ? finish_by_fence(deadline) : finish_by_query(deadline);
  if (ok || ok.error().code() != Errc::timed_out) return ok;
  return Error(Errc::timed_out, text("Commands on ", identity.name, " are not done in time; do they wait for a signal that never came?"));
}

Result<void> Context::finish_by_fence(Clock::time_point deadline) {
  std::uint64_t value = 0;
  {
    // Values must enter the queue in their order.
    const std::lock_guard order(done_mutex_);
    const Lock lock(*this);
    value = done_value_ + 1;
    if (const HRESULT hr = context4->Signal(done_.get(), value); FAILED(hr)) return error(hr, "ID3D11DeviceContext4::Signal");
    done_value_ = value;
    context->Flush();
  }
  return done_waits_.wait(*this, *done_.get(), value, deadline);
}

Result<void> Context::finish_by_query(Clock::time_point deadline) {
  const D3D11_QUERY_DESC desc{D3D11_QUERY_EVENT, 0};
  Com<ID3D11Query> query;
  if (const HRESULT hr = device->CreateQuery(&desc, query.out()); FAILED(hr)) return error(hr, "ID3D11Device::CreateQuery");
  {
    const Lock lock(*this);
    context->End(query.get());
    context->Flush();
  }
  const auto patient = Clock::now() + std::chrono::microseconds(200);
  while (true) {
    BOOL done = FALSE;
    const HRESULT hr = context->GetData(query.get(), &done, sizeof done, D3D11_ASYNC_GETDATA_DONOTFLUSH);
    if (FAILED(hr)) return error(hr, "ID3D11DeviceContext::GetData");
    if (hr == S_OK && done != FALSE) return {};
    const auto now = Clock::now();
    if (now >= deadline) return Error(Errc::timed_out, "The query is not done in time.");
    if (now < patient) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

Result<void> Context::start_signaller() {
  if (signaller_.context) return {};
  auto dispatch = open_dispatch(entry_points_);
  if (!dispatch) return std::move(dispatch).error();
  const auto dxgi = device.as<IDXGIDevice>();
  Com<IDXGIAdapter> adapter;
  if (const HRESULT hr = dxgi->GetAdapter(adapter.out()); FAILED(hr)) return error(hr, "IDXGIDevice::GetAdapter");
  Com<ID3D11Device> second;
  Com<ID3D11DeviceContext> immediate;
  const D3D_FEATURE_LEVEL level = features.level;
  const HRESULT hr = dispatch->create_device(adapter.get(), D3D_DRIVER_TYPE_UNKNOWN, nullptr, 0, &level, 1, D3D11_SDK_VERSION, second.out(),
                                             nullptr, immediate.out());
  if (FAILED(hr)) return error(hr, "D3D11CreateDevice, for a second device that signals fences for the host,");
  Signaller made{second.as<ID3D11Device5>(), immediate.as<ID3D11DeviceContext4>()};
  if (!made.device || !made.context) return error(E_NOINTERFACE, "Asking a second device of the same adapter for fences");
  signaller_ = std::move(made);
  return {};
}

Result<void> Context::signal_from_host(const OsHandle& shared, Com<ID3D11Fence>& twin, std::uint64_t value) {
  const std::lock_guard lock(signaller_mutex_);
  if (auto ok = start_signaller(); !ok) return ok;
  if (!twin) {
    const HRESULT hr = signaller_.device->OpenSharedFence(platform::native(shared), __uuidof(ID3D11Fence), twin.out_void());
    if (FAILED(hr)) return error(hr, "ID3D11Device5::OpenSharedFence, on the device that signals for the host,");
  }
  if (const HRESULT hr = signaller_.context->Signal(twin.get(), value); FAILED(hr)) return error(hr, "ID3D11DeviceContext4::Signal");
  signaller_.context->Flush();
  return {};
}

Result<Staging> Context::take_staging(Staging shape) {
  {
    const std::lock_guard lock(staging_mutex_);
    const auto found = std::find_if(staging_.begin(), staging_.end(), [&](const Staging& each) { return same_shape(each, shape); });
    if (found != staging_.end()) {
      Staging taken = std::move(*found);
      staging_.erase(found);
      return taken;
    }
  }
  HRESULT hr = S_OK;
  if (shape.flat.Width != 0) {
    Com<ID3D11Texture2D> texture;
    hr = device->CreateTexture2D(&shape.flat, nullptr, texture.out());
    if (SUCCEEDED(hr)) shape.resource = texture.as<ID3D11Resource>();
  } else {
    Com<ID3D11Texture3D> texture;
    hr = device->CreateTexture3D(&shape.volume, nullptr, texture.out());
    if (SUCCEEDED(hr)) shape.resource = texture.as<ID3D11Resource>();
  }
  if (FAILED(hr)) return error(hr, "Creating a staging texture");
  return shape;
}

void Context::keep_staging(Staging staging) noexcept {
  constexpr std::size_t most_kept = 2;  // upload and read-back of streams go on with one shape; more would only hold memory
  const std::lock_guard lock(staging_mutex_);
  if (staging_.capacity() < most_kept) {
    try {
      staging_.reserve(most_kept);
    } catch (const std::exception&) {
      return;
    }
  }
  if (staging_.size() == most_kept) staging_.erase(staging_.begin());
  staging_.push_back(std::move(staging));
}

}  // namespace geyser::d3d11
