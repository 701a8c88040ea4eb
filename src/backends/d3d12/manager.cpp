#include "backends/d3d12/manager.hpp"

#include "backends/d3d12/external_nt.hpp"
#include "backends/d3d12/formats.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

constexpr const char* not_exported = "Direct3D 12 imports textures of Direct3D 11 and makes none";

}  // namespace

Manager::Manager(std::shared_ptr<Context> device_context, std::uint64_t staging_limit)
    : Backend("d3d12"), context_(std::move(device_context)), transfer_(context_, staging_limit), bridge_(context_) {
  capabilities_.identity = context_->identity;
  const bool memory = context_->why_not_memory.empty();
  capabilities_.memory = {
      {.type = MemoryHandleType::d3d12_resource, .can_export = memory, .can_import = memory, .why_not = context_->why_not_memory},
      {.type = MemoryHandleType::d3d11_texture,
       .can_export = false,
       .can_import = memory,
       .why_not = memory ? not_exported : context_->why_not_memory}};
  capabilities_.semaphores = semaphore_support(*context_);
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  const std::string why = why_not_usable(*context_, descriptor);
  std::vector<FormatSupport> all;
  for (const auto& each : capabilities_.memory) {
    FormatSupport support;
    if (why.empty() && (each.can_export || each.can_import)) {
      support = limits_of(descriptor);
      support.can_export = each.can_export;
      support.can_import = each.can_import;
      support.dedicated_required = true;
      support.why_not = each.why_not;
    } else {
      support.why_not = why.empty() ? each.why_not : why;
    }
    support.type = each.type;
    all.push_back(std::move(support));
  }
  return all;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (options.handle_type && *options.handle_type != MemoryHandleType::d3d12_resource) {
    return Error(Errc::unsupported_handle, text("CreateOptions::handle_type is ", to_string(*options.handle_type),
                                                "; a Direct3D 12 manager allocates d3d12_resource."));
  }
  if (options.linear) {
    return Error(Errc::unsupported_feature,
                 "CreateOptions::linear is true, but Direct3D 12 lays only buffers and textures of several adapters out in rows; leave it "
                 "false.");
  }
  if (!context_->why_not_memory.empty()) {
    return Error(Errc::unsupported_feature,
                 text(context_->identity.name, " cannot share textures with Direct3D 12: ", context_->why_not_memory, "."));
  }
  if (auto ok = check_limits(descriptor); !ok) return std::move(ok).error();
  if (auto why = why_not_usable(*context_, descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text("This device cannot share ", describe_use(descriptor), ": ", why, "."));
  }
  context_->collect();
  auto texture = d3d12::allocate(shared_from_this(), context_, descriptor, D3D12_HEAP_FLAG_SHARED);
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& texture) {
  return export_nt(static_cast<const Texture&>(texture));
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  context_->collect();
  return import_nt(shared_from_this(), context_, handle);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  return d3d12::create_semaphore(shared_from_this(), context_, kind, initial_value);
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType) {
  return d3d12::export_semaphore(*context_, semaphore);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  return d3d12::import_semaphore(shared_from_this(), context_, handle);
}

Result<void> Manager::signal_locked(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  if (auto* fence = fence_semaphore(semaphore)) return enqueue_signal(*context_, *fence, value);
  return bridge_.signal_behind_queue(static_cast<detail::HostSemaphore&>(semaphore).timeline(), value);
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  if (semaphore.kind() == SemaphoreKind::host_timeline) {
    if (auto ok = bridge_.prepare(); !ok) return ok;
  }
  const auto lock = context_->lock_queue();
  return signal_locked(semaphore, value);
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_in(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  return transfer_.copy_out(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::pass_on(detail::TextureContents&, geyser::Access& access, TextureLayout) {
  Access* const accesses[] = {&access};
  return submit_checked(*this, {}, accesses);
}

Result<Manager*> d3d12_manager(const TextureShareManager& manager) {
  auto* backend = detail::Private::backend(manager);
  if (auto* own = dynamic_cast<Manager*>(backend)) return own;
  if (backend == nullptr) return Error(Errc::invalid_argument, "The manager is empty; it was moved from.");
  return Error(Errc::device_mismatch, text("The manager is of the ", backend->name(), " backend; a Direct3D 12 manager is needed."));
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(info, nullptr);
    if (!context) return std::move(context).error().with_context("adopting a Direct3D 12 device");
    return detail::Private::make(std::make_shared<Manager>(*std::move(context)));
  });
}

}  // namespace geyser::d3d12
