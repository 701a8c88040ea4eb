#include "backends/metal/manager.hpp"

#include "backends/metal/sync.hpp"
#include "core/guard.hpp"
#include "core/process_objects.hpp"

namespace geyser::metal {
namespace {

using detail::guard;
using detail::text;

constexpr const char* xpc_only = "passes between processes only by XPC";

std::string sentence(const std::string& clause) { return text("Metal cannot share the texture: ", clause, "."); }

}  // namespace

Manager::Manager(std::shared_ptr<Context> context) : Backend("metal"), context_(std::move(context)) {
  capabilities_.identity = context_->identity();
  capabilities_.memory = {
      {.type = MemoryHandleType::io_surface, .can_export = true, .can_import = true, .why_not = {}, .in_process_only = false},
      {.type = MemoryHandleType::metal_texture, .can_export = true, .can_import = true, .why_not = {}, .in_process_only = true}};
  capabilities_.semaphores = {{.kind = SemaphoreKind::timeline,
                               .type = SemaphoreHandleType::metal_shared_event,
                               .can_export = true,
                               .can_import = true,
                               .why_not = {},
                               .in_process_only = true},
                              {.kind = SemaphoreKind::host_timeline,
                               .type = SemaphoreHandleType::host_page,
                               .can_export = true,
                               .can_import = true,
                               .why_not = {},
                               .in_process_only = false}};
}

// Handles that were closed since the last call leave their objects in the table.
Manager::~Manager() { detail::sweep_process_objects(); }

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  const api::DeviceInfo& device = context_->info();
  const bool d3 = descriptor.dimension == TextureDimension::d3;
  std::vector<FormatSupport> all;
  for (const auto& type : capabilities_.memory) {
    const bool surface = type.type == MemoryHandleType::io_surface;
    FormatSupport support;
    support.type = type.type;
    support.why_not = surface ? why_no_surface(descriptor, device) : why_no_shared_texture(descriptor, device);
    support.can_export = support.can_import = support.why_not.empty();
    if (support.can_export) {
      support.dedicated_required = true;
      support.max_extent = d3 ? Extent3D{device.max_3d, device.max_3d, device.max_3d} : Extent3D{device.max_2d, device.max_2d, 1};
      support.max_mip_levels = surface ? 1 : full_mip_chain(descriptor);
      const bool layers = !surface && !d3 && descriptor.dimension != TextureDimension::d2;
      support.max_array_layers = descriptor.dimension == TextureDimension::cube ? 6 : layers ? device.max_layers : 1;
    }
    all.push_back(std::move(support));
  }
  return all;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (auto ok = context_->alive(); !ok) return std::move(ok).error();
  const api::DeviceInfo& device = context_->info();
  const std::string no_surface = why_no_surface(descriptor, device);
  // Rows one after the other are what a surface is; the order of a private texture is the device's own.
  const bool surface_only = options.linear || options.handle_type == MemoryHandleType::io_surface;
  if (options.linear && options.handle_type == MemoryHandleType::metal_texture) {
    return Error(Errc::unsupported_handle, "A linear texture of Metal is an io_surface; a metal_texture has the device's own order.");
  }
  Result<std::shared_ptr<Texture>> texture = std::shared_ptr<Texture>();
  if (options.handle_type != MemoryHandleType::metal_texture && no_surface.empty()) {
    texture = allocate_surface(maker(false), descriptor);
  } else if (surface_only) {
    return Error(why_not_code(descriptor, device), sentence(no_surface));
  } else {
    const std::string no_texture = why_no_shared_texture(descriptor, device);
    if (!no_texture.empty()) return Error(why_not_code(descriptor, device), sentence(no_texture));
    texture = allocate_shared_texture(maker(false), descriptor);
  }
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  const auto& texture = static_cast<const Texture&>(contents);
  return texture.surface ? export_surface(texture) : metal::export_shared_texture(texture);
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  if (auto ok = context_->alive(); !ok) return std::move(ok).error();
  auto texture = handle.info.type == MemoryHandleType::io_surface ? metal::import_surface(maker(true), handle)
                                                                  : metal::import_shared_texture(maker(true), handle);
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  if (auto ok = context_->alive(); !ok) return ok;
  auto commands = context_->device().command_buffer();
  if (!commands) return std::move(commands).error();
  signal_after(context_, semaphore, value, **commands);
  (*commands)->commit();
  return {};
}

