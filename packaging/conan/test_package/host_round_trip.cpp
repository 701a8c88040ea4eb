// Hands a texture from one manager to another and looks at every byte.
#include <geyser/geyser.hpp>
#include <geyser/host.hpp>

#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

int main() {
  auto producer = geyser::host::create_manager();
  auto consumer = geyser::host::create_manager();
  if (!producer || !consumer) return 1;
  auto texture = producer->create_shareable_texture({.extent = {61, 17}, .format = geyser::TextureFormat::rgba8_unorm});
  if (!texture) return 2;
  std::vector<std::byte> sent(61 * 17 * 4);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 29 + 3);
  if (!producer->upload(*texture, {}, sent)) return 3;
  auto handle = producer->export_texture(*texture);
  if (!handle) return 4;
  auto twin = consumer->import_texture(std::move(*handle));
  if (!twin) return 5;
  std::vector<std::byte> received(sent.size());
  if (!consumer->read_back(*twin, {}, received) || received != sent) return 6;
  std::printf("geyser %s: %zu bytes handed over\n", GEYSER_VERSION_STRING, sent.size());
  return 0;
}
