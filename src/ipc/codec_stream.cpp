// What streams say about themselves and their readers.
#include <algorithm>
#include <limits>

#include "core/between_processes.hpp"
#include "geyser/publisher.hpp"
#include "ipc/wire.hpp"

namespace geyser::ipc {
namespace {

constexpr std::size_t max_rungs = 32;  // of one kind, in Capabilities
constexpr std::uint32_t least_ring = 2;

template <class Rows>
[[nodiscard]] bool few_enough(Decoder& in, const Place& at, const Rows* rows, std::size_t most) {
  if (!in.present(at, rows)) return false;
  if (rows->size() <= most) return true;
  in.refuse(at, "has ", rows->size(), " entries; allowed are at most ", most);
  return false;
}

[[nodiscard]] ReaderStatus decode(Decoder& in, const Place& at, const wire::Reader& wire) {
  ReaderStatus reader;
  reader.process_id = wire.process_id();
  reader.application = in.text(Place{&at, "application"}, wire.application());
  reader.transport = in.enumerator(Place{&at, "transport"}, wire.transport(), Transport::none, Transport::host_copy);
  reader.why_not_zero_copy = in.text(Place{&at, "why_not_zero_copy"}, wire.why_not_zero_copy());
  reader.frames = wire.frames();
  reader.skipped = wire.skipped();
  reader.last_frame = wire.last_frame();
  reader.claims = wire.claims();
  constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();
  in.within<std::int64_t>(Place{&at, "latency_p50"}, wire.latency_p50(), 0, longest);
  in.within<std::int64_t>(Place{&at, "latency_p99"}, wire.latency_p99(), 0, longest);
  reader.latency_p50 = std::chrono::nanoseconds(wire.latency_p50());
  reader.latency_p99 = std::chrono::nanoseconds(wire.latency_p99());
  return reader;
}

}  // namespace

flatbuffers::Offset<wire::Capabilities> encode(Encoder& out, const Capabilities& all) {
  const Capabilities capabilities = detail::between_processes(all);  // nobody else can have the rest
  const auto identity = encode(out, capabilities.identity);
  std::vector<flatbuffers::Offset<wire::MemorySupport>> memory;
  for (const MemoryHandleSupport& row : capabilities.memory) {
    const auto why_not = out.text(row.why_not);
    memory.push_back(wire::CreateMemorySupport(out.builder, static_cast<std::uint8_t>(row.type), row.can_export, row.can_import, why_not));
  }
  std::vector<flatbuffers::Offset<wire::SemaphoreSupport>> semaphores;
  for (const SemaphoreHandleSupport& row : capabilities.semaphores) {
    const auto why_not = out.text(row.why_not);
    semaphores.push_back(wire::CreateSemaphoreSupport(out.builder, static_cast<std::uint8_t>(row.kind), static_cast<std::uint8_t>(row.type),
                                                      row.can_export, row.can_import, why_not));
  }
  const auto memory_rows = out.builder.CreateVector(memory);
  const auto semaphore_rows = out.builder.CreateVector(semaphores);
  return wire::CreateCapabilities(out.builder, identity, memory_rows, semaphore_rows);
}

Capabilities decode(Decoder& in, const Place& at, const wire::Capabilities* wire) {
  Capabilities capabilities;
  if (!in.present(at, wire)) return capabilities;
  capabilities.identity = decode(in, Place{&at, "identity"}, wire->identity());
  if (few_enough(in, Place{&at, "memory"}, wire->memory(), max_rungs)) {
    for (flatbuffers::uoffset_t i = 0; i < wire->memory()->size(); ++i) {
      const wire::MemorySupport& row = *wire->memory()->Get(i);
      const Place here{&at, "memory", i};
      capabilities.memory.push_back(
          {.type = in.enumerator(Place{&here, "type"}, row.type(), MemoryHandleType::opaque_fd, MemoryHandleType::metal_texture),
           .can_export = row.can_export(),
           .can_import = row.can_import(),
           .why_not = in.text(Place{&here, "why_not"}, row.why_not())});
    }
  }
  if (few_enough(in, Place{&at, "semaphores"}, wire->semaphores(), max_rungs)) {
    for (flatbuffers::uoffset_t i = 0; i < wire->semaphores()->size(); ++i) {
      const wire::SemaphoreSupport& row = *wire->semaphores()->Get(i);
      const Place here{&at, "semaphores", i};
      capabilities.semaphores.push_back(
          {.kind = in.enumerator(Place{&here, "kind"}, row.kind(), SemaphoreKind::timeline, SemaphoreKind::host_timeline),
           .type = in.enumerator(Place{&here, "type"}, row.type(), SemaphoreHandleType::opaque_fd, SemaphoreHandleType::metal_shared_event),
           .can_export = row.can_export(),
           .can_import = row.can_import(),
           .why_not = in.text(Place{&here, "why_not"}, row.why_not())});
    }
  }
  return capabilities;
}

flatbuffers::Offset<wire::Stream> encode(Encoder& out, const StreamInfo& stream) {
  const auto name = out.exact_text(stream.name);
  const wire::Uuid uuid = encode(stream.uuid);
  const auto application = out.text(stream.application);
  const auto backend = out.text(stream.backend);
  const auto device = encode(out, stream.device);
  const auto texture = encode(out, stream.texture);
  return wire::CreateStream(out.builder, name, &uuid, application, stream.process_id, backend, device, texture, stream.generation,
                            static_cast<std::uint8_t>(stream.pacing), stream.ring);
}

StreamInfo decode(Decoder& in, const Place& at, const wire::Stream* wire) {
  StreamInfo stream;
  if (!in.present(at, wire)) return stream;
  stream.name = in.text(Place{&at, "name"}, wire->name(), max_stream_name_bytes);
  if (stream.name.empty()) in.refuse(Place{&at, "name"}, "is empty; allowed are 1 to ", max_stream_name_bytes, " bytes");
  stream.uuid = decode(in, Place{&at, "uuid"}, wire->uuid());
  stream.application = in.text(Place{&at, "application"}, wire->application());
  stream.process_id = wire->process_id();
  stream.backend = in.text(Place{&at, "backend"}, wire->backend());
  stream.device = decode(in, Place{&at, "device"}, wire->device());
  stream.texture = decode(in, Place{&at, "texture"}, wire->texture());
  stream.generation = wire->generation();
  stream.pacing = in.enumerator(Place{&at, "pacing"}, wire->pacing(), Pacing::latest, Pacing::lockstep);
  in.within(Place{&at, "ring"}, wire->ring(), least_ring, max_ring);
  stream.ring = wire->ring();
  return stream;
}

flatbuffers::Offset<wire::Status> encode(Encoder& out, const StreamStatus& status) {
  const auto stream = encode(out, status.stream);
  std::vector<flatbuffers::Offset<wire::Reader>> readers;
  for (const ReaderStatus& reader : status.readers) {
    const auto application = out.text(reader.application);
    const auto why_not = out.text(reader.why_not_zero_copy);
    readers.push_back(wire::CreateReader(out.builder, reader.process_id, application, static_cast<std::uint8_t>(reader.transport), why_not,
                                         reader.frames, reader.skipped, reader.last_frame, reader.claims, reader.latency_p50.count(),
                                         reader.latency_p99.count()));
  }
  const auto rows = out.builder.CreateVector(readers);
  return wire::CreateStatus(out.builder, stream, status.frames, status.last_publish.nanoseconds,
                            static_cast<std::uint8_t>(status.last_publish.clock), status.textures, status.bytes, rows);
}

StreamStatus decode(Decoder& in, const Place& at, const wire::Status* wire) {
  StreamStatus status;
  if (!in.present(at, wire)) return status;
  status.stream = decode(in, Place{&at, "stream"}, wire->stream());
  status.frames = wire->frames();
  status.last_publish = {wire->last_publish(), in.enumerator(Place{&at, "last_publish_clock"}, wire->last_publish_clock(),
                                                             ClockType::monotonic, ClockType::media)};
  status.textures = wire->textures();
  status.bytes = wire->bytes();
  if (few_enough(in, Place{&at, "readers"}, wire->readers(), max_stream_readers)) {
    for (flatbuffers::uoffset_t i = 0; i < wire->readers()->size(); ++i) {
      status.readers.push_back(decode(in, Place{&at, "readers", i}, *wire->readers()->Get(i)));
    }
  }
  return status;
}

}  // namespace geyser::ipc
