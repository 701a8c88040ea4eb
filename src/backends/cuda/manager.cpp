#include "backends/cuda/manager.hpp"

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

/// What the partner says about a type of its own.
const SemaphoreHandleSupport* find(const Capabilities& capabilities, SemaphoreKind kind, SemaphoreHandleType type) noexcept {
  for (const auto& each : capabilities.semaphores) {
    if (each.kind == kind && each.type == type) return &each;
  }
  return nullptr;
}

/// Why CUDA without a partner does not allocate it. A clause.
std::string alone(const TextureDescriptor& descriptor, const Features& features) {
  if (!features.vmm) return "the device has no virtual memory management with file descriptors, and AdoptInfo::partner is empty";
  return text("CUDA alone allocates d2 textures with one level, one layer and one plane, but ", why_not_linear(descriptor));
}

constexpr const char* no_partner = "CUDA makes none that can be handed over, and AdoptInfo::partner is empty";

}  // namespace

Manager::Manager(std::shared_ptr<Context> context, std::optional<detail::Partner> partner)
    : Backend("cuda"), context_(std::move(context)), partner_(std::move(partner)) {
  fill_capabilities();
}

void Manager::fill_capabilities() {
  capabilities_.identity = context_->identity;
  const Features& features = context_->features;
  MemoryHandleSupport fd{.type = MemoryHandleType::opaque_fd, .can_export = false, .can_import = true, .why_not = {}};
  fd.can_export = features.vmm || (partner_ && partner_->capabilities().exports(MemoryHandleType::opaque_fd));
  if (!fd.can_export) {
    fd.why_not = text("the device has no virtual memory management with file descriptors, and AdoptInfo::partner ",
                      partner_ ? "exports none" : "is empty");
  }
  capabilities_.memory.push_back(std::move(fd));
  MemoryHandleSupport pages{
      .type = MemoryHandleType::shared_memory, .can_export = false, .can_import = features.host_register, .why_not = {}};
  pages.why_not = features.host_register ? "CUDA uses shared memory where it lies but makes none; create the texture with a host manager"
                                         : "the device cannot map host memory";
  capabilities_.memory.push_back(std::move(pages));

  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary}) {
    SemaphoreHandleSupport support{
        .kind = kind, .type = SemaphoreHandleType::opaque_fd, .can_export = false, .can_import = false, .why_not = {}};
    const auto* theirs = partner_ ? find(partner_->capabilities(), kind, support.type) : nullptr;
    if (kind == SemaphoreKind::timeline && !features.timeline_semaphores) {
      support.why_not = "the device has no timeline semaphores of other APIs";
    } else {
      // CUDA waits for and signals a binary semaphore by itself; the counter of a timeline it cannot read.
      support.can_import = kind == SemaphoreKind::binary || (theirs != nullptr && theirs->can_import);
      support.can_export = theirs != nullptr && theirs->can_export;
      if (!support.can_import || !support.can_export) {
        support.why_not = !partner_                                      ? no_partner
                          : theirs == nullptr || theirs->why_not.empty() ? "the partner does not offer it"
                                                                         : text("the partner says: ", theirs->why_not);
      }
    }
    capabilities_.semaphores.push_back(std::move(support));
  }
  capabilities_.semaphores.push_back({.kind = SemaphoreKind::host_timeline,
                                      .type = SemaphoreHandleType::host_page,
                                      .can_export = true,
                                      .can_import = true,
                                      .why_not = {}});
}

Result<FormatSupport> Manager::opaque_fd_support(const TextureDescriptor& descriptor) {
  FormatSupport support = array_limits(context_->features, descriptor);
  support.type = MemoryHandleType::opaque_fd;
  const auto shape = array_shape(*context_, descriptor);
  support.can_import = shape.has_value();
  const bool linear = context_->features.vmm && why_not_linear(descriptor).empty();
  if (partner_) {
    auto theirs = partner_->manager().format_support(descriptor);
    if (!theirs) return std::move(theirs).error();
    for (const auto& each : *theirs) {
      if (each.type != MemoryHandleType::opaque_fd || !shape) continue;
      if (!each.can_export) {
        support.why_not = text("the partner (", partner_->manager().backend_name(), ") does not export it",
                               each.why_not.empty() ? "" : ": ", each.why_not);
        continue;
      }
      support.can_export = true;
      support.dedicated_required = each.dedicated_required;
      support.max_extent.width = std::min(support.max_extent.width, each.max_extent.width);
      support.max_extent.height = std::min(support.max_extent.height, each.max_extent.height);
      support.max_extent.depth = std::min(support.max_extent.depth, each.max_extent.depth);
      support.max_mip_levels = std::min(support.max_mip_levels, each.max_mip_levels);
      support.max_array_layers = std::min(support.max_array_layers, each.max_array_layers);
    }
  } else {
    support.can_export = linear;
    if (!linear) support.why_not = alone(descriptor, context_->features);
  }
  if (support.can_export || support.can_import) return support;
  FormatSupport none;
  none.type = MemoryHandleType::opaque_fd;
  none.why_not = std::string(shape.error().message().substr(0, shape.error().message().size() - 1));
  return none;
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  std::vector<FormatSupport> all;
  auto fd = opaque_fd_support(descriptor);
  if (!fd) return std::move(fd).error();
  all.push_back(*std::move(fd));
  FormatSupport pages;
  pages.type = MemoryHandleType::shared_memory;
  pages.can_import = context_->features.host_register;
  if (pages.can_import) {
    constexpr std::uint32_t any = 0xFFFFFFFFU;
    pages.dedicated_required = true;
    pages.max_extent = {any, any, descriptor.dimension == TextureDimension::d3 ? any : 1};
    pages.max_mip_levels = full_mip_chain(descriptor);
    pages.max_array_layers = any;
  } else {
    pages.why_not = "the device cannot map host memory";
  }
  all.push_back(std::move(pages));
  return all;
}

