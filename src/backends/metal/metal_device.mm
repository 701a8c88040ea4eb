// Type-checked, never run. MTLDevice with one queue.
#import "backends/metal/metal_native.hpp"

namespace geyser::metal::api {
namespace {

MTLTextureDescriptor* descriptor_of(const TextureShape& shape) {
  MTLTextureDescriptor* descriptor = [[MTLTextureDescriptor alloc] init];
  descriptor.textureType = static_cast<MTLTextureType>(shape.type);
  descriptor.pixelFormat = static_cast<MTLPixelFormat>(shape.pixel_format);
  descriptor.width = shape.width;
  descriptor.height = shape.height;
  descriptor.depth = shape.depth;
  descriptor.mipmapLevelCount = shape.mip_levels;
  descriptor.arrayLength = shape.array_length;
  descriptor.storageMode = static_cast<MTLStorageMode>(shape.storage);
  descriptor.usage = static_cast<MTLTextureUsage>(shape.usage);
  return descriptor;
}

NSNumber* number(std::uint64_t value) { return [NSNumber numberWithUnsignedLongLong:value]; }

/// Never global: kIOSurfaceIsGlobal would let every process of the machine look the surface up by a number.
NSDictionary* properties_of(const SurfaceShape& shape) {
  NSMutableDictionary* all = [NSMutableDictionary dictionary];
  all[(__bridge NSString*)kIOSurfaceWidth] = number(shape.width);
  all[(__bridge NSString*)kIOSurfaceHeight] = number(shape.height);
  all[(__bridge NSString*)kIOSurfacePixelFormat] = number(shape.pixel_format);
  all[(__bridge NSString*)kIOSurfaceAllocSize] = number(shape.allocation_size);
  if (shape.plane_count == 0) {
    all[(__bridge NSString*)kIOSurfaceBytesPerElement] = number(shape.planes[0].bytes_per_element);
    all[(__bridge NSString*)kIOSurfaceBytesPerRow] = number(shape.planes[0].bytes_per_row);
    return all;
  }
  NSMutableArray* planes = [NSMutableArray array];
  for (std::uint32_t i = 0; i < shape.plane_count; ++i) {
    const SurfacePlane& plane = shape.planes[i];
    NSMutableDictionary* one = [NSMutableDictionary dictionary];
    one[(__bridge NSString*)kIOSurfacePlaneWidth] = number(plane.width);
    one[(__bridge NSString*)kIOSurfacePlaneHeight] = number(plane.height);
    one[(__bridge NSString*)kIOSurfacePlaneBytesPerElement] = number(plane.bytes_per_element);
    one[(__bridge NSString*)kIOSurfacePlaneBytesPerRow] = number(plane.bytes_per_row);
    one[(__bridge NSString*)kIOSurfacePlaneOffset] = number(plane.offset);
    one[(__bridge NSString*)kIOSurfacePlaneSize] = number(plane.bytes_per_row * plane.height);
    [planes addObject:one];
  }
  all[(__bridge NSString*)kIOSurfacePlaneInfo] = planes;
  return all;
}

class MetalDevice final : public Device {
 public:
  MetalDevice(id<MTLDevice> device, id<MTLCommandQueue> queue) noexcept : device_(device), queue_(queue) {}
  [[nodiscard]] void* native() const noexcept override { return (__bridge void*)device_; }
  [[nodiscard]] void* native_queue() const noexcept override { return (__bridge void*)queue_; }
  [[nodiscard]] DeviceInfo info() const override;
  [[nodiscard]] std::uint64_t align(SurfaceProperty property, std::uint64_t value) const override;
  [[nodiscard]] std::uint64_t row_alignment(std::uint32_t pixel_format) const override {
    return [device_ minimumLinearTextureAlignmentForPixelFormat:static_cast<MTLPixelFormat>(pixel_format)];
  }
  [[nodiscard]] Result<std::shared_ptr<Surface>> create_surface(const SurfaceShape& shape) override;
  [[nodiscard]] Result<std::shared_ptr<Surface>> surface_from_port(const OsHandle& port) override;
  [[nodiscard]] Result<std::shared_ptr<Surface>> surface_from_native(void* surface) override;
  [[nodiscard]] Result<std::shared_ptr<Texture>> texture_from_surface(const TextureShape& shape, Surface& surface,
                                                                      std::uint32_t plane) override;
  [[nodiscard]] Result<std::shared_ptr<Texture>> create_shared_texture(const TextureShape& shape) override;
  [[nodiscard]] Result<std::shared_ptr<Texture>> texture_from_native(void* texture) override;
  [[nodiscard]] Result<std::shared_ptr<Texture>> texture_from_shared_handle(void* handle) override;
  [[nodiscard]] Result<std::shared_ptr<Event>> create_event() override;
  [[nodiscard]] Result<std::shared_ptr<Event>> event_from_native(void* event) override;
  [[nodiscard]] Result<std::shared_ptr<Event>> event_from_shared_handle(void* handle) override;
  [[nodiscard]] Result<std::shared_ptr<Buffer>> create_buffer(std::uint64_t bytes) override;
  [[nodiscard]] Result<std::shared_ptr<CommandBuffer>> command_buffer() override;
  [[nodiscard]] Result<std::shared_ptr<CommandBuffer>> adopt_command_buffer(void* command_buffer) override;

