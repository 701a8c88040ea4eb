// Semaphores of OpenGL, and how accesses wait for them and signal them.
#pragma once

#include "backends/opengl/texture.hpp"
#include "core/partner.hpp"

namespace geyser::opengl {

/// The semaphore object. Ownership: the name; destroyed in any thread.
class NativeSemaphore {
 public:
  NativeSemaphore(std::shared_ptr<AdoptedContext> context, GLuint name) noexcept : context_(std::move(context)), name_(name) {}
  NativeSemaphore(NativeSemaphore&& other) noexcept : context_(std::move(other.context_)), name_(std::exchange(other.name_, 0U)) {}
  NativeSemaphore& operator=(NativeSemaphore&&) = delete;
  NativeSemaphore(const NativeSemaphore&) = delete;
  NativeSemaphore& operator=(const NativeSemaphore&) = delete;
  ~NativeSemaphore() {
    if (context_) context_->bury(NameKind::semaphore, name_);
  }
  [[nodiscard]] GLuint name() const noexcept { return name_; }
  [[nodiscard]] AdoptedContext& context() const noexcept { return *context_; }

 private:
  std::shared_ptr<AdoptedContext> context_;
  GLuint name_;
};

/// Timeline or binary; the partner has the host's side.
class Semaphore final : public detail::PartneredSemaphore {
 public:
  Semaphore(std::shared_ptr<detail::Backend> backend, SharedSemaphore twin, bool imported, NativeSemaphore made) noexcept
      : PartneredSemaphore(std::move(backend), std::move(twin), imported), native(std::move(made)) {}
  NativeSemaphore native;
};

/// Binary, imported without a partner: the host waits through the context, in its thread. A wait that times out stays in the context's
/// queue, and takes the signal when it comes.
class LoneSemaphore final : public detail::SemaphoreContents {
 public:
  LoneSemaphore(std::shared_ptr<detail::Backend> backend, NativeSemaphore made) noexcept
      : SemaphoreContents(std::move(backend), SemaphoreKind::binary, true), native(std::move(made)) {}
  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;
  NativeSemaphore native;
};

/// Null for a host timeline.
[[nodiscard]] const NativeSemaphore* native_of(detail::SemaphoreContents& contents) noexcept;

/// Waits on the host for what OpenGL cannot wait for, or, with `all`, for every timeline: commands that nobody waits for with a time-out
/// must not stand behind a semaphore that is never signalled. Errors: timed_out.
[[nodiscard]] Result<void> wait_on_host(const geyser::Access& access, bool all, std::chrono::nanoseconds timeout);
/// Makes the commands from here on wait for the other points, and takes the texture over from the layout of state().
void wait_on_gpu(const Texture& texture, const geyser::Access& access);
/// Signals behind all commands so far, and flushes; hands `texture` (may be null) over in `layout`. Not for host timelines.
void signal_on_gpu(detail::SemaphoreContents& semaphore, std::uint64_t value, const Texture* texture, TextureLayout layout);

/// A semaphore object with the payload of `handle`, which it takes over on success only (external_semaphore_fd.cpp).
[[nodiscard]] Result<NativeSemaphore> import_native(const std::shared_ptr<AdoptedContext>& context, SemaphoreKind kind, OsHandle& handle);

}  // namespace geyser::opengl
