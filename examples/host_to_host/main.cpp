// Two processes and no GPU: a child draws into shared memory that its parent sees, and says so through a counter in shared memory.
//
//   host_to_host
//
// Handles that exist before fork() exist in both processes. (Unrelated processes pass them through a socket.)
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "geyser/geyser.hpp"
#include "geyser/host.hpp"

namespace {

constexpr std::uint32_t width = 320;
constexpr std::uint32_t height = 200;

/// What the child writes and the parent expects at a texel of the 16-bit format.
constexpr std::uint16_t shade(std::uint32_t x, std::uint32_t y) { return static_cast<std::uint16_t>(x * 131 + y * 17); }

int complain(const char* who, const geyser::Error& error) {
  std::fprintf(stderr, "host_to_host (%s): %s\n", who, error.describe().c_str());
  return 1;
}

/// The child: imports the handle, writes straight into the mapping, announces.
int draw(geyser::TextureHandle handle) {
  auto manager = geyser::host::create_manager();
  if (!manager) return complain("child", manager.error());
  auto texture = manager->import_texture(std::move(handle));
  if (!texture) return complain("child", texture.error());
  {
    auto access = texture->begin_write();
    if (!access) return complain("child", access.error());
    auto mapped = geyser::host::map(*texture);
    if (!mapped) return complain("child", mapped.error());
    for (std::uint32_t y = 0; y < height; ++y) {
      auto* row = reinterpret_cast<std::uint16_t*>(mapped->data + y * mapped->row_pitch);
      for (std::uint32_t x = 0; x < width; ++x) row[x] = shade(x, y);
    }
    if (auto ended = std::move(*access).end(); !ended) return complain("child", ended.error());
  }
  if (auto point = manager->signal_texture_ready(*texture); !point) return complain("child", point.error());
  return 0;
}

/// The parent: sleeps until the child has announced, then reads the same memory.
int check(geyser::TextureShareManager& manager, geyser::SharedTexture& texture) {
  if (auto ready = manager.wait_for_texture(texture, std::chrono::seconds(10)); !ready) return complain("parent", ready.error());
  auto access = texture.begin_read();
  if (!access) return complain("parent", access.error());
  auto mapped = geyser::host::map(texture);
  if (!mapped) return complain("parent", mapped.error());
  std::size_t wrong = 0;
  for (std::uint32_t y = 0; y < height; ++y) {
    const auto* row = reinterpret_cast<const std::uint16_t*>(mapped->data + y * mapped->row_pitch);
    for (std::uint32_t x = 0; x < width; ++x) wrong += row[x] != shade(x, y) ? 1U : 0U;
  }
  if (auto ended = std::move(*access).end(); !ended) return complain("parent", ended.error());
  std::printf("%zu of %u texels of the other process are right\n", std::size_t{width} * height - wrong, width * height);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::puts("usage: host_to_host\nExit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.");
    return 0;
  }
  if (argc != 1) {
    std::fprintf(stderr, "usage: host_to_host\n");
    return 2;
  }
  auto manager = geyser::host::create_manager();
  if (!manager) return complain("parent", manager.error());
  auto texture = manager->create_shareable_texture({.extent = {width, height}, .format = geyser::TextureFormat::r16_uint, .label = "page"});
  if (!texture) return complain("parent", texture.error());
  auto ready = manager->create_shared_semaphore();
  if (!ready) return complain("parent", ready.error());
  // Attached, the semaphore travels with the texture.
  if (auto attached = manager->attach_semaphore(*texture, *ready); !attached) return complain("parent", attached.error());
  auto handle = manager->export_texture(*texture);
  if (!handle) return complain("parent", handle.error());

  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) {
    std::perror("host_to_host: fork");
    return 1;
  }
  if (child == 0) _exit(draw(*std::move(handle)));
  const int result = check(*manager, *texture);
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::fprintf(stderr, "host_to_host: the child failed\n");
    return 1;
  }
  return result;
}
