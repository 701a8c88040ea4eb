// The public face of PublisherCore.
#include "geyser/publisher.hpp"

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "stream/publisher_core.hpp"

namespace geyser {

using detail::guard;
using detail::text;

WriteFrame::WriteFrame(WriteFrame&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

WriteFrame& WriteFrame::operator=(WriteFrame&& other) noexcept {
  if (this != &other) {
    if (block_ != nullptr) block_->core->give_back(*block_);
    block_ = std::exchange(other.block_, nullptr);
  }
  return *this;
}

WriteFrame::~WriteFrame() {
  if (block_ != nullptr) block_->core->give_back(*block_);
}

SharedTexture& WriteFrame::texture() noexcept { return *block_->open.texture; }
Access& WriteFrame::access() noexcept { return *block_->open.access; }
std::uint64_t WriteFrame::number() const noexcept { return block_->number; }

Result<void> WriteFrame::upload(const TextureRegion& region, std::span<const std::byte> bytes) {
  if (block_ == nullptr) return Error(Errc::invalid_state, "The frame was published or moved from; begin another one.");
  return detail::copy_into(*block_->open.access, region, bytes);
}

Publisher::Publisher(std::shared_ptr<detail::PublisherCore> core) noexcept : core_(std::move(core)) {}
Publisher::Publisher(Publisher&&) noexcept = default;

Publisher& Publisher::operator=(Publisher&& other) noexcept {
  if (this != &other) {
    if (core_) core_->shut_down();
    core_ = std::move(other.core_);
  }
  return *this;
}

Publisher::~Publisher() {
  if (core_) core_->shut_down();
}

Result<Publisher> Publisher::create(const TextureShareManager& manager, const PublisherOptions& options) {
  return guard([&]() -> Result<Publisher> {
    auto core = detail::PublisherCore::create(manager, options);
    if (!core) return std::move(core).error().with_context(text("publishing \"", options.name, "\""));
    return Publisher(*std::move(core));
  });
}

Result<WriteFrame> Publisher::begin_frame(std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<WriteFrame> {
    auto block = core_->begin(timeout);
    if (!block) return std::move(block).error();
    return WriteFrame(*block);
  });
}

Result<std::uint64_t> Publisher::publish(WriteFrame&& frame, const FrameMetadata& metadata) {
  return guard([&]() -> Result<std::uint64_t> {
    if (frame.block_ == nullptr) return Error(Errc::invalid_state, "The frame was published or moved from; begin another one.");
    if (frame.block_->core != core_) {
      return Error(Errc::invalid_argument,
                   text("The frame belongs to the stream \"", frame.block_->core->name(), "\", not to \"", name(), "\"."));
    }
    return core_->publish(*std::exchange(frame.block_, nullptr), metadata);
  });
}

Result<void> Publisher::reconfigure(const TextureDescriptor& texture) {
  return guard([&]() -> Result<void> { return core_->reconfigure(texture).with_context(text("changing the stream \"", name(), "\"")); });
}

bool Publisher::has_subscribers() const noexcept { return core_->reception()->readers() != 0; }

Result<void> Publisher::wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) const {
  return guard([&]() -> Result<void> {
    if (core_->reception()->wait_for_readers(count, timeout)) return {};
    return Error(Errc::timed_out,
                 text("The stream \"", name(), "\" has ", core_->reception()->readers(), " readers after ",
                      std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms; ", count, " were waited for."));
  });
}

Result<StreamStatus> Publisher::status() const {
  return guard([&]() -> Result<StreamStatus> {
    StreamStatus status = core_->status();
    status.readers = core_->reception()->reader_status();
    return status;
  });
}

const std::string& Publisher::name() const noexcept { return core_->name(); }
const Uuid& Publisher::uuid() const noexcept { return core_->uuid(); }
const TextureDescriptor& Publisher::descriptor() const noexcept { return core_->descriptor(); }

}  // namespace geyser
