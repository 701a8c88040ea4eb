#include "fake_d3d12/state.hpp"

#include <unordered_map>
#include <utility>

namespace fake_d3d12 {
namespace {

struct World {
  std::recursive_mutex mutex;
  std::unordered_map<const void*, std::uint64_t> living;
  std::uint64_t next = 1;
  std::vector<std::string> complaints;
  int fail_in = 0;
  HRESULT answer = S_OK;
  std::string failed;
};
World& all() {
  static World* const world = new World();  // threads of queues may outlive main()
  return *world;
}

}  // namespace

std::recursive_mutex& world() { return all().mutex; }

void complain(std::string what) {
  const std::lock_guard lock(world());
  all().complaints.push_back(std::move(what));
}

std::vector<std::string> take_complaints() {
  const std::lock_guard lock(world());
  return std::exchange(all().complaints, {});
}

int live_objects() {
  const std::lock_guard lock(world());
  return static_cast<int>(all().living.size());
}

void fail_call(int number, HRESULT answer) {
  const std::lock_guard lock(world());
  all().fail_in = number;
  all().answer = answer;
  all().failed.clear();
}

std::string failed_call() {
  const std::lock_guard lock(world());
  return all().failed;
}

bool must_fail(const char* call, HRESULT& answer) {
  const std::lock_guard lock(world());
  if (all().fail_in == 0 || --all().fail_in != 0) return false;
  all().failed = call;
  answer = all().answer;
  return true;
}

std::uint64_t enlist(const void* object) {
  const std::lock_guard lock(world());
  const auto number = all().next++;
  all().living[object] = number;
  return number;
}

void dismiss(const void* object) {
  const std::lock_guard lock(world());
  all().living.erase(object);
}

bool lives(const void* object, std::uint64_t number) {
  const std::lock_guard lock(world());
  const auto found = all().living.find(object);
  return found != all().living.end() && found->second == number;
}

}  // namespace fake_d3d12
