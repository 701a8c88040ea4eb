// A WGSL pass that halves and inverts a picture, and the way back to the CPU: plain WebGPU, as any program has it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "examples/support/must.hpp"
#include "geyser/webgpu.hpp"

namespace example {

/// The functions that this program calls, by the one that finds them.
struct WebGpu {
  explicit WebGpu(geyser::webgpu::GetProcAddress found) : get(found) {}
  template <class Function>
  Function find(std::string_view name) const {
    const WGPUProc found = get(WGPUStringView{name.data(), name.size()});
    if (found == nullptr) throw std::runtime_error("Dawn has no " + std::string(name));
    return reinterpret_cast<Function>(found);
  }
  geyser::webgpu::GetProcAddress get;
#define EXAMPLE_WEBGPU(name) WGPUProc##name name = find<WGPUProc##name>("wgpu" #name)
  EXAMPLE_WEBGPU(BindGroupLayoutRelease);
  EXAMPLE_WEBGPU(BindGroupRelease);
  EXAMPLE_WEBGPU(BufferGetConstMappedRange);
  EXAMPLE_WEBGPU(BufferMapAsync);
  EXAMPLE_WEBGPU(BufferRelease);
  EXAMPLE_WEBGPU(BufferUnmap);
  EXAMPLE_WEBGPU(CommandBufferRelease);
  EXAMPLE_WEBGPU(CommandEncoderBeginRenderPass);
  EXAMPLE_WEBGPU(CommandEncoderCopyTextureToBuffer);
  EXAMPLE_WEBGPU(CommandEncoderFinish);
  EXAMPLE_WEBGPU(CommandEncoderRelease);
  EXAMPLE_WEBGPU(DeviceCreateBindGroup);
  EXAMPLE_WEBGPU(DeviceCreateBuffer);
  EXAMPLE_WEBGPU(DeviceCreateCommandEncoder);
  EXAMPLE_WEBGPU(DeviceCreateRenderPipeline);
  EXAMPLE_WEBGPU(DeviceCreateShaderModule);
  EXAMPLE_WEBGPU(DeviceCreateTexture);
  EXAMPLE_WEBGPU(QueueSubmit);
  EXAMPLE_WEBGPU(RenderPassEncoderDraw);
  EXAMPLE_WEBGPU(RenderPassEncoderEnd);
  EXAMPLE_WEBGPU(RenderPassEncoderRelease);
  EXAMPLE_WEBGPU(RenderPassEncoderSetBindGroup);
  EXAMPLE_WEBGPU(RenderPassEncoderSetPipeline);
  EXAMPLE_WEBGPU(RenderPipelineGetBindGroupLayout);
  EXAMPLE_WEBGPU(RenderPipelineRelease);
  EXAMPLE_WEBGPU(ShaderModuleRelease);
  EXAMPLE_WEBGPU(TextureCreateView);
  EXAMPLE_WEBGPU(TextureRelease);
  EXAMPLE_WEBGPU(TextureViewRelease);
#undef EXAMPLE_WEBGPU
};

/// Ownership: its own pipeline, target and buffer. Threading: the device's.
class HalvedNegative {
 public:
  HalvedNegative(const geyser::webgpu::Device& device, std::uint32_t width, std::uint32_t height)
      : device_(device), wgpu_(device.get_proc_address()), width_(width / 2), height_(height / 2) {
    if (width_ == 0 || height_ == 0) throw std::runtime_error("the frames are too small to be halved");
    make_pipeline();
    WGPUTextureDescriptor target{};
    target.usage = WGPUTextureUsage_RenderAttachment | WGPUTextureUsage_CopySrc;
    target.dimension = WGPUTextureDimension_2D;
    target.size = {width_, height_, 1};
    target.format = WGPUTextureFormat_RGBA8Unorm;
    target.mipLevelCount = 1;
    target.sampleCount = 1;
    target_ = wgpu_.DeviceCreateTexture(device.handle(), &target);
    target_view_ = wgpu_.TextureCreateView(target_, nullptr);
    WGPUBufferDescriptor buffer{};
    buffer.size = std::uint64_t{stride()} * height_;
    buffer.usage = WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst;
    buffer_ = wgpu_.DeviceCreateBuffer(device.handle(), &buffer);
  }
  HalvedNegative(const HalvedNegative&) = delete;
  HalvedNegative& operator=(const HalvedNegative&) = delete;
  ~HalvedNegative() {
    wgpu_.BufferRelease(buffer_);
    wgpu_.TextureViewRelease(target_view_);
    wgpu_.TextureRelease(target_);
    wgpu_.RenderPipelineRelease(pipeline_);
  }

  [[nodiscard]] std::uint32_t width() const { return width_; }
  [[nodiscard]] std::uint32_t height() const { return height_; }

