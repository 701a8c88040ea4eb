// Any descriptor and any region: the arithmetic neither overflows nor contradicts itself.
#include "reader.hpp"

using namespace geyser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader in(data, size);
  const TextureDescriptor descriptor = fuzz::read_descriptor(in);
  static_cast<void>(describe(descriptor));
  static_cast<void>(full_mip_chain(descriptor));
  const bool valid = validate(descriptor).has_value();
  const auto total = content_bytes(descriptor);
  fuzz::require(total.has_value() == valid, "content_bytes() accepts what validate() accepts");

  TextureRegion region;
  region.mip_level = in.value<bool>() ? in.value<std::uint8_t>() : in.value<std::uint32_t>();
  region.array_layer = in.value<bool>() ? in.value<std::uint8_t>() : in.value<std::uint32_t>();
  region.plane = in.value<bool>() ? in.value<std::uint8_t>() & 3U : in.value<std::uint32_t>();
  region.offset = in.value<Offset3D>();
  region.extent = in.value<Extent3D>();
  if (in.value<bool>()) region.offset = {};
  if (in.value<bool>()) region.extent = TextureRegion{}.extent;
  const Extent3D level = mip_extent(descriptor, region.mip_level);
  fuzz::require(level.width >= 1 && level.height >= 1 && level.depth >= 1, "a mip level has at least one texel");
  const auto layout = region_layout(descriptor, region);
  if (layout) {
    fuzz::require(valid, "region_layout() refuses what validate() refuses");
    fuzz::require(layout->total_bytes > 0 && layout->total_bytes <= *total, "a region is no larger than its texture");
    fuzz::require(layout->total_bytes == std::uint64_t{layout->row_bytes} * layout->rows * layout->extent.depth,
                  "total_bytes is the product of its parts");
  }
  return 0;
}
