// Accesses in the caller's own command lists and submits.
#include "backends/d3d12/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  if (auto* texture = dynamic_cast<Texture*>(contents)) return texture;
  return Error(Errc::device_mismatch, text("The access belongs to a texture of the backend ", contents->backend()->name(),
                                           ", not to one of a Direct3D 12 manager."));
}

Error no_list() { return Error(Errc::invalid_argument, "The command list is null; pass one that is recording."); }

Result<void> check_owner(std::span<Access* const> accesses, const Manager& manager) {
  for (Access* access : accesses) {
    if (access == nullptr) return Error(Errc::invalid_argument, "A pointer in `accesses` is null; leave it out.");
    auto texture = texture_of(*access);
    if (!texture) return std::move(texture).error();
    if ((*texture)->backend().get() != &manager) {
      return Error(Errc::device_mismatch, "An access belongs to a texture of another manager; submit it there.");
    }
  }
  return {};
}

bool is_host(const SyncPoint& point) noexcept { return point.semaphore.kind() == SemaphoreKind::host_timeline; }

}  // namespace

std::uint32_t resource_states(TextureLayout layout) noexcept {
  switch (layout) {
    case TextureLayout::undefined:
    case TextureLayout::general:
      return D3D12_RESOURCE_STATE_COMMON;
    case TextureLayout::color_attachment:
      return D3D12_RESOURCE_STATE_RENDER_TARGET;
    case TextureLayout::depth_stencil_attachment:
      return D3D12_RESOURCE_STATE_DEPTH_WRITE;
    case TextureLayout::depth_stencil_read_only:
      return D3D12_RESOURCE_STATE_DEPTH_READ;
    case TextureLayout::shader_read_only:
      return D3D12_RESOURCE_STATE_PIXEL_SHADER_RESOURCE | D3D12_RESOURCE_STATE_NON_PIXEL_SHADER_RESOURCE;
    case TextureLayout::transfer_src:
      return D3D12_RESOURCE_STATE_COPY_SOURCE;
    case TextureLayout::transfer_dst:
      return D3D12_RESOURCE_STATE_COPY_DEST;
  }
  return D3D12_RESOURCE_STATE_COMMON;
}

Result<void> record_acquire(Access& access, ID3D12GraphicsCommandList* commands, std::uint32_t states) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (commands == nullptr) return no_list();
    auto before = state_before(**texture, access.state());
    if (!before) return std::move(before).error();
    const auto after = static_cast<D3D12_RESOURCE_STATES>(states);
    if (*before != after) {
      const auto barrier = transition(**texture, *before, after);
      commands->ResourceBarrier(1, &barrier);
    }
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> record_release(Access& access, ID3D12GraphicsCommandList* commands, std::uint32_t states, TextureLayout layout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (commands == nullptr) return no_list();
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was not acquired; call record_acquire() on it before record_release().");
    }
    if (layout == TextureLayout::undefined || layout > TextureLayout::transfer_dst) {
      return Error(Errc::invalid_argument, text("A texture cannot be released in layout ", to_string(layout), "; release it in general."));
    }
    const auto before = static_cast<D3D12_RESOURCE_STATES>(states);
    const auto after = static_cast<D3D12_RESOURCE_STATES>(resource_states(layout));
    if (before != after) {
      const auto barrier = transition(**texture, before, after);
      commands->ResourceBarrier(1, &barrier);
    }
    (*texture)->left_in.store(layout);
    Private::released(access) = layout;
    return {};
  });
}

Result<void> submit(const TextureShareManager& manager, std::span<ID3D12CommandList* const> commands, std::span<Access* const> accesses) {
  return guard([&]() -> Result<void> {
    auto own = d3d12_manager(manager);
    if (!own) return std::move(own).error();
    if (auto ok = check_owner(accesses, **own); !ok) return ok;
    for (ID3D12CommandList* list : commands) {
      if (list == nullptr) return Error(Errc::invalid_argument, "A pointer in `commands` is null; leave it out.");
    }
    return submit_checked(**own, commands, accesses);
  });
}

Result<void> submit_checked(Manager& own, std::span<ID3D12CommandList* const> commands, std::span<Access* const> accesses) {
  Context& context = *own.context();
  const auto deadline = std::chrono::steady_clock::now() + default_gpu_timeout;
  bool signals_host = false;
  for (const Access* access : accesses) {
    const auto left = std::max(std::chrono::steady_clock::duration::zero(), deadline - std::chrono::steady_clock::now());
    if (auto ok = wait_for_host_timelines(access->waits(), left); !ok) return ok;
    signals_host = signals_host || (access->signal() && is_host(*access->signal()));
  }
  if (signals_host) {
    if (auto ok = own.bridge().prepare(); !ok) return ok;
  }
  const auto lock = context.lock_queue();
  for (const Access* access : accesses) {
    if (auto ok = enqueue_waits(context, access->waits()); !ok) return ok;
  }
  if (!commands.empty()) context.queue->ExecuteCommandLists(static_cast<UINT>(commands.size()), commands.data());
  for (const Access* access : accesses) {
    if (!access->signal()) continue;
    if (auto ok = own.signal_locked(*Private::contents(access->signal()->semaphore), access->signal()->value); !ok) return ok;
  }
  return {};
}

Result<ID3D12Fence*> native(const SharedSemaphore& semaphore) {
  return guard([&]() -> Result<ID3D12Fence*> {
    auto* contents = Private::contents(semaphore);
    if (contents == nullptr) return Error(Errc::invalid_argument, "The semaphore is empty; create or import one first.");
    if (dynamic_cast<Manager*>(contents->backend().get()) == nullptr) {
      return Error(Errc::device_mismatch, text("The semaphore belongs to a manager of the backend ", contents->backend()->name(),
                                               ", not to a Direct3D 12 manager; export it there and import it here."));
    }
    auto* own = fence_semaphore(*contents);
    if (own == nullptr) {
      return Error(Errc::unsupported_feature,
                   "A host timeline has no ID3D12Fence; let submit() or signal_texture_ready() wait for it and signal it.");
    }
    return own->fence_for_queue();
  });
}

}  // namespace geyser::d3d12