  /// Submits the pass over `source`, which must be within an access. Nothing of it is used after the submit.
  void draw(WGPUTexture source) {
    WGPUTextureView view = wgpu_.TextureCreateView(source, nullptr);
    WGPUBindGroupLayout layout = wgpu_.RenderPipelineGetBindGroupLayout(pipeline_, 0);
    WGPUBindGroupEntry entry{};
    entry.textureView = view;
    WGPUBindGroupDescriptor group_descriptor{};
    group_descriptor.layout = layout;
    group_descriptor.entryCount = 1;
    group_descriptor.entries = &entry;
    WGPUBindGroup group = wgpu_.DeviceCreateBindGroup(device_.handle(), &group_descriptor);

    WGPURenderPassColorAttachment attachment{};
    attachment.view = target_view_;
    attachment.depthSlice = WGPU_DEPTH_SLICE_UNDEFINED;
    attachment.loadOp = WGPULoadOp_Clear;
    attachment.storeOp = WGPUStoreOp_Store;
    WGPURenderPassDescriptor pass_descriptor{};
    pass_descriptor.colorAttachmentCount = 1;
    pass_descriptor.colorAttachments = &attachment;
    WGPUCommandEncoder encoder = wgpu_.DeviceCreateCommandEncoder(device_.handle(), nullptr);
    WGPURenderPassEncoder pass = wgpu_.CommandEncoderBeginRenderPass(encoder, &pass_descriptor);
    wgpu_.RenderPassEncoderSetPipeline(pass, pipeline_);
    wgpu_.RenderPassEncoderSetBindGroup(pass, 0, group, 0, nullptr);
    wgpu_.RenderPassEncoderDraw(pass, 3, 1, 0, 0);
    wgpu_.RenderPassEncoderEnd(pass);
    wgpu_.RenderPassEncoderRelease(pass);
    WGPUTexelCopyTextureInfo from{};
    from.texture = target_;
    from.aspect = WGPUTextureAspect_All;
    WGPUTexelCopyBufferInfo to{};
    to.buffer = buffer_;
    to.layout.bytesPerRow = stride();
    to.layout.rowsPerImage = height_;
    const WGPUExtent3D extent{width_, height_, 1};
    wgpu_.CommandEncoderCopyTextureToBuffer(encoder, &from, &to, &extent);
    WGPUCommandBuffer commands = wgpu_.CommandEncoderFinish(encoder, nullptr);
    wgpu_.CommandEncoderRelease(encoder);
    wgpu_.QueueSubmit(device_.queue(), 1, &commands);
    wgpu_.CommandBufferRelease(commands);
    wgpu_.BindGroupRelease(group);
    wgpu_.BindGroupLayoutRelease(layout);
    wgpu_.TextureViewRelease(view);
  }

  /// The picture of the last draw(), rows without gaps. Waits for it.
  [[nodiscard]] std::vector<std::byte> fetch() {
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
    const std::size_t bytes = std::size_t{stride()} * height_;
    wgpu_.BufferMapAsync(buffer_, WGPUMapMode_Read, 0, bytes, on_mapped);
    must(device_.process_events_until([&] { return mapped.done; }, std::chrono::seconds(10)));
    if (!mapped.good) throw std::runtime_error("Dawn does not map the picture");
    const auto* rows = static_cast<const std::byte*>(wgpu_.BufferGetConstMappedRange(buffer_, 0, bytes));
    std::vector<std::byte> pixels;
    for (std::size_t y = 0; y < height_; ++y) {
      const auto row = std::span(rows, bytes).subspan(y * stride(), std::size_t{4} * width_);
      pixels.insert(pixels.end(), row.begin(), row.end());
    }
    wgpu_.BufferUnmap(buffer_);
    return pixels;
  }

 private:
  [[nodiscard]] std::uint32_t stride() const { return (4 * width_ + 255) / 256 * 256; }  // rows start on multiples of 256 bytes

  void make_pipeline() {
    constexpr std::string_view code = R"(
@group(0) @binding(0) var frame: texture_2d<f32>;
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn negative(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = vec2i(position.xy) * 2;
  let sum = textureLoad(frame, at, 0) + textureLoad(frame, at + vec2i(1, 0), 0) +
            textureLoad(frame, at + vec2i(0, 1), 0) + textureLoad(frame, at + vec2i(1, 1), 0);
  return vec4f(1.0 - sum.rgb / 4.0, 1.0);
}
)";
    WGPUShaderSourceWGSL source{};
    source.chain.sType = WGPUSType_ShaderSourceWGSL;
    source.code = {code.data(), code.size()};
    WGPUShaderModuleDescriptor module_descriptor{};
    module_descriptor.nextInChain = &source.chain;
    WGPUShaderModule module = wgpu_.DeviceCreateShaderModule(device_.handle(), &module_descriptor);
    WGPUColorTargetState target{};
    target.format = WGPUTextureFormat_RGBA8Unorm;
    target.writeMask = WGPUColorWriteMask_All;
    WGPUFragmentState fragment{};
    fragment.module = module;
    fragment.entryPoint = {"negative", WGPU_STRLEN};
    fragment.targetCount = 1;
    fragment.targets = &target;
    WGPURenderPipelineDescriptor descriptor{};
    descriptor.vertex.module = module;
    descriptor.vertex.entryPoint = {"corner", WGPU_STRLEN};
    descriptor.primitive.topology = WGPUPrimitiveTopology_TriangleList;
    descriptor.multisample.count = 1;
    descriptor.multisample.mask = ~0U;
    descriptor.fragment = &fragment;
    pipeline_ = wgpu_.DeviceCreateRenderPipeline(device_.handle(), &descriptor);
    wgpu_.ShaderModuleRelease(module);
  }

  const geyser::webgpu::Device& device_;
  WebGpu wgpu_;
  std::uint32_t width_;
  std::uint32_t height_;
  WGPURenderPipeline pipeline_ = nullptr;
  WGPUTexture target_ = nullptr;
  WGPUTextureView target_view_ = nullptr;
  WGPUBuffer buffer_ = nullptr;
};

}  // namespace example
