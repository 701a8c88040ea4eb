#include "core/backend.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::detail {

Result<void> Backend::pass_on(TextureContents&, geyser::Access&, TextureLayout) {
  return Error(Errc::unsupported_feature,
               text("The backend ", name_, " cannot be the partner of an API that has no semaphores of its own."));
}

void Backend::lose(Error why) noexcept {
  const std::lock_guard lock(lost_mutex_);
  if (lost_.load(std::memory_order_relaxed)) return;
  why_.emplace(std::move(why));
  lost_.store(true, std::memory_order_release);
  log(LogLevel::error, why_->describe());
}

void Backend::park(std::shared_ptr<TextureContents> texture) {
  const std::lock_guard lock(parked_mutex_);
  parked_.push_back(std::move(texture));
}

void Backend::reap(bool last) noexcept {
  std::vector<std::shared_ptr<TextureContents>> parked;
  {
    const std::lock_guard lock(parked_mutex_);
    parked.swap(parked_);
  }
  if (parked.empty()) return;
  // When the manager goes, everybody gets one more moment together. A promise that nobody kept by then was never submitted.
  const auto deadline = std::chrono::steady_clock::now() + (last ? std::chrono::milliseconds(500) : std::chrono::milliseconds(0));
  for (auto& texture : parked) {
    bool over = true;
    for (const auto& point : texture->own_signals) {
      const auto left = std::max(std::chrono::steady_clock::duration::zero(), deadline - std::chrono::steady_clock::now());
      auto reached = Private::contents(point.semaphore)->wait(point.value, left);
      over = over && (reached || reached.error().code() != Errc::timed_out);
    }
    if (over) {
      texture.reset();
    } else if (last) {
      log(LogLevel::error, "A manager is destroyed while a texture waits for a signal that never came; the texture is freed now.");
    } else {
      const std::lock_guard lock(parked_mutex_);
      parked_.push_back(std::move(texture));
    }
  }
}

}  // namespace geyser::detail
