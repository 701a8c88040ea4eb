#include "backends/opengl/manager.hpp"

#include <algorithm>

#include "core/guard.hpp"
#include "core/host_semaphore.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

constexpr std::string_view no_partner =
    "OpenGL makes none that can be handed over, and the manager was made without a partner (AdoptInfo::partner) that does";

std::string partners_reason(const Capabilities& partner, SemaphoreKind kind, bool exporting) {
  for (const auto& s : partner.semaphores) {
    if (s.kind != kind || s.type != SemaphoreHandleType::opaque_fd) continue;
    if (exporting ? s.can_export : s.can_import) return {};
    return text("the partner cannot: ", s.why_not);
  }
  return "the partner does not know them";
}

}  // namespace

Manager::Manager(std::shared_ptr<AdoptedContext> adopted, std::optional<detail::Partner> partner)
    : detail::Backend("opengl"),
      context_(std::move(adopted)),
      partner_(std::move(partner)),
      formats_(*context_),
      dma_buf_(*context_),
      transfer_(context_) {
  capabilities_.identity = context_->identity;
  fill_memory();
  fill_semaphores();
}

Manager::~Manager() {
  // Nobody will call again: what died in other threads is deleted now, while the memory behind it is still there, if it can be.
  if (context_->is_current()) context_->empty_graveyard();
}

void Manager::fill_memory() {
  MemoryHandleSupport fd{.type = MemoryHandleType::opaque_fd, .can_export = false, .can_import = true, .why_not = std::string(no_partner)};
  if (partner_) {
    fd.can_export = partner_->capabilities().exports(MemoryHandleType::opaque_fd);
    fd.why_not = fd.can_export ? "" : "the partner does not export it";
  }
  capabilities_.memory = {std::move(fd), dma_buf_.capability()};
}

void Manager::fill_semaphores() {
  const Features& features = context_->features;
  const auto rung = [&](SemaphoreKind kind, std::string_view missing, bool alone) {
    SemaphoreHandleSupport support{.kind = kind, .type = SemaphoreHandleType::opaque_fd};
    if (!missing.empty()) {
      support.why_not = text("the context has no ", missing);
    } else if (!partner_) {
      support.can_import = alone;
      support.why_not = no_partner;
    } else {
      const std::string exporting = partners_reason(partner_->capabilities(), kind, true);
      const std::string importing = partners_reason(partner_->capabilities(), kind, false);
      support.can_export = exporting.empty();
      support.can_import = importing.empty() || alone;
      support.why_not = !exporting.empty() ? exporting : support.can_import ? "" : importing;
    }
    capabilities_.semaphores.push_back(std::move(support));
  };
  const std::string_view fd = features.semaphore_fd ? "" : "GL_EXT_semaphore_fd";
  rung(SemaphoreKind::timeline, !fd.empty() ? fd : features.timeline ? "" : "GL_NV_timeline_semaphore", false);
  rung(SemaphoreKind::binary, fd, true);
  capabilities_.semaphores.push_back({.kind = SemaphoreKind::host_timeline,
                                      .type = SemaphoreHandleType::host_page,
                                      .can_export = true,
                                      .can_import = true,
                                      .why_not = {}});
}

Result<FormatSupport> Manager::partners_support(const TextureDescriptor& descriptor) {
  if (!partner_) return FormatSupport{};
  auto answers = partner_->manager().format_support(descriptor);
  if (!answers) return std::move(answers).error();
  for (auto& each : *answers) {
    if (each.type == MemoryHandleType::opaque_fd) return std::move(each);
  }
  return FormatSupport{};
}

