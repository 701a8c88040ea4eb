#include "backends/d3d12/formats.hpp"

#include <algorithm>

#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

// The limits of feature level 11.0, which higher levels share (D3D12_REQ_TEXTURE*).
constexpr std::uint32_t max_size = 16384;
constexpr std::uint32_t max_volume = 2048;
constexpr std::uint32_t max_layers = 2048;

struct DepthFamily {
  TextureFormat format;
  DXGI_FORMAT typeless;
  DXGI_FORMAT sampled;  ///< what a view of the depth plane has
};
constexpr DepthFamily depth_families[] = {
    {TextureFormat::depth16_unorm, DXGI_FORMAT_R16_TYPELESS, DXGI_FORMAT_R16_UNORM},
    {TextureFormat::depth24plus_stencil8, DXGI_FORMAT_R24G8_TYPELESS, DXGI_FORMAT_R24_UNORM_X8_TYPELESS},
    {TextureFormat::depth32_float, DXGI_FORMAT_R32_TYPELESS, DXGI_FORMAT_R32_FLOAT},
    {TextureFormat::depth32_float_stencil8, DXGI_FORMAT_R32G8X24_TYPELESS, DXGI_FORMAT_R32_FLOAT_X8X24_TYPELESS},
};

const DepthFamily* family_of(TextureFormat format) noexcept {
  const auto* const found = std::ranges::find(depth_families, format, &DepthFamily::format);
  return found != std::end(depth_families) ? found : nullptr;
}

D3D12_FORMAT_SUPPORT1 support_of(const Context& context, DXGI_FORMAT format) noexcept {
  D3D12_FEATURE_DATA_FORMAT_SUPPORT data{};
  data.Format = format;
  if (FAILED(context.device->CheckFeatureSupport(D3D12_FEATURE_FORMAT_SUPPORT, &data, sizeof(data)))) return D3D12_FORMAT_SUPPORT1_NONE;
  return data.Support1;
}

D3D12_RESOURCE_FLAGS flags_of(const FormatInfo& format, TextureUsage usage) noexcept {
  // Always: what is no depth-stencil resource has no depth planes. The documentation forbids simultaneous access for it.
  if (has_depth_or_stencil(format)) return D3D12_RESOURCE_FLAG_ALLOW_DEPTH_STENCIL;
  // Several devices and processes read at once, and each has barriers of its own.
  auto flags = D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS;
  if (has(usage, TextureUsage::render_attachment)) flags |= D3D12_RESOURCE_FLAG_ALLOW_RENDER_TARGET;
  if (has(usage, TextureUsage::storage_binding)) flags |= D3D12_RESOURCE_FLAG_ALLOW_UNORDERED_ACCESS;
  return flags;
}

}  // namespace

bool has_depth_or_stencil(const FormatInfo& format) noexcept {
  return format.kind == FormatKind::depth || format.kind == FormatKind::stencil || format.kind == FormatKind::depth_stencil;
}

bool stands_for(const FormatInfo& format, DXGI_FORMAT resource) noexcept {
  if (resource == DXGI_FORMAT_UNKNOWN) return false;
  if (static_cast<std::uint32_t>(resource) == format.dxgi) return true;
  const auto* family = family_of(format.format);
  return family != nullptr && resource == family->typeless;
}

D3D12_RESOURCE_DESC resource_desc(const TextureDescriptor& descriptor) noexcept {
  const FormatInfo& format = *format_info(descriptor.format);
  const bool volume = descriptor.dimension == TextureDimension::d3;
  D3D12_RESOURCE_DESC desc{};
  desc.Dimension = volume ? D3D12_RESOURCE_DIMENSION_TEXTURE3D : D3D12_RESOURCE_DIMENSION_TEXTURE2D;
  desc.Width = descriptor.extent.width;
  desc.Height = descriptor.extent.height;
  desc.DepthOrArraySize = static_cast<UINT16>(volume ? descriptor.extent.depth : descriptor.array_layers);
  desc.MipLevels = static_cast<UINT16>(descriptor.mip_levels);
  const auto* family = family_of(descriptor.format);
  const bool sampled = has(descriptor.usage, TextureUsage::texture_binding);
  desc.Format = family != nullptr && sampled ? family->typeless : static_cast<DXGI_FORMAT>(format.dxgi);
  desc.SampleDesc.Count = 1;
  desc.Layout = D3D12_TEXTURE_LAYOUT_UNKNOWN;
  desc.Flags = flags_of(format, descriptor.usage);
  return desc;
}

