// Streams with readers on another device than the publisher's.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/handle_codec.hpp"
#include "support/log_capture.hpp"
#include "support/process.hpp"
#include "support/watchdog.hpp"
#include "tests/crossing/pairs.hpp"
#include "tests/crossing/reader.hpp"
#include "tests/ipc/temporary_folder.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t width = 64;
constexpr std::uint32_t height = 48;
constexpr auto patience = 20s;
constexpr std::string_view stream_name = "crossing";

TextureDescriptor stream_texture(std::uint32_t across = width, std::uint32_t down = height) {
  TextureDescriptor descriptor;
  descriptor.extent = {across, down, 1};
  descriptor.format = TextureFormat::r32_uint;
  return descriptor;
}

bool is_bridged(Transport transport) {
  return transport == Transport::peer_copy || transport == Transport::pinned_copy || transport == Transport::host_copy;
}

/// Every texel tells its frame and its place.
std::uint32_t texel(std::uint64_t number, std::size_t at) {
  return static_cast<std::uint32_t>(number * 2654435761U) + static_cast<std::uint32_t>(at * 40503U);
}

std::vector<std::uint32_t> picture(std::uint64_t number, const TextureDescriptor& texture) {
  std::vector<std::uint32_t> texels(std::size_t{texture.extent.width} * texture.extent.height);
  for (std::size_t i = 0; i < texels.size(); ++i) texels[i] = texel(number, i);
  return texels;
}

std::string check_frame(ReadFrame& frame) {
  const auto wanted = picture(frame.info().number, frame.texture().descriptor());
  std::vector<std::uint32_t> found(wanted.size(), 0xEEEEEEEEU);
  if (auto ok = frame.read_back({}, std::as_writable_bytes(std::span(found))); !ok) return ok.error().describe();
  const auto at = std::mismatch(wanted.begin(), wanted.end(), found.begin());
  if (at.first == wanted.end()) return {};
  return "frame " + std::to_string(frame.info().number) + ": texel " + std::to_string(at.first - wanted.begin()) + " is " +
         std::to_string(*at.second) + ", not " + std::to_string(*at.first);
}

class Bridge : public ::testing::TestWithParam<std::pair<std::string, std::string>> {
 protected:
  void SetUp() override {
    auto here = Participant::open(*find_device(GetParam().first));
    auto there = Participant::open(*find_device(GetParam().second));
    ASSERT_TRUE(ok(here));
    ASSERT_TRUE(ok(there));
    here_ = *std::move(here);
    there_ = *std::move(there);
    quiet_ = std::make_unique<Quiet>(std::vector<const Participant*>{here_.get(), there_.get()});
  }
  void TearDown() override { quiet_.reset(); }
  Result<Publisher> publish(Pacing pacing = Pacing::latest, bool allow = true) {
    PublisherOptions options;
    options.name = stream_name;
    options.texture = stream_texture();
    options.pacing = pacing;
    options.allow_host_bridge = allow;
    options.directory = folder_.path();
    return Publisher::create(here_->manager(), options);
  }
  Result<Subscriber> subscribe(Participant& who, SubscriberOptions options = {}) {
    options.directory = folder_.path();
    options.connect_timeout = patience;
    return Subscriber::connect(who.manager(), stream_name, options);
  }
  static Result<std::uint64_t> show(Publisher& publisher, const TextureDescriptor& texture = stream_texture(),
                                    FrameMetadata metadata = {}) {
    auto frame = publisher.begin_frame(patience);
    if (!frame) return std::move(frame).error();
    const auto texels = picture(frame->number(), texture);
    if (auto ok = frame->upload({}, std::as_bytes(std::span(texels))); !ok) return std::move(ok).error();
    return publisher.publish(*std::move(frame), metadata);
  }
  /// Publishes and reads until the bridge to the reader's device is there.
  static void until_bridged(Publisher& publisher, Subscriber& subscriber) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_bridged(subscriber.transport())) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << subscriber.why_not_zero_copy();
      ASSERT_TRUE(ok(show(publisher)));
      auto frame = subscriber.acquire(1s);
      if (frame) {
        EXPECT_EQ(check_frame(*frame), "");
      }
    }
  }
  [[nodiscard]] StreamStatus status() {
    auto directory = Directory::open(folder_.path());
    EXPECT_TRUE(ok(directory));
    auto found = directory->status(stream_name);
    EXPECT_TRUE(ok(found));
    return *std::move(found);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Participant> here_;
  std::unique_ptr<Participant> there_;
  std::unique_ptr<Quiet> quiet_;
};

