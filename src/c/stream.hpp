// What publishers, subscribers and directories have in common.
#pragma once

#include <vector>

#include "c/objects.hpp"
#include "geyser/directory.hpp"

struct geyser_stream_list {
  std::vector<geyser::StreamInfo> streams;
};
struct geyser_stream_status {
  geyser::StreamStatus status;
  geyser_stream_list stream;  // status.stream, as it is lent
};

namespace geyser::c {

[[nodiscard]] geyser_stream_list* wrap(std::vector<StreamInfo>&& streams);
[[nodiscard]] geyser_stream_status* wrap(StreamStatus&& status);
[[nodiscard]] geyser_timestamp from_timestamp(const Timestamp& timestamp) noexcept;

}  // namespace geyser::c
