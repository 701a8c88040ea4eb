// Upload and read-back through buffers in upload and readback heaps: one copy at a time, whose memory is kept and reused.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "backends/d3d12/texture.hpp"

namespace geyser::d3d12 {

/// Staging memory that one copy uses at most; larger copies go in slices. Depth and stencil planes cannot be cut, and may need more.
inline constexpr std::uint64_t default_staging_limit = std::uint64_t{256} << 20U;

/// Ownership: owns command allocator, list and staging buffers. Threading: any thread (internally locked; one copy at a time).
class Transfer {
 public:
  /// `staging_limit`: bytes, at least the widest row of blocks of any format, rounded up to 256.
  explicit Transfer(std::shared_ptr<Context> context, std::uint64_t staging_limit = default_staging_limit) noexcept;
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                       Access& access);
  Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                        Access& access);

 private:
  struct State;
  struct Box;
  /// The state with at least `bytes` bytes of staging memory of that kind. Caller holds mutex_.
  Result<State*> ready_state(std::uint64_t bytes, bool upload);
  /// Records, executes and waits for one piece. Caller holds mutex_.
  Result<void> run(Texture& texture, const Box& piece, bool to_texture, Access& access);
  /// Cuts `box` to what the staging memory holds, and has `each(mapped, piece)` move a piece's bytes on the host. Caller holds mutex_.
  template <class Each>
  Result<void> in_pieces(Texture& texture, const Box& box, bool to_texture, Access& access, Each&& each);

  std::shared_ptr<Context> context_;
  std::uint64_t staging_limit_;
  std::mutex mutex_;
  std::unique_ptr<State> state_;  // made at first use, and anew after a time-out
};

}  // namespace geyser::d3d12
