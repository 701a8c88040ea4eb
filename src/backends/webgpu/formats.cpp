#include "backends/webgpu/formats.hpp"

#include <algorithm>
#include <array>

#include "backends/webgpu/errors.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

struct Row {
  TextureFormat format;
  WGPUTextureFormat dawn;
};
// clang-format off: one row, one line
constexpr Row rows[] = {
    {TextureFormat::r8_unorm, WGPUTextureFormat_R8Unorm},
    {TextureFormat::r8_snorm, WGPUTextureFormat_R8Snorm},
    {TextureFormat::r8_uint, WGPUTextureFormat_R8Uint},
    {TextureFormat::r8_sint, WGPUTextureFormat_R8Sint},
    {TextureFormat::rg8_unorm, WGPUTextureFormat_RG8Unorm},
    {TextureFormat::rg8_snorm, WGPUTextureFormat_RG8Snorm},
    {TextureFormat::rg8_uint, WGPUTextureFormat_RG8Uint},
    {TextureFormat::rg8_sint, WGPUTextureFormat_RG8Sint},
    {TextureFormat::rgba8_unorm, WGPUTextureFormat_RGBA8Unorm},
    {TextureFormat::rgba8_srgb, WGPUTextureFormat_RGBA8UnormSrgb},
    {TextureFormat::rgba8_snorm, WGPUTextureFormat_RGBA8Snorm},
    {TextureFormat::rgba8_uint, WGPUTextureFormat_RGBA8Uint},
    {TextureFormat::rgba8_sint, WGPUTextureFormat_RGBA8Sint},
    {TextureFormat::bgra8_unorm, WGPUTextureFormat_BGRA8Unorm},
    {TextureFormat::bgra8_srgb, WGPUTextureFormat_BGRA8UnormSrgb},
    {TextureFormat::r16_unorm, WGPUTextureFormat_R16Unorm},
    {TextureFormat::r16_snorm, WGPUTextureFormat_R16Snorm},
    {TextureFormat::r16_uint, WGPUTextureFormat_R16Uint},
    {TextureFormat::r16_sint, WGPUTextureFormat_R16Sint},
    {TextureFormat::r16_float, WGPUTextureFormat_R16Float},
    {TextureFormat::rg16_unorm, WGPUTextureFormat_RG16Unorm},
    {TextureFormat::rg16_snorm, WGPUTextureFormat_RG16Snorm},
    {TextureFormat::rg16_uint, WGPUTextureFormat_RG16Uint},
    {TextureFormat::rg16_sint, WGPUTextureFormat_RG16Sint},
    {TextureFormat::rg16_float, WGPUTextureFormat_RG16Float},
    {TextureFormat::rgba16_unorm, WGPUTextureFormat_RGBA16Unorm},
    {TextureFormat::rgba16_snorm, WGPUTextureFormat_RGBA16Snorm},
    {TextureFormat::rgba16_uint, WGPUTextureFormat_RGBA16Uint},
    {TextureFormat::rgba16_sint, WGPUTextureFormat_RGBA16Sint},
    {TextureFormat::rgba16_float, WGPUTextureFormat_RGBA16Float},
    {TextureFormat::r32_uint, WGPUTextureFormat_R32Uint},
    {TextureFormat::r32_sint, WGPUTextureFormat_R32Sint},
    {TextureFormat::r32_float, WGPUTextureFormat_R32Float},
    {TextureFormat::rg32_uint, WGPUTextureFormat_RG32Uint},
    {TextureFormat::rg32_sint, WGPUTextureFormat_RG32Sint},
    {TextureFormat::rg32_float, WGPUTextureFormat_RG32Float},
    {TextureFormat::rgba32_uint, WGPUTextureFormat_RGBA32Uint},
    {TextureFormat::rgba32_sint, WGPUTextureFormat_RGBA32Sint},
    {TextureFormat::rgba32_float, WGPUTextureFormat_RGBA32Float},
    {TextureFormat::rgb10a2_unorm, WGPUTextureFormat_RGB10A2Unorm},
    {TextureFormat::rgb10a2_uint, WGPUTextureFormat_RGB10A2Uint},
    {TextureFormat::rg11b10_float, WGPUTextureFormat_RG11B10Ufloat},
    {TextureFormat::rgb9e5_float, WGPUTextureFormat_RGB9E5Ufloat},
    {TextureFormat::stencil8, WGPUTextureFormat_Stencil8},
    {TextureFormat::depth16_unorm, WGPUTextureFormat_Depth16Unorm},
    {TextureFormat::depth24plus, WGPUTextureFormat_Depth24Plus},
    {TextureFormat::depth24plus_stencil8, WGPUTextureFormat_Depth24PlusStencil8},
    {TextureFormat::depth32_float, WGPUTextureFormat_Depth32Float},
    {TextureFormat::depth32_float_stencil8, WGPUTextureFormat_Depth32FloatStencil8},
    {TextureFormat::bc1_rgba_unorm, WGPUTextureFormat_BC1RGBAUnorm},
    {TextureFormat::bc1_rgba_srgb, WGPUTextureFormat_BC1RGBAUnormSrgb},
    {TextureFormat::bc2_rgba_unorm, WGPUTextureFormat_BC2RGBAUnorm},
    {TextureFormat::bc2_rgba_srgb, WGPUTextureFormat_BC2RGBAUnormSrgb},
    {TextureFormat::bc3_rgba_unorm, WGPUTextureFormat_BC3RGBAUnorm},
    {TextureFormat::bc3_rgba_srgb, WGPUTextureFormat_BC3RGBAUnormSrgb},
    {TextureFormat::bc4_r_unorm, WGPUTextureFormat_BC4RUnorm},
    {TextureFormat::bc4_r_snorm, WGPUTextureFormat_BC4RSnorm},
    {TextureFormat::bc5_rg_unorm, WGPUTextureFormat_BC5RGUnorm},
    {TextureFormat::bc5_rg_snorm, WGPUTextureFormat_BC5RGSnorm},
    {TextureFormat::bc6h_rgb_ufloat, WGPUTextureFormat_BC6HRGBUfloat},
    {TextureFormat::bc6h_rgb_float, WGPUTextureFormat_BC6HRGBFloat},
    {TextureFormat::bc7_rgba_unorm, WGPUTextureFormat_BC7RGBAUnorm},
    {TextureFormat::bc7_rgba_srgb, WGPUTextureFormat_BC7RGBAUnormSrgb},
    {TextureFormat::etc2_rgb8_unorm, WGPUTextureFormat_ETC2RGB8Unorm},
    {TextureFormat::etc2_rgb8_srgb, WGPUTextureFormat_ETC2RGB8UnormSrgb},
    {TextureFormat::etc2_rgb8a1_unorm, WGPUTextureFormat_ETC2RGB8A1Unorm},
    {TextureFormat::etc2_rgb8a1_srgb, WGPUTextureFormat_ETC2RGB8A1UnormSrgb},
    {TextureFormat::etc2_rgba8_unorm, WGPUTextureFormat_ETC2RGBA8Unorm},
    {TextureFormat::etc2_rgba8_srgb, WGPUTextureFormat_ETC2RGBA8UnormSrgb},
    {TextureFormat::eac_r11_unorm, WGPUTextureFormat_EACR11Unorm},
    {TextureFormat::eac_r11_snorm, WGPUTextureFormat_EACR11Snorm},
    {TextureFormat::eac_rg11_unorm, WGPUTextureFormat_EACRG11Unorm},
    {TextureFormat::eac_rg11_snorm, WGPUTextureFormat_EACRG11Snorm},
    {TextureFormat::astc_4x4_unorm, WGPUTextureFormat_ASTC4x4Unorm},
    {TextureFormat::astc_4x4_srgb, WGPUTextureFormat_ASTC4x4UnormSrgb},
    {TextureFormat::astc_5x4_unorm, WGPUTextureFormat_ASTC5x4Unorm},
    {TextureFormat::astc_5x4_srgb, WGPUTextureFormat_ASTC5x4UnormSrgb},
    {TextureFormat::astc_5x5_unorm, WGPUTextureFormat_ASTC5x5Unorm},
    {TextureFormat::astc_5x5_srgb, WGPUTextureFormat_ASTC5x5UnormSrgb},
    {TextureFormat::astc_6x5_unorm, WGPUTextureFormat_ASTC6x5Unorm},
    {TextureFormat::astc_6x5_srgb, WGPUTextureFormat_ASTC6x5UnormSrgb},
    {TextureFormat::astc_6x6_unorm, WGPUTextureFormat_ASTC6x6Unorm},
    {TextureFormat::astc_6x6_srgb, WGPUTextureFormat_ASTC6x6UnormSrgb},
    {TextureFormat::astc_8x5_unorm, WGPUTextureFormat_ASTC8x5Unorm},
    {TextureFormat::astc_8x5_srgb, WGPUTextureFormat_ASTC8x5UnormSrgb},
    {TextureFormat::astc_8x6_unorm, WGPUTextureFormat_ASTC8x6Unorm},
    {TextureFormat::astc_8x6_srgb, WGPUTextureFormat_ASTC8x6UnormSrgb},
    {TextureFormat::astc_8x8_unorm, WGPUTextureFormat_ASTC8x8Unorm},
    {TextureFormat::astc_8x8_srgb, WGPUTextureFormat_ASTC8x8UnormSrgb},
    {TextureFormat::astc_10x5_unorm, WGPUTextureFormat_ASTC10x5Unorm},
    {TextureFormat::astc_10x5_srgb, WGPUTextureFormat_ASTC10x5UnormSrgb},
    {TextureFormat::astc_10x6_unorm, WGPUTextureFormat_ASTC10x6Unorm},
    {TextureFormat::astc_10x6_srgb, WGPUTextureFormat_ASTC10x6UnormSrgb},
    {TextureFormat::astc_10x8_unorm, WGPUTextureFormat_ASTC10x8Unorm},
    {TextureFormat::astc_10x8_srgb, WGPUTextureFormat_ASTC10x8UnormSrgb},
    {TextureFormat::astc_10x10_unorm, WGPUTextureFormat_ASTC10x10Unorm},
    {TextureFormat::astc_10x10_srgb, WGPUTextureFormat_ASTC10x10UnormSrgb},
    {TextureFormat::astc_12x10_unorm, WGPUTextureFormat_ASTC12x10Unorm},
    {TextureFormat::astc_12x10_srgb, WGPUTextureFormat_ASTC12x10UnormSrgb},
    {TextureFormat::astc_12x12_unorm, WGPUTextureFormat_ASTC12x12Unorm},
    {TextureFormat::astc_12x12_srgb, WGPUTextureFormat_ASTC12x12UnormSrgb},
};
// clang-format on

