// Type-checked, never run. iOS and its kin have one GPU, and before iOS 18 no list of them.
#import "backends/metal/metal_native.hpp"

namespace geyser::metal::api {

std::string system_name() { return std::string("iOS ") + NSProcessInfo.processInfo.operatingSystemVersionString.UTF8String; }

std::vector<void*> all_devices() {
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    if (device == nil) return {};
    return {(__bridge_retained void*)device};
  }
}

}  // namespace geyser::metal::api
