// Another process of this program.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "geyser/os_handle.hpp"

namespace geyser::demo {

/// This program, started again with other arguments; its standard output comes here, its errors go where ours go.
/// Ownership: move-only; a child that still runs is killed by the destructor. What fails throws std::runtime_error. Threading: one thread.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments);
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] bool running();
  /// Its exit code, or 128 and the signal that killed it; empty when it does not end in that time.
  [[nodiscard]] std::optional<int> wait(std::chrono::nanoseconds timeout);
  /// What it printed. Valid usage: it has ended, and printed less than a pipe holds.
  [[nodiscard]] std::string output();

 private:
  [[maybe_unused]] int id_ = -1;       // POSIX
  [[maybe_unused]] OsHandle process_;  // Windows
  OsHandle pipe_;
  std::optional<int> code_;
};

}  // namespace geyser::demo
