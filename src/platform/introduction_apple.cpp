// Apple: how two processes that know a listener's port come to a connection. The client makes the ports of both ends and sends the other
// end what is its own; both can write from then on, whether the listener has looked or not, and a listener that dies ends what it never
// saw.
#include <unistd.h>

#include <array>
#include <cstring>

#include "core/message.hpp"
#include "platform/connection_apple.hpp"
#include "platform/message_apple.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint32_t version = 1;
constexpr std::size_t rights_of_introduction = 4;
constexpr mach_port_msgcount_t adopted_inbox_queue = 32;
constexpr mach_port_msgcount_t adopted_control_queue = 16;
constexpr int dropped_at_once = 64;  // then the caller gets its time back

using Introduction = mach::MessageBuffer<rights_of_introduction, sizeof(version)>;

/// Takes every right out of a message that reads as an introduction.
Result<std::shared_ptr<Connection>> settle(const mach::IncomingMessage& message, const mach::Sender& sender) {
  PeerRights peer{mach::SendRight(message.rights[0].name), mach::SendRight(message.rights[1].name)};
  EndPorts own{mach::ReceiveRight(message.rights[2].name), mach::ReceiveRight(message.rights[3].name)};
  // The client chose how much these queues take.
  if (auto limited = mach::limit_queue(own.inbox, adopted_inbox_queue); !limited) return std::move(limited).error();
  if (auto limited = mach::limit_queue(own.control, adopted_control_queue); !limited) return std::move(limited).error();
  return Connection::create(std::move(own), std::move(peer), {sender.process_id, sender.user_id, sender.user_id == current_user()});
}

}  // namespace

Result<std::shared_ptr<Connection>> introduce(mach_port_name_t service, const std::string& path, PeerCredentials listener,
                                              nanoseconds timeout) {
  auto theirs = EndPorts::create();
  if (!theirs) return std::move(theirs).error();
  auto rights_to_theirs = theirs->rights_for_peer();
  if (!rights_to_theirs) return std::move(rights_to_theirs).error();
  auto ours = EndPorts::create();
  if (!ours) return std::move(ours).error();
  const std::array<mach::OutgoingRight, rights_of_introduction> rights = {{{ours->inbox.name(), MACH_MSG_TYPE_MAKE_SEND},
                                                                           {ours->control.name(), MACH_MSG_TYPE_MAKE_SEND},
                                                                           {theirs->inbox.name(), MACH_MSG_TYPE_MOVE_RECEIVE},
                                                                           {theirs->control.name(), MACH_MSG_TYPE_MOVE_RECEIVE}}};
  auto connection = Connection::create(std::move(*ours), std::move(*rights_to_theirs), listener);
  if (!connection) return connection;
  Introduction buffer;
  mach::write_message(buffer.header(), service, mach::introduction_id, rights, std::as_bytes(std::span(&version, 1)));
  const mach_msg_return_t code = mach::send(buffer.header(), timeout);
  if (code == MACH_MSG_SUCCESS || code == MACH_SEND_TIMED_OUT || code == MACH_SEND_INTERRUPTED) {
    // Sent, or given up with the message.
    static_cast<void>(theirs->inbox.release());
    static_cast<void>(theirs->control.release());
  }
  switch (code) {
    case MACH_MSG_SUCCESS:
      return connection;
    case MACH_SEND_TIMED_OUT:
      return Error(Errc::timed_out, detail::text("The program that listens at \"", path, "\" takes no connection: its queue stays full."),
                   ErrorDomain::none, code);
    case MACH_SEND_INVALID_DEST:
      return Error(Errc::not_found, detail::text("Nobody listens at \"", path, "\"; start the program that should."), ErrorDomain::none,
                   code);
    default:
      return mach::error(detail::text("Connecting to \"", path, "\""), code);
  }
}

Result<std::shared_ptr<Connection>> answer(mach_port_name_t service) {
  constexpr std::array<mach_msg_type_name_t, rights_of_introduction> kinds = {MACH_MSG_TYPE_PORT_SEND, MACH_MSG_TYPE_PORT_SEND,
                                                                              MACH_MSG_TYPE_PORT_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE};
  for (int i = 0; i < dropped_at_once; ++i) {
    Introduction buffer;
    mach_msg_header_t& header = buffer.header();
    const mach_msg_return_t code = mach::receive(header, buffer.size(), service);
    if (code == MACH_RCV_TIMED_OUT || code == MACH_RCV_INTERRUPTED) break;
    if (code == MACH_RCV_TOO_LARGE) continue;
    if (code != MACH_MSG_SUCCESS) return mach::error("Accepting a connection", code);
    // A client may have sent something and gone since: what it sent can still be read.
    const mach::IncomingMessage message = mach::read_message(header, mach::introduction_id, kinds, true);
    const mach::Sender sender = mach::sender_of(header);
    const bool good = message.complaint == nullptr && message.right_count == rights_of_introduction && sender.known &&
                      message.bytes.size() == sizeof(version) && std::memcmp(message.bytes.data(), &version, sizeof(version)) == 0;
    if (good) return settle(message, sender);
    mach_msg_destroy(&header);
  }
  return std::shared_ptr<Connection>();
}

}  // namespace geyser::platform
