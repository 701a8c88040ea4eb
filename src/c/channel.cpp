#include "geyser/channel.hpp"

#include <chrono>

#include "c/objects.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_channel {
  geyser::Channel channel;
  std::optional<std::vector<std::byte>> kept;  // a message that was longer than the caller's buffer
};
struct geyser_channel_listener {
  geyser::ChannelListener listener;
};

static_assert(GEYSER_MAX_CHANNEL_MESSAGE_BYTES == geyser::max_channel_message_bytes);

geyser_status geyser_channel_create_pair(geyser_channel** first, geyser_channel** second) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(first), GEYSER_GIVEN(second)}, [&]() -> Result<void> {
    GEYSER_TAKE(pair, geyser::Channel::create_pair());
    auto one = std::make_unique<geyser_channel>(geyser_channel{std::move(pair.first), {}});
    auto other = std::make_unique<geyser_channel>(geyser_channel{std::move(pair.second), {}});
    *first = one.release();
    *second = other.release();
    return {};
  });
}
geyser_status geyser_channel_connect(const char* name, int64_t timeout, const char* directory, geyser_channel** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(channel, geyser::Channel::connect(name, std::chrono::nanoseconds(bounded(timeout)), or_empty(directory)));
    *out = made<geyser_channel>(std::move(channel));
    return {};
  });
}
geyser_status geyser_channel_adopt(geyser_os_handle socket, geyser_channel** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(handle, take_os_handle(socket, false));
    auto channel = geyser::Channel::adopt(std::move(handle));
    if (!channel) {
      static_cast<void>(handle.release());  // NOLINT(bugprone-use-after-move): adopt() takes it on success only; it stays the caller's
      return std::move(channel).error();
    }
    *out = made<geyser_channel>(std::move(*channel));
    return {};
  });
}
void geyser_channel_destroy(geyser_channel* channel) GEYSER_NOEXCEPT { delete channel; }

geyser_status geyser_channel_send_texture(geyser_channel* channel, const geyser_texture_handle* handle, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(handle)},
              [&]() -> Result<void> { return channel->channel.send_handle(handle->handle, std::chrono::nanoseconds(bounded(timeout))); });
}
geyser_status geyser_channel_send_semaphore(geyser_channel* channel, const geyser_semaphore_handle* handle,
                                            int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(handle)},
              [&]() -> Result<void> { return channel->channel.send_handle(handle->handle, std::chrono::nanoseconds(bounded(timeout))); });
}

namespace {

/// A message that was kept comes first: what is asked for next is something else.
[[nodiscard]] Result<void> nothing_kept(const geyser_channel& channel) {
  if (!channel.kept) return {};
  return geyser::Error(
      geyser::Errc::invalid_state,
      geyser::detail::text("A message of ", channel.kept->size(), " bytes is still to be received; call geyser_channel_receive() first."));
}

}  // namespace

geyser_status geyser_channel_receive_texture(geyser_channel* channel, int64_t timeout, geyser_texture_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(nothing_kept(*channel));
    GEYSER_TAKE(handle, channel->channel.receive_handle(std::chrono::nanoseconds(bounded(timeout))));
    *out = wrap(std::move(handle));
    return {};
  });
}
geyser_status geyser_channel_receive_semaphore(geyser_channel* channel, int64_t timeout, geyser_semaphore_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(nothing_kept(*channel));
    GEYSER_TAKE(handle, channel->channel.receive_semaphore_handle(std::chrono::nanoseconds(bounded(timeout))));
    *out = wrap(std::move(handle));
    return {};
  });
}
geyser_status geyser_channel_send(geyser_channel* channel, const void* bytes, size_t size, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_array(bytes, size, "bytes"));
    return channel->channel.send({static_cast<const std::byte*>(bytes), size}, std::chrono::nanoseconds(bounded(timeout)));
  });
}
geyser_status geyser_channel_receive(geyser_channel* channel, void* bytes, size_t capacity, size_t* size, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(size)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_array(bytes, capacity, "bytes"));
    if (!channel->kept) {
      GEYSER_TAKE(message, channel->channel.receive(std::chrono::nanoseconds(bounded(timeout))));
      channel->kept = std::move(message);
    }
    *size = channel->kept->size();
    if (*size > capacity) {
      return geyser::Error(geyser::Errc::limit_exceeded, geyser::detail::text("The message has ", *size, " bytes, but there is room for ",
                                                                              capacity, "; it is kept: call again with more."));
    }
    if (*size != 0) std::memcpy(bytes, channel->kept->data(), *size);
    channel->kept.reset();
    return {};
  });
}
geyser_status geyser_channel_peer(const geyser_channel* channel, uint32_t* process_id, uint32_t* user_id) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel)}, [&]() -> Result<void> {
    GEYSER_TAKE(peer, channel->channel.peer());
    if (process_id != nullptr) *process_id = peer.process_id;
    if (user_id != nullptr) *user_id = peer.user_id;
    return {};
  });
}
geyser_status geyser_channel_borrow(const geyser_channel* channel, geyser_os_handle* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(channel), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = channel->channel.handle().borrow();
    return {};
  });
}

geyser_status geyser_channel_listener_create(const char* name, const char* directory, geyser_channel_listener** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(listener, geyser::ChannelListener::listen(name, or_empty(directory)));
    *out = made<geyser_channel_listener>(std::move(listener));
    return {};
  });
}
void geyser_channel_listener_destroy(geyser_channel_listener* listener) GEYSER_NOEXCEPT { delete listener; }
geyser_status geyser_channel_listener_accept(geyser_channel_listener* listener, int64_t timeout, geyser_channel** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(listener), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(channel, listener->listener.accept(std::chrono::nanoseconds(bounded(timeout))));
    *out = made<geyser_channel>(std::move(channel));
    return {};
  });
}
