// Who waits for whom: the driver's semaphores, host timelines, and streams of the caller's that run late.
#include <thread>

#include "partner.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;

class Sync : public PartnerFixture {
 protected:
  void SetUp() override {
    Config config;
    config.asynchronous = true;
    use(config);
  }
};

TEST_F(Sync, the_ladder_follows_the_partner) {
  auto both = Partners::open();
  const auto& with = both.cuda.capabilities();
  EXPECT_TRUE(with.exports(SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd));
  EXPECT_TRUE(with.imports(SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd));
  EXPECT_TRUE(with.exports(SemaphoreKind::binary, SemaphoreHandleType::opaque_fd));
  auto alone = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(alone));
  const auto& without = alone->capabilities();
  EXPECT_FALSE(without.imports(SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd));
  EXPECT_FALSE(without.exports(SemaphoreKind::binary, SemaphoreHandleType::opaque_fd));
  EXPECT_TRUE(without.imports(SemaphoreKind::binary, SemaphoreHandleType::opaque_fd));
  EXPECT_TRUE(without.exports(SemaphoreKind::host_timeline, SemaphoreHandleType::host_page));
  for (const auto* capabilities : {&with, &without}) {
    for (const auto& each : capabilities->semaphores) EXPECT_EQ(each.why_not.empty(), each.can_export && each.can_import);
    for (const auto& each : capabilities->memory) EXPECT_EQ(each.why_not.empty(), each.can_export && each.can_import);
  }
  EXPECT_TRUE(fails(alone->create_shared_semaphore({.kind = SemaphoreKind::timeline}), Errc::unsupported_feature, "partner"));
}

/// The state in which one side hands the texture to the other, without points of its own.
const geyser::TextureState handed{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};

TEST_F(Sync, turns_with_timelines) {
  auto both = Partners::open();
  auto ours = both.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 5});
  ASSERT_TRUE(ok(ours));
  auto exported = both.cuda.export_semaphore(*ours);
  ASSERT_TRUE(ok(exported));
  auto theirs = both.vulkan.import_semaphore(*std::move(exported));
  ASSERT_TRUE(ok(theirs));
  EXPECT_EQ(*ours->value(), 5U);
  auto texture = both.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = both.cuda.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto imported = both.vulkan.import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  for (std::uint64_t value = 6; value < 30; value += 2) {
    const auto bytes = content_of(texture->descriptor());
    const geyser::SyncPoint vulkan_done{*ours, value - 1};
    ASSERT_TRUE(ok(both.cuda.upload(*texture, {}, bytes,
                                    {.wait_for = value > 6 ? std::span(&vulkan_done, 1) : std::span<const geyser::SyncPoint>(),
                                     .signal = geyser::SyncPoint{*ours, value}})));
    const geyser::SyncPoint cuda_done{*theirs, value};
    std::vector<std::byte> found(bytes.size());
    ASSERT_TRUE(ok(both.vulkan.read_back(*imported, {}, found,
                                         {.state = handed, .wait_for = {&cuda_done, 1}, .signal = geyser::SyncPoint{*theirs, value + 1}})));
    ASSERT_EQ(found, bytes);
  }
  EXPECT_GE(*ours->value(), 29U);
}

