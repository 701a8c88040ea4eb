#include "webgpu/gpu.hpp"

#include <chrono>
#include <cstring>
#include <thread>

namespace geyser::test::dawn {
namespace {

bool process(WGPUInstance instance, const bool& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done) {
    DAWN(InstanceProcessEvents)(instance);
    if (done || std::chrono::steady_clock::now() > end) break;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return done;
}

struct Shape {
  std::uint64_t row = 0;   // bytes of a row of blocks
  std::uint64_t rows = 0;  // rows of blocks
  WGPUExtent3D extent{};
};

Shape shape_of(const TextureDescriptor& descriptor) {
  const auto layout = region_layout(descriptor, {});
  Shape shape;
  shape.row = layout ? layout->row_bytes : 0;
  shape.rows = layout ? layout->rows : 0;
  const auto& format = *format_info(descriptor.format);
  // Copies of block-compressed textures take whole blocks.
  const auto whole = [](std::uint32_t size, std::uint32_t block) { return (size + block - 1) / block * block; };
  shape.extent = {whole(descriptor.extent.width, format.block_width), whole(descriptor.extent.height, format.block_height), 1};
  return shape;
}

constexpr std::string_view vertex_shader = R"(
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i32(i & 1u) * 4 - 1), f32(i32(i >> 1u) * 4 - 1), 0.0, 1.0);
}
@group(0) @binding(0) var source: texture_2d<f32>;
@fragment fn texel(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = vec2i(position.xy);
  return )";

}  // namespace

Fetch::Fetch(Fetch&& other) noexcept
    : instance_(other.instance_), buffer_(other.buffer_), row_(other.row_), stride_(other.stride_), rows_(other.rows_) {
  other.buffer_ = nullptr;
}

Fetch::~Fetch() {
  if (buffer_ != nullptr) DAWN(BufferRelease)(buffer_);
}

std::vector<std::byte> Fetch::bytes() {
  struct Mapped {
    bool done = false;
    bool good = false;
  } mapped;
  WGPUBufferMapCallbackInfo on_mapped{};
  on_mapped.mode = WGPUCallbackMode_AllowProcessEvents;
  on_mapped.userdata1 = &mapped;
  on_mapped.callback = [](WGPUMapAsyncStatus status, WGPUStringView, void* to, void*) {
    *static_cast<Mapped*>(to) = {true, status == WGPUMapAsyncStatus_Success};
  };
  DAWN(BufferMapAsync)(buffer_, WGPUMapMode_Read, 0, stride_ * rows_, on_mapped);
  if (!process(instance_, mapped.done) || !mapped.good) return {};
  const auto* from = static_cast<const std::byte*>(DAWN(BufferGetConstMappedRange)(buffer_, 0, stride_ * rows_));
  if (from == nullptr) return {};
  std::vector<std::byte> bytes(row_ * rows_);
  for (std::uint64_t y = 0; y < rows_; ++y) std::memcpy(bytes.data() + y * row_, from + y * stride_, row_);
  DAWN(BufferUnmap)(buffer_);
  return bytes;
}

Gpu::Gpu(WGPUInstance instance, WGPUDevice device) : instance_(instance), device_(device), queue_(DAWN(DeviceGetQueue)(device)) {}
Gpu::~Gpu() { DAWN(QueueRelease)(queue_); }

bool Gpu::process_until(const bool& done) const { return process(instance_, done); }

namespace {

// Rows start on multiples of 256 bytes in buffers.
constexpr std::uint64_t padded(std::uint64_t row) { return (row + 255) / 256 * 256; }

WGPUCommandBuffer copy_commands(WGPUDevice device, WGPUTexture texture, WGPUBuffer buffer, const Shape& shape, std::uint32_t layer) {
  WGPUCommandEncoder encoder = DAWN(DeviceCreateCommandEncoder)(device, nullptr);
  WGPUTexelCopyTextureInfo from{};
  from.texture = texture;
  from.aspect = WGPUTextureAspect_All;
  from.origin = {0, 0, layer};
  WGPUTexelCopyBufferInfo to{};
  to.buffer = buffer;
  to.layout.bytesPerRow = static_cast<std::uint32_t>(padded(shape.row));
  to.layout.rowsPerImage = static_cast<std::uint32_t>(shape.rows);
  DAWN(CommandEncoderCopyTextureToBuffer)(encoder, &from, &to, &shape.extent);
  WGPUCommandBuffer commands = DAWN(CommandEncoderFinish)(encoder, nullptr);
  DAWN(CommandEncoderRelease)(encoder);
  return commands;
}

WGPUBuffer poisoned_buffer(WGPUDevice device, std::uint64_t bytes) {
  WGPUBufferDescriptor descriptor{};
  descriptor.size = bytes;
  descriptor.usage = WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst;
  return DAWN(DeviceCreateBuffer)(device, &descriptor);
}

}  // namespace

