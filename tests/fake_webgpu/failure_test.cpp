// Every call of Dawn that can fail fails once, in each of the things that the backend does: the error arrives as a sentence, nothing leaks,
// and the same thing works afterwards.
#include <functional>

#include "fixture.hpp"

namespace fake_dawn {
namespace {

template <class T>
std::optional<T> keep(geyser::Result<T> result, std::string& why) {
  if (result) return *std::move(result);
  why = result.error().describe();
  return std::nullopt;
}
bool done(const geyser::Result<void>& result, std::string& why) {
  if (!result) why = result.error().describe();
  return result.has_value();
}

class Failure : public Fixture, public testing::WithParamInterface<Kinds> {
 protected:
  void SetUp() override {
    Fixture::SetUp();
    make(GetParam().features());
  }

  using Run = std::function<bool(std::string& why)>;
  void every_call(const Run& run, std::size_t at_least) {
    std::string why;
    ASSERT_TRUE(run(why)) << why;
    const auto before = live_objects();
    for (const bool memory : {false, true}) {
      std::size_t failed = 0;
      for (std::uint64_t nth = 1; nth < 2000; ++nth) {
        why.clear();
        fail_call(nth, memory);
        const bool worked = run(why);
        stop_failing();
        const std::string function = injected();
        if (function.empty()) break;
        // What tells whether something worked may be lost without harm; the call itself did its work.
        EXPECT_TRUE(!worked || function == "wgpuDevicePopErrorScope" || function == "wgpuQueueOnSubmittedWorkDone")
            << "call " << nth << ", " << function << " failed and nobody said so";
        if (!worked) {
          EXPECT_GT(why.size(), 20U) << function;
        }
        EXPECT_EQ(live_objects(), before) << "call " << nth << ", " << function;
        EXPECT_EQ(take_violations(), std::vector<std::string>{}) << "call " << nth << ", " << function;
        EXPECT_EQ(take_uncaptured(), std::vector<std::string>{}) << "call " << nth << ", " << function;
        EXPECT_EQ(open_scopes(), 0U) << "call " << nth << ", " << function;
        if (HasFailure()) return;
        ++failed;
      }
      EXPECT_GE(failed, at_least);
      why.clear();
      EXPECT_TRUE(run(why)) << why;
    }
  }
};

TEST_P(Failure, adopting) {
  every_call([&](std::string& why) { return keep(adopt(), why).has_value(); }, 1);
}

TEST_P(Failure, making_a_texture_and_copying) {
  every_call(
      [&](std::string& why) {
        auto manager = keep(adopt(), why);
        if (!manager) return false;
        auto texture = keep(manager->create_shareable_texture(plain()), why);
        if (!texture) return false;
        const auto bytes = content(plain());
        if (!done(manager->upload(*texture, {}, bytes), why)) return false;
        std::vector<std::byte> found(bytes.size());
        if (!done(manager->read_back(*texture, {}, found), why)) return false;
        EXPECT_EQ(found, bytes);
        return true;
      },
      15);
}

TEST_P(Failure, importing_and_using) {
  every_call(
      [&](std::string& why) {
        auto manager = keep(adopt(), why);
        if (!manager) return false;
        auto made = must(vulkan().create_shareable_texture(plain(), {.handle_type = GetParam().memory}));
        const auto bytes = content(plain());
        EXPECT_TRUE(ok(vulkan().upload(made, {}, bytes)));
        auto handle = must(vulkan().export_texture(made));
        const int number = handle.handles[0].fd();
        auto texture = keep(manager->import_texture(std::move(handle)), why);
        if (!texture) {
          EXPECT_EQ(handle.handles[0].fd(), number) << "the handle stays the caller's";
          return false;
        }
        for (const bool writes : {false, true}) {
          auto access = must(writes ? texture->begin_write() : texture->begin_read());
          auto native = keep(geyser::webgpu::acquire(access), why);
          if (!native) {
            static_cast<void>(std::move(access).end());
            return false;
          }
          // The test's own calls are not what is tested.
          const bool released = done(geyser::webgpu::release(access), why);
          static_cast<void>(std::move(access).end());
          if (!released) return false;
        }
        return true;
      },
      10);
}

TEST_P(Failure, a_queue_that_hangs_times_out) {
  auto manager = must(adopt());
  auto texture = must(manager.create_shareable_texture(plain()));
  const auto bytes = content(plain());
  ASSERT_TRUE(ok(manager.upload(texture, {}, bytes)));
  hold(true);
  std::vector<std::byte> found(bytes.size());
  const auto start = std::chrono::steady_clock::now();
  const auto read = manager.read_back(texture, {}, found);
  hold(false);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::timed_out) << read.error().describe();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Failure, testing::ValuesIn(all_kinds), [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace fake_dawn
