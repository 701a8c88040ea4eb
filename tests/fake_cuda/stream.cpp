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
  auto waited = call.get<EventObject>(event);
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

std::optional<End> resolve(const Call& call, const Given& given, const api::Copy3D& copy, bool write) {
  if (given.lod != 0 || given.reserved != nullptr) return std::nullopt;
  End end;
  if (given.type == api::memory_array) {
    auto array = call.get<ArrayObject>(given.array);
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
  end.data = accessible(call.context(), given.device + start, bytes, write);
  if (end.data == nullptr) return std::nullopt;
  return end;
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
  auto source = resolve(call, from, *copy, false);
  auto target = resolve(call, to, *copy, true);
  if (!source || !target) return Status::invalid_value;
  enqueue(*stream_of(call, stream),
          [source = *source, target = *target, width = copy->width_bytes, height = copy->height, depth = copy->depth] {
            for (std::size_t z = 0; z < depth; ++z) {
              for (std::size_t y = 0; y < height; ++y) std::memcpy(target.row(z, y), source.row(z, y), width);
            }
            return true;
          });
  return Status::success;
}
