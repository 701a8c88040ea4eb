// Which device, what it can share, and why a pair of devices cannot.
#ifndef GEYSER_C_DEVICE_H
#define GEYSER_C_DEVICE_H

#include "geyser/c/base.h"
#include "geyser/c/texture.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Shares the textures of one device: geyser/c/manager.h, and one header for each API.
typedef struct geyser_manager geyser_manager;

/// 16 opaque bytes, as Vulkan's deviceUUID and driverUUID, GL_DEVICE_UUID_EXT and cuDeviceGetUuid give them.
typedef struct geyser_uuid {
  uint8_t bytes[16];
} geyser_uuid;
/// Position on the PCI bus.
typedef struct geyser_pci_address {
  uint32_t domain;
  uint32_t bus;
  uint32_t device;
  uint32_t function;
} geyser_pci_address;

/// Names a device across APIs and processes.
typedef struct geyser_device_identity {
  uint32_t struct_size;
  geyser_bool has_luid;
  geyser_bool has_pci;
  geyser_pci_address pci;   ///< when has_pci
  uint8_t luid[8];          ///< when has_luid: Windows
  geyser_uuid device_uuid;  ///< nil for host memory
  geyser_uuid driver_uuid;  ///< nil for host memory, and where the API does not tell (CUDA)
  char name[256];           ///< for people, never compared; cut at the end when it is longer
  char driver[256];         ///< likewise
  uint32_t reserved;        ///< 0
} geyser_device_identity;

/// How texture memory crosses. Values are part of the wire protocol.
typedef uint32_t geyser_memory_type;
enum {
  GEYSER_MEMORY_TYPE_NONE = 0,
  GEYSER_MEMORY_TYPE_OPAQUE_FD = 1,
  GEYSER_MEMORY_TYPE_DMA_BUF = 2,
  GEYSER_MEMORY_TYPE_SHARED_MEMORY = 3,
  GEYSER_MEMORY_TYPE_OPAQUE_WIN32 = 4,
  GEYSER_MEMORY_TYPE_D3D11_TEXTURE = 5,
  GEYSER_MEMORY_TYPE_D3D12_RESOURCE = 6,
  GEYSER_MEMORY_TYPE_IO_SURFACE = 7,
  GEYSER_MEMORY_TYPE_METAL_TEXTURE = 8
};
/// How a semaphore crosses. Values are part of the wire protocol.
typedef uint32_t geyser_semaphore_type;
enum {
  GEYSER_SEMAPHORE_TYPE_NONE = 0,
  GEYSER_SEMAPHORE_TYPE_OPAQUE_FD = 1,
  GEYSER_SEMAPHORE_TYPE_SYNC_FD = 2,
  GEYSER_SEMAPHORE_TYPE_HOST_PAGE = 3,
  GEYSER_SEMAPHORE_TYPE_OPAQUE_WIN32 = 4,
  GEYSER_SEMAPHORE_TYPE_D3D12_FENCE = 5,
  GEYSER_SEMAPHORE_TYPE_METAL_SHARED_EVENT = 6
};
/// The rungs of the synchronisation ladder, best first.
typedef uint32_t geyser_semaphore_kind;
enum { GEYSER_SEMAPHORE_KIND_TIMELINE = 1, GEYSER_SEMAPHORE_KIND_BINARY = 2, GEYSER_SEMAPHORE_KIND_HOST_TIMELINE = 3 };

typedef struct geyser_memory_support {
  uint32_t struct_size;
  geyser_memory_type type;
  geyser_bool can_export;
  geyser_bool can_import;
  const char* why_not;  ///< one clause when one of the two is false, else ""; lives as long as the manager
} geyser_memory_support;
typedef struct geyser_semaphore_support {
  uint32_t struct_size;
  geyser_semaphore_kind kind;
  geyser_semaphore_type type;
  geyser_bool can_export;
  geyser_bool can_import;
  uint32_t reserved;    ///< 0
  const char* why_not;  ///< as geyser_memory_support::why_not
} geyser_semaphore_support;

/// A DRM format modifier with the number of memory planes it needs.
typedef struct geyser_modifier {
  uint64_t modifier;
  uint32_t memory_planes;
  uint32_t reserved;  ///< 0
} geyser_modifier;

/// What a device can do with textures of one description, for each memory type.
typedef struct geyser_format_support_list geyser_format_support_list;
typedef struct geyser_format_support {
  uint32_t struct_size;
  geyser_memory_type type;
  geyser_bool can_export;
  geyser_bool can_import;
  geyser_bool dedicated_required;  ///< the driver wants one allocation per texture
  geyser_extent max_extent;        ///< texels
  uint32_t max_mip_levels;
  uint32_t max_array_layers;
  uint32_t modifier_count;
  uint32_t reserved;                 ///< 0
  const geyser_modifier* modifiers;  ///< dma_buf only; lives as long as the list
  const char* why_not;               ///< one clause when it can neither be exported nor imported, else ""; lives as long as the list
} geyser_format_support;

