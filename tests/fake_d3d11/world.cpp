#include "fake_d3d11/world.hpp"

#include <cstdio>
#include <cstdlib>

namespace fake_d3d11 {
namespace {

/// Runs what can run; true when something did.
bool run_some(World& w) {
  bool ran = false;
  for (std::size_t i = 0; i < w.queues.size(); ++i) {
    const auto queue = w.queues[i];
    while (!w.held && !queue->flushed.empty() && queue->flushed.front()()) {
      queue->flushed.pop_front();
      ran = true;
    }
  }
  std::erase_if(w.queues, [](const auto& queue) { return queue->dropped && queue->flushed.empty(); });
  for (auto at = w.watches.begin(); at != w.watches.end();) {
    const bool orphan = at->owner.expired();
    const bool removed = FAILED(w.removed);
    if (!orphan && (removed || at->done())) {
      at->act();
      ran = true;
    }
    at = orphan || removed || at->done() ? w.watches.erase(at) : at + 1;
  }
  return ran;
}

void run() {
  World& w = world();
  std::unique_lock lock(w.mutex);
  while (!w.stop_worker) {
    if (w.delay_ms != 0) {
      const auto pause = std::chrono::milliseconds(w.delay_ms);
      lock.unlock();
      std::this_thread::sleep_for(pause);
      lock.lock();
      if (w.stop_worker) break;
    }
    if (run_some(w)) continue;
    // What it waits for may come from another process: look again soon.
    bool waiting = !w.watches.empty();
    for (const auto& queue : w.queues) waiting = waiting || !queue->flushed.empty();
    if (waiting) {
      w.changed.wait_for(lock, std::chrono::milliseconds(1));
    } else {
      w.changed.wait(lock);
    }
  }
}

void start(World& w) {
  if (w.worker.joinable()) return;
  w.stop_worker = false;
  w.worker = std::thread(run);
}

}  // namespace

void misuse(std::string_view function, std::string_view what) {
  std::fprintf(stderr, "fake_d3d11: %.*s: %.*s\n", static_cast<int>(function.size()), function.data(), static_cast<int>(what.size()),
               what.data());
  std::fflush(stderr);
  std::abort();
}
void unused(std::string_view function) { misuse(function, "the library has no business with it"); }

World& world() {
  static auto* const one = new World;  // never destroyed: its thread may outlive main()
  return *one;
}

std::optional<HRESULT> refusal(std::string_view function) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  ++w.calls[std::string(function)];
  if (FAILED(w.removed)) return DXGI_ERROR_DEVICE_REMOVED;
  if (w.fail_nth == 0 || (!w.fail_any && w.fail_function != function)) return std::nullopt;
  if (--w.fail_nth != 0) return std::nullopt;
  if (w.fail_forever) w.fail_nth = 1;
  w.injected = function;
  return w.fail_result;
}

void count(std::string_view function) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  ++w.calls[std::string(function)];
}

void record(Queue& queue, std::function<bool()> command) {
  const std::lock_guard lock(world().mutex);
  queue.recorded.push_back(std::move(command));
}

void flush(Queue& queue) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  start(w);
  for (auto& command : queue.recorded) queue.flushed.push_back(std::move(command));
  queue.recorded.clear();
  w.changed.notify_all();
}

void watch(std::function<bool()> done, std::function<void()> act, std::weak_ptr<void> owner) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  start(w);
  w.watches.push_back({std::move(done), std::move(act), std::move(owner)});
  w.changed.notify_all();
}

Alive::Alive(const char* type) : type_(type) {
  const std::lock_guard lock(world().mutex);
  ++world().alive[type];
}
Alive::~Alive() {
  const std::lock_guard lock(world().mutex);
  --world().alive[type_];
}

HANDLE duplicate(HANDLE handle) {
  HANDLE made = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  return ::DuplicateHandle(self, handle, self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS) != 0 ? made : nullptr;
}

void reset(const Config& config) {
  stop();
  for (const auto& [type, number] : live_objects()) misuse("reset", std::to_string(number) + " " + type + " left");
  World& w = world();
  const std::lock_guard lock(w.mutex);
  w.config = config;
  w.calls.clear();
  w.fail_nth = 0;
  w.injected.clear();
  w.removed = S_OK;
  w.held = false;
  w.delay_ms = 0;
  w.forget_holder = false;
}

void stop() {
  World& w = world();
  std::thread ending;
  {
    const std::lock_guard lock(w.mutex);
    w.stop_worker = true;
    w.changed.notify_all();
    ending = std::move(w.worker);
  }
  if (ending.joinable()) ending.join();
  const std::lock_guard lock(w.mutex);
  std::erase_if(w.queues, [](const auto& queue) { return queue->dropped; });
  std::erase_if(w.watches, [](const auto& each) { return each.owner.expired(); });
}

std::map<std::string, std::size_t> live_objects() {
  const std::lock_guard lock(world().mutex);
  std::map<std::string, std::size_t> left;
  for (const auto& [type, number] : world().alive) {
    if (number != 0) left[type] = number;
  }
  return left;
}

std::uint64_t calls(std::string_view function) {
  const std::lock_guard lock(world().mutex);
  const auto found = world().calls.find(function);
  return found == world().calls.end() ? 0 : found->second;
}

void fail_function(std::string_view function, std::uint64_t nth, long result, bool forever) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  w.fail_function = function;
  w.fail_any = false;
  w.fail_nth = nth;
  w.fail_forever = forever;
  w.fail_result = static_cast<HRESULT>(result);
  w.injected.clear();
}

void fail_call(std::uint64_t nth, long result) {
  fail_function({}, nth, result);
  const std::lock_guard lock(world().mutex);
  world().fail_any = true;
}

void stop_failing() {
  const std::lock_guard lock(world().mutex);
  world().fail_nth = 0;
}

std::string injected() {
  const std::lock_guard lock(world().mutex);
  return world().injected;
}

void remove_devices(long reason) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  w.removed = static_cast<HRESULT>(reason);
  w.changed.notify_all();
}

void hold_queues(bool held) {
  World& w = world();
  const std::lock_guard lock(w.mutex);
  w.held = held;
  w.changed.notify_all();
}

void delay_queues(unsigned milliseconds) {
  const std::lock_guard lock(world().mutex);
  world().delay_ms = milliseconds;
}

void forget_holder() {
  const std::lock_guard lock(world().mutex);
  world().forget_holder = true;
}

}  // namespace fake_d3d11