constexpr auto by_format = [] {
  std::array<WGPUTextureFormat, format_count + 1> table{};
  for (const auto& row : rows) table[static_cast<std::size_t>(row.format)] = row.dawn;
  return table;
}();

/// The features of which one makes the format known; none: every device knows it.
std::vector<Feature> needed(const FormatInfo& format) {
  const bool norm16 = format.kind == FormatKind::color && format.planes[0].block_bytes == 2 * format.channels &&
                      (format.type == NumericType::unorm || format.type == NumericType::snorm) &&
                      format.name.find("16") != std::string_view::npos;
  std::vector<std::string_view> names;
  if (format.kind == FormatKind::bc) names = {"TextureCompressionBC"};
  if (format.kind == FormatKind::etc2) names = {"TextureCompressionETC2"};
  if (format.kind == FormatKind::astc) names = {"TextureCompressionASTC"};
  if (format.format == TextureFormat::depth32_float_stencil8) names = {"Depth32FloatStencil8"};
  if (norm16) {
    names = {"TextureFormatsTier1", "TextureFormatsTier2", "Norm16TextureFormats",
             format.type == NumericType::unorm ? "Unorm16TextureFormats" : "Snorm16TextureFormats"};
  }
  std::vector<Feature> found;
  for (const auto& each : format_features()) {
    if (each.number != WGPUFeatureName_Force32 && std::find(names.begin(), names.end(), each.name) != names.end()) found.push_back(each);
  }
  return found;
}

