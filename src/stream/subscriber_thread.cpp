// The subscriber's other thread: looks for the publisher, listens to it, and notices when it goes.
#include <algorithm>

#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "stream/names.hpp"
#include "stream/subscriber_core.hpp"

namespace geyser::detail {
namespace {

constexpr std::uint64_t folder_key = 1;
constexpr std::uint64_t socket_key = 2;
// A publisher that dies leaves no trace in the folder, and a promise that is overdue makes no noise: so it looks.
constexpr std::chrono::nanoseconds look_period = std::chrono::milliseconds(250);
constexpr std::chrono::nanoseconds connect_time = std::chrono::milliseconds(500);
constexpr std::chrono::nanoseconds refused_pause = std::chrono::milliseconds(500);

}  // namespace

void SubscriberCore::run() noexcept {
  bool attached_once = false;
  if (folder_.watchable()) static_cast<void>(poller_.add(folder_.watchable(), folder_key));
  while (!stop_.load(std::memory_order_acquire)) {
    const auto turn = guard([&]() -> Result<void> {
      const auto link = search();
      if (!link) return {};
      converse(link);
      return {};
    });
    if (!turn) log(LogLevel::error, text("Listening to \"", name_, "\": ", turn.error().describe()));
    lose();
    bool refused = false;
    {
      const std::lock_guard lock(mutex_);
      refused = refusal_.has_value();
      attached_once = attached_once || attachments_ != 0;
    }
    if (stop_.load(std::memory_order_acquire)) break;
    if (!options_.reconnect || retired_.load(std::memory_order_acquire) || (refused && !attached_once)) {
      state_.store(SubscriberState::ended, std::memory_order_release);
      break;
    }
    if (refused || !turn) {
      std::vector<platform::Poller::Event> events;
      poller_.wait(refused_pause, events);
    }
  }
  // What was promised to frames that are still out is looked after until the end.
  std::vector<platform::Poller::Event> events;
  while (!stop_.load(std::memory_order_acquire)) {
    poller_.wait(look_period, events);
    tend();
  }
}

std::shared_ptr<ipc::Link> SubscriberCore::search() {
  std::vector<platform::Poller::Event> events;
  while (!stop_.load(std::memory_order_acquire) && !retired_.load(std::memory_order_acquire)) {
    tend();
    auto entry = folder_.find(stream_kind, name_);
    if (entry && entry->has_value()) {
      auto socket = platform::Socket::connect((*entry)->socket_path, connect_time);
      if (socket) {
        auto peer = socket->peer();
        if (peer && peer->same_user) {
          bring([&] { found_ = true; });
          auto link = std::make_shared<ipc::Link>(*std::move(socket));
          ipc::Hello hello;
          hello.application = options_.application;
          hello.require_zero_copy = options_.require_zero_copy;
          hello.require_peer = options_.require_peer;
          hello.max_held = options_.max_held;
          hello.capabilities = manager_.capabilities();
          auto sent = link->send(hello, connect_time);
          if (sent) return link;
          log(LogLevel::warning, text("Greeting the publisher of \"", name_, "\": ", sent.error().describe()));
        } else if (peer) {
          log(LogLevel::warning,
              text("The stream \"", name_, "\" is served by user ", peer->user_id, ", not by this one; it is left alone."));
        }
      }
    }
    poller_.wait(look_period, events);
    folder_.wait_for_change(std::chrono::nanoseconds(0));  // empties the watch
  }
  return nullptr;
}

void SubscriberCore::converse(const std::shared_ptr<ipc::Link>& link) {
  if (auto ok = poller_.add(link->socket().watchable(), socket_key); !ok) {
    log(LogLevel::error, ok.error().describe());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    refusal_.reset();
    link_ = link;
  }
  std::vector<platform::Poller::Event> events;
  bool going_on = true;
  while (going_on && !stop_.load(std::memory_order_acquire)) {
    poller_.wait(look_period, events);
    tend();
    for (const auto& event : events) {
      if (event.key == folder_key) folder_.wait_for_change(std::chrono::nanoseconds(0));
    }
    while (going_on) {
      auto message = link->try_receive();
      if (!message) {
        if (message.error().code() == Errc::out_of_memory) {
          log(LogLevel::error, text("A message of \"", name_, "\" was lost: ", message.error().describe()));
        } else if (message.error().code() != Errc::peer_gone) {
          log(LogLevel::error, text("The publisher of \"", name_, "\" breaks the protocol: ", message.error().describe()));
        }
        going_on = false;
      } else if (!message->has_value()) {
        break;
      } else {
        going_on = take(*std::move(*message));
      }
    }
  }
  poller_.remove(link->socket().watchable());
}

bool SubscriberCore::take(ipc::Message&& message) {
  if (auto* welcome = std::get_if<ipc::Welcome>(&message)) {
    if (welcome->version != ipc::protocol_version) {
      bring([&] {
        refusal_ = Error(Errc::protocol_error, text("The publisher of \"", name_, "\" speaks version ", welcome->version,
                                                    " of the protocol and this program version ", ipc::protocol_version, "."));
      });
      return false;
    }
    bring([&] {
      stream_ = welcome->stream;
      rejected_ = welcome->rejected;
      offered_lane_ = welcome->lane_id;
      arrivals_ = {};
      welcome_ = std::move(*welcome);
      state_.store(SubscriberState::attached, std::memory_order_release);
    });
    return true;
  }
  if (auto* offer = std::get_if<ipc::TextureOffer>(&message)) {
    bool fits = true;
    bring([&] {
      if (offer->lane_id != offered_lane_) return;
      fits = arrivals_.offers.size() < max_stream_textures;
      if (fits) arrivals_.offers.push_back(std::move(*offer));
    });
    if (!fits) log(LogLevel::error, text("The publisher of \"", name_, "\" offers more than ", max_stream_textures, " textures at once."));
    return fits;
  }
  if (const auto* gone = std::get_if<ipc::TextureGone>(&message)) {
    bring([&] {
      if (gone->lane_id != offered_lane_) return;
      // One that was never imported needs no import.
      if (std::erase_if(arrivals_.offers, [&](const auto& o) { return o.texture_id == gone->texture_id; }) == 0 &&
          arrivals_.gone.size() < std::size_t{2} * max_stream_textures) {
        arrivals_.gone.push_back(gone->texture_id);
      }
    });
    return true;
  }
  if (auto* changed = std::get_if<ipc::StreamChanged>(&message)) {
    bring([&] { stream_ = std::move(changed->stream); });
    return true;
  }
  if (auto* refusal = std::get_if<ipc::Refusal>(&message)) {
    bring([&] { refusal_ = Error(refusal->code, refusal->message); });
    return false;
  }
  if (!std::holds_alternative<ipc::Goodbye>(message)) {
    log(LogLevel::error, text("The publisher of \"", name_, "\" sent a message that only readers send."));
  }
  return false;
}

void SubscriberCore::bring(const std::function<void()>& change) {
  std::vector<std::weak_ptr<Attachment>> watched;
  {
    const std::lock_guard lock(mutex_);
    change();
    news_.store(true, std::memory_order_release);
    watched = watched_;
  }
  changed_.notify_all();
  for (const auto& weak : watched) {
    if (const auto attachment = weak.lock()) attachment->wake();
  }
}

void SubscriberCore::lose() noexcept {
  {
    const std::lock_guard lock(mutex_);
    link_.reset();
    for (const auto& weak : watched_) {
      if (const auto attachment = weak.lock()) {
        attachment->mark_lost();
        attachment->wake();
      }
    }
    if (state_.load(std::memory_order_relaxed) == SubscriberState::attached) {
      state_.store(SubscriberState::waiting, std::memory_order_release);
    }
    news_.store(true, std::memory_order_release);
  }
  changed_.notify_all();
}

void SubscriberCore::tend() noexcept {
  const auto body = guard([&]() -> Result<void> {
    std::vector<std::shared_ptr<Attachment>> attachments;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& weak : watched_) {
        if (auto attachment = weak.lock()) attachments.push_back(std::move(attachment));
      }
    }
    for (const auto& attachment : attachments) attachment->release_overdue_waits();
    return {};
  });
  if (!body) log(LogLevel::warning, body.error().message());
}

}  // namespace geyser::detail
