// Every call that can fail does, once; devices that go; a GPU that hangs. Emulated.
#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::SyncPoint;

class Failure : public Fixture {};

/// A bit of everything. What fails first is returned.
geyser::Result<void> everything(TextureShareManager& a, TextureShareManager& b, bool keyed) {
  const auto descriptor = plain(TextureFormat::depth32_float_stencil8, 24, 20);
  auto texture = geyser::d3d11::create_texture(a, descriptor, {.keyed_mutex = keyed});
  if (!texture) return std::move(texture).error();
  auto fence = a.create_shared_semaphore();
  if (!fence) return std::move(fence).error();
  if (auto done = fence->signal(1); !done) return done;
  TextureRegion region;
  region.plane = 1;
  const auto bytes = content_of(descriptor, region);
  if (auto done = a.upload(*texture, region, bytes, {.signal = SyncPoint{*fence, 2}}); !done) return done;
  if (auto done = a.attach_semaphore(*texture, *fence); !done) return done;
  auto handle = a.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto view = b.import_texture(*std::move(handle));
  if (!view) {
    if (handle->handle_count() != 1 || !handle->ready_semaphore)
      return geyser::Error(Errc::internal, "A failed import changed the handle.");
    return std::move(view).error();
  }
  auto access = view->begin_write();
  if (!access) return std::move(access).error();
  auto acquired = geyser::d3d11::acquire(*access, 2s);
  if (acquired) acquired = geyser::d3d11::release(*access);
  auto ended = std::move(*access).end();
  if (!acquired) return acquired;
  std::vector<std::byte> found(bytes.size());
  if (auto done = b.read_back(*view, region, found); !done) return done;
  return {};
}

TEST_F(Failure, OfEveryCall) {
  for (const bool keyed : {false, true}) {
    for (const bool fences : {true, false}) {
      fake_d3d11::reset({.fences = fences});
      std::size_t failures = 0;
      for (std::uint64_t nth = 1;; ++nth) {
        ASSERT_LT(nth, 200U);
        bool failed = false;
        {
          auto a = manager();
          auto b = manager();
          ASSERT_TRUE(ok(a));
          ASSERT_TRUE(ok(b));
          fake_d3d11::fail_call(nth, E_OUTOFMEMORY);
          auto done = everything(*a, *b, keyed);
          fake_d3d11::stop_failing();
          failed = !done;
          if (done) {
            EXPECT_EQ(fake_d3d11::injected(), "");
          } else {
            EXPECT_EQ(done.error().code(), Errc::out_of_memory) << fake_d3d11::injected() << ": " << done.error().describe();
            EXPECT_NE(done.error().message().find("E_OUTOFMEMORY"), std::string_view::npos) << done.error().describe();
          }
        }
        fake_d3d11::stop();
        ASSERT_EQ(fake_d3d11::live_objects(), (std::map<std::string, std::size_t>{})) << fake_d3d11::injected();
        if (!failed) break;
        ++failures;
      }
      EXPECT_GE(failures, fences ? 20U : 12U) << "keyed " << keyed;
    }
  }
}

TEST_F(Failure, OfMakingAManager) {
  std::size_t refused = 0;
  for (std::uint64_t nth = 1; nth < 12; ++nth) {
    fake_d3d11::fail_call(nth, E_OUTOFMEMORY);
    auto made = manager();
    fake_d3d11::stop_failing();
    if (!made) ++refused;
    if (made && !fake_d3d11::injected().empty()) {  // goes on with less, and says so
      bool said = false;
      for (const auto& each : made->capabilities().memory) said = said || !each.can_export;
      EXPECT_TRUE(said);
    }
  }
  EXPECT_GE(refused, 1U);
}

TEST_F(Failure, RemovedDevicesAreLostWithTheReason) {
  struct Reason {
    HRESULT result;
    const char* words;
  };
  for (const auto& reason : {Reason{DXGI_ERROR_DEVICE_HUNG, "hung"}, Reason{DXGI_ERROR_DEVICE_REMOVED, "taken out"},
                             Reason{DXGI_ERROR_DEVICE_RESET, "reset"}, Reason{DXGI_ERROR_DRIVER_INTERNAL_ERROR, "driver failed"}}) {
    fake_d3d11::reset();
    auto made = manager();
    ASSERT_TRUE(ok(made));
    auto texture = made->create_shareable_texture(plain());
    auto fence = made->create_shared_semaphore();
    ASSERT_TRUE(ok(texture));
    const auto bytes = content_of(plain());
    ASSERT_TRUE(ok(made->upload(*texture, {}, bytes)));
    std::thread later([&] {
      std::this_thread::sleep_for(20ms);
      fake_d3d11::remove_devices(reason.result);
    });
    EXPECT_TRUE(fails(fence->wait(1, 5s), Errc::device_lost, reason.words));
    later.join();
    EXPECT_TRUE(fails(fence->value(), Errc::device_lost, reason.words));
    EXPECT_TRUE(fails(fence->signal(1), Errc::device_lost));
    EXPECT_TRUE(fails(made->upload(*texture, {}, bytes), Errc::device_lost, reason.words));
    EXPECT_TRUE(fails(made->create_shareable_texture(plain()), Errc::device_lost, reason.words));
    EXPECT_TRUE(fails(made->export_texture(*texture), Errc::device_lost));
    EXPECT_TRUE(fails(manager(), Errc::device_lost, reason.words));
  }
}

TEST_F(Failure, AHangingGpuTimesOut) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(plain());
  fake_d3d11::hold_queues(true);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails(made->upload(*texture, {}, bytes), Errc::timed_out, "wait for a signal that never came"));
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, geyser::default_gpu_timeout - 1s);
  EXPECT_LE(took, geyser::default_gpu_timeout + 5s);
  EXPECT_FALSE(texture->state().initialized);
  fake_d3d11::hold_queues(false);
  EXPECT_TRUE(ok(made->upload(*texture, {}, bytes)));
  EXPECT_TRUE(holds(*made, *texture, {}, bytes));
}

TEST_F(Failure, ASignalThatNeverComesTimesOutBeforeTheQueue) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto fence = made->create_shared_semaphore();
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(made->upload(*texture, {}, bytes)));
  const std::array never{SyncPoint{*fence, 1}};
  std::vector<std::byte> found(bytes.size());
  EXPECT_TRUE(fails(made->read_back(*texture, {}, found, {.wait_for = never}), Errc::timed_out, "did not reach 1"));
  EXPECT_TRUE(holds(*made, *texture, {}, bytes));  // nothing hangs behind it
}

}  // namespace
