// Windows: a DLL in the place of the loader, where one is named.
#include "support/drivers.hpp"

#include <cstdio>
#include <cstdlib>

#include "platform/dynamic_library.hpp"
#include "support/devices.hpp"

namespace geyser::test {

void select_drivers() {}  // the system knows its own

PFN_vkGetInstanceProcAddr driver_under_test() {
  static const PFN_vkGetInstanceProcAddr found = []() -> PFN_vkGetInstanceProcAddr {
    const char* name = std::getenv("GEYSER_TEST_VULKAN_LOADER");
    if (name == nullptr || *name == '\0') return nullptr;
    static auto library = platform::DynamicLibrary::open(name);
    const auto function = library ? reinterpret_cast<PFN_vkGetInstanceProcAddr>(library->symbol("vkGetInstanceProcAddr")) : nullptr;
    if (function == nullptr) {
      std::fprintf(stderr, "GEYSER_TEST_VULKAN_LOADER: %s has no vkGetInstanceProcAddr%s\n", name,
                   library ? "" : (": " + library.error().describe()).c_str());
      std::_Exit(2);
    }
    return function;
  }();
  return found;
}

}  // namespace geyser::test
