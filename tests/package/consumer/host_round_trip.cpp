// Hands a texture from one manager to another and looks at every byte.
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

#include "geyser/geyser.hpp"
#include "geyser/host.hpp"

namespace {

int fail(const geyser::Error& error) {
  std::fprintf(stderr, "%s\n", error.describe().c_str());
  return 1;
}

}  // namespace

int main() {
  if (geyser::version() != GEYSER_VERSION_STRING) return std::fprintf(stderr, "headers and library differ in version\n"), 1;

  auto producer = geyser::host::create_manager();
  if (!producer) return fail(producer.error());
  auto consumer = geyser::host::create_manager();
  if (!consumer) return fail(consumer.error());

  const geyser::TextureDescriptor descriptor{.extent = {37, 21}, .format = geyser::TextureFormat::rgba8_unorm};
  auto texture = producer->create_shareable_texture(descriptor);
  if (!texture) return fail(texture.error());
  std::vector<std::byte> sent(37 * 21 * 4);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 131 + 7);
  if (auto done = producer->upload(*texture, {}, sent); !done) return fail(done.error());

  auto handle = producer->export_texture(*texture);
  if (!handle) return fail(handle.error());
  auto twin = consumer->import_texture(std::move(*handle));
  if (!twin) return fail(twin.error());
  std::vector<std::byte> received(sent.size());
  if (auto done = consumer->read_back(*twin, {}, received); !done) return fail(done.error());
  if (received != sent) return std::fprintf(stderr, "the bytes differ\n"), 1;
  std::printf("geyser %s: %zu bytes handed over\n", GEYSER_VERSION_STRING, sent.size());
  return 0;
}
