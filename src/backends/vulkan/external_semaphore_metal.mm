// Type-checked, never run. MTLSharedEvents behind timeline semaphores, by the process's tokens.
#import "backends/vulkan/external_metal.hpp"

#include "core/process_objects.hpp"

namespace geyser::vulkan {

Result<OsHandle> export_semaphore_handle(const Semaphore& semaphore, const SemaphoreRung&) {
  const Context& context = *semaphore.context;
  VkExportMetalSharedEventInfoEXT event{VK_STRUCTURE_TYPE_EXPORT_METAL_SHARED_EVENT_INFO_EXT, nullptr,
                                        static_cast<VkSemaphore>(semaphore.semaphore), VK_NULL_HANDLE, nil};
  VkExportMetalObjectsInfoEXT objects{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECTS_INFO_EXT, &event};
  context.system->export_objects(static_cast<VkDevice>(context.device), &objects);
  if (event.mtlSharedEvent == nil) {
    return Error(Errc::unsupported_handle, "The driver has no MTLSharedEvent behind the semaphore; it may emulate timelines on the host.");
  }
  std::shared_ptr<void> object((__bridge_retained void*)event.mtlSharedEvent, [](void* native) { CFRelease(native); });
  return detail::publish_process_object(detail::ProcessObjectKind::metal_event, std::move(object));
}

Result<vk::Semaphore> import_semaphore_handle(const Context& context, const SemaphoreRung&, const OsHandle& handle) {
  auto object = detail::find_process_object(detail::ProcessObjectKind::metal_event, handle);
  if (!object) return std::move(object).error();
  id<MTLSharedEvent> event = (__bridge id<MTLSharedEvent>)object->get();
  const VkImportMetalSharedEventInfoEXT import{VK_STRUCTURE_TYPE_IMPORT_METAL_SHARED_EVENT_INFO_EXT, nullptr, event};
  // The driver sets the event to initialValue (Vulkan, VkImportMetalSharedEventInfoEXT): the value that it has. A signal that another queue
  // gives in this moment would be taken back, so an event is handed over before anything that signals it is committed.
  const VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, &import, VK_SEMAPHORE_TYPE_TIMELINE,
                                       event.signaledValue};
  const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type, 0};
  VkSemaphore made = VK_NULL_HANDLE;
  const auto result = static_cast<vk::Result>(
      context.dispatch.vkCreateSemaphore(static_cast<VkDevice>(context.device), &info, nullptr, &made));
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkCreateSemaphore");
  return vk::Semaphore(made);
}

}  // namespace geyser::vulkan
