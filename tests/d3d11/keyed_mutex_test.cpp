// Keyed mutexes: one device at a time, time-outs, dead owners. Emulated.
#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::d3d11::acquire;
using geyser::d3d11::release;

class KeyedMutex : public Fixture {
 protected:
  static geyser::Result<SharedTexture> keyed(TextureShareManager& manager) {
    return geyser::d3d11::create_texture(manager, plain(), {.keyed_mutex = true});
  }
};

TEST_F(KeyedMutex, IsATexturesOption) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto with = keyed(*made);
  auto without = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(with));
  ASSERT_TRUE(ok(without));
  EXPECT_TRUE(geyser::d3d11::native(*with)->keyed_mutex);
  EXPECT_FALSE(geyser::d3d11::native(*without)->keyed_mutex);
  auto handle = made->export_texture(*with);
  ASSERT_TRUE(ok(handle));
  EXPECT_EQ(handle->info.native_create_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, UINT{D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX});
  auto other = manager();
  auto view = other->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(view));
  EXPECT_TRUE(geyser::d3d11::native(*view)->keyed_mutex);
}

TEST_F(KeyedMutex, ContentPassesBothWays) {
  fake_d3d11::reset({.fences = false});
  fake_d3d11::delay_queues(2);
  auto a = manager();
  auto b = manager();
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(b));
  auto texture = a->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto first = content_of(plain());
  ASSERT_TRUE(ok(a->upload(*texture, {}, first)));
  auto view = b->import_texture(*a->export_texture(*texture));
  ASSERT_TRUE(ok(view));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(holds(*b, *view, {}, first));
    const auto second = content_of(plain());
    ASSERT_TRUE(ok(b->upload(*view, {}, second)));
    ASSERT_TRUE(holds(*a, *texture, {}, second));
    first = content_of(plain());
    ASSERT_TRUE(ok(a->upload(*texture, {}, first)));
  }
}

TEST_F(KeyedMutex, KeepsDevicesApart) {
  auto a = manager();
  auto b = manager();
  auto texture = keyed(*a);
  ASSERT_TRUE(ok(texture));
  auto view = b->import_texture(*a->export_texture(*texture));
  ASSERT_TRUE(ok(view));
  auto mine = texture->begin_write();
  ASSERT_TRUE(ok(acquire(*mine)));
  auto theirs = view->begin_write();
  ASSERT_TRUE(ok(theirs));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails(acquire(*theirs, 60ms), Errc::timed_out, "keyed mutex is held by another"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  std::thread later([&] {
    std::this_thread::sleep_for(30ms);
    EXPECT_TRUE(ok(release(*mine)));
  });
  EXPECT_TRUE(ok(acquire(*theirs, 5s)));
  later.join();
  ASSERT_TRUE(ok(release(*theirs)));
  ASSERT_TRUE(ok(std::move(*mine).end()));
  ASSERT_TRUE(ok(std::move(*theirs).end()));
}

TEST_F(KeyedMutex, IsGivenBackBehindTheCommands) {
  auto a = manager();
  auto b = manager();
  auto fence = a->create_shared_semaphore();
  auto texture = keyed(*a);
  auto view = b->import_texture(*a->export_texture(*texture));
  ASSERT_TRUE(ok(view));
  auto mine = texture->begin_write({.signal = geyser::SyncPoint{*fence, 1}});
  ASSERT_TRUE(ok(acquire(*mine)));
  fake_d3d11::hold_queues(true);
  ASSERT_TRUE(ok(release(*mine)));  // the GPU is not there yet
  ASSERT_TRUE(ok(std::move(*mine).end()));
  auto theirs = view->begin_write();
  EXPECT_TRUE(fails(acquire(*theirs, 50ms), Errc::timed_out));
  fake_d3d11::hold_queues(false);
  EXPECT_TRUE(ok(acquire(*theirs, 5s)));
  ASSERT_TRUE(ok(release(*theirs)));
  ASSERT_TRUE(ok(std::move(*theirs).end()));
}

TEST_F(KeyedMutex, ReadsShareIt) {
  auto a = manager();
  auto b = manager();
  auto texture = keyed(*a);
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(a->upload(*texture, {}, bytes)));
  auto view = b->import_texture(*a->export_texture(*texture));
  auto one = texture->begin_read();
  auto two = texture->begin_read();
  ASSERT_TRUE(ok(acquire(*one)));
  ASSERT_TRUE(ok(acquire(*two)));
  EXPECT_TRUE(holds(*a, *texture, {}, bytes));  // a third, inside
  ASSERT_TRUE(ok(release(*one)));
  auto theirs = view->begin_read();
  EXPECT_TRUE(fails(acquire(*theirs, 30ms), Errc::timed_out));
  ASSERT_TRUE(ok(release(*two)));
  EXPECT_TRUE(ok(acquire(*theirs, 5s)));
  ASSERT_TRUE(ok(release(*theirs)));
  for (auto* access : {&*one, &*two, &*theirs}) ASSERT_TRUE(ok(std::move(*access).end()));
}

