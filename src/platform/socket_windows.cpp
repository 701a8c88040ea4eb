// Windows: message-mode named pipes of this user.
#include "platform/socket.hpp"

#include <algorithm>
#include <thread>

#include "core/message.hpp"
#include "platform/inheritance.hpp"
#include "platform/pipe_name_windows.hpp"
#include "platform/pipe_server_windows.hpp"
#include "platform/pipe_windows.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_attempts{5};

Error no_connection() { return system_error("Using a socket that is not connected", ERROR_INVALID_HANDLE); }

Result<void> read_messages(const OsHandle& pipe) {
  DWORD mode = PIPE_READMODE_MESSAGE;
  if (::SetNamedPipeHandleState(native(pipe), &mode, nullptr, nullptr) == 0) return system_error("Preparing a pipe", last_error());
  return {};
}

Result<OsHandle> open_pipe(const std::wstring& name) {
  // The other end may learn who this is, and not act as it.
  OsHandle pipe = owned(::CreateFileW(full_pipe_name(name).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                      FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
  if (!pipe) return Error(Errc::os_error, "", ErrorDomain::win32, last_error());
  if (auto ready = read_messages(pipe); !ready) return std::move(ready).error();
  return pipe;
}

/// Who `process` is, and that process opened for duplicating handles where that may be.
Result<PeerCredentials> credentials_of(std::uint32_t process, OsHandle* opened) {
  PeerCredentials peer;
  peer.process_id = process;
  OsHandle handle = owned(::OpenProcess(PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, process));
  const bool can_duplicate = static_cast<bool>(handle);
  if (!handle) handle = owned(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process));
  if (!handle) return peer;
  auto theirs = user_sid_of(native(handle));
  if (!theirs) return peer;
  auto ours = current_user_sid();
  if (!ours) return std::move(ours).error();
  peer.user_id = last_part_of_sid(*theirs);
  peer.same_user = *theirs == *ours;
  if (opened != nullptr && can_duplicate && peer.same_user) *opened = std::move(handle);
  return peer;
}

/// One client of a listener.
struct Served {
  std::unique_ptr<Pipe> pipe;
  PeerCredentials peer;
};
/// Empty for a client that is gone already.
Result<std::optional<Served>> serve(OsHandle handle) {
  ULONG client = 0;
  if (::GetNamedPipeClientProcessId(native(handle), &client) == 0) return std::optional<Served>();
  OsHandle process;
  auto peer = credentials_of(client, &process);
  if (!peer) return std::move(peer).error();
  auto courier = Courier::for_server(client, std::move(process));
  if (!courier) return std::move(courier).error();
  auto pipe = Pipe::create(std::move(handle), std::move(*courier));
  if (!pipe) return std::move(pipe).error();
  return std::optional(Served{std::move(*pipe), *peer});
}

}  // namespace

struct Socket::State {
  std::unique_ptr<Pipe> pipe;
  PeerCredentials peer;
  bool peer_known = false;  // else the system is asked: of a pair it knows who made it
};

std::uint32_t current_user() noexcept {
  try {
    auto sid = current_user_sid();
    return sid ? last_part_of_sid(*sid) : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

Result<std::pair<Socket, Socket>> Socket::pair() {
  auto name = new_pair_name();
  if (!name) return std::move(name).error();
  auto server_end = make_instance(*name, true, 1);
  if (!server_end) return std::move(server_end).error();
  auto client_end = open_pipe(*name);
  if (!client_end) return system_error("Making a pair of pipes", static_cast<int>(client_end.error().native_code()));
  const auto finish = [&](OsHandle handle, PipeSide side) -> Result<Socket> {
    auto courier = Courier::for_pair(side, *name);
    if (!courier) return std::move(courier).error();
    auto pipe = Pipe::create(std::move(handle), std::move(*courier));
    if (!pipe) return std::move(pipe).error();
    Socket socket{OsHandle()};
    socket.state_ = std::make_shared<State>();
    socket.state_->pipe = std::move(*pipe);
    return socket;
  };
  auto first = finish(std::move(*server_end), PipeSide::server);
  if (!first) return std::move(first).error();
  auto second = finish(std::move(*client_end), PipeSide::client);
  if (!second) return std::move(second).error();
  return std::pair(std::move(*first), std::move(*second));
}

Result<Socket> Socket::adopt(OsHandle& handle) {
  const std::wstring name = pair_name_of(handle);
  DWORD flags = 0;
  if (name.empty() || ::GetNamedPipeInfo(native(handle), &flags, nullptr, nullptr, nullptr) == 0) {
    return Error(Errc::invalid_argument, detail::text("The handle ", handle.borrow(),
                                                      " is no connected message socket; give one end of a pair that this library made."));
  }
  if (auto ready = read_messages(handle); !ready) return std::move(ready).error();
  auto courier = Courier::for_pair((flags & PIPE_SERVER_END) != 0 ? PipeSide::server : PipeSide::client, name);
  if (!courier) return std::move(courier).error();
  Socket socket{OsHandle()};
  socket.state_ = std::make_shared<State>();
  keep_from_children(handle);
  auto pipe = Pipe::create(std::move(handle), std::move(*courier));
  if (!pipe) return std::move(pipe).error();
  socket.state_->pipe = std::move(*pipe);
  return socket;
}

Result<Socket> Socket::connect(const std::string& path, nanoseconds timeout) {
  auto name = pipe_name_of(path);
  if (!name) return std::move(name).error();
  const auto begin = steady_clock::now();
  while (true) {
    auto handle = open_pipe(*name);
    if (handle) {
      ULONG server = 0;
      if (::GetNamedPipeServerProcessId(native(*handle), &server) == 0) return system_error("Asking who is at the other end", last_error());
      auto peer = credentials_of(server, nullptr);
      if (!peer) return std::move(peer).error();
      auto courier = Courier::for_client(server);
      if (!courier) return std::move(courier).error();
      auto pipe = Pipe::create(std::move(*handle), std::move(*courier));
      if (!pipe) return std::move(pipe).error();
      Socket socket{OsHandle()};
      socket.state_ = std::make_shared<State>();
      socket.state_->pipe = std::move(*pipe);
      socket.state_->peer = *peer;
      socket.state_->peer_known = true;
      return socket;
    }
    const auto code = static_cast<int>(handle.error().native_code());
    if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND) {
      return Error(Errc::not_found, detail::text("Nobody listens at \"", path, "\"; start the program that should."), ErrorDomain::win32,
                   code);
    }
    if (code != ERROR_PIPE_BUSY) return system_error(detail::text("Connecting to \"", path, "\""), code);
    const auto left = timeout - (steady_clock::now() - begin);
    if (left <= nanoseconds::zero()) {
      return Error(Errc::timed_out, detail::text("The program that listens at \"", path, "\" takes no connection: its queue stays full."),
                   ErrorDomain::win32, code);
    }
    std::this_thread::sleep_for(std::min<nanoseconds>(left, between_attempts));
  }
}

Result<SendOutcome> Socket::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  if (bytes.empty())
    return Error(Errc::invalid_argument, "The message has no bytes, which the peer could not tell from an end; send at least one.");
  if (bytes.size() > max_datagram_bytes) {
    return Error(Errc::limit_exceeded,
                 detail::text("The message has ", bytes.size(), " bytes, and at most ", max_datagram_bytes, " are allowed; split it."));
  }
  if (handles.size() > max_datagram_handles) {
    return Error(Errc::limit_exceeded, detail::text("The message has ", handles.size(), " handles, and at most ", max_datagram_handles,
                                                    " are allowed; split it."));
  }
  if (!state_) return no_connection();
  return state_->pipe->send(bytes, handles);
}

