#include "geyser/publisher.hpp"

#include <algorithm>
#include <chrono>

#include "c/stream.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_publisher {
  geyser::Publisher publisher;
};
struct geyser_write_frame {
  explicit geyser_write_frame(geyser::WriteFrame&& from) : frame(std::move(from)) {
    texture.it = &frame->texture();
    texture.borrowed = true;
    access.it = &frame->access();
    access.borrowed = true;
  }
  /// After publishing failed: the texture has gone back.
  void clear() noexcept {
    texture.it = nullptr;
    access.it = nullptr;
    frame.reset();
  }
  std::optional<geyser::WriteFrame> frame;
  geyser_texture texture;
  geyser_access access;
};

namespace {

[[nodiscard]] Result<void> open_frame(const geyser_write_frame& frame) {
  if (frame.frame) return {};
  return geyser::Error(geyser::Errc::invalid_state,
                       "This frame was returned unpublished when publishing it failed; destroy it and begin another.");
}

/// Metadata with what its optional parts and its span look at.
[[nodiscard]] Result<geyser::FrameMetadata> to_metadata(const geyser_frame_metadata* given) {
  GEYSER_TAKE(from, read_or_default(given, "metadata"));
  geyser::FrameMetadata metadata;
  if (from.timestamp != nullptr) {
    GEYSER_TAKE(clock, enumerator(from.timestamp->clock, geyser::ClockType::media, "metadata->timestamp->clock"));
    metadata.timestamp = geyser::Timestamp{from.timestamp->nanoseconds, clock};
  }
  if (from.damage != nullptr) metadata.damage = geyser::Rect{from.damage->x, from.damage->y, from.damage->width, from.damage->height};
  if (from.color != nullptr) {
    GEYSER_TAKE(color, to_color(*from.color));
    metadata.color = color;
  }
  if (from.hdr != nullptr) {
    geyser::HdrMetadata hdr;
    for (std::size_t i = 0; i < hdr.primaries.size(); ++i) std::ranges::copy(from.hdr->primaries[i], hdr.primaries[i].begin());
    std::ranges::copy(from.hdr->white_point, hdr.white_point.begin());
    hdr.max_luminance = from.hdr->max_luminance;
    hdr.min_luminance = from.hdr->min_luminance;
    hdr.max_content_light_level = from.hdr->max_content_light_level;
    hdr.max_frame_average_light_level = from.hdr->max_frame_average_light_level;
    metadata.hdr = hdr;
  }
  GEYSER_CHECK(check_array(from.user_data, from.user_bytes, "metadata->user_data"));
  metadata.user_data = {static_cast<const std::byte*>(from.user_data), from.user_bytes};
  return metadata;
}

}  // namespace

static_assert(GEYSER_MAX_USER_DATA_BYTES == geyser::max_user_data_bytes);

