// A texture and a timeline through a channel, and content both ways.
#pragma once

#include <chrono>

#include "geyser/channel.hpp"
#include "geyser/manager.hpp"

namespace geyser::test {

/// Makes a texture, fills it, sends it and a host timeline, waits for the answer and compares every byte of it.
[[nodiscard]] Result<void> offer_texture(geyser::Channel& channel, TextureShareManager& manager, std::chrono::nanoseconds timeout);
/// The other end: compares, and answers with content of its own.
[[nodiscard]] Result<void> answer_texture(geyser::Channel& channel, TextureShareManager& manager, std::chrono::nanoseconds timeout);

}  // namespace geyser::test
