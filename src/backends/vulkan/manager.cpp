#include "backends/vulkan/manager.hpp"

#include "backends/vulkan/external_types.hpp"

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

std::string why_not(const Context& context, MemoryHandleType type, const TextureDescriptor& descriptor, const ImageSupport& support) {
  if (const auto missing = missing_for(context.features, type); !missing.empty()) return text(missing, " is not enabled on the device");
  if (type == MemoryHandleType::dma_buf) {
    const auto* format = format_info(descriptor.format);
    if (descriptor.dimension != TextureDimension::d2)
      return text("a dma_buf carries d2 textures only, not ", to_string(descriptor.dimension));
    if (format->drm + format->drm_opaque == 0) return text(format->name, " has no DRM format code");
    return "no DRM format modifier of this device can be shared for such images";
  }
  if (type == MemoryHandleType::io_surface && !support.usable) {
    return text("an io_surface carries d2 textures of colour and planar formats, not ", describe_use(descriptor));
  }
  if (!support.usable) return "the device has no such images";
  return text("the driver neither exports nor imports such images as ", to_string(type));
}

FormatSupport to_public(const Context& context, MemoryHandleType type, const TextureDescriptor& descriptor, const FormatCaps& caps) {
  const auto& from = caps.support;
  FormatSupport support;
  support.type = type;
  if (!from.can_export && !from.can_import) {
    support.why_not = why_not(context, type, descriptor, from);
    return support;
  }
  support.can_export = from.can_export;
  support.can_import = from.can_import;
  support.dedicated_required = from.dedicated_required;
  support.max_extent = {from.max_extent.width, from.max_extent.height, from.max_extent.depth};
  support.max_mip_levels = from.max_mip_levels;
  support.max_array_layers = from.max_array_layers;
  for (const auto& each : caps.modifiers) support.modifiers.push_back({each.modifier, each.memory_planes});
  return support;
}

}  // namespace

Manager::Manager(std::shared_ptr<Context> device_context)
    : detail::Backend("vulkan"), context_(std::move(device_context)), transfer_(context_), passes_(context_), bridge_(context_) {}

Result<const FormatCaps*> Manager::caps(const TextureDescriptor& descriptor, MemoryHandleType type) {
  return formats_.find(*context_, *format_info(descriptor.format), descriptor.dimension, descriptor.usage, type);
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  std::vector<FormatSupport> result;
  for (const auto& each : capabilities().memory) {
    auto answer = caps(descriptor, each.type);
    if (!answer) return std::move(answer).error();
    result.push_back(to_public(*context_, each.type, descriptor, **answer));
  }
  return result;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  std::string refused;
  for (const auto& each : capabilities().memory) {
    if (options.handle_type && *options.handle_type != each.type) continue;
    if (options.linear && each.type != opaque_memory_type()) continue;
    const auto& rung = *find_rung(each.type);
    if (options.linear) {
      auto parameters = linear_parameters(*context_, descriptor);
      if (!parameters) return std::move(parameters).error();
      return rung.allocate(shared_from_this(), context_, {descriptor, *parameters, nullptr, {}});
    }
    auto answer = caps(descriptor, each.type);
    if (!answer) return std::move(answer).error();
    const auto& support = (*answer)->support;
    if (!support.can_export) {
      refused += text(refused.empty() ? "" : "; ", to_string(each.type), ": ",
                      support.can_import ? std::string("the driver imports but does not export it")
                                         : why_not(*context_, each.type, descriptor, support));
      continue;
    }
    if (auto ok = check_limits(descriptor, support); !ok) return std::move(ok).error();
    const auto parameters = image_parameters(descriptor, each.type);
    return rung.allocate(shared_from_this(), context_, {descriptor, parameters, *answer, options.modifiers});
  }
  if (options.linear) {
    return Error(Errc::unsupported_handle,
                 text("CreateOptions::handle_type is ", to_string(options.handle_type.value_or(MemoryHandleType::none)),
                      ", but CreateOptions::linear needs ", to_string(opaque_memory_type()),
                      "; for a linear dma_buf name DRM_FORMAT_MOD_LINEAR in modifiers instead."));
  }
  if (refused.empty()) {
    return Error(Errc::unsupported_handle, text("CreateOptions::handle_type is ", to_string(*options.handle_type), "; this backend knows ",
                                                known_memory_types(), "."));
  }
  return Error(Errc::unsupported_format, text("This device cannot share ", describe_use(descriptor), " (", refused, ")."));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  const auto& texture = static_cast<const Texture&>(contents);
  auto os_handle = find_rung(texture.handle_type())->export_memory(texture);
  if (!os_handle) return std::move(os_handle).error();
  TextureHandle handle;
  handle.handles[0] = *std::move(os_handle);
  auto& info = handle.info;
  info.type = texture.handle_type();
  info.descriptor = texture.descriptor();
  info.exporter = capabilities().identity;
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.memory_type_index = texture.memory_type_index;
  info.dedicated = texture.dedicated;
  info.linear_tiling = texture.parameters.tiling == vk::ImageTiling::eLinear;
  info.native_format = static_cast<std::uint32_t>(texture.parameters.format);
  info.native_usage = static_cast<std::uint32_t>(texture.parameters.usage);
  info.native_create_flags = static_cast<std::uint32_t>(texture.parameters.flags);
  info.drm_modifier = texture.parameters.drm_modifier;
  info.memory_plane_count = texture.memory_plane_count;
  info.memory_planes = texture.memory_planes;
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  if (const auto* rung = find_rung(handle.info.type)) return rung->import_memory(shared_from_this(), context_, formats_, handle);
  return Error(Errc::unsupported_handle,
               text("TextureHandleInfo::type is ", to_string(handle.info.type), "; this backend imports ", known_memory_types(), "."));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  return vulkan::create_semaphore(shared_from_this(), context_, kind, initial_value);
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  return vulkan::export_semaphore(static_cast<Semaphore&>(semaphore), type);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  return vulkan::import_semaphore(shared_from_this(), context_, handle);
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  return vulkan::signal_on_queue(static_cast<Semaphore&>(semaphore), value);
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_in(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_out(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::pass_on(detail::TextureContents& texture, geyser::Access& access, TextureLayout layout) {
  return passes_.run(static_cast<Texture&>(texture), access, layout);
}

std::optional<detail::DeviceNumbers> Manager::numbers() const noexcept {
  return detail::DeviceNumbers{context_->properties.vendorID, context_->properties.deviceID};
}

Result<Manager*> vulkan_manager(const TextureShareManager& manager) {
  auto* backend = detail::Private::backend(manager);
  if (auto* own = dynamic_cast<Manager*>(backend)) {
    if (auto ok = own->alive(); !ok) return std::move(ok).error();
    return own;
  }
  if (backend == nullptr) return Error(Errc::invalid_argument, "The manager is empty; it was moved from.");
  return Error(Errc::device_mismatch, text("The manager is of the ", backend->name(), " backend; a Vulkan manager is needed."));
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(info, nullptr);
    if (!context) return std::move(context).error().with_context("adopting a Vulkan device");
    return detail::Private::make(std::make_shared<Manager>(*std::move(context)));
  });
}

}  // namespace geyser::vulkan
