// Copies within an access that the caller opened: what frames of streams use.
#include "core/copy_within.hpp"

namespace geyser::detail {
namespace {

[[nodiscard]] auto has_bytes(std::size_t bytes) {
  return [bytes](const RegionLayout& layout) -> Result<void> {
    if (bytes == layout.total_bytes) return {};
    return Error(Errc::invalid_argument, text("bytes.size() is ", bytes, ", but the region has ", layout.total_bytes, " bytes."));
  };
}

}  // namespace

Result<void> copy_into(geyser::Access& access, const TextureRegion& region, std::span<const std::byte> bytes) {
  return copy_within(access, region, has_bytes(bytes.size()), [&](TextureContents& contents, const RegionLayout& layout) -> Result<void> {
    if (access.mode() != AccessMode::write) return Error(Errc::invalid_argument, "A read access cannot be copied into.");
    return contents.backend()->copy_in(contents, region, layout, bytes, access);
  });
}

Result<void> copy_from(geyser::Access& access, const TextureRegion& region, std::span<std::byte> bytes) {
  return copy_within(access, region, has_bytes(bytes.size()), [&](TextureContents& contents, const RegionLayout& layout) -> Result<void> {
    if (!access.state().initialized) {
      return Error(Errc::not_initialized, "Nothing has been written in this access yet; there is nothing to read back.");
    }
    return contents.backend()->copy_out(contents, region, layout, bytes, access);
  });
}

}  // namespace geyser::detail
