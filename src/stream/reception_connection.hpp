// One reader, or somebody who asks; reception*.cpp only.
#pragma once

#include "stream/reception.hpp"

namespace geyser::detail {

struct Reception::Connection {
  Connection(ipc::Link l, std::uint64_t k, platform::PeerCredentials p) : link(std::move(l)), key(k), peer(p) {}

  ipc::Link link;
  std::uint64_t key;
  platform::PeerCredentials peer;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  std::deque<ipc::Message> outbox;
  bool full = false;         // the socket took no more
  bool awaits_room = false;  // the poller says when it takes more
  bool retry = false;        // something failed that may work in a while (no free descriptor)
  bool ending = false;       // closed once the outbox is empty
  bool dead = false;
  bool told_change = true;  // knows the stream's present description

  // Since Hello.
  bool greeted = false;
  ipc::Hello hello;
  std::vector<std::string> rejected;
  bool awaits_device = false;  // a bridge to its device is being made; it may be on the host lane meanwhile
  bool device_tried = false;   // there is none for it
  bool no_host = false;        // it could not use the host lane
  // Since Welcome.
  std::shared_ptr<Lane> lane;
  ipc::LaneKind kind = ipc::LaneKind::native;
  std::shared_ptr<LaneReader> reader;
  bool ready = false;
  std::set<std::uint64_t> sent;  // texture ids

  /// On a lane on its own device that a bridge fills.
  [[nodiscard]] bool is_bridged() const noexcept { return lane && kind != ipc::LaneKind::native && kind != ipc::LaneKind::host; }
  /// What it says of that lane is late: it was moved to another one meanwhile, or waits for one.
  [[nodiscard]] bool has_moved_from(std::uint64_t lane_id) const noexcept { return lane ? lane->options().id != lane_id : awaits_device; }
  [[nodiscard]] Transport transport() const { return lane ? ipc::transport_of(kind) : Transport::none; }
  [[nodiscard]] std::string who() const {
    return text("process ", peer.process_id, hello.application.empty() ? "" : " (", hello.application,
                hello.application.empty() ? "" : ")");
  }
};

}  // namespace geyser::detail
