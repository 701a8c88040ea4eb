#include "backends/vulkan/sync.hpp"

#include <algorithm>

#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;

/// The device was made with VK_KHR_timeline_semaphore where the core functions are not to be used.
bool core_timeline(const Context& context) {
  return context.api_version >= VK_API_VERSION_1_2 || context.dispatch.vkWaitSemaphoresKHR == nullptr;
}

std::uint64_t nanoseconds_of(std::chrono::nanoseconds timeout) {
  return timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
}

Error not_reached(SemaphoreKind kind, std::uint64_t value, std::uint64_t now, std::chrono::nanoseconds timeout) {
  return Error(Errc::timed_out, text("The ", to_string(kind), " semaphore is at ", now, " and did not reach ", value, " within ",
                                     std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                                     " ms; whoever promised that value did not signal it."));
}

vk::SemaphoreType native_type(SemaphoreKind kind) {
  return kind == SemaphoreKind::binary ? vk::SemaphoreType::eBinary : vk::SemaphoreType::eTimeline;
}

vk::ExternalSemaphoreProperties properties_of(const Context& context, const SemaphoreRung& rung) {
  vk::ExternalSemaphoreProperties promised;
  promised.externalSemaphoreFeatures =
      vk::ExternalSemaphoreFeatureFlagBits::eExportable | vk::ExternalSemaphoreFeatureFlagBits::eImportable;
  if (rung.bit == vk::ExternalSemaphoreHandleTypeFlagBits{}) return promised;
  const vk::SemaphoreTypeCreateInfo semaphore_type{.semaphoreType = native_type(rung.kind)};
  vk::PhysicalDeviceExternalSemaphoreInfo info{.handleType = rung.bit};
  if (context.features.timeline_semaphore) info.pNext = &semaphore_type;
  vk::ExternalSemaphoreProperties properties;
  context.physical_device.getExternalSemaphoreProperties(&info, &properties, context.dispatch);
  return properties;
}

std::string clause(bool can_export, bool can_import, std::string_view what) {
  if (can_export && can_import) return {};
  if (can_export) return text("the driver exports ", what, " but does not import them");
  if (can_import) return text("the driver imports ", what, " but does not export them");
  return text("the driver neither exports nor imports ", what);
}

void query_fence_support(Context& context) {
  if (!context.features.external_fence) return;
  for (const auto& rung : fence_rungs()) {
    const vk::PhysicalDeviceExternalFenceInfo info{.handleType = rung.bit};
    vk::ExternalFenceProperties properties;
    context.physical_device.getExternalFenceProperties(&info, &properties, context.dispatch);
    if (properties.externalFenceFeatures & vk::ExternalFenceFeatureFlagBits::eExportable) context.exportable_fences |= rung.bit;
    if (properties.externalFenceFeatures & vk::ExternalFenceFeatureFlagBits::eImportable) context.importable_fences |= rung.bit;
  }
}

}  // namespace

