// Timelines: fences between devices, the host's side of them, host timelines. Emulated.
#include <thread>

#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::SemaphoreKind;
using geyser::SyncPoint;

class Sync : public Fixture {};

TEST_F(Sync, FencesPassBetweenDevices) {
  auto a = manager();
  auto b = manager();
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(b));
  auto one = a->create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 5, .label = {}});
  ASSERT_TRUE(ok(one));
  EXPECT_EQ(*one->value(), 5U);
  auto handle = a->export_semaphore(*one);
  ASSERT_TRUE(ok(handle));
  EXPECT_EQ(handle->type, geyser::SemaphoreHandleType::d3d12_fence);
  auto two = b->import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(two));
  EXPECT_FALSE(handle->handle);
  EXPECT_EQ(*two->value(), 5U);
  EXPECT_TRUE(fails(two->wait(6, 20ms), Errc::timed_out, "at 5 and did not reach 6"));
  ASSERT_TRUE(ok(one->signal(6)));
  EXPECT_EQ(*two->value(), 6U);
  ASSERT_TRUE(ok(two->wait(6, 0ms)));
  ASSERT_TRUE(ok(two->signal(9)));  // the importer's host signals too
  EXPECT_EQ(*one->value(), 9U);
  EXPECT_TRUE(fails(b->export_semaphore(*two), Errc::unsupported_handle, "was imported"));
  std::thread late([&] {
    std::this_thread::sleep_for(30ms);
    EXPECT_TRUE(ok(one->signal(10)));
  });
  EXPECT_TRUE(ok(two->wait(10, 5s)));
  late.join();
}

TEST_F(Sync, TheHostReleasesItsOwnQueue) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto go = made->create_shared_semaphore();
  auto done = made->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(go));
  ASSERT_TRUE(ok(done));
  auto access = texture->begin_write({.wait_for = std::array{SyncPoint{*go, 1}}, .signal = SyncPoint{*done, 1}});
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(geyser::d3d11::acquire(*access)));  // the queue now waits for what the host signals
  ASSERT_TRUE(ok(geyser::d3d11::release(*access)));
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(fails(done->wait(1, 50ms), Errc::timed_out));
  ASSERT_TRUE(ok(go->signal(1)));
  EXPECT_TRUE(ok(done->wait(1, 2s)));
}

TEST_F(Sync, CommandsWaitOnTheGpu) {
  fake_d3d11::delay_queues(2);
  auto producer = manager();
  auto consumer = manager();
  ASSERT_TRUE(ok(producer));
  ASSERT_TRUE(ok(consumer));
  const auto descriptor = plain();
  auto texture = producer->create_shareable_texture(descriptor);
  auto written = producer->create_shared_semaphore();
  auto read = producer->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  auto view = consumer->import_texture(*producer->export_texture(*texture));
  auto written_there = consumer->import_semaphore(*producer->export_semaphore(*written));
  auto read_there = consumer->import_semaphore(*producer->export_semaphore(*read));
  ASSERT_TRUE(ok(view));
  ASSERT_TRUE(ok(written_there));
  ASSERT_TRUE(ok(read_there));
  for (std::uint64_t frame = 1; frame <= 30; ++frame) {
    const auto bytes = content_of(descriptor);
    geyser::AccessInfo write{.signal = SyncPoint{*written, frame}};
    const std::array last{SyncPoint{*read, frame - 1}};
    write.wait_for = last;
    ASSERT_TRUE(ok(producer->upload(*texture, {}, bytes, write)));
    geyser::AccessInfo info{.state = geyser::TextureState{true, geyser::TextureLayout::general, {SyncPoint{*written_there, frame}}},
                            .signal = SyncPoint{*read_there, frame}};
    ASSERT_TRUE(holds(*consumer, *view, {}, bytes, info));
  }
}

TEST_F(Sync, WaitsThatEndKeepNoEvents) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto fence = made->create_shared_semaphore();
  ASSERT_TRUE(ok(fence));
  EXPECT_TRUE(fails(fence->wait(1, 2ms), Errc::timed_out));
  const auto events = fake_d3d11::calls("ID3D11Fence::SetEventOnCompletion");
  const auto handles = open_handles();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(fails(fence->wait(1, 1ms), Errc::timed_out));
  EXPECT_EQ(fake_d3d11::calls("ID3D11Fence::SetEventOnCompletion"), events);
  EXPECT_LE(open_handles(), handles + events_of_locks);
  for (std::uint64_t value = 1; value <= 20; ++value) {
    EXPECT_TRUE(fails(fence->wait(value, 1ms), Errc::timed_out));
    ASSERT_TRUE(ok(fence->signal(value)));
    EXPECT_TRUE(ok(fence->wait(value, 1s)));
  }
}

TEST_F(Sync, WaitsFromManyThreads) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto fence = made->create_shared_semaphore();
  ASSERT_TRUE(ok(fence));
  std::vector<std::thread> threads;
  std::atomic<int> reached{0};
  for (std::uint64_t value = 1; value <= 8; ++value) {
    threads.emplace_back([&, value] {
      if (fence->wait(value, 10s)) ++reached;
    });
  }
  for (std::uint64_t value = 1; value <= 8; ++value) ASSERT_TRUE(ok(fence->signal(value)));
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(reached.load(), 8);
}

TEST_F(Sync, HostTimelinesAreSignalledBehindTheGpu) {
  fake_d3d11::delay_queues(5);
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto host = made->create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(host));
  const auto bytes = content_of(plain());
  auto access = texture->begin_write({.signal = SyncPoint{*host, 1}});
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(geyser::d3d11::acquire(*access)));
  const auto native = geyser::d3d11::native(*texture);
  auto* context = [&] {
    ID3D11Device* device = nullptr;
    native->texture_2d->GetDevice(&device);
    ID3D11DeviceContext* immediate = nullptr;
    device->GetImmediateContext(&immediate);
    device->Release();
    return immediate;
  }();
  context->UpdateSubresource(native->resource, 0, nullptr, bytes.data(), 67 * 4, 67 * 4 * 29);
  context->Release();
  EXPECT_EQ(*host->value(), 0U);
  ASSERT_TRUE(ok(geyser::d3d11::release(*access)));
  EXPECT_EQ(*host->value(), 1U);
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(holds(*made, *texture, {}, bytes));
  // Waits for one happen on the host, before anything enters the queue.
  auto late = texture->begin_read({.wait_for = std::array{SyncPoint{*host, 2}}});
  ASSERT_TRUE(ok(late));
  EXPECT_TRUE(fails(geyser::d3d11::acquire(*late, 20ms), Errc::timed_out));
  ASSERT_TRUE(ok(std::move(*late).end()));
}

TEST_F(Sync, NativePoints) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto fence = made->create_shared_semaphore();
  auto host = made->create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  const auto point = geyser::d3d11::native(SyncPoint{*fence, 3});
  ASSERT_TRUE(ok(point));
  ASSERT_NE(point->fence, nullptr);
  EXPECT_EQ(point->value, 3U);
  EXPECT_EQ(geyser::d3d11::native(SyncPoint{*host, 3})->fence, nullptr);
  EXPECT_TRUE(fails(geyser::d3d11::native(SyncPoint{}), Errc::invalid_argument));
}

}  // namespace