TEST_F(KeyedMutex, OneDeviceHasItOnce) {
  auto a = manager();
  auto texture = keyed(*a);
  auto twin = a->import_texture(*a->export_texture(*texture));
  ASSERT_TRUE(ok(twin));
  auto one = texture->begin_write();
  ASSERT_TRUE(ok(acquire(*one)));
  auto two = twin->begin_write();
  EXPECT_TRUE(fails(acquire(*two, 30ms), Errc::invalid_state, "another SharedTexture of the same memory"));
  ASSERT_TRUE(ok(release(*one)));
  ASSERT_TRUE(ok(acquire(*two, 5s)));
  ASSERT_TRUE(ok(release(*two)));
  ASSERT_TRUE(ok(std::move(*one).end()));
  ASSERT_TRUE(ok(std::move(*two).end()));
}

TEST_F(KeyedMutex, AnOwnersDeathIsSaidAndStays) {
  auto a = manager();
  auto b = manager();
  auto texture = keyed(*a);
  ASSERT_TRUE(ok(a->upload(*texture, {}, content_of(plain()))));
  auto view = b->import_texture(*a->export_texture(*texture));
  auto mine = texture->begin_write();
  ASSERT_TRUE(ok(acquire(*mine)));
  fake_d3d11::forget_holder();
  for (int i = 0; i < 2; ++i) {
    auto theirs = view->begin_read();
    EXPECT_TRUE(fails(acquire(*theirs, 5s), Errc::peer_gone, "content is undefined"));
    ASSERT_TRUE(ok(std::move(*theirs).end()));
    std::vector<std::byte> bytes(content_of(plain()).size());
    EXPECT_TRUE(fails(b->read_back(*view, {}, bytes), Errc::peer_gone, "abandoned"));
  }
  ASSERT_TRUE(ok(release(*mine)));
  ASSERT_TRUE(ok(std::move(*mine).end()));
}

TEST_F(KeyedMutex, DestroyingATextureGivesItBack) {
  auto a = manager();
  auto b = manager();
  auto texture = keyed(*a);
  auto view = b->import_texture(*a->export_texture(*texture));
  {
    auto mine = texture->begin_write();
    ASSERT_TRUE(ok(acquire(*mine)));
    ASSERT_TRUE(ok(std::move(*mine).end()));  // without release()
    const auto gone = *std::move(texture);
  }
  auto theirs = view->begin_write();
  EXPECT_TRUE(ok(acquire(*theirs, 5s)));
  ASSERT_TRUE(ok(release(*theirs)));
  ASSERT_TRUE(ok(std::move(*theirs).end()));
}

TEST_F(KeyedMutex, AWriteForgetsWhatWasNotGivenBack) {
  auto a = manager();
  auto b = manager();
  auto texture = keyed(*a);
  auto view = b->import_texture(*a->export_texture(*texture));
  auto lost = texture->begin_write();
  ASSERT_TRUE(ok(acquire(*lost)));
  ASSERT_TRUE(ok(std::move(*lost).end()));  // without release()
  auto mine = texture->begin_write();
  ASSERT_TRUE(ok(acquire(*mine)));
  ASSERT_TRUE(ok(release(*mine)));
  ASSERT_TRUE(ok(std::move(*mine).end()));
  auto theirs = view->begin_write();
  EXPECT_TRUE(ok(acquire(*theirs, 5s)));
  ASSERT_TRUE(ok(release(*theirs)));
  ASSERT_TRUE(ok(std::move(*theirs).end()));
}

}  // namespace
