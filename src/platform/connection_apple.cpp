#include "platform/connection_apple.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "core/message.hpp"
#include "platform/message_apple.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;

// Messages on their way to one end, and after how many read ones it says so. Full messages of a window take two MiB of the kernel.
constexpr std::uint32_t window = 32;
constexpr std::uint32_t acknowledged_at_once = 8;
// One token, and what a window's acknowledgements need, twice: a peer that sends more spends its own time.
constexpr mach_port_msgcount_t control_queue = 1 + 2 * window / acknowledged_at_once;

using SmallMessage = mach::MessageBuffer<0, sizeof(std::uint32_t)>;
using LargeMessage = mach::MessageBuffer<max_datagram_handles + 1, max_datagram_bytes>;

/// Ends by the names of their ports. A name is an end's as long as that end lives.
class Registry {
 public:
  void add_set(mach_port_name_t name, const std::shared_ptr<Connection>& connection) {
    const std::scoped_lock lock(mutex_);
    sets_[name] = connection;
  }
  void own(mach_port_name_t name, std::shared_ptr<Connection> connection) {
    const std::scoped_lock lock(mutex_);
    handles_[name] = std::move(connection);
  }
  void remove_set(mach_port_name_t name) noexcept {
    const std::scoped_lock lock(mutex_);
    sets_.erase(name);
  }
  [[nodiscard]] std::shared_ptr<Connection> of_set(mach_port_name_t name) {
    const std::scoped_lock lock(mutex_);
    const auto found = sets_.find(name);
    return found != sets_.end() ? found->second.lock() : nullptr;
  }
  [[nodiscard]] std::shared_ptr<Connection> of_handle(mach_port_name_t name) {
    const std::scoped_lock lock(mutex_);
    const auto found = handles_.find(name);
    return found != handles_.end() ? found->second : nullptr;
  }
  /// Drops an end that no handle names any more.
  void check(mach_port_name_t name) noexcept {
    std::shared_ptr<Connection> last;  // ends behind the lock
    const std::scoped_lock lock(mutex_);
    const auto found = handles_.find(name);
    if (found == handles_.end()) return;
    mach_port_urefs_t handles = 0;
    mach_port_get_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, &handles);
    if (handles != 0) return;
    last = std::move(found->second);
    handles_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<mach_port_name_t, std::weak_ptr<Connection>> sets_;
  std::unordered_map<mach_port_name_t, std::shared_ptr<Connection>> handles_;
};
Registry& registry() {
  static auto* const ends = new Registry;  // handles in statics are closed after every static of ours would be gone
  return *ends;
}

Error gone() { return Error(Errc::peer_gone, "The other process has closed the connection."); }

Error send_error(mach_msg_return_t code) {
  switch (code) {
    case MACH_SEND_INVALID_DEST:
      return gone();
    case MACH_SEND_INVALID_RIGHT:
      return Error(Errc::os_error, "A handle of the message is no send right of this process to a port that lives.", ErrorDomain::none,
                   code);
    default:
      return mach::error("Sending a message", code);
  }
}

Error protocol_error(std::string_view complaint) {
  return Error(Errc::protocol_error, detail::text("A message of the other process ", complaint, "."));
}

}  // namespace

Result<EndPorts> EndPorts::create() {
  auto inbox = mach::make_port(window);
  if (!inbox) return std::move(inbox).error();
  auto control = mach::make_port(control_queue);
  if (!control) return std::move(control).error();
  return EndPorts{std::move(*inbox), std::move(*control)};
}

Result<PeerRights> EndPorts::rights_for_peer() const {
  auto to_inbox = mach::make_send_right(inbox);
  if (!to_inbox) return std::move(to_inbox).error();
  auto to_control = mach::make_send_right(control);
  if (!to_control) return std::move(to_control).error();
  return PeerRights{std::move(*to_inbox), std::move(*to_control)};
}

Result<std::shared_ptr<Connection>> Connection::create(EndPorts own, PeerRights peer, PeerCredentials credentials) {
  const std::shared_ptr<Connection> connection(new Connection(std::move(own), std::move(peer), credentials));
  if (auto opened = connection->open(); !opened) return std::move(opened).error();
  registry().add_set(connection->readable_.name(), connection);
  return connection;
}

