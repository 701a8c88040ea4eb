#include "backends/opengl/sync.hpp"

#include <algorithm>

#include "core/guard.hpp"

namespace geyser::opengl {
namespace {

using detail::text;
using std::chrono::nanoseconds;

GLenum gl_layout(TextureLayout layout) noexcept {
  switch (layout) {
    case TextureLayout::undefined:
      return GL_NONE;
    case TextureLayout::general:
      return GL_LAYOUT_GENERAL_EXT;
    case TextureLayout::color_attachment:
      return GL_LAYOUT_COLOR_ATTACHMENT_EXT;
    case TextureLayout::depth_stencil_attachment:
      return GL_LAYOUT_DEPTH_STENCIL_ATTACHMENT_EXT;
    case TextureLayout::depth_stencil_read_only:
      return GL_LAYOUT_DEPTH_STENCIL_READ_ONLY_EXT;
    case TextureLayout::shader_read_only:
      return GL_LAYOUT_SHADER_READ_ONLY_EXT;
    case TextureLayout::transfer_src:
      return GL_LAYOUT_TRANSFER_SRC_EXT;
    case TextureLayout::transfer_dst:
      return GL_LAYOUT_TRANSFER_DST_EXT;
  }
  return GL_NONE;
}

void set_value(const NativeSemaphore& semaphore, SemaphoreKind kind, std::uint64_t value) {
  if (kind != SemaphoreKind::timeline) return;
  const GLuint64 wanted = value;
  semaphore.context().gl.glSemaphoreParameterui64vEXT(semaphore.name(), GL_TIMELINE_SEMAPHORE_VALUE_NV, &wanted);
}

bool same_binary(const SyncPoint& a, const SyncPoint& b) {
  return a.semaphore == b.semaphore && a.semaphore.kind() == SemaphoreKind::binary;
}

}  // namespace

const NativeSemaphore* native_of(detail::SemaphoreContents& contents) noexcept {
  if (auto* partnered = dynamic_cast<Semaphore*>(&contents)) return &partnered->native;
  if (auto* lone = dynamic_cast<LoneSemaphore*>(&contents)) return &lone->native;
  return nullptr;
}

Result<std::uint64_t> LoneSemaphore::value() { return Error(Errc::invalid_argument, "A binary semaphore has no value; wait for it."); }

Result<void> LoneSemaphore::signal(std::uint64_t) {
  return Error(Errc::invalid_argument, "A binary semaphore cannot be signalled from the host; signal it behind commands.");
}

Result<void> LoneSemaphore::wait(std::uint64_t, nanoseconds timeout) {
  auto entered = Entered::enter(native.context());
  if (!entered) return std::move(entered).error();
  native.context().gl.glWaitSemaphoreEXT(native.name(), 0, nullptr, 0, nullptr, nullptr);
  if (auto ok = entered->check("glWaitSemaphoreEXT"); !ok) return ok;
  return native.context().finish(timeout);
}

Result<void> wait_on_host(const geyser::Access& access, bool all, nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (const SyncPoint& point : access.waits()) {
    const SemaphoreKind kind = point.semaphore.kind();
    if (kind == SemaphoreKind::binary || (kind == SemaphoreKind::timeline && !all)) continue;
    const auto left = std::max(nanoseconds::zero(), nanoseconds(deadline - std::chrono::steady_clock::now()));
    if (auto ok = point.semaphore.wait(point.value, left); !ok) return std::move(ok).with_context("waiting for the access before");
  }
  return {};
}

void wait_on_gpu(const Texture& texture, const geyser::Access& access) {
  const Functions& gl = texture.context->gl;
  const auto points = access.waits();
  const NativeSemaphore* last = nullptr;
  SemaphoreKind last_kind = SemaphoreKind::binary;
  std::uint64_t last_value = 0;
  const GLenum layout = gl_layout(access.state().initialized ? access.state().layout : TextureLayout::undefined);
  const auto wait = [&](bool with_texture) {
    if (last == nullptr) return;
    set_value(*last, last_kind, last_value);
    gl.glWaitSemaphoreEXT(last->name(), 0, nullptr, with_texture ? 1 : 0, with_texture ? &texture.name : nullptr,
                          with_texture ? &layout : nullptr);
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    const NativeSemaphore* native = native_of(*detail::Private::contents(points[i].semaphore));
    const bool timeline = points[i].semaphore.kind() == SemaphoreKind::timeline;
    if (native == nullptr || (timeline && points[i].value == 0)) continue;
    const auto before = points.first(i);
    if (std::any_of(before.begin(), before.end(), [&](const SyncPoint& p) { return same_binary(p, points[i]); })) continue;
    wait(false);  // the layout goes with the last wait: the texture is the caller's only after all of them
    last = native;
    last_kind = points[i].semaphore.kind();
    last_value = points[i].value;
  }
  wait(true);
}

void signal_on_gpu(detail::SemaphoreContents& semaphore, std::uint64_t value, const Texture* texture, TextureLayout layout) {
  const NativeSemaphore& native = *native_of(semaphore);
  const Functions& gl = native.context().gl;
  const GLenum to = gl_layout(layout);
  set_value(native, semaphore.kind(), value);
  gl.glSignalSemaphoreEXT(native.name(), 0, nullptr, texture != nullptr ? 1 : 0, texture != nullptr ? &texture->name : nullptr,
                          texture != nullptr ? &to : nullptr);
  gl.glFlush();
}

Result<std::uint32_t> native(const SharedSemaphore& semaphore) {
  return detail::guard([&]() -> Result<std::uint32_t> {
    detail::SemaphoreContents* contents = detail::Private::contents(semaphore);
    if (contents == nullptr) return Error(Errc::invalid_argument, "The semaphore is empty; create or import one first.");
    if (const auto* mine = native_of(*contents)) return static_cast<std::uint32_t>(mine->name());
    if (contents->backend()->name() == "opengl") return std::uint32_t{0};
    return Error(Errc::device_mismatch, text("The semaphore belongs to a manager of the backend ", contents->backend()->name(),
                                             ", not to an OpenGL manager; export it there and import it here."));
  });
}

}  // namespace geyser::opengl
