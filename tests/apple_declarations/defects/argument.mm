// A device is no event.
#import <Metal/Metal.h>

#include <cstdint>

void* make(id<MTLDevice> device, id<MTLCommandBuffer> commands);
void* make(id<MTLDevice> device, id<MTLCommandBuffer> commands) {
  id<MTLSharedEvent> event = [device newSharedEvent];
  event.signaledValue = 3;
  [commands encodeSignalEvent:device value:std::uint64_t{3}];
  return (__bridge_retained void*)event;
}
