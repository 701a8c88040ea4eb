// Textures that nobody shares: what copies can be tried with on a device without sharing. Not in the public interface.
#pragma once

#include "backends/d3d11/manager.hpp"
#include "d3d11/common.hpp"

namespace d3d11_test {

inline geyser::Result<SharedTexture> make_local(TextureShareManager& manager, const TextureDescriptor& descriptor) {
  auto* backend = static_cast<geyser::d3d11::Manager*>(geyser::detail::Private::backend(manager));
  auto made = geyser::d3d11::make_texture(backend->shared_from_this(), backend->context(), descriptor, 0);
  if (!made) return std::move(made).error();
  return geyser::detail::Private::make(std::shared_ptr<geyser::detail::TextureContents>(*std::move(made)));
}

/// Uploads and reads back every subresource, then parts of them, and compares with a model.
inline void check_copies(TextureShareManager& manager, SharedTexture& texture) {
  const TextureDescriptor& descriptor = texture.descriptor();
  const geyser::FormatInfo& format = *geyser::format_info(descriptor.format);
  Picture picture = picture_of(descriptor);
  ASSERT_TRUE(put(manager, texture, picture));
  ASSERT_TRUE(shows(manager, texture, picture));
  for (std::size_t i = 0; i < picture.regions.size(); ++i) {
    const auto whole = geyser::region_layout(descriptor, picture.regions[i]);
    ASSERT_TRUE(ok(whole));
    TextureRegion part = picture.regions[i];
    const auto step_x = std::uint32_t{format.block_width};
    const auto step_y = std::uint32_t{format.block_height};
    part.offset.x = random().below(whole->extent.width) / step_x * step_x;
    part.offset.y = random().below(whole->extent.height) / step_y * step_y;
    part.offset.z = random().below(whole->extent.depth);
    const auto layout = geyser::region_layout(descriptor, part);
    ASSERT_TRUE(ok(layout));
    const auto bytes = content_of(descriptor, part);
    ASSERT_TRUE(ok(manager.upload(texture, part, bytes)));
    geyser::test::paste(format, part, *whole, *layout, bytes, picture.bytes[i]);
    ASSERT_TRUE(holds(manager, texture, part, bytes));
  }
  ASSERT_TRUE(shows(manager, texture, picture));
}

}  // namespace d3d11_test
