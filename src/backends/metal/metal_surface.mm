// Type-checked, never run. IOSurfaces and textures.
#import "backends/metal/metal_native.hpp"

namespace geyser::metal::api {

void* retain(void* native) noexcept {
  if (native != nullptr) CFRetain(native);
  return native;
}

void release(void* native) noexcept {
  if (native != nullptr) CFRelease(native);
}

MetalSurface::~MetalSurface() { CFRelease(surface_); }

SurfaceShape MetalSurface::shape() const {
  const auto number = [](std::size_t value) { return static_cast<std::uint32_t>(value); };
  SurfaceShape shape;
  shape.width = number(IOSurfaceGetWidth(surface_));
  shape.height = number(IOSurfaceGetHeight(surface_));
  shape.pixel_format = IOSurfaceGetPixelFormat(surface_);
  shape.element_width = number(IOSurfaceGetElementWidth(surface_));
  shape.element_height = number(IOSurfaceGetElementHeight(surface_));
  shape.allocation_size = IOSurfaceGetAllocSize(surface_);
  shape.plane_count = number(IOSurfaceGetPlaneCount(surface_));
  if (shape.plane_count == 0) {
    shape.planes[0] = {.width = shape.width,
                       .height = shape.height,
                       .bytes_per_element = number(IOSurfaceGetBytesPerElement(surface_)),
                       .bytes_per_row = IOSurfaceGetBytesPerRow(surface_),
                       .offset = 0};
    return shape;
  }
  const auto* base = static_cast<const std::byte*>(IOSurfaceGetBaseAddress(surface_));
  for (std::size_t i = 0; i < shape.plane_count && i < max_surface_planes; ++i) {
    const auto* plane = static_cast<const std::byte*>(IOSurfaceGetBaseAddressOfPlane(surface_, i));
    shape.planes[i] = {.width = number(IOSurfaceGetWidthOfPlane(surface_, i)),
                       .height = number(IOSurfaceGetHeightOfPlane(surface_, i)),
                       .bytes_per_element = number(IOSurfaceGetBytesPerElementOfPlane(surface_, i)),
                       .bytes_per_row = IOSurfaceGetBytesPerRowOfPlane(surface_, i),
                       .offset = static_cast<std::uint64_t>(plane - base)};
  }
  return shape;
}

Result<OsHandle> MetalSurface::make_port() const {
  const mach_port_t port = IOSurfaceCreateMachPort(surface_);
  if (port == MACH_PORT_NULL) return Error(Errc::out_of_memory, "IOSurfaceCreateMachPort gives no port.");
  return OsHandle(static_cast<OsHandle::Value>(port));
}

namespace {

IOSurfaceLockOptions options_of(bool for_writing) noexcept {
  return for_writing ? static_cast<IOSurfaceLockOptions>(0) : kIOSurfaceLockReadOnly;
}

}  // namespace

Result<void> MetalSurface::lock(bool for_writing) {
  const kern_return_t status = IOSurfaceLock(surface_, options_of(for_writing), nullptr);
  if (status == KERN_SUCCESS) return {};
  return Error(Errc::os_error, "IOSurfaceLock fails; the surface's memory cannot be reached.", ErrorDomain::metal, status);
}

void MetalSurface::unlock(bool for_writing) noexcept { IOSurfaceUnlock(surface_, options_of(for_writing), nullptr); }

std::byte* MetalSurface::bytes(std::uint32_t plane) const noexcept {
  const bool planar = IOSurfaceGetPlaneCount(surface_) != 0;
  return static_cast<std::byte*>(planar ? IOSurfaceGetBaseAddressOfPlane(surface_, plane) : IOSurfaceGetBaseAddress(surface_));
}

TextureShape MetalTexture::shape() const {
  const auto number = [](NSUInteger value) { return static_cast<std::uint32_t>(value); };
  return {.type = static_cast<TextureType>(texture_.textureType),
          .pixel_format = number(texture_.pixelFormat),
          .width = number(texture_.width),
          .height = number(texture_.height),
          .depth = number(texture_.depth),
          .mip_levels = number(texture_.mipmapLevelCount),
          .array_length = number(texture_.arrayLength),
          .usage = number(texture_.usage),
          .storage = static_cast<StorageMode>(texture_.storageMode)};
}

void* MetalTexture::make_shared_handle() const {
  @autoreleasepool {
    if (!texture_.shareable) return nullptr;
    return (__bridge_retained void*)[texture_ newSharedTextureHandle];
  }
}

}  // namespace geyser::metal::api
