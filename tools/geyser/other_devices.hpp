// OpenGL's and CUDA's parts of the device list; CMake picks NAME_devices.cpp, or no_NAME_devices.cpp in a build without that backend.
#pragma once

#include "tools/geyser/device_list.hpp"

namespace geyser::tools {

/// Adds a context on each Vulkan device that OpenGL has one for (where there is no Vulkan: OpenGL's own choice), with a Vulkan manager as
/// its partner, if it matches.
void add_opengl_devices(DeviceList& list, std::string_view selector);
/// Adds the CUDA driver's devices that match, with a Vulkan manager as their partner where there is one.
void add_cuda_devices(DeviceList& list, std::string_view selector);

}  // namespace geyser::tools
