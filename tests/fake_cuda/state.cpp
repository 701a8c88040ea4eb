#include "state.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake_cuda {

void misuse(std::string_view function, std::string_view what) {
  std::fprintf(stderr, "fake CUDA driver: %.*s: %.*s\n", static_cast<int>(function.size()), function.data(), static_cast<int>(what.size()),
               what.data());
  std::abort();
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<Mapping> Mapping::of(int fd, std::uint64_t bytes) {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return std::nullopt;
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(data);
  mapping.bytes_ = bytes;
  return mapping;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

State& state() {
  static auto* const all = new State;  // never destroyed: the driver's thread may still run
  return *all;
}

std::vector<Id>& current_stack() {
  thread_local std::vector<Id> stack;
  return stack;
}

Call::Call(const char* function, Kind kind) : lock_(state().mutex), function_(function) {
  State& s = state();
  ++s.calls[function];
  if (kind != Kind::fallible || s.fail_nth == 0) {
    if (s.fail_function != function || s.fail_nth == 0) return;
  }
  if (!s.fail_function.empty() && s.fail_function != function) return;
  if (s.fail_nth > 1) {
    --s.fail_nth;
    return;
  }
  injected_ = true;
  s.injected = function;
  if (!s.fail_forever) s.fail_nth = 0;
}

std::optional<Status> Call::refusal(bool needs_context) const {
  const State& s = state();
  if (s.ended) return Status::deinitialized;
  if (injected_) return static_cast<Status>(s.fail_status);
  if (!s.initialised) return Status::not_initialized;
  if (!needs_context) return std::nullopt;
  if (context() == 0) return Status::invalid_context;
  if (s.objects.count(context()) == 0) return Status::context_is_destroyed;
  return std::nullopt;
}

int Call::ordinal() const { return dynamic_cast<ContextObject&>(*state().objects.at(context())).device; }
const DeviceConfig& Call::device() const { return state().config.devices[static_cast<std::size_t>(ordinal())]; }

std::shared_ptr<StreamObject> stream_of(const Call& call, api::Stream stream) {
  if (stream != nullptr) return call.get<StreamObject>(stream);
  const Id id = dynamic_cast<ContextObject&>(*state().objects.at(call.context())).default_stream;
  return std::dynamic_pointer_cast<StreamObject>(state().objects.at(id));
}

namespace {

bool held(const StreamObject& stream) {
  const State& s = state();
  if (s.held_devices.empty()) return false;
  const auto found = s.objects.find(stream.context);
  return found != s.objects.end() && s.held_devices.count(dynamic_cast<ContextObject&>(*found->second).device) != 0;
}

}  // namespace

bool run_streams() {
  State& s = state();
  if (s.held) return false;
  bool empty = true;
  std::vector<Id> finished;
  for (const auto& [id, object] : s.objects) {
    auto* stream = dynamic_cast<StreamObject*>(object.get());
    if (stream == nullptr) continue;
    while (!held(*stream) && !stream->work.empty() && stream->work.front()()) stream->work.pop_front();
    empty = empty && stream->work.empty();
    if (stream->destroyed && stream->work.empty()) finished.push_back(id);
  }
  for (const Id id : finished) s.objects.erase(id);
  return empty;
}

namespace {

/// One step of one stream at a time, each a little late.
void work() {
  State& s = state();
  std::unique_lock lock(s.mutex);
  while (!s.stop_worker) {
    s.changed.wait_for(lock, std::chrono::milliseconds(1));
    if (s.held) continue;
    std::vector<std::shared_ptr<Object>> all;
    for (const auto& [id, object] : s.objects) all.push_back(object);
    for (const auto& object : all) {
      auto* stream = dynamic_cast<StreamObject*>(object.get());
      if (stream != nullptr && !held(*stream) && !stream->work.empty() && stream->work.front()()) stream->work.pop_front();
    }
  }
}

}  // namespace

void enqueue(StreamObject& stream, std::function<bool()> task) {
  State& s = state();
  stream.work.push_back(std::move(task));
  if (!s.config.asynchronous) {
    run_streams();
    return;
  }
  if (!s.worker.joinable()) {
    s.stop_worker = false;
    s.worker = std::thread(work);
  }
}

Id new_context(int ordinal, bool primary) {
  State& s = state();
  auto context = std::make_shared<ContextObject>();
  context->type = primary ? "primary context" : "context";
  context->primary = primary;
  context->device = ordinal;
  const Id id = s.next += 0x10;
  auto stream = std::make_shared<StreamObject>();
  stream->type = "default stream";
  stream->context = id;
  context->default_stream = s.next += 0x10;
  s.objects[context->default_stream] = stream;
  s.objects[id] = context;
  return id;
}

void destroy(Id context) {
  State& s = state();
  for (auto it = s.objects.begin(); it != s.objects.end();) {
    if (it->first == context || it->second->context == context) {
      if (auto* reservation = dynamic_cast<ReservationObject*>(it->second.get())) {
        ::munmap(reinterpret_cast<void*>(it->first), reservation->size);
      }
      s.gone.insert(it->first);
      it = s.objects.erase(it);
    } else {
      ++it;
    }
  }
}

std::byte* accessible(Id context, std::uint64_t address, std::uint64_t bytes, bool write) {
  for (const auto& [start, object] : state().objects) {
    if (object->context != context) continue;
    std::uint64_t size = 0;
    std::uint64_t first = start;
    bool usable = true;
    if (const auto* range = dynamic_cast<RangeObject*>(object.get())) {
      size = range->size;
    } else if (const auto* reservation = dynamic_cast<ReservationObject*>(object.get())) {
      size = reservation->mapped;
      usable = reservation->accessible;
    } else if (const auto* host = dynamic_cast<HostObject*>(object.get())) {
      size = host->size;
      usable = host->device_map && !(write && host->read_only);
    }
    if (size == 0 || address < first || address - first > size || size - (address - first) < bytes) continue;
    return usable ? reinterpret_cast<std::byte*>(address) : nullptr;
  }
  return nullptr;
}

std::string file_name(int fd) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  std::array<char, 512> target{};
  const auto length = ::readlink(path.data(), target.data(), target.size() - 1);
  if (length < 0) return {};
  std::string name(target.data(), static_cast<std::size_t>(length));
  const std::string prefix = "/memfd:";
  return name.compare(0, prefix.size(), prefix) == 0 ? name.substr(prefix.size()) : std::string();
}

int new_file(const std::string& name, std::uint64_t bytes) {
  const int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (fd >= 0 && ::ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

}  // namespace fake_cuda
