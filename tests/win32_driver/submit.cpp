// vkQueueSubmit: binary semaphores become numbered tickets of their timelines, and signals that others want to hear of are watched.
#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

struct Signal {
  std::shared_ptr<Semaphore> semaphore;
  std::uint64_t value;
};

// One VkSubmitInfo with everything it points to.
struct Submit {
  explicit Submit(const void* next) : chain(next) {}
  Chain chain;
  std::vector<std::uint64_t> wait_values;
  std::vector<std::uint64_t> signal_values;
};

std::uint64_t given(const std::uint64_t* values, std::uint32_t count, std::uint32_t index) {
  return values != nullptr && index < count ? values[index] : 0;
}

// Tickets are taken in the order of submits, as the semaphore would be signalled and waited for.
std::uint64_t wait_ticket(Semaphore& semaphore) {
  auto* payload = semaphore.payload();
  const std::uint64_t ticket = payload != nullptr ? ++payload->waits : ++semaphore.waits;
  const std::uint64_t signals = payload != nullptr ? payload->signals.load() : semaphore.signals;
  if (ticket > signals) complain("vkQueueSubmit: a binary semaphore is waited for, and no signal of it was submitted");
  return ticket;
}

std::uint64_t signal_ticket(Semaphore& semaphore) {
  auto* payload = semaphore.payload();
  const std::uint64_t ticket = payload != nullptr ? ++payload->signals : ++semaphore.signals;
  const std::uint64_t waits = payload != nullptr ? payload->waits.load() : semaphore.waits;
  if (ticket > waits + 1) complain("vkQueueSubmit: a binary semaphore is signalled again before its last signal was waited for");
  return ticket;
}

void give_back(Semaphore& semaphore, bool wait) {
  auto* payload = semaphore.payload();
  if (payload != nullptr) {
    --(wait ? payload->waits : payload->signals);
  } else {
    --(wait ? semaphore.waits : semaphore.signals);
  }
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL QueueSubmit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos, VkFence fence) {
  if (const auto result = injected("vkQueueSubmit")) return *result;
  auto& device = *device_of(queue);
  if (!device.semaphore_win32) return device.QueueSubmit(queue, count, infos, fence);
  std::vector<std::unique_ptr<Submit>> submits;
  std::vector<VkSubmitInfo> real(infos, infos + count);
  std::vector<Signal> watched;
  std::vector<std::pair<std::shared_ptr<Semaphore>, bool>> tickets;
  for (auto& info : real) {
    constexpr auto timeline_type = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
    const auto* timeline = find_as<VkTimelineSemaphoreSubmitInfo>(info.pNext, timeline_type);
    auto& submit = *submits.emplace_back(std::make_unique<Submit>(info.pNext));
    for (std::uint32_t i = 0; i < info.waitSemaphoreCount; ++i) {
      const auto semaphore = device.semaphore(info.pWaitSemaphores[i]);
      std::uint64_t value = timeline == nullptr ? 0 : given(timeline->pWaitSemaphoreValues, timeline->waitSemaphoreValueCount, i);
      if (semaphore && !semaphore->timeline) {
        value = wait_ticket(*semaphore);
        tickets.emplace_back(semaphore, true);
      }
      if (semaphore) pull(device, *semaphore);
      submit.wait_values.push_back(value);
    }
    for (std::uint32_t i = 0; i < info.signalSemaphoreCount; ++i) {
      const auto semaphore = device.semaphore(info.pSignalSemaphores[i]);
      std::uint64_t value = timeline == nullptr ? 0 : given(timeline->pSignalSemaphoreValues, timeline->signalSemaphoreValueCount, i);
      if (semaphore && !semaphore->timeline) {
        value = signal_ticket(*semaphore);
        tickets.emplace_back(semaphore, false);
      }
      if (semaphore && semaphore->section) watched.push_back({semaphore, value});
      submit.signal_values.push_back(value);
    }
    auto* values = submit.chain.find<VkTimelineSemaphoreSubmitInfo>(timeline_type);
    if (values == nullptr && (!submit.wait_values.empty() || !submit.signal_values.empty())) {
      VkTimelineSemaphoreSubmitInfo added{};
      added.sType = timeline_type;
      submit.chain.push(added);
      values = submit.chain.find<VkTimelineSemaphoreSubmitInfo>(timeline_type);
    }
    if (values != nullptr) {
      values->waitSemaphoreValueCount = static_cast<std::uint32_t>(submit.wait_values.size());
      values->pWaitSemaphoreValues = submit.wait_values.data();
      values->signalSemaphoreValueCount = static_cast<std::uint32_t>(submit.signal_values.size());
      values->pSignalSemaphoreValues = submit.signal_values.data();
    }
    info.pNext = submit.chain.head();
  }
  const auto result = device.QueueSubmit(queue, count, real.data(), fence);
  if (result != VK_SUCCESS) {
    for (const auto& [semaphore, wait] : tickets) give_back(*semaphore, wait);
    return result;
  }
  if (watched.empty()) return result;
  const std::lock_guard lock(device.mutex);
  auto& relay = *device.relays.at(queue);
  for (auto& each : watched) relay.expect(std::move(each.semaphore), each.value);
  return result;
}

}  // namespace win32_driver
