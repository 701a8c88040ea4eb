#include "backends/d3d11/manager.hpp"

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

std::string clause(const Error& error) {
  const std::string_view message = error.message();
  return std::string(message.substr(0, message.ends_with('.') ? message.size() - 1 : message.size()));
}

Result<Manager*> manager_of(TextureShareManager& manager) {
  auto* backend = detail::Private::backend(manager);
  if (backend == nullptr) return Error(Errc::invalid_argument, "The manager is empty; it was moved from.");
  if (auto* own = dynamic_cast<Manager*>(backend)) return own;
  return Error(Errc::device_mismatch, text("The manager is of the backend ", backend->name(), ", not of Direct3D 11."));
}

}  // namespace

Manager::Manager(std::shared_ptr<Context> context) : Backend("d3d11"), context_(std::move(context)) { fill_capabilities(); }

bool Manager::keyed_mutex_by_default() const noexcept {
  return context_->keyed_mutex == KeyedMutexUse::always ||
         (context_->keyed_mutex == KeyedMutexUse::when_needed && !(context_->features.fences && context_->features.plain_sharing));
}

void Manager::fill_capabilities() {
  const Features& features = context_->features;
  const bool shares = features.why_no_sharing.empty();
  capabilities_.identity = context_->identity;
  capabilities_.memory.push_back(
      {.type = MemoryHandleType::d3d11_texture, .can_export = shares, .can_import = shares, .why_not = features.why_no_sharing});
  capabilities_.memory.push_back(
      {.type = MemoryHandleType::d3d12_resource,
       .can_export = false,
       .can_import = shares,
       .why_not = shares ? std::string("Direct3D 11 opens Direct3D 12's resources but makes none") : features.why_no_sharing});
  capabilities_.semaphores.push_back({.kind = SemaphoreKind::timeline,
                                      .type = SemaphoreHandleType::d3d12_fence,
                                      .can_export = features.fences,
                                      .can_import = features.fences,
                                      .why_not = features.why_no_fences});
  capabilities_.semaphores.push_back({.kind = SemaphoreKind::binary,
                                      .type = SemaphoreHandleType::opaque_win32,
                                      .can_export = false,
                                      .can_import = false,
                                      .why_not = "Direct3D 11 has no binary semaphores"});
  capabilities_.semaphores.push_back({.kind = SemaphoreKind::host_timeline,
                                      .type = SemaphoreHandleType::host_page,
                                      .can_export = true,
                                      .can_import = true,
                                      .why_not = {}});
}

