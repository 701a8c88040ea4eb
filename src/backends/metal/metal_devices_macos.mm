// Type-checked, never run. A Mac can have several GPUs.
#import "backends/metal/metal_native.hpp"

namespace geyser::metal::api {

std::string system_name() { return std::string("macOS ") + NSProcessInfo.processInfo.operatingSystemVersionString.UTF8String; }

std::vector<void*> all_devices() {
  @autoreleasepool {
    std::vector<void*> found;
    id<MTLDevice> first = MTLCreateSystemDefaultDevice();  // the one that the system prefers stands first
    if (first != nil) found.push_back((__bridge_retained void*)first);
    for (id<MTLDevice> device in MTLCopyAllDevices()) {
      if (device != first) found.push_back((__bridge_retained void*)device);
    }
    return found;
  }
}

}  // namespace geyser::metal::api
