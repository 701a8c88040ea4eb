// The folder of names: noticing changes in it.
#include <memory>
#include <thread>
#include <vector>

#include "check.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/socket.hpp"
#include "runtime.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::announced;
using unit::bytes_of;
using unit::directory;
using unit::Folder;
using unit::held;
using unit::ok;

TEST(RuntimeDirectoryWatch, wakes_for_a_change_of_another_thread) {
  const Folder folder;
  RuntimeDirectory dir = directory(folder);
  ASSERT_TRUE(dir.watchable());
  const auto waited = [&](std::chrono::nanoseconds timeout) {
    const auto start = steady_clock::now();
    dir.wait_for_change(timeout);
    return steady_clock::now() - start;
  };
  EXPECT_GE(waited(30ms), 30ms);
  EXPECT_LT(waited(-1s), 5s);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    const RuntimeDirectory own = directory(folder);
    const HeldName name = held(own, "camera");
    EXPECT_TRUE(ok(name.announce(bytes_of("a"))));
    std::this_thread::sleep_for(300ms);
  });
  const auto start = steady_clock::now();
  while (announced(dir, "camera") != "a" && steady_clock::now() - start < 15s) dir.wait_for_change(15s);
  EXPECT_LT(steady_clock::now() - start, 10s);
  other.join();
  // A change while nobody waits counts.
  auto gone = std::make_unique<HeldName>(held(dir, "other"));
  while (waited(50ms) < 50ms) {
  }
  gone.reset();
  EXPECT_LT(waited(20s), 10s);
}

TEST(RuntimeDirectoryWatch, fits_a_poller) {
  const Folder folder;
  RuntimeDirectory dir = directory(folder);
  auto poller = Poller::create();
  ASSERT_TRUE(ok(poller));
  ASSERT_TRUE(ok(poller->add(dir.watchable(), 5)));
  std::vector<Poller::Event> events;
  poller->wait(0ns, events);
  EXPECT_TRUE(events.empty());
  const HeldName name = held(dir, "camera");
  poller->wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, 5U);
  dir.wait_for_change(0ns);
  poller->wait(0ns, events);
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace geyser::platform
