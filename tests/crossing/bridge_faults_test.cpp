// Bridges whose way does not work: when they end, what they say, and that a frame that failed once gets there.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/backend.hpp"
#include "stream/device_bridges.hpp"
#include "support/check.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"
#include "tests/crossing/pairs.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using detail::Carrier;
using detail::DeviceBridge;
using detail::Lane;

constexpr auto patience = 20s;

/// How many of the next frames fail, and with what; OpenCarrier is a plain function.
std::atomic<int> failures{0};
std::atomic<Errc> failure{Errc::out_of_memory};

class Unreliable final : public Carrier {
 public:
  explicit Unreliable(std::unique_ptr<Carrier> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] Transport transport() const noexcept override { return inner_->transport(); }
  [[nodiscard]] const TextureShareManager& source() const noexcept override { return inner_->source(); }
  [[nodiscard]] const TextureShareManager& target() const noexcept override { return inner_->target(); }
  Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) override {
    if (failures.load() > 0) {
      --failures;
      return Error(failure.load(), "The cable was pulled.");
    }
    return inner_->carry(from, to, regions);
  }

 private:
  std::unique_ptr<Carrier> inner_;
};

Result<std::unique_ptr<Carrier>> open_unreliable(const DeviceIdentity& from, const DeviceIdentity& to, const TextureDescriptor& texture) {
  auto inner = detail::open_host_carrier(from, to, texture);
  if (!inner) return inner;
  return std::unique_ptr<Carrier>(std::make_unique<Unreliable>(*std::move(inner)));
}
constexpr detail::CarrierWay unreliable[] = {{Transport::host_copy, open_unreliable}};

class BridgeFaults : public ::testing::TestWithParam<std::pair<std::string, std::string>> {
 protected:
  void SetUp() override {
    auto here = Participant::open(*find_device(GetParam().first));
    ASSERT_TRUE(ok(here));
    here_ = *std::move(here);
    auto there = capabilities_of(*find_device(GetParam().second));
    ASSERT_TRUE(ok(there));
    to_ = there->identity;
    options_.id = 1;
    options_.texture.extent = {32, 16, 1};
    options_.texture.format = TextureFormat::rgba8_unorm;
    auto lane = Lane::create(here_->manager(), options_, [] {});
    ASSERT_TRUE(ok(lane));
    native_ = *std::move(lane);
    failures = 0;
  }
  DeviceBridge::Setup setup() {
    return {.from = here_->manager().identity(),
            .to = to_,
            .lane = native_,
            .options = options_,
            .changed = [this] { ++changes_; },
            .ways = unreliable};
  }
  std::shared_ptr<DeviceBridge> start() {
    auto bridge = DeviceBridge::start(setup());
    EXPECT_TRUE(ok(bridge));
    EXPECT_TRUE(eventually(patience, [&] { return (*bridge)->state() == DeviceBridge::State::ready; })) << (*bridge)->why();
    return *bridge;
  }
  void show(std::uint64_t number) {
    auto open = native_->begin(5s);
    ASSERT_TRUE(ok(open));
    const std::vector<std::byte> bytes(32 * 16 * 4, static_cast<std::byte>(number));
    ASSERT_TRUE(ok(detail::copy_into(*open->access, {}, bytes)));
    detail::BoardFrame frame;
    frame.number = number;
    ASSERT_TRUE(ok(native_->publish(*std::move(open), frame)));
  }
  template <class Condition>
  static bool eventually(std::chrono::nanoseconds timeout, Condition condition) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  static bool arrived(const DeviceBridge& bridge, std::uint64_t number) {
    return detail::frame_of(bridge.lane()->board().newest()) == number;
  }

  std::unique_ptr<Participant> here_;
  DeviceIdentity to_;
  Lane::Options options_;
  std::shared_ptr<Lane> native_;
  std::atomic<int> changes_{0};
};

