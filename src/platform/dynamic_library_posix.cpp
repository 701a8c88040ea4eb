// POSIX: dlopen.
#include <dlfcn.h>
#if !defined(__APPLE__)
#include <link.h>
#endif

#include <new>
#include <string>
#include <utility>
#include <vector>

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
void keep_libraries_with(const char*) noexcept {}
#else
void keep_libraries_with(const char* symbol) noexcept {
  try {
    std::vector<std::string> names;
    // Nothing may be opened while the list is walked: its lock is held.
    const auto note = [](dl_phdr_info* info, std::size_t, void* into) {
      if (info->dlpi_name != nullptr && *info->dlpi_name != 0) static_cast<std::vector<std::string>*>(into)->emplace_back(info->dlpi_name);
      return 0;
    };
    ::dl_iterate_phdr(note, &names);
    for (const std::string& name : names) {
      void* const library = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
      if (library == nullptr) continue;
      Dl_info where{};
      const void* const found = ::dlsym(library, symbol);
      // A library finds the symbols of those that it needs, too.
      const bool own = found != nullptr && ::dladdr(found, &where) != 0 && where.dli_fname != nullptr && name == where.dli_fname;
      if (own) static_cast<void>(::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));  // never closed: that is what keeps it
      ::dlclose(library);
    }
  } catch (const std::bad_alloc&) {
    // Then it is as it would be without.
  }
}

const char* vulkan_loader_name() noexcept { return "libvulkan.so.1"; }
#endif

}  // namespace geyser::platform
