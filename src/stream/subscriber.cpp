// The public face of SubscriberCore.
#include "geyser/subscriber.hpp"

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "stream/subscriber_core.hpp"

namespace geyser {

using detail::guard;
using detail::text;

namespace {

void log_failure(const Result<void>& released) noexcept {
  if (!released) log(LogLevel::error, released.error().message());
}

}  // namespace

ReadFrame::ReadFrame(ReadFrame&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

ReadFrame& ReadFrame::operator=(ReadFrame&& other) noexcept {
  if (this != &other) {
    if (block_ != nullptr) log_failure(release());
    block_ = std::exchange(other.block_, nullptr);
  }
  return *this;
}

ReadFrame::~ReadFrame() {
  if (block_ != nullptr) log_failure(release());
}

SharedTexture& ReadFrame::texture() noexcept { return *block_->held.texture; }
Access& ReadFrame::access() noexcept { return *block_->held.access; }
const FrameInfo& ReadFrame::info() const noexcept { return block_->held.info; }
Transport ReadFrame::transport() const noexcept { return block_->attachment->transport(); }

Result<void> ReadFrame::read_back(const TextureRegion& region, std::span<std::byte> bytes) {
  if (block_ == nullptr) return Error(Errc::invalid_state, "The frame was released or moved from; acquire another one.");
  return detail::copy_from(*block_->held.access, region, bytes);
}

Result<TextureHandle> ReadFrame::export_handle() const {
  return guard([&]() -> Result<TextureHandle> {
    if (block_ == nullptr) return Error(Errc::invalid_state, "The frame was released or moved from; acquire another one.");
    const detail::HeldFrame& held = block_->held;
    if (!held.handle) {
      if (!block_->attachment->keeps_handles())
        return Error(Errc::invalid_state, "The handles of this stream's textures were not kept; set SubscriberOptions::keep_handles.");
      return Error(Errc::unsupported_handle,
                   "The frame was copied for this device, so that its texture came by no handle; export the texture with its manager, or "
                   "read with a device that shares the publisher's textures.");
    }
    auto handle = detail::duplicate(*held.handle);
    if (!handle) return handle;
    handle->info.initialized = true;
    handle->info.layout = held.access->state().layout;
    return handle;
  });
}

Result<void> ReadFrame::release() noexcept {
  if (block_ == nullptr) return Error(Errc::invalid_state, "The frame was released already or moved from.");
  Block& block = *std::exchange(block_, nullptr);
  const auto keep = block.core;  // the block is its core's
  return keep->give_back(block);
}

Subscriber::Subscriber(std::shared_ptr<detail::SubscriberCore> core) noexcept : core_(std::move(core)) {}
Subscriber::Subscriber(Subscriber&&) noexcept = default;

Subscriber& Subscriber::operator=(Subscriber&& other) noexcept {
  if (this != &other) {
    if (core_) core_->retire();
    core_ = std::move(other.core_);
  }
  return *this;
}

Subscriber::~Subscriber() {
  if (core_) core_->retire();
}

Result<Subscriber> Subscriber::connect(const TextureShareManager& manager, std::string_view name, const SubscriberOptions& options) {
  return guard([&]() -> Result<Subscriber> {
    auto core = detail::SubscriberCore::connect(manager, name, options);
    if (!core) return std::move(core).error().with_context(text("reading \"", name, "\""));
    return Subscriber(*std::move(core));
  });
}

Result<ReadFrame> Subscriber::acquire(std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<ReadFrame> {
    auto block = core_->acquire(timeout, false);
    if (!block) return std::move(block).error();
    return ReadFrame(*block);
  });
}

Result<ReadFrame> Subscriber::acquire_newest(std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<ReadFrame> {
    auto block = core_->acquire(timeout, true);
    if (!block) return std::move(block).error();
    return ReadFrame(*block);
  });
}

SubscriberState Subscriber::state() const noexcept { return core_->state(); }
Transport Subscriber::transport() const noexcept { return core_->transport(); }
std::string Subscriber::why_not_zero_copy() const { return core_->why_not_zero_copy(); }
StreamInfo Subscriber::stream() const { return core_->stream(); }
SubscriberStatistics Subscriber::statistics() const noexcept { return core_->statistics(); }

}  // namespace geyser
