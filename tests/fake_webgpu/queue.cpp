// Buffers, command buffers, the queue; and what tests ask of the whole.
#include <algorithm>
#include <cstring>

#include "fake_webgpu/objects.hpp"
#include "geyser/format.hpp"

namespace fake_dawn {
namespace {

WGPUBuffer create_buffer(WGPUDevice device, const WGPUBufferDescriptor* descriptor) {
  checked(device, "wgpuDeviceCreateBuffer");
  auto* buffer = new WGPUBufferImpl;
  if (fails("wgpuDeviceCreateBuffer")) {
    injected_error("wgpuDeviceCreateBuffer");
    buffer->error = true;
    return buffer;
  }
  buffer->bytes.assign(descriptor->size, std::byte{0});
  return buffer;
}
void buffer_destroy(WGPUBuffer buffer) { checked(buffer, "wgpuBufferDestroy")->mapped = false; }
void buffer_release(WGPUBuffer buffer) { drop_reference(buffer, "wgpuBufferRelease"); }
WGPUFuture map_async(WGPUBuffer buffer, WGPUMapMode, std::size_t, std::size_t, WGPUBufferMapCallbackInfo info) {
  checked(buffer, "wgpuBufferMapAsync");
  const bool injected = fails("wgpuBufferMapAsync");
  const bool failed = injected || buffer->error;
  if (injected) injected_error("wgpuBufferMapAsync");
  buffer->mapped = !failed;
  return future_of(info.mode, [info, failed] {
    info.callback(failed ? WGPUMapAsyncStatus_Error : WGPUMapAsyncStatus_Success, {}, info.userdata1, info.userdata2);
  });
}
const void* mapped_range(WGPUBuffer buffer, std::size_t offset, std::size_t) {
  checked(buffer, "wgpuBufferGetConstMappedRange");
  if (fails("wgpuBufferGetConstMappedRange") || !buffer->mapped) return nullptr;
  return buffer->bytes.data() + offset;
}
void unmap(WGPUBuffer buffer) {
  if (!checked(buffer, "wgpuBufferUnmap")->mapped) violate("wgpuBufferUnmap of a buffer that is not mapped");
  buffer->mapped = false;
}

WGPUCommandEncoder create_encoder(WGPUDevice device, const WGPUCommandEncoderDescriptor*) {
  checked(device, "wgpuDeviceCreateCommandEncoder");
  auto* encoder = new WGPUCommandEncoderImpl;
  if (fails("wgpuDeviceCreateCommandEncoder")) {
    injected_error("wgpuDeviceCreateCommandEncoder");
    encoder->error = true;
  }
  return encoder;
}
void copy_texture(WGPUCommandEncoder encoder, const WGPUTexelCopyTextureInfo* from, const WGPUTexelCopyBufferInfo* to,
                  const WGPUExtent3D* extent) {
  checked(encoder, "wgpuCommandEncoderCopyTextureToBuffer");
  if (to->layout.bytesPerRow % 256 != 0) violate("rows in buffers start on multiples of 256 bytes");
  if (checked(to->buffer, "wgpuCommandEncoderCopyTextureToBuffer")->error) encoder->error = true;  // told by finishing
  add_reference(from->texture, "wgpuCommandEncoderCopyTextureToBuffer");
  add_reference(to->buffer, "wgpuCommandEncoderCopyTextureToBuffer");
  encoder->copies.push_back({from->texture, to->buffer, *from, *to, *extent});
}
WGPUCommandBuffer finish(WGPUCommandEncoder encoder, const WGPUCommandBufferDescriptor*) {
  checked(encoder, "wgpuCommandEncoderFinish");
  auto* commands = new WGPUCommandBufferImpl;
  const bool failed = fails("wgpuCommandEncoderFinish");
  if (failed || encoder->error) {
    if (failed) {
      injected_error("wgpuCommandEncoderFinish");
    } else {
      error(WGPUErrorType_Validation, "emulated: commands with an error object");
    }
    commands->error = true;
    return commands;
  }
  commands->copies = std::exchange(encoder->copies, {});
  return commands;
}
void encoder_release(WGPUCommandEncoder encoder) { drop_reference(encoder, "wgpuCommandEncoderRelease"); }
void commands_release(WGPUCommandBuffer commands) { drop_reference(commands, "wgpuCommandBufferRelease"); }

struct Place {
  geyser::FormatInfo format;
  std::size_t row;    // bytes of a row of blocks of the whole texture
  std::size_t start;  // of the region's first byte
  std::size_t bytes;  // of a row of the region
  std::size_t rows;
};

Place place_of(const WGPUTextureImpl& texture, const WGPUOrigin3D& origin, const WGPUExtent3D& extent) {
  const auto& descriptor = texture.memory->texture->descriptor();
  const auto& format = *geyser::format_info(descriptor.format);
  const std::size_t row = geyser::region_layout(descriptor, {})->row_bytes;
  const std::size_t block = format.planes[0].block_bytes;
  const std::size_t columns = (extent.width + format.block_width - 1) / format.block_width;
  return {format, row, origin.y / format.block_height * row + origin.x / format.block_width * block, columns * block,
          (extent.height + format.block_height - std::size_t{1}) / format.block_height};
}

void run(const WGPUCommandEncoderImpl::Copy& copy) {
  if (!use(copy.texture, "wgpuQueueSubmit")) return;
  if ((copy.texture->usage & WGPUTextureUsage_CopySrc) == 0) violate("a copy out of a texture without CopySrc");
  const auto& pixels = copy.texture->memory->access->pixels;
  const Place place = place_of(*copy.texture, copy.from.origin, copy.extent);
  if (copy.buffer->bytes.size() < copy.to.layout.offset + copy.to.layout.bytesPerRow * (place.rows - 1) + place.bytes) {
    return violate("a copy beyond the end of its buffer");
  }
  for (std::size_t y = 0; y < place.rows; ++y) {
    std::memcpy(copy.buffer->bytes.data() + copy.to.layout.offset + y * copy.to.layout.bytesPerRow,
                pixels.data() + place.start + y * place.row, place.bytes);
  }
}

void submit(WGPUQueue queue, std::size_t count, const WGPUCommandBuffer* commands) {
  checked(queue, "wgpuQueueSubmit");
  if (fails("wgpuQueueSubmit")) return injected_error("wgpuQueueSubmit");
  for (std::size_t i = 0; i < count; ++i) {
    if (checked(commands[i], "wgpuQueueSubmit")->error) {
      error(WGPUErrorType_Validation, "emulated: a command buffer that is an error object");
      continue;
    }
    for (const auto& copy : commands[i]->copies) run(copy);
  }
}

void write_texture(WGPUQueue queue, const WGPUTexelCopyTextureInfo* to, const void* data, std::size_t bytes,
                   const WGPUTexelCopyBufferLayout* layout, const WGPUExtent3D* extent) {
  checked(queue, "wgpuQueueWriteTexture");
  if (fails("wgpuQueueWriteTexture")) return injected_error("wgpuQueueWriteTexture");
  if (!use(checked(to->texture, "wgpuQueueWriteTexture"), "wgpuQueueWriteTexture")) return;
  if ((to->texture->usage & WGPUTextureUsage_CopyDst) == 0) violate("a write to a texture without CopyDst");
  auto& access = *to->texture->memory->access;
  const Place place = place_of(*to->texture, to->origin, *extent);
  if (bytes < layout->offset + layout->bytesPerRow * (place.rows - 1) + place.bytes) return violate("a write of more bytes than there are");
  for (std::size_t y = 0; y < place.rows; ++y) {
    std::memcpy(access.pixels.data() + place.start + y * place.row,
                static_cast<const std::byte*>(data) + layout->offset + y * layout->bytesPerRow, place.bytes);
  }
  access.written = true;
}

WGPUFuture work_done(WGPUQueue queue, WGPUQueueWorkDoneCallbackInfo info) {
  checked(queue, "wgpuQueueOnSubmittedWorkDone");
  const bool failed = fails("wgpuQueueOnSubmittedWorkDone");
  return future_of(info.mode, [info, failed] {
    info.callback(failed ? WGPUQueueWorkDoneStatus_Error : WGPUQueueWorkDoneStatus_Success, {}, info.userdata1, info.userdata2);
  });
}
void queue_release(WGPUQueue queue) { drop_reference(queue, "wgpuQueueRelease"); }

}  // namespace

WGPUProc queue_function(std::string_view wanted) {
  FAKE_DAWN_FUNCTION(DeviceCreateBuffer, &create_buffer);
  FAKE_DAWN_FUNCTION(BufferDestroy, &buffer_destroy);
  FAKE_DAWN_FUNCTION(BufferRelease, &buffer_release);
  FAKE_DAWN_FUNCTION(BufferMapAsync, &map_async);
  FAKE_DAWN_FUNCTION(BufferGetConstMappedRange, &mapped_range);
  FAKE_DAWN_FUNCTION(BufferUnmap, &unmap);
  FAKE_DAWN_FUNCTION(DeviceCreateCommandEncoder, &create_encoder);
  FAKE_DAWN_FUNCTION(CommandEncoderCopyTextureToBuffer, &copy_texture);
  FAKE_DAWN_FUNCTION(CommandEncoderFinish, &finish);
  FAKE_DAWN_FUNCTION(CommandEncoderRelease, &encoder_release);
  FAKE_DAWN_FUNCTION(CommandBufferRelease, &commands_release);
  FAKE_DAWN_FUNCTION(QueueSubmit, &submit);
  FAKE_DAWN_FUNCTION(QueueWriteTexture, &write_texture);
  FAKE_DAWN_FUNCTION(QueueOnSubmittedWorkDone, &work_done);
  FAKE_DAWN_FUNCTION(QueueRelease, &queue_release);
  return nullptr;
}

WGPUProc get_proc_address(WGPUStringView name) {
  const std::string_view wanted(name.data, name.length == WGPU_STRLEN ? std::strlen(name.data) : name.length);
  for (auto* table : {&device_function, &memory_function, &queue_function}) {
    if (const WGPUProc found = table(wanted)) return found;
  }
  return nullptr;
}

void reset(const Config& config) {
  auto& s = state();
  std::vector<std::string> left;
  for (const auto& [at, object] : s.live) left.push_back(object->type + " is left over from before");
  s = State{};
  s.config = config;
  s.violations = left;
}

Made make_device(const std::set<WGPUFeatureName>& enabled) {
  Made made{new WGPUInstanceImpl, new WGPUDeviceImpl};
  made.device->features = enabled;
  return made;
}
void release(const Made& made) {
  drop_reference(made.device, "wgpuDeviceRelease");
  drop_reference(made.instance, "wgpuInstanceRelease");
}

std::map<std::string, std::size_t> live_objects() {
  std::map<std::string, std::size_t> counts;
  for (const auto& [at, object] : state().live) ++counts[object->type];
  return counts;
}
std::vector<std::string> take_violations() { return std::exchange(state().violations, {}); }
std::vector<std::string> take_uncaptured() { return std::exchange(state().uncaptured, {}); }
std::size_t open_scopes() { return state().scopes.size(); }
std::uint64_t calls(std::string_view function) {
  const auto found = state().calls.find(function);
  return found == state().calls.end() ? 0 : found->second;
}
void fail_call(std::uint64_t nth, bool memory) {
  state().fail_at = nth;
  state().fail_name.clear();
  state().fail_memory = memory;
  state().injected.clear();
}
void fail_function(std::string_view function, std::uint64_t nth, bool memory) {
  fail_call(nth, memory);
  state().fail_name = function;
}
void stop_failing() { state().fail_at = 0; }
std::string injected() { return state().injected; }
void lose_device(std::string reason) { state().lost = std::move(reason); }
void hold(bool held) { state().held = held; }

void write(WGPUDevice device, WGPUTexture texture, const std::vector<std::byte>& pixels) {
  WGPUQueueImpl queue(device);
  const auto& descriptor = texture->memory->texture->descriptor();
  WGPUTexelCopyTextureInfo to{};
  to.texture = texture;
  WGPUTexelCopyBufferLayout layout{};
  layout.bytesPerRow = geyser::region_layout(descriptor, {})->row_bytes;
  const WGPUExtent3D extent{descriptor.extent.width, descriptor.extent.height, 1};
  write_texture(&queue, &to, pixels.data(), pixels.size(), &layout, &extent);
}

std::vector<std::byte> read(WGPUDevice, WGPUTexture texture) {
  if (!use(texture, "a test's own read")) return {};
  return texture->memory->access->pixels;
}

}  // namespace fake_dawn

WGPUQueueImpl::WGPUQueueImpl(WGPUDevice owner) : Object("queue"), device(owner) { ++owner->references; }
WGPUQueueImpl::~WGPUQueueImpl() { fake_dawn::drop_reference(device, "the end of a queue"); }
namespace {
void drop(std::vector<WGPUCommandEncoderImpl::Copy>& copies) {
  for (const auto& copy : copies) {
    fake_dawn::drop_reference(copy.texture, "the end of commands");
    fake_dawn::drop_reference(copy.buffer, "the end of commands");
  }
  copies.clear();
}
}  // namespace
WGPUCommandEncoderImpl::~WGPUCommandEncoderImpl() { drop(copies); }
WGPUCommandBufferImpl::~WGPUCommandBufferImpl() { drop(copies); }
