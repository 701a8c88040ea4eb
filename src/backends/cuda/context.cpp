#include "backends/cuda/context.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

std::uint32_t attribute(const Driver& driver, api::Device device, api::Attribute which) noexcept {
  int value = 0;
  // An older driver does not know the newer attributes: what they ask about is not there.
  if (driver.cu.device_attribute(&value, which, device) != api::Status::success || value < 0) return 0;
  return static_cast<std::uint32_t>(value);
}

Features features_of(const Context& context) {
  const auto ask = [&](api::Attribute which) { return attribute(*context.driver, context.device, which); };
  using enum api::Attribute;
  Features features;
  features.host_register = ask(can_map_host_memory) != 0 && ask(host_register_supported) != 0;
  features.read_only_host_register = ask(read_only_host_register_supported) != 0;
  features.timeline_semaphores = ask(timeline_semaphore_interop_supported) != 0;
  std::size_t bytes = 0;
  if (context.cu().device_memory(&bytes, context.device) == api::Status::success) features.memory = bytes;
  features.max = {.d2 = {ask(texture_2d_width), ask(texture_2d_height)},
                  .mipmapped = {ask(mipmapped_2d_width), ask(mipmapped_2d_height)},
                  .layered = {ask(texture_2d_layered_width), ask(texture_2d_layered_height), ask(texture_2d_layered_layers)},
                  .cube = ask(cubemap_width),
                  .cube_layered = {ask(cubemap_layered_width), ask(cubemap_layered_layers)},
                  .d3 = {ask(texture_3d_width), ask(texture_3d_height), ask(texture_3d_depth)}};
  if (context.cu().has_vmm() && ask(virtual_memory_management_supported) != 0 && ask(posix_file_descriptor_supported) != 0) {
    const auto properties = context.shareable_memory();
    std::size_t granularity = 0;
    const auto status = context.cu().vmm_granularity(&granularity, &properties, api::granularity_minimum);
    features.vmm = status == api::Status::success && granularity != 0;
    features.vmm_granularity = granularity;
  }
  return features;
}

/// The device with that UUID, or the first one.
Result<api::Device> choose(const Driver& driver, const std::optional<Uuid>& wanted) {
  int count = 0;
  if (const auto status = driver.cu.device_count(&count); status != api::Status::success) {
    return cuda_error(driver, status, "cuDeviceGetCount");
  }
  std::string seen;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    api::Device device = 0;
    if (const auto status = driver.cu.device_get(&device, ordinal); status != api::Status::success) {
      return cuda_error(driver, status, "cuDeviceGet");
    }
    if (!wanted) return device;
    auto identity = identify(driver, device);
    if (!identity) return std::move(identity).error();
    if (identity->device_uuid == *wanted) return device;
    seen += text(seen.empty() ? "" : ", ", to_string(identity->device_uuid), " (", identity->name, ")");
  }
  if (!wanted) return Error(Errc::not_found, "The CUDA driver shows no device; is it hidden by CUDA_VISIBLE_DEVICES?");
  return Error(Errc::not_found, text("AdoptInfo::device is ", to_string(*wanted), ", but the CUDA driver shows ",
                                     seen.empty() ? "no device" : seen, "; is it hidden by CUDA_VISIBLE_DEVICES?"));
}

/// The device of a context.
Result<api::Device> device_of(const Driver& driver, api::Context handle) {
  if (const auto status = driver.cu.context_push(handle); status != api::Status::success) {
    auto error = cuda_error(driver, status, "cuCtxPushCurrent");
    return Error(Errc::invalid_argument, text("AdoptInfo::context is no living context: ", error.message()), ErrorDomain::cuda,
                 static_cast<int>(status));
  }
  api::Device device = 0;
  const auto status = driver.cu.context_device(&device);
  api::Context popped = nullptr;
  static_cast<void>(driver.cu.context_pop(&popped));
  if (status != api::Status::success) return cuda_error(driver, status, "cuCtxGetDevice");
  return device;
}

}  // namespace

