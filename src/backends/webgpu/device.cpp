// Instance, adapter and device for those who have none.
#include <algorithm>
#include <atomic>

#include "backends/webgpu/errors.hpp"
#include "backends/webgpu/features.hpp"
#include "backends/webgpu/manager.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_request{30};
constexpr std::chrono::microseconds pause{100};

/// An answer that may come when nobody waits for it any more: shared with the callback.
template <class Object>
struct Answer {
  std::atomic<bool> there{false};
  Object object = nullptr;
  std::string message;
};
template <class Object>
using Holder = std::shared_ptr<Answer<Object>>;

template <class Object, class Status>
void take_answer(Status, Object object, WGPUStringView message, void* holder, void*) noexcept {
  const std::unique_ptr<Holder<Object>> answer(static_cast<Holder<Object>*>(holder));
  (*answer)->object = object;
  try {
    (*answer)->message = text_of(message);
  } catch (const std::bad_alloc&) {
    (*answer)->message.clear();
  }
  (*answer)->there.store(true);
}

void device_lost(const WGPUDevice*, WGPUDeviceLostReason reason, WGPUStringView message, void* holder, void*) noexcept {
  const std::unique_ptr<std::shared_ptr<Events>> events(static_cast<std::shared_ptr<Events>*>(holder));
  if (reason == WGPUDeviceLostReason_Destroyed || reason == WGPUDeviceLostReason_CallbackCancelled) {
    // The end of its life, or of its instance's.
    const std::lock_guard lock((*events)->mutex);
    (*events)->lost = "it was destroyed.";
    return;
  }
  try {
    std::string why = text_of(message);
    log(LogLevel::error, text("Dawn lost its device: ", why));
    const std::lock_guard lock((*events)->mutex);
    (*events)->lost = why.empty() ? std::string("Dawn gives no reason.") : std::move(why);
  } catch (const std::exception&) {
    log(LogLevel::error, "Dawn lost its device.");
  }
}

void uncaptured_error(const WGPUDevice*, WGPUErrorType, WGPUStringView message, void* events, void*) noexcept {
  static_cast<Events*>(events)->uncaptured.fetch_add(1);
  try {
    log(LogLevel::error, text("Dawn reports an error that no scope caught: ", text_of(message)));
  } catch (const std::exception&) {
    log(LogLevel::error, "Dawn reports an error that no scope caught.");
  }
}

std::string describe(const Functions& wgpu, WGPUAdapter adapter, detail::DeviceNumbers& numbers) {
  WGPUAdapterInfo info{};
  if (wgpu.AdapterGetInfo(adapter, &info) != WGPUStatus_Success) return "an adapter that tells no name";
  numbers = {info.vendorID, info.deviceID};
  std::string name = text(text_of(info.device), " (", partner_name(), ")");
  wgpu.AdapterInfoFreeMembers(info);
  return name;
}

}  // namespace

/// Ownership: what Dawn made, given back in the destructor.
struct Device::Block {
  Functions wgpu;
  GetProcAddress get_proc_address = nullptr;
  WGPUInstance instance = nullptr;
  WGPUAdapter adapter = nullptr;
  WGPUDevice device = nullptr;
  WGPUQueue queue = nullptr;
  std::string adapter_name;
  std::shared_ptr<Events> events = std::make_shared<Events>();

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (queue != nullptr) wgpu.QueueRelease(queue);
    if (device != nullptr) wgpu.DeviceRelease(device);
    if (adapter != nullptr) wgpu.AdapterRelease(adapter);
    if (instance != nullptr) wgpu.InstanceRelease(instance);
  }

  Result<void> create_instance();
  Result<WGPUAdapter> request_adapter(const WGPURequestAdapterOptions& options, std::string& refusal);
  Result<void> find_adapter(const TextureShareManager& partner);
  Result<void> create_device(const std::vector<WGPUFeatureName>& more);
  Result<void> process_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout) const;
};

Result<void> Device::Block::create_instance() {
  // With waits that have a time-out where Dawn has them, for who uses the instance.
  const WGPUInstanceFeatureName timed = WGPUInstanceFeatureName_TimedWaitAny;
  WGPUInstanceDescriptor descriptor{};
  descriptor.requiredFeatureCount = 1;
  descriptor.requiredFeatures = &timed;
  instance = wgpu.CreateInstance(&descriptor);
  if (instance == nullptr) instance = wgpu.CreateInstance(nullptr);
  if (instance != nullptr) return {};
  return Error(Errc::not_found, "Dawn makes no instance, and does not say why.", ErrorDomain::webgpu);
}

