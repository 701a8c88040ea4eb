// Exit status 77: there is no Metal device here.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "geyser/geyser.hpp"
#include "geyser/metal.hpp"
#include "prepare.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/kinds.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

/// Two managers with a queue each on the device with that registry id.
struct Sides {
  static Result<Sides> open(std::uint64_t registry_id) {
    auto first = metal::Device::create(registry_id);
    if (!first) return std::move(first).error();
    auto second = metal::Device::create(registry_id);
    if (!second) return std::move(second).error();
    auto one = first->create_manager();
    if (!one) return std::move(one).error();
    auto two = second->create_manager();
    if (!two) return std::move(two).error();
    return Sides{*std::move(one), *std::move(two)};
  }
  TextureShareManager exporter;
  TextureShareManager importer;
};

std::vector<metal::DeviceSummary> all_devices() {
  auto found = metal::enumerate_devices();
  return found ? *std::move(found) : std::vector<metal::DeviceSummary>();
}

class MetalDevice : public testing::TestWithParam<metal::DeviceSummary> {
 protected:
  void SetUp() override {
    auto opened = Sides::open(GetParam().registry_id);
    ASSERT_TRUE(ok(opened));
    sides_.emplace(*std::move(opened));
  }
  TextureShareManager& exporter() { return sides_->exporter; }
  TextureShareManager& importer() { return sides_->importer; }

 private:
  std::optional<Sides> sides_;
};

/// Writes every subresource on one side and compares on the other, both ways.
void pass_both_ways(TextureShareManager& from, TextureShareManager& to, const TextureDescriptor& descriptor, MemoryHandleType type,
                    Random& random) {
  auto texture = from.create_shareable_texture(descriptor, {.handle_type = type});
  ASSERT_TRUE(ok(texture)) << describe(descriptor);
  auto handle = from.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto twin = to.import_texture(*std::move(handle));
  ASSERT_TRUE(ok(twin)) << describe(descriptor);
  const FormatInfo& format = *format_info(descriptor.format);
  AccessInfo written;
  written.state.emplace();
  written.state->initialized = true;
  written.state->layout = TextureLayout::general;
  for (const bool back : {false, true}) {
    for (const TextureRegion& region : all_subresources(descriptor)) {
      const auto bytes = random_content(random, format, region.plane, region_layout(descriptor, region)->total_bytes);
      ASSERT_TRUE(ok((back ? to : from).upload(back ? *twin : *texture, region, bytes)));
      std::vector<std::byte> found(bytes.size());
      poison(found);
      ASSERT_TRUE(ok((back ? from : to).read_back(back ? *texture : *twin, region, found, written)));
      ASSERT_TRUE(same_content(format, region.plane, bytes, found)) << describe(descriptor) << (back ? ", back" : ", there");
    }
  }
}

TEST_P(MetalDevice, every_format_that_it_offers_passes_both_ways) {
  Random random(seed_for("metal device"));
  std::size_t passed = 0;
  for (const auto& format : all_formats()) {
    for (const Kind kind : {Kind::d2, Kind::d2_array_mips, Kind::cube, Kind::d3}) {
      const TextureDescriptor descriptor = descriptor_of(format.format, kind);
      if (!validate(descriptor)) continue;
      auto offered = exporter().format_support(descriptor);
      ASSERT_TRUE(ok(offered));
      for (const FormatSupport& each : *offered) {
        if (!each.can_export) continue;
        ASSERT_NO_FATAL_FAILURE(pass_both_ways(exporter(), importer(), descriptor, each.type, random));
        ++passed;
      }
    }
  }
  std::cout << passed << " textures passed\n";
  EXPECT_GE(passed, 150U) << "a run that passes hardly anything says nothing";
}

TEST_P(MetalDevice, an_event_wakes_the_other_side) {
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    auto semaphore = exporter().create_shared_semaphore({.kind = kind, .initial_value = 3, .label = {}});
    ASSERT_TRUE(ok(semaphore));
    auto twin = importer().import_semaphore(*exporter().export_semaphore(*semaphore));
    ASSERT_TRUE(ok(twin));
    EXPECT_EQ(*twin->value(), 3U);
    EXPECT_TRUE(fails(twin->wait(4, 5ms), Errc::timed_out));
    Result<void> waited = Error(Errc::internal, "not yet");
    std::thread waiter([&] { waited = twin->wait(4, 10s); });
    std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(ok(semaphore->signal(4)));
    waiter.join();
    EXPECT_TRUE(ok(waited));
  }
}

TEST_P(MetalDevice, the_queue_announces_a_texture) {
  for (const auto format : {TextureFormat::bgra8_unorm, TextureFormat::r32_uint}) {
    TextureDescriptor descriptor = descriptor_of(format, Kind::d2);
    auto texture = exporter().create_shareable_texture(descriptor);
    ASSERT_TRUE(ok(texture));
    auto event = metal::create_shared_event(exporter());
    ASSERT_TRUE(ok(event));
    ASSERT_TRUE(ok(exporter().attach_semaphore(*texture, *event)));
    auto twin = importer().import_texture(*exporter().export_texture(*texture));
    ASSERT_TRUE(ok(twin));
    Random random(seed_for("announce"));
    const auto bytes = random_content(random, *format_info(format), 0, region_layout(descriptor, {})->total_bytes);
    ASSERT_TRUE(ok(exporter().upload(*texture, {}, bytes)));
    ASSERT_TRUE(ok(exporter().signal_texture_ready(*texture)));
    ASSERT_TRUE(ok(importer().wait_for_texture(*twin, 10s)));
    std::vector<std::byte> found(bytes.size());
    poison(found);
    ASSERT_TRUE(ok(importer().read_back(*twin, {}, found)));
    EXPECT_TRUE(same_content(*format_info(format), 0, bytes, found));
  }
}

TEST_P(MetalDevice, handles_for_xpc_come_back) {
  auto event = metal::create_shared_event(exporter(), 1);
  ASSERT_TRUE(ok(event));
  auto event_handle = metal::export_event(*event);
  ASSERT_TRUE(ok(event_handle));
  auto same = metal::import_event(importer(), event_handle->get());
  ASSERT_TRUE(ok(same));
  ASSERT_TRUE(ok(same->signal(2)));
  EXPECT_TRUE(ok(event->wait(2, 5s)));
  auto texture = exporter().create_shareable_texture(descriptor_of(TextureFormat::rgba8_unorm, Kind::d2_mips));
  ASSERT_TRUE(ok(texture));
  auto exported = metal::export_shared_texture(*texture);
  ASSERT_TRUE(ok(exported));
  EXPECT_TRUE(ok(metal::import_shared_texture(importer(), exported->handle.get(), exported->info)));
}

INSTANTIATE_TEST_SUITE_P(Devices, MetalDevice, testing::ValuesIn(all_devices()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MetalDevice);

}  // namespace
}  // namespace geyser::test

int main(int argc, char** argv) {
  geyser::test::prepare_metal();
  testing::InitGoogleTest(&argc, argv);
  auto devices = geyser::metal::enumerate_devices();
  if (!devices || devices->empty()) {
    std::cout << "SKIPPED: this system shows no Metal device.\n";
    return 77;
  }
  for (const auto& device : *devices) std::cout << "device: " << device.identity.name << ", " << device.identity.driver << "\n";
  devices->clear();
  const int status = RUN_ALL_TESTS();
  if (!geyser::test::end_metal()) {
    std::cout << "FAILED: something is left behind the door.\n";
    return 1;
  }
  return status;
}
