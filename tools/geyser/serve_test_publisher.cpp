// A publisher for serve_test.py: standard input is a sequence of "WIDTH HEIGHT FORMAT\n" and that frame's bytes; each is published, after a
// reconfigure() where size or format changed. One line for each frame, with its number, on standard output.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "geyser/host.hpp"
#include "geyser/publisher.hpp"

namespace {

[[nodiscard]] int fail(const geyser::Error& error) {
  std::cerr << error.describe() << '\n';
  return 1;
}

[[nodiscard]] int run(const std::string& name) {
  auto manager = geyser::host::create_manager();
  if (!manager) return fail(manager.error());
  std::optional<geyser::Publisher> publisher;
  geyser::TextureDescriptor texture;
  std::string format;
  while (std::cin >> texture.extent.width >> texture.extent.height >> format) {
    std::cin.get();
    texture.format = geyser::format_from_name(format).value_or(geyser::TextureFormat::undefined);
    const auto layout = geyser::region_layout(texture, {});
    if (!layout) return fail(layout.error());
    std::vector<char> bytes(static_cast<std::size_t>(layout->total_bytes));
    if (!std::cin.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return 1;
    if (!publisher) {
      auto created = geyser::Publisher::create(*manager, {.name = name, .texture = texture});
      if (!created) return fail(created.error());
      publisher = *std::move(created);
    } else if (publisher->descriptor() != texture) {
      if (auto ok = publisher->reconfigure(texture); !ok) return fail(ok.error());
    }
    auto frame = publisher->begin_frame();
    if (!frame) return fail(frame.error());
    if (auto ok = frame->upload({}, std::as_bytes(std::span(bytes))); !ok) return fail(ok.error());
    const auto number = publisher->publish(*std::move(frame));
    if (!number) return fail(number.error());
    std::cout << *number << '\n' << std::flush;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return argc == 2 ? run(argv[1]) : 2; }
