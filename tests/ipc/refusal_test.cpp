// Every field of every message, out of range: refused by name, with nothing left open.
#include <gtest/gtest.h>

#include <functional>

#include "geyser/channel.hpp"
#include "messages.hpp"
#include "protocol_generated.h"
#include "support/check.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

namespace wire = ipc::wire;

std::vector<std::byte> bytes_of(const wire::EnvelopeT& envelope) {
  flatbuffers::FlatBufferBuilder builder;
  builder.FinishSizePrefixed(wire::Envelope::Pack(builder, &envelope), "GYSM");
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

/// A message that every spoiling below finds something to spoil in.
ipc::Message rich_message(std::size_t kind) {
  Random random(seed_for("refusals") + kind);
  for (;;) {
    ipc::Message message = random_message(random, kind);
    const TextureHandle* texture = nullptr;
    if (const auto* offer = std::get_if<ipc::TextureOffer>(&message)) texture = &offer->texture;
    if (const auto* user = std::get_if<ipc::UserTexture>(&message)) texture = &user->texture;
    if (texture != nullptr && (texture->info.type != MemoryHandleType::shared_memory || texture->info.memory_plane_count == 0 ||
                               !texture->ready_semaphore || !texture->ready_semaphore->handle || !texture->info.exporter.pci)) {
      continue;
    }
    if (const auto* hello = std::get_if<ipc::Hello>(&message); hello != nullptr && !hello->capabilities.identity.pci) continue;
    return message;
  }
}

template <class Body>
using Spoil = std::function<void(Body&)>;

/// Decodes a message of `kind` as `spoil` left it.
template <class Body>
Result<ipc::Message> decode_spoilt(std::size_t kind, const Spoil<Body>& spoil) {
  const ipc::Message message = rich_message(kind);
  auto encoded = ipc::encode(message);
  if (!encoded) return std::move(encoded).error();
  wire::EnvelopeT envelope;
  flatbuffers::GetSizePrefixedRoot<wire::Envelope>(encoded->bytes.data())->UnPackTo(&envelope);
  spoil(*static_cast<Body*>(envelope.body.value));
  return ipc::decode(bytes_of(envelope), duplicates(*encoded));
}

template <class Body>
class Table {
 public:
  explicit Table(std::size_t kind) : kind_(kind), descriptors_(open_descriptors()) {
    // What the schema's own code writes is accepted before it is spoilt: the refusals below have no other cause.
    EXPECT_TRUE(ok(decode_spoilt<Body>(kind_, [](Body&) {})));
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { EXPECT_EQ(open_descriptors(), descriptors_) << "a descriptor was left open"; }
  /// `field`: what the message must name, the kind's name left out.
  void refuses(const std::string& field, const Spoil<Body>& spoil) {
    auto decoded = decode_spoilt<Body>(kind_, spoil);
    EXPECT_TRUE(fails(decoded, Errc::protocol_error, std::string(kind_name(kind_)) + "." + field));
  }
  void accepts(const Spoil<Body>& spoil) { EXPECT_TRUE(ok(decode_spoilt<Body>(kind_, spoil))); }

 private:
  std::size_t kind_;
  std::size_t descriptors_;
};

std::string with_nul() { return std::string("a\0b", 3); }
std::string too_long() { return std::string(ipc::max_text_bytes + 1, 'x'); }

// Parts that several messages have; `get` finds the part in the message.

template <class Body, class Get>
void refuse_texts(Table<Body>& table, const std::string& field, const Get& get) {
  table.refuses(field + " has 1025 bytes", [&](Body& body) { get(body) = too_long(); });
  table.refuses(field + " has a NUL", [&](Body& body) { get(body) = with_nul(); });
  table.refuses(field + " is missing", [&](Body& body) { get(body).clear(); });
}

template <class Body, class Get>
void refuse_devices(Table<Body>& table, const std::string& field, const Get& get) {
  table.refuses(field + " is missing", [&](Body& body) { get(body).reset(); });
  table.refuses(field + ".device_uuid is missing", [&](Body& body) { get(body)->device_uuid.reset(); });
  table.refuses(field + ".driver_uuid is missing", [&](Body& body) { get(body)->driver_uuid.reset(); });
  const auto pci = [&](wire::Pci address) {
    return [&get, address](Body& body) { get(body)->pci = std::make_unique<wire::Pci>(address); };
  };
  table.refuses(field + ".pci.bus is 256", pci({0, 256, 0, 0}));
  table.refuses(field + ".pci.device is 32", pci({0, 0, 32, 0}));
  table.refuses(field + ".pci.function is 8", pci({0, 0, 0, 8}));
  table.accepts(pci({0xFFFFFFFFU, 255, 31, 7}));
  refuse_texts(table, field + ".name", [&](Body& body) -> std::string& { return get(body)->name; });
  refuse_texts(table, field + ".driver", [&](Body& body) -> std::string& { return get(body)->driver; });
}

template <class Body, class Get>
void refuse_descriptors(Table<Body>& table, const std::string& field, const Get& get) {
  using D = wire::DescriptorT;
  const auto change = [&](auto what) { return [&get, what](Body& body) { what(*get(body)); }; };
  table.refuses(field + " is missing", [&](Body& body) { get(body).reset(); });
  table.refuses(field + ".extent is missing", change([](D& d) { d.extent.reset(); }));
  table.refuses(field + ".color is missing", change([](D& d) { d.color.reset(); }));
  table.refuses(field + ".label is missing", change([](D& d) { d.label.clear(); }));
  table.refuses(field + ".label has 256 bytes", change([](D& d) { d.label.assign(256, 'x'); }));
  table.refuses(field + ".label has a NUL", change([](D& d) { d.label = with_nul(); }));
  table.refuses(field + " is refused: label", change([](D& d) { d.label = "\xff"; }));
  table.refuses(field + " is refused: dimension", change([](D& d) { d.dimension = 5; }));
  table.refuses(field + " is refused: extent.width", change([](D& d) { *d.extent = {0, 1, 1}; }));
  table.refuses(field + " is refused: extent.height", change([](D& d) { *d.extent = {1, 0, 1}; }));
  table.refuses(field + " is refused: extent.depth", change([](D& d) { *d.extent = {1, 1, 0}; }));
  table.refuses(field + " is refused: mip_levels", change([](D& d) { d.mip_levels = 0; }));
  table.refuses(field + " is refused: mip_levels", change([](D& d) { d.mip_levels = 40; }));
  table.refuses(field + " is refused: array_layers", change([](D& d) { d.array_layers = 0; }));
  table.refuses(field + " is refused: format", change([](D& d) { d.format = 0; }));
  table.refuses(field + " is refused: format", change([](D& d) { d.format = format_count + 1; }));
  table.refuses(field + " is refused: usage", change([](D& d) { d.usage |= 0x80000000U; }));
  table.refuses(field + " is refused: color.primaries", change([](D& d) { *d.color = {77, 1, 0, 0}; }));
  table.refuses(field + " is refused: color.transfer", change([](D& d) { *d.color = {1, 77, 0, 0}; }));
  table.refuses(field + " is refused: color.range", change([](D& d) { *d.color = {1, 1, 2, 0}; }));
  table.refuses(field + " is refused: color.alpha", change([](D& d) { *d.color = {1, 1, 0, 3}; }));
}

template <class Body, class Get>
void refuse_semaphores(Table<Body>& table, const std::string& field, const Get& get, bool for_streams) {
  using S = wire::SemaphoreT;
  const auto change = [&](auto what) { return [&get, what](Body& body) { what(*get(body)); }; };
  table.refuses(field + " is refused: kind is 0", change([](S& s) { s.kind = 0; }));
  table.refuses(field + " is refused: kind is 4", change([](S& s) { s.kind = 4; }));
  table.refuses(field + " is refused: type is 0", change([](S& s) { s.type = 0; }));
  table.refuses(field + " is refused: type is 7", change([](S& s) { s.type = 7; }));
  table.refuses(field + " is refused: A host_page carries", change([](S& s) {
                  s.type = static_cast<std::uint8_t>(SemaphoreHandleType::host_page);
                  s.kind = static_cast<std::uint8_t>(SemaphoreKind::timeline);
                }));
  if (for_streams) {
    table.refuses(field + " is a binary semaphore", change([](S& s) {
                    s.type = static_cast<std::uint8_t>(SemaphoreHandleType::opaque_fd);
                    s.kind = static_cast<std::uint8_t>(SemaphoreKind::binary);
                  }));
  }
  refuse_devices(table, field + ".exporter", [&](Body& body) -> auto& { return get(body)->exporter; });
}

template <class Body, class Get>
void refuse_streams(Table<Body>& table, const std::string& field, const Get& get) {
  using S = wire::StreamT;
  const auto change = [&](auto what) { return [&get, what](Body& body) { what(*get(body)); }; };
  table.refuses(field + " is missing", [&](Body& body) { get(body).reset(); });
  table.refuses(field + ".name is missing", change([](S& s) { s.name.clear(); }));
  table.refuses(field + ".name has 129 bytes", change([](S& s) { s.name.assign(max_stream_name_bytes + 1, 'x'); }));
  table.refuses(field + ".name has a NUL", change([](S& s) { s.name = with_nul(); }));
  table.refuses(field + ".uuid is missing", change([](S& s) { s.uuid.reset(); }));
  refuse_texts(table, field + ".application", [&](Body& body) -> std::string& { return get(body)->application; });
  refuse_texts(table, field + ".backend", [&](Body& body) -> std::string& { return get(body)->backend; });
  table.refuses(field + ".pacing is 0", change([](S& s) { s.pacing = 0; }));
  table.refuses(field + ".pacing is 4", change([](S& s) { s.pacing = 4; }));
  table.refuses(field + ".ring is 1", change([](S& s) { s.ring = 1; }));
  table.refuses(field + ".ring is 17", change([](S& s) { s.ring = 17; }));
  refuse_devices(table, field + ".device", [&](Body& body) -> auto& { return get(body)->device; });
  refuse_descriptors(table, field + ".texture", [&](Body& body) -> auto& { return get(body)->texture; });
}

template <class Body, class Get>
void refuse_textures(Table<Body>& table, const std::string& field, const Get& get) {
  using T = wire::TextureT;
  const auto change = [&](auto what) { return [&get, what](Body& body) { what(*get(body)); }; };
  table.refuses(field + " is missing", [&](Body& body) { get(body).reset(); });
  table.refuses(field + " is refused: type is 0", change([](T& t) { t.type = 0; }));
  table.refuses(field + " is refused: type is 9", change([](T& t) { t.type = 9; }));
  table.refuses(field + " is refused: required_size", change([](T& t) { t.required_size = 0; }));
  table.refuses(field + " is refused: allocation_size", change([](T& t) { t.allocation_size = t.required_size - 1; }));
  table.refuses(field + ".handles[0] is a handle that cannot be memory", change([](T& t) { t.allocation_size = 1ULL << 40U; }));
  table.refuses(field + " is refused: memory_type_index", change([](T& t) { t.memory_type_index = 32; }));
  table.refuses(field + ".memory_planes is missing", change([](T& t) { t.memory_planes.clear(); }));
  table.refuses(field + ".memory_planes.size is 5", change([](T& t) { t.memory_planes.resize(5); }));
  table.refuses(field + " is refused: memory_planes[0].offset", change([](T& t) { t.memory_planes[0] = {t.allocation_size, 0, 0}; }));
  table.refuses(field + " is refused: memory_planes[0].row_pitch",
                change([](T& t) { t.memory_planes[0] = {0, t.allocation_size + 1, 0}; }));
  table.refuses(field + " is refused: memory_planes[0].handle_index", change([](T& t) { t.memory_planes[0] = {0, 0, 1}; }));
  table.refuses(field + " is refused: memory_planes[0].handle_index", change([](T& t) { t.memory_planes[0] = {0, 0, 0xFFFFFFFFU}; }));
  table.refuses(field + " is refused: layout is 8", change([](T& t) { t.layout = 8; }));
  table.refuses(field + " is refused: The handle says initialized", change([](T& t) {
                  t.initialized = true;
                  t.layout = 0;
                }));
  table.refuses(field + ".handle_mask is 17", change([](T& t) { t.handle_mask |= 16U; }));
  table.refuses(field + " is refused: The texture handle holds no OS handle", change([](T& t) { t.handle_mask = 2; }));
  refuse_descriptors(table, field + ".descriptor", [&](Body& body) -> auto& { return get(body)->descriptor; });
  refuse_devices(table, field + ".exporter", [&](Body& body) -> auto& { return get(body)->exporter; });
  refuse_semaphores(table, field + ".ready_semaphore", [&](Body& body) -> auto& { return get(body)->ready_semaphore; }, false);
}

TEST(Refusal, Hello) {
  Table<wire::HelloT> table(0);
  using B = wire::HelloT;
  refuse_texts(table, "application", [](B& b) -> std::string& { return b.application; });
  table.refuses("max_held is 0", [](B& b) { b.max_held = 0; });
  table.refuses("max_held is 5", [](B& b) { b.max_held = 5; });
  table.refuses("capabilities is missing", [](B& b) { b.capabilities.reset(); });
  table.refuses("capabilities.memory is missing", [](B& b) { b.capabilities->memory.clear(); });
  table.refuses("capabilities.memory has 33 entries", [](B& b) {
    for (auto& rows = b.capabilities->memory; rows.size() < 33;) rows.push_back(std::make_unique<wire::MemorySupportT>(*rows[0]));
  });
  table.refuses("capabilities.memory[0].type is 0", [](B& b) { b.capabilities->memory[0]->type = 0; });
  table.refuses("capabilities.memory[0].type is 9", [](B& b) { b.capabilities->memory[0]->type = 9; });
  refuse_texts(table, "capabilities.memory[0].why_not", [](B& b) -> std::string& { return b.capabilities->memory[0]->why_not; });
  table.refuses("capabilities.semaphores is missing", [](B& b) { b.capabilities->semaphores.clear(); });
  table.refuses("capabilities.semaphores has 33 entries", [](B& b) {
    for (auto& rows = b.capabilities->semaphores; rows.size() < 33;) rows.push_back(std::make_unique<wire::SemaphoreSupportT>(*rows[0]));
  });
  table.refuses("capabilities.semaphores[0].kind is 0", [](B& b) { b.capabilities->semaphores[0]->kind = 0; });
  table.refuses("capabilities.semaphores[0].kind is 4", [](B& b) { b.capabilities->semaphores[0]->kind = 4; });
  table.refuses("capabilities.semaphores[0].type is 0", [](B& b) { b.capabilities->semaphores[0]->type = 0; });
  table.refuses("capabilities.semaphores[0].type is 7", [](B& b) { b.capabilities->semaphores[0]->type = 7; });
  refuse_texts(table, "capabilities.semaphores[0].why_not", [](B& b) -> std::string& { return b.capabilities->semaphores[0]->why_not; });
  refuse_devices(table, "capabilities.identity", [](B& b) -> auto& { return b.capabilities->identity; });
}

TEST(Refusal, ReaderReady) {
  Table<wire::ReaderReadyT> table(1);
  using B = wire::ReaderReadyT;
  table.refuses("released is missing", [](B& b) { b.released.clear(); });
  table.refuses("released.size is 5", [](B& b) {
    while (b.released.size() < 5) b.released.push_back(std::make_unique<wire::SemaphoreT>(*b.released[0]));
  });
  refuse_semaphores(table, "released[0]", [](B& b) -> auto& { return b.released[0]; }, true);
}

TEST(Refusal, LaneFailedAndRefusal) {
  Table<wire::LaneFailedT> failed(2);
  failed.refuses("code is 0", [](wire::LaneFailedT& b) { b.code = 0; });
  failed.refuses("code is 18", [](wire::LaneFailedT& b) { b.code = static_cast<std::uint16_t>(Errc::internal) + 1; });
  refuse_texts(failed, "message", [](wire::LaneFailedT& b) -> std::string& { return b.message; });
  Table<wire::RefusalT> refusal(5);
  refusal.refuses("code is 0", [](wire::RefusalT& b) { b.code = 0; });
  refusal.refuses("code is 65535", [](wire::RefusalT& b) { b.code = 65535; });
  refuse_texts(refusal, "message", [](wire::RefusalT& b) -> std::string& { return b.message; });
}

TEST(Refusal, Welcome) {
  Table<wire::WelcomeT> table(4);
  using B = wire::WelcomeT;
  table.refuses("version is 2", [](B& b) { b.version = 2; });
  table.refuses("lane is 0", [](B& b) { b.lane = 0; });
  table.refuses("lane is 6", [](B& b) { b.lane = 6; });
  table.refuses("rejected is missing", [](B& b) { b.rejected.clear(); });
  table.refuses("rejected.size is 65", [](B& b) { b.rejected.resize(65, "why"); });
  table.refuses("rejected[0] has a NUL", [](B& b) { b.rejected[0] = with_nul(); });
  table.refuses("rejected[0] has 1025 bytes", [](B& b) { b.rejected[0] = too_long(); });
  refuse_streams(table, "stream", [](B& b) -> auto& { return b.stream; });
  refuse_semaphores(table, "written", [](B& b) -> auto& { return b.written; }, true);
}

TEST(Refusal, TextureOffer) {
  Table<wire::TextureOfferT> table(6);
  refuse_textures(table, "texture", [](wire::TextureOfferT& b) -> auto& { return b.texture; });
}

TEST(Refusal, StreamChanged) {
  Table<wire::StreamChangedT> table(8);
  refuse_streams(table, "stream", [](wire::StreamChangedT& b) -> auto& { return b.stream; });
}

TEST(Refusal, StatusReply) {
  Table<wire::StatusReplyT> table(10);
  using B = wire::StatusReplyT;
  table.refuses("status is missing", [](B& b) { b.status.reset(); });
  table.refuses("status.last_publish_clock is 0", [](B& b) { b.status->last_publish_clock = 0; });
  table.refuses("status.last_publish_clock is 4", [](B& b) { b.status->last_publish_clock = 4; });
  table.refuses("status.readers is missing", [](B& b) { b.status->readers.clear(); });
  table.refuses("status.readers has 257 entries", [](B& b) {
    for (auto& rows = b.status->readers; rows.size() < 257;) rows.push_back(std::make_unique<wire::ReaderT>(*rows[0]));
  });
  table.refuses("status.readers[0].transport is 6", [](B& b) { b.status->readers[0]->transport = 6; });
  table.refuses("status.readers[0].latency_p50 is -1", [](B& b) { b.status->readers[0]->latency_p50 = -1; });
  table.refuses("status.readers[0].latency_p99 is -1", [](B& b) { b.status->readers[0]->latency_p99 = -1; });
  refuse_texts(table, "status.readers[0].application", [](B& b) -> std::string& { return b.status->readers[0]->application; });
  refuse_texts(table, "status.readers[0].why_not_zero_copy", [](B& b) -> std::string& { return b.status->readers[0]->why_not_zero_copy; });
  refuse_streams(table, "status.stream", [](B& b) -> auto& { return b.status->stream; });
}

TEST(Refusal, UserMessages) {
  Table<wire::UserTextureT> texture(11);
  refuse_textures(texture, "texture", [](wire::UserTextureT& b) -> auto& { return b.texture; });
  Table<wire::UserSemaphoreT> semaphore(12);
  refuse_semaphores(semaphore, "semaphore", [](wire::UserSemaphoreT& b) -> auto& { return b.semaphore; }, false);
  Table<wire::UserBytesT> bytes(13);
  bytes.refuses("bytes is missing", [](wire::UserBytesT& b) { b.bytes.clear(); });
  bytes.refuses("bytes.size is 32769", [](wire::UserBytesT& b) { b.bytes.resize(max_channel_message_bytes + 1); });
}

TEST(Refusal, PlanesThatAreNotAligned) {
  const ipc::Message message = rich_message(11);
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  auto& bytes = encoded->bytes;
  const auto* user = flatbuffers::GetSizePrefixedRoot<wire::Envelope>(bytes.data())->body_as_UserTexture();
  const auto* planes = user->texture()->memory_planes();
  const std::size_t from = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(planes) - bytes.data());
  const auto* table = reinterpret_cast<const flatbuffers::Table*>(user->texture());
  const std::size_t field =
      static_cast<std::size_t>(reinterpret_cast<const std::byte*>(table->GetAddressOf(wire::Texture::VT_MEMORY_PLANES)) - bytes.data());
  const std::size_t count = sizeof(flatbuffers::uoffset_t) + planes->size() * sizeof(wire::Plane);
  const std::vector<std::byte> vector(bytes.data() + from, bytes.data() + from + count);
  // The same planes once more, behind everything else: first where they may stand, then four bytes further.
  const auto decode_planes_at = [&](std::size_t remainder) {
    std::vector<std::byte> moved = bytes;
    do moved.resize(moved.size() + 4);
    while ((moved.size() + sizeof(flatbuffers::uoffset_t)) % alignof(wire::Plane) != remainder);
    flatbuffers::WriteScalar(reinterpret_cast<std::uint8_t*>(moved.data() + field),
                             static_cast<flatbuffers::uoffset_t>(moved.size() - field));
    moved.insert(moved.end(), vector.begin(), vector.end());
    flatbuffers::WriteScalar(reinterpret_cast<std::uint8_t*>(moved.data()),
                             static_cast<flatbuffers::uoffset_t>(moved.size() - sizeof(flatbuffers::uoffset_t)));
    return ipc::decode(moved, duplicates(*encoded));
  };
  const auto descriptors = open_descriptors();
  EXPECT_TRUE(ok(decode_planes_at(0)));
  EXPECT_TRUE(fails(decode_planes_at(4), Errc::protocol_error, "UserTexture.texture.memory_planes starts 4 bytes beyond"));
  EXPECT_EQ(open_descriptors(), descriptors);
}

TEST(Refusal, NoPlanesNeedNoAlignment) {
  ipc::Message message = rich_message(11);
  TextureHandleInfo& info = std::get<ipc::UserTexture>(message).texture.info;
  info.memory_plane_count = 0;
  info.memory_planes = {};
  for (std::size_t length = 0; length < 16; ++length) {  // moves the empty list through every place that it can have
    info.descriptor.label.assign(length, 'x');
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    EXPECT_TRUE(ok(ipc::decode(encoded->bytes, duplicates(*encoded)))) << length;
  }
}

TEST(Refusal, NoMessageAndUnknownMessages) {
  flatbuffers::FlatBufferBuilder builder;
  const auto goodbye = wire::CreateGoodbye(builder);
  const auto decode_as = [&](wire::Body type, flatbuffers::Offset<void> body) {
    builder.FinishSizePrefixed(wire::CreateEnvelope(builder, type, body), "GYSM");
    const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
    return ipc::decode({begin, builder.GetSize()}, {});
  };
  EXPECT_TRUE(fails(decode_as(wire::Body::NONE, 0), Errc::protocol_error, "kind 0"));
  builder.Clear();
  const auto other = wire::CreateGoodbye(builder);
  EXPECT_TRUE(fails(decode_as(static_cast<wire::Body>(200), other.Union()), Errc::protocol_error, "kind 200"));
  builder.Clear();
  EXPECT_TRUE(fails(decode_as(wire::Body::Hello, 0), Errc::protocol_error));
  static_cast<void>(goodbye);
}

TEST(Refusal, Announcement) {
  Random random(seed_for("announcement refusal"));
  auto good = ipc::encode_announcement(random_stream(random));
  ASSERT_TRUE(ok(good));
  const auto decode_spoilt_announcement = [&](const std::function<void(wire::AnnouncementT&)>& spoil) {
    wire::AnnouncementT announcement;
    flatbuffers::GetSizePrefixedRoot<wire::Announcement>(good->data())->UnPackTo(&announcement);
    spoil(announcement);
    flatbuffers::FlatBufferBuilder builder;
    builder.FinishSizePrefixed(wire::Announcement::Pack(builder, &announcement), "GYSA");
    const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
    return ipc::decode_announcement({begin, builder.GetSize()});
  };
  EXPECT_TRUE(ok(decode_spoilt_announcement([](wire::AnnouncementT&) {})));
  EXPECT_TRUE(fails(decode_spoilt_announcement([](wire::AnnouncementT& a) { a.version = 2; }), Errc::protocol_error, "version 2"));
  EXPECT_TRUE(fails(decode_spoilt_announcement([](wire::AnnouncementT& a) { a.stream.reset(); }), Errc::protocol_error,
                    "Announcement.stream is missing"));
  EXPECT_TRUE(fails(decode_spoilt_announcement([](wire::AnnouncementT& a) { a.stream->ring = 0; }), Errc::protocol_error,
                    "Announcement.stream.ring is 0"));
}

}  // namespace
}  // namespace geyser::test
