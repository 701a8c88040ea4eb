// Hands a texture through a channel and looks at a byte of it.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

#include "geyser/channel.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"

namespace {

int fail(const geyser::Error& error) {
  std::fprintf(stderr, "%s\n", error.describe().c_str());
  return 1;
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  auto ends = geyser::Channel::create_pair();
  if (!ends) return fail(ends.error());
  auto manager = geyser::host::create_manager();
  if (!manager) return fail(manager.error());
  auto texture = manager->create_shareable_texture({.extent = {4, 4}, .format = geyser::TextureFormat::r8_unorm});
  if (!texture) return fail(texture.error());
  if (auto done = manager->upload(*texture, {}, std::vector<std::byte>(16, std::byte{42})); !done) return fail(done.error());
  auto handle = manager->export_texture(*texture);
  if (!handle) return fail(handle.error());
  if (auto sent = ends->first.send_handle(*handle, 1s); !sent) return fail(sent.error());
  auto received = ends->second.receive_handle(1s);
  if (!received) return fail(received.error());
  auto twin = manager->import_texture(std::move(*received));
  if (!twin) return fail(twin.error());
  std::vector<std::byte> seen(16);
  if (auto done = manager->read_back(*twin, {}, seen); !done) return fail(done.error());
  if (seen != std::vector<std::byte>(16, std::byte{42})) return std::fprintf(stderr, "the bytes differ\n"), 1;
  return 0;
}