Result<std::uint64_t> counter_value(const Context& context, vk::Semaphore semaphore) {
  std::uint64_t value = 0;
  const auto result = core_timeline(context) ? context.device.getSemaphoreCounterValue(semaphore, &value, context.dispatch)
                                             : context.device.getSemaphoreCounterValueKHR(semaphore, &value, context.dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetSemaphoreCounterValue");
  return value;
}

Result<void> signal_counter(const Context& context, vk::Semaphore semaphore, std::uint64_t value) {
  const vk::SemaphoreSignalInfo info{.semaphore = semaphore, .value = value};
  const auto result = core_timeline(context) ? context.device.signalSemaphore(&info, context.dispatch)
                                             : context.device.signalSemaphoreKHR(&info, context.dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkSignalSemaphore");
  return {};
}

Result<bool> wait_counter(const Context& context, vk::Semaphore semaphore, std::uint64_t value, std::chrono::nanoseconds timeout) {
  const vk::SemaphoreWaitInfo info{.semaphoreCount = 1, .pSemaphores = &semaphore, .pValues = &value};
  const auto result = core_timeline(context) ? context.device.waitSemaphores(&info, nanoseconds_of(timeout), context.dispatch)
                                             : context.device.waitSemaphoresKHR(&info, nanoseconds_of(timeout), context.dispatch);
  if (result == vk::Result::eTimeout) return false;
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkWaitSemaphores");
  return true;
}

Result<vk::Semaphore> make_semaphore(const Context& context, vk::SemaphoreType type, std::uint64_t initial_value, SemaphoreTypes types) {
  vk::ExportSemaphoreCreateInfo exported;
  for (const auto& rung : semaphore_rungs()) {
    if (native_type(rung.kind) == type && (types & set_of(rung.type)) != 0) exported.handleTypes |= rung.bit;
  }
  std::shared_ptr<const void> rights;
  if (types != 0) {
    auto made = semaphore_export_info(types);
    if (!made) return std::move(made).error();
    rights = *std::move(made);
  }
  vk::SemaphoreTypeCreateInfo typed{.semaphoreType = type, .initialValue = initial_value};
  vk::SemaphoreCreateInfo info{.pNext = rights.get()};
  if (exported.handleTypes) exported.pNext = std::exchange(info.pNext, &exported);
  if (type == vk::SemaphoreType::eTimeline) typed.pNext = std::exchange(info.pNext, &typed);
  vk::Semaphore semaphore;
  if (const auto result = context.device.createSemaphore(&info, nullptr, &semaphore, context.dispatch); result != vk::Result::eSuccess) {
    return vulkan_error(result, "vkCreateSemaphore");
  }
  return semaphore;
}

Result<void> make_local_timelines(Semaphore& semaphore) {
  semaphore.start = semaphore.page->value();
  for (auto* local : {&semaphore.semaphore, &semaphore.signalled_here}) {
    auto made = make_semaphore(*semaphore.context, vk::SemaphoreType::eTimeline, semaphore.start, 0);
    if (!made) return std::move(made).error();
    *local = *made;
  }
  return {};
}

Semaphore::Semaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, SemaphoreKind kind,
                     bool imported) noexcept
    : SemaphoreContents(std::move(backend), kind, imported), context(std::move(device_context)) {}

Semaphore::~Semaphore() {
  if (page) bridge().forget(*this);
  auto& retired = static_cast<Manager&>(*backend()).transfer().retired();
  for (const auto mine : {semaphore, signalled_here}) {
    if (!mine) continue;
    if (used_by_queue_.load(std::memory_order_relaxed)) {
      retired.add(mine);
    } else {
      context->device.destroySemaphore(mine, nullptr, context->dispatch);
    }
  }
}

HostBridge& Semaphore::bridge() const noexcept { return static_cast<Manager&>(*backend()).bridge(); }

Result<std::uint64_t> Semaphore::value() {
  if (page) return page->value();
  return counter_value(*context, semaphore);
}

Result<void> Semaphore::signal(std::uint64_t value) {
  if (!page) return signal_counter(*context, semaphore, value);
  page->signal(value);  // the bridge sees it, if a submit of this device waits
  return {};
}

Result<void> Semaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  if (kind() == SemaphoreKind::binary) {
    auto native = for_wait(value);
    if (!native) return std::move(native).error();
    bool submitted = false;
    auto waited = static_cast<Manager&>(*backend()).transfer().wait_binary(*native, timeout, submitted);
    if (!submitted) cancel_wait(value);
    return waited;
  }
  if (page) {
    if (page->wait(value, timeout)) return {};
    return not_reached(kind(), value, page->value(), timeout);
  }
  auto reached = wait_counter(*context, semaphore, value, timeout);
  if (!reached) return std::move(reached).error();
  if (*reached) return {};
  auto now = counter_value(*context, semaphore);
  if (!now) return std::move(now).error();
  return not_reached(kind(), value, *now, timeout);
}

Result<vk::Semaphore> Semaphore::for_wait(std::uint64_t value) {
  if (kind() == SemaphoreKind::binary && !signal_pending.exchange(false) && !signalled_elsewhere.load()) {
    return Error(
        Errc::invalid_state,
        "The binary semaphore has no signal to wait for: none was submitted, or it was waited for or exported already; submit its signal "
        "first, and wait for each signal once.");
  }
  if (page) {
    if (auto ok = bridge().expect_shared_signal(*this, value); !ok) return std::move(ok).error();
  }
  used_by_queue_.store(true, std::memory_order_relaxed);
  return semaphore;
}

Result<vk::Semaphore> Semaphore::for_signal(std::uint64_t value) {
  if (kind() == SemaphoreKind::binary && signal_pending.exchange(true) && !signalled_elsewhere.load()) {
    return Error(Errc::invalid_state,
                 "The binary semaphore has a signal already that nobody waited for; wait for it or export it first, or use a timeline.");
  }
  if (page) {
    if (auto ok = bridge().expect_local_signal(*this, value); !ok) return std::move(ok).error();
  }
  used_by_queue_.store(true, std::memory_order_relaxed);
  return page ? signalled_here : semaphore;
}

void Semaphore::submitted(std::uint64_t value) noexcept {
  if (page) bridge().local_signal_submitted(*this, value);
}

void Semaphore::cancel_wait(std::uint64_t) noexcept {
  if (kind() == SemaphoreKind::binary && !signalled_elsewhere.load()) signal_pending.store(true);
}

void Semaphore::cancel_signal(std::uint64_t value) noexcept {
  if (kind() == SemaphoreKind::binary) signal_pending.store(false);
  if (page) bridge().cancel_local_signal(*this, value);
}

Result<vk::Semaphore> Semaphore::for_caller() {
  if (page) {
    if (auto ok = bridge().follow(*this); !ok) return std::move(ok).error();
  }
  signalled_elsewhere.store(true);
  used_by_queue_.store(true, std::memory_order_relaxed);
  return semaphore;
}

