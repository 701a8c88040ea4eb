#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "geyser/geyser.hpp"

namespace geyser {
namespace {

struct Line {
  LogLevel level;
  std::string text;
};

/// Takes the log over for a test and gives it back.
class Log : public ::testing::Test {
 protected:
  Log() {
    set_log_level(LogLevel::warning);
    set_log_sink([](LogLevel level, std::string_view message,
                    void* user) noexcept { static_cast<Log*>(user)->lines.push_back({level, std::string(message)}); },
                 this);
  }
  ~Log() override {
    set_log_sink(nullptr);
    set_log_level(LogLevel::warning);
  }

 public:
  std::vector<Line> lines;
};

TEST_F(Log, reaches_the_sink) {
  log(LogLevel::error, "it broke");
  log(LogLevel::warning, "it creaks");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].level, LogLevel::error);
  EXPECT_EQ(lines[0].text, "it broke");
  EXPECT_EQ(lines[1].text, "it creaks");
}

TEST_F(Log, level_filters) {
  constexpr LogLevel all[] = {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
  for (const LogLevel lowest : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::off}) {
    set_log_level(lowest);
    lines.clear();
    for (const LogLevel level : all) log(level, "x");
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(LogLevel::off) - static_cast<std::size_t>(lowest));
  }
  set_log_level(LogLevel::debug);
  lines.clear();
  log(LogLevel::off, "nobody may log at off");
  EXPECT_TRUE(lines.empty());
}

TEST_F(Log, one_call_at_a_time) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 250; ++i) log(LogLevel::error, "line");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines.size(), 1'000U);  // the sink pushes without a lock of its own
}

TEST(Version, headers_and_library_agree) {
  EXPECT_EQ(version(), GEYSER_VERSION_STRING);
  EXPECT_EQ(version(),
            std::to_string(GEYSER_VERSION_MAJOR) + "." + std::to_string(GEYSER_VERSION_MINOR) + "." + std::to_string(GEYSER_VERSION_PATCH));
}

}  // namespace
}  // namespace geyser
