#include "tools/geyser/serve_sink.hpp"

#include "tools/geyser/device_list.hpp"

namespace geyser::tools::web {

Sink::Sink(Options options, Opened opened, Done done) : options_(std::move(options)), opened_(std::move(opened)), done_(std::move(done)) {
  start([this] { run(); });
}

Sink::~Sink() { join(); }

void Sink::ask_to_stop() {
  Worker::ask_to_stop();
  {
    const std::lock_guard lock(mutex_);
  }  // so that the thread is not between looking and sleeping
  given_.notify_all();
}

void Sink::give(std::vector<std::byte> message, std::int64_t timestamp) {
  {
    const std::lock_guard lock(mutex_);
    frame_ = Frame{std::move(message), timestamp};
  }
  given_.notify_all();
}

std::optional<Sink::Frame> Sink::next() {
  std::unique_lock lock(mutex_);
  given_.wait(lock, [this] { return frame_ || stopping(); });
  if (stopping()) return std::nullopt;
  return std::exchange(frame_, std::nullopt);
}

void Sink::run() {
  auto device = open_device(options_.device);
  if (!device) return opened_(std::move(device).error());
  PublisherOptions how;
  how.name = options_.name;
  how.texture = options_.texture;
  auto publisher = Publisher::create(*device->manager, how);
  if (!publisher) return opened_(std::move(publisher).error());
  opened_({});
  while (const auto frame = next()) done_(publish(*publisher, *frame));
}

Result<void> Sink::publish(Publisher& publisher, const Frame& frame) {
  auto open = publisher.begin_frame();
  if (!open) return std::move(open).error();
  if (auto ok = open->upload({}, std::span(frame.message).subspan(header_bytes)); !ok) return ok;
  // The page's clock is its own.
  auto number = publisher.publish(*std::move(open), {.timestamp = Timestamp{frame.timestamp * 1000, ClockType::media}});
  if (!number) return std::move(number).error();
  return {};
}

}  // namespace geyser::tools::web
