#include "stream/publisher_core.hpp"

#include <random>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "stream/names.hpp"

namespace geyser::detail {
namespace {

// Lanes made anew for one frame because a reader has raised their semaphore.
constexpr int max_replacements = 4;
// Readers of either lane may hold up the next frame, and one wait can only look at those of one.
constexpr std::chrono::nanoseconds turn = std::chrono::milliseconds(2);

Uuid new_uuid() {
  std::random_device random;
  Uuid uuid;
  for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(random());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0fU) | 0x40U);  // version 4, RFC 9562
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3fU) | 0x80U);
  return uuid;
}

Result<void> check(const PublisherOptions& options) {
  if (auto ok = check_stream_name(options.name); !ok) return ok;
  if (options.ring < 2 || options.ring > max_ring) {
    return Error(Errc::invalid_argument, text("PublisherOptions::ring is ", options.ring, "; 2 to ", max_ring, " textures are allowed."));
  }
  if (options.pacing != Pacing::latest && options.pacing != Pacing::queue && options.pacing != Pacing::lockstep) {
    return Error(Errc::invalid_argument, text("PublisherOptions::pacing is ", static_cast<int>(options.pacing), ", which is no Pacing."));
  }
  return validate(options.texture);
}

/// Who holds the name: better than the bare fact.
Error taken(const platform::RuntimeDirectory& folder, const std::string& name, Error&& cause) {
  auto entry = folder.find(stream_kind, name);
  if (!entry || !entry->has_value()) return std::move(cause);
  auto info = ipc::decode_announcement((*entry)->announcement);
  if (!info) return std::move(cause);
  return Error(Errc::invalid_state, text("The stream name \"", name, "\" is taken by process ", info->process_id, " (", info->application,
                                         "); choose another name or end that program."));
}

Result<void> check(const TextureDescriptor& texture, const FrameMetadata& metadata) {
  if (metadata.user_data.size() > max_user_data_bytes) {
    return Error(Errc::invalid_argument, text("FrameMetadata::user_data has ", metadata.user_data.size(), " bytes; at most ",
                                              max_user_data_bytes, " are allowed."));
  }
  if (metadata.damage) {
    const Rect& d = *metadata.damage;
    if (std::uint64_t{d.x} + d.width > texture.extent.width || std::uint64_t{d.y} + d.height > texture.extent.height) {
      return Error(Errc::invalid_argument,
                   text("FrameMetadata::damage reaches to ", std::uint64_t{d.x} + d.width, "x", std::uint64_t{d.y} + d.height,
                        ", beyond the texture's ", texture.extent.width, "x", texture.extent.height, "."));
    }
  }
  if (metadata.timestamp && to_string(metadata.timestamp->clock) == "unknown") {
    return Error(Errc::invalid_argument, "FrameMetadata::timestamp names no clock of ClockType.");
  }
  return {};
}

}  // namespace

PublisherCore::PublisherCore(TextureShareManager manager, const PublisherOptions& options, platform::HeldName held)
    : manager_(std::move(manager)), options_(options), uuid_(new_uuid()), held_(std::move(held)) {
  if (options_.application.empty()) options_.application = platform::program_name();
  info_.name = options_.name;
  info_.uuid = uuid_;
  info_.application = options_.application;
  info_.process_id = platform::current_process();
  info_.backend = manager_.backend_name();
  info_.device = manager_.identity();
  info_.texture = options_.texture;
  info_.generation = 1;
  info_.pacing = options_.pacing;
  info_.ring = options_.ring;
}

Result<std::shared_ptr<PublisherCore>> PublisherCore::create(const TextureShareManager& manager, const PublisherOptions& options) {
  if (auto ok = check(options); !ok) return std::move(ok).error();
  auto folder = platform::RuntimeDirectory::open(options.directory.empty() ? platform::default_runtime_directory() : options.directory);
  if (!folder) return std::move(folder).error();
  auto held = folder->hold(stream_kind, options.name);
  if (!held)
    return held.error().code() == Errc::invalid_state ? taken(*folder, options.name, std::move(held).error()) : std::move(held).error();
  auto listener = platform::ListeningSocket::listen(held->socket_path());
  if (!listener) return std::move(listener).error();

  std::shared_ptr<PublisherCore> core(new PublisherCore(Private::make(Private::shared(manager)), options, *std::move(held)));
  auto native = Lane::create(core->manager_, core->lane_options(ipc::LaneKind::native), core->notifier(), core->waker());
  if (!native) return std::move(native).error();
  core->native_ = *std::move(native);
  core->native_is_host_ = manager.backend_name() == "host";
  core->thread_bound_ = Private::backend(core->manager_)->thread_bound();
  auto reception = Reception::open(*core, *std::move(listener));
  if (!reception) return std::move(reception).error();
  core->reception_ = *std::move(reception);
  auto announcement = ipc::encode_announcement(core->info_);
  if (!announcement) return std::move(announcement).error();
  if (auto ok = core->held_->announce(*announcement); !ok) return std::move(ok).error();
  return core;
}

