#include "geyser/subscriber.hpp"

#include <algorithm>
#include <chrono>

#include "c/stream.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_subscriber {
  geyser::Subscriber subscriber;
};
struct geyser_read_frame {
  explicit geyser_read_frame(geyser::ReadFrame&& from) : frame(std::move(from)) {
    texture.it = &frame.texture();
    texture.borrowed = true;
    access.it = &frame.access();
    access.borrowed = true;
  }
  geyser::ReadFrame frame;
  geyser_texture texture;
  geyser_access access;
};

namespace {

/// Zero is the default, below zero is none at all.
[[nodiscard]] std::chrono::nanoseconds duration(std::int64_t given, std::chrono::nanoseconds usual) noexcept {
  return given == 0 ? usual : std::chrono::nanoseconds(bounded(given));
}

using Acquire = Result<geyser::ReadFrame> (geyser::Subscriber::*)(std::chrono::nanoseconds);

[[nodiscard]] Result<void> acquire(geyser_subscriber* subscriber, std::int64_t timeout, geyser_read_frame** out, Acquire how) {
  GEYSER_TAKE(frame, (subscriber->subscriber.*how)(std::chrono::nanoseconds(bounded(timeout))));
  *out = made<geyser_read_frame>(std::move(frame));
  return {};
}

}  // namespace

geyser_status geyser_subscriber_connect(const geyser_manager* manager, const char* name, const geyser_subscriber_options* options,
                                        geyser_subscriber** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read_or_default(options, "options"));
    geyser::SubscriberOptions how;
    how.connect_timeout = duration(from.connect_timeout, how.connect_timeout);
    how.require_zero_copy = from.require_zero_copy != 0;
    how.require_peer = from.require_peer != 0;
    how.reconnect = from.no_reconnect == 0;
    if (from.max_held != 0) how.max_held = from.max_held;
    how.keep_handles = from.keep_handles != 0;
    how.spin = duration(from.spin, how.spin);
    how.application = or_empty(from.application);
    how.directory = or_empty(from.directory);
    GEYSER_TAKE(subscriber, geyser::Subscriber::connect(manager->manager, name, how));
    *out = made<geyser_subscriber>(std::move(subscriber));
    return {};
  });
}
void geyser_subscriber_destroy(geyser_subscriber* subscriber) GEYSER_NOEXCEPT { delete subscriber; }
geyser_status geyser_subscriber_acquire(geyser_subscriber* subscriber, int64_t timeout, geyser_read_frame** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(subscriber), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return acquire(subscriber, timeout, out, &geyser::Subscriber::acquire); });
}
geyser_status geyser_subscriber_acquire_newest(geyser_subscriber* subscriber, int64_t timeout, geyser_read_frame** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(subscriber), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return acquire(subscriber, timeout, out, &geyser::Subscriber::acquire_newest); });
}
geyser_status geyser_subscriber_query(const geyser_subscriber* subscriber, geyser_subscriber_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(subscriber), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const geyser::SubscriberStatistics statistics = subscriber->subscriber.statistics();
    geyser_subscriber_info to{};
    to.state = static_cast<geyser_subscriber_state>(subscriber->subscriber.state());
    to.transport = static_cast<geyser_transport>(subscriber->subscriber.transport());
    to.frames = statistics.frames;
    to.skipped = statistics.skipped;
    to.attachments = statistics.attachments;
    to.generations = statistics.generations;
    return write(out, to, "out");
  });
}
geyser_status geyser_subscriber_why_not_zero_copy(const geyser_subscriber* subscriber, char* buffer, size_t capacity,
                                                  size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(subscriber)},
              [&]() -> Result<void> { return copy_text(subscriber->subscriber.why_not_zero_copy(), buffer, capacity, length); });
}
geyser_status geyser_subscriber_stream(const geyser_subscriber* subscriber, geyser_stream_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(subscriber), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    std::vector<geyser::StreamInfo> one;
    one.push_back(subscriber->subscriber.stream());
    *out = wrap(std::move(one));
    return {};
  });
}

geyser_status geyser_read_frame_release(geyser_read_frame* frame) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame)}, [&]() -> Result<void> {
    GEYSER_CHECK(frame->frame.release());
    delete frame;
    return {};
  });
}
void geyser_read_frame_destroy(geyser_read_frame* frame) GEYSER_NOEXCEPT { delete frame; }
geyser_status geyser_read_frame_texture(geyser_read_frame* frame, geyser_texture** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = &frame->texture;
    return {};
  });
}
geyser_status geyser_read_frame_access(geyser_read_frame* frame, geyser_access** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = &frame->access;
    return {};
  });
}
geyser_status geyser_read_frame_query(const geyser_read_frame* frame, geyser_frame_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const geyser::FrameInfo& from = frame->frame.info();
    geyser_frame_info to{};
    to.has_damage = flag(from.damage.has_value());
    to.number = from.number;
    to.generation = from.generation;
    to.skipped = from.skipped;
    to.published = from_timestamp(from.published);
    to.timestamp = from_timestamp(from.timestamp);
    if (from.damage) to.damage = {from.damage->x, from.damage->y, from.damage->width, from.damage->height};
    to.color = from_color(from.color);
    to.has_hdr = flag(from.hdr.has_value());
    if (from.hdr) {
      for (std::size_t i = 0; i < from.hdr->primaries.size(); ++i) std::ranges::copy(from.hdr->primaries[i], to.hdr.primaries[i]);
      std::ranges::copy(from.hdr->white_point, to.hdr.white_point);
      to.hdr.max_luminance = from.hdr->max_luminance;
      to.hdr.min_luminance = from.hdr->min_luminance;
      to.hdr.max_content_light_level = from.hdr->max_content_light_level;
      to.hdr.max_frame_average_light_level = from.hdr->max_frame_average_light_level;
    }
    to.user_bytes = count_of(from.user_bytes);
    to.user_data = from.user_storage.data();
    return write(out, to, "out");
  });
}
geyser_status geyser_read_frame_transport(const geyser_read_frame* frame, geyser_transport* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = static_cast<geyser_transport>(frame->frame.transport());
    return {};
  });
}
geyser_status geyser_read_frame_export(const geyser_read_frame* frame, geyser_texture_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(handle, frame->frame.export_handle());
    *out = wrap(std::move(handle));
    return {};
  });
}
geyser_status geyser_read_frame_read_back(geyser_read_frame* frame, const geyser_texture_region* region, void* bytes,
                                          size_t size) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(frame), GEYSER_GIVEN(bytes)}, [&]() -> Result<void> {
    GEYSER_TAKE(where, to_region(region));
    return frame->frame.read_back(where, {static_cast<std::byte*>(bytes), size});
  });
}
