// A publisher on every device and a reader on every device: each format, each pacing, through resizes and a restart, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <tuple>

#include "catalogue.hpp"
#include "frames.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// Devices are expensive to open: one for all tests. Closed before main() ends, while their drivers are still there.
class OpenDevices : public ::testing::Environment {
 public:
  void TearDown() override { open.clear(); }
  std::map<std::string, std::unique_ptr<Participant>> open;
};
OpenDevices* const open_devices = static_cast<OpenDevices*>(::testing::AddGlobalTestEnvironment(new OpenDevices));

Participant* participant(const std::string& key) {
  auto& slot = open_devices->open[key];
  if (!slot) {
    const DeviceEntry* entry = find_device(key);
    if (entry == nullptr) return nullptr;
    auto made = Participant::open(*entry);
    if (!made) return nullptr;
    slot = std::move(*made);
  }
  return slot.get();
}

std::vector<std::string> device_keys() { return {"host", "lavapipe", "emulated-lavapipe", "swiftshader", "nvidia"}; }

/// Between two devices frames go through host memory until the bridge to the reader's is open, which takes a moment, and whenever the
/// reader's device has no textures like the publisher's.
bool is_way(const std::string& from, const std::string& to, Transport transport) {
  if (from == to) return transport == Transport::zero_copy;
  if (transport == Transport::host_bridge) return true;
  const bool bridge = from != "host" && to != "host";
  return bridge && (transport == Transport::peer_copy || transport == Transport::pinned_copy || transport == Transport::host_copy);
}

class Pairs : public ::testing::TestWithParam<std::tuple<std::string, std::string, Pacing>> {
 protected:
  void SetUp() override {
    for (const std::string& key : {std::get<0>(GetParam()), std::get<1>(GetParam())}) {
      if (find_device(key) == nullptr) GTEST_SKIP() << "this machine has no device " << key;
    }
  }
};

TEST_P(Pairs, EveryFormatThroughResizesAndARestart) {
  const auto& [from, to, pacing] = GetParam();
  const Scene scene;
  Participant* self = participant(to);
  ASSERT_NE(self, nullptr);
  const Quiet quiet({self});
  auto publisher =
      Actor::start(scene, "catalogue", {{"name", "pair"}, {"device", from}, {"pacing", std::to_string(static_cast<int>(pacing))}});
  ASSERT_TRUE(ok(publisher));
  ASSERT_TRUE(publisher->wait_step(1, 60s)) << publisher->words();
  auto subscriber = subscribe(scene, self->manager(), "pair", {.connect_timeout = 20s});
  ASSERT_TRUE(ok(subscriber));
  EXPECT_TRUE(is_way(from, to, subscriber->transport())) << to_string(subscriber->transport()) << ": " << subscriber->why_not_zero_copy();
  EXPECT_EQ(subscriber->why_not_zero_copy().empty(), from == to) << subscriber->why_not_zero_copy();

  const std::size_t entries = catalogue().size();
  std::size_t passed = 0;
  for (std::size_t i = 0; i <= entries; ++i) {
    const TextureDescriptor& texture = catalogue()[i % entries];
    const auto number = static_cast<std::uint32_t>(i + 1);
    ASSERT_TRUE(eventually(30s, [&] {
      // In order, the publisher gets no further unless somebody reads.
      if (publisher->page().step.load() < number) static_cast<void>(subscriber->acquire(0ms));
      return publisher->page().step.load() >= number || publisher->ended();
    })) << publisher->words();
    ASSERT_FALSE(publisher->ended()) << publisher->words();
    if ((publisher->page().skipped.load() >> i & 1U) != 0) {
      publisher->page().allowed.store(number + 1);
      continue;
    }
    if (i == entries) {
      ASSERT_TRUE(eventually(10s, [&] { return subscriber->statistics().attachments >= 2 || !subscriber->acquire(0ms); }));
    }
    int same = 0;
    bool refused = false;
    const auto end = std::chrono::steady_clock::now() + 20s * patience();
    while (same < 3) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "no frame of entry " << number << ": " << publisher->words();
      auto frame = subscriber->acquire(100ms);
      if (!frame && frame.error().code() == Errc::unsupported_format) {
        refused = true;  // this device has no such textures: said so, and the next size is read again
        break;
      }
      if (!frame) {
        ASSERT_TRUE(frame.error().code() == Errc::timed_out || frame.error().code() == Errc::peer_gone) << frame.error().describe();
        continue;
      }
      auto different = compare(*frame);
      ASSERT_TRUE(ok(different)) << "entry " << number;
      ASSERT_EQ(*different, "") << "entry " << number;
      EXPECT_TRUE(is_way(from, to, frame->transport())) << to_string(frame->transport());
      TextureDescriptor got = frame->texture().descriptor();
      if (got.extent == texture.extent && got.format == texture.format && got.mip_levels == texture.mip_levels &&
          got.array_layers == texture.array_layers && (i != entries || subscriber->statistics().attachments == 2)) {
        ++same;
      }
    }
    passed += refused ? 0U : 1U;
    publisher->page().allowed.store(number + 1);
  }
  EXPECT_EQ(subscriber->statistics().attachments, 2U);
  EXPECT_TRUE(publisher->finish(30s));
  std::cout << from << " to " << to << ": " << passed << " of " << entries + 1 << " entries"
            << (publisher->page().skipped.load() != 0 ? "; " + publisher->words() : "") << "\n";
  EXPECT_GE(passed, 5U) << publisher->words();
}

TEST_P(Pairs, ZeroCopyOrNothing) {
  const auto& [from, to, pacing] = GetParam();
  if (pacing != Pacing::latest) GTEST_SKIP() << "the pacing makes no difference";
  const Scene scene;
  Participant* self = participant(to);
  ASSERT_NE(self, nullptr);
  auto publisher = Actor::start(scene, "catalogue", {{"name", "pair"}, {"device", from}});
  ASSERT_TRUE(ok(publisher));
  ASSERT_TRUE(publisher->wait_step(1, 60s)) << publisher->words();
  auto subscriber = subscribe(scene, self->manager(), "pair", {.connect_timeout = 20s, .require_zero_copy = true});
  if (from == to) {
    ASSERT_TRUE(ok(subscriber));
    EXPECT_EQ(to_string(subscriber->transport()), to_string(Transport::zero_copy));
  } else {
    ASSERT_FALSE(subscriber);
    const Errc code = subscriber.error().code();
    EXPECT_TRUE(code == Errc::unsupported_handle || code == Errc::device_mismatch) << subscriber.error().describe();
    EXPECT_GT(subscriber.error().message().size(), 40U) << "the reasons are missing: " << subscriber.error().describe();
  }
  EXPECT_TRUE(publisher->finish(30s));
}

std::string pair_name(const ::testing::TestParamInfo<Pairs::ParamType>& info) {
  std::string name = std::get<0>(info.param) + "_to_" + std::get<1>(info.param) + "_" + std::string(to_string(std::get<2>(info.param)));
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Pairs, Pairs,
                         ::testing::Combine(::testing::ValuesIn(device_keys()), ::testing::ValuesIn(device_keys()),
                                            ::testing::Values(Pacing::latest, Pacing::queue, Pacing::lockstep)),
                         pair_name);

}  // namespace
}  // namespace geyser::test
