#include "bench/stream/crew.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <csignal>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/stream/common.hpp"
#include "bench/stream/crew_handles.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {
// Opening a device in many processes at once takes its time.
constexpr std::int64_t patience = 60'000'000'000;  // nanoseconds
}  // namespace

Pages::Pages(std::size_t bytes) {
  const int fd = memfd_create("geyser_stream_bench", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw std::runtime_error("no shared memory for the processes of the run");
  // High numbers, so that what a child takes over under the numbers agreed on is never in the way of the other.
  const int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);
  ::close(fd);
  *this = Pages(high, bytes);
}

Pages::Pages(int descriptor, std::size_t bytes) : descriptor_(descriptor) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) throw std::runtime_error("the shared memory of the run cannot be mapped");
  bytes_ = {static_cast<std::byte*>(mapped), bytes};
}

Pages::~Pages() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  if (descriptor_ >= 0) ::close(descriptor_);
}

Pages::Pages(Pages&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(std::exchange(other.bytes_, {})) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Crew::Crew(const Options& options) : options_(options), pages_(sizeof(Page)), copies_(copy_bytes), page_(new(pages_.bytes().data()) Page) {}

Crew::~Crew() {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i] <= 0) continue;
    ::kill(processes_[i], SIGKILL);  // a stopped process hears nothing else, and none of them has anything to save
    waitpid(processes_[i], nullptr, 0);
  }
}

void Crew::start(std::size_t member) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pages_.descriptor(), page_descriptor);
  posix_spawn_file_actions_adddup2(&actions, copies_.descriptor(), copy_descriptor);
  std::vector<std::string> words{"geyser_stream_bench", "--member=" + std::to_string(member), "--folder=" + options_.folder};
  if (options_.other) words.push_back("--other=" + std::to_string(*options_.other));
  if (options_.index) words.push_back("--index=" + std::to_string(*options_.index));
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = -1;
  const int status = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) throw std::runtime_error("a reader's process cannot be started: error " + std::to_string(status));
  processes_[member] = process;
}

void Crew::hire(std::size_t count) {
  if (count > most_members) throw std::runtime_error("at most " + std::to_string(most_members) + " processes");
  while (processes_.size() < count) {
    processes_.push_back(-1);
    start(processes_.size() - 1);
  }
}

void Crew::order(std::size_t member, const Order& order) {
  hire(member + 1);
  Cell& cell = page_->cells[member];
  if (cell.done.load() != cell.sequence.load()) throw std::runtime_error("a process was given an order while it follows another");
  cell.order = order;
  cell.halt.store(0);
  cell.go.store(0);
  cell.turn.store(0);
  cell.frames.store(0);
  cell.skipped.store(0);
  cell.generation.store(0);
  cell.sequence.fetch_add(1);
  futex_wake(cell.sequence);
}

void Crew::check(std::size_t member) {
  Cell& cell = page_->cells[member];
  if (cell.failed.load() != 0) throw std::runtime_error("a reader's process: " + std::string(cell.failure));
  int status = 0;
  if (waitpid(processes_[member], &status, WNOHANG) == processes_[member]) {
    processes_[member] = -1;
    throw std::runtime_error("a reader's process ended with status " + std::to_string(status));
  }
}

void Crew::await_start(std::size_t member) {
  Cell& cell = page_->cells[member];
  const std::int64_t limit = now_ns() + patience;
  const std::uint32_t wanted = cell.sequence.load();
  for (std::uint32_t seen = cell.started.load(); seen != wanted; seen = cell.started.load()) {
    futex_wait(cell.started, seen);
    check(member);
    if (now_ns() > limit) throw std::runtime_error("a reader's process did not get ready");
  }
  check(member);
}

void Crew::begin(std::size_t first, std::size_t count, const Order& wanted) {
  for (std::size_t i = first; i < first + count; ++i) order(i, wanted);
  for (std::size_t i = first; i < first + count; ++i) await_start(i);
}

void Crew::await_end(std::size_t member) {
  Cell& cell = page_->cells[member];
  const std::int64_t limit = now_ns() + patience;
  const std::uint32_t wanted = cell.sequence.load();
  for (std::uint32_t seen = cell.done.load(); seen != wanted; seen = cell.done.load()) {
    futex_wait(cell.done, seen);
    check(member);
    if (now_ns() > limit) throw std::runtime_error("a reader's process did not end its task");
  }
  check(member);
}

void Crew::end(std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) page_->cells[i].halt.store(1);
  page_->bell.fetch_add(1);  // for those who sleep on it
  futex_wake(page_->bell);
  for (std::size_t i = first; i < first + count; ++i) await_end(i);
}

std::span<std::byte> Crew::copy_slot(std::size_t slot, std::size_t bytes) const {
  return copies_.bytes().subspan(slot * (copy_bytes / copy_slots), bytes);
}

void Crew::kill(std::size_t member) {
  ::kill(processes_[member], SIGKILL);
  waitpid(processes_[member], nullptr, 0);
  processes_[member] = -1;
  Cell& cell = page_->cells[member];
  cell.done.store(cell.sequence.load());
  cell.started.store(cell.sequence.load());
}

void Crew::revive(std::size_t member) {
  if (processes_[member] == -1) start(member);
}

void Crew::stop(std::size_t member) {
  ::kill(processes_[member], SIGSTOP);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(processes_[member]), &info, WSTOPPED);
}

void Crew::go_on(std::size_t member) { ::kill(processes_[member], SIGCONT); }

}  // namespace geyser::bench