Result<std::optional<Datagram>> Socket::receive() const {
  if (!state_) return no_connection();
  return state_->pipe->receive();
}

bool Socket::wait_readable(nanoseconds timeout) const noexcept { return !state_ || state_->pipe->wait_readable(timeout); }
bool Socket::wait_writable(nanoseconds timeout) const noexcept { return !state_ || state_->pipe->wait_writable(timeout); }

void Socket::shut_down() const noexcept {
  if (state_) state_->pipe->shut_down();
}

Result<PeerCredentials> Socket::peer() const {
  if (!state_) return no_connection();
  if (state_->peer_known) return state_->peer;
  ULONG process = 0;
  const HANDLE pipe = native(state_->pipe->handle());
  if ((state_->pipe->side() == PipeSide::server ? ::GetNamedPipeClientProcessId(pipe, &process)
                                                : ::GetNamedPipeServerProcessId(pipe, &process)) == 0) {
    return system_error("Asking who is at the other end", last_error());
  }
  return credentials_of(process, nullptr);
}

const OsHandle& Socket::handle() const noexcept { return state_ ? state_->pipe->handle() : handle_; }
Watchable Socket::watchable() const noexcept { return state_ ? state_->pipe->watchable() : Watchable(); }

struct ListeningSocket::State {
  explicit State(PipeServer listening) noexcept : server(std::move(listening)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// Clients that nobody accepted may be of this process, and have handles on their way.
  ~State() {
    try {
      for (auto taken = server.take(); taken && *taken; taken = server.take()) static_cast<void>(serve(std::move(**taken)));
    } catch (const std::exception&) {  // without memory they stay until this process ends
    }
  }
  PipeServer server;
};

Result<ListeningSocket> ListeningSocket::listen(const std::string& path) {
  auto name = pipe_name_of(path);
  if (!name) return std::move(name).error();
  auto server = PipeServer::create(*name);
  if (!server) {
    const Error& error = server.error();
    return Error(error.code(), detail::text("Listening at \"", path, "\": ", error.message()), error.domain(), error.native_code());
  }
  ListeningSocket listener{OsHandle()};
  listener.state_ = std::make_shared<State>(std::move(*server));
  return listener;
}

Result<std::optional<Socket>> ListeningSocket::accept() const {
  while (true) {
    auto taken = state_->server.take();
    if (!taken) return std::move(taken).error();
    if (!*taken) return std::optional<Socket>();
    auto served = serve(std::move(**taken));
    if (!served) return std::move(served).error();
    if (!*served) continue;
    if ((*served)->peer.same_user) {
      // A client of this user that has more rights cannot be given handles; it still is spoken to.
      auto greeted = (*served)->pipe->greet();
      if (!greeted && greeted.error().code() == Errc::peer_gone) continue;
      if (!greeted && greeted.error().code() == Errc::out_of_memory) return std::move(greeted).error();
    }
    Socket socket{OsHandle()};
    socket.state_ = std::make_shared<Socket::State>();
    socket.state_->pipe = std::move((*served)->pipe);
    socket.state_->peer = (*served)->peer;
    socket.state_->peer_known = true;
    return std::optional(std::move(socket));
  }
}

Watchable ListeningSocket::watchable() const noexcept { return state_ ? state_->server.watchable() : Watchable(); }

}  // namespace geyser::platform
