// A bounded wait that is made of several.
#pragma once

#include <algorithm>
#include <chrono>

namespace geyser::ipc {

/// Any timeout: negative ones are over at once, the largest never overflows. Ownership: value. Threading: value type.
class Deadline {
 public:
  explicit Deadline(std::chrono::nanoseconds timeout) noexcept : timeout_(std::max(timeout, std::chrono::nanoseconds::zero())) {}
  [[nodiscard]] std::chrono::nanoseconds rest() const noexcept {
    return std::max(timeout_ - std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_),
                    std::chrono::nanoseconds::zero());
  }
  [[nodiscard]] bool over() const noexcept { return rest() == std::chrono::nanoseconds::zero(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::nanoseconds timeout_;
};

}  // namespace geyser::ipc
