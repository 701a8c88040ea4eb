// The two threads that keep real counters and shared payloads in step. Both sleep on something that wakes them; neither polls.
#include <algorithm>
#include <chrono>
#include <random>

#include "win32_driver/state.hpp"

namespace win32_driver {

Relay::Relay(Device& device) : device_(device), thread_([this] { run(); }) {}

Relay::~Relay() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Relay::expect(std::shared_ptr<Semaphore> semaphore, std::uint64_t value) {
  {
    const std::lock_guard lock(mutex_);
    ++semaphore->in_flight;
    items_.push_back({std::move(semaphore), value});
  }
  changed_.notify_all();
}

bool Relay::drain(Semaphore& semaphore) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(5), [&] {
    return std::none_of(items_.begin(), items_.end(), [&](const Item& each) { return each.semaphore.get() == &semaphore; });
  });
}

void Relay::run() {
  constexpr std::uint64_t a_while = 100'000'000;  // nanoseconds; only so that a device that is destroyed does not wait for a lost submit
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !items_.empty(); });
    if (stop_) return;
    const Item item = items_.front();
    lock.unlock();
    const VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, &item.semaphore->handle, &item.value};
    const auto result = device_.WaitSemaphores(device_.handle, &info, a_while);
    if (result == VK_SUCCESS) {
      auto* payload = item.semaphore->payload();
      if (payload != nullptr && raise(payload->value, item.value)) notify(*payload);
    }
    lock.lock();
    if (result == VK_TIMEOUT) continue;
    --item.semaphore->in_flight;
    items_.erase(items_.begin());
    changed_.notify_all();
  }
}

Listener::Listener(Device& device) : device_(device) {
  std::random_device random;
  id_ = (std::uint64_t{::GetCurrentProcessId()} << 32U ^ std::uint64_t{random()} << 16U ^ random()) | 1U;
  event_ = make_event(id_);
  thread_ = std::thread([this] { run(); });
}

Listener::~Listener() {
  stop_.store(true);
  ::SetEvent(event_.get());
  thread_.join();
}

void Listener::run() {
  std::vector<std::shared_ptr<Semaphore>> shared;
  for (;;) {
    ::WaitForSingleObject(event_.get(), INFINITE);
    if (stop_.load()) return;
    {
      const std::lock_guard lock(device_.mutex);
      for (const auto& [handle, semaphore] : device_.semaphores) shared.push_back(semaphore);
    }
    for (const auto& each : shared) pull(device_, *each);
    shared.clear();
  }
}

}  // namespace win32_driver
