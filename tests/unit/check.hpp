// What the unit tests share: assertions on results, seeded random numbers, a descriptor to start from.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <random>
#include <string>
#include <string_view>

#include "geyser/texture.hpp"

namespace geyser::unit {

template <class T>
[[nodiscard]] ::testing::AssertionResult ok(const Result<T>& result) {
  if (result.has_value()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().describe();
}

/// The result is an error of that class, and its message holds every one of `parts` (the field, the given and the allowed value).
template <class T>
[[nodiscard]] ::testing::AssertionResult fails(const Result<T>& result, Errc code, std::initializer_list<std::string_view> parts) {
  if (result.has_value()) return ::testing::AssertionFailure() << "succeeded where " << to_string(code) << " was expected";
  const Error& error = result.error();
  if (error.code() != code) return ::testing::AssertionFailure() << "expected " << to_string(code) << ": " << error.describe();
  for (const std::string_view part : parts) {
    if (error.message().find(part) == std::string_view::npos) {
      return ::testing::AssertionFailure() << "the message does not hold \"" << part << "\": " << error.message();
    }
  }
  return ::testing::AssertionSuccess();
}

/// GEYSER_TEST_SEED repeats a run; otherwise every run is another one. The seed is printed.
[[nodiscard]] inline std::mt19937_64 random_source() {
  const char* given = std::getenv("GEYSER_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::cout << "[   SEED   ] GEYSER_TEST_SEED=" << seed << '\n';
  return std::mt19937_64(seed);
}

/// Uniform in low..high, both included.
[[nodiscard]] inline std::uint32_t between(std::mt19937_64& random, std::uint32_t low, std::uint32_t high) {
  return std::uniform_int_distribution<std::uint32_t>(low, high)(random);
}

/// 64x32 rgba8_unorm d2, one level, one layer: valid, and each test changes one thing.
[[nodiscard]] inline TextureDescriptor plain() {
  TextureDescriptor descriptor;
  descriptor.extent = {64, 32, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  return descriptor;
}

}  // namespace geyser::unit
