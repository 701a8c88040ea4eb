// Failures that a test asks for.
#include "state.hpp"

namespace fake_vulkan {

std::vector<std::string> fallible_calls() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.fallible[std::this_thread::get_id()];
}

void fail_call(std::uint64_t nth, VkResult result) { fail_function({}, nth, result); }

void fail_function(std::string_view function, std::uint64_t nth, VkResult result, bool forever, bool any_thread) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.injection = {true, std::string(function), nth, result, forever, any_thread, std::this_thread::get_id()};
  s.injected.clear();
}

void stop_failing() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.injection = {};
}

std::string injected() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.injected;
}

VkResult Call::fail(bool can_lose) {
  State& s = state();
  const auto thread = std::this_thread::get_id();
  s.fallible[thread].emplace_back(function_);
  Injection& injection = s.injection;
  const bool counts = injection.armed && (injection.any_thread || injection.thread == thread) &&
                      (injection.function.empty() || injection.function == function_);
  if (counts && injection.remaining > 0) --injection.remaining;
  if (counts && injection.remaining == 0) {
    injection.armed = injection.forever;
    s.injected = function_;
    if (injection.result == VK_ERROR_DEVICE_LOST && device_ != nullptr) mark_lost(*device_);
    return injection.result;
  }
  return can_lose && device_ != nullptr && device_->lost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

}  // namespace fake_vulkan
