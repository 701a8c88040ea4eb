#include "backends/webgpu/dispatch.hpp"

#include <mutex>

#include "backends/webgpu/external.hpp"
#include "core/message.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

GetProcAddress in(const platform::DynamicLibrary& library) {
  return reinterpret_cast<GetProcAddress>(library.symbol("wgpuGetProcAddress"));
}

}  // namespace

WGPUStringView view_of(std::string_view text) noexcept { return {text.data(), text.size()}; }

std::string text_of(WGPUStringView view) {
  if (view.data == nullptr) return {};
  return view.length == WGPU_STRLEN ? std::string(view.data) : std::string(view.data, view.length);
}

Result<ProcAddress> proc_address(GetProcAddress get) {
  if (get != nullptr) return ProcAddress{get};
  static std::mutex mutex;
  static GetProcAddress found = nullptr;
  const std::lock_guard lock(mutex);
  if (found != nullptr) return ProcAddress{found};
  if (auto process = platform::DynamicLibrary::of_process()) found = in(*process);
  if (found != nullptr) return ProcAddress{found};
  auto library = platform::DynamicLibrary::open(dawn_library_name());
  if (!library) {
    return Error(Errc::not_found, text("This process has no wgpuGetProcAddress, and ", library.error().message(),
                                       " Pass the function of your Dawn as get_proc_address."));
  }
  // Never closed: kept alive by an object that is never destroyed.
  static auto* const kept = new platform::DynamicLibrary(*std::move(library));
  found = in(*kept);
  if (found == nullptr) return Error(Errc::not_found, text(dawn_library_name(), " has no wgpuGetProcAddress; it is no library of Dawn."));
  return ProcAddress{found};
}

Result<Functions> Functions::load(GetProcAddress get) {
  auto address = proc_address(get);
  if (!address) return std::move(address).error();
  Functions functions;
  const auto missing = [](std::string_view name) {
    return Error(Errc::unsupported_feature,
                 text("get_proc_address gives no ", name, "; pass the wgpuGetProcAddress of a Dawn that has SharedTextureMemory."));
  };
#define GEYSER_WEBGPU_FIND(name)                                                               \
  functions.name = reinterpret_cast<WGPUProc##name>(address->function(view_of("wgpu" #name))); \
  if (functions.name == nullptr) return missing("wgpu" #name);
  GEYSER_WEBGPU_FUNCTIONS(GEYSER_WEBGPU_FIND)
#undef GEYSER_WEBGPU_FIND
  return functions;
}

}  // namespace geyser::webgpu
