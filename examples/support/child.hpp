// Other processes of the same example: the program starts itself again with other arguments.
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace example {

/// Ownership: move-only; a child that still runs is killed by the destructor.
class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments) {
    std::string self = "/proc/self/exe";
    std::vector<std::string> words = arguments;
    std::vector<char*> argv{self.data()};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (::posix_spawn(&id_, self.c_str(), nullptr, nullptr, argv.data(), ::environ) != 0) throw std::runtime_error("posix_spawn fails");
  }
  Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ > 0) kill();
  }

  /// As a crash would: no destructor runs over there.
  void kill() {
    ::kill(id_, SIGKILL);
    (void)wait();
  }
  /// Until it ends: its exit code; negative: the signal that killed it.
  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = -1;
};

}  // namespace example