Result<Semaphore*> vulkan_semaphore(const SharedSemaphore& semaphore) {
  detail::SemaphoreContents* contents = detail::Private::contents(semaphore);
  if (contents == nullptr) return Error(Errc::invalid_argument, "The semaphore is empty; create or import one first.");
  if (auto* mine = dynamic_cast<Semaphore*>(contents)) return mine;
  return Error(Errc::device_mismatch, text("The semaphore belongs to a manager of the backend ", contents->backend()->name(),
                                           ", not to a Vulkan manager; export it there and import it here."));
}

Result<void> signal_on_queue(Semaphore& semaphore, std::uint64_t value) {
  auto native = semaphore.for_signal(value);
  if (!native) return std::move(native).error();
  auto signalled = static_cast<Manager&>(*semaphore.backend()).transfer().signal(*native, value);
  if (signalled) {
    semaphore.submitted(value);
  } else {
    semaphore.cancel_signal(value);
  }
  return signalled;
}

Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                    const std::shared_ptr<Context>& context, SemaphoreKind kind,
                                                                    std::uint64_t initial_value) {
  static_cast<Manager&>(*backend).transfer().retired().collect();
  auto made = std::make_shared<Semaphore>(std::move(backend), context, kind, false);
  switch (kind) {
    case SemaphoreKind::timeline:
    case SemaphoreKind::binary: {
      const auto types = kind == SemaphoreKind::timeline ? context->exportable_timeline : context->exportable_binary;
      if (types == 0) break;
      auto native = make_semaphore(*context, native_type(kind), kind == SemaphoreKind::timeline ? initial_value : 0, types);
      if (!native) return std::move(native).error();
      made->semaphore = *native;
      made->exportable_as = types;
      return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
    }
    case SemaphoreKind::host_timeline: {
      if (!context->features.timeline_semaphore) break;
      auto page = detail::HostTimeline::create(initial_value);
      if (!page) return std::move(page).error();
      made->page.emplace(*std::move(page));
      if (auto ok = make_local_timelines(*made); !ok) return std::move(ok).error();
      return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
    }
  }
  std::string why;
  for (const auto& s : context->capabilities.semaphores) {
    if (s.kind == kind && !s.can_export) why += text(why.empty() ? "" : "; ", to_string(s.type), ": ", s.why_not);
  }
  return Error(Errc::unsupported_feature, text(context->capabilities.identity.name, " cannot export ", to_string(kind),
                                               " semaphores: ", why, "; ask for another kind or leave SemaphoreDescriptor::kind empty."));
}

void query_semaphore_support(Context& context) {
  const auto& features = context.features;
  std::vector<SemaphoreHandleSupport>& list = context.capabilities.semaphores;
  list.clear();
  constexpr std::string_view no_timeline = "the device was made without the feature timelineSemaphore";
  struct Chosen {
    SemaphoreTypes types = 0;
    const SemaphoreRung* first = nullptr;
    vk::ExternalSemaphoreHandleTypeFlags compatible;
  };
  Chosen timeline;
  Chosen binary;
  for (const auto& rung : semaphore_rungs()) {
    SemaphoreHandleSupport support{.kind = rung.kind, .type = rung.type};
    if (!features.external_semaphore) {
      support.why_not = text("the device was made without ", semaphore_extension());
    } else if (rung.kind == SemaphoreKind::timeline && !features.timeline_semaphore) {
      support.why_not = no_timeline;
    } else {
      const auto properties = properties_of(context, rung);
      support.can_export = static_cast<bool>(properties.externalSemaphoreFeatures & vk::ExternalSemaphoreFeatureFlagBits::eExportable);
      support.can_import = static_cast<bool>(properties.externalSemaphoreFeatures & vk::ExternalSemaphoreFeatureFlagBits::eImportable);
      support.why_not = clause(support.can_export, support.can_import, text(to_string(rung.kind), " semaphores as ", to_string(rung.type)));
      auto& chosen = rung.kind == SemaphoreKind::timeline ? timeline : binary;
      if (support.can_export && chosen.first == nullptr) {
        chosen = {set_of(rung.type), &rung, properties.compatibleHandleTypes};
      } else if (support.can_export && (chosen.compatible & rung.bit)) {
        chosen.types |= set_of(rung.type);
      } else if (support.can_export) {
        // One semaphore can be made for one of the two only, and the first is the better one.
        support.can_export = false;
        support.why_not = text("the driver cannot make a semaphore that is exportable as ", to_string(chosen.first->type), " and as ",
                               to_string(rung.type));
      }
    }
    list.push_back(std::move(support));
  }
  context.exportable_timeline = timeline.types;
  context.exportable_binary = binary.types;
  SemaphoreHandleSupport host{.kind = SemaphoreKind::host_timeline, .type = SemaphoreHandleType::host_page};
  host.can_export = host.can_import = features.timeline_semaphore;
  if (!features.timeline_semaphore) host.why_not = no_timeline;
  list.push_back(std::move(host));
  query_fence_support(context);
}

}  // namespace geyser::vulkan
