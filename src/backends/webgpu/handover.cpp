#include "backends/webgpu/handover.hpp"

#include "backends/webgpu/errors.hpp"
#include "backends/webgpu/manager.hpp"
#include "core/duplicate_handles.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::webgpu {
namespace {

using detail::Private;
using detail::text;

// WGPUSharedTextureMemoryBeginAccessDescriptor has it since May 2026.
template <class Descriptor>
void set_value_count(Descriptor& descriptor, std::size_t count) {
  if constexpr (requires { descriptor.signaledValueCount; }) descriptor.signaledValueCount = count;
}

/// A point that the GPU has still to wait for; timelines that are there need nobody's help.
Result<bool> is_open(const SyncPoint& point) {
  if (point.semaphore.kind() == SemaphoreKind::binary) return true;
  auto now = point.semaphore.value();
  if (!now) return std::move(now).error();
  return *now < point.value;
}

/// Has the partner wait for the points of `state`, change the layout, and signal.
Result<void> pass(Texture& texture, TextureState state, std::optional<SyncPoint> signal, TextureLayout layout) {
  AccessInfo info;
  info.state = std::move(state);
  info.signal = std::move(signal);
  auto access = detail::begin_access(Private::shared(texture.twin), AccessMode::write, info);
  if (!access) return std::move(access).error();
  auto passed = manager_of(texture).partners_backend().pass_on(*Private::contents(texture.twin), *access, layout);
  if (!passed) {
    detail::cancel_access(*std::move(access), {});
    return std::move(passed).with_context("asking the partner to hand the texture on");
  }
  auto ended = (*std::move(access)).end(layout == TextureLayout::undefined ? TextureLayout::general : layout);
  if (!ended) return std::move(ended).error();
  return {};
}

/// A reference of Dawn's until release() gives it away.
struct Fence {
  explicit Fence(const Context& owner) noexcept : context(&owner) {}
  ~Fence() {
    if (fence != nullptr) context->wgpu.SharedFenceRelease(fence);
  }
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;
  const Context* context;
  WGPUSharedFence fence = nullptr;
};

/// A fence that Dawn can wait for, behind `points`. `link` is the partner's semaphore behind it.
Result<void> fence_behind(Entered& entered, Texture& texture, TextureState points, Fence& fence, SharedSemaphore& link) {
  Manager& manager = manager_of(texture);
  const FenceFamily& family = manager.fences();
  auto made = manager.partner().manager().create_shared_semaphore({.kind = family.kind, .initial_value = 0, .label = {}});
  if (!made) return std::move(made).error().with_context("asking the partner for a semaphore");
  const SyncPoint point{*made, 1};
  const TextureLayout layout = points.layout;
  const auto hand_over = [&]() -> Result<void> {
    auto handle = manager.partner().manager().export_semaphore(*made, family.type);
    if (!handle) return std::move(handle).error();
    ErrorScopes errors(entered);
    if (handle->handle) fence.fence = family.import(entered, handle->handle);  // none: a sync file that is signalled already
    return errors.close(Errc::unsupported_handle, text("to import a fence as ", family.feature.name));
  };
  // What can fail comes before the submit where it may: a signal that nobody waits for is lost.
  if (!family.copies) {
    if (auto ok = hand_over(); !ok) return ok;
  }
  if (auto ok = pass(texture, std::move(points), point, layout); !ok) return ok;
  link = *std::move(made);
  return family.copies ? hand_over() : Result<void>();
}

WGPUTextureUsage usage_of(const Texture& texture, AccessMode mode) noexcept {
  constexpr WGPUTextureUsage reading = WGPUTextureUsage_CopySrc | WGPUTextureUsage_TextureBinding;
  return mode == AccessMode::read ? texture.usage & reading : texture.usage;
}

Result<WGPUTexture> create_texture(Entered& entered, Texture& texture, AccessMode mode) {
  WGPUTextureDescriptor descriptor{};
  descriptor.label = view_of(texture.descriptor().label);
  descriptor.usage = usage_of(texture, mode);
  descriptor.dimension = WGPUTextureDimension_2D;
  descriptor.size = {texture.descriptor().extent.width, texture.descriptor().extent.height, 1};
  descriptor.format = dawn_format(texture.descriptor().format);
  descriptor.mipLevelCount = 1;
  descriptor.sampleCount = 1;
  ErrorScopes errors(entered);
  WGPUTexture made = entered.wgpu().SharedTextureMemoryCreateTexture(texture.memory, &descriptor);
  auto ok = errors.close(Errc::internal, "a texture over shared memory");
  if (ok && made != nullptr) return made;
  if (made != nullptr) entered.wgpu().TextureRelease(made);
  return ok ? Error(Errc::internal, "Dawn makes no texture over shared memory, and does not say why.", ErrorDomain::webgpu)
            : std::move(ok).error();
}

/// Dawn takes no more accesses after it refused one.
void drop_memory(Entered& entered, Texture& texture) noexcept {
  entered.wgpu().SharedTextureMemoryRelease(std::exchange(texture.memory, nullptr));
}

Result<void> import_anew(Entered& entered, Texture& texture) {
  if (texture.memory != nullptr) return {};
  TextureHandle handle;
  if (texture.imported()) {
    if (auto ok = detail::duplicate_handles(texture.kept, handle.handles); !ok) return ok;
  } else {
    auto again = manager_of(texture).partner().export_again(texture.twin);
    if (!again) return std::move(again).error();
    handle = *std::move(again);
  }
  handle.info = texture.info;
  auto imported = import_memory(entered, *texture.family, handle);
  if (!imported) return std::move(imported).error().with_context("importing the texture anew after Dawn refused an access");
  texture.memory = imported->memory;
  return {};
}

Result<void> begin_access(Entered& entered, Texture& texture, const TextureState& state, WGPUTexture native, const Fence& fence) {
  const std::uint64_t value = 1;
  LayoutChain chain(state.initialized ? state.layout : TextureLayout::general);
  WGPUSharedTextureMemoryBeginAccessDescriptor begin{};
  begin.nextInChain = chain.begin();
  begin.initialized = static_cast<WGPUBool>(state.initialized);
  begin.fenceCount = fence.fence != nullptr ? 1 : 0;
  begin.fences = &fence.fence;
  begin.signaledValues = &value;
  set_value_count(begin, begin.fenceCount);
  ErrorScopes errors(entered);
  const auto status = entered.wgpu().SharedTextureMemoryBeginAccess(texture.memory, native, &begin);
  auto ok = errors.close(Errc::invalid_state, "to begin an access");
  if (ok && status == WGPUStatus_Success) return {};
  drop_memory(entered, texture);
  if (!ok) return ok;
  return Error(Errc::invalid_state, "Dawn refuses to begin an access, and does not say why.", ErrorDomain::webgpu);
}

/// What Dawn's fences are to the partner.
Result<SyncPointList> points_of(Entered& entered, Texture& texture, const WGPUSharedTextureMemoryEndAccessState& state) {
  Manager& manager = manager_of(texture);
  SyncPointList points;
  for (std::size_t i = 0; i < state.fenceCount; ++i) {
    WGPUSharedFenceExportInfo info{};
    entered.wgpu().SharedFenceExportInfo(state.fences[i], &info);
    const FenceFamily* family = nullptr;
    for (const auto& each : fence_families()) {
      if (each.native == info.type) family = &each;
    }
    if (family == nullptr) {
      return Error(Errc::internal, text("Dawn ends an access with a fence of WGPUSharedFenceType ", static_cast<std::uint32_t>(info.type),
                                        ", which this library does not know."));
    }
    auto os_handle = family->export_handle(entered, state.fences[i]);
    if (!os_handle) return std::move(os_handle).error();
    SemaphoreHandle handle;
    handle.kind = family->kind;
    handle.type = family->type;
    handle.exporter = manager.capabilities().identity;
    handle.handle = *std::move(os_handle);
    auto twin = manager.partner().manager().import_semaphore(std::move(handle));
    if (!twin) return std::move(twin).error().with_context("handing Dawn's fence to the partner");
    points.push_back({*std::move(twin), family->kind == SemaphoreKind::binary ? 1 : state.signaledValues[i]});
  }
  return points;
}

struct Ended {
  TextureState state;  ///< as Dawn left it, with the partner's points
};

Result<Ended> end_access(Entered& entered, Texture& texture) {
  const Texture::Open open = *texture.open;
  texture.open.reset();
  texture.abandoned.store(false);
  LayoutChain chain(open.layout);
  WGPUSharedTextureMemoryEndAccessState state{};
  state.nextInChain = chain.end();
  ErrorScopes errors(entered);
  const auto status = entered.wgpu().SharedTextureMemoryEndAccess(texture.memory, open.texture, &state);
  auto ok = errors.close(Errc::internal, "to end an access");
  Result<SyncPointList> points = SyncPointList();
  if (status == WGPUStatus_Success) {
    points = points_of(entered, texture, state);
    entered.wgpu().SharedTextureMemoryEndAccessStateFreeMembers(state);
  }
  entered.wgpu().TextureDestroy(open.texture);
  entered.wgpu().TextureRelease(open.texture);
  if (!ok || status != WGPUStatus_Success) {
    drop_memory(entered, texture);
    return ok ? Error(Errc::internal, "Dawn refuses to end an access, and does not say why.", ErrorDomain::webgpu) : std::move(ok).error();
  }
  if (!points) return std::move(points).error();
  auto layout = chain.left();
  if (!layout) return std::move(layout).error();
  Ended ended;
  ended.state.initialized = state.initialized != 0U;
  ended.state.layout = ended.state.initialized ? *layout : TextureLayout::undefined;
  ended.state.points = *std::move(points);
  return ended;
}

}  // namespace

