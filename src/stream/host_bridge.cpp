#include "stream/host_bridge.hpp"

#include <algorithm>
#include <cstring>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/regions.hpp"
#include "geyser/host.hpp"
#include "geyser/log.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/host_copy.hpp"

namespace geyser::detail {
namespace {

// How long it sleeps without looking whether it shall stop.
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(20);
constexpr std::chrono::nanoseconds begin_slice = std::chrono::milliseconds(100);
constexpr std::uint32_t claim_index = 0;

}  // namespace

HostBridge::HostBridge(const TextureShareManager& manager, TextureShareManager host, std::shared_ptr<Lane> from, std::shared_ptr<Lane> to,
                       std::shared_ptr<LaneReader> reader, BoardReader board, ClaimWriter claims, Doorbell doorbell,
                       std::function<void()> changed)
    : manager_(Private::make(Private::shared(manager))),
      host_(std::move(host)),
      from_(std::move(from)),
      to_(std::move(to)),
      reader_(std::move(reader)),
      board_(std::move(board)),
      claims_(std::move(claims)),
      doorbell_(std::move(doorbell)),
      changed_(std::move(changed)) {}

Result<std::shared_ptr<HostBridge>> HostBridge::open(const TextureShareManager& manager, std::shared_ptr<Lane> from, Lane::Options options,
                                                     std::function<void()> changed) {
  return guard([&]() -> Result<std::shared_ptr<HostBridge>> {
    auto host = host::create_manager();
    if (!host) return std::move(host).error();
    options.kind = ipc::LaneKind::host;
    auto to = Lane::create(*host, options, changed);
    if (!to) return std::move(to).error().with_context("making the host lane");
    auto reader = from->attach(platform::current_process(), "the host bridge");
    if (!reader) return std::move(reader).error();
    auto board_handle = from->board().handle().duplicate();
    if (!board_handle) return std::move(board_handle).error();
    auto board = BoardReader::open(*board_handle);
    if (!board) return std::move(board).error();
    auto claims_handle = (*reader)->claims.handle().duplicate();
    if (!claims_handle) return std::move(claims_handle).error();
    auto claims = ClaimWriter::open(*claims_handle);
    if (!claims) return std::move(claims).error();
    auto bell_handle = from->doorbell().handle().duplicate();
    if (!bell_handle) return std::move(bell_handle).error();
    auto doorbell = Doorbell::open(*bell_handle);
    if (!doorbell) return std::move(doorbell).error();
    std::shared_ptr<HostBridge> bridge(new HostBridge(manager, *std::move(host), std::move(from), *std::move(to), *std::move(reader),
                                                      *std::move(board), *std::move(claims), *std::move(doorbell), std::move(changed)));
    if (!Private::backend(manager)->thread_bound()) bridge->thread_ = std::thread([raw = bridge.get()] { raw->run(); });
    return bridge;
  });
}

HostBridge::~HostBridge() {
  stop_.store(true, std::memory_order_release);
  board_.wake();
  if (thread_.joinable()) thread_.join();
  from_->detach(reader_);
  to_->close();
}

void HostBridge::run() noexcept {
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = board_.ticket();
    switch (step(begin_slice, nullptr)) {
      case Step::nothing:
        claims_.set_sleeping(true);
        if (board_.ticket() == seen) board_.wait(seen, longest_sleep);
        claims_.set_sleeping(false);
        break;
      case Step::failed:
        board_.wait(seen, longest_sleep);
        break;
      case Step::carried:
      case Step::withdrawn:
      case Step::held_up:
        break;
    }
  }
}

Result<void> HostBridge::carry(std::chrono::nanoseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::optional<Error> late;
  while (true) {
    const auto left = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - std::chrono::steady_clock::now()));
    switch (step(left, &late)) {
      case Step::carried:
      case Step::withdrawn:
        break;
      case Step::held_up:
        return *std::move(late);
      case Step::nothing:
      case Step::failed:
        return {};
    }
  }
}

HostBridge::Step HostBridge::step(std::chrono::nanoseconds patience, std::optional<Error>* late) {
  const bool newest_only = from_->options().pacing == Pacing::latest;
  const FrameRef ref = newest_only ? board_.newest() : board_.next(claims_.cursor());
  if (ref == 0 || frame_of(ref) == last_) return Step::nothing;
  claims_.claim(claim_index, ref);
  if (board_.find(frame_of(ref)) != ref || !board_.read(ref, frame_)) {
    claims_.drop(claim_index);
    return Step::withdrawn;
  }
  auto taken = guard([&] { return take_across(ref, patience); });
  claims_.drop(claim_index);
  if (!taken && taken.error().code() == Errc::timed_out && held_up_) {
    doorbell_.ring();
    if (late != nullptr) late->emplace(std::move(taken).error());
    return Step::held_up;
  }
  claims_.set_cursor(frame_of(ref) + 1);
  doorbell_.ring();
  if (taken) {
    last_ = frame_of(ref);
    complained_ = false;
    return Step::carried;
  }
  if (!complained_) log(LogLevel::error, text("The host bridge does not get frames across: ", taken.error().describe()));
  // The lane cannot be used any more: whoever answers readers makes a new bridge, and ends this one.
  if (!complained_ && to_->tampered()) changed_();
  complained_ = true;
  return Step::failed;
}

Result<void> HostBridge::take_across(FrameRef ref, std::chrono::nanoseconds patience) {
  held_up_ = false;
  SharedTexture* from = from_->texture_of(frame_.texture_id);
  if (from == nullptr) return {};  // of a size that is over; the next frame has the new one
  if (frame_.generation != to_->options().generation) {
    if (auto ok = to_->reconfigure(from->descriptor(), frame_.generation); !ok) return ok;
  }
  // The readers of the host lane may hold the publisher up (queue, lockstep), but not for ever, and not this bridge's end.
  auto open = to_->begin(patience);
  if (!open) {
    held_up_ = open.error().code() == Errc::timed_out;
    return std::move(open).error();
  }
  if (auto ok = copy(*from, frame_, *open->texture, *open->access); !ok) {
    to_->give_back(*std::move(open));
    return ok;
  }
  BoardFrame frame = frame_;
  frame.number = frame_of(ref);
  return to_->publish(*std::move(open), frame);
}

Result<void> HostBridge::copy(SharedTexture& from, const BoardFrame& frame, SharedTexture& to, Access& access) {
  AccessInfo info;
  info.state = TextureState{true, frame.layout, {SyncPoint{from_->written(), frame.written_value}}};
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;  // the write before it, long over
  return for_each_region(from.descriptor(), [&](const TextureRegion& region) -> Result<void> {
    auto mapped = host::map(to, region);
    if (!mapped) return std::move(mapped).error();
    if (const auto bytes = gapless(*mapped); !bytes.empty()) return manager_.read_back(from, region, bytes, info);
    staging_.resize(static_cast<std::size_t>(mapped->layout.total_bytes));
    if (auto ok = manager_.read_back(from, region, staging_, info); !ok) return ok;
    for_each_row(*mapped, staging_.data(),
                 [](std::byte* row, const std::byte* packed, std::size_t bytes) { std::memcpy(row, packed, bytes); });
    return {};
  });
}

}  // namespace geyser::detail
