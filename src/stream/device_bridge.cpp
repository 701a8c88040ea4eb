#include "stream/device_bridge.hpp"

#include <algorithm>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser::detail {
namespace {

// How long it sleeps without looking whether it shall stop, and whether the publisher has textures that it does not know.
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(20);
constexpr std::chrono::nanoseconds begin_slice = std::chrono::milliseconds(100);
// Textures that are gone from the native lane are let go at the latest after so many frames.
constexpr std::uint64_t follow_period = 32;
// Frames that do not get across for so long, for whatever reason, go through host memory.
constexpr std::chrono::seconds longest_trouble{2};

}  // namespace

Result<std::shared_ptr<DeviceBridge>> DeviceBridge::start(Setup setup) {
  return guard([&]() -> Result<std::shared_ptr<DeviceBridge>> {
    setup.options.keep_content = true;
    std::shared_ptr<DeviceBridge> bridge(new DeviceBridge(std::move(setup)));
    bridge->thread_ = std::thread([raw = bridge.get()] { raw->run(); });
    return bridge;
  });
}

DeviceBridge::~DeviceBridge() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void DeviceBridge::stop() noexcept {
  stop_.store(true, std::memory_order_release);
  setup_.lane->board().wake();
}

void DeviceBridge::run() noexcept {
  const auto opened = guard([&]() -> Result<void> {
    open();
    return {};
  });
  if (!opened) {
    static_cast<void>(guard([&]() -> Result<void> {
      add_why(std::string(opened.error().message()));
      return {};
    }));
  }
  const bool ready = opened && to_;
  state_.store(ready ? State::ready : State::failed, std::memory_order_release);
  setup_.changed();
  while (ready && !stop_.load(std::memory_order_acquire) && state() == State::ready) {
    const std::uint32_t seen = attachment_->ticket();
    const Step done = step();
    if (done == Step::carried) continue;
    attachment_->release_overdue_waits();
    if (done == Step::nothing) {
      attachment_->sleep(seen, longest_sleep);
    } else {
      std::this_thread::sleep_for(longest_sleep);
    }
  }
  detach();
  if (to_) to_->close();
  attachment_.reset();
  carrier_.reset();
  ended_.store(true, std::memory_order_release);
  setup_.changed();  // so that it is let go
}

void DeviceBridge::open() {
  for (const CarrierWay& way : setup_.ways) {
    if (stop_.load(std::memory_order_acquire)) break;
    auto ok = guard([&] { return try_way(way); });
    if (ok) {
      transport_ = way.transport;
      return;
    }
    add_why(text(to_string(way.transport), ": ", ok.error().message()));
    if (ok.error().code() == Errc::device_lost) forget_devices(setup_.from, setup_.to);
    detach();
    attachment_.reset();
    to_.reset();
    carrier_.reset();
  }
  if (why().empty()) add_why("The stream ended while the devices were opened.");
}

std::string DeviceBridge::why() const {
  const std::lock_guard lock(why_mutex_);
  return why_;
}

void DeviceBridge::add_why(const std::string& words) {
  const std::lock_guard lock(why_mutex_);
  why_ += why_.empty() ? words : " " + words;
}

Result<void> DeviceBridge::try_way(const CarrierWay& way) {
  auto carrier = way.open(setup_.from, setup_.to, setup_.options.texture);
  if (!carrier) return std::move(carrier).error();
  carrier_ = *std::move(carrier);
  if (auto ok = attach(); !ok) return ok;
  if (auto ok = follow_textures(); !ok) return ok;  // what the source device refuses, it refuses now
  Lane::Options options = setup_.options;
  options.kind = static_cast<ipc::LaneKind>(way.transport);
  auto lane = Lane::create(carrier_->target(), options, setup_.changed);
  if (!lane) return std::move(lane).error();
  to_ = *std::move(lane);
  capabilities_ = carrier_->target().capabilities();
  return {};
}

