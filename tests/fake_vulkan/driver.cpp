// The state: configuration, what is alive, what went wrong, and what shall fail.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iomanip>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {

State& state() {
  static State instance;
  return instance;
}

UuidBytes uuid(std::uint8_t byte) {
  UuidBytes bytes{};
  bytes.fill(byte);
  return bytes;
}

std::string hex(const UuidBytes& bytes) {
  std::ostringstream out;
  out << std::hex << std::setfill('0');
  for (const std::uint8_t byte : bytes) out << std::setw(2) << static_cast<unsigned>(byte);
  return std::move(out).str();
}

OwnedFd::OwnedFd(int fd) : fd_(fd) {
  if (fd_ < 0) return;
  struct stat status{};
  if (fstat(fd_, &status) == 0) inode_ = status.st_ino;
  ++state().owned_fds;
}

OwnedFd::~OwnedFd() {
  if (fd_ < 0) return;
  struct stat status{};
  if (fstat(fd_, &status) != 0) {
    violate("close", "a file descriptor that belongs to the driver was closed by somebody else");
  } else if (status.st_ino != inode_) {
    violate("close", "a file descriptor that belongs to the driver was closed by somebody else and used again");
  } else {
    ::close(fd_);
  }
  --state().owned_fds;
}

int new_memfd(const std::string& name, std::uint64_t bytes) {
  const int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd >= 0 && ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::string memfd_name(int fd) {
  std::array<char, 300> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target.data(), target.size() - 1);
  std::string text(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  constexpr std::string_view prefix = "/memfd:";
  if (text.rfind(prefix, 0) != 0) return {};
  text.erase(0, prefix.size());
  return text.substr(0, text.find(' '));
}

void fire(std::vector<OwnedFd>& descriptors) {
  for (const OwnedFd& descriptor : descriptors) {
    const std::uint64_t one = 1;
    if (write(descriptor.get(), &one, sizeof one) != static_cast<ssize_t>(sizeof one))
      violate("sync_fd", "the eventfd cannot be signalled");
  }
  descriptors.clear();
}

bool sync_fd_signalled(int fd) {
  if (fd < 0) return true;
  pollfd item{fd, POLLIN, 0};
  return poll(&item, 1, 0) == 1 && (item.revents & POLLIN) != 0;
}

std::size_t process_fds() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::size_t count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1U : 0U;
  closedir(folder);
  return count - 1;  // the folder itself
}

void reset(const Config& config) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  // Commands hold no references, so any order is right.
  s.objects.clear();
  s.dead.clear();
  s.config = std::make_shared<Config>(config);
  s.violations.clear();
  s.calls.clear();
  s.fallible.clear();
  s.injection = {};
  s.injected.clear();
  s.held = false;
  s.layouts.clear();
  s.queue_hook = nullptr;
}

LiveObjects live_objects() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  LiveObjects live;
  for (const auto& [id, object] : s.objects) {
    const std::string_view type = object->type;
    if (type != PhysicalDevice::name && type != Queue::name) ++live[object->type];
  }
  return live;
}

std::size_t owned_fds() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.owned_fds;
}

std::size_t pending_submits() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  std::size_t count = 0;
  for (const auto& [id, object] : s.objects) {
    if (const auto* queue = dynamic_cast<const Queue*>(object.get())) count += queue->pending.size();
  }
  return count;
}

std::uint64_t calls(std::string_view function) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  const auto found = s.calls.find(function);
  return found == s.calls.end() ? 0 : found->second;
}

std::vector<std::string> violations() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.violations;
}

std::vector<std::string> take_violations() {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return std::exchange(s.violations, {});
}

void lose_device(VkDevice device) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (auto* found = lookup<Device>("lose_device", id_of(device))) mark_lost(*found);
}

void hold_queues(bool held) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.held = held;
  progress();
}

void set_queue_hook(std::function<void(const char*)> hook) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.queue_hook = std::move(hook);
}

void report_bad_handle(const char* function, const char* type, Id id) {
  const State& s = state();
  if (id == 0) return violate(function, "a null handle where a ", type, " is wanted");
  if (const auto dead = s.dead.find(id); dead != s.dead.end()) return violate(function, "a ", dead->second, " that has been destroyed");
  if (const auto other = s.objects.find(id); other != s.objects.end())
    return violate(function, "a ", other->second->type, " where a ", type, " is wanted");
  violate(function, "a handle that the driver never gave out where a ", type, " is wanted");
}

void remove(const char* function, Object& object) {
  State& s = state();
  if (object.in_flight != 0) violate(function, "the ", object.type, " is in use by a submit or a wait that is not over");
  const Id id = object.id;
  s.dead.emplace(id, object.type);
  s.objects.erase(id);
}

void mark_lost(Device& device) {
  device.lost = true;
  drop_submits(device);
  state().changed.notify_all();
}

Call::Call(const char* function) : lock_(state().mutex), function_(function) {
  State& s = state();
  const auto found = s.calls.find(std::string_view(function));
  if (found == s.calls.end()) {
    s.calls.emplace(function, 1);
  } else {
    ++found->second;
  }
  progress();
}

Call::Call(const char* function, VkDevice device) : Call(function) {
  device_ = lookup<Device>(function, id_of(device));
  const Function* entry = find_function(function);
  if (device_ == nullptr || entry == nullptr) return;
  const bool core = entry->version != 0 && device_->api_version >= entry->version;
  const bool extension = entry->extension != nullptr && device_->has(entry->extension);
  const bool debug = entry->extension != nullptr && std::string_view(entry->extension) == "VK_EXT_debug_utils";
  if (!core && !extension && !debug) violate(function, "neither the device's version nor an enabled extension has this function");
}

Call::~Call() { progress(); }

}  // namespace fake_vulkan
