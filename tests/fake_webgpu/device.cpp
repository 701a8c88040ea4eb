// Instance, adapter, device, error scopes and futures.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "fake_vulkan/fake_driver.hpp"
#include "fake_webgpu/objects.hpp"

namespace fake_dawn {

State& state() {
  static auto* one = new State;
  return *one;
}

Object::Object(std::string what) : type(std::move(what)) { state().live.emplace(this, this); }
Object::~Object() { state().live.erase(this); }

void violate(const std::string& what) { state().violations.push_back(what); }
void called(const char* function) { ++state().calls[function]; }

bool fails(const char* function) {
  called(function);
  State& s = state();
  if (s.lost) return true;
  if (s.fail_at == 0 || (!s.fail_name.empty() && s.fail_name != function)) return false;
  if (--s.fail_at != 0) return false;
  s.injected = function;
  return true;
}

void error(WGPUErrorType type, const std::string& message) {
  State& s = state();
  const auto filter_of = [](WGPUErrorType each) {
    return each == WGPUErrorType_OutOfMemory  ? WGPUErrorFilter_OutOfMemory
           : each == WGPUErrorType_Validation ? WGPUErrorFilter_Validation
                                              : WGPUErrorFilter_Internal;
  };
  if (s.lost) return;  // a lost device tells no errors
  for (auto scope = s.scopes.rbegin(); scope != s.scopes.rend(); ++scope) {
    if (scope->filter != filter_of(type)) continue;
    if (!scope->error) scope->error.emplace(type, message);
    return;
  }
  s.uncaptured.push_back(message);
}

void injected_error(const char* function) {
  error(state().fail_memory ? WGPUErrorType_OutOfMemory : WGPUErrorType_Validation, "emulated: " + std::string(function) + " fails");
}

WGPUFuture future_of(WGPUCallbackMode mode, std::function<void()> callback) {
  State& s = state();
  const std::uint64_t id = s.next_future++;
  s.futures[id] = {.ready = true, .loss = false, .mode = mode, .callback = std::move(callback)};
  return {id};
}

namespace {

geyser::vulkan::Device must_open() {
  auto device = geyser::vulkan::Device::create({.get_instance_proc_addr = fake_vulkan::get_instance_proc_addr()});
  if (!device) std::abort();
  return *std::move(device);
}

WGPUStringView view_of(const std::string& text) { return {text.data(), text.size()}; }

WGPUInstance create_instance(const WGPUInstanceDescriptor*) {
  if (fails("wgpuCreateInstance")) return nullptr;
  return new WGPUInstanceImpl;
}

void instance_add_ref(WGPUInstance instance) { add_reference(instance, "wgpuInstanceAddRef"); }
void instance_release(WGPUInstance instance) { drop_reference(instance, "wgpuInstanceRelease"); }

WGPUFuture request_adapter(WGPUInstance instance, const WGPURequestAdapterOptions*, WGPURequestAdapterCallbackInfo info) {
  checked(instance, "wgpuInstanceRequestAdapter");
  const bool failed = fails("wgpuInstanceRequestAdapter") || !state().config.adapter;
  return future_of(info.mode, [info, failed] {
    if (failed) {
      info.callback(WGPURequestAdapterStatus_Unavailable, nullptr, view_of(state().config.no_adapter), info.userdata1, info.userdata2);
    } else {
      info.callback(WGPURequestAdapterStatus_Success, new WGPUAdapterImpl, {}, info.userdata1, info.userdata2);
    }
  });
}

void process_events(WGPUInstance instance) {
  checked(instance, "wgpuInstanceProcessEvents");
  called("wgpuInstanceProcessEvents");
  std::vector<std::function<void()>> due;
  for (auto at = state().futures.begin(); at != state().futures.end();) {
    if (at->second.ready && at->second.callback && at->second.mode != WGPUCallbackMode_WaitAnyOnly) {
      due.push_back(std::move(at->second.callback));
      at = state().futures.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& callback : due) callback();
}

WGPUWaitStatus wait_any(WGPUInstance instance, std::size_t count, WGPUFutureWaitInfo* infos, std::uint64_t) {
  checked(instance, "wgpuInstanceWaitAny");
  // Asking whether the device is lost is asked all the time; what fails is a wait for an answer.
  bool any = false;
  bool loss_only = true;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = state().futures.find(infos[i].future.id);
    if (found == state().futures.end()) {
      infos[i].completed = 1U;  // done long ago
      any = true;
      continue;
    }
    loss_only = loss_only && found->second.loss;
  }
  if (!loss_only && fails("wgpuInstanceWaitAny") && !state().lost) return WGPUWaitStatus_Error;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = state().futures.find(infos[i].future.id);
    if (found == state().futures.end()) continue;
    const bool ready = found->second.loss ? state().lost.has_value() : found->second.ready && !state().held;
    if (!ready) continue;
    infos[i].completed = 1U;
    any = true;
    if (found->second.loss) continue;
    const auto callback = std::move(found->second.callback);
    state().futures.erase(found);
    if (callback) callback();
  }
  return any ? WGPUWaitStatus_Success : WGPUWaitStatus_TimedOut;
}

WGPUBool adapter_has(WGPUAdapter adapter, WGPUFeatureName feature) {
  checked(adapter, "wgpuAdapterHasFeature");
  return state().config.features.count(feature) != 0 ? 1U : 0U;
}

void adapter_features(WGPUAdapter adapter, WGPUSupportedFeatures* out) {
  checked(adapter, "wgpuAdapterGetFeatures");
  auto* all = new WGPUFeatureName[state().config.features.size()];
  std::copy(state().config.features.begin(), state().config.features.end(), all);
  *out = {state().config.features.size(), all};
}
void free_features(WGPUSupportedFeatures features) { delete[] features.features; }

/// What wgpuAdapterGetInfo hands out until wgpuAdapterInfoFreeMembers.
struct Strings : Object {
  Strings() : Object("adapter information") {}
  std::string name = state().config.name;
};

WGPUStatus adapter_info(WGPUAdapter adapter, WGPUAdapterInfo* out) {
  checked(adapter, "wgpuAdapterGetInfo");
  if (fails("wgpuAdapterGetInfo")) return WGPUStatus_Error;
  auto* strings = new Strings;
  out->device = view_of(strings->name);
  out->vendor = {nullptr, 0};
  out->architecture = {nullptr, 0};
  out->description = {reinterpret_cast<const char*>(strings), 0};  // how it is found again
  out->backendType = WGPUBackendType_Vulkan;
  out->adapterType = WGPUAdapterType_DiscreteGPU;
  out->vendorID = state().config.vendor;
  out->deviceID = state().config.device;
  return WGPUStatus_Success;
}
void free_info(WGPUAdapterInfo info) {
  const auto* strings = reinterpret_cast<const Strings*>(info.description.data);
  if (state().live.count(static_cast<const Object*>(strings)) == 0) return violate("wgpuAdapterInfoFreeMembers of what is gone");
  delete strings;
}
void adapter_release(WGPUAdapter adapter) { drop_reference(adapter, "wgpuAdapterRelease"); }

WGPUFuture request_device(WGPUAdapter adapter, const WGPUDeviceDescriptor* descriptor, WGPURequestDeviceCallbackInfo info) {
  checked(adapter, "wgpuAdapterRequestDevice");
  std::set<WGPUFeatureName> wanted(descriptor->requiredFeatures, descriptor->requiredFeatures + descriptor->requiredFeatureCount);
  bool failed = fails("wgpuAdapterRequestDevice");
  for (const auto feature : wanted) failed = failed || state().config.features.count(feature) == 0;
  return future_of(info.mode, [info, failed, wanted] {
    if (failed) {
      info.callback(WGPURequestDeviceStatus_Error, nullptr, {"emulated: no device", WGPU_STRLEN}, info.userdata1, info.userdata2);
      return;
    }
    auto* device = new WGPUDeviceImpl;
    device->features = wanted;
    info.callback(WGPURequestDeviceStatus_Success, device, {}, info.userdata1, info.userdata2);
  });
}

void device_add_ref(WGPUDevice device) { add_reference(device, "wgpuDeviceAddRef"); }
void device_release(WGPUDevice device) { drop_reference(device, "wgpuDeviceRelease"); }
WGPUBool device_has(WGPUDevice device, WGPUFeatureName feature) {
  return checked(device, "wgpuDeviceHasFeature")->features.count(feature) != 0 ? 1U : 0U;
}
WGPUAdapter device_adapter(WGPUDevice device) {
  checked(device, "wgpuDeviceGetAdapter");
  return new WGPUAdapterImpl;
}
WGPUStatus device_limits(WGPUDevice device, WGPULimits* out) {
  checked(device, "wgpuDeviceGetLimits");
  if (fails("wgpuDeviceGetLimits")) return WGPUStatus_Error;
  out->maxTextureDimension2D = 8192;
  out->maxBufferSize = std::uint64_t{1} << 28U;
  return WGPUStatus_Success;
}
WGPUFuture device_lost(WGPUDevice device) {
  checked(device, "wgpuDeviceGetLostFuture");
  State& s = state();
  for (const auto& [id, future] : s.futures) {
    if (future.loss) return {id};
  }
  const std::uint64_t id = s.next_future++;
  s.futures[id] = {.ready = false, .loss = true, .mode = WGPUCallbackMode_WaitAnyOnly, .callback = {}};
  return {id};
}
WGPUQueue device_queue(WGPUDevice device) { return new WGPUQueueImpl(checked(device, "wgpuDeviceGetQueue")); }
void device_tick(WGPUDevice device) { checked(device, "wgpuDeviceTick"); }

void push_scope(WGPUDevice device, WGPUErrorFilter filter) {
  checked(device, "wgpuDevicePushErrorScope");
  state().scopes.push_back({filter, std::nullopt});
}
WGPUFuture pop_scope(WGPUDevice device, WGPUPopErrorScopeCallbackInfo info) {
  checked(device, "wgpuDevicePopErrorScope");
  auto& scopes = state().scopes;
  if (scopes.empty()) {
    violate("wgpuDevicePopErrorScope without a scope");
    return future_of(info.mode, {});
  }
  const auto scope = scopes.back();
  scopes.pop_back();
  const bool failed = fails("wgpuDevicePopErrorScope");
  return future_of(info.mode, [info, scope, failed] {
    if (failed) {
      info.callback(WGPUPopErrorScopeStatus_Error, WGPUErrorType_NoError, {"emulated: no answer", WGPU_STRLEN}, info.userdata1,
                    info.userdata2);
    } else if (scope.error) {
      info.callback(WGPUPopErrorScopeStatus_Success, scope.error->first, view_of(scope.error->second), info.userdata1, info.userdata2);
    } else {
      info.callback(WGPUPopErrorScopeStatus_Success, WGPUErrorType_NoError, {}, info.userdata1, info.userdata2);
    }
  });
}

}  // namespace