 private:
  id<MTLDevice> device_;
  id<MTLCommandQueue> queue_;
};

Result<std::shared_ptr<Texture>> texture_or(id<MTLTexture> texture, Errc code, std::string_view message) {
  if (texture == nil) return Error(code, message);
  return std::shared_ptr<Texture>(std::make_shared<MetalTexture>(texture));
}

Result<std::shared_ptr<Event>> event_or(id<MTLSharedEvent> event, Errc code, std::string_view message) {
  if (event == nil) return Error(code, message);
  return std::shared_ptr<Event>(std::make_shared<MetalEvent>(event));
}

DeviceInfo MetalDevice::info() const {
  @autoreleasepool {
    const bool apple = [device_ supportsFamily:MTLGPUFamilyApple2];
    const bool mac = [device_ supportsFamily:MTLGPUFamilyMac2];
    const bool large = mac || [device_ supportsFamily:MTLGPUFamilyApple3];
    DeviceInfo info;
    info.name = device_.name.UTF8String;
    info.system = system_name();
    info.registry_id = device_.registryID;
    info.unified_memory = device_.hasUnifiedMemory;
    info.apple_gpu = apple;
    if (@available(macOS 11.0, iOS 16.4, *)) info.bc = device_.supportsBCTextureCompression;
    info.etc2_astc = apple;
    info.cube_arrays = mac || [device_ supportsFamily:MTLGPUFamilyApple4];
    // Metal Feature Set Tables, "GPU implementation limits by family".
    info.max_2d = large ? 16384 : 8192;
    info.max_3d = 2048;
    info.max_layers = 2048;
    return info;
  }
}

std::uint64_t MetalDevice::align(SurfaceProperty property, std::uint64_t value) const {
  switch (property) {
    case SurfaceProperty::bytes_per_row:
      return IOSurfaceAlignProperty(kIOSurfaceBytesPerRow, value);
    case SurfaceProperty::allocation_size:
      return IOSurfaceAlignProperty(kIOSurfaceAllocSize, value);
    case SurfaceProperty::plane_bytes_per_row:
      return IOSurfaceAlignProperty(kIOSurfacePlaneBytesPerRow, value);
    case SurfaceProperty::plane_offset:
      return IOSurfaceAlignProperty(kIOSurfacePlaneOffset, value);
  }
  return value;
}

Result<std::shared_ptr<Surface>> MetalDevice::create_surface(const SurfaceShape& shape) {
  @autoreleasepool {
    IOSurfaceRef surface = IOSurfaceCreate((__bridge CFDictionaryRef)properties_of(shape));
    if (surface == nullptr) return Error(Errc::out_of_memory, "IOSurfaceCreate gives no surface.");
    return std::shared_ptr<Surface>(std::make_shared<MetalSurface>(surface));
  }
}

Result<std::shared_ptr<Surface>> MetalDevice::surface_from_port(const OsHandle& port) {
  IOSurfaceRef surface = IOSurfaceLookupFromMachPort(static_cast<mach_port_t>(port.borrow()));
  if (surface == nullptr) return Error(Errc::protocol_error, "The handle is a Mach port that names no IOSurface.");
  return std::shared_ptr<Surface>(std::make_shared<MetalSurface>(surface));
}

Result<std::shared_ptr<Surface>> MetalDevice::surface_from_native(void* surface) {
  if (CFGetTypeID(surface) != IOSurfaceGetTypeID()) return Error(Errc::invalid_argument, "The object is no IOSurface; pass an IOSurfaceRef.");
  return std::shared_ptr<Surface>(std::make_shared<MetalSurface>(static_cast<IOSurfaceRef>(retain(surface))));
}

Result<std::shared_ptr<Texture>> MetalDevice::texture_from_surface(const TextureShape& shape, Surface& surface, std::uint32_t plane) {
  @autoreleasepool {
    IOSurfaceRef native = static_cast<MetalSurface&>(surface).surface();
    return texture_or([device_ newTextureWithDescriptor:descriptor_of(shape) iosurface:native plane:plane], Errc::unsupported_format,
                      "Metal makes no texture of the IOSurface; it wants another format, size or row pitch.");
  }
}

Result<std::shared_ptr<Texture>> MetalDevice::create_shared_texture(const TextureShape& shape) {
  @autoreleasepool {
    return texture_or([device_ newSharedTextureWithDescriptor:descriptor_of(shape)], Errc::out_of_memory,
                      "newSharedTextureWithDescriptor: gives no texture; the device has no memory left for it.");
  }
}

Result<std::shared_ptr<Texture>> MetalDevice::texture_from_native(void* texture) {
  id object = (__bridge id)texture;
  if (![object conformsToProtocol:@protocol(MTLTexture)]) return Error(Errc::protocol_error, "The object is no MTLTexture.");
  id<MTLTexture> native = object;
  if (native.device != device_) return Error(Errc::device_mismatch, "The MTLTexture is another device's; import it there.");
  return texture_or(native, Errc::protocol_error, "There is no MTLTexture.");
}

Result<std::shared_ptr<Texture>> MetalDevice::texture_from_shared_handle(void* handle) {
  @autoreleasepool {
    id object = (__bridge id)handle;
    if (![object isKindOfClass:[MTLSharedTextureHandle class]]) {
      return Error(Errc::protocol_error, "The object is no MTLSharedTextureHandle.");
    }
    MTLSharedTextureHandle* native = object;
    if (native.device != device_) return Error(Errc::device_mismatch, "The MTLSharedTextureHandle is another device's; import it there.");
    return texture_or([device_ newSharedTextureWithHandle:native], Errc::protocol_error,
                      "newSharedTextureWithHandle: gives no texture; does the process that made it still run?");
  }
}

Result<std::shared_ptr<Event>> MetalDevice::create_event() {
  @autoreleasepool {
    return event_or([device_ newSharedEvent], Errc::out_of_memory, "newSharedEvent gives no event.");
  }
}

Result<std::shared_ptr<Event>> MetalDevice::event_from_native(void* event) {
  id object = (__bridge id)event;
  if (![object conformsToProtocol:@protocol(MTLSharedEvent)]) return Error(Errc::protocol_error, "The object is no MTLSharedEvent.");
  return event_or(object, Errc::protocol_error, "There is no MTLSharedEvent.");
}

Result<std::shared_ptr<Event>> MetalDevice::event_from_shared_handle(void* handle) {
  @autoreleasepool {
    id object = (__bridge id)handle;
    if (![object isKindOfClass:[MTLSharedEventHandle class]]) return Error(Errc::protocol_error, "The object is no MTLSharedEventHandle.");
    return event_or([device_ newSharedEventWithHandle:object], Errc::protocol_error, "newSharedEventWithHandle: gives no event.");
  }
}

Result<std::shared_ptr<Buffer>> MetalDevice::create_buffer(std::uint64_t bytes) {
  @autoreleasepool {
    id<MTLBuffer> buffer = [device_ newBufferWithLength:bytes options:MTLResourceStorageModeShared];
    if (buffer == nil) return Error(Errc::out_of_memory, "newBufferWithLength:options: gives no buffer.");
    return std::shared_ptr<Buffer>(std::make_shared<MetalBuffer>(buffer));
  }
}

Result<std::shared_ptr<CommandBuffer>> MetalDevice::command_buffer() {
  @autoreleasepool {
    id<MTLCommandBuffer> commands = [queue_ commandBuffer];
    if (commands == nil) return Error(Errc::out_of_memory, "commandBuffer gives no command buffer.");
    return std::shared_ptr<CommandBuffer>(std::make_shared<MetalCommandBuffer>(commands));
  }
}

Result<std::shared_ptr<CommandBuffer>> MetalDevice::adopt_command_buffer(void* command_buffer) {
  id object = (__bridge id)command_buffer;
  if (![object conformsToProtocol:@protocol(MTLCommandBuffer)]) return Error(Errc::invalid_argument, "The object is no MTLCommandBuffer.");
  return std::shared_ptr<CommandBuffer>(std::make_shared<MetalCommandBuffer>(object));
}

}  // namespace

Result<std::shared_ptr<Device>> adopt_device(void* device, void* queue) {
  @autoreleasepool {
    id object = (__bridge id)device;
    if (![object conformsToProtocol:@protocol(MTLDevice)]) return Error(Errc::invalid_argument, "The object is no MTLDevice.");
    id<MTLDevice> native = object;
    id<MTLCommandQueue> commands = nil;
    if (queue == nullptr) {
      commands = [native newCommandQueue];
      if (commands == nil) return Error(Errc::out_of_memory, "newCommandQueue gives no queue.");
    } else {
      commands = (__bridge id<MTLCommandQueue>)queue;
      if (commands.device != native) {
        return Error(Errc::invalid_argument, "The queue is none of the MTLDevice's; pass a queue of that device.");
      }
    }
    return std::shared_ptr<Device>(std::make_shared<MetalDevice>(native, commands));
  }
}

}  // namespace geyser::metal::api
