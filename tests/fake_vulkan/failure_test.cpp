// Every Vulkan call that can fail, fails once.
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/scenario.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;

/// A result, the error class that it must become, and the functions that may answer it; none: all may.
struct Failure {
  VkResult result;
  Errc code;
  const char* name;
  std::set<std::string> functions;
};

const std::vector<Failure>& failures() {
  static const std::vector<Failure> all = {
      {VK_ERROR_OUT_OF_HOST_MEMORY, Errc::out_of_memory, "VK_ERROR_OUT_OF_HOST_MEMORY", {}},
      {VK_ERROR_OUT_OF_DEVICE_MEMORY,
       Errc::out_of_memory,
       "VK_ERROR_OUT_OF_DEVICE_MEMORY",
       {"vkAllocateMemory", "vkCreateImage", "vkBindImageMemory", "vkCreateBuffer", "vkQueueSubmit"}},
      {VK_ERROR_DEVICE_LOST,
       Errc::device_lost,
       "VK_ERROR_DEVICE_LOST",
       {"vkCreateDevice", "vkQueueSubmit", "vkWaitForFences", "vkGetFenceStatus", "vkWaitSemaphores", "vkGetSemaphoreCounterValue"}},
      {VK_ERROR_TOO_MANY_OBJECTS,
       Errc::out_of_memory,
       "VK_ERROR_TOO_MANY_OBJECTS",
       {"vkAllocateMemory", "vkGetMemoryFdKHR", "vkGetSemaphoreFdKHR", "vkGetFenceFdKHR", "vkCreateDevice"}},
      {VK_ERROR_INVALID_EXTERNAL_HANDLE,
       Errc::protocol_error,
       "VK_ERROR_INVALID_EXTERNAL_HANDLE",
       {"vkImportSemaphoreFdKHR", "vkImportFenceFdKHR", "vkGetMemoryFdPropertiesKHR", "vkGetMemoryHostPointerPropertiesEXT"}},
      {VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT,
       Errc::protocol_error,
       "VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT",
       {"vkCreateImage"}},
      {VK_ERROR_MEMORY_MAP_FAILED, Errc::out_of_memory, "VK_ERROR_MEMORY_MAP_FAILED", {"vkMapMemory"}},
      {VK_ERROR_INITIALIZATION_FAILED,
       Errc::unsupported_feature,
       "VK_ERROR_INITIALIZATION_FAILED",
       {"vkCreateInstance", "vkEnumeratePhysicalDevices", "vkCreateDevice"}},
  };
  return all;
}

/// What must be the same after a failure.
struct Snapshot {
  LiveObjects live = live_objects();
  std::size_t callers_fds = process_fds() - owned_fds();
};