Result<void> Device::Block::process_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout) const {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    wgpu.InstanceProcessEvents(instance);
    if (device != nullptr) wgpu.DeviceTick(device);
    if (done()) return {};
    if (Clock::now() >= deadline) {
      return Error(Errc::timed_out, text("What was waited for did not happen within ",
                                         std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms of Dawn's events."));
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<WGPUAdapter> Device::Block::request_adapter(const WGPURequestAdapterOptions& options, std::string& refusal) {
  auto answer = std::make_shared<Answer<WGPUAdapter>>();
  WGPURequestAdapterCallbackInfo info{};
  info.mode = WGPUCallbackMode_AllowProcessEvents;
  info.callback = take_answer;
  info.userdata1 = new Holder<WGPUAdapter>(answer);
  static_cast<void>(wgpu.InstanceRequestAdapter(instance, &options, info));
  if (auto ok = process_until([&] { return answer->there.load(); }, longest_request); !ok) return std::move(ok).error();
  refusal = answer->message;
  return answer->object;
}

Result<void> Device::Block::find_adapter(const TextureShareManager& partner) {
  const auto wanted = detail::Private::backend(partner)->numbers();
  // One adapter at a time, and never a list: each of these may be another.
  struct Wish {
    WGPUPowerPreference power;
    bool fallback;
  };
  constexpr Wish wishes[] = {{WGPUPowerPreference_Undefined, false},
                             {WGPUPowerPreference_HighPerformance, false},
                             {WGPUPowerPreference_LowPower, false},
                             {WGPUPowerPreference_Undefined, true}};
  AdapterWish wish_for(partner.identity());
  std::string others;
  std::string refusal;
  for (const auto& wish : wishes) {
    WGPURequestAdapterOptions options{};
    options.featureLevel = WGPUFeatureLevel_Core;
    options.backendType = dawn_backend();
    options.powerPreference = wish.power;
    options.forceFallbackAdapter = static_cast<WGPUBool>(wish.fallback);
    options.nextInChain = wish_for.chain();
    auto found = request_adapter(options, refusal);
    if (!found) return std::move(found).error();
    if (*found == nullptr) continue;
    detail::DeviceNumbers numbers;
    std::string name = describe(wgpu, *found, numbers);
    if (!wanted || numbers == *wanted) {
      adapter = *found;
      adapter_name = std::move(name);
      return {};
    }
    wgpu.AdapterRelease(*found);
    if (others.find(name) == std::string::npos) others += text(others.empty() ? "" : ", ", name);
  }
  if (others.empty()) {
    return Error(Errc::not_found, text("Dawn finds no adapter: ", refusal.empty() ? "it gives no reason" : refusal, "."),
                 ErrorDomain::webgpu);
  }
  return Error(Errc::device_mismatch,
               text("Dawn has no adapter on the partner's device ", partner.identity().name, "; it has ", others, "."));
}

Result<void> Device::Block::create_device(const std::vector<WGPUFeatureName>& more) {
  auto features = required_features(adapter, get_proc_address);
  if (!features) return std::move(features).error();
  const auto add = [&](WGPUFeatureName feature) {
    const bool has = feature != WGPUFeatureName_Force32 && wgpu.AdapterHasFeature(adapter, feature) != 0U;
    if (has && std::find(features->begin(), features->end(), feature) == features->end()) features->push_back(feature);
  };
  for (const auto& feature : format_features()) add(feature.number);
  for (const auto feature : more) add(feature);
  WGPUDeviceDescriptor descriptor{};
  descriptor.label = view_of("geyser");
  descriptor.requiredFeatureCount = features->size();
  descriptor.requiredFeatures = features->data();
  descriptor.uncapturedErrorCallbackInfo.callback = uncaptured_error;
  descriptor.uncapturedErrorCallbackInfo.userdata1 = events.get();  // alive until the other callback, which is the last
  descriptor.deviceLostCallbackInfo.mode = WGPUCallbackMode_AllowSpontaneous;
  descriptor.deviceLostCallbackInfo.callback = device_lost;
  descriptor.deviceLostCallbackInfo.userdata1 = new std::shared_ptr<Events>(events);
  auto answer = std::make_shared<Answer<WGPUDevice>>();
  WGPURequestDeviceCallbackInfo info{};
  info.mode = WGPUCallbackMode_AllowProcessEvents;
  info.callback = take_answer;
  info.userdata1 = new Holder<WGPUDevice>(answer);
  static_cast<void>(wgpu.AdapterRequestDevice(adapter, &descriptor, info));
  if (auto ok = process_until([&] { return answer->there.load(); }, longest_request); !ok) return ok;
  if (answer->object == nullptr) {
    return Error(
        Errc::unsupported_feature,
        text("Dawn makes no device on ", adapter_name, ": ", answer->message.empty() ? "it gives no reason" : answer->message, "."),
        ErrorDomain::webgpu);
  }
  device = answer->object;
  queue = wgpu.DeviceGetQueue(device);
  return {};
}

Device::Device(std::shared_ptr<Block> block) noexcept : block_(std::move(block)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<Device> Device::create(const DeviceOptions& options) {
  return detail::guard([&]() -> Result<Device> {
    if (options.partner == nullptr || detail::Private::backend(*options.partner) == nullptr) {
      return Error(Errc::invalid_argument, "DeviceOptions::partner is null or empty; pass a manager on the device that Dawn shall use.");
    }
    auto block = std::make_shared<Block>();
    auto functions = Functions::load(options.get_proc_address);
    if (!functions) return std::move(functions).error();
    block->wgpu = *functions;
    block->get_proc_address = proc_address(options.get_proc_address)->function;
    if (auto ok = block->create_instance(); !ok) return std::move(ok).error();
    if (auto ok = block->find_adapter(*options.partner); !ok) return std::move(ok).error();
    if (auto ok = block->create_device(options.features); !ok) return std::move(ok).error();
    return Device(std::move(block));
  });
}

WGPUInstance Device::instance() const noexcept { return block_->instance; }
WGPUDevice Device::handle() const noexcept { return block_->device; }
WGPUQueue Device::queue() const noexcept { return block_->queue; }
GetProcAddress Device::get_proc_address() const noexcept { return block_->get_proc_address; }
const std::string& Device::adapter_name() const noexcept { return block_->adapter_name; }
std::uint64_t Device::uncaptured_errors() const noexcept { return block_->events->uncaptured.load(); }
std::string Device::lost_reason() const { return block_->events->lost_reason(); }

Result<TextureShareManager> Device::create_manager(const TextureShareManager& partner) const {
  AdoptInfo info;
  info.instance = block_->instance;
  info.device = block_->device;
  info.get_proc_address = block_->get_proc_address;
  info.partner = &partner;
  return create_manager_with_events(info, block_->events);
}

Result<void> Device::process_events_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout) const {
  return detail::guard([&] { return block_->process_until(done, timeout); });
}

}  // namespace geyser::webgpu