SyncPoint partners_point(const SyncPoint& point) {
  return {static_cast<detail::PartneredSemaphore*>(Private::contents(point.semaphore))->twin(), point.value};
}

std::optional<SyncPoint> partners_signal(const geyser::Access& access) {
  const auto& point = access.signal();
  if (!point) return std::nullopt;
  return partners_point(*point);
}

Result<void> HostWait::wait(std::chrono::nanoseconds timeout) {
  if (manager_ == nullptr) return {};
  auto waited = point_.semaphore.wait(point_.value, timeout);
  if (waited) manager_->give_back(std::move(point_));
  return waited;
}

Result<void> make_free(Entered& entered, Texture& texture) {
  if (texture.abandoned.load()) {
    if (auto ok = end_abandoned(entered, texture); !ok)
      log(LogLevel::error, text("Dawn's access could not be ended: ", ok.error().describe()));
  }
  if (texture.open) {
    return Error(Errc::invalid_state,
                 "Another access of the texture is acquired, and Dawn allows one at a time; release() that one first.");
  }
  return {};
}

Result<WGPUTexture> begin_dawn(Entered& entered, Texture& texture, geyser::Access& access) {
  if (auto ok = make_free(entered, texture); !ok) return std::move(ok).error();
  if (auto ok = import_anew(entered, texture); !ok) return std::move(ok).error();
  const TextureState& state = access.state();
  TextureState open{.initialized = state.initialized, .layout = state.layout, .points = {}};
  for (const SyncPoint& point : state.points) {
    auto must_wait = is_open(point);
    if (!must_wait) return std::move(must_wait).error();
    if (*must_wait) open.points.push_back(partners_point(point));
  }
  auto native = create_texture(entered, texture, access.mode());
  if (!native) return std::move(native).error();
  const auto begin = [&]() -> Result<void> {
    Fence fence(*texture.context);
    SharedSemaphore link;
    Result<void> done;
    if (!open.points.empty()) done = fence_behind(entered, texture, std::move(open), fence, link);
    if (done) done = begin_access(entered, texture, state, *native, fence);
    if (done || !link) return done;
    // The partner waits for the points by now; what it signals stands for them.
    SyncPointList instead;
    instead.push_back({Private::make(std::make_shared<detail::PartneredSemaphore>(texture.backend(), link, false)), 1});
    Private::state(access).points = std::move(instead);
    return done;
  };
  if (auto ok = begin(); !ok) {
    entered.wgpu().TextureRelease(*native);
    return std::move(ok).error();
  }
  texture.open = Texture::Open{.texture = *native,
                               .mode = access.mode(),
                               .layout = state.initialized ? state.layout : TextureLayout::general,
                               .initialized = state.initialized};
  return *native;
}

