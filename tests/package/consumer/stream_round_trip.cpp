// Publishes a frame and reads it in the same process: the stream's target brings along all that it links.
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

#include "geyser/host.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace {

int fail(const geyser::Error& error) {
  std::fprintf(stderr, "%s\n", error.describe().c_str());
  return 1;
}

}  // namespace

int main() {
  auto manager = geyser::host::create_manager();
  if (!manager) return fail(manager.error());
  geyser::PublisherOptions options;
  options.name = "package.consumer";
  options.texture = {.extent = {37, 21}, .format = geyser::TextureFormat::rgba8_unorm};
  auto publisher = geyser::Publisher::create(*manager, options);
  if (!publisher) return fail(publisher.error());
  auto drawn = publisher->begin_frame();
  if (!drawn) return fail(drawn.error());
  std::vector<std::byte> sent(37 * 21 * 4);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 57 + 3);
  if (auto done = drawn->upload({}, sent); !done) return fail(done.error());
  if (auto number = publisher->publish(std::move(*drawn)); !number) return fail(number.error());

  auto subscriber = geyser::Subscriber::connect(*manager, "package.consumer");
  if (!subscriber) return fail(subscriber.error());
  auto frame = subscriber->acquire(std::chrono::seconds(5));
  if (!frame) return fail(frame.error());
  std::vector<std::byte> received(sent.size());
  if (auto done = frame->read_back({}, received); !done) return fail(done.error());
  if (received != sent) return std::fprintf(stderr, "the bytes differ\n"), 1;
  return 0;
}
