// Frames whose content follows from their number, so that a reader in another process can tell a torn one; and publishing at a pace.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "geyser/geyser.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "stage.hpp"
#include "support/devices.hpp"

namespace geyser::test {

/// 32x32 rgba8.
[[nodiscard]] TextureDescriptor small_texture(std::uint32_t width = 32, std::uint32_t height = 32);

/// The bytes of a region of frame `number`: every word is the number in a simple colour texture, seeded random bytes otherwise.
[[nodiscard]] std::vector<std::byte> content_of(const TextureDescriptor& descriptor, const TextureRegion& region, std::uint64_t number);
/// Draws a whole frame from the host. Errors: as WriteFrame::upload().
[[nodiscard]] Result<void> draw(WriteFrame& frame);
/// Empty when every subresource of the frame is what its number says; else what differs. Errors: as ReadFrame::read_back().
[[nodiscard]] Result<std::string> compare(ReadFrame& frame);
/// The same for a mapped frame of a host manager: looks twice, the second time after `hold`, because nobody may write it meanwhile.
[[nodiscard]] Result<std::string> compare_mapped(ReadFrame& frame, std::chrono::microseconds hold);

/// begin_frame, draw, publish; and how long it took.
class PublishLoop {
 public:
  explicit PublishLoop(Publisher& publisher) : publisher_(publisher) {}
  std::chrono::nanoseconds begin_timeout = std::chrono::seconds(1);
  std::chrono::microseconds pause{500};  ///< between frames
  /// One frame. Errors are counted and kept too.
  Result<std::uint64_t> once();
  /// Until `condition` holds, at most `timeout`; false when it never did.
  bool until(std::chrono::milliseconds timeout, const std::function<bool()>& condition);
  void run_for(std::chrono::milliseconds time);
  [[nodiscard]] std::chrono::nanoseconds longest() const noexcept { return longest_; }
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }
  [[nodiscard]] const std::string& last_error() const noexcept { return last_error_; }
  void reset() noexcept;

 private:
  Publisher& publisher_;
  std::chrono::nanoseconds longest_{0};
  std::uint64_t frames_ = 0;
  std::uint64_t errors_ = 0;
  std::string last_error_;
};

/// A publisher on a device of this machine, in this process.
struct Station {
  std::unique_ptr<Participant> participant;
  std::unique_ptr<Publisher> publisher;
  [[nodiscard]] static Result<Station> open(const PublisherOptions& options, const std::string& device = "host");
};
/// Options with the scene's folder and small_texture().
[[nodiscard]] PublisherOptions stream_named(const Scene& scene, const std::string& name, Pacing pacing = Pacing::latest);
/// A subscriber in this process.
[[nodiscard]] Result<Subscriber> subscribe(const Scene& scene, TextureShareManager& manager, const std::string& name,
                                           SubscriberOptions options = {});

/// How long one begin+publish may take while readers misbehave, on a busy machine. Far below begin_frame()'s default time of one second.
[[nodiscard]] std::chrono::milliseconds publish_bound();

}  // namespace geyser::test