Result<void> DeviceBridge::attach() {
  const Lane& lane = *setup_.lane;
  auto reader = setup_.lane->attach(platform::current_process(), "the bridge to another device");
  if (!reader) return std::move(reader).error();
  reader_ = *std::move(reader);
  ipc::Welcome welcome;
  welcome.lane_id = lane.options().id;
  welcome.lane = ipc::LaneKind::native;
  welcome.stream.pacing = lane.options().pacing;
  const auto copy = [](const OsHandle& from, OsHandle& to) -> Result<void> {
    auto handle = from.duplicate();
    if (!handle) return std::move(handle).error();
    to = *std::move(handle);
    return {};
  };
  if (auto ok = copy(lane.board().handle(), welcome.board); !ok) return ok;
  if (auto ok = copy(reader_->claims.handle(), welcome.claims); !ok) return ok;
  if (auto ok = copy(lane.doorbell().handle(), welcome.doorbell); !ok) return ok;
  auto written = lane.export_written();
  if (!written) return std::move(written).error();
  welcome.written = *std::move(written);
  SubscriberOptions options;
  options.max_held = 2;  // at once; what was let go is held by its device until it has crossed
  auto attachment = Attachment::open(carrier_->source(), options, welcome);
  if (!attachment) return std::move(attachment).error();
  auto ready = (*attachment)->ready();
  if (!ready) return std::move(ready).error();
  {
    const std::lock_guard lock(reader_->mutex);
    reader_->arrived = std::move(ready->released);
  }
  reader_->has_arrived.store(true, std::memory_order_release);
  attachment_ = *std::move(attachment);
  known_.clear();
  return {};
}

Result<void> DeviceBridge::follow_textures() {
  Arrivals arrivals;
  std::vector<std::uint64_t> now;
  Result<void> copied;
  setup_.lane->for_each_texture([&](std::uint64_t id, const TextureHandle& handle) {
    now.push_back(id);
    if (!copied || std::ranges::find(known_, id) != known_.end()) return;
    auto copy = duplicate(handle);
    if (!copy) {
      copied = std::move(copy).error();
      return;
    }
    arrivals.offers.push_back({.lane_id = setup_.lane->options().id, .texture_id = id, .texture = *std::move(copy)});
  });
  if (!copied) return copied;
  for (const std::uint64_t id : known_) {
    if (std::ranges::find(now, id) == now.end()) arrivals.gone.push_back(id);
  }
  if (arrivals.offers.empty() && arrivals.gone.empty()) return {};
  if (auto ok = attachment_->take(std::move(arrivals)); !ok) return ok;
  known_ = std::move(now);
  return {};
}

DeviceBridge::Step DeviceBridge::step() {
  HeldFrame held;
  const auto body = guard([&]() -> Result<Step> {
    if (reader_->broken.load(std::memory_order_acquire)) {
      const std::lock_guard lock(reader_->mutex);
      return Error(Errc::invalid_state, reader_->why_broken);
    }
    auto found = attachment_->find(index_, again_, held);
    if (!found) return std::move(found).error();
    if (*found == Attachment::Search::texture_due) {
      if (auto ok = follow_textures(); !ok) return std::move(ok).error();
      found = attachment_->find(index_, again_, held);
      if (!found) return std::move(found).error();
    }
    if (*found != Attachment::Search::found) return Step::nothing;
    auto taken = take_across(held);
    again_ = !taken;  // a picture that does not change any more shall get there all the same
    auto released = attachment_->release(index_, held);
    index_ = 1 - index_;
    if (!taken) return std::move(taken).error();
    if (!released) return std::move(released).error();
    if (++carried_ % follow_period == 0) {
      if (auto ok = follow_textures(); !ok) return std::move(ok).error();
    }
    return Step::carried;
  });
  if (body) {
    if (*body == Step::carried) complained_ = false;
    return *body;
  }
  complain(body.error());
  return Step::failed;
}