testing::AssertionResult unchanged(const Snapshot& before, const Snapshot& success, const std::set<std::string>& kept) {
  const Snapshot now;
  if (now.callers_fds != before.callers_fds) {
    return testing::AssertionFailure() << now.callers_fds << " descriptors are open where there were " << before.callers_fds;
  }
  const auto count = [](const LiveObjects& live, const std::string& type) {
    const auto found = live.find(type);
    return found == live.end() ? std::size_t{0} : found->second;
  };
  std::set<std::string> types;
  for (const auto* live : {&before.live, &now.live}) {
    for (const auto& each : *live) types.insert(each.first);
  }
  for (const std::string& type : types) {
    const std::size_t had = count(before.live, type);
    const std::size_t has = count(now.live, type);
    // What is kept for the next call is never more than what a call that succeeds keeps.
    const bool fine = kept.count(type) != 0 ? has <= std::max(had, count(success.live, type)) : has == had;
    if (!fine) return testing::AssertionFailure() << has << ' ' << type << " are alive where there were " << had;
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult is_clear(const geyser::Error& error, const Failure& failure, const std::string& function) {
  const std::string text = error.describe();
  if (error.code() != failure.code) return testing::AssertionFailure() << "not " << to_string(failure.code) << ": " << text;
  if (error.domain() != geyser::ErrorDomain::vulkan || error.native_code() != failure.result) {
    return testing::AssertionFailure() << "does not carry the VkResult: " << text;
  }
  for (const std::string& part : {function, std::string(failure.name)}) {
    if (error.message().find(part) == std::string_view::npos)
      return testing::AssertionFailure() << "does not name " << part << ": " << text;
  }
  return testing::AssertionSuccess();
}

class EveryCallFails : public testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    fds_ = process_fds();
    geyser::set_log_level(geyser::LogLevel::off);  // an abandoned access is logged as the error that it is
  }
  void TearDown() override {
    geyser::set_log_level(geyser::LogLevel::warning);
    reset();
    EXPECT_EQ(process_fds(), fds_);
  }

  /// The functions that act() calls and that can fail, in order; `success_` is what there is afterwards.
  std::vector<std::string> count_calls() {
    const Scenario& scenario = GetParam();
    reset(scenario.config);
    std::vector<std::string> functions;
    {
      World world;
      scenario.prepare(world);
      const std::size_t before = fallible_calls().size();
      const auto done = scenario.act(world);
      EXPECT_TRUE(done) << done.error().describe();
      functions = fallible_calls();
      functions.erase(functions.begin(), functions.begin() + static_cast<std::ptrdiff_t>(before));
      success_ = Snapshot();
    }
    EXPECT_TRUE(clean());
    return functions;
  }

  void fail_one(const std::string& function, std::size_t nth, const Failure& failure) {
    const Scenario& scenario = GetParam();
    reset(scenario.config);
    {
      World world;
      scenario.prepare(world);
      const Snapshot before;
      fail_call(nth, failure.result);
      const auto done = scenario.act(world);
      stop_failing();
      ASSERT_EQ(injected(), function) << "the calls differ from run to run";
      const bool optional = scenario.optional.count(function) != 0;
      if (done) {
        EXPECT_TRUE(optional) << "it succeeds although a call failed";
      } else {
        if (!optional) {
          EXPECT_TRUE(is_clear(done.error(), failure, function));
        }
        EXPECT_FALSE(done.error().message().empty());
        EXPECT_TRUE(unchanged(before, success_, scenario.kept));
        if (scenario.still_owned) scenario.still_owned(world);
        if (failure.result != VK_ERROR_DEVICE_LOST) act_again(world, scenario.consuming.count(function) != 0);
      }
    }
    EXPECT_TRUE(clean());
    ++injections_;
  }

  std::size_t injections_ = 0;

 private:
  static void act_again(World& world, bool used_up) {
    const Scenario& scenario = GetParam();
    if (used_up && scenario.renew) scenario.renew(world);
    const auto again = scenario.act(world);
    if (used_up && !scenario.renew) {
      EXPECT_TRUE(!again && again.error().code() == Errc::invalid_state) << "it waits for a signal that was used up";
    } else {
      EXPECT_TRUE(again) << "it does not succeed afterwards: " << again.error().describe();
    }
  }

  std::size_t fds_ = 0;
  Snapshot success_;
};

TEST_P(EveryCallFails, CleanlyAndOnce) {
  const std::vector<std::string> functions = count_calls();
  ASSERT_FALSE(functions.empty()) << "the scenario calls nothing that can fail";
  for (const Failure& failure : failures()) {
    for (std::size_t i = 0; i < functions.size(); ++i) {
      if (!failure.functions.empty() && failure.functions.count(functions[i]) == 0) continue;
      SCOPED_TRACE(functions[i] + " (call " + std::to_string(i + 1) + " of " + std::to_string(functions.size()) + ") answers " +
                   failure.name);
      fail_one(functions[i], i + 1, failure);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GE(injections_, functions.size());
  RecordProperty("injections", static_cast<int>(injections_));
}

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (auto* some : {&device_scenarios, &texture_scenarios, &transfer_scenarios, &sync_scenarios}) {
    for (auto& scenario : some()) all.push_back(std::move(scenario));
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Scenario, EveryCallFails, testing::ValuesIn(all_scenarios()),
                         [](const testing::TestParamInfo<Scenario>& each) { return each.param.name; });

}  // namespace

// Printed by test discovery instead of the object's bytes.
void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

}  // namespace fake_vulkan
