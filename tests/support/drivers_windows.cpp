// Windows: a DLL in the place of the loader, where one is named.
#include "support/drivers.hpp"

#include <cstdio>
#include <cstdlib>

#include "platform/dynamic_library.hpp"
#include "support/devices.hpp"

namespace geyser::test {

namespace {

using Complaints = std::uint64_t (*)();  // tests/win32_driver/win32_driver.hpp
Complaints complaints_of_driver = nullptr;

}  // namespace

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
    complaints_of_driver = reinterpret_cast<Complaints>(library->symbol("win32_driver_complaints"));
    return function;
  }();
  return found;
}

std::uint64_t driver_complaints() { return driver_under_test() != nullptr && complaints_of_driver != nullptr ? complaints_of_driver() : 0; }

}  // namespace geyser::test