TEST_P(Bridge, AReaderOnAnotherDeviceGetsFramesThere) {
  auto publisher = publish();
  ASSERT_TRUE(ok(publisher));
  auto subscriber = subscribe(*there_);
  ASSERT_TRUE(ok(subscriber));
  // Until the devices are open the newest frame comes through host memory.
  ASSERT_TRUE(ok(show(*publisher)));
  auto first = subscriber->acquire(patience);
  ASSERT_TRUE(ok(first));
  EXPECT_EQ(check_frame(*first), "");
  ASSERT_TRUE(ok(first->release()));
  until_bridged(*publisher, *subscriber);
  if (HasFatalFailure()) return;
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(ok(show(*publisher)));
    auto frame = subscriber->acquire(patience);
    ASSERT_TRUE(ok(frame));
    EXPECT_GT(frame->info().number, last);
    last = frame->info().number;
    EXPECT_TRUE(is_bridged(frame->transport()));
    EXPECT_EQ(check_frame(*frame), "");
  }
  const auto all = status();
  ASSERT_EQ(all.readers.size(), 1U);
  EXPECT_EQ(all.readers[0].transport, subscriber->transport());
  EXPECT_FALSE(all.readers[0].why_not_zero_copy.empty());
}

TEST_P(Bridge, EveryFrameComesWhereEveryFrameIsPromised) {
  for (const Pacing pacing : {Pacing::queue, Pacing::lockstep}) {
    auto publisher = publish(pacing);
    ASSERT_TRUE(ok(publisher));
    auto subscriber = subscribe(*there_);
    ASSERT_TRUE(ok(subscriber));
    EXPECT_TRUE(is_bridged(subscriber->transport())) << to_string(subscriber->transport()) << ": " << subscriber->why_not_zero_copy();
    std::thread shows([&] {
      for (int i = 0; i < 60; ++i) EXPECT_TRUE(ok(show(*publisher)));
    });
    for (std::uint64_t number = 1; number <= 60; ++number) {
      auto frame = subscriber->acquire(patience);
      EXPECT_TRUE(ok(frame));
      if (!frame) break;
      EXPECT_EQ(frame->info().number, number);
      EXPECT_EQ(check_frame(*frame), "");
    }
    shows.join();
  }
}

// The bridge and its textures are there once, however many read, and go with the last of them.
TEST_P(Bridge, IsOneForAllReadersOnADevice) {
  auto publisher = publish();
  ASSERT_TRUE(ok(publisher));
  auto first = subscribe(*there_);
  ASSERT_TRUE(ok(first));
  until_bridged(*publisher, *first);
  if (HasFatalFailure()) return;
  const auto one = status();
  {
    auto second = subscribe(*there_);
    ASSERT_TRUE(ok(second));
    EXPECT_TRUE(is_bridged(second->transport()));  // it was open already
    ASSERT_TRUE(ok(show(*publisher)));
    for (auto* each : {&*first, &*second}) {
      auto frame = each->acquire(patience);
      ASSERT_TRUE(ok(frame));
      EXPECT_EQ(check_frame(*frame), "");
    }
    EXPECT_LE(status().textures, one.textures + 1);  // two readers may hold one more
  }
  first = Error(Errc::not_found, "let go");
  const auto end = std::chrono::steady_clock::now() + patience;
  while (status().textures > 3) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    ASSERT_TRUE(ok(show(*publisher)));
    std::this_thread::sleep_for(5ms);
  }
}

