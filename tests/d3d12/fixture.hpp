// What every test of this folder needs: a device, textures with random content, a count of what is open.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "backends/d3d12/manager.hpp"
#include "geyser/d3d12.hpp"

namespace d3d12_test {

using geyser::Errc;
using geyser::MemoryHandleType;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;
using geyser::SharedTexture;
using geyser::TextureDescriptor;
using geyser::TextureDimension;
using geyser::TextureFormat;
using geyser::TextureRegion;
using geyser::TextureShareManager;
using geyser::TextureUsage;

inline TextureDescriptor plain(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 60, std::uint32_t height = 36) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  return descriptor;
}

inline std::vector<std::byte> random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::byte> bytes(count);
  for (auto& each : bytes) each = static_cast<std::byte>(generator());
  return bytes;
}

/// Takes the value, or fails the test with the error's own words.
template <class T>
std::optional<T> take(geyser::Result<T> result, const char* what) {
  if (result) return *std::move(result);
  ADD_FAILURE() << what << ": " << result.error().describe();
  return std::nullopt;
}

/// "code: message" of a call that has to fail; fails the test when it does not.
template <class T>
std::string refusal(const geyser::Result<T>& result) {
  if (result) {
    ADD_FAILURE() << "the call was expected to fail";
    return "no error";
  }
  return std::string(to_string(result.error().code())) + ": " + std::string(result.error().message());
}

inline DWORD open_handles() {
  DWORD count = 0;
  EXPECT_TRUE(::GetProcessHandleCount(::GetCurrentProcess(), &count));
  return count;
}

/// A texture that need not be sharable, made by the backend's own code: what a system without sharing can still be tested with.
inline geyser::Result<SharedTexture> make_local(TextureShareManager& manager, const TextureDescriptor& descriptor) {
  auto own = geyser::d3d12::d3d12_manager(manager);
  if (!own) return std::move(own).error();
  if (auto why = geyser::validate(descriptor); !why) return std::move(why).error();
  auto texture = geyser::d3d12::allocate((*own)->shared_from_this(), (*own)->context(), descriptor, D3D12_HEAP_FLAG_NONE);
  if (!texture) return std::move(texture).error();
  return geyser::detail::Private::make(*std::move(texture));
}

/// Writes random bytes to every level, layer and plane, reads them back into poisoned memory and compares. A sentence where it differs.
/// Bits that a format does not keep (24 bits of depth) are not compared.
std::string round_trip(TextureShareManager& manager, SharedTexture& texture, unsigned seed);
/// The same for a part of each level.
std::string part_round_trip(TextureShareManager& manager, SharedTexture& texture, unsigned seed);
/// Clears what the format does not keep.
void mask(const TextureDescriptor& descriptor, const TextureRegion& region, std::vector<std::byte>& bytes);

/// Every format, dimension, mip and layer shape that is tried; those that the device lacks are for the caller to leave out.
std::vector<TextureDescriptor> shapes();

}  // namespace d3d12_test
