#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "objects.hpp"

namespace fake_metal {
namespace {

struct State {
  std::mutex mutex;
  std::vector<Ref<DeviceObject>> devices;
  std::map<std::string, std::size_t> live;
  std::map<std::string, std::uint64_t, std::less<>> calls;
  std::string failing_function;  // empty: any
  std::uint64_t fail_in = 0;     // 0: nothing fails
  std::string injected;
  std::atomic<std::uint64_t> violations{0};
};
State& state() {
  static State& one = *new State;
  return one;
}

}  // namespace

void misuse(const std::string& what) {
  std::fprintf(stderr, "fake_metal: %s\n", what.c_str());
  std::abort();
}

bool should_fail(const char* function) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  ++s.calls[function];
  if (s.fail_in == 0 || (!s.failing_function.empty() && s.failing_function != function)) return false;
  if (--s.fail_in != 0) return false;
  s.injected = function;
  return true;
}

Object::Object(const char* type) : type_(type) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  ++s.live[type_];
}

Object::~Object() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (--s.live[type_] == 0) s.live.erase(type_);
}

void reset(const std::vector<DeviceConfig>& devices) {
  join();
  reset_gpu();
  State& s = state();
  for (const auto& [type, count] : live_objects()) misuse("reset() while " + std::to_string(count) + " " + type + " are alive");
  std::vector<Ref<DeviceObject>> made;
  for (const auto& config : devices) made.push_back(Ref<DeviceObject>::take(new DeviceObject(config)));
  {
    const std::lock_guard lock(s.mutex);
    s.devices.swap(made);
    s.calls.clear();
    s.fail_in = 0;
    s.injected.clear();
  }
  s.violations.store(0);
}

std::map<std::string, std::size_t> live_objects() {
  const std::lock_guard lock(state().mutex);
  auto live = state().live;
  live.erase("device");
  return live;
}

std::uint64_t calls(std::string_view function) {
  const std::lock_guard lock(state().mutex);
  const auto at = state().calls.find(function);
  return at == state().calls.end() ? 0 : at->second;
}

void fail_function(std::string_view function, std::uint64_t nth) {
  const std::lock_guard lock(state().mutex);
  state().failing_function = function;
  state().fail_in = nth;
  state().injected.clear();
}

void fail_call(std::uint64_t nth) { fail_function({}, nth); }
void stop_failing() {
  const std::lock_guard lock(state().mutex);
  state().fail_in = 0;
}

std::string injected() {
  const std::lock_guard lock(state().mutex);
  return state().injected;
}

std::uint64_t lock_violations() { return state().violations.load(); }
void count_violation() { state().violations.fetch_add(1); }
void forgive_lock_violations() { state().violations.store(0); }

std::vector<Ref<DeviceObject>> all_device_objects() {
  const std::lock_guard lock(state().mutex);
  if (state().devices.empty()) misuse("no devices: call reset() first");
  return state().devices;
}

void* device(std::size_t index) { return static_cast<Object*>(all_device_objects().at(index).get()); }

}  // namespace fake_metal