std::string why_not_usable(const Context& context, const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  if (format.dxgi == 0) return text(format.name, " has no DXGI_FORMAT");
  const auto support = support_of(context, static_cast<DXGI_FORMAT>(format.dxgi));
  const auto lacks = [support](D3D12_FORMAT_SUPPORT1 bit) { return (support & bit) == 0; };
  switch (descriptor.dimension) {
    case TextureDimension::d2:
    case TextureDimension::d2_array:
      if (lacks(D3D12_FORMAT_SUPPORT1_TEXTURE2D)) return text("the device has no 2D textures of ", format.name);
      break;
    case TextureDimension::cube:
    case TextureDimension::cube_array:
      if (lacks(D3D12_FORMAT_SUPPORT1_TEXTURECUBE)) return text("the device has no cubes of ", format.name);
      break;
    case TextureDimension::d3:
      if (lacks(D3D12_FORMAT_SUPPORT1_TEXTURE3D)) return text("the device has no 3D textures of ", format.name);
      break;
  }
  if (descriptor.mip_levels > 1 && lacks(D3D12_FORMAT_SUPPORT1_MIP)) return text("the device has no mip levels of ", format.name);
  const bool depth = has_depth_or_stencil(format);
  if (has(descriptor.usage, TextureUsage::render_attachment) &&
      lacks(depth ? D3D12_FORMAT_SUPPORT1_DEPTH_STENCIL : D3D12_FORMAT_SUPPORT1_RENDER_TARGET)) {
    return text("the device does not draw to ", format.name);
  }
  if (depth && lacks(D3D12_FORMAT_SUPPORT1_DEPTH_STENCIL)) return text("the device has no depth-stencil resources of ", format.name);
  if (has(descriptor.usage, TextureUsage::storage_binding) && lacks(D3D12_FORMAT_SUPPORT1_TYPED_UNORDERED_ACCESS_VIEW)) {
    return text("the device has no unordered access to ", format.name);
  }
  // The planes of planar formats have views of their own formats, which every device has.
  if (has(descriptor.usage, TextureUsage::texture_binding) && format.kind != FormatKind::planar) {
    const auto* family = family_of(descriptor.format);
    const auto read = family != nullptr ? support_of(context, family->sampled) : support;
    if ((read & (D3D12_FORMAT_SUPPORT1_SHADER_SAMPLE | D3D12_FORMAT_SUPPORT1_SHADER_LOAD)) == 0) {
      return text("shaders of the device do not read ", format.name);
    }
  }
  const bool whole_blocks = descriptor.extent.width % format.block_width == 0 && descriptor.extent.height % format.block_height == 0;
  if (!whole_blocks && !context.unaligned_blocks) {
    return text("the extent ", descriptor.extent.width, "x", descriptor.extent.height, " is no multiple of the ",
                static_cast<unsigned>(format.block_width), "x", static_cast<unsigned>(format.block_height), " blocks of ", format.name,
                ", which the device needs (no UnalignedBlockTexturesSupported)");
  }
  return {};
}

FormatSupport limits_of(const TextureDescriptor& descriptor) noexcept {
  const bool volume = descriptor.dimension == TextureDimension::d3;
  const bool cube = descriptor.dimension == TextureDimension::cube;
  FormatSupport support;
  support.max_extent = volume ? Extent3D{max_volume, max_volume, max_volume} : Extent3D{max_size, max_size, 1};
  support.max_mip_levels = volume ? 12 : 15;
  support.max_array_layers = volume || descriptor.dimension == TextureDimension::d2 ? 1 : cube ? 6 : max_layers;
  if (descriptor.dimension == TextureDimension::cube_array) support.max_array_layers = max_layers / 6 * 6;
  return support;
}

Result<void> check_limits(const TextureDescriptor& descriptor) {
  const FormatSupport limits = limits_of(descriptor);
  const auto check = [&](std::string_view field, std::uint32_t given, std::uint32_t limit) -> Result<void> {
    if (given <= limit) return {};
    return Error(Errc::limit_exceeded, text("TextureDescriptor::", field, " is ", given, "; Direct3D 12 allows at most ", limit, " for ",
                                            to_string(descriptor.dimension), "."));
  };
  if (auto ok = check("extent.width", descriptor.extent.width, limits.max_extent.width); !ok) return ok;
  if (auto ok = check("extent.height", descriptor.extent.height, limits.max_extent.height); !ok) return ok;
  if (auto ok = check("extent.depth", descriptor.extent.depth, limits.max_extent.depth); !ok) return ok;
  if (auto ok = check("mip_levels", descriptor.mip_levels, limits.max_mip_levels); !ok) return ok;
  return check("array_layers", descriptor.array_layers, limits.max_array_layers);
}

std::string describe_use(const TextureDescriptor& descriptor) {
  return text(to_string(descriptor.format), " ", to_string(descriptor.dimension), " with usage ", to_string(descriptor.usage));
}

}  // namespace geyser::d3d12
