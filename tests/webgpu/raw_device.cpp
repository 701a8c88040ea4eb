#include "webgpu/raw_device.hpp"

#include <chrono>
#include <thread>

namespace geyser::test::dawn {
namespace {

template <class Handle>
struct Answer {
  bool done = false;
  Handle handle = nullptr;
  std::string message;
};

}  // namespace

std::unique_ptr<RawDevice> RawDevice::create(const std::vector<WGPUFeatureName>& enabled, std::string& why) {
  std::unique_ptr<RawDevice> made(new RawDevice);
  const WGPUInstanceDescriptor plain{};
  made->instance_ = DAWN(CreateInstance)(&plain);
  if (made->instance_ == nullptr) {
    why = "Dawn makes no instance.";
    return nullptr;
  }
  WGPURequestAdapterOptions options{};
  options.backendType = WGPUBackendType_Vulkan;
  options.featureLevel = WGPUFeatureLevel_Core;
  Answer<WGPUAdapter> adapter;
  WGPURequestAdapterCallbackInfo on_adapter{};
  on_adapter.mode = WGPUCallbackMode_AllowProcessEvents;
  on_adapter.userdata1 = &adapter;
  on_adapter.callback = [](WGPURequestAdapterStatus, WGPUAdapter found, WGPUStringView message, void* to, void*) {
    *static_cast<Answer<WGPUAdapter>*>(to) = {true, found, text_of(message)};
  };
  DAWN(InstanceRequestAdapter)(made->instance_, &options, on_adapter);
  if (!made->process_until(adapter.done) || adapter.handle == nullptr) {
    why = "Dawn gives no adapter: " + adapter.message;
    return nullptr;
  }
  made->adapter_ = adapter.handle;
  WGPUDeviceDescriptor descriptor{};
  descriptor.requiredFeatureCount = enabled.size();
  descriptor.requiredFeatures = enabled.data();
  descriptor.uncapturedErrorCallbackInfo.userdata1 = made->log_.get();
  descriptor.uncapturedErrorCallbackInfo.callback = [](const WGPUDevice*, WGPUErrorType, WGPUStringView message, void* to, void*) {
    static_cast<Log*>(to)->errors.push_back(text_of(message));
  };
  descriptor.deviceLostCallbackInfo.mode = WGPUCallbackMode_AllowProcessEvents;
  descriptor.deviceLostCallbackInfo.userdata1 = made->log_.get();
  descriptor.deviceLostCallbackInfo.callback = [](const WGPUDevice*, WGPUDeviceLostReason, WGPUStringView message, void* to, void*) {
    static_cast<Log*>(to)->lost = text_of(message);
  };
  Answer<WGPUDevice> device;
  WGPURequestDeviceCallbackInfo on_device{};
  on_device.mode = WGPUCallbackMode_AllowProcessEvents;
  on_device.userdata1 = &device;
  on_device.callback = [](WGPURequestDeviceStatus, WGPUDevice found, WGPUStringView message, void* to, void*) {
    *static_cast<Answer<WGPUDevice>*>(to) = {true, found, text_of(message)};
  };
  DAWN(AdapterRequestDevice)(made->adapter_, &descriptor, on_device);
  if (!made->process_until(device.done) || device.handle == nullptr) {
    why = "Dawn gives no device: " + device.message;
    return nullptr;
  }
  made->device_ = device.handle;
  return made;
}

bool RawDevice::process_until(const bool& done) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done) {
    DAWN(InstanceProcessEvents)(instance_);
    if (std::chrono::steady_clock::now() > end) return done;
    if (!done) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return true;
}

RawDevice::~RawDevice() {
  if (device_ != nullptr) DAWN(DeviceRelease)(device_);
  if (adapter_ != nullptr) DAWN(AdapterRelease)(adapter_);
  if (instance_ != nullptr) {
    DAWN(InstanceProcessEvents)(instance_);  // what the end of the device calls back writes to the log
    DAWN(InstanceRelease)(instance_);
  }
}

}  // namespace geyser::test::dawn
