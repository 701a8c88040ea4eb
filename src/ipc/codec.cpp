// Messages as a whole: the envelope, the order of the handles, the announcement.
#include "ipc/codec.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/guard.hpp"
#include "geyser/channel.hpp"
#include "geyser/subscriber.hpp"
#include "ipc/wire.hpp"
#include "platform/socket.hpp"

namespace geyser::ipc {
namespace {

using detail::text;

constexpr char message_identifier[] = "GYSM";
constexpr char announcement_identifier[] = "GYSA";
constexpr std::size_t identifier_end = 12;       // size, root, identifier: the verifier reads that far without looking
constexpr std::size_t alignment = 8;             // of the widest scalar in the schema
constexpr flatbuffers::uoffset_t max_depth = 8;  // Envelope, StatusReply, Status, Stream, Device are five
constexpr flatbuffers::uoffset_t max_tables = 512;
static_assert(max_tables > max_stream_readers);
constexpr std::size_t max_rejected = 64;
constexpr std::size_t shortest_text_limit = 32;

// One function for each message: what it is on the wire, and in which order its handles go.
[[nodiscard]] auto body(Encoder& out, const Hello& hello) {
  const auto application = out.text(hello.application);
  const auto capabilities = encode(out, hello.capabilities);
  return wire::CreateHello(out.builder, hello.version, application, hello.require_zero_copy, hello.max_held, capabilities,
                           hello.require_peer);
}
[[nodiscard]] auto body(Encoder& out, const ReaderReady& ready) {
  std::vector<flatbuffers::Offset<wire::Semaphore>> released;
  released.reserve(ready.released.size());
  for (const SemaphoreHandle& handle : ready.released) released.push_back(encode(out, handle));
  const auto rows = out.builder.CreateVector(released);
  return wire::CreateReaderReady(out.builder, ready.lane_id, rows);
}
[[nodiscard]] auto body(Encoder& out, const LaneFailed& failed) {
  const auto message = out.text(failed.message);
  return wire::CreateLaneFailed(out.builder, failed.lane_id, static_cast<std::uint16_t>(failed.code), message);
}
[[nodiscard]] auto body(Encoder& out, const StatusRequest& request) { return wire::CreateStatusRequest(out.builder, request.version); }
[[nodiscard]] auto body(Encoder& out, const Welcome& welcome) {
  out.handle("Welcome.board", welcome.board);
  out.handle("Welcome.claims", welcome.claims);
  out.handle("Welcome.doorbell", welcome.doorbell);
  const auto stream = encode(out, welcome.stream);
  std::vector<flatbuffers::Offset<flatbuffers::String>> rejected;
  for (std::size_t i = 0; i < std::min(welcome.rejected.size(), max_rejected); ++i) rejected.push_back(out.text(welcome.rejected[i]));
  const auto rows = out.builder.CreateVector(rejected);
  const auto written = encode(out, welcome.written);
  return wire::CreateWelcome(out.builder, welcome.version, welcome.lane_id, static_cast<std::uint8_t>(welcome.lane), stream, rows, written);
}
[[nodiscard]] auto body(Encoder& out, const Refusal& refusal) {
  const auto message = out.text(refusal.message);
  return wire::CreateRefusal(out.builder, static_cast<std::uint16_t>(refusal.code), message);
}
[[nodiscard]] auto body(Encoder& out, const TextureOffer& offer) {
  const auto texture = encode(out, offer.texture);
  return wire::CreateTextureOffer(out.builder, offer.lane_id, offer.texture_id, texture);
}
[[nodiscard]] auto body(Encoder& out, const TextureGone& gone) {
  return wire::CreateTextureGone(out.builder, gone.lane_id, gone.texture_id);
}
[[nodiscard]] auto body(Encoder& out, const StreamChanged& changed) {
  const auto stream = encode(out, changed.stream);
  return wire::CreateStreamChanged(out.builder, stream);
}
[[nodiscard]] auto body(Encoder& out, const Goodbye&) { return wire::CreateGoodbye(out.builder); }
[[nodiscard]] auto body(Encoder& out, const StatusReply& reply) {
  const auto status = encode(out, reply.status);
  return wire::CreateStatusReply(out.builder, status);
}
[[nodiscard]] auto body(Encoder& out, const TextureHandle& handle) {
  const auto texture = encode(out, handle);
  return wire::CreateUserTexture(out.builder, texture);
}
[[nodiscard]] auto body(Encoder& out, const UserTexture& user) { return body(out, user.texture); }
[[nodiscard]] auto body(Encoder& out, const SemaphoreHandle& handle) {
  const auto semaphore = encode(out, handle);
  return wire::CreateUserSemaphore(out.builder, semaphore);
}
[[nodiscard]] auto body(Encoder& out, const UserSemaphore& user) { return body(out, user.semaphore); }
[[nodiscard]] auto body(Encoder& out, const std::span<const std::byte>& bytes) {
  if (bytes.size() > max_channel_message_bytes) {
    out.check(Error(Errc::invalid_argument,
                    text("The message has ", bytes.size(), " bytes; allowed are at most ", max_channel_message_bytes, "; split it.")));
  }
  const auto vector = out.builder.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return wire::CreateUserBytes(out.builder, vector);
}
[[nodiscard]] auto body(Encoder& out, const UserBytes& user) { return body(out, std::span<const std::byte>(user.bytes)); }

template <class Wire>
[[nodiscard]] constexpr wire::Body type_of(flatbuffers::Offset<Wire>) noexcept {
  return wire::BodyTraits<Wire>::enum_value;
}

[[nodiscard]] std::vector<std::byte> finished_bytes(const flatbuffers::FlatBufferBuilder& builder) {
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

/// Writes with shorter and shorter texts until the whole fits into one datagram: what people read may be cut, counters may not.
template <class Write>
[[nodiscard]] Result<Encoded> encode_to_fit(const Write& write) {
  std::size_t size = 0;
  for (std::size_t limit = max_text_bytes; limit >= shortest_text_limit; limit /= 2) {
    Encoder out(limit);
    write(out);
    if (out.error()) return std::move(*out.error());
    if (out.handles.size() > platform::max_datagram_handles) {
      return Error(Errc::limit_exceeded,
                   text("The message has ", out.handles.size(), " handles; allowed are at most ", platform::max_datagram_handles, "."));
    }
    size = out.builder.GetSize();
    if (size <= platform::max_datagram_bytes) return Encoded{finished_bytes(out.builder), std::move(out.handles)};
  }
  return Error(Errc::limit_exceeded, text("The message has ", size, " bytes; allowed are at most ", platform::max_datagram_bytes, "."));
}

template <class Value>
[[nodiscard]] Result<Encoded> encode_message(const Value& value) {
  return encode_to_fit([&](Encoder& out) {
    const auto offset = body(out, value);
    out.builder.FinishSizePrefixed(wire::CreateEnvelope(out.builder, type_of(offset), offset.Union()), message_identifier);
  });
}

/// A stream is read with skipped frames and outlives its readers; a binary semaphore can do neither.
void check_timeline(Decoder& in, const Place& at, const SemaphoreHandle& handle) {
  if (handle.kind == SemaphoreKind::binary) in.refuse(at, "is a binary semaphore; allowed are timeline and host_timeline");
}

[[nodiscard]] Errc error_code(Decoder& in, const Place& at, std::uint16_t code) {
  return in.enumerator(at, code, Errc::invalid_argument, Errc::internal);
}

// One function for each message; `root` has its name.
[[nodiscard]] Hello read(Decoder& in, const Place& root, const wire::Hello& wire) {
  Hello hello;
  hello.version = wire.version();
  hello.application = in.text(Place{&root, "application"}, wire.application());
  if (hello.version != protocol_version) return hello;  // enough for a refusal that names both versions
  hello.require_zero_copy = wire.require_zero_copy();
  hello.require_peer = wire.require_peer();
  in.within(Place{&root, "max_held"}, wire.max_held(), 1U, max_held_frames);
  hello.max_held = wire.max_held();
  hello.capabilities = decode(in, Place{&root, "capabilities"}, wire.capabilities());
  return hello;
}
[[nodiscard]] ReaderReady read(Decoder& in, const Place& root, const wire::ReaderReady& wire) {
  ReaderReady ready;
  ready.lane_id = wire.lane_id();
  const auto* rows = wire.released();
  if (in.present(Place{&root, "released"}, rows) &&
      in.within<std::size_t>(Place{&root, "released.size"}, rows->size(), 0, max_held_frames)) {
    for (flatbuffers::uoffset_t i = 0; i < rows->size(); ++i) {
      ready.released.push_back(decode(in, Place{&root, "released", i}, rows->Get(i)));
      check_timeline(in, Place{&root, "released", i}, ready.released.back());
    }
  }
  return ready;
}
[[nodiscard]] LaneFailed read(Decoder& in, const Place& root, const wire::LaneFailed& wire) {
  LaneFailed failed;
  failed.lane_id = wire.lane_id();
  failed.code = error_code(in, Place{&root, "code"}, wire.code());
  failed.message = in.text(Place{&root, "message"}, wire.message());
  return failed;
}
[[nodiscard]] StatusRequest read(Decoder&, const Place&, const wire::StatusRequest& wire) { return {wire.version()}; }
[[nodiscard]] Welcome read(Decoder& in, const Place& root, const wire::Welcome& wire) {
  Welcome welcome;
  welcome.version = wire.version();
  if (welcome.version != protocol_version) {
    in.refuse(Place{&root, "version"}, "is ", welcome.version, "; allowed is ", protocol_version,
              ", which both sides must speak: use the same release on both");
  }
  welcome.lane_id = wire.lane_id();
  welcome.lane = in.enumerator(Place{&root, "lane"}, wire.lane(), LaneKind::native, LaneKind::host_copy);
  welcome.stream = decode(in, Place{&root, "stream"}, wire.stream());
  const auto* rows = wire.rejected();
  if (in.present(Place{&root, "rejected"}, rows) && in.within<std::size_t>(Place{&root, "rejected.size"}, rows->size(), 0, max_rejected)) {
    for (flatbuffers::uoffset_t i = 0; i < rows->size(); ++i) {
      welcome.rejected.push_back(in.text(Place{&root, "rejected", i}, rows->Get(i)));
    }
  }
  welcome.board = in.take_memory(Place{&root, "board"}, 1);  // whoever maps it knows how much it needs
  welcome.claims = in.take_memory(Place{&root, "claims"}, 1);
  welcome.doorbell = in.take_memory(Place{&root, "doorbell"}, 1);
  welcome.written = decode(in, Place{&root, "written"}, wire.written());
  check_timeline(in, Place{&root, "written"}, welcome.written);
  return welcome;
}
[[nodiscard]] Refusal read(Decoder& in, const Place& root, const wire::Refusal& wire) {
  Refusal refusal;
  refusal.code = error_code(in, Place{&root, "code"}, wire.code());
  refusal.message = in.text(Place{&root, "message"}, wire.message());
  return refusal;
}
[[nodiscard]] TextureOffer read(Decoder& in, const Place& root, const wire::TextureOffer& wire) {
  TextureOffer offer;
  offer.lane_id = wire.lane_id();
  offer.texture_id = wire.texture_id();
  offer.texture = decode(in, Place{&root, "texture"}, wire.texture());
  return offer;
}
[[nodiscard]] TextureGone read(Decoder&, const Place&, const wire::TextureGone& wire) { return {wire.lane_id(), wire.texture_id()}; }
[[nodiscard]] StreamChanged read(Decoder& in, const Place& root, const wire::StreamChanged& wire) {
  return {decode(in, Place{&root, "stream"}, wire.stream())};
}
[[nodiscard]] Goodbye read(Decoder&, const Place&, const wire::Goodbye&) { return {}; }
[[nodiscard]] StatusReply read(Decoder& in, const Place& root, const wire::StatusReply& wire) {
  return {decode(in, Place{&root, "status"}, wire.status())};
}
[[nodiscard]] UserTexture read(Decoder& in, const Place& root, const wire::UserTexture& wire) {
  return {decode(in, Place{&root, "texture"}, wire.texture())};
}
[[nodiscard]] UserSemaphore read(Decoder& in, const Place& root, const wire::UserSemaphore& wire) {
  return {decode(in, Place{&root, "semaphore"}, wire.semaphore())};
}
[[nodiscard]] UserBytes read(Decoder& in, const Place& root, const wire::UserBytes& wire) {
  UserBytes user;
  const auto* bytes = wire.bytes();
  if (in.present(Place{&root, "bytes"}, bytes) &&
      in.within<std::size_t>(Place{&root, "bytes.size"}, bytes->size(), 0, max_channel_message_bytes)) {
    const auto* begin = reinterpret_cast<const std::byte*>(bytes->data());
    user.bytes.assign(begin, begin + bytes->size());
  }
  return user;
}

template <class Wire>
[[nodiscard]] Result<Message> read_body(Decoder& in, const wire::Envelope& envelope) {
  const std::string_view name = wire::EnumNameBody(envelope.body_type());
  const auto* body = static_cast<const Wire*>(envelope.body());
  const Place root{nullptr, name};
  if (body == nullptr) return Error(Errc::protocol_error, text("The message says that it is a ", name, " and holds none."));
  Message message = read(in, root, *body);
  if (auto good = in.finish(name); !good) return std::move(good).error();
  return message;
}

/// The bytes where FlatBuffers may read them: aligned as the sender aligned them.
class Aligned {
 public:
  explicit Aligned(std::span<const std::byte> bytes) : data_(reinterpret_cast<const std::uint8_t*>(bytes.data())) {
    if (reinterpret_cast<std::uintptr_t>(data_) % alignment == 0) return;
    copy_ = std::make_unique<std::uint64_t[]>((bytes.size() + alignment - 1) / alignment);
    std::memcpy(copy_.get(), bytes.data(), bytes.size());
    data_ = reinterpret_cast<const std::uint8_t*>(copy_.get());
  }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }

 private:
  const std::uint8_t* data_;
  std::unique_ptr<std::uint64_t[]> copy_;
};

/// The verified root of `bytes`, or null.
template <class Root>
[[nodiscard]] const Root* verified(const Aligned& data, std::size_t size, const char* identifier) {
  if (size < identifier_end || size > platform::max_datagram_bytes) return nullptr;
  flatbuffers::Verifier::Options limits;
  limits.max_depth = max_depth;
  limits.max_tables = max_tables;
  flatbuffers::Verifier verifier(data.data(), size, limits);
  if (!verifier.VerifySizePrefixedBuffer<Root>(identifier)) return nullptr;
  return flatbuffers::GetSizePrefixedRoot<Root>(data.data());
}

}  // namespace

Result<Encoded> encode(const Message& message) {
  return detail::guard([&] { return std::visit([](const auto& value) { return encode_message(value); }, message); });
}
Result<Encoded> encode_user(const TextureHandle& texture) {
  return detail::guard([&] { return encode_message(texture); });
}
Result<Encoded> encode_user(const SemaphoreHandle& semaphore) {
  return detail::guard([&] { return encode_message(semaphore); });
}
Result<Encoded> encode_user(std::span<const std::byte> bytes) {
  return detail::guard([&] { return encode_message(bytes); });
}

Result<Message> decode(std::span<const std::byte> bytes, std::vector<OsHandle> handles) {
  return detail::guard([&]() -> Result<Message> {
    if (std::ranges::any_of(handles, [](const OsHandle& handle) { return !handle; })) {
      return Error(Errc::protocol_error, "A handle of the message is empty; every one must be open.");
    }
    const Aligned data(bytes);
    const auto* envelope = verified<wire::Envelope>(data, bytes.size(), message_identifier);
    if (envelope == nullptr) {
      return Error(Errc::protocol_error, text("The ", bytes.size(), " bytes that arrived are no message of this protocol."));
    }
    Decoder in(std::move(handles));
    switch (envelope->body_type()) {
      case wire::Body::Hello:
        return read_body<wire::Hello>(in, *envelope);
      case wire::Body::ReaderReady:
        return read_body<wire::ReaderReady>(in, *envelope);
      case wire::Body::LaneFailed:
        return read_body<wire::LaneFailed>(in, *envelope);
      case wire::Body::StatusRequest:
        return read_body<wire::StatusRequest>(in, *envelope);
      case wire::Body::Welcome:
        return read_body<wire::Welcome>(in, *envelope);
      case wire::Body::Refusal:
        return read_body<wire::Refusal>(in, *envelope);
      case wire::Body::TextureOffer:
        return read_body<wire::TextureOffer>(in, *envelope);
      case wire::Body::TextureGone:
        return read_body<wire::TextureGone>(in, *envelope);
      case wire::Body::StreamChanged:
        return read_body<wire::StreamChanged>(in, *envelope);
      case wire::Body::Goodbye:
        return read_body<wire::Goodbye>(in, *envelope);
      case wire::Body::StatusReply:
        return read_body<wire::StatusReply>(in, *envelope);
      case wire::Body::UserTexture:
        return read_body<wire::UserTexture>(in, *envelope);
      case wire::Body::UserSemaphore:
        return read_body<wire::UserSemaphore>(in, *envelope);
      case wire::Body::UserBytes:
        return read_body<wire::UserBytes>(in, *envelope);
      case wire::Body::NONE:
        break;
    }
    return Error(Errc::protocol_error, text("The message is of kind ", static_cast<int>(envelope->body_type()), "; allowed are 1 to ",
                                            static_cast<int>(wire::Body::MAX), "."));
  });
}

Result<std::vector<std::byte>> encode_announcement(const StreamInfo& stream) {
  return detail::guard([&] {
    return encode_to_fit([&](Encoder& out) {
             const auto offset = encode(out, stream);
             out.builder.FinishSizePrefixed(wire::CreateAnnouncement(out.builder, protocol_version, offset), announcement_identifier);
           })
        .transform([](Encoded&& encoded) { return std::move(encoded.bytes); });
  });
}

Result<StreamInfo> decode_announcement(std::span<const std::byte> bytes) {
  return detail::guard([&]() -> Result<StreamInfo> {
    const Aligned data(bytes);
    const auto* announcement = verified<wire::Announcement>(data, bytes.size(), announcement_identifier);
    if (announcement == nullptr) {
      return Error(Errc::protocol_error, text("The ", bytes.size(), " bytes are no announcement of a stream."));
    }
    if (announcement->version() != protocol_version) {
      return Error(Errc::protocol_error,
                   text("The announcement is of protocol version ", announcement->version(), "; allowed is ", protocol_version, "."));
    }
    Decoder in({});
    const Place root{nullptr, "Announcement"};
    StreamInfo stream = decode(in, Place{&root, "stream"}, announcement->stream());
    if (auto good = in.finish("Announcement"); !good) return std::move(good).error();
    return stream;
  });
}

}  // namespace geyser::ipc