/// What two devices have in common.
typedef struct geyser_negotiation geyser_negotiation;
typedef struct geyser_negotiation_info {
  uint32_t struct_size;
  geyser_memory_type memory;
  geyser_semaphore_kind semaphore_kind;
  geyser_semaphore_type semaphore_type;
  geyser_bool same_device;
  uint32_t rejected_count;
} geyser_negotiation_info;

/// Reads "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"; dashes are optional. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_uuid_parse(const char* text, geyser_uuid* out) GEYSER_NOEXCEPT;
/// Writes what geyser_uuid_parse() reads: 36 characters. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_uuid_format(const geyser_uuid* uuid, char* GEYSER_OPTIONAL buffer, size_t capacity,
                                              size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// Reads "[domain:]bus:device.function", hexadecimal. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_pci_address_parse(const char* text, geyser_pci_address* out) GEYSER_NOEXCEPT;
/// "0000:c1:00.0". Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_pci_address_format(const geyser_pci_address* address, char* GEYSER_OPTIONAL buffer, size_t capacity,
                                                     size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// OK when opaque handles pass between the two: device and driver UUID are equal, or the driver's is not told. Threads: any.
/// Errors: device_mismatch with both in the message.
GEYSER_C_API geyser_status geyser_check_same_device(const geyser_device_identity* exporter,
                                                    const geyser_device_identity* importer) GEYSER_NOEXCEPT;

/// The manager's device. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_manager_identity(const geyser_manager* manager, geyser_device_identity* out) GEYSER_NOEXCEPT;
/// Memory types that the backend knows. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_manager_memory_support_count(const geyser_manager* manager, uint32_t* out) GEYSER_NOEXCEPT;
/// One of them, best first. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_manager_memory_support(const geyser_manager* manager, uint32_t index,
                                                         geyser_memory_support* out) GEYSER_NOEXCEPT;
/// Pairs of kind and type that the backend knows. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_manager_semaphore_support_count(const geyser_manager* manager, uint32_t* out) GEYSER_NOEXCEPT;
/// One of them, best first. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_manager_semaphore_support(const geyser_manager* manager, uint32_t index,
                                                            geyser_semaphore_support* out) GEYSER_NOEXCEPT;
/// What the device can do with textures like `descriptor`, for every memory type it knows. Ownership: the list is the caller's. Threads:
/// any. Errors: as geyser_descriptor_validate(), out_of_memory.
GEYSER_C_API geyser_status geyser_manager_format_support(const geyser_manager* manager, const geyser_texture_descriptor* descriptor,
                                                         geyser_format_support_list** out) GEYSER_NOEXCEPT;
/// Entries of the list. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_format_support_list_count(const geyser_format_support_list* list, uint32_t* out) GEYSER_NOEXCEPT;
/// One of them. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_format_support_list_at(const geyser_format_support_list* list, uint32_t index,
                                                         geyser_format_support* out) GEYSER_NOEXCEPT;
/// Frees the list. Threads: any. Errors: none.
GEYSER_C_API void geyser_format_support_list_destroy(geyser_format_support_list* GEYSER_OPTIONAL list) GEYSER_NOEXCEPT;
/// Modifiers that both lists have with the same number of memory planes, in the exporter's order. Writes at most `capacity` of them to
/// `out` and says in `count` how many there are. Threads: any. Errors: invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_common_modifiers(const geyser_modifier* GEYSER_OPTIONAL exporter, uint32_t exporter_count,
                                                   const geyser_modifier* GEYSER_OPTIONAL importer, uint32_t importer_count,
                                                   geyser_modifier* GEYSER_OPTIONAL out, uint32_t capacity,
                                                   uint32_t* count) GEYSER_NOEXCEPT;

/// Chooses memory and semaphore types that `exporter` can export and `importer` can import, best first. Ownership: the result is the
/// caller's. Threads: any. Errors: device_mismatch when a shared type exists but the devices differ, unsupported_handle when there is none;
/// the message carries every reason.
GEYSER_C_API geyser_status geyser_negotiate(const geyser_manager* exporter, const geyser_manager* importer,
                                            geyser_negotiation** out) GEYSER_NOEXCEPT;
/// What was chosen. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_negotiation_query(const geyser_negotiation* negotiation, geyser_negotiation_info* out) GEYSER_NOEXCEPT;
/// Why a better rung was not: "opaque_fd: the device UUIDs differ (...)". Lives as long as the negotiation. Threads: any.
/// Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_negotiation_rejected(const geyser_negotiation* negotiation, uint32_t index,
                                                       const char** out) GEYSER_NOEXCEPT;
/// Frees the result. Threads: any. Errors: none.
GEYSER_C_API void geyser_negotiation_destroy(geyser_negotiation* GEYSER_OPTIONAL negotiation) GEYSER_NOEXCEPT;
/// For people: what `exporter` can hand to `importer` and, where not, why. Threads: any. Errors: invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_explain(const geyser_manager* exporter, const geyser_manager* importer, char* GEYSER_OPTIONAL buffer,
                                          size_t capacity, size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// "dma_buf", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_memory_type_name(geyser_memory_type type) GEYSER_NOEXCEPT;
/// "sync_fd", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_semaphore_type_name(geyser_semaphore_type type) GEYSER_NOEXCEPT;
/// "timeline", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_semaphore_kind_name(geyser_semaphore_kind kind) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
