// Copies within an access that the caller opened: what frames of streams use.
#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::detail {
namespace {

/// Runs `copy` with the access's signal set aside, and leaves the access as one whose waits are over.
template <class Copy>
Result<void> within(geyser::Access& access, const TextureRegion& region, std::size_t bytes, Copy&& copy) {
  return guard([&]() -> Result<void> {
    const std::shared_ptr<TextureContents> contents = Private::shared(access);
    if (!contents) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
    auto layout = region_layout(contents->descriptor(), region);
    if (!layout) return std::move(layout).error();
    if (bytes != layout->total_bytes) {
      return Error(Errc::invalid_argument, text("bytes.size() is ", bytes, ", but the region has ", layout->total_bytes, " bytes."));
    }
    if (Private::acquired(access)) {
      return Error(Errc::invalid_state,
                   "The caller's own commands have acquired the texture in this access; copy before them, or within them.");
    }
    auto signal = std::exchange(Private::signal(access), std::nullopt);
    auto done = copy(*contents, *layout);
    Private::signal(access) = std::move(signal);
    Private::acquired(access) = false;
    if (!done) return done;
    TextureState& state = Private::state(access);
    state.initialized = true;
    state.layout = Private::released(access);
    state.points.clear();
    return {};
  });
}

}  // namespace

Result<void> copy_into(geyser::Access& access, const TextureRegion& region, std::span<const std::byte> bytes) {
  return within(access, region, bytes.size(), [&](TextureContents& contents, const RegionLayout& layout) -> Result<void> {
    if (access.mode() != AccessMode::write) return Error(Errc::invalid_argument, "A read access cannot be copied into.");
    return contents.backend()->copy_in(contents, region, layout, bytes, access);
  });
}

Result<void> copy_from(geyser::Access& access, const TextureRegion& region, std::span<std::byte> bytes) {
  return within(access, region, bytes.size(), [&](TextureContents& contents, const RegionLayout& layout) -> Result<void> {
    if (!access.state().initialized) {
      return Error(Errc::not_initialized, "Nothing has been written in this access yet; there is nothing to read back.");
    }
    return contents.backend()->copy_out(contents, region, layout, bytes, access);
  });
}

}  // namespace geyser::detail
