// The emulation itself: what it must complain about, it complains about.
#include "fixture.hpp"

namespace fake_dawn {
namespace {

template <class Function>
Function function(const char* name) {
  return reinterpret_cast<Function>(get_proc_address({name, WGPU_STRLEN}));
}
bool says(const std::vector<std::string>& lines, const char* part) {
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(part) != line.npos; });
}

using FakeDawn = Fixture;

TEST_F(FakeDawn, what_is_left_is_counted) {
  make({});
  EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{{"device", 1}, {"instance", 1}}));
  const auto queue = function<WGPUProcDeviceGetQueue>("wgpuDeviceGetQueue")(device());
  EXPECT_EQ(live_objects().at("queue"), 1U);
  function<WGPUProcQueueRelease>("wgpuQueueRelease")(queue);
  EXPECT_EQ(live_objects().count("queue"), 0U);
}

TEST_F(FakeDawn, scopes_take_errors_and_the_rest_is_uncaptured) {
  make({WGPUFeatureName_SharedTextureMemoryOpaqueFD});
  fail_function("wgpuDeviceCreateBuffer", 1);
  WGPUBufferDescriptor descriptor{};
  descriptor.size = 16;
  const auto buffer = function<WGPUProcDeviceCreateBuffer>("wgpuDeviceCreateBuffer")(device(), &descriptor);
  EXPECT_EQ(injected(), "wgpuDeviceCreateBuffer");
  EXPECT_TRUE(says(take_uncaptured(), "wgpuDeviceCreateBuffer fails"));
  function<WGPUProcBufferRelease>("wgpuBufferRelease")(buffer);
  function<WGPUProcDevicePopErrorScope>("wgpuDevicePopErrorScope")(device(), {});
  EXPECT_TRUE(says(take_violations(), "without a scope"));
}

TEST_F(FakeDawn, misuse_of_accesses_is_seen) {
  make(all_kinds[0].features());
  auto texture = must(vulkan().create_shareable_texture(plain(), {.handle_type = geyser::MemoryHandleType::opaque_fd}));
  auto manager = must(adopt());
  auto imported = must(manager.import_texture(must(vulkan().export_texture(texture))));
  auto access = must(imported.begin_write());
  const auto native = must(geyser::webgpu::acquire(access));
  ASSERT_TRUE(ok(geyser::webgpu::release(access)));
  ASSERT_TRUE(ok(std::move(access).end()));
  static_cast<void>(native);  // gone: whoever uses it now aborts
  EXPECT_EQ(live_objects().count("texture"), 0U);
}

TEST_F(FakeDawn, every_function_that_the_backend_asks_for_is_there) {
  make(all_kinds[0].features());
  EXPECT_TRUE(ok(adopt()));
  EXPECT_EQ(get_proc_address({"wgpuNoSuchFunction", WGPU_STRLEN}), nullptr);
}

}  // namespace
}  // namespace fake_dawn
