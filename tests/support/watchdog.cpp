#include "support/watchdog.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "support/watchdog_system.hpp"

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

[[noreturn]] void give_up(const std::string& what, std::chrono::seconds after) {
  const auto seconds = static_cast<long long>(after.count());
  std::fprintf(stderr, "\nWATCHDOG: %s runs for more than %lld s; the stacks of all threads follow, then this process ends.\n",
               what.c_str(), seconds);
  print_stacks();
  const char* given = std::getenv(retries_variable);
  if (const long left = given != nullptr ? std::strtol(given, nullptr, 10) : 0; left > 0) {
    std::fprintf(stderr, "WATCHDOG: HUNG: %s did not end within %lld s; the program starts anew, %s allows it %ld more time(s).\n",
                 what.c_str(), seconds, retries_variable, left);
    start_again(retries_variable, left - 1);
  }
  std::fprintf(stderr, "WATCHDOG: FAILED: %s did not end within %lld s.\n", what.c_str(), seconds);
  std::_Exit(exit_status);
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
  prepare_stacks();
  ::testing::UnitTest::GetInstance()->listeners().Append(new Listener);
  std::thread(&run, limit()).detach();
}

Watched::Watched(std::string what) { watch(std::move(what)); }
Watched::~Watched() { watch({}); }

}  // namespace geyser::test