Result<HostWait> end_dawn(Entered& entered, Texture& texture, geyser::Access& access) {
  Manager& manager = manager_of(texture);
  const TextureLayout target = Private::released(access);
  const bool writes = access.mode() == AccessMode::write;
  Private::content(access) = !writes;  // until all is done
  auto ended = end_access(entered, texture);
  if (!ended) return std::move(ended).error();
  const bool content = ended->state.initialized || !writes;
  if (auto signal = partners_signal(access)) {
    if (auto ok = pass(texture, std::move(ended->state), std::move(signal), target); !ok) return std::move(ok).error();
    Private::content(access) = content;
    return HostWait();
  }
  auto point = manager.take_host_point();
  if (!point) return std::move(point).error();
  if (auto ok = pass(texture, std::move(ended->state), *point, target); !ok) return std::move(ok).error();
  Private::content(access) = content;
  return HostWait(manager, *std::move(point));
}

Result<void> end_abandoned(Entered& entered, Texture& texture) {
  if (!texture.open) return {};
  const TextureLayout before = texture.open->mode == AccessMode::read ? texture.open->layout : TextureLayout::general;
  auto ended = end_access(entered, texture);
  if (!ended) return std::move(ended).error();
  auto point = manager_of(texture).take_host_point();
  if (!point) return std::move(point).error();
  if (auto ok = pass(texture, std::move(ended->state), *point, before); !ok) return ok;
  return HostWait(manager_of(texture), *std::move(point)).wait(default_gpu_timeout);
}

}  // namespace geyser::webgpu
