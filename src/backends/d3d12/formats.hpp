// What a descriptor is to Direct3D 12, and whether a device has it.
#pragma once

#include <string>

#include "backends/d3d12/context.hpp"

namespace geyser::d3d12 {

/// The resource that this library makes for that description. Depth and stencil that are also sampled are typeless: a view cannot read a
/// resource of a depth format.
[[nodiscard]] D3D12_RESOURCE_DESC resource_desc(const TextureDescriptor& descriptor) noexcept;
/// True when a resource of that DXGI_FORMAT holds `format`: its own number, or the typeless one of depth and stencil.
[[nodiscard]] bool stands_for(const FormatInfo& format, DXGI_FORMAT resource) noexcept;
[[nodiscard]] bool has_depth_or_stencil(const FormatInfo& format) noexcept;

/// Why the device has no such textures, whatever their size: a clause; empty when it has. Valid usage: a valid descriptor.
[[nodiscard]] std::string why_not_usable(const Context& context, const TextureDescriptor& descriptor);
/// Largest extent, levels and layers of every device of feature level 11.0 and newer.
[[nodiscard]] FormatSupport limits_of(const TextureDescriptor& descriptor) noexcept;
/// Errors: limit_exceeded naming field, given and allowed value.
[[nodiscard]] Result<void> check_limits(const TextureDescriptor& descriptor);
/// "bc1_rgba_unorm d2 with usage texture_binding"; for errors.
[[nodiscard]] std::string describe_use(const TextureDescriptor& descriptor);

}  // namespace geyser::d3d12
