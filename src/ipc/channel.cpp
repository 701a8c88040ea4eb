#include "geyser/channel.hpp"

#include <algorithm>
#include <thread>

#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "ipc/deadline.hpp"
#include "ipc/link.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser {
namespace {

using detail::text;

constexpr std::string_view kind = "channel";

[[nodiscard]] std::string directory_or_default(std::string_view directory) {
  return directory.empty() ? platform::default_runtime_directory() : std::string(directory);
}

/// What people see when the kind is not the one asked for.
[[nodiscard]] std::string_view what_came(const ipc::Message& message) noexcept {
  if (std::holds_alternative<ipc::UserTexture>(message)) return "a texture";
  if (std::holds_alternative<ipc::UserSemaphore>(message)) return "a semaphore";
  if (std::holds_alternative<ipc::UserBytes>(message)) return "bytes";
  return "a message of a stream";
}

}  // namespace

struct Channel::Block {
  explicit Block(platform::Socket socket) noexcept : link(std::move(socket)) {}

  template <class Kind>
  [[nodiscard]] Result<Kind> receive(std::string_view wanted, std::chrono::nanoseconds timeout) {
    if (broken) return Error(Errc::peer_gone, "The connection was closed when the other end broke the protocol; connect again.");
    auto message = link.receive(timeout);
    if (!message) {
      if (message.error().code() == Errc::protocol_error) close();
      return std::move(message).error();
    }
    if (Kind* value = std::get_if<Kind>(&*message)) return std::move(*value);
    close();
    return Error(Errc::protocol_error, text("The other end sent ", what_came(*message), " where ", wanted,
                                            " was asked for; both ends must agree on the order. The connection is closed."));
  }
  /// The sender may be at work in another thread: the descriptor stays.
  void close() noexcept {
    broken = true;
    link.socket().shut_down();
  }

  bool broken = false;  // the receiver's
  ipc::Link link;
};

Channel::Channel(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

Result<std::pair<Channel, Channel>> Channel::create_pair() {
  return detail::guard([]() -> Result<std::pair<Channel, Channel>> {
    auto ends = platform::Socket::pair();
    if (!ends) return std::move(ends).error();
    return std::pair(Channel(std::make_unique<Block>(std::move(ends->first))), Channel(std::make_unique<Block>(std::move(ends->second))));
  });
}

Result<Channel> Channel::connect(std::string_view name, std::chrono::nanoseconds timeout, std::string_view directory) {
  return detail::guard([&]() -> Result<Channel> {
    const ipc::Deadline deadline(timeout);
    auto names = platform::RuntimeDirectory::open(directory_or_default(directory));
    if (!names) return std::move(names).error();
    for (;;) {
      auto live = names->find(kind, name);
      if (!live) return std::move(live).error();
      if (!*live) {
        return Error(Errc::not_found, text("No process listens as \"", name, "\" in ", names->path(),
                                           "; start the one that calls ChannelListener::listen() first."));
      }
      auto socket = platform::Socket::connect((*live)->socket_path, deadline.rest());
      if (socket) {
        const auto peer = socket->peer();
        if (!peer) return peer.error().clone();
        if (!peer->same_user) {
          return Error(Errc::invalid_state, text("The channel \"", name, "\" is held by process ", peer->process_id, " of user ",
                                                 peer->user_id, "; only processes of user ", platform::current_user(), " are spoken to."));
        }
        return Channel(std::make_unique<Block>(std::move(*socket)));
      }
      // The name is taken a moment before its holder listens.
      if (socket.error().code() != Errc::not_found || deadline.over()) return std::move(socket).error();
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(deadline.rest(), std::chrono::milliseconds(2)));
    }
  });
}

Result<Channel> Channel::adopt(OsHandle&& handle) {
  return detail::guard([&]() -> Result<Channel> {
    auto block = std::make_unique<Block>(platform::Socket(OsHandle()));  // before the handle is taken: nothing may fail after
    auto socket = platform::Socket::adopt(handle);
    if (!socket) return std::move(socket).error();
    block->link = ipc::Link(std::move(*socket));
    return Channel(std::move(block));
  });
}

