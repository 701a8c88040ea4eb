#include <gtest/gtest.h>

#include <set>
#include <string>

#include "geyser/error.hpp"

namespace geyser {
namespace {

TEST(Error, keeps_what_it_is_given) {
  const Error e(Errc::os_error, "The disk is full.", ErrorDomain::posix, 28);
  EXPECT_EQ(e.code(), Errc::os_error);
  EXPECT_EQ(e.domain(), ErrorDomain::posix);
  EXPECT_EQ(e.native_code(), 28);
  EXPECT_EQ(e.message(), "The disk is full.");
  EXPECT_TRUE(e.trail().empty());
}

TEST(Error, has_no_native_code_unless_told) {
  const Error e(Errc::timed_out, "Nobody came.");
  EXPECT_EQ(e.domain(), ErrorDomain::none);
  EXPECT_EQ(e.native_code(), 0);
}

TEST(Error, copies_the_text) {
  std::string text = "first";
  const Error e(Errc::internal, text);
  text = "other";
  EXPECT_EQ(e.message(), "first");
}

TEST(Error, trail_goes_from_inside_out) {
  Error e = Error(Errc::not_found, "There is no loader.").with_context("opening the loader").with_context("making a device");
  ASSERT_EQ(e.trail().size(), 2U);
  EXPECT_EQ(e.trail()[0], "opening the loader");
  EXPECT_EQ(e.trail()[1], "making a device");
}

TEST(Error, describe_is_one_line_with_everything) {
  const Error e = Error(Errc::device_lost, "The device is gone.", ErrorDomain::vulkan, -4).with_context("submitting");
  const std::string line = e.describe();
  for (const char* part : {"The device is gone.", "device_lost", "vulkan", "-4", "submitting"})
    EXPECT_NE(line.find(part), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Error, clone_is_equal_and_separate) {
  Error e = Error(Errc::peer_gone, "The peer left.", ErrorDomain::posix, 104).with_context("receiving");
  Error copy = e.clone();
  e = Error(Errc::internal, "else");
  EXPECT_EQ(copy.code(), Errc::peer_gone);
  EXPECT_EQ(copy.native_code(), 104);
  EXPECT_EQ(copy.message(), "The peer left.");
  ASSERT_EQ(copy.trail().size(), 1U);
  EXPECT_EQ(copy.trail()[0], "receiving");
}

TEST(Error, moving_takes_everything_along) {
  Error a(Errc::limit_exceeded, "Too big.");
  Error b = std::move(a);
  EXPECT_EQ(b.code(), Errc::limit_exceeded);
  EXPECT_EQ(b.message(), "Too big.");
  a = std::move(b);  // NOLINT(bugprone-use-after-move): assigning to a moved-from error is allowed
  EXPECT_EQ(a.message(), "Too big.");
}

TEST(Error, a_moved_from_error_still_answers) {
  Error a(Errc::limit_exceeded, "Too big.");
  const Error b = std::move(a);
  EXPECT_EQ(a.code(), Errc::out_of_memory);  // NOLINT(bugprone-use-after-move): no block reads as "no memory for the error"
  EXPECT_FALSE(a.message().empty());
  EXPECT_FALSE(a.describe().empty());
}

TEST(Error, is_no_larger_than_a_pointer) { EXPECT_EQ(sizeof(Error), sizeof(void*)); }

TEST(Errc, names_are_unique_and_known) {
  std::set<std::string_view> names;
  for (int code = static_cast<int>(Errc::invalid_argument); code <= static_cast<int>(Errc::internal); ++code) {
    const auto name = to_string(static_cast<Errc>(code));
    EXPECT_NE(name, "unknown") << code;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(names.size(), 17U);
  EXPECT_EQ(to_string(static_cast<Errc>(0)), "unknown");
  EXPECT_EQ(to_string(static_cast<Errc>(18)), "unknown");
  EXPECT_EQ(to_string(Errc::timed_out), "timed_out");
}

TEST(ErrorDomain, names_are_unique_and_known) {
  std::set<std::string_view> names;
  for (int domain = 0; domain <= static_cast<int>(ErrorDomain::cuda); ++domain) {
    EXPECT_TRUE(names.insert(to_string(static_cast<ErrorDomain>(domain))).second) << domain;
  }
  EXPECT_EQ(names.size(), 9U);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(static_cast<ErrorDomain>(99)), "unknown");
  EXPECT_EQ(to_string(ErrorDomain::vulkan), "vulkan");
}

}  // namespace
}  // namespace geyser
