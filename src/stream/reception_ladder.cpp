// By what way a reader gets its frames: the publisher's own textures, else a lane on its device that a bridge fills, else host memory.
#include <algorithm>

#include "core/between_processes.hpp"
#include "core/message.hpp"
#include "stream/reception_connection.hpp"

namespace geyser::detail {
namespace {

/// Binary semaphores are above host timelines on the ladder, but no lane has them.
Capabilities for_lanes(const Capabilities& all) {
  Capabilities timelines = between_processes(all);
  std::erase_if(timelines.semaphores, [](const auto& rung) { return rung.kind == SemaphoreKind::binary; });
  return timelines;
}

/// Why that reader cannot use that lane; empty when it can.
std::string why_not(const Lane& lane, const Capabilities& lane_device, const Capabilities& reader) {
  auto common = negotiate(for_lanes(lane_device), for_lanes(reader));
  if (!common) return std::string(common.error().message());
  if (lane.accepts(*common)) return {};
  return text("the textures are ", lane.describe_types(), ", and the reader's device takes ", to_string(common->memory), " with ",
              to_string(common->semaphore), " semaphores.");
}

}  // namespace

void Reception::take_rung(Connection& connection) {
  const auto native = desk_.native_lane();
  auto why = why_not(*native, desk_.capabilities(), connection.hello.capabilities);
  if (why.empty()) {
    welcome(connection, native, ipc::LaneKind::native);
    return;
  }
  connection.rejected.push_back(std::move(why));
  fall(connection);
}

void Reception::fall(Connection& connection) {
  leave_lane(connection);
  if (connection.hello.require_zero_copy) {
    return refuse(connection, Errc::unsupported_handle,
                  text("The reader asked for zero copy, which is not possible: ", connection.rejected.back()));
  }
  connection.awaits_device = !connection.device_tried;
  if (connection.awaits_device) {
    look_at_bridge(connection);
  } else {
    move_to_host(connection);
  }
}

void Reception::lane_failed(Connection& connection, Errc code, std::string reason) {
  const bool last = !connection.lane || (connection.kind == ipc::LaneKind::host && !connection.awaits_device);
  if (last) return refuse(connection, code, text("No way to hand frames over is left; ", reason));
  connection.rejected.push_back(std::move(reason));
  if (connection.is_bridged()) connection.device_tried = true;
  if (connection.kind == ipc::LaneKind::host) {
    leave_lane(connection);  // until the bridge is there
    connection.no_host = true;
    return;
  }
  fall(connection);
}

void Reception::look_at_bridge(Connection& connection) {
  const auto give_up = [&](std::string why) {
    connection.awaits_device = false;
    connection.device_tried = true;
    if (!why.empty()) connection.rejected.push_back(std::move(why));
    if (!connection.lane) move_to_host(connection);
  };
  const Capabilities& reader = connection.hello.capabilities;
  if (reader.identity.device_uuid.is_nil() || check_same_device(desk_.info().device, reader.identity)) return give_up({});
  auto bridge = desk_.device_bridge(reader.identity);
  bridge_asked_ = true;
  if (!bridge) return give_up(std::string(bridge.error().message()));
  const DeviceBridge& there = **bridge;
  switch (there.state()) {
    case DeviceBridge::State::opening:
      // Who wants the newest frame gets it through host memory until then; who wants every one starts when there is no more to change.
      if (!connection.lane && !connection.no_host && !connection.hello.require_peer && desk_.info().pacing == Pacing::latest) {
        host_asked_ = true;
        if (auto lane = desk_.host_lane()) welcome(connection, *lane, ipc::LaneKind::host);
      }
      return;
    case DeviceBridge::State::failed:
      return give_up(text("no bridge to the reader's device: ", there.why()));
    case DeviceBridge::State::ready:
      break;
  }
  if (connection.hello.require_peer && there.transport() != Transport::peer_copy) {
    return give_up(text("the way to the reader's device is ", to_string(there.transport()), ". ", there.why()));
  }
  if (auto why = why_not(*there.lane(), there.capabilities(), reader); !why.empty()) return give_up(std::move(why));
  connection.awaits_device = false;
  if (!there.why().empty()) connection.rejected.push_back(there.why());
  leave_lane(connection);
  welcome(connection, there.lane(), static_cast<ipc::LaneKind>(there.transport()));
}

void Reception::move_to_host(Connection& connection) {
  const std::string why = connection.rejected.empty() ? std::string() : connection.rejected.back();
  if (connection.hello.require_peer) {
    return refuse(connection, Errc::unsupported_handle,
                  text("The reader asked for zero copy or a copy from GPU to GPU, which is not possible: ", why));
  }
  if (connection.no_host) return refuse(connection, Errc::unsupported_handle, text("No way to hand frames over is left: ", why));
  host_asked_ = true;
  auto lane = desk_.host_lane();
  if (!lane) return refuse(connection, lane.error().code(), text(lane.error().message(), " Zero copy is not possible: ", why));
  leave_lane(connection);
  welcome(connection, *lane, ipc::LaneKind::host);
}

// A lane is made anew when its semaphore has been tampered with.
void Reception::follow_lane(Connection& connection) {
  if (connection.is_bridged()) {
    auto bridge = desk_.device_bridge(connection.hello.capabilities.identity);
    if (bridge && (*bridge)->state() == DeviceBridge::State::ready && (*bridge)->lane() == connection.lane) return;
    return fall(connection);
  }
  auto current = connection.kind == ipc::LaneKind::native ? Result(desk_.native_lane()) : desk_.host_lane();
  if (!current) return refuse(connection, current.error().code(), std::string(current.error().message()));
  if (connection.lane == *current) return;
  const ipc::LaneKind kind = connection.kind;
  leave_lane(connection);
  welcome(connection, *current, kind);
}

}  // namespace geyser::detail