TEST_P(BridgeFaults, AFrameThatFailedOnceGetsThereWithoutAnother) {
  const auto bridge = start();
  failures = 3;
  show(1);
  EXPECT_TRUE(eventually(patience, [&] { return arrived(*bridge, 1); }));
  EXPECT_EQ(bridge->state(), DeviceBridge::State::ready);
  show(2);
  EXPECT_TRUE(eventually(patience, [&] { return arrived(*bridge, 2); }));
}

TEST_P(BridgeFaults, OneThatGetsNothingAcrossEndsAndSaysWhy) {
  const auto bridge = start();
  show(1);
  ASSERT_TRUE(eventually(patience, [&] { return arrived(*bridge, 1); }));
  failures = 1 << 20;
  failure = Errc::out_of_memory;
  const int before = changes_;
  show(2);
  EXPECT_TRUE(eventually(patience, [&] { return bridge->state() == DeviceBridge::State::failed; }));
  EXPECT_NE(bridge->why().find("The cable was pulled"), std::string::npos) << bridge->why();
  EXPECT_TRUE(eventually(patience, [&] { return bridge->ended(); }));
  EXPECT_GT(changes_, before);
}

// A complaint before must not hide it, and the next bridge gets devices that were opened anew.
TEST_P(BridgeFaults, ALostDeviceEndsTheBridgeAndIsForgotten) {
  {
    const auto bridge = start();
    failures = 2;
    failure = Errc::out_of_memory;
    show(1);
    ASSERT_TRUE(eventually(patience, [&] { return failures == 0; }));
    failure = Errc::device_lost;
    failures = 1;
    show(2);
    EXPECT_TRUE(eventually(patience, [&] { return bridge->state() == DeviceBridge::State::failed; }));
    EXPECT_TRUE(eventually(patience, [&] { return bridge->ended(); }));
  }
  const auto bridge = start();
  show(3);
  EXPECT_TRUE(eventually(patience, [&] { return arrived(*bridge, 3); }));
}

// A reader says itself what device it is on.
TEST_P(BridgeFaults, ReadersWithManyDevicesGetFewThreads) {
  detail::DeviceBridges bridges;
  int refused = 0;
  std::set<detail::DeviceKey> known;
  for (std::uint8_t i = 1; i <= 64; ++i) {
    DeviceIdentity invented = to_;
    invented.device_uuid.bytes.fill(i);
    auto bridge = bridges.to(invented, [&] {
      auto made = setup();
      made.to = invented;
      return made;
    });
    if (bridge) {
      known.insert(detail::key_of(invented));
      continue;
    }
    EXPECT_EQ(bridge.error().code(), Errc::limit_exceeded) << bridge.error().describe();
    ++refused;
  }
  EXPECT_EQ(refused, 64 - 16);
  EXPECT_EQ(known.size(), 16U);
  // When the readers are gone, there is room again.
  bridges.keep({});
  EXPECT_TRUE(eventually(patience, [&] {
    bridges.keep({});
    return bridges.to(to_, [&] { return setup(); }).has_value();
  }));
}

// Two drivers of one device are two devices to a bridge.
TEST_P(BridgeFaults, ADriverThatIsNotThereSpoilsNothingForTheOneThatIs) {
  detail::DeviceBridges bridges;
  DeviceIdentity invented = to_;
  invented.driver_uuid.bytes.fill(0xCD);
  auto false_one = bridges.to(invented, [&] {
    auto made = setup();
    made.to = invented;
    return made;
  });
  auto true_one = bridges.to(to_, [&] { return setup(); });
  ASSERT_TRUE(ok(false_one));
  ASSERT_TRUE(ok(true_one));
  EXPECT_TRUE(eventually(patience, [&] { return (*false_one)->state() == DeviceBridge::State::failed; }));
  EXPECT_TRUE(eventually(patience, [&] { return (*true_one)->state() == DeviceBridge::State::ready; })) << (*true_one)->why();
}

INSTANTIATE_TEST_SUITE_P(Devices, BridgeFaults, ::testing::ValuesIn(device_pairs()),
                         [](const auto& chosen) { return pair_name(chosen.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BridgeFaults);

}  // namespace
}  // namespace geyser::test
