// acquire() and release() around the caller's own commands. Emulated.
#include "d3d11/fixture.hpp"
#include "geyser/host.hpp"

namespace {

using namespace d3d11_test;
using geyser::SyncPoint;

class AccessStates : public Fixture {};

TEST_F(AccessStates, OrderOfCallsIsChecked) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto access = texture->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(geyser::d3d11::release(*access), Errc::invalid_state, "not acquired"));
  ASSERT_TRUE(ok(geyser::d3d11::acquire(*access)));
  EXPECT_TRUE(fails(geyser::d3d11::acquire(*access), Errc::invalid_state, "acquired already"));
  EXPECT_TRUE(fails(texture->begin_read(), Errc::not_initialized));
  EXPECT_TRUE(fails(texture->begin_write(), Errc::access_conflict));
  ASSERT_TRUE(ok(geyser::d3d11::release(*access)));
  auto state = std::move(*access).end();
  ASSERT_TRUE(ok(state));
  EXPECT_TRUE(state->initialized);
  EXPECT_EQ(state->layout, geyser::TextureLayout::general);
  EXPECT_TRUE(fails(geyser::d3d11::acquire(*access), Errc::invalid_state, "ended"));
}

TEST_F(AccessStates, OtherBackendsAreRefused) {
  auto made = manager();
  auto host = geyser::host::create_manager();
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(host));
  auto foreign = host->create_shareable_texture(plain());
  ASSERT_TRUE(ok(foreign));
  EXPECT_TRUE(fails(geyser::d3d11::native(*foreign), Errc::device_mismatch, "backend host"));
  auto access = foreign->begin_write();
  EXPECT_TRUE(fails(geyser::d3d11::acquire(*access), Errc::device_mismatch));
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(fails(geyser::d3d11::create_texture(*host, plain(), {}), Errc::device_mismatch));
  auto semaphore = host->create_shared_semaphore();
  EXPECT_TRUE(fails(geyser::d3d11::native(SyncPoint{*semaphore, 1}), Errc::device_mismatch));
  auto own = made->create_shareable_texture(plain());
  EXPECT_TRUE(fails(own->begin_write({.signal = SyncPoint{*semaphore, 1}}), Errc::device_mismatch));
}

TEST_F(AccessStates, NothingIsFreedBeforeItsSignal) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto done = made->create_shared_semaphore();
  {
    auto texture = made->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    auto access = texture->begin_write({.signal = SyncPoint{*done, 1}});
    ASSERT_TRUE(ok(geyser::d3d11::acquire(*access)));
    fake_d3d11::hold_queues(true);
    ASSERT_TRUE(ok(geyser::d3d11::release(*access)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    std::thread later([] {
      std::this_thread::sleep_for(60ms);
      fake_d3d11::hold_queues(false);
    });
    const auto before = std::chrono::steady_clock::now();
    {
      const auto last = *std::move(texture);
    }
    EXPECT_GE(std::chrono::steady_clock::now() - before, 40ms);
    later.join();
  }
  EXPECT_EQ(*done->value(), 1U);
}

TEST_F(AccessStates, ManagersMayGoFirst) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto fence = made->create_shared_semaphore();
  auto handle = made->export_texture(*texture);
  {
    const auto gone = *std::move(made);
  }
  ASSERT_TRUE(ok(fence->signal(1)));
  EXPECT_EQ(*fence->value(), 1U);
  auto second = manager();
  ASSERT_TRUE(ok(second));
  EXPECT_TRUE(ok(second->import_texture(*std::move(handle))));
}

}  // namespace