// What did not change need not cross, and the reader has it all the same.
TEST_P(Bridge, WhatDidNotChangeIsThereToo) {
  auto publisher = publish(Pacing::queue);
  ASSERT_TRUE(ok(publisher));
  auto subscriber = subscribe(*there_);
  ASSERT_TRUE(ok(subscriber));
  std::vector<std::uint32_t> shown = picture(1, stream_texture());
  Random random(seed_for("WhatDidNotChangeIsThereToo"));
  for (std::uint64_t number = 1; number <= 40; ++number) {
    FrameMetadata metadata;
    Rect rect{random.below(width), random.below(height)};
    rect.width = random.below(width - rect.x + 1);
    rect.height = random.below(height - rect.y + 1);
    if (number > 1 && number % 7 != 0) metadata.damage = rect;
    for (std::uint32_t y = rect.y; y < rect.y + rect.height; ++y) {
      for (std::uint32_t x = rect.x; x < rect.x + rect.width; ++x) shown[y * width + x] = texel(number, y * width + x);
    }
    auto frame = publisher->begin_frame(patience);
    ASSERT_TRUE(ok(frame));
    ASSERT_TRUE(ok(frame->upload({}, std::as_bytes(std::span(shown)))));
    ASSERT_TRUE(ok(publisher->publish(*std::move(frame), metadata)));
    auto read = subscriber->acquire(patience);
    ASSERT_TRUE(ok(read));
    EXPECT_EQ(read->info().damage, metadata.damage);
    std::vector<std::uint32_t> found(shown.size(), 0xEEEEEEEEU);
    ASSERT_TRUE(ok(read->read_back({}, std::as_writable_bytes(std::span(found)))));
    ASSERT_EQ(found, shown) << "frame " << number;
  }
}

TEST_P(Bridge, FollowsNewSizes) {
  auto publisher = publish();
  ASSERT_TRUE(ok(publisher));
  auto subscriber = subscribe(*there_);
  ASSERT_TRUE(ok(subscriber));
  until_bridged(*publisher, *subscriber);
  if (HasFatalFailure()) return;
  for (const std::uint32_t side : {16U, 80U, 33U}) {
    const auto texture = stream_texture(side, side + 1);
    ASSERT_TRUE(ok(publisher->reconfigure(texture)));
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      ASSERT_TRUE(ok(show(*publisher, texture)));
      auto frame = subscriber->acquire(patience);
      ASSERT_TRUE(ok(frame));
      EXPECT_EQ(check_frame(*frame), "");
      if (frame->texture().descriptor() == texture) break;
    }
  }
  EXPECT_TRUE(is_bridged(subscriber->transport()));
}

TEST_P(Bridge, IsRefusedWhereItIsNotWanted) {
  {
    auto publisher = publish();
    ASSERT_TRUE(ok(publisher));
    EXPECT_TRUE(fails(subscribe(*there_, {.require_zero_copy = true}), Errc::unsupported_handle, "zero copy"));
    auto peer = subscribe(*there_, {.require_peer = true});
    if (peer) {
      EXPECT_EQ(peer->transport(), Transport::peer_copy);
    } else {
      EXPECT_TRUE(fails(peer, Errc::unsupported_handle, "GPU to GPU"));
    }
    auto local = subscribe(*here_, {.require_peer = true});
    ASSERT_TRUE(ok(local));
    EXPECT_EQ(local->transport(), Transport::zero_copy);
  }
  auto alone = publish(Pacing::latest, false);
  ASSERT_TRUE(ok(alone));
  EXPECT_TRUE(fails(subscribe(*there_), Errc::unsupported_handle, "allow_host_bridge"));
}

class Reading {
 public:
  Reading(const std::string& key, const std::string& folder) {
    auto started = Child::start({"--reader", key, folder});
    EXPECT_TRUE(ok(started));
    if (started) child_.emplace(*std::move(started));
  }
  /// "bridged N": how many frames of that kind it has checked. Empty when it says nothing within a moment.
  std::string news(std::chrono::milliseconds timeout = 0ms) {
    auto message = child_->channel().receive(timeout);
    if (!message) return {};
    test::Reader reader(message->bytes);
    return reader.take_text();
  }
  Child& child() { return *child_; }

 private:
  std::optional<Child> child_;
};

