#include "backends/d3d11/formats.hpp"

#include <cstring>

#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

bool has_depth_or_stencil(FormatKind kind) noexcept {
  return kind == FormatKind::depth || kind == FormatKind::stencil || kind == FormatKind::depth_stencil;
}

Error unusable(const TextureDescriptor& descriptor, std::string_view what) {
  return Error(Errc::unsupported_format, text("The device does not take ", format_info(descriptor.format)->name, " ", what,
                                              " (ID3D11Device::CheckFormatSupport); format_support() tells what it takes."));
}

Error beyond(std::string_view field, std::uint32_t given, std::uint32_t most) {
  return Error(Errc::limit_exceeded, text(field, " is ", given, "; this device's feature level allows at most ", most, "."));
}

Result<void> check_limits(const Features& features, const TextureDescriptor& descriptor) {
  const Extent3D& extent = descriptor.extent;
  const std::uint32_t most = descriptor.dimension == TextureDimension::d3 ? features.max_3d : features.max_2d;
  if (extent.width > most) return beyond("extent.width", extent.width, most);
  if (extent.height > most) return beyond("extent.height", extent.height, most);
  if (extent.depth > most) return beyond("extent.depth", extent.depth, most);
  if (descriptor.array_layers > features.max_layers) return beyond("array_layers", descriptor.array_layers, features.max_layers);
  if (descriptor.dimension == TextureDimension::cube_array && !features.cube_arrays) {
    return Error(Errc::unsupported_feature, "Cube arrays need feature level 10_1; this device has 10_0.");
  }
  const FormatInfo& format = *format_info(descriptor.format);
  const std::uint32_t step = format.kind == FormatKind::bc ? 4 : format.kind == FormatKind::planar ? 2 : 1;
  if (extent.width % step != 0 || extent.height % step != 0) {
    return Error(Errc::unsupported_format, text("Direct3D wants ", format.name, " textures in multiples of ", step, " texels, not ",
                                                extent.width, "x", extent.height, "."));
  }
  return {};
}

}  // namespace

Result<NativeFormat> native_format(TextureFormat format) {
  const FormatInfo& info = *format_info(format);
  const auto number = static_cast<DXGI_FORMAT>(info.dxgi);
  switch (number) {
    case DXGI_FORMAT_UNKNOWN:
      return Error(Errc::unsupported_format, text("DXGI has no format for ", info.name, "; choose another format, or share host memory."));
    case DXGI_FORMAT_D16_UNORM:
      return NativeFormat{number, DXGI_FORMAT_R16_TYPELESS, DXGI_FORMAT_R16_UNORM};
    case DXGI_FORMAT_D32_FLOAT:
      return NativeFormat{number, DXGI_FORMAT_R32_TYPELESS, DXGI_FORMAT_R32_FLOAT};
    case DXGI_FORMAT_D24_UNORM_S8_UINT:
      return NativeFormat{number, DXGI_FORMAT_R24G8_TYPELESS, DXGI_FORMAT_R24_UNORM_X8_TYPELESS};
    case DXGI_FORMAT_D32_FLOAT_S8X24_UINT:
      return NativeFormat{number, DXGI_FORMAT_R32G8X24_TYPELESS, DXGI_FORMAT_R32_FLOAT_X8X24_TYPELESS};
    default:
      return NativeFormat{number, number, number};
  }
}

DXGI_FORMAT resource_format(const NativeFormat& format, TextureUsage usage) noexcept {
  return has(usage, TextureUsage::texture_binding) ? format.typeless : format.typed;
}

UINT needed_bind_flags(TextureFormat format, TextureUsage usage) noexcept {
  const bool depth = has_depth_or_stencil(format_info(format)->kind);
  UINT flags = 0;
  if (has(usage, TextureUsage::texture_binding)) flags |= D3D11_BIND_SHADER_RESOURCE;
  if (has(usage, TextureUsage::storage_binding)) flags |= D3D11_BIND_UNORDERED_ACCESS;
  if (has(usage, TextureUsage::render_attachment)) flags |= depth ? D3D11_BIND_DEPTH_STENCIL : D3D11_BIND_RENDER_TARGET;
  return flags;
}

UINT bind_flags(TextureFormat format, TextureUsage usage) noexcept {
  const UINT flags = needed_bind_flags(format, usage);
  // A resource without any use is nothing that devices like to share.
  if (has_depth_or_stencil(format_info(format)->kind)) return flags == 0 ? UINT{D3D11_BIND_DEPTH_STENCIL} : flags;
  return flags | D3D11_BIND_SHADER_RESOURCE;
}

