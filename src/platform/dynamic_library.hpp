// Libraries of APIs are opened at run time, so that one binary runs with and without them.
#pragma once

#include <string>

#include "geyser/result.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// An open library. Ownership: move-only; closed with the object.
class GEYSER_INTERNAL_API DynamicLibrary {
 public:
  /// Errors: not_found with the loader's own words.
  static Result<DynamicLibrary> open(const char* name);
  /// The program itself, with the libraries that it was linked with. Errors: not_found.
  static Result<DynamicLibrary> of_process();
  DynamicLibrary(DynamicLibrary&& other) noexcept;
  DynamicLibrary& operator=(DynamicLibrary&& other) noexcept;
  DynamicLibrary(const DynamicLibrary&) = delete;
  DynamicLibrary& operator=(const DynamicLibrary&) = delete;
  ~DynamicLibrary();
  /// Null when there is no such symbol.
  [[nodiscard]] void* symbol(const char* name) const noexcept;

 private:
  explicit DynamicLibrary(void* handle) noexcept : handle_(handle) {}
  void* handle_ = nullptr;
};

/// Keeps every library that is loaded now and exports `symbol` itself, until the process ends. For drivers that leave destructors behind in
/// threads that used them: such a thread must not end after its driver was unloaded. Linux only; other systems: nothing.
/// Threading: any thread. Errors: none; a library that cannot be kept is left as it is.
GEYSER_INTERNAL_API void keep_libraries_with(const char* symbol) noexcept;

/// The name under which the Vulkan loader is found here ("libvulkan.so.1").
[[nodiscard]] GEYSER_INTERNAL_API const char* vulkan_loader_name() noexcept;

}  // namespace geyser::platform