Result<std::string> Manager::why_not_made(const TextureDescriptor& descriptor) {
  constexpr std::size_t most_kept = 256;
  if (auto why = why_not_shareable(descriptor); !why.empty()) return why;
  const std::lock_guard lock(asked_mutex_);
  for (const auto& each : asked_) {
    if (each.format == descriptor.format && each.dimension == descriptor.dimension && each.usage == descriptor.usage) return each.why_not;
  }
  auto format = check_texture(*context_, descriptor);
  if (!format) return clause(format.error());
  TextureDescriptor small = descriptor;
  small.extent = {16, 16, 1};
  if (small.dimension == TextureDimension::d2_array) small.array_layers = 2;
  if (small.dimension == TextureDimension::cube_array) small.array_layers = 12;
  const UINT kind = keyed_mutex_by_default() ? D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX : D3D11_RESOURCE_MISC_SHARED;
  std::string why;
  auto made = create_resource(*context_, small, *format, kind | D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
  Result<OsHandle> handle = made ? share_resource(*context_, *made->resource.get()) : Result<OsHandle>(std::move(made).error());
  if (!handle) {
    if (handle.error().code() == Errc::device_lost || handle.error().code() == Errc::out_of_memory) return std::move(handle).error();
    why = clause(handle.error());
  }
  if (asked_.size() >= most_kept) asked_.clear();
  asked_.push_back({descriptor.format, descriptor.dimension, descriptor.usage, why});
  return why;
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  const Features& features = context_->features;
  std::vector<FormatSupport> all;
  const auto usable = check_texture(*context_, descriptor);
  if (!usable && (usable.error().code() == Errc::device_lost || usable.error().code() == Errc::out_of_memory)) {
    return usable.error().clone();
  }
  for (const auto& memory : capabilities_.memory) {
    FormatSupport support;
    support.type = memory.type;
    if (!memory.can_import) {
      support.why_not = memory.why_not;
    } else if (!usable && usable.error().code() != Errc::limit_exceeded) {
      support.why_not = clause(usable.error());
    } else {
      const bool volume = descriptor.dimension == TextureDimension::d3;
      support.can_import = true;
      support.dedicated_required = true;
      support.max_extent =
          volume ? Extent3D{features.max_3d, features.max_3d, features.max_3d} : Extent3D{features.max_2d, features.max_2d, 1};
      support.max_mip_levels = full_mip_chain(descriptor);
      const bool array = descriptor.dimension == TextureDimension::d2_array || descriptor.dimension == TextureDimension::cube_array;
      support.max_array_layers = array ? features.max_layers : descriptor.array_layers;
      if (!memory.can_export) {
        support.why_not = memory.why_not;
      } else {
        auto why = why_not_made(descriptor);
        if (!why) return std::move(why).error();
        support.can_export = why->empty();
        support.why_not = *std::move(why);
      }
    }
    all.push_back(std::move(support));
  }
  return all;
}

Result<std::shared_ptr<Texture>> Manager::allocate_shared(const TextureDescriptor& descriptor, bool keyed_mutex) {
  if (!context_->features.why_no_sharing.empty()) {
    return Error(Errc::unsupported_feature, text(context_->identity.name, " shares no textures: ", context_->features.why_no_sharing, "."));
  }
  if (const auto why = why_not_shareable(descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text(why, "; create it with Direct3D 12 or Vulkan and import it here."));
  }
  if (!keyed_mutex && !context_->features.plain_sharing) {
    return Error(Errc::unsupported_feature, text(context_->identity.name, " shares only textures with a keyed mutex; ask for one."));
  }
  const UINT kind = keyed_mutex ? D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX : D3D11_RESOURCE_MISC_SHARED;
  return make_texture(shared_from_this(), context_, descriptor, kind | D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (options.handle_type && *options.handle_type != MemoryHandleType::d3d11_texture) {
    return Error(Errc::unsupported_handle, text("CreateOptions::handle_type is ", to_string(*options.handle_type),
                                                "; a Direct3D 11 manager allocates d3d11_texture."));
  }
  if (options.linear) {
    return Error(Errc::unsupported_feature,
                 "CreateOptions::linear is set, but Direct3D 11 chooses the order of texels itself; leave it out.");
  }
  auto texture = allocate_shared(descriptor, keyed_mutex_by_default());
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  return d3d11::export_texture(static_cast<const Texture&>(contents));
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  auto texture = d3d11::import_texture(shared_from_this(), context_, handle);
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  if (kind == SemaphoreKind::host_timeline) return detail::create_host_semaphore(shared_from_this(), initial_value);
  auto fence = create_fence(shared_from_this(), context_, initial_value);
  if (!fence) return std::move(fence).error();
  return std::shared_ptr<detail::SemaphoreContents>(*std::move(fence));
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType) {
  if (auto* host = dynamic_cast<detail::HostSemaphore*>(&semaphore)) return host->export_handle(capabilities_.identity);
  return export_fence(static_cast<const FenceSemaphore&>(semaphore));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  if (handle.type == SemaphoreHandleType::host_page) return detail::import_host_semaphore(shared_from_this(), handle);
  auto fence = import_fence(shared_from_this(), context_, handle);
  if (!fence) return std::move(fence).error();
  return std::shared_ptr<detail::SemaphoreContents>(*std::move(fence));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  return signal_behind_commands(*context_, semaphore, value, Clock::now() + default_gpu_timeout);
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(info);
    if (!context) return std::move(context).error().with_context("adopting a Direct3D 11 device");
    return detail::Private::make(std::make_shared<Manager>(*std::move(context)));
  });
}

Result<SharedTexture> create_texture(TextureShareManager& manager, const TextureDescriptor& descriptor, const TextureOptions& options) {
  return detail::guard([&]() -> Result<SharedTexture> {
    auto own = manager_of(manager);
    if (!own) return std::move(own).error();
    if (auto ok = validate(descriptor); !ok) return std::move(ok).error();
    (*own)->reap(false);
    auto texture = (*own)->allocate_shared(descriptor, options.keyed_mutex);
    if (!texture) return std::move(texture).error().with_context("creating a Direct3D 11 texture");
    return detail::Private::make(std::shared_ptr<detail::TextureContents>(*std::move(texture)));
  });
}

}  // namespace geyser::d3d11