std::string usage_names(WGPUTextureUsage usage) {
  constexpr std::pair<WGPUTextureUsage, std::string_view> names[] = {{WGPUTextureUsage_CopySrc, "copy_src"},
                                                                     {WGPUTextureUsage_CopyDst, "copy_dst"},
                                                                     {WGPUTextureUsage_TextureBinding, "texture_binding"},
                                                                     {WGPUTextureUsage_StorageBinding, "storage_binding"},
                                                                     {WGPUTextureUsage_RenderAttachment, "render_attachment"}};
  std::string all;
  for (const auto& [bit, name] : names) {
    if ((usage & bit) != 0) all += text(all.empty() ? "" : "|", name);
  }
  return all;
}

}  // namespace

WGPUTextureFormat dawn_format(TextureFormat format) noexcept {
  const auto index = static_cast<std::size_t>(format);
  return index < by_format.size() ? by_format[index] : WGPUTextureFormat_Undefined;
}

std::string describe(WGPUTextureFormat format) {
  for (const auto& row : rows) {
    if (row.dawn == format) return std::string(to_string(row.format));
  }
  return text("WGPUTextureFormat ", static_cast<std::uint32_t>(format));
}

WGPUTextureUsage dawn_usage(TextureUsage usage) noexcept {
  WGPUTextureUsage flags = WGPUTextureUsage_CopySrc | WGPUTextureUsage_CopyDst;
  if (has(usage, TextureUsage::texture_binding)) flags |= WGPUTextureUsage_TextureBinding;
  if (has(usage, TextureUsage::storage_binding)) flags |= WGPUTextureUsage_StorageBinding;
  if (has(usage, TextureUsage::render_attachment)) flags |= WGPUTextureUsage_RenderAttachment;
  return flags;
}