PublisherCore::~PublisherCore() { shut_down(); }

void PublisherCore::shut_down() noexcept {
  held_.reset();  // first: a restarted publisher may take the name at once
  // Before the bridges end: a reader whose lane ends while it is still looked after would be told that there is no way left to it.
  if (reception_) reception_->stop();
  std::shared_ptr<HostBridge> bridge;
  {
    const std::lock_guard lock(mutex_);
    bridge = std::move(bridge_);
  }
  bridge.reset();  // before the reception, which it notifies
  bridges_.end();
  reception_.reset();
  if (native_) native_->close();
}

Lane::Options PublisherCore::lane_options(ipc::LaneKind kind) {
  return {.id = next_lane_id_++,
          .kind = kind,
          .texture = info_.texture,
          .generation = info_.generation,
          .pacing = options_.pacing,
          .ring = options_.ring,
          .linear = options_.linear && kind == ipc::LaneKind::native,  // host memory is linear as it is
          .handle_type = kind == ipc::LaneKind::native ? options_.handle_type : std::nullopt,
          .first_frame = published_.load(std::memory_order_relaxed) + (kind == ipc::LaneKind::native ? 1 : 0)};
}

std::function<void()> PublisherCore::notifier() {
  // A lane calls it only while the core lives; the reception is the first to go.
  return [this] {
    if (reception_) reception_->notify();
  };
}

std::function<void()> PublisherCore::waker() {
  return [this] {
    if (reception_) reception_->wake_readers();
  };
}

Result<WriteFrame::Block*> PublisherCore::begin(std::chrono::nanoseconds timeout) {
  if (frame_out_) {
    return Error(Errc::invalid_state,
                 text("Frame ", frame_.number, " of \"", options_.name, "\" is still open; publish or destroy it first."));
  }
  auto open = begin_in_lane(timeout);
  // A reader that does it again and again loses by it: the others are on a new lane each time.
  for (int tries = 0; !open && native_->tampered() && tries < max_replacements; ++tries) {
    if (auto ok = replace_lane(); !ok) return std::move(ok).error();
    open = begin_in_lane(timeout);
  }
  if (!open) return std::move(open).error();
  frame_.open = *std::move(open);
  frame_.lane = native_;
  frame_.number = published_.load(std::memory_order_relaxed) + 1;
  frame_.core = shared_from_this();
  frame_out_ = true;
  return &frame_;
}

std::shared_ptr<HostBridge> PublisherCore::carried_bridge() const {
  if (!thread_bound_) return nullptr;
  const std::lock_guard lock(mutex_);
  return bridge_;
}

Result<Lane::Open> PublisherCore::begin_in_lane(std::chrono::nanoseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto bridge = carried_bridge();
  if (!bridge) return native_->begin(timeout);
  // What came too late for publish(): a reader that has just joined, a frame that a reader of the host lane held up.
  auto carried = bridge->carry(std::chrono::nanoseconds::zero());
  if (options_.pacing == Pacing::latest) return native_->begin(timeout);
  const auto deadline = Clock::now() + std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24));
  while (true) {
    // While a frame waits for readers of the host lane, the bridge is what the native lane waits for, and nobody but this thread moves it.
    const auto left = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - Clock::now()));
    auto open = native_->begin(carried ? std::min(left, turn) : std::chrono::nanoseconds::zero());
    if (open || open.error().code() != Errc::timed_out) return open;
    if (left == std::chrono::nanoseconds::zero()) return carried ? std::move(open) : Result<Lane::Open>(std::move(carried).error());
    carried = bridge->carry(std::min(left, turn));
  }
}

// A reader has raised the stream's semaphore, which every reader can: its values say nothing any more. Everybody gets new ones.
Result<void> PublisherCore::replace_lane() {
  log(LogLevel::error,
      text("A reader of \"", options_.name, "\" has signalled the publisher's semaphore; all readers are given a new one."));
  Lane::Options options;
  {
    const std::lock_guard lock(mutex_);
    options = lane_options(ipc::LaneKind::native);
  }
  auto lane = Lane::create(manager_, options, notifier(), waker());
  if (!lane) return std::move(lane).error();
  std::shared_ptr<Lane> old;
  std::shared_ptr<HostBridge> bridge;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(native_, *std::move(lane));
    bridge = std::move(bridge_);
  }
  bridge.reset();
  bridges_.drop();
  old->close();
  reception_->notify();
  return {};
}

