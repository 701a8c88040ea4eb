// Objective-C++ only. Type-checked, never run. The objects behind metal_api.hpp, kept by ARC as members.
#pragma once

#import <IOSurface/IOSurfaceRef.h>
#import <Metal/Metal.h>

#include "backends/metal/metal_api.hpp"

namespace geyser::metal::api {

class MetalSurface final : public Surface {
 public:
  /// Takes over one reference.
  explicit MetalSurface(IOSurfaceRef surface) noexcept : surface_(surface) {}
  ~MetalSurface() override;
  [[nodiscard]] void* native() const noexcept override { return static_cast<void*>(surface_); }
  [[nodiscard]] SurfaceShape shape() const override;
  [[nodiscard]] Result<OsHandle> make_port() const override;
  [[nodiscard]] Result<void> lock(bool for_writing) override;
  void unlock(bool for_writing) noexcept override;
  [[nodiscard]] std::byte* bytes(std::uint32_t plane) const noexcept override;
  [[nodiscard]] IOSurfaceRef surface() const noexcept { return surface_; }

 private:
  IOSurfaceRef surface_;
};

class MetalTexture final : public Texture {
 public:
  explicit MetalTexture(id<MTLTexture> texture) noexcept : texture_(texture) {}
  [[nodiscard]] void* native() const noexcept override { return (__bridge void*)texture_; }
  [[nodiscard]] TextureShape shape() const override;
  [[nodiscard]] bool shareable() const override { return texture_.shareable; }
  [[nodiscard]] void* make_shared_handle() const override;
  [[nodiscard]] id<MTLTexture> texture() const noexcept { return texture_; }

 private:
  id<MTLTexture> texture_;
};

class MetalBuffer final : public Buffer {
 public:
  explicit MetalBuffer(id<MTLBuffer> buffer) noexcept : buffer_(buffer) {}
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override {
    return {static_cast<std::byte*>([buffer_ contents]), buffer_.length};
  }
  [[nodiscard]] id<MTLBuffer> buffer() const noexcept { return buffer_; }

 private:
  id<MTLBuffer> buffer_;
};

class MetalEvent final : public Event {
 public:
  explicit MetalEvent(id<MTLSharedEvent> event) noexcept : event_(event) {}
  [[nodiscard]] void* native() const noexcept override { return (__bridge void*)event_; }
  [[nodiscard]] std::uint64_t value() const override { return event_.signaledValue; }
  void set_value(std::uint64_t value) override { event_.signaledValue = value; }
  void notify(std::uint64_t value, std::function<void()> reached) override;
  [[nodiscard]] void* make_shared_handle() const override;
  [[nodiscard]] id<MTLSharedEvent> event() const noexcept { return event_; }

 private:
  id<MTLSharedEvent> event_;
};

class MetalCommandBuffer final : public CommandBuffer {
 public:
  explicit MetalCommandBuffer(id<MTLCommandBuffer> commands) noexcept : commands_(commands) {}
  [[nodiscard]] bool on_device(const void* native_device) const override { return (__bridge void*)commands_.device == native_device; }
  [[nodiscard]] bool open() const override;
  void encode_wait(Event& event, std::uint64_t value) override;
  void encode_signal(Event& event, std::uint64_t value) override;
  [[nodiscard]] Result<void> copy(Buffer& buffer, Texture& texture, const TextureCopy& copy) override;
  void on_completed(std::function<void(const Completion&)> ended) override;
  void commit() override;

 private:
  id<MTLCommandBuffer> commands_;
};

/// metal_devices_macos.mm, metal_devices_ios.mm: what differs between the two systems.
[[nodiscard]] std::string system_name();

}  // namespace geyser::metal::api