Result<Manager*> metal_manager(const TextureShareManager& manager) {
  detail::Backend* backend = detail::Private::backend(manager);
  if (backend == nullptr) return Error(Errc::invalid_argument, "The manager is empty; it was moved from.");
  if (auto* own = dynamic_cast<Manager*>(backend)) return own;
  return Error(Errc::device_mismatch, text("The manager is one of the ", backend->name(), " backend; pass a Metal manager."));
}

TextureShareManager make_manager(std::shared_ptr<api::Device> device) {
  return detail::Private::make(std::make_shared<Manager>(std::make_shared<Context>(std::move(device))));
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return guard([&]() -> Result<TextureShareManager> {
    if (info.device == nullptr)
      return Error(Errc::invalid_argument, "AdoptInfo::device is null; pass an id<MTLDevice>, or use Device::create().");
    auto device = api::adopt_device(info.device, info.queue);
    if (!device) return std::move(device).error().with_context("adopting an MTLDevice");
    return make_manager(*std::move(device));
  });
}

Result<SharedTextureExport> export_shared_texture(const SharedTexture& texture) {
  return guard([&]() -> Result<SharedTextureExport> {
    auto found = metal_texture(texture);
    if (!found) return std::move(found).error();
    Texture& own = **found;
    if (own.surface) {
      return Error(Errc::unsupported_handle,
                   "The texture is an io_surface, which export_texture() hands to other processes; only a metal_texture passes by XPC.");
    }
    void* handle = own.planes[0]->make_shared_handle();
    if (handle == nullptr)
      return Error(Errc::unsupported_handle, "Metal made no MTLSharedTextureHandle of the texture: it is not shareable.");
    SharedTextureExport made{.handle = NativeObject(handle), .info = shared_texture_info(own)};
    const TextureState state = texture.state();
    made.info.initialized = state.initialized;
    made.info.layout = state.layout;
    return made;
  });
}

Result<SharedTexture> import_shared_texture(TextureShareManager& manager, void* shared_texture_handle, const TextureHandleInfo& info) {
  return guard([&]() -> Result<SharedTexture> {
    auto own = metal_manager(manager);
    if (!own) return std::move(own).error();
    if (shared_texture_handle == nullptr) {
      return Error(Errc::invalid_argument, "shared_texture_handle is null; pass an MTLSharedTextureHandle.");
    }
    if (info.type != MemoryHandleType::metal_texture) {
      return Error(Errc::protocol_error, text("info.type is ", to_string(info.type), "; what ", xpc_only, " is a metal_texture."));
    }
    if (auto ok = validate(info.descriptor); !ok) return std::move(ok).error().with_context("importing an MTLSharedTextureHandle");
    if (info.layout > TextureLayout::transfer_dst || (info.initialized && info.layout == TextureLayout::undefined)) {
      return Error(Errc::protocol_error, text("info.layout is ", to_string(info.layout), ", which keeps no content."));
    }
    if (info.allocation_size == 0 || info.allocation_size < info.required_size) {
      return Error(Errc::protocol_error, text("info.allocation_size is ", info.allocation_size, ", less than the texture needs."));
    }
    if (auto ok = check_same_device(info.exporter, manager.identity()); !ok) return std::move(ok).error();
    auto native = (*own)->context()->device().texture_from_shared_handle(shared_texture_handle);
    if (!native) return std::move(native).error().with_context("importing an MTLSharedTextureHandle");
    auto texture = wrap_shared_texture((*own)->maker(true), info, *std::move(native));
    if (!texture) return std::move(texture).error().with_context("importing an MTLSharedTextureHandle");
    (*texture)->state.initialized = info.initialized;
    (*texture)->state.layout = info.layout;
    return detail::Private::make(*std::move(texture));
  });
}

Result<SharedTexture> import_surface(TextureShareManager& manager, void* surface, const TextureDescriptor& descriptor, bool initialized) {
  return guard([&]() -> Result<SharedTexture> {
    auto own = metal_manager(manager);
    if (!own) return std::move(own).error();
    if (surface == nullptr) return Error(Errc::invalid_argument, "surface is null; pass an IOSurfaceRef.");
    if (auto ok = validate(descriptor); !ok) return std::move(ok).error().with_context("importing an IOSurface");
    auto native = (*own)->context()->device().surface_from_native(surface);
    if (!native) return std::move(native).error().with_context("importing an IOSurface");
    auto texture = wrap_surface((*own)->maker(true), descriptor, *std::move(native));
    if (!texture) return std::move(texture).error().with_context("importing an IOSurface");
    (*texture)->state.initialized = initialized;
    (*texture)->state.layout = initialized ? TextureLayout::general : TextureLayout::undefined;
    return detail::Private::make(*std::move(texture));
  });
}

}  // namespace geyser::metal
