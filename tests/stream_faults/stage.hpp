// What the tests of this folder stand on: a folder for streams, child processes with a role, and a page on which a child shows where it is
// even when it is stopped or dead.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/check.hpp"
#include "support/process.hpp"

namespace geyser::test {

using namespace std::chrono_literals;

/// A folder that is gone with its object; streams live in `streams()`.
class Scene {
 public:
  Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string streams() const { return path_ + "/run"; }

 private:
  std::string path_;
};

/// Shared by a child and its parent. Every field may be read at any time.
struct Page {
  std::atomic<std::uint32_t> step{0};     ///< where the child is
  std::atomic<std::uint32_t> allowed{0};  ///< the child passes step n while this is above n
  std::atomic<std::uint32_t> stop{0};     ///< the child shall end in good order
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> torn{0};  ///< frames whose content was not what their number says
  std::atomic<std::uint64_t> last{0};
  std::atomic<std::uint64_t> gaps{0};  ///< numbers that did not follow the one before, of one attachment
  std::atomic<std::uint64_t> skipped{0};
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::uint64_t> attachments{0};
  std::atomic<std::uint64_t> generations{0};
  std::atomic<std::uint64_t> transport{0};
  std::atomic<std::uint64_t> descriptors{0};
  std::atomic<std::uint64_t> resident{0};
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint32_t> has_words{0};
  char words[1000] = {};
};

/// A page in a file. Ownership: move-only.
class Slate {
 public:
  [[nodiscard]] static Slate create(const std::string& file);
  [[nodiscard]] static Slate open(const std::string& file);
  Slate(Slate&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  Slate& operator=(Slate&&) = delete;
  Slate(const Slate&) = delete;
  Slate& operator=(const Slate&) = delete;
  ~Slate();
  [[nodiscard]] Page& operator*() const noexcept { return *page_; }
  [[nodiscard]] Page* operator->() const noexcept { return page_; }
  void say(std::string_view words) const noexcept;  ///< the last words win
  [[nodiscard]] std::string words() const;
  /// Shows the step and stays there until the parent allows to go on. A child whose parent is gone ends.
  void reach(std::uint32_t step) const noexcept;

 private:
  explicit Slate(Page* page) noexcept : page_(page) {}
  Page* page_ = nullptr;
};

/// key=value words of a role.
class Settings {
 public:
  Settings() = default;
  Settings(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise = {}) const;
  [[nodiscard]] std::uint64_t number(const std::string& key, std::uint64_t otherwise = 0) const;
  void set(const std::string& key, const std::string& value) { values_[key] = value; }
  [[nodiscard]] const std::map<std::string, std::string>& all() const noexcept { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

/// What a child does. Returns its exit status; 0 is well.
using Role = int (*)(const Settings& settings, const Slate& slate);
/// All roles by name: roles.cpp and handmade_roles.cpp.
[[nodiscard]] Role find_role(std::string_view name);
/// Entry of main() for `--role NAME key=value...`.
int run_role(int argc, char** argv);

/// A child process in a role. Killed with its object.
class Actor {
 public:
  [[nodiscard]] static Result<Actor> start(const Scene& scene, const std::string& role, const Settings& settings);
  [[nodiscard]] Page& page() const noexcept { return *slate_; }
  [[nodiscard]] const Page& operator*() const noexcept { return *slate_; }
  [[nodiscard]] std::string words() const { return slate_.words(); }
  [[nodiscard]] ProcessId pid() const noexcept { return child_.pid(); }
  void freeze() const noexcept;                   ///< SIGSTOP (NtSuspendProcess), and stopped when this returns
  void thaw() const noexcept { child_.go_on(); }  ///< SIGCONT
  void kill() noexcept;                           ///< SIGKILL (TerminateProcess), and gone when this returns
  /// Lets the child go on past every step.
  void allow_all() const noexcept { slate_->allowed.store(~std::uint32_t{0}); }
  [[nodiscard]] bool wait_step(std::uint32_t step, std::chrono::milliseconds timeout = 20s) const;
  [[nodiscard]] Result<int> wait(std::chrono::milliseconds timeout) { return child_.wait(timeout); }
  /// It has ended by itself and is not waited for yet.
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] const Channel& channel() const noexcept { return child_.channel(); }
  /// Asks it to end and waits. Success only for exit status 0.
  [[nodiscard]] ::testing::AssertionResult finish(std::chrono::milliseconds timeout = 20s);

 private:
  Actor(Child child, Slate slate) : child_(std::move(child)), slate_(std::move(slate)) {}
  Child child_;
  Slate slate_;
};

/// Handles that this process has for a child: its end of the channel; on Windows the process and the pipe's parts too.
#if defined(_WIN32)
inline constexpr std::size_t child_handles = 3;
#else
inline constexpr std::size_t child_handles = 1;
#endif

/// Polls every millisecond.
[[nodiscard]] bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& condition);
/// GEYSER_LONG_TESTS is set.
[[nodiscard]] bool long_tests();
/// How much longer things may take here than on a plain build: sanitizers, and Wine, whose every wait goes through a server.
[[nodiscard]] int patience() noexcept;
/// The log has a line since `mark` that contains `part`.
[[nodiscard]] ::testing::AssertionResult logged(std::size_t mark, std::string_view part);

}  // namespace geyser::test
