#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tools/demo/child.hpp"

namespace geyser::demo {

Child::Child(std::vector<std::string> arguments) {
  std::string self = "/proc/self/exe";
  std::vector<char*> words{self.data()};
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(std::string("pipe2: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t id = -1;
  const int failed = ::posix_spawn(&id, self.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    throw std::runtime_error(std::string("The demo cannot start another process: ") + std::strerror(failed));
  }
  id_ = id;
  pipe_ = OsHandle(ends[0]);
}

Child::Child(Child&& other) noexcept
    : id_(std::exchange(other.id_, -1)), pipe_(std::move(other.pipe_)), code_(std::exchange(other.code_, std::nullopt)) {}

Child::~Child() {
  if (id_ > 0 && running()) {
    ::kill(id_, SIGKILL);
    static_cast<void>(wait(std::chrono::seconds(5)));
  }
}

bool Child::running() {
  if (code_) return false;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) != id_) return true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

std::optional<int> Child::wait(std::chrono::nanoseconds timeout) {
  for (const auto until = std::chrono::steady_clock::now() + timeout; running() && std::chrono::steady_clock::now() < until;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return code_;
}

std::string Child::output() {
  std::string all;
  std::array<char, 4096> part{};
  while (true) {
    const ssize_t bytes = ::read(pipe_.fd(), part.data(), part.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return all;
    all.append(part.data(), static_cast<std::size_t>(bytes));
  }
}

}  // namespace geyser::demo
