// The seam between this backend and the operating system: which OS handles there are, what Vulkan calls them, and how one goes out and
// comes in. CMake picks the files of one system, and nothing above this header knows which:
//   Linux    external_types_linux.cpp, external_fd.cpp, external_dmabuf.cpp, external_semaphore_fd.cpp, external_fence_fd.cpp
//   Windows  external_types_win32.cpp, external_win32.cpp, external_d3d.cpp, external_semaphore_win32.cpp, external_fence_win32.cpp,
//            win32_rights.cpp
//   Apple    external_types_metal.mm, external_metal.mm, external_semaphore_metal.mm
// A system without a certain kind of handle has an empty table and its functions answer unsupported_handle. Functions that vulkan_core.h
// does not declare (Win32, Metal) are fetched by find_external_features() into Context::system, whose type only that system's files know;
// so the dispatch table is the same in every file.
#pragma once

#include <memory>
#include <span>

#include "backends/vulkan/sync.hpp"
#include "backends/vulkan/texture.hpp"

namespace geyser::vulkan {

/// What a texture shall be made as.
struct AllocateRequest {
  const TextureDescriptor& descriptor;
  const ImageParameters& parameters;
  const FormatCaps* caps = nullptr;  ///< null for linear textures
  std::span<const ModifierSupport> modifiers;
};

/// One way for texture memory to cross.
struct MemoryRung {
  MemoryHandleType type = MemoryHandleType::none;
  /// What the driver is asked about and told at image creation and export. None ({}) where the handle is no external memory handle type
  /// of Vulkan's (VK_EXT_metal_objects): then every image that the driver makes counts as exportable and importable.
  vk::ExternalMemoryHandleTypeFlagBits bit{};
  Result<std::shared_ptr<detail::TextureContents>> (*allocate)(std::shared_ptr<detail::Backend> backend,
                                                               const std::shared_ptr<Context>& context,
                                                               const AllocateRequest& request) = nullptr;
  /// Takes the OS handles out of `handle` on success only.
  Result<std::shared_ptr<detail::TextureContents>> (*import_memory)(std::shared_ptr<detail::Backend> backend,
                                                                    const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                    TextureHandle& handle) = nullptr;
  Result<OsHandle> (*export_memory)(const Texture& texture) = nullptr;
};
/// Best first. Ownership: static storage.
[[nodiscard]] std::span<const MemoryRung> memory_rungs() noexcept;
/// Null when this system does not know `type`.
[[nodiscard]] const MemoryRung* find_rung(MemoryHandleType type) noexcept;
/// The system's opaque handle, which linear textures cross as too; none where there is no such thing.
[[nodiscard]] MemoryHandleType opaque_memory_type() noexcept;
/// The extension that a device made like this lacks for that handle type; empty when it has all.
[[nodiscard]] std::string_view missing_for(const Features& features, MemoryHandleType type) noexcept;
/// "opaque_fd and dma_buf"; for errors.
[[nodiscard]] std::string known_memory_types();

/// One way for a semaphore to cross.
struct SemaphoreRung {
  SemaphoreKind kind = SemaphoreKind::timeline;
  SemaphoreHandleType type = SemaphoreHandleType::none;
  vk::ExternalSemaphoreHandleTypeFlagBits bit{};  ///< none: the extension promises it without a question, as in MemoryRung
  bool copies = false;                            ///< copy transference: exporting takes the signal out, importing is temporary
};
/// Best first, at most one of each type and kind. Ownership: static storage.
[[nodiscard]] std::span<const SemaphoreRung> semaphore_rungs() noexcept;
[[nodiscard]] const SemaphoreRung* find_rung(SemaphoreKind kind, SemaphoreHandleType type) noexcept;
/// The device extension behind all of them.
[[nodiscard]] std::string_view semaphore_extension() noexcept;
[[nodiscard]] Result<OsHandle> export_semaphore_handle(const Semaphore& semaphore, const SemaphoreRung& rung);
/// A new VkSemaphore with the payload that `handle` names; `handle` stays the caller's whatever happens.
[[nodiscard]] Result<vk::Semaphore> import_semaphore_handle(const Context& context, const SemaphoreRung& rung, const OsHandle& handle);

/// One way for a fence to cross.
struct FenceRung {
  FenceHandleType type = FenceHandleType::opaque_fd;
  vk::ExternalFenceHandleTypeFlagBits bit{};
  std::string_view name;
  bool copies = false;  ///< as SemaphoreRung::copies
};
[[nodiscard]] std::span<const FenceRung> fence_rungs() noexcept;
[[nodiscard]] std::string_view fence_extension() noexcept;
[[nodiscard]] Result<OsHandle> export_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, KeptHandles& kept);
/// Gives `fence` the payload that `handle` names; `handle` stays the caller's whatever happens.
[[nodiscard]] Result<void> import_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, const OsHandle& handle);

/// What hangs behind VkExportMemoryAllocateInfo, VkExportSemaphoreCreateInfo and VkExportFenceCreateInfo here: who may open the handle.
/// Ownership: keep it until the creating call has returned. Null where the system needs nothing.
[[nodiscard]] Result<std::shared_ptr<const void>> memory_export_info(MemoryHandleType type);
[[nodiscard]] Result<std::shared_ptr<const void>> semaphore_export_info(SemaphoreTypes types);
[[nodiscard]] Result<std::shared_ptr<const void>> fence_export_info();

/// What the instance of Device::create() is made with besides; nothing where drivers are complete. Ownership: static storage.
struct InstanceNeeds {
  const char* extension = nullptr;  ///< enabled where the loader has it, and `flags` with it
  vk::InstanceCreateFlags flags;
  const void* next = nullptr;  ///< the end of the create info's chain
};
[[nodiscard]] InstanceNeeds instance_needs() noexcept;
/// Every device extension that Device::create() enables where the device has it. Ownership: static storage.
[[nodiscard]] std::span<const char* const> wanted_device_extensions() noexcept;
/// Fills what Context::features says about this system's handles, and Context::system. `enabled`: the device's extensions.
void find_external_features(Context& context, std::span<const char* const> enabled);
/// True when `name` is in `extensions`.
[[nodiscard]] bool lists(std::span<const char* const> extensions, std::string_view name) noexcept;

/// Puts what `arrays` says about keyed mutexes in front of `next`; `next` itself where there is nothing to say.
[[nodiscard]] const void* chain_keyed_mutexes(SubmitArrays& arrays, const void* next) noexcept;

// Opaque handles follow one rule on every system (external_opaque.cpp); how the driver takes the handle is the system's.
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> allocate_opaque(std::shared_ptr<detail::Backend> backend,
                                                                               const std::shared_ptr<Context>& context,
                                                                               const AllocateRequest& request);
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_opaque(std::shared_ptr<detail::Backend> backend,
                                                                             const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                             TextureHandle& handle);
/// Allocates `native` from handles[0] and binds it. `allocation` has everything but the import structure, which goes in front of its chain.
/// Leaves the caller's handle whole. Errors: protocol_error for what is certainly no memory.
[[nodiscard]] Result<void> allocate_from_opaque(ImageAndMemory& native, vk::MemoryAllocateInfo allocation, const TextureHandle& handle);

}  // namespace geyser::vulkan