Result<std::uint64_t> PublisherCore::publish(WriteFrame::Block& block, const FrameMetadata& metadata) {
  if (auto ok = check(options_.texture, metadata); !ok) {
    give_back(block);
    return std::move(ok).error();
  }
  BoardFrame frame;
  frame.number = block.number;
  frame.generation = block.lane->options().generation;
  FrameInfo& info = frame.info;
  info.number = frame.number;
  info.generation = frame.generation;
  info.published = Timestamp::now();
  info.timestamp = metadata.timestamp.value_or(info.published);
  info.damage = metadata.damage;
  info.color = metadata.color.value_or(options_.texture.color);
  info.hdr = metadata.hdr;
  info.user_bytes = metadata.user_data.size();
  std::copy(metadata.user_data.begin(), metadata.user_data.end(), info.user_storage.begin());

  const auto keep = std::exchange(block.core, nullptr);
  frame_out_ = false;
  const auto lane = std::exchange(block.lane, nullptr);
  if (auto ok = lane->publish(std::move(block.open), frame); !ok) return std::move(ok).error();
  published_.store(frame.number, std::memory_order_release);
  last_publish_.store(info.published.nanoseconds, std::memory_order_relaxed);
  // A reader that is not ready for it gets it at begin_frame(); this call waits for nobody.
  if (const auto bridge = carried_bridge()) static_cast<void>(bridge->carry(std::chrono::nanoseconds::zero()));
  return frame.number;
}

void PublisherCore::give_back(WriteFrame::Block& block) noexcept {
  const auto keep = std::exchange(block.core, nullptr);
  frame_out_ = false;
  if (const auto lane = std::exchange(block.lane, nullptr)) lane->give_back(std::move(block.open));
}

Result<void> PublisherCore::reconfigure(const TextureDescriptor& texture) {
  if (frame_out_) {
    return Error(Errc::invalid_state,
                 text("Frame ", frame_.number, " of \"", options_.name, "\" is open; publish or destroy it before reconfigure()."));
  }
  if (auto ok = validate(texture); !ok) return ok;
  const StreamInfo before = info();
  StreamInfo after = before;
  after.texture = texture;
  after.generation = before.generation + 1;
  auto announcement = ipc::encode_announcement(after);
  if (!announcement) return std::move(announcement).error();
  if (auto ok = native_->reconfigure(texture, after.generation); !ok) return ok;
  {
    const std::lock_guard lock(mutex_);
    info_ = after;
  }
  options_.texture = texture;
  // Readers learn it from the stream itself; the directory's line is for those who are still to come.
  if (auto ok = held_->announce(*announcement); !ok) {
    log(LogLevel::warning, text("The directory still shows the old size of \"", options_.name, "\": ", ok.error().describe()));
  }
  reception_->announce_change();
  return {};
}

StreamInfo PublisherCore::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

std::shared_ptr<Lane> PublisherCore::native_lane() const {
  const std::lock_guard lock(mutex_);
  return native_;
}

Result<std::shared_ptr<Lane>> PublisherCore::host_lane() {
  std::shared_ptr<HostBridge> spoilt;  // ended after the lock is given back
  const std::lock_guard lock(mutex_);
  if (!options_.allow_host_bridge) {
    return Error(Errc::unsupported_handle,
                 "The publisher does not offer frames through host memory (PublisherOptions::allow_host_bridge).");
  }
  if (native_is_host_) return native_;
  if (bridge_ && bridge_->lane()->tampered()) spoilt = std::move(bridge_);
  if (!bridge_) {
    auto bridge = HostBridge::open(manager_, native_, lane_options(ipc::LaneKind::host), notifier());
    if (!bridge) return std::move(bridge).error();
    bridge_ = *std::move(bridge);
  }
  return bridge_->lane();
}

Result<std::shared_ptr<DeviceBridge>> PublisherCore::device_bridge(const DeviceIdentity& device) {
  const std::lock_guard lock(mutex_);
  if (!options_.allow_host_bridge) {
    return Error(Errc::unsupported_handle,
                 "The publisher copies no frames for readers on other devices (PublisherOptions::allow_host_bridge).");
  }
  if (native_is_host_)
    return Error(Errc::unsupported_handle, "The frames are in host memory, from where the reader's device takes them by itself.");
  return bridges_.to(device, [&] {
    auto options = lane_options(ipc::LaneKind::host);  // its first frame is the present one
    options.linear = options_.linear;
    return DeviceBridge::Setup{.from = info_.device, .to = device, .lane = native_, .options = options, .changed = notifier()};
  });
}

void PublisherCore::host_readers(std::size_t count) noexcept {
  if (count != 0) return;
  std::shared_ptr<HostBridge> unused;
  const std::lock_guard lock(mutex_);
  unused = std::move(bridge_);  // ends after the lock is gone: its thread may be in the middle of a frame
}

StreamStatus PublisherCore::status() const {
  const std::lock_guard lock(mutex_);
  StreamStatus status;
  status.stream = info_;
  status.frames = published_.load(std::memory_order_acquire);
  status.last_publish = {last_publish_.load(std::memory_order_relaxed), ClockType::monotonic};
  auto usage = native_->usage();
  if (bridge_) {
    const auto more = bridge_->lane()->usage();
    usage.textures += more.textures;
    usage.bytes += more.bytes;
  }
  const auto bridged = bridges_.usage();
  usage.textures += bridged.textures;
  usage.bytes += bridged.bytes;
  status.textures = usage.textures;
  status.bytes = usage.bytes;
  return status;
}

}  // namespace geyser::detail
