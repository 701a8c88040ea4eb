// POSIX: dlopen.
#include <dlfcn.h>

#include "core/message.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::platform {

Result<DynamicLibrary> DynamicLibrary::open(const char* name) {
  void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return Error(Errc::not_found, detail::text("The library ", name, " cannot be opened: ", why != nullptr ? why : "no reason given", "."),
                 ErrorDomain::posix);
  }
  return DynamicLibrary(handle);
}

Result<DynamicLibrary> DynamicLibrary::of_process() {
  void* handle = ::dlopen(nullptr, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Error(Errc::not_found, "The program itself cannot be opened as a library.", ErrorDomain::posix);
  return DynamicLibrary(handle);
}

DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

DynamicLibrary& DynamicLibrary::operator=(DynamicLibrary&& other) noexcept {
  if (this != &other) {
    if (handle_ != nullptr) ::dlclose(handle_);
    handle_ = std::exchange(other.handle_, nullptr);
  }
  return *this;
}

DynamicLibrary::~DynamicLibrary() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

void* DynamicLibrary::symbol(const char* name) const noexcept { return ::dlsym(handle_, name); }

#if defined(__APPLE__)
// The Khronos loader of the Vulkan SDK, which finds MoltenVK. MoltenVK by itself ("libMoltenVK.dylib") is loaded by who wants no loader,
// and handed in as a vkGetInstanceProcAddr.
const char* vulkan_loader_name() noexcept { return "libvulkan.1.dylib"; }
#else
const char* vulkan_loader_name() noexcept { return "libvulkan.so.1"; }
#endif

}  // namespace geyser::platform