TEST_F(Sync, turns_with_binary_semaphores_and_the_callers_stream) {
  auto both = Partners::open();
  auto ours = both.cuda.create_shared_semaphore({.kind = SemaphoreKind::binary});
  ASSERT_TRUE(ok(ours));
  auto exported = both.cuda.export_semaphore(*ours);
  ASSERT_TRUE(ok(exported));
  auto theirs = both.vulkan.import_semaphore(*std::move(exported));
  ASSERT_TRUE(ok(theirs));
  auto texture = both.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = both.cuda.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto imported = both.vulkan.import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  for (int turn = 0; turn < 5; ++turn) {
    const auto bytes = content_of(texture->descriptor());
    ASSERT_TRUE(ok(both.cuda.upload(*texture, {}, bytes, {.state = handed, .signal = geyser::SyncPoint{*ours, 1}})));
    const geyser::SyncPoint written{*theirs, 1};
    ASSERT_TRUE(holds(both.vulkan, *imported, {}, bytes, {.state = handed, .wait_for = {&written, 1}}));
    // The other way: Vulkan signals, and the stream waits for it.
    const auto back = content_of(texture->descriptor());
    ASSERT_TRUE(ok(both.vulkan.upload(*imported, {}, back, {.state = handed, .signal = geyser::SyncPoint{*theirs, 1}})));
    const geyser::SyncPoint answered{*ours, 1};
    auto access = texture->begin_read({.state = handed, .wait_for = {&answered, 1}});
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok(geyser::cuda::acquire(*access, nullptr)));
    ASSERT_TRUE(ok(geyser::cuda::release(*access, nullptr)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    ASSERT_TRUE(holds(both.cuda, *texture, {}, back, {.state = handed}));
  }
}

TEST_F(Sync, acquire_waits_on_the_device_and_release_signals_there) {
  auto* const context = create_context(0);
  auto* const stream = create_stream(context);
  {
    auto both = Partners::open({.context = static_cast<CUctx_st*>(context)});
    auto semaphore = both.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
    ASSERT_TRUE(ok(semaphore));
    auto texture = both.cuda.create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    const geyser::SyncPoint before{*semaphore, 3};
    auto access = texture->begin_write({.wait_for = {&before, 1}, .signal = geyser::SyncPoint{*semaphore, 4}});
    ASSERT_TRUE(ok(access));
    auto* const mine = static_cast<geyser::cuda::Stream>(stream);
    EXPECT_TRUE(fails(geyser::cuda::release(*access, mine), Errc::invalid_state, "acquire"));
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(ok(geyser::cuda::acquire(*access, mine)));
    EXPECT_TRUE(fails(geyser::cuda::acquire(*access, mine), Errc::invalid_state, "already"));
    ASSERT_TRUE(ok(geyser::cuda::release(*access, mine)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "a device wait must not block the host";
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(*semaphore->value(), 0U) << "released before what it waited for";
    ASSERT_TRUE(ok(semaphore->signal(3)));
    EXPECT_TRUE(ok(semaphore->wait(4, 2s)));
  }
  destroy_stream(stream);
  join();
  drain();
  destroy_context(context);
}

TEST_F(Sync, host_timelines_wait_on_the_host_and_signal_in_the_stream) {
  auto* const context = create_context(0);
  auto* const stream = create_stream(context);
  {
    auto manager = geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context)});
    ASSERT_TRUE(ok(manager));
    auto semaphore = manager->create_shared_semaphore();
    ASSERT_TRUE(ok(semaphore));
    EXPECT_EQ(semaphore->kind(), SemaphoreKind::host_timeline);
    auto texture = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    const geyser::SyncPoint before{*semaphore, 1};
    auto access = texture->begin_write({.wait_for = {&before, 1}, .signal = geyser::SyncPoint{*semaphore, 2}});
    ASSERT_TRUE(ok(access));
    auto* const mine = static_cast<geyser::cuda::Stream>(stream);
    std::thread later([&] {
      std::this_thread::sleep_for(30ms);
      static_cast<void>(semaphore->signal(1));
    });
    ASSERT_TRUE(ok(geyser::cuda::acquire(*access, mine)));
    later.join();
    EXPECT_EQ(*semaphore->value(), 1U);
    close_gate(context, stream);
    ASSERT_TRUE(ok(geyser::cuda::release(*access, mine)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(*semaphore->value(), 1U) << "signalled before the stream's earlier work";
    open_gate();
    EXPECT_TRUE(ok(semaphore->wait(2, 2s)));
    // The stream may still hold the signal when the semaphore and its manager go.
    auto last = texture->begin_write({.signal = geyser::SyncPoint{*semaphore, 3}});
    ASSERT_TRUE(ok(last));
    ASSERT_TRUE(ok(geyser::cuda::acquire(*last, mine)));
    ASSERT_TRUE(ok(geyser::cuda::release(*last, mine)));
    ASSERT_TRUE(ok(std::move(*last).end()));
  }
  destroy_stream(stream);
  join();
  drain();
  destroy_context(context);
}

TEST_F(Sync, release_without_a_signal_finishes_the_stream) {
  auto* const context = create_context(0);
  auto* const stream = create_stream(context);
  {
    auto manager = geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context)});
    ASSERT_TRUE(ok(manager));
    auto texture = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    auto access = texture->begin_write();
    ASSERT_TRUE(ok(access));
    auto* const mine = static_cast<geyser::cuda::Stream>(stream);
    ASSERT_TRUE(ok(geyser::cuda::acquire(*access, mine)));
    close_gate(context, stream);
    std::atomic<bool> opened{false};
    std::thread later([&] {
      std::this_thread::sleep_for(30ms);
      opened = true;
      open_gate();
    });
    EXPECT_TRUE(fails(geyser::cuda::release(*access, mine, geyser::TextureLayout::undefined), Errc::invalid_argument, "undefined"));
    ASSERT_TRUE(ok(geyser::cuda::release(*access, mine, geyser::TextureLayout::shader_read_only)));
    EXPECT_TRUE(opened);
    later.join();
    const auto state = std::move(*access).end();
    ASSERT_TRUE(ok(state));
    EXPECT_EQ(state->layout, geyser::TextureLayout::shader_read_only);
  }
  destroy_stream(stream);
  join();
  drain();
  destroy_context(context);
}

