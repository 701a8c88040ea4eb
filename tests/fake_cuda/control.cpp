// What tests say to the driver.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "state.hpp"

namespace fake_cuda {

std::map<std::string, std::size_t> live_objects() {
  const std::lock_guard lock(state().mutex);
  std::map<std::string, std::size_t> live;
  for (const auto& [id, object] : state().objects) {
    const auto* context = dynamic_cast<ContextObject*>(object.get());
    if (context != nullptr && context->primary) continue;  // counted by its references
    const auto* stream = dynamic_cast<StreamObject*>(object.get());
    if (stream != nullptr && std::string_view(stream->type) == "default stream") continue;
    ++live[object->type];
  }
  for (const auto& [device, primary] : state().primaries) {
    if (primary.second > 0) live["primary reference"] += static_cast<std::size_t>(primary.second);
  }
  return live;
}

void join() {
  State& s = state();
  std::thread worker;
  {
    const std::lock_guard lock(s.mutex);
    s.stop_worker = true;
    worker.swap(s.worker);
  }
  s.changed.notify_all();
  if (worker.joinable()) worker.join();
}

void reset(const Config& config) {
  join();
  if (!state().ended) {
    for (const auto& [type, count] : live_objects()) {
      misuse("reset", std::to_string(count) + " " + type + (count == 1 ? " is" : " are") + " still alive");
    }
  }
  const std::lock_guard lock(state().mutex);
  State& s = state();
  s.objects.clear();
  s.gone.clear();
  s.primaries.clear();
  s.calls.clear();
  s.config = config;
  s.ended = false;
  s.held = false;
  s.held_devices.clear();
  s.gate_open = true;
  s.fail_function.clear();
  s.fail_nth = 0;
  s.fail_forever = false;
  s.injected.clear();
}

std::uint64_t calls(std::string_view function) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().calls.find(function);
  return found == state().calls.end() ? 0 : found->second;
}

void fail_function(std::string_view function, std::uint64_t nth, int status, bool forever) {
  const std::lock_guard lock(state().mutex);
  State& s = state();
  s.fail_function = function;
  s.fail_nth = nth;
  s.fail_status = status;
  s.fail_forever = forever;
  s.injected.clear();
}
void fail_call(std::uint64_t nth, int status) { fail_function("", nth, status); }
void stop_failing() {
  const std::lock_guard lock(state().mutex);
  state().fail_nth = 0;
  state().fail_function.clear();
}
std::string injected() {
  const std::lock_guard lock(state().mutex);
  return state().injected;
}

void shut_down() {
  join();
  const std::lock_guard lock(state().mutex);
  State& s = state();
  std::vector<Id> contexts;
  for (const auto& [id, object] : s.objects) {
    if (dynamic_cast<ContextObject*>(object.get()) != nullptr) contexts.push_back(id);
  }
  for (const Id id : contexts) destroy(id);
  s.objects.clear();
  s.primaries.clear();
  s.ended = true;
}

void hold_streams(bool held) {
  const std::lock_guard lock(state().mutex);
  state().held = held;
  if (!held) state().held_devices.clear();
}
void hold_device(int ordinal) {
  const std::lock_guard lock(state().mutex);
  state().held_devices.insert(ordinal);
}
bool drain() {
  const std::lock_guard lock(state().mutex);
  return run_streams();
}

void* create_context(int ordinal) {
  const std::lock_guard lock(state().mutex);
  state().initialised = true;
  return reinterpret_cast<void*>(new_context(ordinal, false));
}
void destroy_context(void* context) {
  const std::lock_guard lock(state().mutex);
  const Id id = reinterpret_cast<Id>(context);
  if (state().objects.count(id) == 0) misuse("cuCtxDestroy", "a context that is gone");
  destroy(id);
}

void* create_stream(void* context) {
  const std::lock_guard lock(state().mutex);
  auto stream = std::make_shared<StreamObject>();
  stream->type = "stream";
  stream->context = reinterpret_cast<Id>(context);
  const Id id = state().next += 0x10;
  state().objects[id] = stream;
  return reinterpret_cast<void*>(id);
}
void destroy_stream(void* stream) {
  const std::lock_guard lock(state().mutex);
  const auto object =
      std::dynamic_pointer_cast<StreamObject>(state().objects.at(reinterpret_cast<Id>(stream)));  // run_streams() may drop it
  object->destroyed = true;
  run_streams();
  if (object->work.empty()) state().objects.erase(reinterpret_cast<Id>(stream));
}

void close_gate(void* context, void* stream) {
  const std::lock_guard lock(state().mutex);
  Id id = reinterpret_cast<Id>(stream);
  if (id == 0) id = dynamic_cast<ContextObject&>(*state().objects.at(reinterpret_cast<Id>(context))).default_stream;
  state().gate_open = false;
  enqueue(dynamic_cast<StreamObject&>(*state().objects.at(id)), [] { return state().gate_open; });
}
void open_gate() {
  const std::lock_guard lock(state().mutex);
  state().gate_open = true;
  if (!state().config.asynchronous) run_streams();
}

int new_semaphore(char kind, std::uint64_t value) {
  const int fd = new_file(std::string("fvks-") + kind + "-fake-cuda", sizeof(SemaphorePage));
  if (fd >= 0) set_semaphore(fd, value);
  return fd;
}
std::uint64_t semaphore_value(int fd) {
  const auto page = Mapping::of(fd, sizeof(SemaphorePage));
  return std::atomic_ref(reinterpret_cast<SemaphorePage*>(page->data())->value).load();
}
void set_semaphore(int fd, std::uint64_t value) {
  const auto page = Mapping::of(fd, sizeof(SemaphorePage));
  std::atomic_ref(reinterpret_cast<SemaphorePage*>(page->data())->value).store(value);
}

ObjectInfo texture_object(unsigned long long object) {
  const std::lock_guard lock(state().mutex);
  return dynamic_cast<ViewObject&>(*state().objects.at(object)).info;
}

namespace {
std::byte* any_context(unsigned long long address, std::size_t bytes, bool write) {
  for (const auto& [id, object] : state().objects) {
    if (dynamic_cast<ContextObject*>(object.get()) == nullptr) continue;
    if (auto* found = accessible(id, address, bytes, write)) return found;
  }
  misuse("a kernel", "an address that is not mapped, or not for this");
}
}  // namespace
void read_device(unsigned long long address, void* to, std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  std::memcpy(to, any_context(address, bytes, false), bytes);
}
void write_device(unsigned long long address, const void* from, std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  std::memcpy(any_context(address, bytes, true), from, bytes);
}

}  // namespace fake_cuda