Result<std::shared_ptr<Context>> Context::create(const AdoptInfo& info) {
  auto driver = open_driver();
  if (!driver) return std::move(driver).error();
  api::Context handle = info.context;
  std::optional<api::Device> device;
  if (handle != nullptr) {
    auto of = device_of(**driver, handle);
    if (!of) return std::move(of).error();
    device = *of;
  } else if ((*driver)->cu.context_current(&handle) == api::Status::success && handle != nullptr) {
    auto of = device_of(**driver, handle);
    if (!of) return std::move(of).error();
    device = *of;
    if (info.device) {
      auto identity = identify(**driver, *device);
      if (!identity) return std::move(identity).error();
      if (identity->device_uuid != *info.device) {  // somebody else's context happens to be current: the device decides
        handle = nullptr;
        device.reset();
      }
    }
  }
  if (!device) {
    auto chosen = choose(**driver, info.device);
    if (!chosen) return std::move(chosen).error();
    device = *chosen;
  }
  auto identity = identify(**driver, *device);
  if (!identity) return std::move(identity).error();
  if (info.device && identity->device_uuid != *info.device) {
    return Error(Errc::device_mismatch,
                 text("AdoptInfo::context is on ", identity->name, " (", to_string(identity->device_uuid), "), but AdoptInfo::device is ",
                      to_string(*info.device), "; pass a context of that device, or leave one of the two out."));
  }
  auto context = std::make_shared<Context>(*driver, *device);
  context->identity = *std::move(identity);
  context->stream = info.stream;
  if (handle == nullptr) {
    if (const auto status = (*driver)->cu.primary_retain(&handle, *device); status != api::Status::success) {
      return context->error(status, "cuDevicePrimaryCtxRetain");
    }
    context->retained = true;
  }
  context->handle = handle;
  const Current current(*context);
  if (!current) return current.error();
  context->features = features_of(*context);
  return context;
}

Result<std::shared_ptr<Context>> Context::create_private(const Uuid& wanted) {
  auto driver = open_driver();
  if (!driver) return std::move(driver).error();
  if (!(*driver)->cu.has_peers()) {
    return Error(Errc::unsupported_feature, "This CUDA driver has no copies between devices (cuMemcpy3DPeerAsync); install a newer one.");
  }
  auto device = choose(**driver, wanted);
  if (!device) return std::move(device).error();
  auto identity = identify(**driver, *device);
  if (!identity) return std::move(identity).error();
  auto context = std::make_shared<Context>(*driver, *device);
  context->identity = *std::move(identity);
  if (const auto status = (*driver)->cu.context_create(&context->handle, 0, *device); status != api::Status::success) {
    context->handle = nullptr;
    return context->error(status, "cuCtxCreate");
  }
  context->made = true;
  api::Context popped = nullptr;  // it became current
  static_cast<void>((*driver)->cu.context_pop(&popped));
  const Current current(*context);
  if (!current) return current.error();
  context->features = features_of(*context);
  return context;
}

Context::~Context() {
  if (made) static_cast<void>(cu().context_destroy(handle));
  if (retained) static_cast<void>(cu().primary_release(device));
}

api::AllocationProperties Context::shareable_memory() const noexcept {
  api::AllocationProperties properties{};
  properties.type = api::allocation_pinned;
  properties.handle_types = api::handle_posix_fd;
  properties.location = {api::location_device, device};
  return properties;
}

bool Context::makes_arrays(api::ArrayFormat format, unsigned channels) {
  const bool always = format < api::ArrayFormat::unorm_101010_2;
  if (always) return true;
  const std::lock_guard lock(probed_mutex_);
  for (const auto& [known, works] : probed_) {
    if (known == format) return works;
  }
  const Current current(*this);
  if (!current) return false;
  const api::ArrayDescriptor descriptor{.width = 16, .height = 16, .depth = 0, .format = format, .channels = channels, .flags = 0};
  api::Array array = nullptr;
  const bool works = cu().array_create(&array, &descriptor) == api::Status::success;
  if (works) static_cast<void>(cu().array_destroy(array));
  probed_.emplace_back(format, works);
  return works;
}

