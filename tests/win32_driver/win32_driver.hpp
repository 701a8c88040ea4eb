// What the DLL of the emulated win32 external memory exports beside vkGetInstanceProcAddr; tests fetch it by GetProcAddress().
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
/// How many complaints there were in this process: uses that a real driver would not take. Each is printed to stderr as it happens.
using PFN_win32_driver_complaints = std::uint64_t (*)();
/// The text of the newest complaint, cut to `size` bytes with the zero behind it.
using PFN_win32_driver_last_complaint = void (*)(char* text, std::size_t size);
/// The next call of `function` ("vkAllocateMemory") answers the VkResult `result` and does nothing else.
using PFN_win32_driver_fail_next = void (*)(const char* function, std::int32_t result);
}
