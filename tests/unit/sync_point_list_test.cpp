// SyncPointList around its inline capacity, with real semaphores.
#include "check.hpp"
#include "geyser/host.hpp"

namespace geyser {
namespace {

using unit::ok;

[[nodiscard]] SharedSemaphore semaphore() {
  static auto manager = host::create_manager();
  EXPECT_TRUE(ok(manager));
  auto made = manager->create_shared_semaphore();
  EXPECT_TRUE(ok(made));
  return *made;
}

TEST(SyncPointList, starts_empty) {
  const SyncPointList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_EQ(list.begin(), list.end());
}

TEST(SyncPointList, keeps_order_on_both_sides_of_the_inline_capacity) {
  const SharedSemaphore s = semaphore();
  for (const std::size_t count : {1U, 7U, 8U, 9U, 16U, 17U, 100U}) {
    SyncPointList list;
    for (std::size_t i = 0; i < count; ++i) list.push_back({s, i + 1});
    ASSERT_EQ(list.size(), count);
    EXPECT_FALSE(list.empty());
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(list[i], (SyncPoint{s, i + 1})) << count;
    std::uint64_t next = 1;
    for (const SyncPoint& point : list) EXPECT_EQ(point.value, next++);
    const std::span<const SyncPoint> span(list.begin(), list.end());
    EXPECT_EQ(span.size(), count);
  }
}

TEST(SyncPointList, from_lists_and_spans) {
  const SharedSemaphore s = semaphore();
  const SyncPointList two{{s, 1}, {s, 2}};
  EXPECT_EQ(two.size(), 2U);
  const SyncPointList copy{std::span<const SyncPoint>(two)};
  EXPECT_EQ(copy.size(), 2U);
  EXPECT_EQ(copy[1].value, 2U);
  SyncPointList many;
  for (int i = 0; i < 5; ++i) many.append(two);
  EXPECT_EQ(many.size(), 10U);
  EXPECT_EQ(many[9].value, 2U);
}

TEST(SyncPointList, clear_and_fill_again) {
  const SharedSemaphore s = semaphore();
  SyncPointList list;
  for (const std::size_t count : {20U, 3U, 8U, 9U}) {
    list.clear();
    EXPECT_TRUE(list.empty());
    for (std::size_t i = 0; i < count; ++i) list.push_back({s, i});
    EXPECT_EQ(list.size(), count);
    EXPECT_EQ(list[count - 1].value, count - 1);
  }
}

TEST(SyncPointList, copies_and_moves) {
  const SharedSemaphore s = semaphore();
  for (const std::size_t count : {3U, 12U}) {
    SyncPointList list;
    for (std::size_t i = 0; i < count; ++i) list.push_back({s, i});
    const SyncPointList copy = list;
    EXPECT_EQ(copy.size(), count);
    const SyncPointList moved = std::move(list);
    ASSERT_EQ(moved.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(moved[i], copy[i]);
  }
}

TEST(SyncPointList, may_append_itself) {
  const SharedSemaphore s = semaphore();
  SyncPointList list{{s, 1}, {s, 2}, {s, 3}};
  const SyncPointList before = list;
  list.append(before);
  list.append(before);  // crosses the inline capacity in the middle
  ASSERT_EQ(list.size(), 9U);
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(list[i].value, i % 3 + 1);
}

TEST(SyncPoint, equality_needs_semaphore_and_value) {
  const SharedSemaphore a = semaphore();
  const SharedSemaphore b = semaphore();
  EXPECT_EQ((SyncPoint{a, 1}), (SyncPoint{a, 1}));
  EXPECT_NE((SyncPoint{a, 1}), (SyncPoint{a, 2}));
  EXPECT_NE((SyncPoint{a, 1}), (SyncPoint{b, 1}));
}

TEST(SharedSemaphore, empty_ones_refuse_politely) {
  const SharedSemaphore none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.kind(), SemaphoreKind::host_timeline);
  EXPECT_TRUE(unit::fails(none.value(), Errc::invalid_argument, {"empty"}));
  EXPECT_TRUE(unit::fails(none.signal(1), Errc::invalid_argument, {"empty"}));
  EXPECT_TRUE(unit::fails(none.wait(1, std::chrono::seconds(1)), Errc::invalid_argument, {"empty"}));
}

TEST(SharedSemaphore, timelines_only_go_up) {
  const SharedSemaphore s = semaphore();
  EXPECT_EQ(*s.value(), 0U);
  EXPECT_TRUE(ok(s.signal(5)));
  EXPECT_EQ(*s.value(), 5U);
  EXPECT_TRUE(unit::fails(s.signal(5), Errc::invalid_argument, {"at 5", "signalled with 5", "above 5"}));
  EXPECT_TRUE(unit::fails(s.signal(4), Errc::invalid_argument, {"at 5", "signalled with 4"}));
  EXPECT_TRUE(ok(s.signal(6)));
  EXPECT_TRUE(ok(s.wait(6, std::chrono::nanoseconds(0))));
  EXPECT_TRUE(unit::fails(s.wait(7, std::chrono::milliseconds(1)), Errc::timed_out, {"6", "7"}));
  EXPECT_TRUE(unit::fails(s.wait(7, std::chrono::milliseconds(-5)), Errc::timed_out, {"7"}));
}

}  // namespace
}  // namespace geyser
