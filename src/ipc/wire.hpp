// What the codec's files share: writing values into a message, and reading them out of one that nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/message.hpp"
#include "geyser/capabilities.hpp"
#include "geyser/directory.hpp"
#include "geyser/handle.hpp"
#include "ipc/protocol.hpp"
#include "protocol_generated.h"

namespace geyser::ipc {

/// A message on its way out. The first value that cannot travel is remembered; writing goes on, so that writers need no error paths.
class Encoder {
 public:
  /// `text_limit`: texts that are for people are cut to so many bytes.
  explicit Encoder(std::size_t text_limit) : text_limit_(text_limit) {}

  flatbuffers::FlatBufferBuilder builder;
  std::vector<OsHandle::Value> handles;

  /// For people: cut at a NUL, and at the limit between two characters.
  [[nodiscard]] flatbuffers::Offset<flatbuffers::String> text(std::string_view value);
  /// For programs: never cut.
  [[nodiscard]] flatbuffers::Offset<flatbuffers::String> exact_text(std::string_view value) {
    return builder.CreateString(value.data(), value.size());
  }
  /// A handle that must be there.
  void handle(std::string_view name, const OsHandle& value);
  void check(Result<void> verdict) {
    if (!verdict && !error_) error_ = std::move(verdict).error();
  }
  [[nodiscard]] std::optional<Error>& error() noexcept { return error_; }

 private:
  std::size_t text_limit_;
  std::optional<Error> error_;
};

/// Where in a message a value stands; spelled out only when something is wrong with it. Made on the stack, parents outlive children.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  std::optional<std::size_t> index{};
};
[[nodiscard]] std::string to_string(const Place& place);  // "Hello.capabilities.memory[3].type"

/// A message that came in, after FlatBuffers' verifier: memory is safe to read, and nothing else is known. The first complaint is
/// remembered; reading goes on with harmless values, so that readers need no error paths.
class Decoder {
 public:
  explicit Decoder(std::vector<OsHandle> handles) noexcept : handles_(std::move(handles)) {}

  template <class... Parts>
  void refuse(const Place& at, const Parts&... what) {
    if (!error_) error_.emplace(Errc::protocol_error, detail::text(to_string(at), " ", what..., "."));
  }
  [[nodiscard]] bool present(const Place& at, const void* value) {
    if (value == nullptr) refuse(at, "is missing");
    return value != nullptr;
  }
  /// The verifier aligns a vector's length, which has 32 bits, and not its elements. Of an empty vector nothing is read, and the builder
  /// does not align it.
  template <class Struct>
  [[nodiscard]] bool aligned(const Place& at, const flatbuffers::Vector<const Struct*>& structs) {
    if (structs.size() == 0) return true;
    const std::size_t beyond = reinterpret_cast<std::uintptr_t>(structs.Data()) % alignof(Struct);
    if (beyond != 0) refuse(at, "starts ", beyond, " bytes beyond a multiple of ", alignof(Struct));
    return beyond == 0;
  }
  /// What one of the library's own checks says.
  void check(const Place& at, Result<void> verdict) {
    if (!verdict) refuse(at, "is refused: ", without_stop(verdict.error().message()));
  }
  template <class Enum>
  [[nodiscard]] Enum enumerator(const Place& at, unsigned value, Enum first, Enum last) {
    if (within(at, value, static_cast<unsigned>(first), static_cast<unsigned>(last))) return static_cast<Enum>(value);
    return first;
  }
  template <class Number>
  bool within(const Place& at, Number value, Number least, Number most) {
    const bool good = value >= least && value <= most;
    if (!good) refuse(at, "is ", value, "; allowed are ", least, " to ", most);
    return good;
  }
  /// At most `limit` bytes and no NUL.
  [[nodiscard]] std::string text(const Place& at, const flatbuffers::String* value, std::size_t limit = max_text_bytes);
  /// The next of the handles, which must be there and something that can be mapped.
  [[nodiscard]] OsHandle take_memory(const Place& at, std::uint64_t bytes);
  /// Errors: protocol_error: the first complaint, or handles that the message does not name.
  [[nodiscard]] Result<void> finish(std::string_view message);

 private:
  [[nodiscard]] static std::string_view without_stop(std::string_view sentence) noexcept {
    return sentence.ends_with('.') ? sentence.substr(0, sentence.size() - 1) : sentence;
  }
  std::vector<OsHandle> handles_;
  std::size_t taken_ = 0;
  std::optional<Error> error_;
};

// codec_texture.cpp
[[nodiscard]] wire::Uuid encode(const Uuid& uuid);
[[nodiscard]] flatbuffers::Offset<wire::Device> encode(Encoder& out, const DeviceIdentity& device);
[[nodiscard]] flatbuffers::Offset<wire::Descriptor> encode(Encoder& out, const TextureDescriptor& descriptor);
[[nodiscard]] flatbuffers::Offset<wire::Semaphore> encode(Encoder& out, const SemaphoreHandle& handle);
[[nodiscard]] flatbuffers::Offset<wire::Texture> encode(Encoder& out, const TextureHandle& handle);
[[nodiscard]] Uuid decode(Decoder& in, const Place& at, const wire::Uuid* uuid);
[[nodiscard]] DeviceIdentity decode(Decoder& in, const Place& at, const wire::Device* device);
[[nodiscard]] TextureDescriptor decode(Decoder& in, const Place& at, const wire::Descriptor* descriptor);
[[nodiscard]] SemaphoreHandle decode(Decoder& in, const Place& at, const wire::Semaphore* handle);
[[nodiscard]] TextureHandle decode(Decoder& in, const Place& at, const wire::Texture* handle);

// codec_stream.cpp
[[nodiscard]] flatbuffers::Offset<wire::Capabilities> encode(Encoder& out, const Capabilities& capabilities);
[[nodiscard]] flatbuffers::Offset<wire::Stream> encode(Encoder& out, const StreamInfo& stream);
[[nodiscard]] flatbuffers::Offset<wire::Status> encode(Encoder& out, const StreamStatus& status);
[[nodiscard]] Capabilities decode(Decoder& in, const Place& at, const wire::Capabilities* capabilities);
[[nodiscard]] StreamInfo decode(Decoder& in, const Place& at, const wire::Stream* stream);
[[nodiscard]] StreamStatus decode(Decoder& in, const Place& at, const wire::Status* status);

}  // namespace geyser::ipc