Maker Manager::maker(bool imported) {
  return {.backend = shared_from_this(), .context = context_, .imported = imported, .partner = partner_ ? &*partner_ : nullptr};
}

Result<std::shared_ptr<Texture>> Manager::allocate_with_partner(const TextureDescriptor& descriptor, bool linear) {
  if (!linear) {
    // Before the partner allocates anything: what cannot be mapped is refused in CUDA's words.
    if (auto shape = array_shape(*context_, descriptor); !shape) return std::move(shape).error();
    if (auto ok = check_array_limits(context_->features, descriptor); !ok) return std::move(ok).error();
  }
  auto made = partner_->allocate(descriptor, {.handle_type = MemoryHandleType::opaque_fd, .linear = linear});
  if (!made) return std::move(made).error().with_context(text("asking the partner (", partner_->manager().backend_name(), ") for memory"));
  if (linear && !made->handle.info.linear_tiling) {
    return Error(Errc::unsupported_feature, text("The partner (", partner_->manager().backend_name(),
                                                 ") makes no linear textures, and this device has no virtual memory management."));
  }
  auto texture = import_opaque_fd(maker(false), made->handle);
  if (texture) (*texture)->twin.emplace(std::move(made->texture));
  return texture;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (options.handle_type && *options.handle_type != MemoryHandleType::opaque_fd) {
    return Error(Errc::unsupported_handle,
                 text("CreateOptions::handle_type is ", to_string(*options.handle_type), "; a CUDA manager allocates opaque_fd."));
  }
  const std::string not_linear = why_not_linear(descriptor);
  Result<std::shared_ptr<Texture>> texture = std::shared_ptr<Texture>();
  if (options.linear && !not_linear.empty()) {
    return Error(Errc::unsupported_format,
                 text("A linear texture of CUDA is d2 with one level, one layer and one plane, but ", not_linear, "."));
  }
  if ((options.linear || !partner_) && context_->features.vmm && not_linear.empty()) {
    texture = allocate_vmm(maker(false), descriptor);
  } else if (partner_) {
    texture = allocate_with_partner(descriptor, options.linear);
  } else if (!not_linear.empty()) {
    return Error(Errc::unsupported_format,
                 text("CUDA alone allocates d2 textures with one level, one layer and one plane, but ", not_linear,
                      "; give create_manager() a partner, a Vulkan manager on the same device, which makes the others."));
  } else {
    return Error(Errc::unsupported_feature,
                 text(context_->identity.name,
                      " has no virtual memory management with file descriptors, so CUDA allocates nothing that can "
                      "be handed over; give create_manager() a partner, a Vulkan manager on the same device."));
  }
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  const auto& texture = static_cast<const Texture&>(contents);
  return texture.twin ? partner_->export_again(*texture.twin) : export_vmm(texture);
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  Result<std::shared_ptr<Texture>> texture = [&]() -> Result<std::shared_ptr<Texture>> {
    if (info.type == MemoryHandleType::shared_memory) return import_shared_memory(maker(true), handle);
    // Whoever does not know Vulkan's memory types is CUDA: its allocations are mapped as such.
    if (info.memory_type_index == any_memory_type) return import_vmm(maker(true), handle);
    return import_opaque_fd(maker(true), handle);
  }();
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  const Current current(*context_);
  if (!current) return current.error();
  return signal_in_stream(*context_, semaphore, value, context_->stream);
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  return cuda::copy_in(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  return cuda::copy_out(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(info);
    if (!context) return std::move(context).error().with_context("adopting a CUDA context");
    auto partner = detail::Partner::adopt(info.partner, (*context)->identity);
    if (!partner) return std::move(partner).error().with_context("adopting a CUDA context");
    return detail::Private::make(std::make_shared<Manager>(*std::move(context), *std::move(partner)));
  });
}

}  // namespace geyser::cuda
