// Every call that can be refused is refused once: the error is said, and nothing stays behind.
#include <functional>

#include "fixture.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using fake_mach::connected;
using fake_mach::pattern;
using unit::Folder;

class EmulatedFailure : public fake_mach::Counted {
 protected:
  /// `scenario` says whether all went well.
  void fail_each(const std::function<bool()>& scenario, int at_least) {
    int failures = 0;
    for (;; ++failures) {
      ASSERT_LT(failures, 500);
      fake_mach::forget_closed_queues();
      const auto before = fake_mach::counts();
      fake_mach::fail_after(failures);
      const bool went_well = scenario();
      const bool failed = fake_mach::has_failed();
      fake_mach::fail_after(-1);
      fake_mach::forget_closed_queues();
      EXPECT_EQ(fake_mach::counts(), before) << "call number " << failures;
      if (!failed) {
        EXPECT_TRUE(went_well);
        break;
      }
    }
    EXPECT_GE(failures, at_least) << "the scenario makes fewer calls than it should";
  }
};

TEST_F(EmulatedFailure, pairs) {
  fail_each([] { return Socket::pair().has_value(); }, 15);
}

TEST_F(EmulatedFailure, memory) {
  fail_each([] { return SharedMemory::create(4096, "test").has_value(); }, 2);
  fail_each([] { return SharedMemory::create_read_only_for_others(4096, "test").has_value(); }, 3);
  fail_each(
      [] {
        auto memory = SharedMemory::create(4096, "test");
        if (!memory) return false;
        auto handle = memory->handle().duplicate();
        return handle && SharedMemory::open(*handle, 4096);
      },
      4);
}

TEST_F(EmulatedFailure, connections_and_messages) {
  const Folder folder;
  fail_each(
      [&] {
        auto listener = ListeningSocket::listen(folder / "s");
        if (!listener) return false;
        auto client = Socket::connect(folder / "s", 0ms);
        if (!client) return false;
        auto server = listener->accept();
        if (!server || !*server) return false;
        auto memory = SharedMemory::create(4096, "test");
        if (!memory) return false;
        const OsHandle::Value value = memory->handle().borrow();
        for (int i = 0; i < 20; ++i) {
          auto sent = client->send(pattern(9), {&value, 1});
          if (!sent || *sent != SendOutcome::sent) return false;
          auto received = (*server)->receive();
          if (!received || !*received) return false;
        }
        (*server)->shut_down();
        return !client->receive();
      },
      40);
}

TEST_F(EmulatedFailure, pollers) {
  const auto [a, b] = connected();
  fail_each(
      [&, &watched = a] {
        auto poller = Poller::create();
        return poller && poller->add(watched.watchable(), 1, true) && poller->change(watched.watchable(), 2, false) &&
               poller->change(watched.watchable(), 3, true);
      },
      3);
}

TEST_F(EmulatedFailure, an_acknowledgement_that_had_no_room_is_said_with_the_next) {
  const auto [a, b] = connected();
  for (int i = 0; i < 32; ++i) ASSERT_EQ(*a.send(pattern(1), {}), SendOutcome::sent);
  EXPECT_EQ(*a.send(pattern(1), {}), SendOutcome::full);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(b.receive()->has_value());
  fake_mach::fail_after(0);
  ASSERT_TRUE(b.receive()->has_value());
  EXPECT_TRUE(fake_mach::has_failed());
  EXPECT_EQ(*a.send(pattern(1), {}), SendOutcome::full);
  ASSERT_TRUE(b.receive()->has_value());
  EXPECT_TRUE(a.wait_writable(0ns));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(*a.send(pattern(1), {}), SendOutcome::sent) << i;
  EXPECT_EQ(*a.send(pattern(1), {}), SendOutcome::full);
}

}  // namespace
}  // namespace geyser::platform
