#include "stream/reception.hpp"

#include <algorithm>

#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/reception_connection.hpp"

namespace geyser::detail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t listener_key = 0;
// A busy machine may take its time between a reader's connect() and its Hello.
constexpr std::chrono::nanoseconds greeting_time = std::chrono::seconds(5);
constexpr std::chrono::nanoseconds retry_period = std::chrono::milliseconds(100);
constexpr std::chrono::nanoseconds idle_period = std::chrono::seconds(10);
constexpr std::chrono::nanoseconds accept_pause = std::chrono::milliseconds(10);
// A reader that lied may be an honest one that went astray, so it may come again; until then the others are rid of it.
constexpr std::chrono::seconds banned_time{2};
// Answers that wait because the peer does not read. More is a peer that only asks.
constexpr std::size_t max_outbox = 16;
// Messages taken from one connection before the others have their turn.
constexpr int max_messages_at_once = 16;
constexpr std::size_t max_connections = max_stream_readers + 32;

}  // namespace

Reception::Reception(ReceptionDesk& desk, platform::ListeningSocket listener, platform::Poller poller) noexcept
    : desk_(desk), listener_(std::move(listener)), poller_(std::move(poller)) {}

Result<std::unique_ptr<Reception>> Reception::open(ReceptionDesk& desk, platform::ListeningSocket listener) {
  return guard([&]() -> Result<std::unique_ptr<Reception>> {
    auto poller = platform::Poller::create();
    if (!poller) return std::move(poller).error();
    if (auto ok = poller->add(listener.watchable(), listener_key); !ok) return std::move(ok).error();
    std::unique_ptr<Reception> reception(new Reception(desk, std::move(listener), *std::move(poller)));
    reception->thread_ = std::thread([raw = reception.get()] { raw->run(); });
    return reception;
  });
}

Reception::~Reception() { stop(); }

void Reception::stop() noexcept {
  stop_.store(true, std::memory_order_release);
  poller_.wake();
  if (thread_.joinable()) thread_.join();
  for (auto& [key, connection] : connections_) {
    static_cast<void>(connection->link.try_send(ipc::Goodbye{}));
    leave_lane(*connection);
  }
  connections_.clear();
}

void Reception::notify() noexcept {
  look_.store(true, std::memory_order_release);
  poller_.wake();
}

void Reception::wake_readers() noexcept {
  wake_due_.store(true, std::memory_order_release);
  poller_.wake();
}

void Reception::announce_change() noexcept {
  changed_.store(true, std::memory_order_release);
  notify();
}

bool Reception::wait_for_readers(std::size_t count, std::chrono::nanoseconds timeout) const {
  std::unique_lock lock(mutex_);
  return ready_cv_.wait_for(lock, timeout, [&] { return readers() >= count; });
}

std::vector<ReaderStatus> Reception::reader_status() const {
  const std::lock_guard lock(mutex_);
  return reader_status_locked();
}

std::vector<ReaderStatus> Reception::reader_status_locked() const {
  std::vector<ReaderStatus> all;
  for (const auto& [key, connection] : connections_) {
    if (!connection->lane) continue;
    const ClaimCounters counters = connection->reader->claims.counters();
    ReaderStatus status;
    status.process_id = connection->peer.process_id;
    status.application = connection->hello.application;
    status.transport = connection->transport();
    for (const auto& reason : connection->rejected) status.why_not_zero_copy += (status.why_not_zero_copy.empty() ? "" : " ") + reason;
    status.frames = counters.frames;
    status.skipped = counters.skipped;
    status.last_frame = counters.last_frame;
    status.claims = counters.held;
    status.latency_p50 = counters.latency_p50;
    status.latency_p99 = counters.latency_p99;
    all.push_back(std::move(status));
  }
  return all;
}

