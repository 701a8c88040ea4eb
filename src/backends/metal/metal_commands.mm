// Type-checked, never run. Shared events and command buffers.
#import "backends/metal/metal_native.hpp"

namespace geyser::metal::api {
namespace {

/// One listener for all events: its queue runs a few lines for each notification.
MTLSharedEventListener* listener() {
  static MTLSharedEventListener* one =
      [[MTLSharedEventListener alloc] initWithDispatchQueue:dispatch_queue_create("geyser.metal.events", DISPATCH_QUEUE_SERIAL)];
  return one;
}

id<MTLSharedEvent> native_event(Event& event) noexcept { return static_cast<MetalEvent&>(event).event(); }

}  // namespace

void MetalEvent::notify(std::uint64_t value, std::function<void()> reached) {
  @autoreleasepool {
    [event_ notifyListener:listener()
                   atValue:value
                     block:^(id<MTLSharedEvent>, std::uint64_t) {
                       reached();
                     }];
  }
}

void* MetalEvent::make_shared_handle() const {
  @autoreleasepool {
    return (__bridge_retained void*)[event_ newSharedEventHandle];
  }
}

bool MetalCommandBuffer::open() const {
  const MTLCommandBufferStatus status = commands_.status;
  return status == MTLCommandBufferStatusNotEnqueued || status == MTLCommandBufferStatusEnqueued;
}

void MetalCommandBuffer::encode_wait(Event& event, std::uint64_t value) { [commands_ encodeWaitForEvent:native_event(event) value:value]; }

void MetalCommandBuffer::encode_signal(Event& event, std::uint64_t value) {
  [commands_ encodeSignalEvent:native_event(event) value:value];
}

Result<void> MetalCommandBuffer::copy(Buffer& buffer, Texture& texture, const TextureCopy& copy) {
  @autoreleasepool {
    id<MTLBlitCommandEncoder> encoder = [commands_ blitCommandEncoder];
    if (encoder == nil) return Error(Errc::out_of_memory, "blitCommandEncoder gives no encoder.");
    id<MTLBuffer> memory = static_cast<MetalBuffer&>(buffer).buffer();
    id<MTLTexture> image = static_cast<MetalTexture&>(texture).texture();
    const MTLOrigin origin = MTLOriginMake(copy.origin[0], copy.origin[1], copy.origin[2]);
    const MTLSize size = MTLSizeMake(copy.size[0], copy.size[1], copy.size[2]);
    const auto aspect = static_cast<MTLBlitOption>(copy.aspect);
    if (copy.into_texture) {
      [encoder copyFromBuffer:memory
                 sourceOffset:0
            sourceBytesPerRow:copy.bytes_per_row
          sourceBytesPerImage:copy.bytes_per_image
                   sourceSize:size
                    toTexture:image
             destinationSlice:copy.slice
             destinationLevel:copy.level
            destinationOrigin:origin
                      options:aspect];
    } else {
      [encoder copyFromTexture:image
                       sourceSlice:copy.slice
                       sourceLevel:copy.level
                      sourceOrigin:origin
                        sourceSize:size
                          toBuffer:memory
                 destinationOffset:0
            destinationBytesPerRow:copy.bytes_per_row
          destinationBytesPerImage:copy.bytes_per_image
                           options:aspect];
    }
    [encoder endEncoding];
    return {};
  }
}

void MetalCommandBuffer::on_completed(std::function<void(const Completion&)> ended) {
  @autoreleasepool {
    [commands_ addCompletedHandler:^(id<MTLCommandBuffer> buffer) {
      Completion completion;
      if (buffer.status == MTLCommandBufferStatusError) {
        NSError* error = buffer.error;
        // An error without a code is still one: MTLCommandBufferErrorInternal.
        completion.code = error != nil && error.code != 0 ? error.code : 1;
        if (error != nil) completion.message = error.localizedDescription.UTF8String;
      }
      ended(completion);
    }];
  }
}

void MetalCommandBuffer::commit() { [commands_ commit]; }

}  // namespace geyser::metal::api