Result<void> Channel::send_handle(const TextureHandle& handle, std::chrono::nanoseconds timeout) {
  return ipc::encode_user(handle).and_then([&](ipc::Encoded&& message) { return block_->link.send(message, timeout); });
}

Result<void> Channel::send_handle(const SemaphoreHandle& handle, std::chrono::nanoseconds timeout) {
  return ipc::encode_user(handle).and_then([&](ipc::Encoded&& message) { return block_->link.send(message, timeout); });
}

Result<void> Channel::send(std::span<const std::byte> bytes, std::chrono::nanoseconds timeout) {
  return ipc::encode_user(bytes).and_then([&](ipc::Encoded&& message) { return block_->link.send(message, timeout); });
}

Result<TextureHandle> Channel::receive_handle(std::chrono::nanoseconds timeout) {
  return detail::guard([&] {
    return block_->receive<ipc::UserTexture>("a texture", timeout).transform([](ipc::UserTexture&& user) {
      return std::move(user.texture);
    });
  });
}

Result<SemaphoreHandle> Channel::receive_semaphore_handle(std::chrono::nanoseconds timeout) {
  return detail::guard([&] {
    return block_->receive<ipc::UserSemaphore>("a semaphore", timeout).transform([](ipc::UserSemaphore&& user) {
      return std::move(user.semaphore);
    });
  });
}

Result<std::vector<std::byte>> Channel::receive(std::chrono::nanoseconds timeout) {
  return detail::guard([&] {
    return block_->receive<ipc::UserBytes>("bytes", timeout).transform([](ipc::UserBytes&& user) { return std::move(user.bytes); });
  });
}

Result<PeerIdentity> Channel::peer() const {
  return block_->link.socket().peer().transform(
      [](platform::PeerCredentials&& peer) { return PeerIdentity{peer.process_id, peer.user_id}; });
}

const OsHandle& Channel::handle() const noexcept { return block_->link.socket().handle(); }

struct ChannelListener::Block {
  Block(platform::HeldName held_name, platform::ListeningSocket listening, platform::Poller waiting) noexcept
      : name(std::move(held_name)), socket(std::move(listening)), poller(std::move(waiting)) {}

  platform::HeldName name;  // let go last: nobody else may listen while this socket does
  platform::ListeningSocket socket;
  platform::Poller poller;
  std::vector<platform::Poller::Event> events;
};

ChannelListener::ChannelListener(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
ChannelListener::ChannelListener(ChannelListener&&) noexcept = default;
ChannelListener& ChannelListener::operator=(ChannelListener&&) noexcept = default;
ChannelListener::~ChannelListener() = default;

Result<ChannelListener> ChannelListener::listen(std::string_view name, std::string_view directory) {
  return detail::guard([&]() -> Result<ChannelListener> {
    auto names = platform::RuntimeDirectory::open(directory_or_default(directory));
    if (!names) return std::move(names).error();
    auto held = names->hold(kind, name);
    if (!held) return std::move(held).error();
    auto socket = platform::ListeningSocket::listen(held->socket_path());
    if (!socket) return std::move(socket).error();
    auto poller = platform::Poller::create();
    if (!poller) return std::move(poller).error();
    if (auto added = poller->add(socket->watchable(), 0); !added) return std::move(added).error();
    return ChannelListener(std::make_unique<Block>(std::move(*held), std::move(*socket), std::move(*poller)));
  });
}

Result<Channel> ChannelListener::accept(std::chrono::nanoseconds timeout) {
  return detail::guard([&]() -> Result<Channel> {
    const ipc::Deadline deadline(timeout);
    for (;;) {
      auto socket = block_->socket.accept();
      if (!socket) return std::move(socket).error();
      if (*socket) {
        const auto peer = (*socket)->peer();
        if (peer && peer->same_user) return Channel(std::make_unique<Channel::Block>(std::move(**socket)));
        if (peer) {
          log(LogLevel::warning, text("A channel turned away process ", peer->process_id, " of user ", peer->user_id, "."));
        }
      } else if (deadline.over()) {
        return Error(Errc::timed_out,
                     text("No process connected within ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms."));
      } else {
        block_->poller.wait(deadline.rest(), block_->events);
      }
    }
  });
}

}  // namespace geyser