WGPUProc device_function(std::string_view wanted) {
  FAKE_DAWN_FUNCTION(CreateInstance, &create_instance);
  FAKE_DAWN_FUNCTION(InstanceAddRef, &instance_add_ref);
  FAKE_DAWN_FUNCTION(InstanceRelease, &instance_release);
  FAKE_DAWN_FUNCTION(InstanceRequestAdapter, &request_adapter);
  FAKE_DAWN_FUNCTION(InstanceProcessEvents, &process_events);
  FAKE_DAWN_FUNCTION(InstanceWaitAny, &wait_any);
  FAKE_DAWN_FUNCTION(AdapterHasFeature, &adapter_has);
  FAKE_DAWN_FUNCTION(AdapterGetFeatures, &adapter_features);
  FAKE_DAWN_FUNCTION(SupportedFeaturesFreeMembers, &free_features);
  FAKE_DAWN_FUNCTION(AdapterGetInfo, &adapter_info);
  FAKE_DAWN_FUNCTION(AdapterInfoFreeMembers, &free_info);
  FAKE_DAWN_FUNCTION(AdapterRelease, &adapter_release);
  FAKE_DAWN_FUNCTION(AdapterRequestDevice, &request_device);
  FAKE_DAWN_FUNCTION(DeviceAddRef, &device_add_ref);
  FAKE_DAWN_FUNCTION(DeviceRelease, &device_release);
  FAKE_DAWN_FUNCTION(DeviceHasFeature, &device_has);
  FAKE_DAWN_FUNCTION(DeviceGetAdapter, &device_adapter);
  FAKE_DAWN_FUNCTION(DeviceGetLimits, &device_limits);
  FAKE_DAWN_FUNCTION(DeviceGetLostFuture, &device_lost);
  FAKE_DAWN_FUNCTION(DeviceGetQueue, &device_queue);
  FAKE_DAWN_FUNCTION(DeviceTick, &device_tick);
  FAKE_DAWN_FUNCTION(DevicePushErrorScope, &push_scope);
  FAKE_DAWN_FUNCTION(DevicePopErrorScope, &pop_scope);
  return nullptr;
}

}  // namespace fake_dawn

WGPUDeviceImpl::WGPUDeviceImpl() : Object("device"), vulkan(fake_dawn::must_open()) {
  auto made = vulkan->create_manager();
  if (!made) std::abort();
  manager.emplace(*std::move(made));
}
WGPUDeviceImpl::~WGPUDeviceImpl() = default;
