// Attaching to a stream, as every verb that reads frames does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geyser/subscriber.hpp"
#include "tools/geyser/device_list.hpp"

namespace geyser::tools {

struct Attachment {
  StreamInfo stream;  ///< as announced
  ListedDevice device;
  Subscriber subscriber;
};

/// Waits up to `timeout` for the stream to appear, opens the device (the stream's own unless `selector` says otherwise) and attaches.
/// Ends early, with timed_out, when the user asks to stop. Errors: as Directory::find(), open_device(), Subscriber::connect().
[[nodiscard]] Result<Attachment> attach(const std::string& name, const std::string& selector, std::chrono::nanoseconds timeout,
                                        SubscriberOptions options);
/// Waits for the stream alone. Errors: as Directory::find().
[[nodiscard]] Result<StreamInfo> find_stream(const std::string& name, std::chrono::nanoseconds timeout);

/// Acquires a frame, waiting up to `timeout` in pieces so that the user is heard. Empty: interrupted, or the stream has ended.
/// Errors: as Subscriber::acquire().
[[nodiscard]] Result<std::optional<ReadFrame>> next_frame(Subscriber& subscriber, std::chrono::nanoseconds timeout);

}  // namespace geyser::tools
