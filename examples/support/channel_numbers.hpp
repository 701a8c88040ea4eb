// Small messages of the examples that talk over a Channel: a few numbers.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/channel.hpp"

namespace example {

template <std::size_t count>
void send_numbers(geyser::Channel& channel, const std::array<std::uint64_t, count>& numbers) {
  must(channel.send(std::as_bytes(std::span(numbers)), patience));
}
/// What comes from another process is believed only as far as it was checked: here, its size.
template <std::size_t count>
[[nodiscard]] std::array<std::uint64_t, count> receive_numbers(geyser::Channel& channel) {
  const std::vector<std::byte> bytes = must(channel.receive(patience));
  std::array<std::uint64_t, count> numbers{};
  if (bytes.size() != sizeof numbers) throw std::runtime_error("the other process sent a message of another size");
  std::memcpy(numbers.data(), bytes.data(), sizeof numbers);
  return numbers;
}

}  // namespace example