Fetch Gpu::fetch(WGPUTexture texture, const TextureDescriptor& descriptor, std::uint32_t layer) {
  const Shape shape = shape_of(descriptor);
  const std::uint64_t bytes = padded(shape.row) * shape.rows;
  WGPUBuffer buffer = poisoned_buffer(device_, bytes);
  const std::vector<std::uint8_t> poison(bytes, 0xCD);
  DAWN(QueueWriteBuffer)(queue_, buffer, 0, poison.data(), poison.size());
  submit(copy_commands(device_, texture, buffer, shape, layer));
  return {instance_, buffer, shape.row, padded(shape.row), shape.rows};
}

WGPUCommandBuffer Gpu::record_copy(WGPUTexture texture, const TextureDescriptor& descriptor) {
  const Shape shape = shape_of(descriptor);
  WGPUBuffer buffer = poisoned_buffer(device_, padded(shape.row) * shape.rows);
  WGPUCommandBuffer commands = copy_commands(device_, texture, buffer, shape, 0);
  DAWN(BufferRelease)(buffer);
  return commands;
}

void Gpu::submit(WGPUCommandBuffer commands) {
  DAWN(QueueSubmit)(queue_, 1, &commands);
  DAWN(CommandBufferRelease)(commands);
}

void Gpu::write(WGPUTexture texture, const TextureDescriptor& descriptor, std::span<const std::byte> bytes) {
  const Shape shape = shape_of(descriptor);
  WGPUTexelCopyTextureInfo to{};
  to.texture = texture;
  to.aspect = WGPUTextureAspect_All;
  WGPUTexelCopyBufferLayout layout{};
  layout.bytesPerRow = static_cast<std::uint32_t>(shape.row);
  layout.rowsPerImage = static_cast<std::uint32_t>(shape.rows);
  DAWN(QueueWriteTexture)(queue_, &to, bytes.data(), bytes.size(), &layout, &shape.extent);
}

void Gpu::clear(WGPUTexture texture, const WGPUColor& color) {
  WGPUTextureView view = DAWN(TextureCreateView)(texture, nullptr);
  WGPURenderPassColorAttachment attachment{};
  attachment.view = view;
  attachment.depthSlice = WGPU_DEPTH_SLICE_UNDEFINED;
  attachment.loadOp = WGPULoadOp_Clear;
  attachment.storeOp = WGPUStoreOp_Store;
  attachment.clearValue = color;
  WGPURenderPassDescriptor pass{};
  pass.colorAttachmentCount = 1;
  pass.colorAttachments = &attachment;
  WGPUCommandEncoder encoder = DAWN(DeviceCreateCommandEncoder)(device_, nullptr);
  WGPURenderPassEncoder recorder = DAWN(CommandEncoderBeginRenderPass)(encoder, &pass);
  DAWN(RenderPassEncoderEnd)(recorder);
  DAWN(RenderPassEncoderRelease)(recorder);
  WGPUCommandBuffer commands = DAWN(CommandEncoderFinish)(encoder, nullptr);
  DAWN(CommandEncoderRelease)(encoder);
  submit(commands);
  DAWN(TextureViewRelease)(view);
}

