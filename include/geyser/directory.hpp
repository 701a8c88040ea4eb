// Directory: which streams there are, what they carry, who reads them. One folder per user, no daemon.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/capabilities.hpp"
#include "geyser/device_identity.hpp"
#include "geyser/frame.hpp"
#include "geyser/texture.hpp"

namespace geyser {

/// How publisher and readers keep pace. Values are part of the wire protocol.
enum class Pacing : std::uint8_t {
  latest = 1,    ///< readers take the newest frame and skip what they missed; nobody waits for anybody
  queue = 2,     ///< every reader sees every frame; the publisher waits, bounded, when one falls ring - 1 frames behind
  lockstep = 3,  ///< every reader sees every frame, and the publisher waits, bounded, until all have released it
};
/// How a reader gets its frames. Values are part of the wire protocol.
enum class Transport : std::uint8_t {
  none = 0,         ///< not attached
  zero_copy = 1,    ///< the publisher's own textures
  host_bridge = 2,  ///< copied to host memory by the publisher, once for all such readers; a reader that is not on the host uploads it
  peer_copy = 3,    ///< copied by the publisher from its GPU to the reader's, over NVLink or PCIe, once for all readers on that GPU
  pinned_copy = 4,  ///< the same through host memory that both devices read and write by themselves
  host_copy = 5,    ///< the same through the publisher's own host memory, by the CPU
};
[[nodiscard]] GEYSER_API std::string_view to_string(Pacing pacing) noexcept;        ///< Static storage; any thread; no errors.
[[nodiscard]] GEYSER_API std::string_view to_string(Transport transport) noexcept;  ///< Static storage; any thread; no errors.

/// The longest stream name, in bytes.
inline constexpr std::size_t max_stream_name_bytes = 128;
/// The most textures that a stream ever has in use at once: its ring and what slow readers hold.
inline constexpr std::uint32_t max_stream_textures = 32;
/// The most readers of one stream.
inline constexpr std::size_t max_stream_readers = 256;

/// What a stream announces.
struct StreamInfo {
  std::string name;
  Uuid uuid;  ///< another one with every start of the publisher
  std::string application;
  std::uint32_t process_id = 0;
  std::string backend;  ///< "vulkan", "host", ...
  DeviceIdentity device;
  TextureDescriptor texture;
  std::uint64_t generation = 0;
  Pacing pacing = Pacing::latest;
  std::uint32_t ring = 0;
};

/// One reader, as its publisher sees it. Counters and latencies are what the reader itself reports.
struct ReaderStatus {
  std::uint32_t process_id = 0;
  std::string application;
  Transport transport = Transport::none;
  std::string why_not_zero_copy;            ///< the reasons, when it is not
  std::uint64_t frames = 0;                 ///< acquired so far
  std::uint64_t skipped = 0;                ///< published, and not taken
  std::uint64_t last_frame = 0;             ///< newest number acquired
  std::uint32_t claims = 0;                 ///< frames held now
  std::chrono::nanoseconds latency_p50{0};  ///< publish() to acquire(), over the last 1024 frames
  std::chrono::nanoseconds latency_p99{0};
};

struct StreamStatus {
  StreamInfo stream;
  std::uint64_t frames = 0;    ///< published so far
  Timestamp last_publish;      ///< monotonic; 0: none yet
  std::uint32_t textures = 0;  ///< allocated now
  std::uint64_t bytes = 0;     ///< of those textures
  std::vector<ReaderStatus> readers;
};

/// The user's streams.
/// Ownership: move-only. Threading: one thread at a time. Every answer checks that the publishers it names are alive; what dead ones left
/// behind is removed.
class [[nodiscard]] GEYSER_API Directory {
 public:
  /// $XDG_RUNTIME_DIR/geyser, or a folder of the user's own in the system's folder for temporary files. Errors: none.
  [[nodiscard]] static std::string default_path();
  /// `path` empty: default_path(). Makes the folder (mode 0700) when it is missing. Errors: os_error; invalid_state when it belongs to
  /// somebody else or others may write to it.
  static Result<Directory> open(std::string_view path = {});
  Directory(Directory&&) noexcept;
  Directory& operator=(Directory&&) noexcept;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();

  /// Live streams, by name. Errors: os_error.
  [[nodiscard]] Result<std::vector<StreamInfo>> list() const;
  /// Errors: not_found naming the streams that there are; os_error.
  [[nodiscard]] Result<StreamInfo> find(std::string_view name) const;
  /// Asks the publisher. Errors: not_found, timed_out (the publisher does not answer: stopped or busy), peer_gone, protocol_error.
  [[nodiscard]] Result<StreamStatus> status(std::string_view name, std::chrono::nanoseconds timeout = std::chrono::milliseconds(500)) const;
  /// Blocks until the streams differ from those of the last list() or wait_for_change(), or until the time is over; then list().
  /// A publisher that dies is noticed within 250 ms. Errors: os_error.
  [[nodiscard]] Result<std::vector<StreamInfo>> wait_for_change(std::chrono::nanoseconds timeout);
  [[nodiscard]] const std::string& path() const noexcept;

 private:
  struct Block;
  explicit Directory(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

/// The device that the stream `name` is published on: a reader that chooses the same one gets the publisher's own textures, without a copy
/// (vulkan::DeviceSelector takes its uuid and driver_uuid, or its LUID where the device UUID is nil). Both nil and no LUID: host memory.
/// `directory` as Directory::open() takes it. Ownership: value. Threading: any thread.
/// Errors: as Directory::open() and Directory::find().
[[nodiscard]] GEYSER_API Result<DeviceIdentity> device_of_stream(std::string_view name, const std::string& directory = {});

}  // namespace geyser