void Reception::run() noexcept {
  std::vector<platform::Poller::Event> events;
  std::chrono::nanoseconds pause = idle_period;
  while (!stop_.load(std::memory_order_acquire)) {
    poller_.wait(pause, events);
    if (stop_.load(std::memory_order_acquire)) return;
    const bool woke = wake_due_.exchange(false, std::memory_order_acq_rel);
    if (woke) desk_.native_lane()->board().wake();
    // A frame is no reason to look at every connection.
    if (!look_.exchange(false, std::memory_order_acq_rel) && woke && events.empty()) continue;
    const std::lock_guard lock(mutex_);
    const auto body = guard([&]() -> Result<void> {
      for (const auto& event : events) {
        if (event.key == listener_key) {
          accept_all();
          continue;
        }
        const auto at = connections_.find(event.key);
        if (at == connections_.end()) continue;
        if (event.writable) at->second->full = false;
        if (event.readable || event.closed) read(*at->second);
      }
      const bool changed = changed_.exchange(false, std::memory_order_acq_rel);
      pause = idle_period;
      for (auto& [key, connection] : connections_) {
        if (changed && connection->lane) connection->told_change = false;
        tend(*connection);
        if (connection->retry || !connection->greeted) pause = std::min(pause, retry_period);
      }
      return {};
    });
    // Without memory the reader in hand is not served now; the next turn tries again.
    if (!body) {
      log(LogLevel::warning, body.error().message());
      pause = retry_period;
    }
    for (auto at = connections_.begin(); at != connections_.end();) {
      if (!at->second->dead) {
        ++at;
        continue;
      }
      leave_lane(*at->second);
      poller_.remove(at->second->link.socket().watchable());
      at = connections_.erase(at);
    }
    count_ready();
  }
}

void Reception::count_ready() noexcept {
  std::size_t ready = 0;
  std::size_t on_host = 0;
  for (const auto& [key, connection] : connections_) {
    ready += connection->ready ? 1 : 0;
    on_host += connection->lane && connection->kind == ipc::LaneKind::host ? 1 : 0;
  }
  if (on_host != host_ready_ || std::exchange(host_asked_, false)) desk_.host_readers(on_host);
  host_ready_ = on_host;
  // Always, once there was one: it may have been for a reader that left in the same turn, and those that have ended are let go.
  static_cast<void>(guard([&]() -> Result<void> {
    if (!bridge_asked_) return {};
    std::set<DeviceKey> bridged;
    for (const auto& [key, connection] : connections_) {
      if (connection->awaits_device || connection->is_bridged()) bridged.insert(key_of(connection->hello.capabilities.identity));
    }
    desk_.bridged_devices(bridged);
    return {};
  }));
  if (ready_.exchange(ready, std::memory_order_acq_rel) != ready) ready_cv_.notify_all();
}

void Reception::accept_all() {
  while (true) {
    auto socket = listener_.accept();
    if (!socket) {
      log(LogLevel::warning, text("A reader of \"", desk_.info().name, "\" cannot be let in: ", socket.error().describe()));
      std::this_thread::sleep_for(accept_pause);  // it stays in the queue, and the poller would report it again at once
      return;
    }
    if (!socket->has_value()) return;
    auto peer = (*socket)->peer();
    if (!peer || !peer->same_user) {
      log(LogLevel::warning, text("A process of user ", peer ? peer->user_id : 0, " was turned away from \"", desk_.info().name,
                                  "\": streams are for processes of one user."));
      continue;
    }
    const std::uint64_t key = next_key_++;
    auto connection = std::make_unique<Connection>(ipc::Link(*std::move(*socket)), key, *peer);
    if (auto ok = poller_.add(connection->link.socket().watchable(), key); !ok) {
      log(LogLevel::warning, ok.error().describe());
      continue;
    }
    Connection& added = *connection;
    connections_.emplace(key, std::move(connection));
    if (connections_.size() > max_connections) {
      refuse(added, Errc::limit_exceeded, text("The stream has ", max_connections, " connections already; close some readers."));
    }
  }
}

void Reception::read(Connection& connection) {
  for (int i = 0; i < max_messages_at_once && !connection.dead && !connection.ending; ++i) {
    auto message = connection.link.try_receive();
    if (!message) {
      if (message.error().code() != Errc::peer_gone) {
        log(LogLevel::warning, text("The connection to ", connection.who(), " is closed: ", message.error().describe()));
      }
      connection.dead = true;
      return;
    }
    if (!message->has_value()) return;
    take(connection, *std::move(*message));
  }
}

