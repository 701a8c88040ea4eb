// What cannot work is refused with a sentence that says why.
#include <algorithm>
#include <set>

#include "support/process.hpp"
#include "webgpu/fixture.hpp"
#include "webgpu/raw_device.hpp"

namespace geyser::test::dawn {
namespace {

using Refusal = DawnTest;

// What the test's proc address hides, and what was asked for.
std::string& hidden() {
  static std::string name;
  return name;
}
std::set<std::string>& asked() {
  static std::set<std::string> names;
  return names;
}
WGPUProc hiding(WGPUStringView name) {
  const std::string text = text_of(name);
  asked().insert(text);
  return text == hidden() ? nullptr : wgpuGetProcAddress(name);
}

std::unique_ptr<RawDevice> raw(const std::vector<WGPUFeatureName>& features) {
  std::string why;
  auto made = RawDevice::create(features, why);
  EXPECT_NE(made, nullptr) << why;
  return made;
}

TEST_F(Refusal, every_feature_that_is_not_enabled_is_named) {
  auto any = raw({});
  ASSERT_NE(any, nullptr);
  const auto wanted = webgpu::required_features(any->adapter(), &wgpuGetProcAddress);
  ASSERT_TRUE(ok(wanted));
  ASSERT_GE(wanted->size(), 2U);
  const auto name_of = [](WGPUFeatureName feature) {
    return feature == WGPUFeatureName_SharedTextureMemoryOpaqueFD      ? "SharedTextureMemoryOpaqueFD"
           : feature == WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD ? "SharedFenceVkSemaphoreOpaqueFD"
                                                                       : "";
  };
  std::size_t refused = 0;
  for (const auto left_out : *wanted) {
    if (std::string_view(name_of(left_out)).empty()) continue;
    auto features = *wanted;
    std::erase(features, left_out);
    auto device = raw(features);
    ASSERT_NE(device, nullptr);
    EXPECT_TRUE(fails(
        webgpu::create_manager(
            {.instance = device->instance(), .device = device->handle(), .get_proc_address = &wgpuGetProcAddress, .partner = &vulkan()}),
        Errc::unsupported_feature, name_of(left_out)));
    ++refused;
  }
  EXPECT_EQ(refused, 2U);
  // All of them: the user's own device works.
  auto device = raw(*wanted);
  ASSERT_NE(device, nullptr);
  EXPECT_TRUE(ok(webgpu::create_manager(
      {.instance = device->instance(), .device = device->handle(), .get_proc_address = &wgpuGetProcAddress, .partner = &vulkan()})));
}

TEST_F(Refusal, what_is_missing_from_the_call_is_named) {
  webgpu::AdoptInfo info{
      .instance = device().instance(), .device = device().handle(), .get_proc_address = &wgpuGetProcAddress, .partner = &vulkan()};
  ASSERT_TRUE(ok(webgpu::create_manager(info)));
  auto without = info;
  without.device = nullptr;
  EXPECT_TRUE(fails(webgpu::create_manager(without), Errc::invalid_argument, "device"));
  without = info;
  without.instance = nullptr;
  EXPECT_TRUE(fails(webgpu::create_manager(without), Errc::invalid_argument, "instance"));
  without = info;
  without.partner = nullptr;
  EXPECT_TRUE(fails(webgpu::create_manager(without), Errc::invalid_argument, "partner"));
  without = info;
  without.header ^= 1U;
  EXPECT_TRUE(fails(webgpu::create_manager(without), Errc::invalid_argument, "webgpu.h"));
}

TEST_F(Refusal, another_partner_is_refused) {
  const auto host = Participant::open(*find_device("host"));
  ASSERT_TRUE(ok(host));
  webgpu::AdoptInfo info{.instance = device().instance(),
                         .device = device().handle(),
                         .get_proc_address = &wgpuGetProcAddress,
                         .partner = &(*host)->manager()};
  EXPECT_TRUE(fails(webgpu::create_manager(info), Errc::unsupported_feature, "partner"));
  // One that could make what Dawn takes, by its own partner, and cannot hand textures on.
  info.partner = &dawn();
  const auto made = webgpu::create_manager(info);
  EXPECT_TRUE(!made && made.error().describe().find("partner") != std::string::npos);
}

// A function that a Dawn lacks ends the creation with its name; none of them is called unseen.
TEST_F(Refusal, every_function_that_dawn_lacks_is_named) {
  webgpu::AdoptInfo info{.instance = device().instance(), .device = device().handle(), .get_proc_address = &hiding, .partner = &vulkan()};
  asked().clear();
  hidden().clear();
  ASSERT_TRUE(ok(webgpu::create_manager(info)));
  const auto names = asked();
  std::size_t refused = 0;
  for (const auto& name : names) {
    hidden() = name;
    const auto made = webgpu::create_manager(info);
    if (made) continue;  // one that it can do without
    EXPECT_TRUE(fails(made, made.error().code(), name));
    EXPECT_TRUE(made.error().code() == Errc::unsupported_feature || made.error().code() == Errc::not_found);
    ++refused;
  }
  hidden().clear();
  EXPECT_GE(refused, 30U);
  EXPECT_TRUE(ok(webgpu::create_manager(info)));
}

TEST_F(Refusal, handles_of_other_devices_and_broken_ones) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  // Another device: compared before anything sees the handle.
  auto handle = vulkan().export_texture(both->vulkan);
  ASSERT_TRUE(ok(handle));
  handle->info.exporter.device_uuid.bytes[3] ^= 0xffU;
  const int number = handle->handles[0].fd();
  EXPECT_TRUE(fails(dawn().import_texture(std::move(*handle)), Errc::device_mismatch));
  EXPECT_EQ(handle->handles[0].fd(), number);
  EXPECT_TRUE(is_open(number));
  // Sizes that contradict each other.
  handle = vulkan().export_texture(both->vulkan);
  ASSERT_TRUE(ok(handle));
  handle->info.required_size = handle->info.allocation_size * 2;
  EXPECT_TRUE(fails(dawn().import_texture(std::move(*handle)), Errc::protocol_error));
  // A mip chain and layers: Dawn imports one of each.
  auto mips = plain();
  mips.mip_levels = 3;
  auto chain = vulkan().create_shareable_texture(mips);
  ASSERT_TRUE(ok(chain));
  handle = vulkan().export_texture(*chain);
  ASSERT_TRUE(ok(handle));
  const auto refused = dawn().import_texture(std::move(*handle));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(handle->handles[0]);
  // Nothing of it has hurt the manager.
  const auto bytes = fill(both->vulkan);
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
}

TEST_F(Refusal, a_lost_device_is_said_to_be_lost) {
  expect_logged("lost");
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  static_cast<void>(fill(both->vulkan));
  auto access = both->dawn.begin_read();
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(webgpu::acquire(*access)));
  DAWN(DeviceDestroy)(device().handle());
  EXPECT_TRUE(fails(webgpu::release(*access), Errc::device_lost));
  static_cast<void>(std::move(*access).end());
  ASSERT_TRUE(ok(device().process_events_until([&] { return !device().lost_reason().empty(); }, std::chrono::seconds(10))));
  EXPECT_TRUE(fails(fetch(both->dawn), Errc::device_lost));
  EXPECT_TRUE(fails(dawn().create_shareable_texture(plain()), Errc::device_lost));
  const auto bytes = content_of(random(), both->vulkan.descriptor());
  EXPECT_TRUE(ok(vulkan().upload(both->vulkan, {}, bytes)));  // the other side goes on
  close();
}

// In a process of its own: which drivers the loader shows is decided once.
class Elsewhere : public LayeredTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Elsewhere, refused_with_its_reason) {
  if (std::string_view(GetParam()) == "lavapipe" && driver_files("lavapipe").empty()) GTEST_SKIP() << "lavapipe is not installed";
  auto child = Child::start({"--child", GetParam()});
  ASSERT_TRUE(ok(child));
  const auto status = child->wait(std::chrono::seconds(60));
  ASSERT_TRUE(ok(status));
  if (*status == 77) GTEST_SKIP() << "not both drivers are there";
  EXPECT_EQ(*status, 0);
}
INSTANTIATE_TEST_SUITE_P(Refusal, Elsewhere, ::testing::Values("lavapipe", "no-proc-address", "both-drivers"), [](const auto& each) {
  return std::string(each.param) == "no-proc-address" ? "found_in_the_process"
         : std::string(each.param) == "both-drivers"  ? "partner_on_another_device"
                                                      : "lavapipe";
});

}  // namespace
}  // namespace geyser::test::dawn