// Two readers in processes of their own; one is stopped, then killed. Neither the other nor one on the publisher's own device waits for it.
TEST_P(Bridge, ReadersThatStopOrDieStopNobody) {
  auto publisher = publish();
  ASSERT_TRUE(ok(publisher));
  auto local = subscribe(*here_);
  ASSERT_TRUE(ok(local));
  EXPECT_EQ(local->transport(), Transport::zero_copy);
  Reading good(GetParam().second, folder_.path());
  Reading bad(GetParam().second, folder_.path());
  ASSERT_TRUE(publisher->wait_for_subscribers(3, patience).has_value());
  const auto play_until = [&](Reading& reading, const std::string& wanted) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      EXPECT_TRUE(ok(show(*publisher)));
      auto frame = local->acquire(patience);
      EXPECT_TRUE(ok(frame));
      if (frame) {
        EXPECT_EQ(check_frame(*frame), "");
      }
      const std::string said = reading.news();
      if (said.starts_with("wrong")) ADD_FAILURE() << said;
      if (said.starts_with(wanted)) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  };
  ASSERT_TRUE(play_until(good, "bridged"));
  ASSERT_TRUE(play_until(bad, "bridged"));
  ASSERT_EQ(::kill(bad.child().pid(), SIGSTOP), 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(play_until(good, "bridged"));
  ASSERT_EQ(::kill(bad.child().pid(), SIGKILL), 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(play_until(good, "bridged"));
  const auto end = std::chrono::steady_clock::now() + patience;
  while (status().readers.size() != 2) ASSERT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(local->transport(), Transport::zero_copy);
}

// Descriptors and textures come back, whatever readers do.
TEST_P(Bridge, LeavesNothingBehind) {
  auto publisher = publish();
  ASSERT_TRUE(ok(publisher));
  ASSERT_TRUE(ok(show(*publisher)));
  std::size_t before = 0;
  for (int round = 0; round < 6; ++round) {
    {
      auto subscriber = subscribe(*there_);
      ASSERT_TRUE(ok(subscriber));
      if (round % 2 == 0) until_bridged(*publisher, *subscriber);
      if (HasFatalFailure()) return;
    }
    const auto end = std::chrono::steady_clock::now() + patience;
    for (auto now = status(); now.textures > 3 || !now.readers.empty(); now = status()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << now.textures << " textures, " << now.readers.size() << " readers";
      ASSERT_TRUE(ok(show(*publisher)));
      std::this_thread::sleep_for(5ms);
    }
    // The bridge's thread ends after its lane is out of use, and the publisher's next frame lets go of what it had.
    if (round == 1) {
      std::this_thread::sleep_for(500ms);
      ASSERT_TRUE(ok(show(*publisher)));
      before = open_descriptors();
    }
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (open_descriptors() > before) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << open_descriptors() << " descriptors, and there were " << before;
    ASSERT_TRUE(ok(show(*publisher)));
    std::this_thread::sleep_for(5ms);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Bridge, ::testing::ValuesIn(device_pairs()), [](const auto& chosen) { return pair_name(chosen.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Bridge);

}  // namespace

int read_in_child(const std::string& key, const std::string& folder) {
  const Watched watched("the reader on " + key);
  const Channel channel{Child::inherited_channel()};
  const auto say = [&](const std::string& text) {
    Writer writer;
    writer.put_text(text);
    return channel.send(writer.bytes()).has_value();
  };
  auto self = Participant::open(*find_device(key));
  if (!self) return say("wrong: " + self.error().describe()), 1;
  SubscriberOptions options;
  options.directory = folder;
  options.connect_timeout = patience;
  auto subscriber = Subscriber::connect((*self)->manager(), stream_name, options);
  if (!subscriber) return say("wrong: " + subscriber.error().describe()), 1;
  int bridged = 0;
  while (true) {
    auto frame = subscriber->acquire(patience);
    if (!frame) return say("wrong: " + frame.error().describe()), 1;
    if (auto wrong = check_frame(*frame); !wrong.empty()) return say("wrong: " + wrong), 1;
    if (!is_bridged(frame->transport()) || ++bridged % 5 != 0) continue;
    if (!say("bridged " + std::to_string(bridged))) return 0;  // the test is over
  }
}

}  // namespace geyser::test
