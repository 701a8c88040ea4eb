// Numbered pictures through a stream: drawn into the frames that a publisher gives out, read from those that a subscriber acquires.
#pragma once

#include <cstdio>
#include <deque>
#include <vector>

#include "examples/support/numbered_picture.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace example {

/// Publishes picture after picture; the GPU draws, and the CPU never waits for a frame that it has just submitted.
class FramePainter {
 public:
  FramePainter(const Gpu& gpu, bool validate) : painter_(gpu), validate_(validate) {
    for (int i = 0; i < 3; ++i) commands_.emplace_back(gpu);
  }
  /// Draws the next frame and publishes it.
  std::uint64_t publish_next(geyser::Publisher& publisher) {
    geyser::WriteFrame frame = must(publisher.begin_frame(patience));
    const geyser::Extent3D size = frame.texture().descriptor().extent;
    if (validate_) wait_for_host_timelines(frame.access());
    Commands& commands = commands_[frame.number() % commands_.size()];
    VkCommandBuffer buffer = commands.begin();
    must(geyser::vulkan::record_acquire(frame.access(), buffer, written_by_transfer));
    painter_.record(buffer, must(geyser::vulkan::native(frame.texture())).image, {size.width, size.height}, frame.number());
    must(geyser::vulkan::record_release(frame.access(), buffer, written_by_transfer));
    geyser::Access* const accesses[] = {&frame.access()};
    must(geyser::vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_));
    commands.submit(arrays_);
    return must(publisher.publish(std::move(frame)));  // readers' GPUs wait for the drawing
  }

 private:
  NumberPainter painter_;
  std::deque<Commands> commands_;
  geyser::vulkan::SubmitArrays arrays_;
  bool validate_;
};

/// Looks at every pixel of frames, and at their numbers.
class FrameChecker {
 public:
  FrameChecker(const Gpu& gpu, bool validate) : gpu_(&gpu), commands_(gpu), validate_(validate) {}

  /// Reads the frame with this program's own commands, on the GPU behind the drawing; then it is released, and its pixels are looked at.
  void check(geyser::ReadFrame frame) {
    const geyser::Extent3D size = frame.texture().descriptor().extent;
    const NumberedPicture picture{size.width, size.height};
    if (!pixels_ || pixels_->bytes().size() != picture.bytes()) pixels_.emplace(*gpu_, picture.bytes());
    if (validate_) wait_for_host_timelines(frame.access());
    VkCommandBuffer buffer = commands_.begin();
    must(geyser::vulkan::record_acquire(frame.access(), buffer, read_in_place));
    const VkBufferImageCopy whole = box_copy(size.width, size.height);
    gpu_->cmd_copy_image_to_buffer(buffer, must(geyser::vulkan::native(frame.texture())).image, VK_IMAGE_LAYOUT_GENERAL, pixels_->handle(),
                                   1, &whole);
    record_host_read(*gpu_, buffer);
    must(geyser::vulkan::record_release(frame.access(), buffer, read_in_place));
    geyser::Access* const accesses[] = {&frame.access()};
    must(geyser::vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_));
    commands_.submit(arrays_);
    const geyser::FrameInfo info = frame.info();
    must(frame.release());  // takes effect when the submit is done
    commands_.wait();
    latency_ms.push_back(static_cast<double>(geyser::Timestamp::now().nanoseconds - info.published.nanoseconds) * 1e-6);

    const std::size_t wrong_now = picture.wrong_pixels(info.number, pixels_->bytes());
    if (wrong_now != 0) std::fprintf(stderr, "frame %llu: %zu wrong pixels\n", static_cast<unsigned long long>(info.number), wrong_now);
    wrong_pixels += wrong_now;
    if (last != 0 && info.number != last + info.skipped + 1) {
      std::fprintf(stderr, "frame %llu comes after %llu, and %llu skipped\n", static_cast<unsigned long long>(info.number),
                   static_cast<unsigned long long>(last), static_cast<unsigned long long>(info.skipped));
      ++out_of_order;
    }
    last = info.number;
    ++frames;
  }

  std::uint64_t frames = 0;
  std::uint64_t wrong_pixels = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t last = 0;          ///< set it to 0 when numbers start anew
  std::vector<double> latency_ms;  ///< from publish() there to pixels on the CPU here

 private:
  const Gpu* gpu_;
  std::optional<MappedBuffer> pixels_;  // older than the commands that use it
  Commands commands_;
  geyser::vulkan::SubmitArrays arrays_;
  bool validate_;
};

}  // namespace example
