// The GPU: one thread that runs the command buffers of every queue in order, each some time after its commit, and calls whoever waits.
#include <algorithm>
#include <random>
#include <thread>

#include "objects.hpp"

namespace fake_metal {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Gpu {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Ref<CommandBufferObject>> work;  // in the order of commits
  std::vector<std::function<void()>> calls;   // handlers and listeners that are due
  bool calling = false;
  bool held = false;
  bool stop = false;
  std::int64_t failing_code = 0;
  std::minstd_rand random{7};
  std::thread thread;
};
Gpu& gpu() {
  static Gpu& one = *new Gpu;
  return one;
}

void raise(Gpu& g, Counter& counter, std::uint64_t value) {
  if (value < counter.value) misuse("a shared event is set from " + std::to_string(counter.value) + " to " + std::to_string(value));
  counter.value = value;
  std::erase_if(counter.listeners, [&](auto& listener) {
    if (listener.first > value) return false;
    g.calls.push_back(std::move(listener.second));
    return true;
  });
}

/// Runs what it can of one command buffer. True when it has ended.
bool advance(Gpu& g, CommandBufferObject& buffer) {
  api::Completion ended;
  if (buffer.next == 0 && g.failing_code != 0) {
    ended.code = std::exchange(g.failing_code, 0);
    ended.message = "injected";
    buffer.next = buffer.commands.size();
  }
  for (; buffer.next < buffer.commands.size(); ++buffer.next) {
    Command& command = buffer.commands[buffer.next];
    if (auto* wait = std::get_if<WaitCommand>(&command)) {
      if (wait->counter->value < wait->value) return false;
    } else if (auto* signal = std::get_if<SignalCommand>(&command)) {
      raise(g, *signal->counter, signal->value);
    } else {
      std::get<std::function<void()>>(command)();
    }
  }
  buffer.completed = true;
  for (auto& handler : buffer.handlers) g.calls.push_back([handler = std::move(handler), ended] { handler(ended); });
  buffer.handlers.clear();
  buffer.commands.clear();  // with everything that it kept alive
  return true;
}

void run() {
  Gpu& g = gpu();
  std::unique_lock lock(g.mutex);
  while (true) {
    std::vector<Ref<CommandBufferObject>> done;  // released without the lock
    if (!g.held) {
      std::vector<QueueObject*> blocked;
      for (auto at = g.work.begin(); at != g.work.end();) {
        CommandBufferObject& buffer = **at;
        const bool waits = std::find(blocked.begin(), blocked.end(), buffer.queue.get()) != blocked.end();
        if (!waits && Clock::now() >= buffer.not_before && advance(g, buffer)) {
          done.push_back(std::move(*at));
          at = g.work.erase(at);
          continue;
        }
        blocked.push_back(buffer.queue.get());  // command buffers of one queue run in order
        ++at;
      }
    }
    auto calls = std::move(g.calls);
    g.calls.clear();
    if (!calls.empty() || !done.empty()) {
      g.calling = true;
      lock.unlock();
      for (auto& call : calls) call();
      calls.clear();
      done.clear();
      lock.lock();
      g.calling = false;
      g.changed.notify_all();
      continue;
    }
    if (g.stop) return;
    g.changed.wait_for(lock, 200us);
  }
}

void start(Gpu& g) {
  if (!g.thread.joinable()) g.thread = std::thread(&run);
}

}  // namespace

std::uint64_t counter_value(Counter& counter) {
  const std::lock_guard lock(gpu().mutex);
  return counter.value;
}

void set_counter(Counter& counter, std::uint64_t value) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  start(g);
  raise(g, counter, value);
  g.changed.notify_all();
}

void listen(const std::shared_ptr<Counter>& counter, std::uint64_t value, std::function<void()> reached) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  start(g);
  if (counter->value >= value) {
    g.calls.push_back(std::move(reached));
  } else {
    counter->listeners.emplace_back(value, std::move(reached));
  }
  g.changed.notify_all();
}

void encode(CommandBufferObject& buffer, Command command) {
  const std::lock_guard lock(gpu().mutex);
  if (buffer.committed) misuse("a command is encoded into a command buffer that was committed");
  buffer.commands.push_back(std::move(command));
}

void commit(CommandBufferObject& buffer) {
  Gpu& g = gpu();
  const std::lock_guard lock(g.mutex);
  if (buffer.committed) misuse("a command buffer is committed twice");
  start(g);
  buffer.committed = true;
  buffer.not_before = Clock::now() + std::chrono::microseconds(g.random() % 700);
  g.work.push_back(Ref<CommandBufferObject>::share(&buffer));
  g.changed.notify_all();
}

bool is_committed(CommandBufferObject& buffer) {
  const std::lock_guard lock(gpu().mutex);
  return buffer.committed;
}

void fail_command_buffer(std::int64_t code) {
  const std::lock_guard lock(gpu().mutex);
  gpu().failing_code = code;
}

void hold_gpu(bool held) {
  const std::lock_guard lock(gpu().mutex);
  gpu().held = held;
  gpu().changed.notify_all();
}

bool drain() {
  Gpu& g = gpu();
  std::unique_lock lock(g.mutex);
  return g.changed.wait_for(lock, 10s, [&] { return g.work.empty() && g.calls.empty() && !g.calling; });
}

void join() {
  Gpu& g = gpu();
  {
    const std::lock_guard lock(g.mutex);
    g.stop = true;
    g.changed.notify_all();
  }
  if (g.thread.joinable()) g.thread.join();
  const std::lock_guard lock(g.mutex);
  g.stop = false;
}

void reset_gpu() {
  Gpu& g = gpu();
  std::deque<Ref<CommandBufferObject>> left;
  const std::lock_guard lock(g.mutex);
  if (!g.work.empty()) misuse("reset() while command buffers wait");
  g.held = false;
  g.failing_code = 0;
}

void commit(void* command_buffer) { commit(*as<CommandBufferObject>(command_buffer)); }

bool wait_completed(void* command_buffer) {
  Gpu& g = gpu();
  std::unique_lock lock(g.mutex);
  return g.changed.wait_for(lock, 10s, [&] { return as<CommandBufferObject>(command_buffer)->completed && !g.calling; });
}

std::uint64_t event_value(void* event) { return counter_value(*as<EventObject>(event)->counter); }
void set_event(void* event, std::uint64_t value) { set_counter(*as<EventObject>(event)->counter, value); }

QueueObject::QueueObject(Ref<DeviceObject> d) : Object("queue"), device(std::move(d)) {}
QueueObject::~QueueObject() = default;

void* new_queue(void* device) { return static_cast<Object*>(new QueueObject(Ref<DeviceObject>::share(as<DeviceObject>(device)))); }
void* new_command_buffer(void* queue) {
  return static_cast<Object*>(new CommandBufferObject(Ref<QueueObject>::share(as<QueueObject>(queue))));
}

}  // namespace fake_metal