Result<void> Connection::open() {
  auto bell = mach::make_port(MACH_PORT_QLIMIT_BASIC);
  if (!bell) return std::move(bell).error();
  bell_ = std::move(*bell);
  auto name = mach::make_port(1);
  if (!name) return std::move(name).error();
  name_ = std::move(*name);
  auto readable = mach::make_set(own_.inbox, bell_);
  if (!readable) return std::move(readable).error();
  readable_ = std::move(*readable);
  auto writable = mach::make_set(own_.control, bell_);
  if (!writable) return std::move(writable).error();
  writable_ = std::move(*writable);
  room_ = window;
  put_token();
  if (!MACH_PORT_VALID(peer_.control.name())) {  // the peer was gone before it was met
    ring();
    return {};
  }
  // Told at once when it is dead already.
  mach_port_t previous = MACH_PORT_NULL;
  const kern_return_t code = mach_port_request_notification(mach_task_self(), peer_.control.name(), MACH_NOTIFY_DEAD_NAME, 1, bell_.name(),
                                                            MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
  if (code != KERN_SUCCESS) return mach::error("Asking to be told when the other process closes the connection", code);
  watched_ = true;
  // A peer that gave one port to two connections: the request of the first ends, and with it that connection.
  if (MACH_PORT_VALID(previous)) mach_port_deallocate(mach_task_self(), previous);
  return {};
}

Connection::~Connection() {
  if (MACH_PORT_VALID(readable_.name())) registry().remove_set(readable_.name());
  if (!watched_) return;
  mach_port_t pending = MACH_PORT_NULL;
  if (mach_port_request_notification(mach_task_self(), peer_.control.name(), MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL,
                                     MACH_MSG_TYPE_MAKE_SEND_ONCE, &pending) == KERN_SUCCESS &&
      MACH_PORT_VALID(pending)) {
    mach_port_deallocate(mach_task_self(), pending);
  }
  // Each notice of a death came with a reference to the dead name. Only the kernel can have sent it.
  SmallMessage buffer;
  while (mach::receive(buffer.header(), buffer.size(), bell_.name()) == MACH_MSG_SUCCESS) {
    if (buffer.header().msgh_id == MACH_NOTIFY_DEAD_NAME) mach_port_deallocate(mach_task_self(), peer_.control.name());
    mach_msg_destroy(&buffer.header());
  }
}

std::shared_ptr<Connection> Connection::of_handle(const OsHandle& handle) {
  return handle ? registry().of_handle(mach::name_of(handle.borrow())) : nullptr;
}
std::shared_ptr<Connection> Connection::of_set(mach_port_name_t name) { return registry().of_set(name); }
void handle_was_closed(mach_port_name_t name) noexcept { registry().check(name); }

bool Connection::is_over() const noexcept { return ended_.load() || mach::wait_for_message(bell_.name(), nanoseconds::zero()); }

// The control port has a message whenever the peer has room, so that a poller needs to know no more than ports: a token of our own, or
// acknowledgements. send() takes them all out when the room is used up.
void Connection::put_token() noexcept {
  SmallMessage buffer;
  mach::write_message(buffer.header(), own_.control.name(), mach::token_id, {}, {});
  buffer.header().msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0U);
  static_cast<void>(mach::send(buffer.header(), nanoseconds::zero()));  // a full queue has a message, too
}

void Connection::collect_room() noexcept {
  SmallMessage buffer;
  constexpr std::array none{static_cast<mach_msg_type_name_t>(MACH_MSG_TYPE_PORT_SEND)};
  // As many as the queue holds: a peer that sends on and on keeps nobody here.
  for (mach_port_msgcount_t i = 0; i < control_queue; ++i) {
    const mach_msg_return_t code = mach::receive(buffer.header(), buffer.size(), own_.control.name());
    if (code == MACH_RCV_TOO_LARGE) continue;
    if (code != MACH_MSG_SUCCESS) break;
    const auto message = mach::read_message(buffer.header(), mach::room_id, none);
    std::uint32_t count = 0;
    if (message.complaint == nullptr && message.right_count == 0 && message.bytes.size() == sizeof(count)) {
      std::memcpy(&count, message.bytes.data(), sizeof(count));
      room_ = std::min(window, room_ + std::min(window, count));
    }
    mach_msg_destroy(&buffer.header());
  }
  if (room_ != 0) put_token();
}

Result<SendOutcome> Connection::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) {
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
  std::array<mach::OutgoingRight, max_datagram_handles> rights;
  for (std::size_t i = 0; i < handles.size(); ++i) {
    rights[i].name = mach::name_of(handles[i]);
    // The kernel would deliver a name that is none as such; the peer would refuse it and the sender never know.
    if (!mach::is_live_send_right(rights[i].name)) return send_error(MACH_SEND_INVALID_RIGHT);
  }
  const std::scoped_lock lock(mutex_);
  if (is_over()) return gone();
  if (room_ == 0) collect_room();
  if (room_ == 0) return SendOutcome::full;
  LargeMessage buffer;
  mach::write_message(buffer.header(), peer_.inbox.name(), mach::datagram_id, std::span(rights).first(handles.size()), bytes);
  const mach_msg_return_t code = mach::send(buffer.header(), nanoseconds::zero());
  if (code == MACH_SEND_TIMED_OUT) {
    // It promised room that it has not. From now on only its next word counts.
    room_ = 0;
    collect_room();
    return SendOutcome::full;
  }
  if (code != MACH_MSG_SUCCESS) return send_error(code);
  if (--room_ == 0) collect_room();
  return SendOutcome::sent;
}

