// Messages that no library of ours sends, to a publisher and to a subscriber: cut, oversized, random, repeated, with the wrong handles.
// The liar is a child (liar_roles.cpp); what must hold is: no crash, no wait, nobody else notices, and the log says what was wrong.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frames.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

struct Lie {
  const char* name;
  const char* log;  ///< what the victim's log says; null: nothing needs to be said
};
std::ostream& operator<<(std::ostream& out, const Lie& lie) { return out << lie.name; }

class LyingReader : public ::testing::TestWithParam<Lie> {};

TEST_P(LyingReader, LosesItsConnectionAndNothingElse) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "lies"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto honest = Actor::start(scene, "reader", {{"name", "lies"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const std::size_t descriptors = open_descriptors() + child_handles;
  const std::size_t mark = log_mark();
  const std::uint64_t before = honest->page().frames.load();
  loop.reset();
  auto liar = Actor::start(scene, "lying_reader", {{"name", "lies"}, {"lie", GetParam().name}});
  ASSERT_TRUE(ok(liar));
  // Step 2: the publisher has ended the connection, or refused.
  ASSERT_TRUE(loop.until(20s * patience(), [&] { return liar->page().step.load() >= 2; })) << liar->words();
  EXPECT_TRUE(liar->finish());
  loop.run_for(20ms);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  EXPECT_GT(honest->page().frames.load(), before);
  if (GetParam().log != nullptr) {
    EXPECT_TRUE(logged(mark, GetParam().log));
  }
  EXPECT_TRUE(loop.until(5s,
                         [&] {
                           auto status = station->publisher->status();
                           return status && status->readers.size() == 1 && open_descriptors() <= descriptors;
                         }))
      << open_descriptors() << " of " << descriptors;
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().attachments.load(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, LyingReader,
    ::testing::Values(Lie{"nothing", nullptr}, Lie{"one_byte", "no message of this protocol"}, Lie{"cut_hello", nullptr},
                      Lie{"oversized", nullptr}, Lie{"random", nullptr}, Lie{"flipped_bits", nullptr},
                      Lie{"replayed_hello", "Hello came twice"}, Lie{"replayed_ready", "out of turn"}, Lie{"ready_first", "out of turn"},
                      Lie{"publishers_message", "only publishers"}, Lie{"other_version", "version"}, Lie{"held_nothing", nullptr},
                      Lie{"held_too_many", nullptr}, Lie{"hello_with_a_handle", "handle"}, Lie{"ready_without_handles", "handle"},
                      Lie{"ready_with_too_many_handles", "handle"}, Lie{"ready_with_pipes", "handle"}, Lie{"ready_with_folders", "handle"},
                      Lie{"ready_with_unsealed_memory", "not sealed"}, Lie{"cut_control", "handle"}, Lie{"many_handles", "handle"},
                      Lie{"questions_without_end", nullptr}, Lie{"failures_without_end", nullptr}),
    [](const auto& given) { return std::string(given.param.name); });

class LyingPublisher : public ::testing::TestWithParam<Lie> {};

TEST_P(LyingPublisher, IsLeftByItsReaders) {
  const Scene scene;
  auto self = Participant::open(*find_device("host"));
  ASSERT_TRUE(ok(self));
  auto liar = Actor::start(scene, "lying_publisher", {{"name", "lies"}, {"lie", GetParam().name}});
  ASSERT_TRUE(ok(liar));
  ASSERT_TRUE(liar->wait_step(1)) << liar->words();
  const std::size_t descriptors = open_descriptors();
  const std::size_t mark = log_mark();
  {
    const auto start = std::chrono::steady_clock::now();
    auto subscriber = subscribe(scene, (*self)->manager(), "lies", {.connect_timeout = 500ms});
    if (subscriber) {
      // A frame may come; what it holds is the liar's business, how long it takes and whether this process lives is not.
      const auto end = start + 700ms;
      while (std::chrono::steady_clock::now() < end && subscriber->state() == SubscriberState::attached) {
        auto frame = subscriber->acquire(10ms);
        if (frame) {
          std::vector<std::byte> pixels(32 * 32 * 4);
          if (frame->texture().descriptor() == small_texture() && frame->access().wait(1ms))
            static_cast<void>(frame->read_back({}, pixels));
        }
      }
    } else {
      EXPECT_FALSE(subscriber.error().message().empty());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s * patience());
    ASSERT_TRUE(liar->wait_step(2)) << liar->words();
    if (subscriber) {
      EXPECT_TRUE(eventually(2s, [&] { return GetParam().log == nullptr || logged(mark, GetParam().log); }));
    }
    if (GetParam().log != nullptr) {
      EXPECT_TRUE(logged(mark, GetParam().log));
    }
    liar->kill();
    if (subscriber) {
      auto station = Station::open(stream_named(scene, "lies"));
      ASSERT_TRUE(ok(station));
      PublishLoop loop(*station->publisher);
      EXPECT_TRUE(loop.until(5s * patience(), [&] {
        auto next = subscriber->acquire(0ms);
        if (!next || next->info().number == 0 || subscriber->stream().process_id != static_cast<std::uint32_t>(::getpid())) return false;
        auto different = compare_mapped(*next, 0us);
        return different && different->empty();
      }));
    }
  }
  EXPECT_TRUE(eventually(5s, [&] { return open_descriptors() <= descriptors; })) << open_descriptors() << " of " << descriptors;
}

INSTANTIATE_TEST_SUITE_P(Hostile, LyingPublisher,
                         ::testing::Values(Lie{"nothing", nullptr}, Lie{"cut_welcome", "breaks the protocol"},
                                           Lie{"random", "breaks the protocol"}, Lie{"oversized", "breaks the protocol"},
                                           Lie{"readers_message", "only readers"}, Lie{"other_version", nullptr},
                                           Lie{"welcome_without_handles", "breaks the protocol"},
                                           Lie{"welcome_with_too_many_handles", "breaks the protocol"}, Lie{"welcome_with_pipes", nullptr},
                                           Lie{"swapped_handles", nullptr}, Lie{"small_board", nullptr},
                                           Lie{"cut_control", "breaks the protocol"}, Lie{"offer_of_a_lying_size", nullptr},
                                           Lie{"offer_of_a_pipe", nullptr}, Lie{"offers_without_end", nullptr}, Lie{"offer_twice", nullptr},
                                           Lie{"offer_of_another_lane", nullptr}, Lie{"welcomes_without_end", nullptr},
                                           Lie{"wild_board", nullptr}, Lie{"raised_ticket", nullptr}, Lie{"frozen_board", nullptr}),
                         [](const auto& given) { return std::string(given.param.name); });

}  // namespace
}  // namespace geyser::test
