// TexturePool on the host backend.
#include <thread>
#include <vector>

#include "check.hpp"
#include "geyser/host.hpp"
#include "geyser/pool.hpp"

namespace geyser {
namespace {

using namespace std::chrono_literals;
using unit::fails;
using unit::ok;
using unit::plain;

class Pool : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = host::create_manager();
    ASSERT_TRUE(ok(made));
    manager_.emplace(*std::move(made));
  }
  [[nodiscard]] TextureShareManager& manager() { return *manager_; }
  /// Borrows and gives back at once; the pool then has it idle.
  static std::uint64_t touch(TexturePool& pool, const TextureDescriptor& descriptor, bool reused) {
    auto loan = pool.acquire(descriptor);
    EXPECT_TRUE(ok(loan));
    EXPECT_EQ(loan->reused(), reused);
    return (*loan)->allocated_bytes();
  }

 private:
  std::optional<TextureShareManager> manager_;
};

TEST_F(Pool, gives_back_what_was_returned) {
  TexturePool pool(manager());
  EXPECT_EQ(pool.idle(), 0U);
  touch(pool, plain(), false);
  EXPECT_EQ(pool.idle(), 1U);
  touch(pool, plain(), true);
  EXPECT_EQ(pool.idle(), 1U);
}

TEST_F(Pool, two_loans_are_two_textures) {
  TexturePool pool(manager());
  auto a = pool.acquire(plain());
  auto b = pool.acquire(plain());
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(b));
  EXPECT_FALSE(a->reused());
  EXPECT_FALSE(b->reused());
  std::vector<std::byte> ones(8'192, std::byte{1});
  std::vector<std::byte> twos(8'192, std::byte{2});
  ASSERT_TRUE(ok(manager().upload(**a, {}, ones)));
  ASSERT_TRUE(ok(manager().upload(**b, {}, twos)));
  std::vector<std::byte> back(8'192);
  ASSERT_TRUE(ok(manager().read_back(**a, {}, back)));
  EXPECT_EQ(back, ones);
}

TEST_F(Pool, the_label_does_not_matter_everything_else_does) {
  TexturePool pool(manager(), 64);
  TextureDescriptor d = plain();
  d.label = "first";
  touch(pool, d, false);
  d.label = "second";
  touch(pool, d, true);
  std::vector<TextureDescriptor> others(8, plain());
  others[0].extent.width = 65;
  others[1].extent.height = 31;
  others[2].mip_levels = 2;
  others[3].format = TextureFormat::bgra8_unorm;
  others[4].format = TextureFormat::rgba8_srgb;
  others[5].usage = TextureUsage::copy_src;
  others[6].color.transfer = TransferFunction::pq;
  others[7].dimension = TextureDimension::d2_array;
  for (const auto& other : others) touch(pool, other, false);
  EXPECT_EQ(pool.idle(), 9U);
  for (const auto& other : others) touch(pool, other, true);
}

TEST_F(Pool, old_content_does_not_count) {
  TexturePool pool(manager());
  {
    auto loan = pool.acquire(plain());
    ASSERT_TRUE(ok(loan));
    ASSERT_TRUE(ok(manager().upload(**loan, {}, std::vector<std::byte>(8'192))));
    EXPECT_TRUE((*loan)->state().initialized);
  }
  auto loan = pool.acquire(plain());
  ASSERT_TRUE(ok(loan));
  EXPECT_TRUE(loan->reused());
  EXPECT_FALSE((*loan)->state().initialized);
  EXPECT_TRUE(fails((*loan)->begin_read(), Errc::not_initialized, {}));
}

TEST_F(Pool, a_texture_that_is_still_in_use_is_not_handed_out) {
  TexturePool pool(manager());
  auto semaphore = manager().create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  {
    auto loan = pool.acquire(plain());
    ASSERT_TRUE(ok(loan));
    auto access = (*loan)->begin_write({.state = {}, .wait_for = {}, .signal = SyncPoint{*semaphore, 1}});
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok(std::move(*access).end()));
  }
  touch(pool, plain(), false);  // the first one's signal has not come
  EXPECT_EQ(pool.idle(), 2U);
  ASSERT_TRUE(ok(semaphore->signal(1)));
  auto a = pool.acquire(plain());
  auto b = pool.acquire(plain());
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(b));
  EXPECT_TRUE(a->reused() && b->reused());
}

TEST_F(Pool, capacity_frees_the_longest_idle) {
  TexturePool pool(manager(), 2);
  TextureDescriptor a = plain();
  TextureDescriptor b = plain();
  TextureDescriptor c = plain();
  a.extent.width = 10;
  b.extent.width = 20;
  c.extent.width = 30;
  touch(pool, a, false);
  touch(pool, b, false);
  touch(pool, c, false);
  EXPECT_EQ(pool.idle(), 2U);
  touch(pool, b, true);
  touch(pool, c, true);
  touch(pool, a, false);
}

TEST_F(Pool, capacity_zero_keeps_nothing) {
  TexturePool pool(manager(), 0);
  touch(pool, plain(), false);
  EXPECT_EQ(pool.idle(), 0U);
  touch(pool, plain(), false);
}

TEST_F(Pool, clear) {
  TexturePool pool(manager());
  touch(pool, plain(), false);
  pool.clear();
  EXPECT_EQ(pool.idle(), 0U);
  touch(pool, plain(), false);
}

TEST_F(Pool, loans_outlive_the_pool) {
  std::optional<TexturePool> pool(std::in_place, manager());
  auto loan = pool->acquire(plain());
  ASSERT_TRUE(ok(loan));
  pool.reset();
  EXPECT_TRUE(ok(manager().upload(**loan, {}, std::vector<std::byte>(8'192))));
}

TEST_F(Pool, moving_a_pool_and_a_loan) {
  TexturePool first(manager());
  touch(first, plain(), false);
  TexturePool second = std::move(first);
  EXPECT_EQ(second.idle(), 1U);
  auto loan = second.acquire(plain());
  ASSERT_TRUE(ok(loan));
  {
    PooledTexture moved = *std::move(loan);
    EXPECT_TRUE(moved.reused());
    EXPECT_EQ(second.idle(), 0U);
  }
  EXPECT_EQ(second.idle(), 1U);
}

TEST_F(Pool, refusals_pass_through) {
  TexturePool pool(manager());
  TextureDescriptor d = plain();
  d.mip_levels = 99;
  EXPECT_TRUE(fails(pool.acquire(d), Errc::invalid_argument, {"mip_levels"}));
  EXPECT_EQ(pool.idle(), 0U);
}

TEST_F(Pool, threads) {
  TexturePool pool(manager(), 4);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      TextureDescriptor d = plain();
      d.extent.width = 8U + static_cast<std::uint32_t>(t % 2);
      for (int i = 0; i < 300; ++i) {
        auto loan = pool.acquire(d);
        if (!loan || (*loan)->descriptor().extent.width != d.extent.width) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_LE(pool.idle(), 4U);
  EXPECT_GE(pool.idle(), 1U);
}

}  // namespace
}  // namespace geyser