std::string describe_use(const TextureDescriptor& descriptor) {
  return text(to_string(descriptor.format), " ", to_string(descriptor.dimension), " with usage ", to_string(descriptor.usage));
}

std::string why_not(const Context& context, const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  if (dawn_format(descriptor.format) == WGPUTextureFormat_Undefined) return text("WebGPU has no format like ", format.name);
  if (descriptor.dimension != TextureDimension::d2) return text("Dawn shares d2 textures only, not ", to_string(descriptor.dimension));
  if (descriptor.mip_levels != 1) return text("Dawn shares textures with one mip level only, not ", descriptor.mip_levels);
  if (descriptor.array_layers != 1) return text("Dawn shares textures with one layer only, not ", descriptor.array_layers);
  const std::vector<Feature> features = needed(format);
  if (!features.empty() && std::none_of(features.begin(), features.end(), [&](const Feature& each) { return context.has(each.number); })) {
    std::string names;
    for (const auto& each : features) names += text(names.empty() ? "" : " or ", each.name);
    return text("the device was made without ", names, ", which ", format.name, " needs");
  }
  if (descriptor.extent.width % format.block_width != 0 || descriptor.extent.height % format.block_height != 0) {
    return text("WebGPU has ", format.name, " in multiples of ", static_cast<unsigned>(format.block_width), "x",
                static_cast<unsigned>(format.block_height), " texels only, not ", descriptor.extent.width, "x", descriptor.extent.height);
  }
  return {};
}

Result<void> check_limits(const Context& context, const TextureDescriptor& descriptor) {
  const std::uint32_t most = context.limits.maxTextureDimension2D;
  if (descriptor.extent.width <= most && descriptor.extent.height <= most) return {};
  return Error(Errc::limit_exceeded, text("The texture has ", descriptor.extent.width, "x", descriptor.extent.height,
                                          " texels; this WGPUDevice allows at most ", most, " each way (maxTextureDimension2D)."));
}