TEST_F(Sync, copies_see_what_the_other_side_wrote_late) {
  auto both = Partners::open();
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary, SemaphoreKind::host_timeline}) {
    SCOPED_TRACE(to_string(kind));
    auto ours = both.cuda.create_shared_semaphore({.kind = kind});
    ASSERT_TRUE(ok(ours));
    auto theirs = both.vulkan.import_semaphore(Partners::must(both.cuda.export_semaphore(*ours)));
    ASSERT_TRUE(ok(theirs));
    auto texture = both.cuda.create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    auto imported = both.vulkan.import_texture(Partners::must(both.cuda.export_texture(*texture)));
    ASSERT_TRUE(ok(imported));
    const auto before = content_of(texture->descriptor());
    ASSERT_TRUE(ok(both.vulkan.upload(*imported, {}, before)));
    const auto after = content_of(texture->descriptor());
    std::thread writer([&] {
      std::this_thread::sleep_for(40ms);
      EXPECT_TRUE(ok(both.vulkan.upload(*imported, {}, after, {.state = handed, .signal = geyser::SyncPoint{*theirs, 1}})));
    });
    const geyser::SyncPoint written{*ours, 1};
    EXPECT_TRUE(holds(both.cuda, *texture, {}, after, {.state = handed, .wait_for = {&written, 1}}));
    writer.join();
  }
}

TEST_F(Sync, copies_wait_for_the_streams_earlier_work_and_for_points) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  auto semaphore = manager->create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(texture->descriptor());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes, {.signal = geyser::SyncPoint{*semaphore, 1}})));
  EXPECT_EQ(*semaphore->value(), 1U);
  const geyser::SyncPoint later{*semaphore, 2};
  std::thread signaller([&] {
    std::this_thread::sleep_for(30ms);
    static_cast<void>(semaphore->signal(2));
  });
  EXPECT_TRUE(holds(*manager, *texture, {}, bytes, {.wait_for = {&later, 1}}));
  signaller.join();
}

TEST_F(Sync, binary_semaphores_without_a_partner) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  const int fd = new_semaphore('b', 0);
  geyser::SemaphoreHandle handle;
  handle.kind = SemaphoreKind::binary;
  handle.type = SemaphoreHandleType::opaque_fd;
  handle.exporter = manager->identity();
  handle.handle.reset(fd);
  auto copy = handle.handle.duplicate();
  ASSERT_TRUE(ok(copy));
  {
    auto semaphore = manager->import_semaphore(std::move(handle));
    ASSERT_TRUE(ok(semaphore));
    EXPECT_FALSE(handle.handle);
    EXPECT_TRUE(fails(semaphore->wait(1, 20ms), Errc::timed_out, "binary"));
    set_semaphore(copy->fd(), 1);
    EXPECT_TRUE(ok(semaphore->wait(1, 2s))) << "the wait that timed out is taken over, not repeated";
    EXPECT_EQ(semaphore_value(copy->fd()), 0U) << "a wait consumes the signal";
    set_semaphore(copy->fd(), 1);
    EXPECT_TRUE(ok(semaphore->wait(1, 2s)));
    auto texture = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    const auto bytes = content_of(texture->descriptor());
    ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes, {.signal = geyser::SyncPoint{*semaphore, 1}})));
    EXPECT_EQ(semaphore_value(copy->fd()), 1U);
    EXPECT_TRUE(fails(semaphore->signal(1), Errc::invalid_argument));
    EXPECT_TRUE(ok(semaphore->wait(1, 2s)));
  }
}

TEST_F(Sync, semaphore_handles_that_lie_are_refused) {
  auto both = Partners::open();
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary}) {
    geyser::SemaphoreHandle handle;
    handle.kind = kind;
    handle.type = SemaphoreHandleType::opaque_fd;
    handle.exporter = both.cuda.identity();
    handle.handle.reset(new_semaphore(kind == SemaphoreKind::timeline ? 'b' : 't', 0));
    const auto number = handle.handle.fd();
    auto alone = geyser::cuda::create_manager();
    ASSERT_TRUE(ok(alone));
    if (kind == SemaphoreKind::binary) {
      EXPECT_TRUE(fails(alone->import_semaphore(std::move(handle)), Errc::protocol_error, "no binary semaphore"));
      EXPECT_EQ(handle.handle.fd(), number);
    }
    EXPECT_FALSE(both.cuda.import_semaphore(std::move(handle)));
    EXPECT_EQ(handle.handle.fd(), number) << "a refused import must leave the handle with its owner";
    handle.exporter.device_uuid.bytes[0] ^= 1U;
    EXPECT_TRUE(fails(both.cuda.import_semaphore(std::move(handle)), Errc::device_mismatch));
  }
  static_cast<void>(fake_vulkan::take_violations());
}

TEST_F(Sync, a_ready_semaphore_follows_the_managers_stream) {
  auto both = Partners::open();
  auto texture = both.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto ready = both.cuda.create_shared_semaphore();
  ASSERT_TRUE(ok(ready));
  EXPECT_EQ(ready->kind(), SemaphoreKind::timeline);
  ASSERT_TRUE(ok(both.cuda.attach_semaphore(*texture, *ready)));
  const auto bytes = content_of(texture->descriptor());
  ASSERT_TRUE(ok(both.cuda.upload(*texture, {}, bytes)));
  auto handle = both.cuda.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto imported = both.vulkan.import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  ASSERT_TRUE(ok(both.cuda.signal_texture_ready(*texture)));
  ASSERT_TRUE(ok(both.vulkan.wait_for_texture(*imported, 2s)));
  EXPECT_TRUE(holds(both.vulkan, *imported, {}, bytes));
}

}  // namespace
}  // namespace fake_cuda
