// Names of handle types, and what Capabilities answers.
#include "geyser/capabilities.hpp"
#include "check.hpp"
#include "core/between_processes.hpp"

namespace geyser {
namespace {

using M = MemoryHandleType;
using S = SemaphoreHandleType;
using K = SemaphoreKind;

TEST(CapabilityNames, memory_handle_types) {
  EXPECT_EQ(to_string(M::none), "none");
  EXPECT_EQ(to_string(M::opaque_fd), "opaque_fd");
  EXPECT_EQ(to_string(M::dma_buf), "dma_buf");
  EXPECT_EQ(to_string(M::shared_memory), "shared_memory");
  EXPECT_EQ(to_string(M::opaque_win32), "opaque_win32");
  EXPECT_EQ(to_string(M::d3d11_texture), "d3d11_texture");
  EXPECT_EQ(to_string(M::d3d12_resource), "d3d12_resource");
  EXPECT_EQ(to_string(M::io_surface), "io_surface");
  EXPECT_EQ(to_string(M::metal_texture), "metal_texture");
  EXPECT_EQ(to_string(static_cast<M>(9)), "unknown");
}

TEST(CapabilityNames, semaphore_handle_types) {
  EXPECT_EQ(to_string(S::none), "none");
  EXPECT_EQ(to_string(S::opaque_fd), "opaque_fd");
  EXPECT_EQ(to_string(S::sync_fd), "sync_fd");
  EXPECT_EQ(to_string(S::host_page), "host_page");
  EXPECT_EQ(to_string(S::opaque_win32), "opaque_win32");
  EXPECT_EQ(to_string(S::d3d12_fence), "d3d12_fence");
  EXPECT_EQ(to_string(S::metal_shared_event), "metal_shared_event");
  EXPECT_EQ(to_string(static_cast<S>(200)), "unknown");
}

TEST(CapabilityNames, semaphore_kinds) {
  EXPECT_EQ(to_string(K::timeline), "timeline");
  EXPECT_EQ(to_string(K::binary), "binary");
  EXPECT_EQ(to_string(K::host_timeline), "host_timeline");
  EXPECT_EQ(to_string(static_cast<K>(0)), "unknown");
}

TEST(CapabilityNames, wire_numbers_do_not_move) {
  // These numbers cross processes; a change is a change of the protocol.
  EXPECT_EQ(static_cast<int>(M::opaque_fd), 1);
  EXPECT_EQ(static_cast<int>(M::dma_buf), 2);
  EXPECT_EQ(static_cast<int>(M::shared_memory), 3);
  EXPECT_EQ(static_cast<int>(M::metal_texture), 8);
  EXPECT_EQ(static_cast<int>(S::opaque_fd), 1);
  EXPECT_EQ(static_cast<int>(S::sync_fd), 2);
  EXPECT_EQ(static_cast<int>(S::host_page), 3);
  EXPECT_EQ(static_cast<int>(K::timeline), 1);
  EXPECT_EQ(static_cast<int>(K::host_timeline), 3);
  EXPECT_EQ(static_cast<int>(TextureFormat::r8_unorm), 1);
  EXPECT_EQ(static_cast<int>(TextureFormat::rgba8_unorm), 9);
  EXPECT_EQ(static_cast<int>(TextureFormat::i420), 104);
}

TEST(Capabilities, exports_and_imports_are_separate) {
  Capabilities c;
  c.memory = {{M::opaque_fd, true, false, "x"}, {M::dma_buf, false, true, "y"}, {M::shared_memory, true, true, ""}};
  EXPECT_TRUE(c.exports(M::opaque_fd));
  EXPECT_FALSE(c.imports(M::opaque_fd));
  EXPECT_FALSE(c.exports(M::dma_buf));
  EXPECT_TRUE(c.imports(M::dma_buf));
  EXPECT_TRUE(c.exports(M::shared_memory));
  EXPECT_TRUE(c.imports(M::shared_memory));
  EXPECT_FALSE(c.exports(M::opaque_win32));
  EXPECT_FALSE(c.imports(M::none));
}

TEST(Capabilities, semaphores_need_kind_and_type) {
  Capabilities c;
  c.semaphores = {
      {K::timeline, S::opaque_fd, false, true, "x"}, {K::binary, S::opaque_fd, true, false, "y"}, {K::binary, S::sync_fd, true, true, ""}};
  EXPECT_FALSE(c.exports(K::timeline, S::opaque_fd));
  EXPECT_TRUE(c.imports(K::timeline, S::opaque_fd));
  EXPECT_TRUE(c.exports(K::binary, S::opaque_fd));
  EXPECT_FALSE(c.imports(K::binary, S::opaque_fd));
  EXPECT_TRUE(c.exports(K::binary, S::sync_fd));
  EXPECT_FALSE(c.exports(K::timeline, S::sync_fd));
  EXPECT_FALSE(c.imports(K::host_timeline, S::host_page));
}

TEST(Capabilities, an_empty_one_can_do_nothing) {
  const Capabilities none;
  for (unsigned type = 0; type < 10; ++type) {
    EXPECT_FALSE(none.exports(static_cast<M>(type)));
    EXPECT_FALSE(none.imports(static_cast<M>(type)));
    EXPECT_FALSE(none.exports(K::timeline, static_cast<S>(type)));
    EXPECT_FALSE(none.imports(K::binary, static_cast<S>(type)));
  }
}

TEST(Capabilities, what_stays_in_one_process_can_do_nothing_between_two) {
  Capabilities c;
  c.memory.push_back({.type = M::metal_texture, .can_export = true, .can_import = true, .in_process_only = true});
  c.memory.push_back({.type = M::io_surface, .can_export = true, .can_import = true});
  c.semaphores.push_back(
      {.kind = K::timeline, .type = S::metal_shared_event, .can_export = true, .can_import = true, .in_process_only = true});
  c.semaphores.push_back({.kind = K::host_timeline, .type = S::host_page, .can_export = true, .can_import = true});
  const auto within = negotiate(c, c);
  ASSERT_TRUE(unit::ok(within));
  EXPECT_EQ(within->memory, M::metal_texture);
  EXPECT_EQ(within->semaphore, K::timeline);
  EXPECT_FALSE(detail::exports_timelines(c));

  const Capabilities outside = detail::between_processes(c);
  const auto between = negotiate(outside, outside);
  ASSERT_TRUE(unit::ok(between));
  EXPECT_EQ(between->memory, M::io_surface);
  EXPECT_EQ(between->semaphore, K::host_timeline);
  EXPECT_FALSE(outside.memory[0].why_not.empty());
  c.semaphores.push_back({.kind = K::timeline, .type = S::opaque_win32, .can_export = true});
  EXPECT_TRUE(detail::exports_timelines(c));
}

}  // namespace
}  // namespace geyser
