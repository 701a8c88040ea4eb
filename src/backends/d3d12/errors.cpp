#include "backends/d3d12/errors.hpp"

#include <iomanip>

#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

struct Answer {
  std::uint32_t code;
  Errc error;
  std::string_view name;
};
// Names as the headers write them: what people search for.
constexpr Answer answers[] = {
    {0x80004001U, Errc::unsupported_feature, "E_NOTIMPL"},
    {0x80004002U, Errc::unsupported_feature, "E_NOINTERFACE"},
    {0x80004003U, Errc::internal, "E_POINTER"},
    {0x80004005U, Errc::os_error, "E_FAIL"},
    {0x80070005U, Errc::os_error, "E_ACCESSDENIED"},
    {0x80070006U, Errc::protocol_error, "E_HANDLE"},
    {0x8007000EU, Errc::out_of_memory, "E_OUTOFMEMORY"},
    {0x80070057U, Errc::invalid_argument, "E_INVALIDARG"},
    {0x887A0001U, Errc::internal, "DXGI_ERROR_INVALID_CALL"},
    {0x887A0002U, Errc::not_found, "DXGI_ERROR_NOT_FOUND"},
    {0x887A0004U, Errc::unsupported_feature, "DXGI_ERROR_UNSUPPORTED"},
    {0x887A0005U, Errc::device_lost, "DXGI_ERROR_DEVICE_REMOVED"},
    {0x887A0006U, Errc::device_lost, "DXGI_ERROR_DEVICE_HUNG"},
    {0x887A0007U, Errc::device_lost, "DXGI_ERROR_DEVICE_RESET"},
    {0x887A0020U, Errc::device_lost, "DXGI_ERROR_DRIVER_INTERNAL_ERROR"},
    {0x887A0022U, Errc::unsupported_feature, "DXGI_ERROR_NOT_CURRENTLY_AVAILABLE"},
    {0x887A002BU, Errc::os_error, "DXGI_ERROR_ACCESS_DENIED"},
    {0x887A002DU, Errc::unsupported_feature, "DXGI_ERROR_SDK_COMPONENT_MISSING"},
    {0x887E0001U, Errc::not_found, "D3D12_ERROR_ADAPTER_NOT_FOUND"},
    {0x887E0002U, Errc::unsupported_feature, "D3D12_ERROR_DRIVER_VERSION_MISMATCH"},
};

const Answer* find(HRESULT answer) noexcept {
  for (const auto& each : answers) {
    if (each.code == static_cast<std::uint32_t>(answer)) return &each;
  }
  return nullptr;
}

std::string_view explanation(HRESULT reason) noexcept {
  switch (static_cast<std::uint32_t>(reason)) {
    case 0x887A0005U:
      return "the adapter was taken out, or its driver was updated";
    case 0x887A0006U:
      return "commands of this process did not end in time, or were invalid";
    case 0x887A0007U:
      return "the GPU was reset because of another process";
    case 0x887A0020U:
      return "the driver failed";
    case 0x8007000EU:
      return "memory ran out";
    case 0U:
      return "the device says that it is there";
    default:
      return "no reason that is known";
  }
}

}  // namespace

std::string name_of(HRESULT answer) {
  const auto* known = find(answer);
  return text(known != nullptr ? known->name
              : answer == S_OK ? std::string_view("S_OK")
                               : std::string_view("HRESULT"),
              " (0x", std::hex, std::setw(8), std::setfill('0'), static_cast<std::uint32_t>(answer), ")");
}

Error removed_error(std::string_view what, ID3D12Device* device) {
  if (device == nullptr) return Error(Errc::device_lost, text("The Direct3D 12 device is gone: ", what, "."), ErrorDomain::win32);
  const HRESULT reason = device->GetDeviceRemovedReason();
  return Error(Errc::device_lost,
               text("The Direct3D 12 device is gone: ", what, ", and GetDeviceRemovedReason answers ", name_of(reason), ", ",
                    explanation(reason), "; destroy everything made from it."),
               ErrorDomain::win32, reason);
}

Error d3d_error(HRESULT answer, std::string_view call, ID3D12Device* device) {
  const auto* known = find(answer);
  if (known != nullptr && known->error == Errc::device_lost) {
    return removed_error(text(call, " answers ", name_of(answer)), device);
  }
  return Error(known != nullptr ? known->error : Errc::internal, text(call, " answers ", name_of(answer), "."), ErrorDomain::win32, answer);
}

std::string clause_of(const Error& error) {
  std::string_view message = error.message();
  if (message.ends_with('.')) message.remove_suffix(1);
  return std::string(message);
}

}  // namespace geyser::d3d12