Result<std::optional<Datagram>> Connection::receive() {
  auto taken = take();
  if (!taken || *taken || !is_over()) return taken;
  // What came before the end comes before the end: look once more, now that nothing can follow.
  taken = take();
  if (taken && !*taken) return gone();
  return taken;
}

Result<std::optional<Datagram>> Connection::take() {
  LargeMessage buffer;
  mach_msg_header_t& header = buffer.header();
  const mach_msg_return_t code = mach::receive(header, buffer.size(), own_.inbox.name());
  if (code == MACH_RCV_TIMED_OUT || code == MACH_RCV_INTERRUPTED) return std::optional<Datagram>();
  if (code == MACH_RCV_TOO_LARGE) {
    acknowledge();
    return protocol_error(detail::text("has more than ", max_datagram_bytes, " bytes"));
  }
  if (code != MACH_MSG_SUCCESS) {
    if ((code & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR) acknowledge();
    return mach::error("Receiving a message", code);
  }
  acknowledge();
  constexpr std::array send_rights{static_cast<mach_msg_type_name_t>(MACH_MSG_TYPE_PORT_SEND)};
  const mach::IncomingMessage message = mach::read_message(header, mach::datagram_id, send_rights);
  const mach::Sender sender = mach::sender_of(header);
  const auto refuse = [&](std::string_view complaint) {
    mach_msg_destroy(&header);
    return protocol_error(complaint);
  };
  if (message.complaint != nullptr) return refuse(message.complaint);
  if (message.bytes.empty()) return refuse(message.right_count != 0 ? "has handles and no bytes" : "has no bytes");
  {
    const std::scoped_lock lock(mutex_);
    if (!sender.known || sender.user_id != credentials_.user_id) return refuse("comes from another user");
    credentials_.process_id = sender.process_id;
  }
  Datagram datagram;
  try {
    datagram.bytes.assign(message.bytes.begin(), message.bytes.end());
    datagram.handles.reserve(message.right_count);
  } catch (...) {
    mach_msg_destroy(&header);
    throw;
  }
  for (std::size_t i = 0; i < message.right_count; ++i) datagram.handles.emplace_back(mach::value_of(message.rights[i].name));
  return std::optional(std::move(datagram));
}

void Connection::acknowledge() noexcept {
  if (++unacknowledged_ < acknowledged_at_once) return;
  SmallMessage buffer;
  const auto bytes = std::as_bytes(std::span(&unacknowledged_, 1));
  mach::write_message(buffer.header(), peer_.control.name(), mach::room_id, {}, bytes);
  // No room for it: the next one says it too.
  if (mach::send(buffer.header(), nanoseconds::zero()) == MACH_MSG_SUCCESS) unacknowledged_ = 0;
}

bool Connection::wait_readable(nanoseconds timeout) const noexcept {
  return ended_.load() || mach::wait_for_message(readable_.name(), timeout);
}

bool Connection::wait_writable(nanoseconds timeout) noexcept { return ended_.load() || mach::wait_for_message(writable_.name(), timeout); }

void Connection::ring() noexcept {
  SmallMessage buffer;
  mach::write_message(buffer.header(), bell_.name(), mach::bell_id, {}, {});
  buffer.header().msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0U);  // which asks for no room
  static_cast<void>(mach::send(buffer.header(), nanoseconds::zero()));
}

void Connection::shut_down() noexcept {
  if (ended_.exchange(true)) return;
  ring();
  const std::scoped_lock lock(mutex_);
  own_.control.reset();  // the peer is told by the kernel
}

PeerCredentials Connection::peer() const {
  const std::scoped_lock lock(mutex_);
  return credentials_;
}

Watchable Connection::watchable() const noexcept { return {mach::value_of(readable_.name()), mach::value_of(writable_.name())}; }

Result<OsHandle> Connection::handle() {
  auto right = mach::make_send_right(name_);
  if (!right) return std::move(right).error();
  registry().own(name_.name(), shared_from_this());
  return OsHandle(mach::value_of(right->release()));
}

}  // namespace geyser::platform
