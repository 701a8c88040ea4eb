#include "tools/geyser/attach.hpp"

#include <algorithm>

#include "tools/geyser/process.hpp"

namespace geyser::tools {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds piece{100};

}  // namespace

Result<StreamInfo> find_stream(const std::string& name, std::chrono::nanoseconds timeout) {
  const auto until = Clock::now() + timeout;
  auto directory = Directory::open();
  if (!directory) return std::move(directory).error();
  while (true) {
    auto found = directory->find(name);
    if (found || found.error().code() != Errc::not_found || interrupted()) return found;
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now());
    if (left <= left.zero()) return found;
    const auto changed = directory->wait_for_change(std::min<std::chrono::nanoseconds>(left, piece));
    if (!changed) return changed.error().clone();
  }
}

Result<Attachment> attach(const std::string& name, const std::string& selector, std::chrono::nanoseconds timeout,
                          SubscriberOptions options) {
  auto stream = find_stream(name, timeout);
  if (!stream) return std::move(stream).error();
  auto device = open_device_for(*stream, selector);
  if (!device) return std::move(device).error();
  options.connect_timeout = timeout;
  auto subscriber = Subscriber::connect(*device->manager, name, options);
  if (!subscriber) return std::move(subscriber).error();
  return Attachment{*std::move(stream), *std::move(device), *std::move(subscriber)};
}

Result<std::optional<ReadFrame>> next_frame(Subscriber& subscriber, std::chrono::nanoseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (!interrupted()) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now());
    auto frame = subscriber.acquire(std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds::zero(), piece));
    if (frame) return std::optional(*std::move(frame));
    const Errc code = frame.error().code();
    if (subscriber.state() == SubscriberState::ended) return std::optional<ReadFrame>();
    if ((code != Errc::timed_out && code != Errc::peer_gone) || left <= piece) return std::move(frame).error();
  }
  return std::optional<ReadFrame>();
}

}  // namespace geyser::tools