void Reception::take(Connection& connection, ipc::Message&& message) {
  if (auto* hello = std::get_if<ipc::Hello>(&message)) return greet(connection, std::move(*hello));
  if (auto* request = std::get_if<ipc::StatusRequest>(&message)) {
    if (request->version != ipc::protocol_version) {
      return refuse(
          connection, Errc::protocol_error,
          text("This publisher speaks version ", ipc::protocol_version, " of the protocol, and was asked in ", request->version, "."));
    }
    connection.greeted = true;
    if (connection.outbox.size() >= max_outbox) {
      connection.dead = true;
      return;
    }
    // Filled when it is sent.
    connection.outbox.emplace_back(ipc::StatusReply{});
    return;
  }
  if (auto* ready = std::get_if<ipc::ReaderReady>(&message)) {
    if (connection.has_moved_from(ready->lane_id)) return;
    if (!connection.lane || connection.ready || ready->released.size() > max_held_frames) {
      return refuse(connection, Errc::protocol_error, "ReaderReady came out of turn or with too many semaphores.");
    }
    {
      const std::lock_guard lock(connection.reader->mutex);
      connection.reader->arrived = std::move(ready->released);
    }
    connection.reader->has_arrived.store(true, std::memory_order_release);
    connection.ready = true;
    return;
  }
  if (auto* failed = std::get_if<ipc::LaneFailed>(&message)) {
    if (connection.has_moved_from(failed->lane_id)) return;
    return lane_failed(connection, failed->code, text("the reader's device refused it: ", failed->message));
  }
  refuse(connection, Errc::protocol_error, "The reader sent a message that only publishers send.");
}

void Reception::greet(Connection& connection, ipc::Hello&& hello) {
  if (connection.greeted) return refuse(connection, Errc::protocol_error, "Hello came twice.");
  connection.greeted = true;
  connection.hello = std::move(hello);
  const ipc::Hello& said = connection.hello;
  if (said.version != ipc::protocol_version) {
    return refuse(connection, Errc::protocol_error,
                  text("The publisher speaks version ", ipc::protocol_version, " of the protocol and the reader version ", said.version,
                       "; use the same release of the library in both."));
  }
  std::erase_if(banned_, [now = Clock::now()](const auto& entry) { return entry.second <= now; });
  if (banned_.contains(connection.peer.process_id)) {
    return refuse(connection, Errc::protocol_error,
                  text("A reader of process ", connection.peer.process_id, " broke the rules of this stream less than ",
                       banned_time.count(), " seconds ago; the publisher's log says how."));
  }
  const auto readers = std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c.second->lane != nullptr; });
  if (static_cast<std::size_t>(readers) >= max_stream_readers) {
    return refuse(connection, Errc::limit_exceeded, text("The stream has ", max_stream_readers, " readers already, which is the most."));
  }
  take_rung(connection);
}

bool Reception::welcome(Connection& connection, const std::shared_ptr<Lane>& lane, ipc::LaneKind kind) {
  auto reader = lane->attach(connection.peer.process_id, connection.hello.application);
  if (!reader) return refuse(connection, reader.error().code(), std::string(reader.error().message())), false;
  connection.lane = lane;
  connection.kind = kind;
  connection.reader = *std::move(reader);
  connection.ready = false;
  connection.sent.clear();
  ipc::Welcome message;
  message.lane_id = lane->options().id;
  message.lane = kind;
  message.stream = desk_.info();
  message.rejected = connection.rejected;
  const auto copy = [](const OsHandle& from, OsHandle& to) -> Result<void> {
    auto handle = from.duplicate();
    if (!handle) return std::move(handle).error();
    to = *std::move(handle);
    return {};
  };
  auto ok = copy(lane->board().handle(), message.board);
  if (ok) ok = copy(connection.reader->claims.handle(), message.claims);
  if (ok) ok = copy(lane->doorbell().handle(), message.doorbell);
  if (ok) {
    auto written = lane->export_written();
    if (written) {
      message.written = *std::move(written);
    } else {
      ok = std::move(written).error();
    }
  }
  if (!ok) return refuse(connection, ok.error().code(), std::string(ok.error().message())), false;
  connection.told_change = true;
  connection.outbox.emplace_back(std::move(message));
  return true;
}

void Reception::refuse(Connection& connection, Errc code, std::string message) {
  log(LogLevel::info, text("The stream \"", desk_.info().name, "\" refuses ", connection.who(), ": ", message));
  message.resize(std::min(message.size(), ipc::max_text_bytes));
  leave_lane(connection);
  connection.outbox.clear();
  connection.outbox.emplace_back(ipc::Refusal{code, std::move(message)});
  connection.ending = true;
  connection.awaits_device = false;
  connection.greeted = true;
}

