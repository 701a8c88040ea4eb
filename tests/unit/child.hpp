// Forked child processes, for tests of what only shows between processes.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "system.hpp"

namespace geyser::unit {

/// A forked copy of this process that runs `body` and ends with what it returns. Killed with its object.
class Child {
 public:
  template <class Body>
  explicit Child(Body&& body) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(std::forward<Body>(body)());
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Returns what `body` returned; -1 when a signal ended it, -2 when it did not end in 30 seconds.
  [[nodiscard]] int wait() {
    int status = 0;
    for (int i = 0; i < 30'000; ++i) {
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return -2;
  }
  /// SIGKILL, and gone when this returns.
  void kill() noexcept {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

/// Lets one process wait for another: pass() in one lets wait() return in the other, once per call. Bounded by the time-out of the test.
class Gate {
 public:
  Gate() {
    if (::pipe(ends_) != 0) std::abort();
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void pass(int times = 1) const noexcept {
    for (int i = 0; i < times; ++i) [[maybe_unused]]
      const ssize_t written = ::write(ends_[1], "g", 1);
  }
  [[nodiscard]] bool wait() const noexcept {
    char byte = 0;
    return ::read(ends_[0], &byte, 1) == 1;
  }
  /// wait() for those that passed already.
  [[nodiscard]] bool try_wait() const noexcept {
    pollfd entry{ends_[0], POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1 && wait();
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace geyser::unit
