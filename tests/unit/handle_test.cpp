// validate() of handles: what arrives from another process is checked before anything looks inside.
#include "geyser/handle.hpp"
#include "check.hpp"
#include "geyser/host.hpp"
#include "system.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;
using unit::plain;

constexpr Errc protocol = Errc::protocol_error;

/// A handle that contradicts itself nowhere; each test bends one thing.
[[nodiscard]] TextureHandle texture_handle() {
  TextureHandle handle;
  handle.info.type = MemoryHandleType::opaque_fd;
  handle.info.descriptor = plain();
  handle.info.allocation_size = 16'384;
  handle.info.required_size = 8'192;
  handle.handles[0] = unit::open_null();
  return handle;
}
[[nodiscard]] SemaphoreHandle semaphore_handle(SemaphoreKind kind, SemaphoreHandleType type) {
  SemaphoreHandle handle;
  handle.kind = kind;
  handle.type = type;
  handle.handle = unit::open_null();
  return handle;
}

TEST(TextureHandle, a_consistent_one_passes) {
  EXPECT_TRUE(ok(validate(texture_handle())));
  for (unsigned type = 1; type <= 8; ++type) {
    TextureHandle handle = texture_handle();
    handle.info.type = static_cast<MemoryHandleType>(type);
    EXPECT_TRUE(ok(validate(handle))) << type;
  }
}

TEST(TextureHandle, unknown_type) {
  for (const unsigned type : {0U, 9U, 255U}) {
    TextureHandle handle = texture_handle();
    handle.info.type = static_cast<MemoryHandleType>(type);
    EXPECT_TRUE(fails(validate(handle), protocol, {"type", std::to_string(type)}));
  }
}

TEST(TextureHandle, needs_an_os_handle) {
  TextureHandle handle = texture_handle();
  handle.handles[0].reset();
  EXPECT_TRUE(fails(validate(handle), protocol, {"no OS handle"}));
  handle.handles[1] = unit::open_null();  // the first one counts
  EXPECT_TRUE(fails(validate(handle), protocol, {"no OS handle"}));
}

TEST(TextureHandle, only_dma_buf_has_several) {
  TextureHandle handle = texture_handle();
  handle.handles[1] = unit::open_null();
  EXPECT_EQ(handle.handle_count(), 2U);
  EXPECT_TRUE(fails(validate(handle), protocol, {"2 OS handles", "opaque_fd"}));
  handle.info.type = MemoryHandleType::dma_buf;
  EXPECT_TRUE(ok(validate(handle)));
}

TEST(TextureHandle, descriptor_obeys_the_rules) {
  TextureHandle handle = texture_handle();
  handle.info.descriptor.extent.width = 0;
  EXPECT_TRUE(fails(validate(handle), Errc::invalid_argument, {"extent.width"}));
  handle.info.descriptor = plain();
  handle.info.descriptor.format = static_cast<TextureFormat>(999);
  EXPECT_TRUE(fails(validate(handle), Errc::invalid_argument, {"format", "999"}));
}

TEST(TextureHandle, sizes) {
  TextureHandle handle = texture_handle();
  handle.info.required_size = 0;
  EXPECT_TRUE(fails(validate(handle), protocol, {"required_size", "0"}));
  handle.info.required_size = 16'385;
  EXPECT_TRUE(fails(validate(handle), protocol, {"allocation_size", "16384", "16385"}));
  handle.info.required_size = 16'384;
  EXPECT_TRUE(ok(validate(handle)));
}

TEST(TextureHandle, memory_type_index) {
  TextureHandle handle = texture_handle();
  handle.info.memory_type_index = 31;
  EXPECT_TRUE(ok(validate(handle)));
  handle.info.memory_type_index = 32;
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_type_index", "32"}));
}

TEST(TextureHandle, layout) {
  TextureHandle handle = texture_handle();
  handle.info.layout = static_cast<TextureLayout>(8);
  EXPECT_TRUE(fails(validate(handle), protocol, {"layout", "8"}));
  handle.info.layout = TextureLayout::undefined;
  handle.info.initialized = true;
  EXPECT_TRUE(fails(validate(handle), protocol, {"initialized", "undefined"}));
  handle.info.layout = TextureLayout::general;
  EXPECT_TRUE(ok(validate(handle)));
}

TEST(TextureHandle, memory_planes) {
  TextureHandle handle = texture_handle();
  handle.info.memory_plane_count = 4;
  EXPECT_TRUE(ok(validate(handle)));
  handle.info.memory_plane_count = 5;
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_plane_count", "5", "4"}));
  handle.info.memory_plane_count = 2;
  handle.info.memory_planes[1].offset = 16'384;
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_planes[1].offset", "16384"}));
  handle.info.memory_planes[1] = {.offset = 16'383, .row_pitch = 16'385, .handle_index = 0};
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_planes[1].row_pitch", "16385"}));
  handle.info.memory_planes[1] = {.offset = 0, .row_pitch = 64, .handle_index = 1};
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_planes[1].handle_index", "1"}));
  handle.info.memory_planes[1].handle_index = 0xFFFF'FFFF;
  EXPECT_TRUE(fails(validate(handle), protocol, {"memory_planes[1].handle_index", "4294967295"}));
  handle.info.memory_plane_count = 1;  // what lies beyond the count does not matter
  EXPECT_TRUE(ok(validate(handle)));
}

