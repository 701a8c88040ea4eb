// What has to cross so that a texture which has an older frame becomes a newer one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "geyser/frame.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

/// The rectangles of the last frames that were seen. Ownership: plain value. Threading: one thread.
class GEYSER_INTERNAL_API DamageHistory {
 public:
  /// `damage` is relative to the frame seen before; empty: everything may have changed. Numbers rise.
  void add(std::uint64_t number, const std::optional<Rect>& damage) noexcept;
  /// What differs between frame `older` and the newest one; empty when that is not known, or everything.
  [[nodiscard]] std::optional<Rect> since(std::uint64_t older) const noexcept;
  /// Frames of another size have nothing in common.
  void clear() noexcept { count_ = 0; }

 private:
  struct Step {
    std::uint64_t number = 0;
    std::optional<Rect> damage;
  };
  static constexpr std::size_t length = 64;
  std::array<Step, length> steps_{};
  std::size_t count_ = 0;  // steps ever added; the newest is at count_ - 1
};

/// The regions of a texture that hold `changed`, grown to whole blocks in every plane; all regions when it is empty or the texture has
/// more than one level, layer or slice. An empty rectangle is no region. Throws bad_alloc.
[[nodiscard]] GEYSER_INTERNAL_API std::vector<TextureRegion> regions_of(const TextureDescriptor& texture,
                                                                        const std::optional<Rect>& changed);

}  // namespace geyser::detail
