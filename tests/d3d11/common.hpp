// Content and comparisons for all tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "geyser/d3d11.hpp"
#include "geyser/geyser.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/kinds.hpp"

namespace d3d11_test {

using geyser::Errc;
using geyser::SharedTexture;
using geyser::TextureDescriptor;
using geyser::TextureFormat;
using geyser::TextureRegion;
using geyser::TextureShareManager;
using geyser::test::fails;
using geyser::test::ok;
using namespace std::chrono_literals;

inline geyser::test::Random& random() {
  static geyser::test::Random one(geyser::test::seed_for("d3d11"));
  return one;
}

inline TextureDescriptor plain(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 67, std::uint32_t height = 29) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  return descriptor;
}

/// `kind` in a size that Direct3D takes: whole blocks, even planes.
inline TextureDescriptor fitting(TextureFormat format, geyser::test::Kind kind) {
  TextureDescriptor descriptor = geyser::test::descriptor_of(format, kind);
  const auto step = geyser::format_info(format)->kind == geyser::FormatKind::bc ? 4U : 1U;
  descriptor.extent.width = (descriptor.extent.width + step - 1) / step * step;
  descriptor.extent.height = (descriptor.extent.height + step - 1) / step * step;
  if (descriptor.dimension == geyser::TextureDimension::cube || descriptor.dimension == geyser::TextureDimension::cube_array) {
    descriptor.extent.height = descriptor.extent.width;
  }
  return descriptor;
}

inline std::vector<std::byte> content_of(const TextureDescriptor& descriptor, const TextureRegion& region = {}) {
  const auto layout = geyser::region_layout(descriptor, region);
  return geyser::test::random_content(random(), *geyser::format_info(descriptor.format), region.plane, layout ? layout->total_bytes : 0);
}

/// Reads the region into poisoned memory and compares.
inline testing::AssertionResult holds(TextureShareManager& manager, SharedTexture& texture, const TextureRegion& region,
                                      const std::vector<std::byte>& wanted, const geyser::AccessInfo& info = {}) {
  std::vector<std::byte> found(wanted.size());
  geyser::test::poison(found);
  if (auto read = manager.read_back(texture, region, found, info); !read) return geyser::test::describe_failure(read.error());
  return geyser::test::same_content(*geyser::format_info(texture.descriptor().format), region.plane, wanted, found);
}

/// Every subresource with content of its own.
struct Picture {
  std::vector<TextureRegion> regions;
  std::vector<std::vector<std::byte>> bytes;
};
inline Picture picture_of(const TextureDescriptor& descriptor) {
  Picture picture;
  picture.regions = geyser::test::all_subresources(descriptor);
  for (const auto& region : picture.regions) picture.bytes.push_back(content_of(descriptor, region));
  return picture;
}
inline testing::AssertionResult put(TextureShareManager& manager, SharedTexture& texture, const Picture& picture) {
  for (std::size_t i = 0; i < picture.regions.size(); ++i) {
    if (auto done = manager.upload(texture, picture.regions[i], picture.bytes[i]); !done) {
      return geyser::test::describe_failure(done.error());
    }
  }
  return testing::AssertionSuccess();
}
inline testing::AssertionResult shows(TextureShareManager& manager, SharedTexture& texture, const Picture& picture) {
  for (std::size_t i = 0; i < picture.regions.size(); ++i) {
    if (auto same = holds(manager, texture, picture.regions[i], picture.bytes[i]); !same) {
      return same << " (level " << picture.regions[i].mip_level << ", layer " << picture.regions[i].array_layer << ", plane "
                  << picture.regions[i].plane << ")";
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace d3d11_test