Result<ImportedMemory> import_memory(Entered& entered, const MemoryFamily& family, const TextureHandle& handle) {
  const TextureDescriptor& descriptor = handle.info.descriptor;
  const std::string what = text("to import ", describe_use(descriptor), " as ", to_string(family.type));
  ImportedMemory made;
  ErrorScopes errors(entered);
  auto memory = family.import(entered, handle);
  if (!memory) return std::move(memory).error();
  made.memory = *memory;
  WGPUSharedTextureMemoryProperties properties{};
  const bool told =
      made.memory != nullptr && entered.wgpu().SharedTextureMemoryGetProperties(made.memory, &properties) == WGPUStatus_Success;
  const auto check = [&]() -> Result<void> {
    if (auto ok = errors.close(Errc::unsupported_format, what); !ok) return ok;
    if (!told) return Error(Errc::unsupported_format, text("Dawn refuses ", what, " and does not say why."), ErrorDomain::webgpu);
    const WGPUTextureFormat expected = dawn_format(descriptor.format);
    if (properties.format != expected || properties.size.width != descriptor.extent.width ||
        properties.size.height != descriptor.extent.height || properties.size.depthOrArrayLayers != 1) {
      return Error(Errc::invalid_argument,
                   text("Dawn imports ", describe(descriptor), " as WGPUTextureFormat ", static_cast<std::uint32_t>(properties.format),
                        " of ", properties.size.width, "x", properties.size.height, "x", properties.size.depthOrArrayLayers, " instead of ",
                        static_cast<std::uint32_t>(expected),
                        "; the library of Dawn and the webgpu.h that this one was compiled with do not fit each other."),
                   ErrorDomain::webgpu);
    }
    made.usage = properties.usage & dawn_usage(descriptor.usage);
    const WGPUTextureUsage asked = dawn_usage(descriptor.usage) & ~(WGPUTextureUsage_CopySrc | WGPUTextureUsage_CopyDst);
    if (const WGPUTextureUsage refused = asked & ~properties.usage; refused != 0) {
      return Error(Errc::unsupported_format,
                   text("Dawn shares ", to_string(descriptor.format), " without ", usage_names(refused), " on this device."),
                   ErrorDomain::webgpu);
    }
    return {};
  };
  auto ok = check();
  if (ok) return made;
  if (made.memory != nullptr) entered.wgpu().SharedTextureMemoryRelease(made.memory);
  return std::move(ok).error();
}

Result<std::string> FormatCache::why_not(Context& context, detail::Partner& partner, const MemoryFamily& family,
                                         const TextureDescriptor& descriptor) {
  const Key key{descriptor.format, descriptor.usage, family.type};
  const std::lock_guard lock(mutex_);
  if (const auto at = known_.find(key); at != known_.end()) return at->second;
  const FormatInfo& format = *format_info(descriptor.format);
  TextureDescriptor small = descriptor;
  small.label.clear();
  small.extent = {4U * format.block_width, 4U * format.block_height, 1};
  const auto ask = [&]() -> Result<void> {
    auto made = partner.allocate(small, {.handle_type = family.type});
    if (!made) return std::move(made).error();
    if (auto ok = family.check(made->handle); !ok) return ok;
    auto entered = Entered::enter(context);
    if (!entered) return std::move(entered).error();
    auto imported = import_memory(*entered, family, made->handle);
    if (!imported) return std::move(imported).error();
    context.wgpu.SharedTextureMemoryRelease(imported->memory);
    return {};
  };
  std::string why;
  if (auto ok = ask(); !ok) {
    if (ok.error().code() == Errc::out_of_memory || ok.error().code() == Errc::device_lost) return std::move(ok).error();
    why = ok.error().message();
    while (why.ends_with('.')) why.pop_back();
    if (why.empty()) why = "Dawn does not say why";
  }
  known_.emplace(key, why);
  return why;
}

}  // namespace geyser::webgpu