void DeviceBridge::complain(const Error& error) noexcept {
  if (stop_.load(std::memory_order_acquire)) return;
  const auto now = std::chrono::steady_clock::now();
  const bool first = !std::exchange(complained_, true);
  if (first) failing_since_ = now;
  const bool tampered = to_->tampered();
  if (tampered && std::exchange(told_tampered_, true)) return;
  const bool hopeless = error.code() == Errc::device_lost || error.code() == Errc::unsupported_format ||
                        reader_->broken.load(std::memory_order_acquire) || now - failing_since_ > longest_trouble;
  static_cast<void>(guard([&]() -> Result<void> {
    if (first) log(LogLevel::error, text("The bridge to ", setup_.to.name, " does not get frames across: ", error.describe()));
    if (!tampered && hopeless) add_why(text("The bridge ended: ", error.message()));
    return {};
  }));
  if (error.code() == Errc::device_lost) forget_devices(setup_.from, setup_.to);
  if (tampered) return setup_.changed();  // whoever answers readers makes a new bridge, and ends this one
  if (!hopeless) return;
  // Its readers go through host memory.
  state_.store(State::failed, std::memory_order_release);
  setup_.changed();
}

// On the host, because the devices' queues are shared by all streams of the process: a frame that its publisher never finishes shall hold
// up this one alone.
Result<void> DeviceBridge::wait_for(const Access& access) const {
  const auto deadline = std::chrono::steady_clock::now() + default_gpu_timeout;
  while (!stop_.load(std::memory_order_acquire)) {
    auto reached = access.wait(begin_slice);
    if (reached || reached.error().code() != Errc::timed_out || std::chrono::steady_clock::now() > deadline) return reached;
    attachment_->release_overdue_waits();
  }
  return Error(Errc::invalid_state, "The bridge ends.");
}

Result<void> DeviceBridge::take_across(HeldFrame& held) {
  const FrameInfo& info = held.info;
  const TextureDescriptor& texture = held.texture->descriptor();
  if (info.generation != to_->options().generation) {
    if (auto ok = to_->reconfigure(texture, info.generation); !ok) return ok;
    damage_.clear();
  }
  if (info.number > damaged_) {
    damage_.add(info.number, info.damage);
    damaged_ = info.number;
  }
  if (auto ok = wait_for(*held.access); !ok) return ok;
  // Readers over there may hold the publisher up (queue, lockstep) and so this frame, but not this bridge's end.
  auto open = to_->begin(begin_slice);
  while (!open && open.error().code() == Errc::timed_out && !stop_.load(std::memory_order_acquire)) open = to_->begin(begin_slice);
  if (!open) return std::move(open).error();
  const auto regions = regions_of(texture, open->content == 0 ? std::nullopt : damage_.since(open->content));
  const Carrier::End from{held.texture.get(), &*held.access};
  const Carrier::End to{open->texture, &*open->access};
  if (auto ok = carrier_->carry(from, to, regions); !ok) {
    to_->give_back(*std::move(open));
    overdue_ = ok.error().code() == Errc::timed_out;
    return ok;
  }
  BoardFrame frame;
  frame.number = info.number;
  frame.info = info;
  frame.info.skipped = 0;
  return to_->publish(*std::move(open), frame);
}

// As a subscriber ends: no queue hangs on a publisher that never finished a frame.
void DeviceBridge::detach() noexcept {
  if (attachment_) {
    const auto deadline = std::chrono::steady_clock::now() + Attachment::last_work_time;
    while (attachment_->is_owed() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // Only where a device of this process may still wait: others would take what the publisher draws now for finished.
    if (overdue_ && attachment_->is_owed()) {
      attachment_->mark_lost();
      attachment_->release_overdue_waits();
    }
  }
  if (reader_) setup_.lane->detach(reader_);
  reader_.reset();
}

}  // namespace geyser::detail
