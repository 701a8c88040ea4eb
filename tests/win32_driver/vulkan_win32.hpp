// windows.h and Vulkan's structures for it, with no prototypes: everything is found at run time.
#pragma once

#define VK_NO_PROTOTYPES
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>

#include <vulkan/vulkan_core.h>
#include <vulkan/vulkan_win32.h>
