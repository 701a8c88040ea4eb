#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

#include "geyser/result.hpp"

namespace geyser {
namespace {

using Box = std::unique_ptr<int>;

[[nodiscard]] Result<Box> box(int value) { return std::make_unique<int>(value); }
[[nodiscard]] Result<Box> no_box() { return Error(Errc::not_found, "There is no box."); }
[[nodiscard]] Result<void> failure() { return Error(Errc::timed_out, "Too late."); }

/// Counts what lives, to see that a Result destroys what it holds exactly once.
struct Counted {
  static inline int alive = 0;
  Counted() noexcept { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --alive; }
};

TEST(Result, holds_a_value) {
  auto r = box(3);
  ASSERT_TRUE(r.has_value());
  EXPECT_TRUE(static_cast<bool>(r));
  EXPECT_EQ(**r, 3);
  EXPECT_EQ(*r.value(), 3);
  EXPECT_EQ(*r->get(), 3);
}

TEST(Result, holds_an_error) {
  const auto r = no_box();
  ASSERT_FALSE(r.has_value());
  EXPECT_FALSE(static_cast<bool>(r));
  EXPECT_EQ(r.error().code(), Errc::not_found);
  EXPECT_EQ(r.error().message(), "There is no box.");
}

TEST(Result, unexpected_is_the_failing_half) {
  const Result<int> r = unexpected(Error(Errc::internal, "x"));
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code(), Errc::internal);
  const Result<void> v = unexpected(Error(Errc::os_error, "y"));
  EXPECT_EQ(v.error().code(), Errc::os_error);
}

TEST(Result, is_move_only) {
  static_assert(!std::is_copy_constructible_v<Result<int>> && !std::is_copy_assignable_v<Result<int>>);
  static_assert(std::is_nothrow_move_constructible_v<Result<std::string>> && std::is_nothrow_move_assignable_v<Result<std::string>>);
  auto a = box(5);
  auto b = std::move(a);
  EXPECT_EQ(**b, 5);
}

TEST(Result, assignment_changes_between_value_and_error) {
  auto r = box(1);
  r = no_box();
  ASSERT_FALSE(r.has_value());
  r = box(2);
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(**r, 2);
  r = box(3);
  EXPECT_EQ(**r, 3);
  r = no_box();
  r = no_box();
  EXPECT_EQ(r.error().code(), Errc::not_found);
}

TEST(Result, destroys_what_it_holds_once) {
  ASSERT_EQ(Counted::alive, 0);
  {
    Result<Counted> a = Counted();
    EXPECT_EQ(Counted::alive, 1);
    Result<Counted> b = std::move(a);
    EXPECT_EQ(Counted::alive, 2);  // the moved-from one is still an object
    b = Result<Counted>(Error(Errc::internal, "x"));
    EXPECT_EQ(Counted::alive, 1);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Result, the_value_can_be_taken_out) {
  auto r = box(9);
  const Box taken = *std::move(r);
  EXPECT_EQ(*taken, 9);
}

TEST(Result, value_or) {
  EXPECT_EQ(Result<int>(4).value_or(1), 4);
  EXPECT_EQ(Result<int>(Error(Errc::internal, "x")).value_or(1), 1);
}

TEST(Result, and_then_runs_on_success_only) {
  int calls = 0;
  const auto half = [&](int&& v) -> Result<int> {
    ++calls;
    if (v % 2 != 0) return Error(Errc::invalid_argument, "odd");
    return v / 2;
  };
  EXPECT_EQ(*Result<int>(8).and_then(half), 4);
  EXPECT_EQ(Result<int>(7).and_then(half).error().message(), "odd");
  EXPECT_EQ(Result<int>(Error(Errc::not_found, "none")).and_then(half).error().message(), "none");
  EXPECT_EQ(calls, 2);
}

TEST(Result, transform_wraps_the_value) {
  const auto text = [](int&& v) { return std::to_string(v); };
  EXPECT_EQ(*Result<int>(12).transform(text), "12");
  EXPECT_EQ(Result<int>(Error(Errc::not_found, "none")).transform(text).error().code(), Errc::not_found);
}

TEST(Result, or_else_runs_on_failure_only) {
  const auto rescue = [](Error&& e) -> Result<int> {
    if (e.code() == Errc::not_found) return 0;
    return std::move(e);
  };
  EXPECT_EQ(*Result<int>(5).or_else(rescue), 5);
  EXPECT_EQ(*Result<int>(Error(Errc::not_found, "none")).or_else(rescue), 0);
  EXPECT_EQ(Result<int>(Error(Errc::os_error, "bad")).or_else(rescue).error().code(), Errc::os_error);
}

TEST(Result, with_context_adds_to_the_trail_of_errors_only) {
  auto failed = no_box().with_context("looking").with_context("moving house");
  ASSERT_EQ(failed.error().trail().size(), 2U);
  EXPECT_EQ(failed.error().trail()[1], "moving house");
  auto fine = box(1).with_context("looking");
  EXPECT_EQ(**fine, 1);
}

TEST(ResultVoid, success_and_failure) {
  const Result<void> fine;
  EXPECT_TRUE(fine.has_value());
  const auto failed = failure();
  EXPECT_FALSE(static_cast<bool>(failed));
  EXPECT_EQ(failed.error().code(), Errc::timed_out);
}

TEST(ResultVoid, and_then_and_with_context) {
  EXPECT_EQ(*Result<void>().and_then([]() -> Result<int> { return 7; }), 7);
  EXPECT_EQ(failure().and_then([]() -> Result<int> { return 7; }).error().code(), Errc::timed_out);
  EXPECT_EQ(failure().with_context("waiting").error().trail().size(), 1U);
  EXPECT_TRUE(Result<void>().with_context("waiting").has_value());
}

}  // namespace
}  // namespace geyser
