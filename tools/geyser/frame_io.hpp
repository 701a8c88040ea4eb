// A frame's bytes, all of it: every plane, level and layer in turn, rows without gaps.
#pragma once

#include <vector>

#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace geyser::tools {

/// Valid usage: `bytes` are content_bytes() of the frame's descriptor. Errors: as WriteFrame::upload().
[[nodiscard]] Result<void> upload_frame(WriteFrame& frame, std::span<const std::byte> bytes);
/// `bytes` takes the frame's size; its capacity is reused. Errors: as ReadFrame::read_back().
[[nodiscard]] Result<void> read_frame(ReadFrame& frame, std::vector<std::byte>& bytes);

}  // namespace geyser::tools
