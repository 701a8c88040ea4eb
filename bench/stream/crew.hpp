// The processes that read: this program, started again with --member.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "bench/stream/options.hpp"
#include "bench/stream/page.hpp"

namespace geyser::bench {

/// Memory without a name that inherited descriptors lead to.
class Pages {
 public:
  Pages() = default;
  explicit Pages(std::size_t bytes);         ///< new
  Pages(int descriptor, std::size_t bytes);  ///< somebody else's
  ~Pages();
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  int descriptor_ = -1;
  std::span<std::byte> bytes_;
};

/// Two frames of the largest size, for the way by the CPU.
inline constexpr std::size_t copy_slots = 2;
inline constexpr std::size_t copy_bytes = copy_slots * std::size_t{4} * 7680 * 4320;

/// The leader's side. Ownership: ends its processes, stopped or not, when it goes. Threading: one thread. Everything that fails throws, a
/// member's failure with its words.
class Crew {
 public:
  explicit Crew(const Options& options);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Starts processes until there are `count`.
  void hire(std::size_t count);
  /// Gives the order to members `first` to `first + count` and waits until each has made its preparations.
  void begin(std::size_t first, std::size_t count, const Order& order);
  /// As begin(), without waiting.
  void order(std::size_t member, const Order& order);
  void await_start(std::size_t member);
  /// Ends what begin() began.
  void end(std::size_t first, std::size_t count);
  void await_end(std::size_t member);

  [[nodiscard]] Cell& cell(std::size_t member) noexcept { return page_->cells[member]; }
  [[nodiscard]] Page& page() noexcept { return *page_; }
  [[nodiscard]] std::span<std::byte> copy_slot(std::size_t slot, std::size_t bytes) const;
  [[nodiscard]] pid_t process(std::size_t member) const noexcept { return processes_[member]; }
  /// SIGKILL, and waits until it is gone. hire() does not replace it; revive() does.
  void kill(std::size_t member);
  void revive(std::size_t member);
  void stop(std::size_t member);  ///< SIGSTOP, and waits until it stands
  void go_on(std::size_t member);

 private:
  void start(std::size_t member);
  void check(std::size_t member);
  Options options_;
  Pages pages_;
  Pages copies_;
  Page* page_;
  std::vector<pid_t> processes_;
};

/// The member's side: follows orders until it is told to leave. Returns the exit status.
int serve(const Options& options);

}  // namespace geyser::bench
