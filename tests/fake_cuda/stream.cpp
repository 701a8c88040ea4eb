// Streams, events, host functions, copies.
#include <cstring>

#include "exports.hpp"

using namespace fake_cuda;

FAKE_CUDA_EXPORT Status cuStreamCreate(api::Stream* stream, unsigned flags) {
  Call call("cuStreamCreate");
  if (auto no = call.refusal()) return *no;
  if ((flags & ~1U) != 0) return Status::invalid_value;
  Id id = 0;
  static_cast<void>(call.make<StreamObject>("stream", &id));
  *stream = reinterpret_cast<api::Stream>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuStreamDestroy_v2(api::Stream stream) {
  Call call("cuStreamDestroy_v2", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  auto object = call.get<StreamObject>(stream);
  if (object->work.empty()) {
    call.drop(stream);
  } else {
    object->destroyed = true;  // it goes when its work is done
  }
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuStreamWaitEvent(api::Stream stream, api::Event event, unsigned flags) {
  const Call call("cuStreamWaitEvent");
  if (auto no = call.refusal()) return *no;
  if (flags != 0) return Status::invalid_value;
  auto waited = call.get<EventObject>(event, 0);  // of any context, of any device
  const auto target = waited->recorded;
  enqueue(*stream_of(call, stream), [waited, target] { return waited->happened >= target; });
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuEventCreate(api::Event* event, unsigned flags) {
  Call call("cuEventCreate");
  if (auto no = call.refusal()) return *no;
  if ((flags & ~3U) != 0) return Status::invalid_value;
  Id id = 0;
  static_cast<void>(call.make<EventObject>("event", &id));
  *event = reinterpret_cast<api::Event>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuEventDestroy_v2(api::Event event) {
  Call call("cuEventDestroy_v2", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<EventObject>(event));
  call.drop(event);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuEventRecord(api::Event event, api::Stream stream) {
  const Call call("cuEventRecord");
  if (auto no = call.refusal()) return *no;
  auto recorded = call.get<EventObject>(event);
  const auto number = ++recorded->recorded;
  enqueue(*stream_of(call, stream), [recorded, number] {
    recorded->happened = number;
    return true;
  });
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuEventQuery(api::Event event) {
  const Call call("cuEventQuery");
  if (auto no = call.refusal()) return *no;
  auto queried = call.get<EventObject>(event);
  if (!state().config.asynchronous) run_streams();
  return queried->happened == queried->recorded ? Status::success : Status::not_ready;
}

FAKE_CUDA_EXPORT Status cuLaunchHostFunc(api::Stream stream, api::HostFunction function, void* data) {
  const Call call("cuLaunchHostFunc");
  if (auto no = call.refusal()) return *no;
  if (function == nullptr) return Status::invalid_value;
  enqueue(*stream_of(call, stream), [function, data] {
    // A call of the driver from here would wait for the lock for ever, which is what the real one says about it too.
    function(data);
    return true;
  });
  return Status::success;
}

namespace {

/// One side of a copy: where slice z and row y begin.
struct End {
  std::byte* data = nullptr;
  std::uint64_t row_pitch = 0;
  std::uint64_t slice_pitch = 0;
  std::shared_ptr<Object> kept;
  [[nodiscard]] std::byte* row(std::uint64_t z, std::uint64_t y) const { return data + z * slice_pitch + y * row_pitch; }
};

struct Given {
  int type;
  std::size_t x_bytes, y, z, lod;
  void* host;
  api::DevicePointer device;
  api::Array array;
  void* reserved;
  std::size_t pitch, height;
};

struct Extent {
  std::size_t width_bytes, height, depth;
};

/// `context` owns what is given.
std::optional<End> resolve(const Call& call, Id context, const Given& given, const Extent& copy, bool write) {
  if (given.lod != 0 || given.reserved != nullptr) return std::nullopt;
  End end;
  if (given.type == api::memory_array) {
    auto array = call.get<ArrayObject>(given.array, context);
    const ArrayLevel& level = array->level;
    if (given.x_bytes % level.block_bytes != 0 || copy.width_bytes % level.block_bytes != 0) return std::nullopt;
    if (given.x_bytes + copy.width_bytes > level.width * level.block_bytes || given.y + copy.height > level.height ||
        given.z + copy.depth > level.depth) {
      return std::nullopt;
    }
    end.kept = array;
    end.row_pitch = level.row_pitch;
    end.slice_pitch = level.slice_pitch;
    end.data = level.data + given.z * level.slice_pitch + given.y * level.row_pitch + given.x_bytes;
    return end;
  }
  const std::uint64_t pitch = given.pitch != 0 ? given.pitch : copy.width_bytes;
  const std::uint64_t height = given.height != 0 ? given.height : copy.height;
  if (pitch < given.x_bytes + copy.width_bytes || (copy.depth > 1 && height < given.y + copy.height)) return std::nullopt;
  end.row_pitch = pitch;
  end.slice_pitch = pitch * height;
  const std::uint64_t start = given.z * end.slice_pitch + given.y * pitch + given.x_bytes;
  if (given.type == api::memory_host) {
    if (given.host == nullptr) return std::nullopt;
    end.data = static_cast<std::byte*>(given.host) + start;
    return end;
  }
  if (given.type != api::memory_device) return std::nullopt;
  const std::uint64_t bytes = (copy.depth - 1) * end.slice_pitch + (copy.height - 1) * pitch + copy.width_bytes;
  end.data = accessible(context, given.device + start, bytes, write);
  if (end.data == nullptr) return std::nullopt;
  return end;
}

void enqueue_copy(StreamObject& stream, const End& source, const End& target, const Extent& extent) {
  enqueue(stream, [source, target, extent] {
    for (std::size_t z = 0; z < extent.depth; ++z) {
      for (std::size_t y = 0; y < extent.height; ++y) std::memcpy(target.row(z, y), source.row(z, y), extent.width_bytes);
    }
    return true;
  });
}

/// Memory of cuMemCreate() that is used by another device must have been opened to it by itself.
void check_opened(const Call& call, Id owner, const Given& given) {
  if (given.type != api::memory_device || owner == call.context()) return;
  for (const auto& [start, object] : state().objects) {
    const auto* range = dynamic_cast<ReservationObject*>(object.get());
    if (range == nullptr || range->context != owner || given.device < start || given.device - start >= range->size) continue;
    if (range->others.count(call.ordinal()) == 0)
      misuse(call.function(), "memory that was not opened to the other device by cuMemSetAccess");
  }
}

}  // namespace

FAKE_CUDA_EXPORT Status cuMemcpy3DAsync_v2(const api::Copy3D* copy, api::Stream stream) {
  const Call call("cuMemcpy3DAsync_v2");
  if (auto no = call.refusal()) return *no;
  if (copy->width_bytes == 0 || copy->height == 0 || copy->depth == 0) return Status::invalid_value;
  const Given from{
      copy->src_type,   copy->src_x_bytes, copy->src_y,     copy->src_z,     copy->src_lod,   const_cast<void*>(copy->src_host),
      copy->src_device, copy->src_array,   copy->reserved0, copy->src_pitch, copy->src_height};
  const Given to{copy->dst_type,   copy->dst_x_bytes, copy->dst_y,     copy->dst_z,     copy->dst_lod,   copy->dst_host,
                 copy->dst_device, copy->dst_array,   copy->reserved1, copy->dst_pitch, copy->dst_height};
  const Extent extent{copy->width_bytes, copy->height, copy->depth};
  auto source = resolve(call, call.context(), from, extent, false);
  auto target = resolve(call, call.context(), to, extent, true);
  if (!source || !target) return Status::invalid_value;
  enqueue_copy(*stream_of(call, stream), *source, *target, extent);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemcpy3DPeerAsync(const api::Copy3DPeer* copy, api::Stream stream) {
  const Call call("cuMemcpy3DPeerAsync");
  if (auto no = call.refusal()) return *no;
  if (copy->width_bytes == 0 || copy->height == 0 || copy->depth == 0) return Status::invalid_value;
  const Id source_context = reinterpret_cast<Id>(copy->src_context);
  const Id target_context = reinterpret_cast<Id>(copy->dst_context);
  for (const Id each : {source_context, target_context}) {
    const auto found = state().objects.find(each);
    if (found == state().objects.end()) return state().gone.count(each) != 0 ? Status::context_is_destroyed : Status::invalid_context;
    auto* const context = dynamic_cast<ContextObject*>(found->second.get());
    if (context == nullptr) return Status::invalid_context;
    const auto& current = dynamic_cast<ContextObject&>(*state().objects.at(call.context()));
    if (each != call.context() && current.peers.count(each) == 0) {
      misuse(call.function(), "the current context has no access to the other: a driver would go through host memory");
    }
  }
  if (call.context() != source_context && call.context() != target_context) {
    misuse(call.function(), "a stream of a context that neither owns the source nor the target");
  }
  const Given from{copy->src_type,   copy->src_x_bytes, copy->src_y, copy->src_z,     copy->src_lod,   const_cast<void*>(copy->src_host),
                   copy->src_device, copy->src_array,   nullptr,     copy->src_pitch, copy->src_height};
  const Given to{copy->dst_type,   copy->dst_x_bytes, copy->dst_y, copy->dst_z,     copy->dst_lod,   copy->dst_host,
                 copy->dst_device, copy->dst_array,   nullptr,     copy->dst_pitch, copy->dst_height};
  const Extent extent{copy->width_bytes, copy->height, copy->depth};
  auto source = resolve(call, source_context, from, extent, false);
  auto target = resolve(call, target_context, to, extent, true);
  if (!source || !target) return Status::invalid_value;
  check_opened(call, source_context, from);
  check_opened(call, target_context, to);
  enqueue_copy(*stream_of(call, stream), *source, *target, extent);
  return Status::success;
}
