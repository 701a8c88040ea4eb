#include "support/watchdog.hpp"

#include <dirent.h>
#include <execinfo.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

namespace geyser::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int exit_status = 3;
constexpr const char* retries_variable = "GEYSER_TEST_RETRIES";

std::chrono::seconds default_limit() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::chrono::seconds{300};
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return std::chrono::seconds{300};
#else
  return std::chrono::seconds{90};
#endif
#else
  return std::chrono::seconds{90};
#endif
}

std::chrono::seconds limit() {
  const char* given = std::getenv("GEYSER_TEST_CASE_SECONDS");
  const long seconds = given != nullptr ? std::strtol(given, nullptr, 10) : 0;
  return seconds > 0 ? std::chrono::seconds{seconds} : default_limit();
}

// Never destroyed: the thread may still look while the process ends.
struct State {
  std::mutex mutex;
  std::string what;  // empty: nothing is watched
  Clock::time_point since;
};
State& state() {
  static auto* instance = new State;
  return *instance;
}

void watch(std::string what) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.what = std::move(what);
  s.since = Clock::now();
}

class Listener : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo& info) override { watch(std::string(info.test_suite_name()) + "." + info.name()); }
  void OnTestEnd(const ::testing::TestInfo&) override { watch({}); }
};

// True when gdb was there, was allowed to look and showed the stacks.
bool stacks_by_gdb() {
  const std::string pid = std::to_string(::getpid());
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // where only a parent may look, the child may now
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::unsetenv("LD_PRELOAD");  // a sanitizer's runtime is not for gdb
    // timeout: this process stands still as long as gdb looks, and cannot end a gdb that hangs.
    ::execlp("timeout", "timeout", "-k", "5", "60", "gdb", "-q", "-batch", "-nx", "-p", pid.c_str(), "-ex", "thread apply all backtrace 40",
             static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::atomic<bool> shown{false};

void show_own_stack(int) {
  std::array<void*, 64> frames{};
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  ::backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  shown.store(true);
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Each thread prints its own stack in a signal handler. One that is deep in the kernel never does: then its wait channel is all there is.
void stacks_by_signal() {
  std::vector<pid_t> threads;
  if (DIR* folder = ::opendir("/proc/self/task"); folder != nullptr) {
    while (const dirent* entry = ::readdir(folder)) {
      if (entry->d_name[0] != '.') threads.push_back(static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10)));
    }
    ::closedir(folder);
  }
  struct sigaction action{};
  action.sa_handler = &show_own_stack;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR2, &action, nullptr);
  for (const pid_t thread : threads) {
    const std::string folder = "/proc/self/task/" + std::to_string(thread);
    std::fprintf(stderr, "Thread %d (%s), waits in %s, system call %s\n", static_cast<int>(thread), first_line(folder + "/comm").c_str(),
                 first_line(folder + "/wchan").c_str(), first_line(folder + "/syscall").c_str());
    shown.store(false);
    if (::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR2) != 0) continue;
    for (int i = 0; i < 200 && !shown.load(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    if (!shown.load()) std::fprintf(stderr, "  (no answer within 2 s)\n");
  }
}

// Starts this program anew with its own arguments, in the place of this process: whatever hangs is gone. Returns when that fails.
void start_again(long left) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv(retries_variable, std::to_string(left).c_str(), 1);
  ::execv("/proc/self/exe", arguments.data());
}

[[noreturn]] void give_up(const std::string& what, std::chrono::seconds after) {
  const auto seconds = static_cast<long long>(after.count());
  std::fprintf(stderr, "\nWATCHDOG: %s runs for more than %lld s; the stacks of all threads follow, then this process ends.\n",
               what.c_str(), seconds);
  if (!stacks_by_gdb()) {
    std::fprintf(stderr, "WATCHDOG: gdb is not here or may not look at this process; each thread tells for itself.\n");
    stacks_by_signal();
  }
  const char* given = std::getenv(retries_variable);
  if (const long left = given != nullptr ? std::strtol(given, nullptr, 10) : 0; left > 0) {
    std::fprintf(stderr, "WATCHDOG: HUNG: %s did not end within %lld s; the program starts anew, %s allows it %ld more time(s).\n",
                 what.c_str(), seconds, retries_variable, left);
    start_again(left - 1);
  }
  std::fprintf(stderr, "WATCHDOG: FAILED: %s did not end within %lld s.\n", what.c_str(), seconds);
  ::_exit(exit_status);
}

void run(std::chrono::seconds longest) {
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    std::string late;
    {
      State& s = state();
      const std::lock_guard lock(s.mutex);
      if (!s.what.empty() && Clock::now() - s.since > longest) late = s.what;
    }
    if (!late.empty()) give_up(late, longest);
  }
}

}  // namespace

void start_watchdog() {
  // Loads what backtrace() needs now: in a signal handler it would be too late.
  std::array<void*, 1> frame{};
  static_cast<void>(::backtrace(frame.data(), 1));
  ::testing::UnitTest::GetInstance()->listeners().Append(new Listener);
  std::thread(&run, limit()).detach();
}

Watched::Watched(std::string what) { watch(std::move(what)); }
Watched::~Watched() { watch({}); }

}  // namespace geyser::test
