// Steps of the protocol at which a child made by hand stops, and its other roles.
#pragma once

#include <cstdint>
#include <string_view>

#include "stage.hpp"

namespace geyser::test {

/// Role "handmade_reader": does everything up to step=N, shows it, and waits there.
enum ReaderStep : std::uint32_t {
  reader_connected = 1,
  reader_greeted,        // Hello sent, nothing received
  reader_welcomed,       // pages mapped
  reader_one_texture,    // in the middle of the handle transfer
  reader_all_textures,   // none of its own sent
  reader_ready,          // semaphores handed over
  reader_claimed,        // holds a frame
  reader_released,       // promised a release that never comes
  reader_holds_four,     // the ring has grown
  reader_over_a_resize,  // holds a frame of the size before
  reader_closing,        // shut its side of the connection
  reader_steps_end
};

/// Role "handmade_publisher": the same from the other side.
enum PublisherStep : std::uint32_t {
  publisher_named = 1,    // the name is held, nobody listens
  publisher_listening,    // connections queue up
  publisher_accepted,     // Hello is not answered
  publisher_welcomed,     // Welcome sent, no texture
  publisher_one_texture,  // in the middle of the handle transfer
  publisher_no_frame,     // everything but a frame
  publisher_unfinished,   // a frame whose pixels never come
  publisher_published,    // a good frame
  publisher_resized,      // StreamChanged, and frames in textures that were never offered
  publisher_closing,      // shut its side of the connection
  publisher_steps_end
};

[[nodiscard]] Role find_handmade_role(std::string_view name);

}  // namespace geyser::test
