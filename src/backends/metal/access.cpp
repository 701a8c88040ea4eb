// Accesses in the caller's own command buffers.
#include "backends/metal/manager.hpp"
#include "backends/metal/sync.hpp"
#include "core/guard.hpp"

namespace geyser::metal {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  if (auto* texture = dynamic_cast<Texture*>(contents)) return texture;
  return Error(Errc::device_mismatch,
               text("The access belongs to a texture of the backend ", contents->backend()->name(), ", not to one of a Metal manager."));
}

Result<std::shared_ptr<api::CommandBuffer>> commands_of(const Context& context, void* command_buffer) {
  if (auto ok = context.alive(); !ok) return std::move(ok).error();
  if (command_buffer == nullptr) return Error(Errc::invalid_argument, "command_buffer is null; pass an id<MTLCommandBuffer>.");
  auto commands = context.device().adopt_command_buffer(command_buffer);
  if (!commands) return std::move(commands).error();
  if (!(*commands)->on_device(context.device().native())) {
    return Error(Errc::device_mismatch, text("The command buffer is one of another device than ", context.info().name, "."));
  }
  if (!(*commands)->open()) {
    return Error(Errc::invalid_state, "The command buffer is committed already; encode the access before commit.");
  }
  return commands;
}

}  // namespace

Result<void> acquire(Access& access, void* command_buffer) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was acquired already; command buffers committed after that one follow it.");
    }
    auto commands = commands_of(*(*texture)->context, command_buffer);
    if (!commands) return std::move(commands).error();
    if (auto ok = wait_for_points(access.waits(), **commands, Clock::now() + default_gpu_timeout, false); !ok) return ok;
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> release(Access& access, void* command_buffer, TextureLayout layout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was not acquired; call acquire() on it before release().");
    }
    if (layout == TextureLayout::undefined || layout > TextureLayout::transfer_dst) {
      return Error(Errc::invalid_argument, text("A texture cannot be released in layout ", to_string(layout), "; release it in general."));
    }
    auto commands = commands_of(*(*texture)->context, command_buffer);
    if (!commands) return std::move(commands).error();
    if (const auto& signal = access.signal()) {
      signal_after((*texture)->context, *Private::contents(signal->semaphore), signal->value, **commands);
    } else {
      watch((*texture)->context, **commands);
    }
    Private::released(access) = layout;
    return {};
  });
}

Result<void> Manager::pass_on(detail::TextureContents&, geyser::Access& access, TextureLayout) {
  if (auto ok = context_->alive(); !ok) return ok;
  auto commands = context_->device().command_buffer();
  if (!commands) return std::move(commands).error();
  if (auto ok = wait_for_points(access.waits(), **commands, Clock::now() + default_gpu_timeout, false); !ok) return ok;
  if (const auto& signal = access.signal()) {
    signal_after(context_, *Private::contents(signal->semaphore), signal->value, **commands);
  } else {
    watch(context_, **commands);
  }
  (*commands)->commit();
  return {};
}

}  // namespace geyser::metal