TEST(TextureHandle, ready_semaphore_is_checked_too) {
  TextureHandle handle = texture_handle();
  handle.ready_semaphore = semaphore_handle(SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd);
  EXPECT_TRUE(ok(validate(handle)));
  handle.ready_semaphore->type = SemaphoreHandleType::none;
  EXPECT_TRUE(fails(validate(handle), protocol, {"type"}));
}

TEST(TextureHandle, moves_and_closes) {
  TextureHandle a = texture_handle();
  const OsHandle::Value fd = a.handles[0].borrow();
  {
    const TextureHandle b = std::move(a);
    EXPECT_EQ(b.handle_count(), 1U);
    EXPECT_EQ(a.handle_count(), 0U);  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(unit::is_open(fd));
  }
  EXPECT_FALSE(unit::is_open(fd));
}

TEST(SemaphoreHandle, kinds_travel_as_the_types_made_for_them) {
  using K = SemaphoreKind;
  using S = SemaphoreHandleType;
  const auto allowed = [](K kind, S type) {
    switch (type) {
      case S::opaque_fd:
      case S::opaque_win32:
        return kind != K::host_timeline;
      case S::sync_fd:
        return kind == K::binary;
      case S::host_page:
        return kind == K::host_timeline;
      case S::d3d12_fence:
      case S::metal_shared_event:
        return kind == K::timeline;
      case S::none:
        break;
    }
    return false;
  };
  for (const K kind : {K::timeline, K::binary, K::host_timeline}) {
    for (unsigned number = 0; number <= 7; ++number) {
      const S type = static_cast<S>(number);
      if (number <= 6 && allowed(kind, type)) {
        EXPECT_TRUE(ok(validate(semaphore_handle(kind, type)))) << to_string(kind) << ' ' << to_string(type);
      } else {
        EXPECT_TRUE(fails(validate(semaphore_handle(kind, type)), protocol, {})) << to_string(kind) << ' ' << to_string(type);
      }
    }
  }
}

TEST(SemaphoreHandle, unknown_kind) {
  for (const unsigned kind : {0U, 4U, 255U}) {
    EXPECT_TRUE(fails(validate(semaphore_handle(static_cast<SemaphoreKind>(kind), SemaphoreHandleType::opaque_fd)), protocol,
                      {"kind", std::to_string(kind)}));
  }
}

TEST(SemaphoreHandle, only_a_sync_fd_may_be_without_an_os_handle) {
  SemaphoreHandle handle = semaphore_handle(SemaphoreKind::binary, SemaphoreHandleType::sync_fd);
  handle.handle.reset();
  EXPECT_TRUE(ok(validate(handle)));  // "already signalled"
  handle.type = SemaphoreHandleType::opaque_fd;
  EXPECT_TRUE(fails(validate(handle), protocol, {"no OS handle"}));
}

TEST(TextureHandle, survives_any_numbers) {
  auto random = unit::random_source();
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  int accepted = 0;
  for (int i = 0; i < 2'000; ++i) {
    TextureHandle handle = texture_handle();
    TextureHandleInfo& info = handle.info;
    const auto any = [&] { return random() >> (random() % 64); };
    const auto bend = [&](auto& field) {
      if (random() % 6 == 0) field = static_cast<std::remove_reference_t<decltype(field)>>(any());
    };
    bend(info.type);
    bend(info.descriptor.dimension);
    bend(info.descriptor.extent.width);
    bend(info.descriptor.mip_levels);
    bend(info.descriptor.array_layers);
    bend(info.descriptor.format);
    bend(info.descriptor.usage);
    bend(info.allocation_size);
    bend(info.required_size);
    bend(info.memory_type_index);
    bend(info.memory_plane_count);
    bend(info.layout);
    bend(info.memory_planes[0].offset);
    bend(info.memory_planes[1].handle_index);
    accepted += validate(handle).has_value() ? 1 : 0;
    if (random() % 2 == 0) info.type = MemoryHandleType::shared_memory;
    EXPECT_FALSE(manager->import_texture(std::move(handle)).has_value());  // /dev/null is no texture
    EXPECT_EQ(handle.handle_count(), 1U);                                  // NOLINT(bugprone-use-after-move): consumed only on success
  }
  EXPECT_GT(accepted, 50);
  EXPECT_LT(accepted, 1'900);
}

}  // namespace
}  // namespace geyser
