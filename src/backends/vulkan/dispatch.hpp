// Vulkan-Hpp, configured once: no exceptions, no prototypes, one dispatch table per device and none global.
#pragma once

#define VK_NO_PROTOTYPES
#define VULKAN_HPP_NO_EXCEPTIONS
#define VULKAN_HPP_DISPATCH_LOADER_DYNAMIC 1
#define VULKAN_HPP_NO_SMART_HANDLE
#define VULKAN_HPP_NO_STRUCT_CONSTRUCTORS
#define VULKAN_HPP_NO_SPACESHIP_OPERATOR
#define VULKAN_HPP_ASSERT_ON_RESULT(x) (static_cast<void>(0))
#include <vulkan/vulkan.hpp>

namespace geyser::vulkan {

#if VK_HEADER_VERSION >= 301
using Dispatch = vk::detail::DispatchLoaderDynamic;
#else
using Dispatch = vk::DispatchLoaderDynamic;
#endif

}  // namespace geyser::vulkan