void Gpu::draw(WGPUTexture from, WGPUTexture to, WGPUTextureFormat to_format, std::string_view expression) {
  const std::string code = std::string(vertex_shader) + std::string(expression) + ";\n}\n";
  WGPUShaderSourceWGSL source{};
  source.chain.sType = WGPUSType_ShaderSourceWGSL;
  source.code = view_of(code);
  WGPUShaderModuleDescriptor module_descriptor{};
  module_descriptor.nextInChain = &source.chain;
  WGPUShaderModule module = DAWN(DeviceCreateShaderModule)(device_, &module_descriptor);
  WGPUColorTargetState target{};
  target.format = to_format;
  target.writeMask = WGPUColorWriteMask_All;
  WGPUFragmentState fragment{};
  fragment.module = module;
  fragment.entryPoint = view_of("texel");
  fragment.targetCount = 1;
  fragment.targets = &target;
  WGPURenderPipelineDescriptor descriptor{};
  descriptor.vertex.module = module;
  descriptor.vertex.entryPoint = view_of("corner");
  descriptor.primitive.topology = WGPUPrimitiveTopology_TriangleList;
  descriptor.multisample.count = 1;
  descriptor.multisample.mask = ~0U;
  descriptor.fragment = &fragment;
  WGPURenderPipeline pipeline = DAWN(DeviceCreateRenderPipeline)(device_, &descriptor);
  WGPUTextureView from_view = DAWN(TextureCreateView)(from, nullptr);
  WGPUTextureView to_view = DAWN(TextureCreateView)(to, nullptr);
  WGPUBindGroupEntry entry{};
  entry.binding = 0;
  entry.textureView = from_view;
  WGPUBindGroupLayout layout = DAWN(RenderPipelineGetBindGroupLayout)(pipeline, 0);
  WGPUBindGroupDescriptor group_descriptor{};
  group_descriptor.layout = layout;
  group_descriptor.entryCount = 1;
  group_descriptor.entries = &entry;
  WGPUBindGroup group = DAWN(DeviceCreateBindGroup)(device_, &group_descriptor);
  WGPURenderPassColorAttachment attachment{};
  attachment.view = to_view;
  attachment.depthSlice = WGPU_DEPTH_SLICE_UNDEFINED;
  attachment.loadOp = WGPULoadOp_Clear;
  attachment.storeOp = WGPUStoreOp_Store;
  WGPURenderPassDescriptor pass{};
  pass.colorAttachmentCount = 1;
  pass.colorAttachments = &attachment;
  WGPUCommandEncoder encoder = DAWN(DeviceCreateCommandEncoder)(device_, nullptr);
  WGPURenderPassEncoder recorder = DAWN(CommandEncoderBeginRenderPass)(encoder, &pass);
  DAWN(RenderPassEncoderSetPipeline)(recorder, pipeline);
  DAWN(RenderPassEncoderSetBindGroup)(recorder, 0, group, 0, nullptr);
  DAWN(RenderPassEncoderDraw)(recorder, 3, 1, 0, 0);
  DAWN(RenderPassEncoderEnd)(recorder);
  DAWN(RenderPassEncoderRelease)(recorder);
  WGPUCommandBuffer commands = DAWN(CommandEncoderFinish)(encoder, nullptr);
  DAWN(CommandEncoderRelease)(encoder);
  submit(commands);
  DAWN(BindGroupRelease)(group);
  DAWN(BindGroupLayoutRelease)(layout);
  DAWN(TextureViewRelease)(to_view);
  DAWN(TextureViewRelease)(from_view);
  DAWN(RenderPipelineRelease)(pipeline);
  DAWN(ShaderModuleRelease)(module);
}

std::string Gpu::errors_of(const std::function<void()>& work) {
  struct Popped {
    bool done = false;
    std::string text;
  } popped;
  DAWN(DevicePushErrorScope)(device_, WGPUErrorFilter_Validation);
  work();
  WGPUPopErrorScopeCallbackInfo on_popped{};
  on_popped.mode = WGPUCallbackMode_AllowProcessEvents;
  on_popped.userdata1 = &popped;
  on_popped.callback = [](WGPUPopErrorScopeStatus, WGPUErrorType type, WGPUStringView message, void* to, void*) {
    auto& answer = *static_cast<Popped*>(to);
    answer.done = true;
    if (type != WGPUErrorType_NoError) answer.text = text_of(message);
  };
  DAWN(DevicePopErrorScope)(device_, on_popped);
  if (!process_until(popped.done)) return "Dawn does not answer";
  return popped.text;
}

bool Gpu::finish() {
  bool done = false;
  WGPUQueueWorkDoneCallbackInfo on_done{};
  on_done.mode = WGPUCallbackMode_AllowProcessEvents;
  on_done.userdata1 = &done;
  on_done.callback = [](WGPUQueueWorkDoneStatus, WGPUStringView, void* to, void*) { *static_cast<bool*>(to) = true; };
  DAWN(QueueOnSubmittedWorkDone)(queue_, on_done);
  return process_until(done);
}

}  // namespace geyser::test::dawn
