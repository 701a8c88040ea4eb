// Both ends of a stream spoken by hand, message by message, with no Publisher or Subscriber behind: they stop, lie and scribble where they
// are told.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geyser/geyser.hpp"
#include "ipc/link.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_memory.hpp"
#include "stream/lane.hpp"

namespace geyser::test {

/// A connection to a stream's publisher, and what came over it. Ownership: move-only. Threading: one thread.
class HandmadeReader {
 public:
  /// Finds the stream and connects; nothing is said yet.
  [[nodiscard]] static Result<HandmadeReader> connect(const std::string& directory, const std::string& name,
                                                      std::chrono::milliseconds timeout = std::chrono::seconds(5));
  /// What an honest reader on the host would say.
  [[nodiscard]] ipc::Hello hello() const;
  [[nodiscard]] Result<void> send(const ipc::Message& message) const { return link_->send(message, std::chrono::seconds(5)); }
  /// Bytes as they are, with handles, past the codec.
  [[nodiscard]] Result<void> send_raw(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles = {}) const;
  /// Hello, and the Welcome that answers it: maps the pages. Errors: the Refusal's.
  [[nodiscard]] Result<void> greet();
  /// Receives until `textures` textures are known.
  [[nodiscard]] Result<void> take_textures(std::size_t textures);
  /// Makes `count` semaphores and sends them.
  [[nodiscard]] Result<void> be_ready(std::uint32_t count);
  /// Claims the newest frame with that claim, as the library does: claim, look again.
  [[nodiscard]] Result<detail::FrameRef> claim_newest(std::uint32_t index, std::chrono::milliseconds timeout = std::chrono::seconds(5));
  /// Reads messages and drops them until the stream says that it changed.
  [[nodiscard]] Result<void> wait_for_change();
  /// What it may write: claims, doorbell, and the page behind "written" when that is in shared memory.
  [[nodiscard]] std::span<std::byte> claim_bytes() const noexcept { return claims_memory_->bytes(); }
  [[nodiscard]] std::span<std::byte> doorbell_bytes() const noexcept { return doorbell_memory_->bytes(); }
  /// Maps the memory of every texture that came. Errors: as SharedMemory::open().
  [[nodiscard]] Result<std::vector<platform::SharedMemory>> map_textures();

  [[nodiscard]] const ipc::Link& link() const noexcept { return *link_; }
  [[nodiscard]] detail::ClaimWriter& claims() noexcept { return *claims_; }
  [[nodiscard]] const detail::BoardReader& board() const noexcept { return *board_; }
  [[nodiscard]] detail::Doorbell& doorbell() noexcept { return *doorbell_; }
  [[nodiscard]] const SharedSemaphore& written() const noexcept { return *written_; }
  [[nodiscard]] std::uint64_t lane_id() const noexcept { return lane_id_; }
  [[nodiscard]] const std::vector<SharedSemaphore>& released() const noexcept { return released_; }
  [[nodiscard]] const OsHandle& board_handle() const noexcept { return board_handle_; }
  [[nodiscard]] const OsHandle& claims_handle() const noexcept { return claims_memory_->handle(); }
  [[nodiscard]] const OsHandle& written_handle() const noexcept { return written_handle_; }
  [[nodiscard]] std::vector<ipc::TextureOffer>& offers() noexcept { return offers_; }

 private:
  HandmadeReader(TextureShareManager manager, platform::Socket socket)
      : manager_(std::move(manager)), link_(std::make_unique<ipc::Link>(std::move(socket))) {}
  TextureShareManager manager_;
  std::unique_ptr<ipc::Link> link_;
  std::uint64_t lane_id_ = 0;
  OsHandle board_handle_;
  OsHandle written_handle_;
  std::optional<detail::BoardReader> board_;
  std::optional<detail::ClaimWriter> claims_;
  std::optional<detail::Doorbell> doorbell_;
  std::optional<platform::SharedMemory> claims_memory_;
  std::optional<platform::SharedMemory> doorbell_memory_;
  std::optional<SharedSemaphore> written_;
  std::vector<SharedSemaphore> released_;
  std::vector<ipc::TextureOffer> offers_;
};

/// A name in the directory with a socket behind it, and pages made by a real lane. Ownership: move-only. Threading: one thread.
class HandmadePublisher {
 public:
  /// Takes the name and nothing else.
  [[nodiscard]] static Result<HandmadePublisher> hold(const std::string& directory, const std::string& name);
  [[nodiscard]] Result<void> listen();
  /// Puts what an honest publisher announces into the directory.
  [[nodiscard]] Result<void> announce();
  /// The next reader that connects.
  [[nodiscard]] Result<void> accept(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  [[nodiscard]] Result<ipc::Hello> take_hello();
  /// The Welcome that an honest publisher would send, with handles.
  [[nodiscard]] Result<ipc::Welcome> welcome();
  [[nodiscard]] Result<void> send(const ipc::Message& message) const { return link_->send(message, std::chrono::seconds(5)); }
  [[nodiscard]] Result<void> send_raw(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles = {}) const;
  /// Offers the first `count` textures of the lane.
  [[nodiscard]] Result<void> offer(std::size_t count);
  /// A frame, drawn as frames.hpp wants it. `finished`: whether "written" ever says that its pixels are there.
  [[nodiscard]] Result<void> publish(bool finished = true);
  [[nodiscard]] const ipc::Link& link() const noexcept { return *link_; }
  [[nodiscard]] detail::Lane& lane() noexcept { return *lane_; }
  [[nodiscard]] StreamInfo info() const { return info_; }

 private:
  HandmadePublisher(TextureShareManager manager, platform::HeldName held) : manager_(std::move(manager)), held_(std::move(held)) {}
  TextureShareManager manager_;
  platform::HeldName held_;
  std::optional<platform::ListeningSocket> listener_;
  std::unique_ptr<ipc::Link> link_;
  std::unique_ptr<detail::Lane> lane_;
  std::shared_ptr<detail::LaneReader> reader_;
  StreamInfo info_;
  std::uint64_t number_ = 0;
};

/// As sendmsg() takes them: any bytes, any handles, a control buffer of any length. Windows: what Socket::send() takes.
[[nodiscard]] Result<void> send_bytes(const platform::Socket& socket, std::span<const std::byte> bytes,
                                      std::span<const OsHandle::Value> handles);
/// Says that nothing more is sent, as close() would.
[[nodiscard]] bool end_sending(const platform::Socket& socket) noexcept;

}  // namespace geyser::test
