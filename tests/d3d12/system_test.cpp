// The Direct3D 12 of this system: under Wine one without sharing, on Windows one with it. What each can do is done, and what it cannot is
// refused by name.
#include "backends/d3d12/formats.hpp"
#include "d3d12/fixture.hpp"

namespace d3d12_test {
namespace {

using geyser::d3d12::Device;

/// The first hardware device, or WARP; made once, since making one takes long.
const Device& device() {
  static const Device made = [] {
    auto first = Device::create();
    if (first) return *std::move(first);
    auto software = Device::create({.selector = {.luid = {}, .index = 0, .name = {}, .warp = false}, .debug_layer = false});
    if (software) return *std::move(software);
    auto warp = Device::create({.selector = {.luid = {}, .index = {}, .name = {}, .warp = true}, .debug_layer = false});
    if (!warp) ADD_FAILURE() << first.error().describe() << "; " << warp.error().describe();
    return *std::move(warp);
  }();
  return made;
}
TextureShareManager manager() { return *take(device().create_manager(), "creating a manager"); }
bool shares(const TextureShareManager& manager) { return manager.capabilities().exports(MemoryHandleType::d3d12_resource); }

TEST(system, lists_adapters_and_names_them) {
  const auto all = geyser::d3d12::enumerate_devices();
  ASSERT_TRUE(all) << all.error().describe();
  ASSERT_FALSE(all->empty());
  for (const auto& each : *all) {
    EXPECT_FALSE(each.identity.name.empty());
    EXPECT_TRUE(each.identity.luid.has_value());
    EXPECT_TRUE(each.identity.device_uuid.is_nil());
  }
}

TEST(system, selects_an_adapter_by_luid_index_and_name_and_names_those_there_are) {
  const auto all = geyser::d3d12::enumerate_devices();
  ASSERT_TRUE(all && !all->empty());
  const auto& wanted = device().summary();
  const auto create = [](geyser::d3d12::DeviceSelector selector) {
    return Device::create({.selector = std::move(selector), .debug_layer = false});
  };
  const auto by_luid = create({.luid = wanted.identity.luid, .index = {}, .name = {}, .warp = false});
  ASSERT_TRUE(by_luid) << by_luid.error().describe();
  EXPECT_EQ(by_luid->summary().identity.luid, wanted.identity.luid);
  EXPECT_TRUE(create({.luid = {}, .index = wanted.index, .name = {}, .warp = false}));
  EXPECT_TRUE(create({.luid = {}, .index = {}, .name = wanted.identity.name, .warp = false}));
  const auto none = refusal(create({.luid = {}, .index = 1000, .name = {}, .warp = false}));
  EXPECT_TRUE(none.starts_with("not_found: No adapter matches")) << none;
  EXPECT_NE(none.find((*all)[0].identity.name), std::string::npos) << none;
}

TEST(system, adopts_a_device_and_refuses_nothing) {
  const auto info = device().adopt_info();
  auto adopted = geyser::d3d12::create_manager(info);
  ASSERT_TRUE(adopted) << adopted.error().describe();
  EXPECT_EQ(adopted->backend_name(), "d3d12");
  EXPECT_EQ(adopted->identity().luid, device().summary().identity.luid);
  EXPECT_EQ(adopted->identity().name, device().summary().identity.name);
  EXPECT_TRUE(
      refusal(geyser::d3d12::create_manager({.device = nullptr, .queue = info.queue})).starts_with("invalid_argument: AdoptInfo::device"));
  EXPECT_TRUE(
      refusal(geyser::d3d12::create_manager({.device = info.device, .queue = nullptr})).starts_with("invalid_argument: AdoptInfo::queue"));
}

TEST(system, says_whether_it_shares_and_if_not_which_call_said_no) {
  auto m = manager();
  const auto& memory = m.capabilities().memory.at(0);
  const auto& timeline = m.capabilities().semaphores.at(0);
  if (shares(m)) {
    EXPECT_TRUE(memory.why_not.empty());
    EXPECT_TRUE(m.capabilities().exports(SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence));
    return;
  }
  // Wine 8.
  EXPECT_NE(memory.why_not.find("ID3D12Device::CreateSharedHandle answers E_NOTIMPL (0x80004001)"), std::string::npos) << memory.why_not;
  EXPECT_NE(timeline.why_not.find("ID3D12Device::CreateSharedHandle answers E_NOTIMPL (0x80004001)"), std::string::npos);
  const auto texture = refusal(m.create_shareable_texture(plain()));
  EXPECT_TRUE(texture.starts_with("unsupported_feature: ")) << texture;
  EXPECT_NE(texture.find("CreateSharedHandle answers E_NOTIMPL (0x80004001)"), std::string::npos) << texture;
  const auto fence = refusal(m.create_shared_semaphore({.kind = SemaphoreKind::timeline}));
  EXPECT_TRUE(fence.starts_with("unsupported_feature: ")) << fence;
  EXPECT_NE(fence.find("CreateSharedHandle answers E_NOTIMPL (0x80004001)"), std::string::npos) << fence;
}

TEST(system, refuses_by_name_what_direct3d_12_does_not_have) {
  auto m = manager();
  const auto binary = refusal(m.create_shared_semaphore({.kind = SemaphoreKind::binary}));
  EXPECT_NE(binary.find("no binary semaphores"), std::string::npos) << binary;
  const auto opaque =
      refusal(m.create_shareable_texture(plain(), {.handle_type = MemoryHandleType::opaque_win32, .modifiers = {}, .linear = false}));
  EXPECT_TRUE(opaque.starts_with("unsupported_handle: ")) << opaque;
  const auto linear = refusal(m.create_shareable_texture(plain(), {.handle_type = {}, .modifiers = {}, .linear = true}));
  EXPECT_TRUE(linear.starts_with("unsupported_feature: CreateOptions::linear")) << linear;
}

TEST(system, uses_host_timelines_whatever_it_shares) {
  auto m = manager();
  auto texture = take(make_local(m, plain()), "a local texture");
  ASSERT_TRUE(texture);
  auto semaphore = take(m.create_shared_semaphore({.kind = SemaphoreKind::host_timeline}), "a host timeline");
  ASSERT_TRUE(semaphore);
  ASSERT_TRUE(m.attach_semaphore(*texture, *semaphore));
  const auto point = m.signal_texture_ready(*texture);
  ASSERT_TRUE(point) << point.error().describe();
  EXPECT_TRUE(semaphore->wait(point->value, std::chrono::seconds(5)));
  EXPECT_TRUE(refusal(geyser::d3d12::native(*semaphore)).starts_with("unsupported_feature: A host timeline has no ID3D12Fence"));
}

TEST(system, answers_for_every_format_and_refuses_those_without_a_number) {
  auto m = manager();
  for (const auto& row : geyser::all_formats()) {
    const auto descriptor = plain(row.format);
    const auto answer = m.format_support(descriptor);
    ASSERT_TRUE(answer) << answer.error().describe();
    ASSERT_EQ(answer->size(), m.capabilities().memory.size());
    if (row.dxgi == 0) {
      EXPECT_EQ((*answer)[0].why_not, std::string(row.name) + " has no DXGI_FORMAT");
      EXPECT_FALSE((*answer)[0].can_import);
    }
    if (!(*answer)[0].can_export) {
      EXPECT_FALSE((*answer)[0].why_not.empty()) << row.name;
    }
  }
}

/// Carries every shape of some formats there and back; says how many there were, and how many the device lacks.
void carry(bool depth_or_stencil, int at_least) {
  auto m = manager();
  auto own = geyser::d3d12::d3d12_manager(m);
  ASSERT_TRUE(own);
  int copied = 0;
  int lacking = 0;
  unsigned seed = 1;
  for (const auto& descriptor : shapes()) {
    if (geyser::d3d12::has_depth_or_stencil(*geyser::format_info(descriptor.format)) != depth_or_stencil) continue;
    if (!geyser::d3d12::why_not_usable(*(*own)->context(), descriptor).empty()) {
      ++lacking;
      continue;
    }
    auto texture = make_local(m, descriptor);
    if (!texture) {
      ADD_FAILURE() << describe(descriptor) << ": " << texture.error().describe();
      continue;
    }
    const auto wrong = round_trip(m, *texture, ++seed);
    if (wrong.find("GetCopyableFootprints knows no copy") != std::string::npos) {  // Wine 8: formats with two planes
      ++lacking;
      continue;
    }
    EXPECT_TRUE(wrong.empty()) << wrong;
    ++copied;
    if (descriptor.mip_levels != 1) continue;
    const auto part = part_round_trip(m, *texture, ++seed);
    EXPECT_TRUE(part.empty()) << part;
  }
  std::cout << copied << " shapes copied, " << lacking << " that the device lacks\n";
  EXPECT_GE(copied, at_least);
}

TEST(system, carries_textures_that_are_not_shared_there_and_back) { carry(false, 60); }
TEST(system, carries_depth_that_is_not_shared_there_and_back) { carry(true, 1); }

}  // namespace
}  // namespace d3d12_test