Result<std::string> Manager::why_not(const TextureDescriptor& descriptor, const FormatSupport& partners) const {
  std::string why = formats_.why_not(descriptor);
  if (!why.empty()) return why;
  // Drivers decode these in software where the hardware cannot, so that their memory is another than the exporter's. OpenGL does not say
  // so; Vulkan does.
  const FormatKind kind = format_info(descriptor.format)->kind;
  if ((kind == FormatKind::etc2 || kind == FormatKind::astc) && !partners.can_export && !partners.can_import) {
    return std::string(partner_ ? "the partner's device has no such images, so OpenGL's would be decoded copies"
                                : "without a partner nobody can say whether this device keeps them compressed");
  }
  return why;
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  auto partners = partners_support(descriptor);
  if (!partners) return std::move(partners).error();
  auto why = why_not(descriptor, *partners);
  if (!why) return std::move(why).error();
  FormatSupport support;
  support.type = MemoryHandleType::opaque_fd;
  if (!why->empty()) {
    support.why_not = *std::move(why);
  } else {
    const Extent3D most = formats_.max_extent(descriptor.dimension);
    support.can_import = true;
    support.can_export = partners->can_export;
    if (!support.can_export) {
      support.why_not = !partner_                   ? std::string(no_partner)
                        : partners->why_not.empty() ? "the partner does not export it"
                                                    : text("the partner does not export it: ", partners->why_not);
    }
    support.dedicated_required = partners->dedicated_required;
    support.max_extent = most;
    support.max_mip_levels = 1;
    for (std::uint32_t side = std::max({most.width, most.height, most.depth}); side > 1; side /= 2) ++support.max_mip_levels;
    support.max_array_layers = formats_.max_layers(descriptor.dimension);
    if (support.can_export) {
      support.max_extent = {std::min(most.width, partners->max_extent.width), std::min(most.height, partners->max_extent.height),
                            std::min(most.depth, partners->max_extent.depth)};
      support.max_mip_levels = std::min(support.max_mip_levels, partners->max_mip_levels);
      support.max_array_layers = std::min(support.max_array_layers, partners->max_array_layers);
    }
  }
  std::vector<FormatSupport> all;
  all.push_back(std::move(support));
  all.push_back(dma_buf_.support(formats_, descriptor));
  return all;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  const bool as_fd = options.handle_type == MemoryHandleType::opaque_fd || (!options.handle_type && partner_);
  if (!as_fd && capabilities_.exports(MemoryHandleType::dma_buf)) {
    auto texture = dma_buf_.allocate(shared_from_this(), context_, formats_, descriptor, options);
    if (!texture) return std::move(texture).error();
    return std::shared_ptr<detail::TextureContents>(*std::move(texture));
  }
  if (!partner_) return Error(Errc::unsupported_handle, text("This manager creates no textures: ", no_partner, "."));
  auto partners = partners_support(descriptor);
  if (!partners) return std::move(partners).error();
  auto why = why_not(descriptor, *partners);
  if (!why) return std::move(why).error();
  if (!why->empty()) {
    return Error(Errc::unsupported_format, text("OpenGL cannot use ", describe_use(descriptor), ": ", *why, "."));
  }
  if (auto ok = formats_.check_limits(descriptor); !ok) return std::move(ok).error();
  if (auto ok = context_->check_current(); !ok) return std::move(ok).error();
  CreateOptions with_type = options;
  with_type.handle_type = MemoryHandleType::opaque_fd;
  if (options.linear) {
    auto entered = Entered::enter(*context_);
    if (!entered) return std::move(entered).error();
    const GlFormat format = gl_format(*format_info(descriptor.format));
    if (auto ok = check_linear(*entered, *context_, texture_target(descriptor.dimension), format.internal); !ok)
      return std::move(ok).error();
  }
  auto made = partner_->allocate(descriptor, with_type);
  if (!made) return std::move(made).error().with_context("asking the partner for memory");
  auto texture = import_opaque_fd(shared_from_this(), context_, formats_, made->handle, false, nullptr);
  if (!texture) return std::move(texture).error();
  (*texture)->partners.emplace(std::move(made->texture));
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  const auto& texture = static_cast<const Texture&>(contents);
  if (texture.handle_type() == MemoryHandleType::dma_buf) return dma_buf_.export_memory(texture, capabilities_.identity);
  if (!texture.partners) return Error(Errc::unsupported_handle, "The texture is not the partner's; export it where it was created.");
  auto handle = partner_->export_again(*texture.partners);
  if (!handle) return std::move(handle).error().with_context("asking the partner for a handle");
  handle->info.exporter = capabilities_.identity;
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  if (handle.info.type == MemoryHandleType::dma_buf) {
    auto texture = dma_buf_.import(shared_from_this(), context_, formats_, handle);
    if (!texture) return std::move(texture).error();
    return std::shared_ptr<detail::TextureContents>(*std::move(texture));
  }
  auto partners = partners_support(handle.info.descriptor);
  if (!partners) return std::move(partners).error();
  auto why = why_not(handle.info.descriptor, *partners);
  if (!why) return std::move(why).error();
  if (!why->empty()) {
    return Error(Errc::unsupported_format, text("OpenGL cannot import ", describe_use(handle.info.descriptor), ": ", *why, "."));
  }
  detail::Partner* const partner = partner_ ? &*partner_ : nullptr;
  if (handle.info.linear_tiling) {
    if (auto ok = linear_.check(handle.info, partner); !ok) return std::move(ok).error();
  }
  auto texture = import_opaque_fd(shared_from_this(), context_, formats_, handle, true, partner);
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  if (kind == SemaphoreKind::host_timeline) return detail::create_host_semaphore(shared_from_this(), initial_value);
  if (auto ok = context_->check_current(); !ok) return std::move(ok).error();
  auto made = partner_->create_semaphore(kind, initial_value);  // the front looked: without a partner none can be exported
  if (!made) return std::move(made).error().with_context("asking the partner for a semaphore");
  auto native = import_native(context_, kind, made->handle.handle);
  if (!native) return std::move(native).error();
  return std::shared_ptr<detail::SemaphoreContents>(
      std::make_shared<Semaphore>(shared_from_this(), std::move(made->twin), false, *std::move(native)));
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  if (auto* host = dynamic_cast<detail::HostSemaphore*>(&semaphore)) return host->export_handle(capabilities_.identity);
  auto* partnered = dynamic_cast<Semaphore*>(&semaphore);
  if (partnered == nullptr || semaphore.imported()) {
    return Error(Errc::unsupported_handle,
                 text("The ", to_string(semaphore.kind()), " semaphore was imported; export it where it was created."));
  }
  auto handle = partner_->manager().export_semaphore(partnered->twin(), type);
  if (!handle) return std::move(handle).error().with_context("asking the partner for a handle");
  handle->exporter = capabilities_.identity;
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  if (handle.type == SemaphoreHandleType::host_page) return detail::import_host_semaphore(shared_from_this(), handle);
  if (auto ok = context_->check_current(); !ok) return std::move(ok).error();
  if (partner_ && partner_->capabilities().imports(handle.kind, handle.type)) {
    auto made = partner_->import_semaphore(handle);
    if (!made) return std::move(made).error().with_context("asking the partner to import a semaphore");
    auto native = import_native(context_, handle.kind, made->handle.handle);
    if (!native) return std::move(native).error();
    handle.handle.reset();
    return std::shared_ptr<detail::SemaphoreContents>(
        std::make_shared<Semaphore>(shared_from_this(), std::move(made->twin), true, *std::move(native)));
  }
  auto native = import_native(context_, handle.kind, handle.handle);
  if (!native) return std::move(native).error();
  return std::shared_ptr<detail::SemaphoreContents>(std::make_shared<LoneSemaphore>(shared_from_this(), *std::move(native)));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  auto entered = Entered::enter(*context_);
  if (!entered) return std::move(entered).error();
  if (native_of(semaphore) == nullptr) {
    if (auto ok = context_->finish(default_gpu_timeout); !ok) return ok;
    return semaphore.signal(value);
  }
  signal_on_gpu(semaphore, value, nullptr, TextureLayout::undefined);
  return entered->check("glSignalSemaphoreEXT");
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_in(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_out(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<DeviceIdentity> identify(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<DeviceIdentity> {
    auto context = AdoptedContext::adopt(info);
    if (!context) return std::move(context).error().with_context("identifying an OpenGL context");
    return std::move((*context)->identity);
  });
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = AdoptedContext::adopt(info);
    if (!context) return std::move(context).error().with_context("adopting an OpenGL context");
    auto partner = detail::Partner::adopt(info.partner, (*context)->identity);
    if (!partner) return std::move(partner).error().with_context("adopting an OpenGL context");
    auto entered = Entered::enter(**context);
    if (!entered) return std::move(entered).error();
    return detail::Private::make(std::make_shared<Manager>(*std::move(context), *std::move(partner)));
  });
}

}  // namespace geyser::opengl