void Reception::leave_lane(Connection& connection) noexcept {
  if (!connection.lane) return;
  connection.lane->detach(connection.reader);
  connection.lane.reset();
  connection.reader.reset();
  connection.ready = false;
}

void Reception::tend(Connection& connection) {
  if (connection.dead) return;
  if (!connection.greeted && Clock::now() - connection.since > greeting_time) {
    log(LogLevel::info, text("The connection to ", connection.who(), " is closed: it did not say what it wants."));
    connection.dead = true;
    return;
  }
  if (connection.lane && connection.reader->broken.load(std::memory_order_acquire)) {
    std::string why;
    {
      const std::lock_guard lock(connection.reader->mutex);
      why = connection.reader->why_broken;
    }
    log(LogLevel::warning, text("The stream \"", desk_.info().name, "\" cannot serve ", connection.who(), " any longer: ", why));
    if (connection.reader->lied.load(std::memory_order_acquire)) {
      banned_[connection.peer.process_id] = Clock::now() + banned_time;
      refuse(connection, Errc::protocol_error, text("The reader broke the rules of the stream: ", why));
    } else {
      lane_failed(connection, Errc::unsupported_handle, text("the publisher's device refused the reader's semaphores: ", why));
    }
  }
  if (connection.awaits_device) look_at_bridge(connection);
  if (connection.lane) follow_lane(connection);
  flush(connection);
}

void Reception::flush(Connection& connection) {
  connection.retry = false;
  while (!connection.full && !connection.dead) {
    if (!connection.outbox.empty()) {
      if (auto* reply = std::get_if<ipc::StatusReply>(&connection.outbox.front()); reply != nullptr && reply->status.stream.name.empty()) {
        reply->status = desk_.status();
        reply->status.readers = reader_status_locked();
      }
      auto sent = connection.link.try_send(connection.outbox.front());
      if (!sent) {
        if (sent.error().code() == Errc::out_of_memory) {
          connection.retry = true;
          return;
        }
        if (sent.error().code() != Errc::peer_gone) log(LogLevel::warning, text("To ", connection.who(), ": ", sent.error().describe()));
        connection.dead = true;
        return;
      }
      if (*sent == platform::SendOutcome::sent) {
        connection.outbox.pop_front();
        continue;
      }
      connection.full = true;
    } else if (connection.ending) {
      connection.dead = true;
      return;
    } else if (!connection.lane || (connection.told_change && !flush_textures(connection))) {
      break;
    } else if (!connection.told_change) {
      connection.outbox.emplace_back(ipc::StreamChanged{desk_.info()});
      connection.told_change = true;
    }
  }
  if (connection.full == connection.awaits_room) return;
  connection.awaits_room = connection.full;
  static_cast<void>(poller_.change(connection.link.socket().watchable(), connection.key, connection.full));
}

// One texture at a time, so that a peer that does not read holds nothing in memory. False: nothing is left to say.
bool Reception::flush_textures(Connection& connection) {
  std::optional<ipc::TextureOffer> offer;
  std::set<std::uint64_t> known;
  Result<void> copied;
  connection.lane->for_each_texture([&](std::uint64_t id, const TextureHandle& handle) {
    known.insert(id);
    if (offer || !copied || connection.sent.contains(id)) return;
    offer.emplace();
    offer->lane_id = connection.lane->options().id;
    offer->texture_id = id;
    offer->texture.info = handle.info;
    for (std::size_t i = 0; i < handle.handles.size() && copied; ++i) {
      if (!handle.handles[i]) continue;
      auto copy = handle.handles[i].duplicate();
      if (copy) {
        offer->texture.handles[i] = *std::move(copy);
      } else {
        copied = std::move(copy).error();
      }
    }
  });
  if (!copied) {
    connection.retry = true;
    return false;
  }
  if (offer) {
    connection.sent.insert(offer->texture_id);
    connection.outbox.emplace_back(*std::move(offer));
    return true;
  }
  const auto gone = std::find_if(connection.sent.begin(), connection.sent.end(), [&](std::uint64_t id) { return !known.contains(id); });
  if (gone == connection.sent.end()) return false;
  connection.outbox.emplace_back(ipc::TextureGone{connection.lane->options().id, *gone});
  connection.sent.erase(gone);
  return true;
}

}  // namespace geyser::detail