Result<NativeFormat> check_texture(const Context& context, const TextureDescriptor& descriptor) {
  auto format = native_format(descriptor.format);
  if (!format) return format;
  UINT support = 0;
  if (FAILED(context.device->CheckFormatSupport(format->typed, &support))) support = 0;
  const auto offers = [&](UINT bits) { return (support & bits) != 0; };
  const bool volume = descriptor.dimension == TextureDimension::d3;
  const bool cube = descriptor.dimension == TextureDimension::cube || descriptor.dimension == TextureDimension::cube_array;
  if (!offers(volume ? D3D11_FORMAT_SUPPORT_TEXTURE3D : cube ? D3D11_FORMAT_SUPPORT_TEXTURECUBE : D3D11_FORMAT_SUPPORT_TEXTURE2D)) {
    return unusable(descriptor, text("as ", to_string(descriptor.dimension)));
  }
  if (descriptor.mip_levels > 1 && !offers(D3D11_FORMAT_SUPPORT_MIP)) return unusable(descriptor, "with mip levels");
  const bool depth = has_depth_or_stencil(format_info(descriptor.format)->kind);
  if (has(descriptor.usage, TextureUsage::texture_binding)) {
    UINT of_view = support;
    if (depth && FAILED(context.device->CheckFormatSupport(format->view, &of_view))) of_view = 0;
    const UINT reads = D3D11_FORMAT_SUPPORT_SHADER_SAMPLE | D3D11_FORMAT_SUPPORT_SHADER_LOAD;
    // What Direct3D reads of planar formats are their planes, through views of their own formats.
    if ((of_view & reads) == 0 && format_info(descriptor.format)->kind != FormatKind::planar) {
      return unusable(descriptor, "as texture_binding");
    }
  }
  if (has(descriptor.usage, TextureUsage::storage_binding) && !offers(D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW)) {
    return unusable(descriptor, "as storage_binding");
  }
  if (has(descriptor.usage, TextureUsage::render_attachment) &&
      !offers(depth ? D3D11_FORMAT_SUPPORT_DEPTH_STENCIL : D3D11_FORMAT_SUPPORT_RENDER_TARGET)) {
    return unusable(descriptor, "as render_attachment");
  }
  if (auto ok = check_limits(context.features, descriptor); !ok) return std::move(ok).error();
  return format;
}

bool whole_levels_only(TextureFormat format) noexcept {
  const FormatKind kind = format_info(format)->kind;
  return has_depth_or_stencil(kind) || kind == FormatKind::planar;
}

PlaneView plane_view(TextureFormat format, std::uint32_t plane, const D3D11_MAPPED_SUBRESOURCE& mapped, std::uint32_t height) noexcept {
  const FormatInfo& info = *format_info(format);
  PlaneView view;
  view.data = static_cast<std::byte*>(mapped.pData);
  view.row_pitch = mapped.RowPitch;
  view.slice_pitch = mapped.DepthPitch;
  view.texel_bytes = info.planes[plane].block_bytes;
  view.texel_step = view.texel_bytes;
  if (info.kind == FormatKind::planar) {
    // Both planes have the luma's pitch; chroma begins behind the last luma row (DXGI_FORMAT_NV12, _P010).
    if (plane == 1) view.data += view.row_pitch * height;
  } else if (format == TextureFormat::depth24plus_stencil8) {
    view.texel_step = 4;  // depth in bits 0 to 23, stencil in 24 to 31
    view.low_24_bits = plane == 0;
    if (plane == 1) view.data += 3;
  } else if (format == TextureFormat::depth32_float_stencil8) {
    view.texel_step = 8;  // a float, then the stencil's byte, then 24 bits of nothing
    if (plane == 1) view.data += 4;
  }
  return view;
}

namespace {

/// Calls `row(mapped, tight)` for every row of blocks of the region.
template <class Row>
void for_each_row(const PlaneView& view, TextureFormat format, const TextureRegion& region, const RegionLayout& layout, Row&& row) {
  const FormatInfo& info = *format_info(format);
  std::byte* first = view.data + region.offset.z * view.slice_pitch + region.offset.y / info.block_height * view.row_pitch +
                     region.offset.x / info.block_width * view.texel_step;
  std::size_t tight = 0;
  for (std::uint32_t z = 0; z < layout.extent.depth; ++z) {
    for (std::uint32_t y = 0; y < layout.rows; ++y) {
      row(first + z * view.slice_pitch + y * view.row_pitch, tight);
      tight += layout.row_bytes;
    }
  }
}

}  // namespace

void gather(const PlaneView& view, TextureFormat format, const TextureRegion& region, const RegionLayout& layout,
            std::span<std::byte> to) noexcept {
  for_each_row(view, format, region, layout, [&](const std::byte* row, std::size_t tight) {
    std::byte* out = to.data() + tight;
    if (view.texel_step == view.texel_bytes && !view.low_24_bits) {
      std::memcpy(out, row, layout.row_bytes);
      return;
    }
    for (std::size_t at = 0; at < layout.row_bytes; at += view.texel_bytes, row += view.texel_step) {
      std::memcpy(out + at, row, view.texel_bytes);
      if (view.low_24_bits) out[at + 3] = std::byte{0};
    }
  });
}

void scatter(const PlaneView& view, TextureFormat format, const TextureRegion& region, const RegionLayout& layout,
             std::span<const std::byte> from) noexcept {
  for_each_row(view, format, region, layout, [&](std::byte* row, std::size_t tight) {
    const std::byte* in = from.data() + tight;
    if (view.texel_step == view.texel_bytes && !view.low_24_bits) {
      std::memcpy(row, in, layout.row_bytes);
      return;
    }
    const std::size_t bytes = view.low_24_bits ? 3 : view.texel_bytes;
    for (std::size_t at = 0; at < layout.row_bytes; at += view.texel_bytes, row += view.texel_step) std::memcpy(row, in + at, bytes);
  });
}

}  // namespace geyser::d3d11
