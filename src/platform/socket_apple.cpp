// Apple: connections over Mach ports. Unlike a descriptor, an end of a connection stays in its process: its handle means something here
// only.
#include "platform/socket.hpp"

#include <unistd.h>

#include "core/message.hpp"
#include "platform/connection_apple.hpp"
#include "platform/listener_apple.hpp"

namespace geyser::platform {

struct Socket::State {
  std::shared_ptr<Connection> connection;
};
struct ListeningSocket::State {
  mach::ReceiveRight service;
};

namespace {

using std::chrono::nanoseconds;

template <class State>
std::shared_ptr<Connection> connection_of(const OsHandle& handle, const std::shared_ptr<State>& state) {
  if (state) return state->connection;
  return Connection::of_handle(handle);
}

Error no_connection() { return Error(Errc::invalid_state, "There is no connection: the socket is empty, or its end was closed."); }

}  // namespace

std::uint32_t current_user() noexcept { return ::geteuid(); }

Result<std::pair<Socket, Socket>> Socket::pair() {
  auto first = EndPorts::create();
  if (!first) return std::move(first).error();
  auto second = EndPorts::create();
  if (!second) return std::move(second).error();
  auto to_first = first->rights_for_peer();
  if (!to_first) return std::move(to_first).error();
  auto to_second = second->rights_for_peer();
  if (!to_second) return std::move(to_second).error();
  const PeerCredentials self{static_cast<std::uint32_t>(::getpid()), current_user(), true};
  auto a = Connection::create(std::move(*first), std::move(*to_second), self);
  if (!a) return std::move(a).error();
  auto b = Connection::create(std::move(*second), std::move(*to_first), self);
  if (!b) return std::move(b).error();
  std::pair<Socket, Socket> ends{Socket(OsHandle()), Socket(OsHandle())};
  for (auto* end : {&ends.first, &ends.second}) {
    const auto& connection = end == &ends.first ? *a : *b;
    auto handle = connection->handle();
    if (!handle) return std::move(handle).error();
    end->handle_ = std::move(*handle);
    end->state_ = std::make_shared<State>(State{connection});
  }
  return ends;
}

Result<Socket> Socket::connect(const std::string& path, nanoseconds timeout) {
  auto service = look_up_service(path);
  if (!service) return std::move(service).error();
  auto connection = introduce(service->port.name(), path, {service->process_id, current_user(), true}, timeout);
  if (!connection) return std::move(connection).error();
  auto handle = (*connection)->handle();
  if (!handle) return std::move(handle).error();
  Socket socket(std::move(*handle));
  socket.state_ = std::make_shared<State>(State{std::move(*connection)});
  return socket;
}

Result<Socket> Socket::adopt(OsHandle& handle) {
  auto connection = Connection::of_handle(handle);
  if (!connection) {
    return Error(Errc::invalid_argument, detail::text("The handle ", handle.borrow(),
                                                      " is no connected message socket of this process; on Apple's systems "
                                                      "processes cannot hand one on, so let them connect to a name instead."));
  }
  auto state = std::make_shared<State>(State{std::move(connection)});
  Socket socket(std::move(handle));
  socket.state_ = std::move(state);
  return socket;
}

Result<SendOutcome> Socket::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  const auto connection = connection_of(handle_, state_);
  if (!connection) return no_connection();
  return connection->send(bytes, handles);
}

Result<std::optional<Datagram>> Socket::receive() const {
  const auto connection = connection_of(handle_, state_);
  if (!connection) return no_connection();
  return connection->receive();
}

bool Socket::wait_readable(nanoseconds timeout) const noexcept {
  const auto connection = connection_of(handle_, state_);
  return !connection || connection->wait_readable(timeout);
}

bool Socket::wait_writable(nanoseconds timeout) const noexcept {
  const auto connection = connection_of(handle_, state_);
  return !connection || connection->wait_writable(timeout);
}

void Socket::shut_down() const noexcept {
  if (const auto connection = connection_of(handle_, state_)) connection->shut_down();
}

Result<PeerCredentials> Socket::peer() const {
  const auto connection = connection_of(handle_, state_);
  if (!connection) return no_connection();
  return connection->peer();
}

const OsHandle& Socket::handle() const noexcept { return handle_; }
Watchable Socket::watchable() const noexcept {
  const auto connection = connection_of(handle_, state_);
  return connection ? connection->watchable() : Watchable();
}

Result<ListeningSocket> ListeningSocket::listen(const std::string& path) {
  auto service = publish_service(path);
  if (!service) return std::move(service).error();
  ListeningSocket listener{OsHandle()};
  listener.state_ = std::make_shared<State>(State{std::move(*service)});
  return listener;
}

Result<std::optional<Socket>> ListeningSocket::accept() const {
  if (!state_) return no_connection();
  auto connection = answer(state_->service.name());
  if (!connection) return std::move(connection).error();
  if (!*connection) return std::optional<Socket>();
  auto handle = (*connection)->handle();
  if (!handle) return std::move(handle).error();
  Socket socket(std::move(*handle));
  socket.state_ = std::make_shared<Socket::State>(Socket::State{std::move(*connection)});
  return std::optional(std::move(socket));
}

Watchable ListeningSocket::watchable() const noexcept {
  if (!state_) return {};
  return {mach::value_of(state_->service.name()), OsHandle::none};
}

}  // namespace geyser::platform
