// Shared texture memory, its textures, fences and accesses: with pixels that the fake Vulkan driver has, and semaphores that it waits for.
#include <vulkan/vulkan_core.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "fake_webgpu/objects.hpp"
#include "geyser/format.hpp"

namespace fake_dawn {
namespace {

using geyser::MemoryHandleType;
using geyser::SemaphoreKind;
using geyser::SyncPoint;
using geyser::TextureLayout;

// What these tests use; the library's own table is what is under test.
WGPUTextureFormat dawn_format(geyser::TextureFormat format) {
  switch (format) {
    case geyser::TextureFormat::rgba8_unorm:
      return WGPUTextureFormat_RGBA8Unorm;
    case geyser::TextureFormat::bgra8_unorm:
      return WGPUTextureFormat_BGRA8Unorm;
    case geyser::TextureFormat::r8_unorm:
      return WGPUTextureFormat_R8Unorm;
    case geyser::TextureFormat::rgba16_float:
      return WGPUTextureFormat_RGBA16Float;
    case geyser::TextureFormat::bc1_rgba_unorm:
      return WGPUTextureFormat_BC1RGBAUnorm;
    default:
      return WGPUTextureFormat_Undefined;
  }
}

template <class Chain>
const Chain* find_chain(const WGPUChainedStruct* chain, WGPUSType type) {
  for (; chain != nullptr; chain = chain->next) {
    if (chain->sType == type) return reinterpret_cast<const Chain*>(chain);
  }
  return nullptr;
}

geyser::OsHandle duplicate(int fd) {
  geyser::OsHandle theirs(fd);
  auto copy = theirs.duplicate();
  static_cast<void>(theirs.release());
  return copy ? *std::move(copy) : geyser::OsHandle();
}

bool same_file(int a, int b) {
  struct stat first{};
  struct stat second{};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

geyser::Result<geyser::SharedTexture> import_opaque(WGPUDevice device, const WGPUSharedTextureMemoryOpaqueFDDescriptor& from) {
  const auto& image = *static_cast<const VkImageCreateInfo*>(from.vkImageCreateInfo);
  geyser::TextureHandle handle;
  auto& info = handle.info;
  info.type = MemoryHandleType::opaque_fd;
  for (const auto& format : geyser::all_formats()) {
    if (format.vulkan == static_cast<std::uint32_t>(image.format)) info.descriptor.format = format.format;
  }
  info.descriptor.extent = {image.extent.width, image.extent.height, 1};
  info.descriptor.usage = geyser::TextureUsage::texture_binding;
  if ((image.usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT) != 0)
    info.descriptor.usage = info.descriptor.usage | geyser::TextureUsage::render_attachment;
  if ((image.usage & VK_IMAGE_USAGE_STORAGE_BIT) != 0)
    info.descriptor.usage = info.descriptor.usage | geyser::TextureUsage::storage_binding;
  info.exporter = device->manager->identity();
  info.allocation_size = info.required_size = from.allocationSize;
  info.memory_type_index = from.memoryTypeIndex;
  info.dedicated = from.dedicatedAllocation != 0U;
  info.native_format = static_cast<std::uint32_t>(image.format);
  info.native_usage = image.usage;
  info.native_create_flags = image.flags;
  handle.handles[0] = duplicate(from.memoryFD);
  return device->manager->import_texture(std::move(handle));
}

geyser::Result<geyser::SharedTexture> import_dma_buf(WGPUDevice device, const WGPUSharedTextureMemoryDmaBufDescriptor& from) {
  geyser::TextureHandle handle;
  auto& info = handle.info;
  info.type = MemoryHandleType::dma_buf;
  for (const auto& format : geyser::all_formats()) {
    if (format.drm != 0 && format.drm == from.drmFormat) {
      info.descriptor.format = format.format;
      info.native_format = format.vulkan;
      break;
    }
  }
  info.descriptor.extent = {from.size.width, from.size.height, 1};
  info.descriptor.usage = geyser::TextureUsage::texture_binding;
  info.exporter = device->manager->identity();
  info.drm_modifier = from.drmModifier;
  info.memory_plane_count = static_cast<std::uint32_t>(from.planeCount);
  for (std::uint32_t i = 0; i < from.planeCount; ++i) {
    // Planes of one file, by as many descriptors as Dawn wants.
    const std::uint32_t file = i != 0 && same_file(from.planes[0].fd, from.planes[i].fd) ? 0 : i;
    info.memory_planes[i] = {.offset = from.planes[i].offset, .row_pitch = from.planes[i].stride, .handle_index = file};
    if (file == i) handle.handles[i] = duplicate(from.planes[i].fd);
  }
  // The size is the file's own: Dawn is told none.
  info.allocation_size = info.required_size = static_cast<std::uint64_t>(::lseek(handle.handles[0].fd(), 0, SEEK_END));
  return device->manager->import_texture(std::move(handle));
}

WGPUSharedTextureMemory import_memory(WGPUDevice device, const WGPUSharedTextureMemoryDescriptor* descriptor) {
  checked(device, "wgpuDeviceImportSharedTextureMemory");
  auto* memory = new WGPUSharedTextureMemoryImpl(device);
  if (fails("wgpuDeviceImportSharedTextureMemory")) {
    injected_error("wgpuDeviceImportSharedTextureMemory");
    memory->error = true;
    return memory;
  }
  const auto* opaque =
      find_chain<WGPUSharedTextureMemoryOpaqueFDDescriptor>(descriptor->nextInChain, WGPUSType_SharedTextureMemoryOpaqueFDDescriptor);
  const auto* dma_buf =
      find_chain<WGPUSharedTextureMemoryDmaBufDescriptor>(descriptor->nextInChain, WGPUSType_SharedTextureMemoryDmaBufDescriptor);
  if ((opaque == nullptr) == (dma_buf == nullptr)) violate("wgpuDeviceImportSharedTextureMemory with no kind of memory, or two");
  const auto feature = opaque != nullptr ? WGPUFeatureName_SharedTextureMemoryOpaqueFD : WGPUFeatureName_SharedTextureMemoryDmaBuf;
  if (device->features.count(feature) == 0) violate("an import of a kind whose feature is not enabled");
  auto texture = opaque != nullptr ? import_opaque(device, *opaque) : import_dma_buf(device, *dma_buf);
  if (!texture) {
    error(WGPUErrorType_Validation, "emulated: " + texture.error().describe());
    memory->error = true;
    return memory;
  }
  memory->texture.emplace(*std::move(texture));
  memory->format = dawn_format(memory->texture->descriptor().format);
  return memory;
}

WGPUStatus properties(WGPUSharedTextureMemory memory, WGPUSharedTextureMemoryProperties* out) {
  checked(memory, "wgpuSharedTextureMemoryGetProperties");
  if (fails("wgpuSharedTextureMemoryGetProperties") || memory->error) return WGPUStatus_Error;
  const auto& descriptor = memory->texture->descriptor();
  out->usage = WGPUTextureUsage_CopySrc | WGPUTextureUsage_CopyDst | WGPUTextureUsage_TextureBinding;
  if (has(descriptor.usage, geyser::TextureUsage::render_attachment)) out->usage |= WGPUTextureUsage_RenderAttachment;
  if (has(descriptor.usage, geyser::TextureUsage::storage_binding)) out->usage |= WGPUTextureUsage_StorageBinding;
  out->size = {descriptor.extent.width, descriptor.extent.height, 1};
  out->format = memory->format;
  return WGPUStatus_Success;
}

WGPUTexture create_texture(WGPUSharedTextureMemory memory, const WGPUTextureDescriptor* descriptor) {
  checked(memory, "wgpuSharedTextureMemoryCreateTexture");
  auto* texture = new WGPUTextureImpl(memory);
  if (fails("wgpuSharedTextureMemoryCreateTexture")) {
    injected_error("wgpuSharedTextureMemoryCreateTexture");
    texture->error = true;
    return texture;
  }
  if (memory->error) violate("a texture over memory that was not imported");
  texture->usage = descriptor->usage;
  if (!memory->error && descriptor->format != memory->format) violate("a texture of another format than its memory");
  return texture;
}

WGPUSharedFence import_fence(WGPUDevice device, const WGPUSharedFenceDescriptor* descriptor) {
  checked(device, "wgpuDeviceImportSharedFence");
  auto* fence = new WGPUSharedFenceImpl;
  if (fails("wgpuDeviceImportSharedFence")) {
    injected_error("wgpuDeviceImportSharedFence");
    fence->error = true;
    return fence;
  }
  const auto* opaque =
      find_chain<WGPUSharedFenceVkSemaphoreOpaqueFDDescriptor>(descriptor->nextInChain, WGPUSType_SharedFenceVkSemaphoreOpaqueFDDescriptor);
  const auto* sync = find_chain<WGPUSharedFenceSyncFDDescriptor>(descriptor->nextInChain, WGPUSType_SharedFenceSyncFDDescriptor);
  if ((opaque == nullptr) == (sync == nullptr)) violate("wgpuDeviceImportSharedFence with no kind of fence, or two");
  const auto feature = opaque != nullptr ? WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD : WGPUFeatureName_SharedFenceSyncFD;
  if (device->features.count(feature) == 0) violate("a fence of a kind whose feature is not enabled");
  fence->sync_file = sync != nullptr;
  fence->handle = duplicate(opaque != nullptr ? opaque->handle : sync->handle);
  return fence;
}

void export_fence(WGPUSharedFence fence, WGPUSharedFenceExportInfo* out) {
  checked(fence, "wgpuSharedFenceExportInfo");
  if (fails("wgpuSharedFenceExportInfo") || fence->error) return;  // as with an error object: nothing is filled in
  out->type = fence->sync_file ? WGPUSharedFenceType_SyncFD : WGPUSharedFenceType_VkSemaphoreOpaqueFD;
  for (auto* chain = out->nextInChain; chain != nullptr; chain = chain->next) {
    if (chain->sType == WGPUSType_SharedFenceVkSemaphoreOpaqueFDExportInfo) {
      reinterpret_cast<WGPUSharedFenceVkSemaphoreOpaqueFDExportInfo*>(chain)->handle = fence->handle.fd();
    } else if (chain->sType == WGPUSType_SharedFenceSyncFDExportInfo) {
      reinterpret_cast<WGPUSharedFenceSyncFDExportInfo*>(chain)->handle = fence->handle.fd();
    }
  }
}

std::string complaint(WGPUSharedTextureMemory memory, WGPUTexture texture, const WGPUSharedTextureMemoryBeginAccessDescriptor& begin) {
  if (memory->error || texture->error) return "an error object";
  if (memory->access) return "is currently accessed for writing.";
  if (texture->destroyed) return "a destroyed texture";
  const auto* layouts =
      find_chain<WGPUSharedTextureMemoryVkImageLayoutBeginState>(begin.nextInChain, WGPUSType_SharedTextureMemoryVkImageLayoutBeginState);
  if (layouts == nullptr) return "Expected chain root to match SharedTextureMemoryVkImageLayoutBeginState";
  if (layouts->oldLayout == VK_IMAGE_LAYOUT_UNDEFINED && begin.initialized != 0U) return "content in an undefined layout";
  for (std::size_t i = 0; i < begin.fenceCount; ++i) {
    if (begin.signaledValues[i] != 1) return "signaled value was not 1.";
    if (checked(begin.fences[i], "wgpuSharedTextureMemoryBeginAccess")->error) return "a fence that is an error object";
    if (begin.fences[i]->waited) return "a fence that was waited for already";
  }
  if constexpr (requires { begin.signaledValueCount; }) {
    if (begin.signaledValueCount != begin.fenceCount) return "fences and values differ in number";
  }
  return {};
}

WGPUStatus begin_access(WGPUSharedTextureMemory memory, WGPUTexture texture, const WGPUSharedTextureMemoryBeginAccessDescriptor* begin) {
  checked(memory, "wgpuSharedTextureMemoryBeginAccess");
  checked(texture, "wgpuSharedTextureMemoryBeginAccess");
  if (memory->poisoned) violate("an access of memory that Dawn has refused one of before");
  if (texture->used_up) violate("a texture used for a second access");
  if (fails("wgpuSharedTextureMemoryBeginAccess")) {
    memory->poisoned = true;
    injected_error("wgpuSharedTextureMemoryBeginAccess");
    return WGPUStatus_Error;
  }
  if (const auto why = complaint(memory, texture, *begin); !why.empty()) {
    memory->poisoned = true;
    violate("wgpuSharedTextureMemoryBeginAccess: " + why);
    error(WGPUErrorType_Validation, "emulated: " + why);
    return WGPUStatus_Error;
  }
  WGPUSharedTextureMemoryImpl::Access access;
  access.texture = texture;
  access.initialized = begin->initialized != 0U;
  for (std::size_t i = 0; i < begin->fenceCount; ++i) {
    add_reference(begin->fences[i], "wgpuSharedTextureMemoryBeginAccess");
    access.fences.push_back(begin->fences[i]);
  }
  memory->access.emplace(std::move(access));
  return WGPUStatus_Success;
}

/// The fence that the next user waits for, behind this access's work.
WGPUSharedFence signal(WGPUSharedTextureMemory memory) {
  auto& manager = *memory->device->manager;
  auto& access = *memory->access;
  const bool sync = memory->device->features.count(WGPUFeatureName_SharedFenceSyncFD) != 0;
  const auto type = sync ? geyser::SemaphoreHandleType::sync_fd : geyser::SemaphoreHandleType::opaque_fd;
  auto* fence = new WGPUSharedFenceImpl;
  fence->sync_file = sync;
  auto semaphore = manager.create_shared_semaphore({.kind = SemaphoreKind::binary});
  if (!semaphore) std::abort();
  std::optional<geyser::Result<geyser::SemaphoreHandle>> handle;
  if (!sync) handle.emplace(manager.export_semaphore(*semaphore, type));
  geyser::AccessInfo info;
  info.state = geyser::TextureState{true, TextureLayout::general, {}};
  info.signal = SyncPoint{*semaphore, 1};
  if (auto done = manager.upload(*memory->texture, {}, access.pixels, info); !done)
    violate("emulated Dawn cannot write: " + done.error().describe());
  if (sync) handle.emplace(manager.export_semaphore(*semaphore, type));
  if (!*handle) {
    violate("emulated Dawn has no fence: " + handle->error().describe());
  } else {
    fence->handle = std::move((**handle).handle);
  }
  return fence;
}

WGPUStatus end_access(WGPUSharedTextureMemory memory, WGPUTexture texture, WGPUSharedTextureMemoryEndAccessState* out) {
  checked(memory, "wgpuSharedTextureMemoryEndAccess");
  checked(texture, "wgpuSharedTextureMemoryEndAccess");
  const bool failed = fails("wgpuSharedTextureMemoryEndAccess");
  if (!memory->access || memory->access->texture != texture) {
    violate("wgpuSharedTextureMemoryEndAccess: is not currently being accessed.");
    return WGPUStatus_Error;
  }
  texture->used_up = true;
  auto& access = *memory->access;
  std::vector<WGPUSharedFence> fences;
  VkImageLayout layout = VK_IMAGE_LAYOUT_UNDEFINED;  // what Dawn says when it did nothing
  if (!failed && access.used) {
    fences.push_back(signal(memory));
    layout = VK_IMAGE_LAYOUT_GENERAL;
  } else if (!failed) {
    fences = access.fences;  // unconsumed, and handed back
    for (auto* fence : fences) add_reference(fence, "wgpuSharedTextureMemoryEndAccess");
  }
  for (auto* fence : access.fences) drop_reference(fence, "wgpuSharedTextureMemoryEndAccess");
  const bool initialized = access.initialized || access.used;
  memory->access.reset();
  if (failed) {
    injected_error("wgpuSharedTextureMemoryEndAccess");
    return WGPUStatus_Error;
  }
  bool told = false;
  for (auto* chain = out->nextInChain; chain != nullptr; chain = chain->next) {
    if (chain->sType != WGPUSType_SharedTextureMemoryVkImageLayoutEndState) continue;
    auto& layouts = *reinterpret_cast<WGPUSharedTextureMemoryVkImageLayoutEndState*>(chain);
    layouts.oldLayout = layouts.newLayout = layout;
    told = true;
  }
  if (!told) violate("wgpuSharedTextureMemoryEndAccess without a place for layouts");
  out->initialized = initialized ? 1U : 0U;
  out->fenceCount = fences.size();
  out->fences = nullptr;
  out->signaledValues = nullptr;
  if (!fences.empty()) {
    auto* list = new WGPUSharedFence[fences.size()];
    auto* values = new std::uint64_t[fences.size()];
    for (std::size_t i = 0; i < fences.size(); ++i) {
      list[i] = fences[i];
      values[i] = 1;
    }
    out->fences = list;
    out->signaledValues = values;
  }
  return WGPUStatus_Success;
}

void free_members(WGPUSharedTextureMemoryEndAccessState state) {
  for (std::size_t i = 0; i < state.fenceCount; ++i) drop_reference(state.fences[i], "wgpuSharedTextureMemoryEndAccessStateFreeMembers");
  delete[] state.fences;
  delete[] state.signaledValues;
}

void memory_release(WGPUSharedTextureMemory memory) { drop_reference(memory, "wgpuSharedTextureMemoryRelease"); }
void fence_add_ref(WGPUSharedFence fence) { add_reference(fence, "wgpuSharedFenceAddRef"); }
void fence_release(WGPUSharedFence fence) { drop_reference(fence, "wgpuSharedFenceRelease"); }
void texture_release(WGPUTexture texture) { drop_reference(texture, "wgpuTextureRelease"); }
void texture_destroy(WGPUTexture texture) { checked(texture, "wgpuTextureDestroy")->destroyed = true; }

}  // namespace

bool use(WGPUTexture texture, const char* function) {
  auto* memory = texture->memory;
  if (texture->error || !memory->access || memory->access->texture != texture) {
    error(WGPUErrorType_Validation, "emulated: used in a submit without current access to [SharedTextureMemory]");
    violate(std::string(function) + " without an access");
    return false;
  }
  auto& access = *memory->access;
  if (access.used) return true;
  access.used = true;
  auto& manager = *memory->device->manager;
  geyser::AccessInfo info;
  info.state = geyser::TextureState{access.initialized, access.initialized ? TextureLayout::general : TextureLayout::undefined, {}};
  for (auto* fence : access.fences) {
    fence->waited = true;
    geyser::SemaphoreHandle handle;
    handle.kind = SemaphoreKind::binary;
    handle.type = fence->sync_file ? geyser::SemaphoreHandleType::sync_fd : geyser::SemaphoreHandleType::opaque_fd;
    handle.exporter = manager.identity();
    handle.handle = duplicate(fence->handle.fd());
    auto semaphore = manager.import_semaphore(std::move(handle));
    if (!semaphore) {
      violate("emulated Dawn cannot wait: " + semaphore.error().describe());
      return false;
    }
    info.state->points.push_back({*std::move(semaphore), 1});
  }
  const auto layout = geyser::region_layout(memory->texture->descriptor(), {});
  access.pixels.assign(layout->total_bytes, std::byte{0});
  auto done = access.initialized ? manager.read_back(*memory->texture, {}, access.pixels, info)
                                 : manager.upload(*memory->texture, {}, access.pixels, info);
  if (!done) violate("emulated Dawn cannot begin its work: " + done.error().describe());
  return true;
}

WGPUProc memory_function(std::string_view wanted) {
  FAKE_DAWN_FUNCTION(DeviceImportSharedTextureMemory, &import_memory);
  FAKE_DAWN_FUNCTION(DeviceImportSharedFence, &import_fence);
  FAKE_DAWN_FUNCTION(SharedFenceExportInfo, &export_fence);
  FAKE_DAWN_FUNCTION(SharedFenceAddRef, &fence_add_ref);
  FAKE_DAWN_FUNCTION(SharedFenceRelease, &fence_release);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryGetProperties, &properties);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryCreateTexture, &create_texture);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryBeginAccess, &begin_access);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryEndAccess, &end_access);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryEndAccessStateFreeMembers, &free_members);
  FAKE_DAWN_FUNCTION(SharedTextureMemoryRelease, &memory_release);
  FAKE_DAWN_FUNCTION(TextureRelease, &texture_release);
  FAKE_DAWN_FUNCTION(TextureDestroy, &texture_destroy);
  return nullptr;
}

}  // namespace fake_dawn

WGPUTextureImpl::WGPUTextureImpl(WGPUSharedTextureMemory owner) : Object("texture"), memory(owner) { ++owner->references; }
WGPUTextureImpl::~WGPUTextureImpl() { fake_dawn::drop_reference(memory, "the end of a texture"); }
WGPUSharedTextureMemoryImpl::WGPUSharedTextureMemoryImpl(WGPUDevice owner) : Object("memory"), device(owner) { ++owner->references; }
WGPUSharedTextureMemoryImpl::~WGPUSharedTextureMemoryImpl() {
  if (access) {
    for (auto* fence : access->fences) fake_dawn::drop_reference(fence, "the end of a memory");
  }
  texture.reset();
  fake_dawn::drop_reference(device, "the end of a memory");
}