Current::Current(const Context& context) noexcept : context_(context), status_(context.cu().context_push(context.handle)) {}

Current::~Current() {
  api::Context popped = nullptr;
  if (status_ == api::Status::success) static_cast<void>(context_.cu().context_pop(&popped));
}

Event::~Event() {
  if (event_ != nullptr) static_cast<void>(context_->cu().event_destroy(event_));
}

Result<void> Event::record(api::Stream stream) {
  if (event_ == nullptr) {
    if (const auto status = context_->cu().event_create(&event_, api::event_disable_timing); status != api::Status::success) {
      event_ = nullptr;
      return context_->error(status, "cuEventCreate");
    }
  }
  const auto status = context_->cu().event_record(event_, stream);
  return status == api::Status::success ? Result<void>() : context_->error(status, "cuEventRecord");
}

Result<void> Event::wait(Clock::time_point deadline) const {
  // The driver has no wait with a time-out. Copies of a frame take some 100 us: look often first, and rarely once it takes long.
  constexpr std::chrono::microseconds longest{500};
  std::chrono::microseconds pause{0};
  for (;;) {
    const auto status = context_->cu().event_query(event_);
    if (status == api::Status::success) return {};
    if (status != api::Status::not_ready) return context_->error(status, "cuEventQuery");
    if (Clock::now() >= deadline) return Error(Errc::timed_out, "The work before it in the CUDA stream did not end in time.");
    if (pause.count() == 0) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(pause);
    }
    pause = std::min(longest, pause + std::chrono::microseconds(1) + pause / 2);
  }
}

Result<void> finish(const Context& context, api::Stream stream, Clock::time_point deadline) {
  Event event(context);
  if (auto ok = event.record(stream); !ok) return ok;
  return event.wait(deadline);
}

Result<DeviceIdentity> identify(const Driver& driver, api::Device device) {
  DeviceIdentity identity;
  std::array<char, 256> name{};
  if (const auto status = driver.cu.device_name(name.data(), static_cast<int>(name.size()) - 1, device); status != api::Status::success) {
    return cuda_error(driver, status, "cuDeviceGetName");
  }
  identity.name = name.data();
  api::Uuid uuid{};
  // The second version tells the instances of a divided device apart.
  const auto status = driver.cu.device_uuid_v2 != nullptr ? driver.cu.device_uuid_v2(&uuid, device) : driver.cu.device_uuid(&uuid, device);
  if (status != api::Status::success) return cuda_error(driver, status, "cuDeviceGetUuid");
  std::memcpy(identity.device_uuid.bytes.data(), uuid.bytes, sizeof(uuid.bytes));
  identity.pci = PciAddress{.domain = attribute(driver, device, api::Attribute::pci_domain_id),
                            .bus = attribute(driver, device, api::Attribute::pci_bus_id),
                            .device = attribute(driver, device, api::Attribute::pci_device_id),
                            .function = 0};
  identity.driver = text("CUDA ", driver.version / 1000, ".", driver.version % 1000 / 10);
  return identity;
}

Result<std::vector<DeviceSummary>> enumerate_devices() {
  return detail::guard([]() -> Result<std::vector<DeviceSummary>> {
    auto driver = open_driver();
    if (!driver) return std::move(driver).error();
    int count = 0;
    if (const auto status = (*driver)->cu.device_count(&count); status != api::Status::success) {
      return cuda_error(**driver, status, "cuDeviceGetCount");
    }
    std::vector<DeviceSummary> devices;
    for (int ordinal = 0; ordinal < count; ++ordinal) {
      api::Device device = 0;
      if (const auto status = (*driver)->cu.device_get(&device, ordinal); status != api::Status::success) {
        return cuda_error(**driver, status, "cuDeviceGet");
      }
      auto identity = identify(**driver, device);
      if (!identity) return std::move(identity).error();
      devices.push_back({.ordinal = ordinal, .identity = *std::move(identity)});
    }
    return devices;
  });
}

}  // namespace geyser::cuda
