// Which Vulkan the tests run on; CMake picks drivers_linux.cpp or drivers_windows.cpp. select_drivers() is declared in devices.hpp.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstdint>

namespace geyser::test {

/// Null: the system's loader. On Windows, GEYSER_TEST_VULKAN_LOADER names a DLL to take its place: tests/win32_driver, which emulates
/// external memory and semaphores. Never unloaded: drivers leave threads behind. Threading: any thread. Errors: none; a DLL that does not
/// load ends the program with a message and exit status 2, since a test must not run on another driver than it was given.
[[nodiscard]] PFN_vkGetInstanceProcAddr driver_under_test();

/// What tests/win32_driver complained about in this process so far; 0 on other drivers. Participant::validation_messages() counts them too,
/// so that tests fail on them. Threading: any thread. Errors: none.
[[nodiscard]] std::uint64_t driver_complaints();

}  // namespace geyser::test
