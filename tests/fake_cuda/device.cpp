// Start, errors, devices, contexts.
#include <cstring>

#include "exports.hpp"

using namespace fake_cuda;

FAKE_CUDA_EXPORT Status cuInit(unsigned flags) {
  const Call call("cuInit");
  if (flags != 0) return Status::invalid_value;
  if (auto no = call.refusal(false); no && *no != Status::not_initialized) return *no;
  if (state().config.devices.empty()) return Status::no_device;
  state().initialised = true;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDriverGetVersion(int* version) {
  const Call call("cuDriverGetVersion", Call::Kind::query);
  *version = state().config.version;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuGetErrorName(Status status, const char** name) {
  switch (status) {
    case Status::invalid_value:
      *name = "CUDA_ERROR_INVALID_VALUE";
      return Status::success;
    case Status::out_of_memory:
      *name = "CUDA_ERROR_OUT_OF_MEMORY";
      return Status::success;
    case Status::launch_failed:
      *name = "CUDA_ERROR_LAUNCH_FAILED";
      return Status::success;
    case Status::context_is_destroyed:
      *name = "CUDA_ERROR_CONTEXT_IS_DESTROYED";
      return Status::success;
    default:
      *name = nullptr;  // as the driver answers for numbers that it does not know
      return Status::invalid_value;
  }
}

FAKE_CUDA_EXPORT Status cuGetErrorString(Status status, const char** text) {
  *text = status == Status::out_of_memory ? "out of memory" : nullptr;
  return *text != nullptr ? Status::success : Status::invalid_value;
}

FAKE_CUDA_EXPORT Status cuDeviceGetCount(int* count) {
  const Call call("cuDeviceGetCount");
  if (auto no = call.refusal(false)) return *no;
  *count = static_cast<int>(state().config.devices.size());
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceGet(api::Device* device, int ordinal) {
  const Call call("cuDeviceGet");
  if (auto no = call.refusal(false)) return *no;
  if (ordinal < 0 || static_cast<std::size_t>(ordinal) >= state().config.devices.size()) return Status::invalid_device;
  *device = ordinal;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceGetName(char* name, int bytes, api::Device device) {
  const Call call("cuDeviceGetName");
  if (auto no = call.refusal(false)) return *no;
  std::strncpy(name, state().config.devices.at(static_cast<std::size_t>(device)).name.c_str(), static_cast<std::size_t>(bytes));
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceGetUuid_v2(api::Uuid* uuid, api::Device device) {
  const Call call("cuDeviceGetUuid_v2");
  if (auto no = call.refusal(false)) return *no;
  std::memcpy(uuid->bytes, state().config.devices.at(static_cast<std::size_t>(device)).uuid.data(), sizeof(uuid->bytes));
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceTotalMem_v2(std::size_t* bytes, api::Device device) {
  const Call call("cuDeviceTotalMem_v2");
  if (auto no = call.refusal(false)) return *no;
  *bytes = state().config.devices.at(static_cast<std::size_t>(device)).memory;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceGetAttribute(int* value, api::Attribute attribute, api::Device device) {
  const Call call("cuDeviceGetAttribute", Call::Kind::query);
  if (auto no = call.refusal(false)) return *no;
  const auto& config = state().config.devices.at(static_cast<std::size_t>(device));
  using enum api::Attribute;
  switch (attribute) {
    case texture_2d_width:
    case texture_2d_height:
    case mipmapped_2d_width:
    case mipmapped_2d_height:
    case texture_2d_layered_width:
    case texture_2d_layered_height:
    case cubemap_width:
    case cubemap_layered_width:
      *value = config.max_2d;
      break;
    case texture_2d_layered_layers:
    case cubemap_layered_layers:
      *value = 2046;
      break;
    case texture_3d_width:
    case texture_3d_height:
    case texture_3d_depth:
      *value = 4096;
      break;
    case pci_bus_id:
      *value = config.pci_bus;
      break;
    case pci_device_id:
    case pci_domain_id:
      *value = 0;
      break;
    case can_map_host_memory:
    case host_register_supported:
      *value = config.host_register;
      break;
    case read_only_host_register_supported:
      *value = config.read_only_host_register;
      break;
    case virtual_memory_management_supported:
    case posix_file_descriptor_supported:
      *value = config.virtual_memory;
      break;
    case timeline_semaphore_interop_supported:
      *value = config.timeline_semaphores;
      break;
    default:
      return Status::invalid_value;
  }
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDevicePrimaryCtxRetain(api::Context* context, api::Device device) {
  const Call call("cuDevicePrimaryCtxRetain");
  if (auto no = call.refusal(false)) return *no;
  auto& [id, references] = state().primaries[device];
  if (references == 0) {
    id = new_context(device, true);
  }
  ++references;
  *context = reinterpret_cast<api::Context>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDevicePrimaryCtxRelease_v2(api::Device device) {
  const Call call("cuDevicePrimaryCtxRelease_v2", Call::Kind::freeing);
  if (auto no = call.refusal(false)) return *no;
  const auto found = state().primaries.find(device);
  if (found == state().primaries.end() || found->second.second == 0) misuse(call.function(), "more releases than retains");
  if (--found->second.second > 0) return Status::success;
  const Id id = found->second.first;
  for (const auto& [other, object] : state().objects) {
    if (object->context == id && std::string_view(object->type) != "default stream") {
      misuse(call.function(), std::string("the last reference goes while there is still: ") + object->type);
    }
  }
  destroy(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxCreate_v2(api::Context* context, unsigned flags, api::Device device) {
  const Call call("cuCtxCreate_v2");
  if (auto no = call.refusal(false)) return *no;
  if (flags != 0) return Status::invalid_value;
  if (device < 0 || static_cast<std::size_t>(device) >= state().config.devices.size()) return Status::invalid_device;
  const Id id = new_context(device, false);
  current_stack().push_back(id);
  *context = reinterpret_cast<api::Context>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxDestroy_v2(api::Context context) {
  Call call("cuCtxDestroy_v2", Call::Kind::freeing);
  if (auto no = call.refusal(false)) return *no;
  const Id id = reinterpret_cast<Id>(context);
  if (call.get<ContextObject>(context, 0)->primary) misuse(call.function(), "a primary context, which is released instead");
  for (const Id each : current_stack()) {
    if (each == id) misuse(call.function(), "a context that is current");
  }
  for (const auto& [other, object] : state().objects) {
    if (object->context == id && std::string_view(object->type) != "default stream") {
      misuse(call.function(), std::string("there is still: ") + object->type);
    }
  }
  destroy(id);
  return Status::success;
}

namespace {
bool two_devices(api::Device a, api::Device b) {
  const auto count = state().config.devices.size();
  return a >= 0 && b >= 0 && a != b && static_cast<std::size_t>(a) < count && static_cast<std::size_t>(b) < count;
}
}  // namespace

FAKE_CUDA_EXPORT Status cuDeviceCanAccessPeer(int* can, api::Device device, api::Device peer) {
  const Call call("cuDeviceCanAccessPeer");
  if (auto no = call.refusal(false)) return *no;
  if (!two_devices(device, peer)) return Status::invalid_device;
  *can = state().config.peer_access;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDeviceGetP2PAttribute(int* value, api::PeerAttribute attribute, api::Device source, api::Device target) {
  const Call call("cuDeviceGetP2PAttribute");
  if (auto no = call.refusal(false)) return *no;
  if (!two_devices(source, target)) return Status::invalid_device;
  if (attribute != api::PeerAttribute::access_supported) return Status::invalid_value;
  *value = state().config.peer_access;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxEnablePeerAccess(api::Context peer, unsigned flags) {
  const Call call("cuCtxEnablePeerAccess");
  if (auto no = call.refusal()) return *no;
  const auto found = state().objects.find(reinterpret_cast<Id>(peer));
  if (flags != 0) return Status::invalid_value;
  const auto* other = found == state().objects.end() ? nullptr : dynamic_cast<ContextObject*>(found->second.get());
  if (other == nullptr) return Status::invalid_context;
  auto& own = dynamic_cast<ContextObject&>(*state().objects.at(call.context()));
  if (own.device == other->device) return Status::invalid_device;
  if (!state().config.peer_access) return Status::peer_access_unsupported;
  return own.peers.insert(found->first).second ? Status::success : Status::peer_access_already_enabled;
}

FAKE_CUDA_EXPORT Status cuCtxGetCurrent(api::Context* context) {
  const Call call("cuCtxGetCurrent");
  if (auto no = call.refusal(false)) return *no;
  *context = reinterpret_cast<api::Context>(call.context());
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxPushCurrent_v2(api::Context context) {
  const Call call("cuCtxPushCurrent_v2", Call::Kind::query);
  if (auto no = call.refusal(false)) return *no;
  const auto found = state().objects.find(reinterpret_cast<Id>(context));
  if (found == state().objects.end()) {
    return state().gone.count(reinterpret_cast<Id>(context)) != 0 ? Status::context_is_destroyed : Status::invalid_context;
  }
  if (dynamic_cast<ContextObject*>(found->second.get()) == nullptr) return Status::invalid_context;
  current_stack().push_back(reinterpret_cast<Id>(context));
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxPopCurrent_v2(api::Context* context) {
  const Call call("cuCtxPopCurrent_v2", Call::Kind::freeing);
  if (current_stack().empty()) misuse(call.function(), "no context is current");
  *context = reinterpret_cast<api::Context>(current_stack().back());
  current_stack().pop_back();
  return state().ended ? Status::deinitialized : Status::success;
}

FAKE_CUDA_EXPORT Status cuCtxGetDevice(api::Device* device) {
  const Call call("cuCtxGetDevice");
  if (auto no = call.refusal()) return *no;
  *device = call.ordinal();
  return Status::success;
}
