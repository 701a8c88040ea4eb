// The two ends of a stream, each by Dawn or by Vulkan; every texel of every frame is known from its number.
#pragma once

#include <chrono>
#include <string>

#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "webgpu/fixture.hpp"

namespace geyser::test::dawn {

inline constexpr std::string_view stream_name = "webgpu";
inline constexpr auto peer_time = std::chrono::seconds(60);  // other processes that open devices under load

/// Empty when `frame`, read by Dawn's own copy or by the library's on Vulkan's side, holds what its number says; releases it.
[[nodiscard]] std::string check_frame(Sides& sides, bool by_dawn, ReadFrame frame);
/// The next frame, written by Dawn's queue (in turn a copy and a render pass) or by Vulkan.
[[nodiscard]] Result<std::uint64_t> publish_frame(Sides& sides, bool by_dawn, Publisher& publisher);
[[nodiscard]] TextureShareManager& manager_of(Sides& sides, bool by_dawn);
[[nodiscard]] PublisherOptions stream_options(const std::string& folder, Pacing pacing);

/// A child: `read API FOLDER FRAMES` and `publish API FOLDER PACING FRAMES` (0: until it is killed). Exit status.
[[nodiscard]] int read_in_child(const std::string& api, const std::string& folder, std::uint64_t frames);
[[nodiscard]] int publish_in_child(const std::string& api, const std::string& folder, const std::string& pacing, std::uint64_t frames);

}  // namespace geyser::test::dawn