geyser_status geyser_publisher_create(const geyser_manager* manager, const geyser_publisher_options* options,
                                      geyser_publisher** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(options), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read(options, "options"));
    if (from.name == nullptr) return invalid("options->name is null; a stream needs a name of 1 to 128 bytes.");
    if (from.texture == nullptr) return invalid("options->texture is null; it says what every frame is.");
    geyser::PublisherOptions how;
    how.name = from.name;
    GEYSER_TAKE(texture, to_descriptor(from.texture, "options->texture"));
    how.texture = std::move(texture);
    if (from.pacing != 0) {
      GEYSER_TAKE(pacing, enumerator(from.pacing, geyser::Pacing::lockstep, "options->pacing"));
      how.pacing = pacing;
    }
    if (from.ring != 0) how.ring = from.ring;
    how.application = or_empty(from.application);
    how.linear = from.linear != 0;
    if (from.memory_type != 0) {
      GEYSER_TAKE(memory_type, enumerator(from.memory_type, geyser::MemoryHandleType::metal_texture, "options->memory_type"));
      how.handle_type = memory_type;
    }
    how.allow_host_bridge = from.no_host_bridge == 0;
    how.directory = or_empty(from.directory);
    GEYSER_TAKE(publisher, geyser::Publisher::create(manager->manager, how));
    *out = made<geyser_publisher>(std::move(publisher));
    return {};
  });
}
void geyser_publisher_destroy(geyser_publisher* publisher) GEYSER_NOEXCEPT { delete publisher; }
geyser_status geyser_publisher_begin_frame(geyser_publisher* publisher, int64_t timeout, geyser_write_frame** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(frame, publisher->publisher.begin_frame(std::chrono::nanoseconds(bounded(timeout))));
    *out = made<geyser_write_frame>(std::move(frame));
    return {};
  });
}
geyser_status geyser_publisher_publish(geyser_publisher* publisher, geyser_write_frame* frame, const geyser_frame_metadata* metadata,
                                       uint64_t* number) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(frame)}, [&]() -> Result<void> {
    GEYSER_CHECK(open_frame(*frame));
    auto about = to_metadata(metadata);
    if (!about) {
      frame->clear();
      return std::move(about).error();
    }
    auto published = publisher->publisher.publish(std::move(*frame->frame), *about);
    frame->clear();
    if (!published) return std::move(published).error();
    if (number != nullptr) *number = *published;
    delete frame;
    return {};
  });
}
geyser_status geyser_publisher_reconfigure(geyser_publisher* publisher, const geyser_texture_descriptor* texture) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(texture)}, [&]() -> Result<void> {
    GEYSER_TAKE(descriptor, to_descriptor(texture, "texture"));
    return publisher->publisher.reconfigure(descriptor);
  });
}
geyser_status geyser_publisher_has_subscribers(const geyser_publisher* publisher, geyser_bool* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = flag(publisher->publisher.has_subscribers());
    return {};
  });
}
geyser_status geyser_publisher_wait_for_subscribers(const geyser_publisher* publisher, uint32_t count, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher)}, [&]() -> Result<void> {
    return publisher->publisher.wait_for_subscribers(count, std::chrono::nanoseconds(bounded(timeout)));
  });
}
geyser_status geyser_publisher_status(const geyser_publisher* publisher, geyser_stream_status** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(status, publisher->publisher.status());
    *out = wrap(std::move(status));
    return {};
  });
}
geyser_status geyser_publisher_name(const geyser_publisher* publisher, const char** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = publisher->publisher.name().c_str();
    return {};
  });
}
geyser_status geyser_publisher_uuid(const geyser_publisher* publisher, geyser_uuid* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = from_uuid(publisher->publisher.uuid());
    return {};
  });
}
geyser_status geyser_publisher_descriptor(const geyser_publisher* publisher, geyser_texture_descriptor* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(publisher), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_descriptor(publisher->publisher.descriptor()), "out"); });
}

void geyser_write_frame_destroy(geyser_write_frame* frame) GEYSER_NOEXCEPT { delete frame; }
geyser_status geyser_write_frame_texture(geyser_write_frame* frame, geyser_texture** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(open_frame(*frame));
    *out = &frame->texture;
    return {};
  });
}
geyser_status geyser_write_frame_access(geyser_write_frame* frame, geyser_access** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(open_frame(*frame));
    *out = &frame->access;
    return {};
  });
}
geyser_status geyser_write_frame_number(const geyser_write_frame* frame, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(open_frame(*frame));
    *out = frame->frame->number();
    return {};
  });
}
geyser_status geyser_write_frame_upload(geyser_write_frame* frame, const geyser_texture_region* region, const void* bytes,
                                        size_t size) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(bytes)}, [&]() -> Result<void> {
    GEYSER_CHECK(open_frame(*frame));
    GEYSER_TAKE(where, to_region(region));
    return frame->frame->upload(where, {static_cast<const std::byte*>(bytes), size});
  });
}
