// Copies from one device to another: CUDA's peer copy, over NVLink or PCIe. What it waits for of other APIs is waited for on the host, in
// the caller's thread: a CUDA stream goes on some 10 ms after such a signal (NVIDIA 580). From there on the devices order it among
// themselves, and its signals come from the streams.
//
// Only between devices that reach each other's memory. For others the driver would take the way through host memory by itself, in pieces
// and without telling: the library has that way too, with memory of its own and under its own name, so it is refused here.
#pragma once

#include <memory>
#include <span>

#include "geyser/manager.hpp"
#include "platform/internal_api.hpp"

namespace geyser::cuda {

/// A manager on a context of its own, which is destroyed with the manager and all that it made: peer access, streams and errors in it do
/// not meet those of the program. `partner` as AdoptInfo::partner. Threading: any thread.
/// Errors: not_found (no driver, no such device), device_mismatch (partner), unsupported_feature (a driver without peer copies),
/// out_of_memory, os_error.
[[nodiscard]] GEYSER_INTERNAL_API Result<TextureShareManager> create_private_manager(const Uuid& device,
                                                                                     const TextureShareManager* partner = nullptr);

/// The way from one device to another, with streams of its own: on the source, between the two, and on the target. Tiled textures go
/// through plain memory on both devices, which the link makes at the first one and keeps.
/// Ownership: keeps both contexts; the semaphores and textures of a copy until it is over. The destructor waits for what is under way, at
/// most two seconds, then logs and leaves it allocated. Threading: one thread at a time, any.
class GEYSER_INTERNAL_API PeerLink {
 public:
  /// Both are managers of create_private_manager(), on two devices; access is enabled once for each pair of contexts.
  /// Errors: unsupported_feature (the devices do not reach each other's memory), invalid_argument (not two devices), out_of_memory,
  /// device_lost.
  [[nodiscard]] static Result<std::unique_ptr<PeerLink>> open(const TextureShareManager& source, const TextureShareManager& target);
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;
  ~PeerLink();

  /// One side of a copy. Textures and semaphores are of that side's manager.
  struct End {
    const SharedTexture* texture = nullptr;
    std::span<const SyncPoint> waits{};  ///< reached before the copy; the caller's thread waits
    std::optional<SyncPoint> signal{};   ///< signalled behind it, by a stream
    /// Asked for its signal() once the copy is under way and `signal` will come; null: nobody is.
    const Access* promise = nullptr;
    /// Kept until the copy is over.
    std::shared_ptr<const void> keep{};
  };
  /// Copies `regions` of one texture to the same places of the other, which has the same size and format. The calling thread waits until
  /// the points of both sides are reached, and for earlier copies when many are under way or when plain memory must grow. With a signal on
  /// both sides it returns as soon as the copy is in the streams, which signal; without, when the copy is over. On an error nothing of it
  /// is under way any more and every signal that was promised has come; unless it is timed_out because the devices do not come to an end:
  /// then the textures are kept until they do. Errors: invalid_argument (a region, textures that differ), device_mismatch, timed_out (10
  /// seconds), device_lost, out_of_memory.
  [[nodiscard]] Result<void> copy(const End& from, const End& to, std::span<const TextureRegion> regions);
  /// Waits for everything that is under way. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> finish(std::chrono::nanoseconds timeout);

 private:
  struct State;
  explicit PeerLink(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace geyser::cuda
