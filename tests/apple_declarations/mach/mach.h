// What src/platform uses of <mach/mach.h>, in this project's words: names, values and layouts as the public documentation of Mach gives
// them (mach_msg, mach_port_*, vm_*). For type checks, and for the fake kernel of tests/fake_mach. Not Apple's file, and no copy of it.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

typedef int kern_return_t;
typedef int boolean_t;
typedef unsigned int natural_t;
typedef int integer_t;
typedef natural_t mach_port_name_t;
typedef mach_port_name_t mach_port_t;
typedef mach_port_t task_t;
typedef mach_port_t ipc_space_t;
typedef mach_port_t vm_map_t;
typedef mach_port_t vm_task_entry_t;
typedef mach_port_t mem_entry_name_port_t;
typedef natural_t mach_port_right_t;
typedef natural_t mach_port_type_t;
typedef natural_t mach_port_urefs_t;
typedef natural_t mach_port_rights_t;
typedef natural_t mach_port_msgcount_t;
typedef natural_t mach_msg_type_number_t;
typedef int mach_port_delta_t;
typedef int mach_port_flavor_t;
typedef natural_t mach_port_mscount_t;
typedef unsigned int mach_msg_bits_t;
typedef natural_t mach_msg_size_t;
typedef integer_t mach_msg_id_t;
typedef integer_t mach_msg_option_t;
typedef natural_t mach_msg_timeout_t;
typedef kern_return_t mach_msg_return_t;
typedef unsigned int mach_msg_type_name_t;
typedef unsigned int mach_msg_descriptor_type_t;
typedef unsigned int mach_msg_trailer_type_t;
typedef unsigned int mach_msg_trailer_size_t;
typedef natural_t mach_port_seqno_t;
typedef uintptr_t vm_address_t;
typedef uintptr_t vm_offset_t;
typedef uintptr_t vm_size_t;
typedef unsigned long long memory_object_offset_t;
typedef unsigned long long memory_object_size_t;
typedef int vm_prot_t;
typedef unsigned int vm_inherit_t;
typedef int vm_region_flavor_t;
typedef int* vm_region_info_t;
typedef integer_t* mach_port_info_t;

#define KERN_SUCCESS 0
#define KERN_INVALID_ADDRESS 1
#define KERN_PROTECTION_FAILURE 2
#define KERN_NO_SPACE 3
#define KERN_INVALID_ARGUMENT 4
#define KERN_FAILURE 5
#define KERN_RESOURCE_SHORTAGE 6
#define KERN_NO_ACCESS 8
#define KERN_NAME_EXISTS 13
#define KERN_INVALID_NAME 15
#define KERN_INVALID_TASK 16
#define KERN_INVALID_RIGHT 17
#define KERN_INVALID_VALUE 18
#define KERN_UREFS_OVERFLOW 19
#define KERN_INVALID_CAPABILITY 20
#define KERN_RIGHT_EXISTS 21
#define KERN_INVALID_OBJECT 29

#define MACH_PORT_NULL (static_cast<mach_port_t>(0))
#define MACH_PORT_DEAD (static_cast<mach_port_t>(~0U))
#define MACH_PORT_VALID(name) ((name) != MACH_PORT_NULL && (name) != MACH_PORT_DEAD)

#define MACH_PORT_RIGHT_SEND (static_cast<mach_port_right_t>(0))
#define MACH_PORT_RIGHT_RECEIVE (static_cast<mach_port_right_t>(1))
#define MACH_PORT_RIGHT_SEND_ONCE (static_cast<mach_port_right_t>(2))
#define MACH_PORT_RIGHT_PORT_SET (static_cast<mach_port_right_t>(3))
#define MACH_PORT_RIGHT_DEAD_NAME (static_cast<mach_port_right_t>(4))
#define MACH_PORT_TYPE(right) (static_cast<mach_port_type_t>(1U << ((right) + 16U)))
#define MACH_PORT_TYPE_NONE (static_cast<mach_port_type_t>(0))
#define MACH_PORT_TYPE_SEND MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND)
#define MACH_PORT_TYPE_RECEIVE MACH_PORT_TYPE(MACH_PORT_RIGHT_RECEIVE)
#define MACH_PORT_TYPE_SEND_ONCE MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND_ONCE)
#define MACH_PORT_TYPE_PORT_SET MACH_PORT_TYPE(MACH_PORT_RIGHT_PORT_SET)
#define MACH_PORT_TYPE_DEAD_NAME MACH_PORT_TYPE(MACH_PORT_RIGHT_DEAD_NAME)

#define MACH_PORT_LIMITS_INFO 1
typedef struct mach_port_limits {
  mach_port_msgcount_t mpl_qlimit;
} mach_port_limits_t;
#define MACH_PORT_LIMITS_INFO_COUNT (static_cast<mach_msg_type_number_t>(sizeof(mach_port_limits_t) / sizeof(natural_t)))
#define MACH_PORT_QLIMIT_BASIC 5
#define MACH_PORT_QLIMIT_MAX 1024

// Messages.
typedef struct {
  mach_msg_bits_t msgh_bits;
  mach_msg_size_t msgh_size;
  mach_port_t msgh_remote_port;
  mach_port_t msgh_local_port;
  mach_port_name_t msgh_voucher_port;
  mach_msg_id_t msgh_id;
} mach_msg_header_t;
typedef struct {
  mach_msg_size_t msgh_descriptor_count;
} mach_msg_body_t;
#pragma pack(push, 4)
typedef struct {
  mach_port_t name;
  mach_msg_size_t pad1;
  unsigned int pad2 : 16;
  mach_msg_type_name_t disposition : 8;
  mach_msg_descriptor_type_t type : 8;
} mach_msg_port_descriptor_t;
typedef struct {
  void* address;
  boolean_t deallocate : 8;
  unsigned int copy : 8;
  unsigned int pad1 : 8;
  mach_msg_descriptor_type_t type : 8;
  mach_msg_size_t size;
} mach_msg_ool_descriptor_t;
typedef struct {
  natural_t pad1;
  mach_msg_size_t pad2;
  unsigned int pad3 : 24;
  mach_msg_descriptor_type_t type : 8;
} mach_msg_type_descriptor_t;
typedef struct {
  unsigned int val[2];
} security_token_t;
typedef struct {
  unsigned int val[8];
} audit_token_t;
typedef struct {
  mach_msg_trailer_type_t msgh_trailer_type;
  mach_msg_trailer_size_t msgh_trailer_size;
} mach_msg_trailer_t;
typedef struct {
  mach_msg_trailer_type_t msgh_trailer_type;
  mach_msg_trailer_size_t msgh_trailer_size;
  mach_port_seqno_t msgh_seqno;
  security_token_t msgh_sender;
  audit_token_t msgh_audit;
} mach_msg_audit_trailer_t;
// The largest trailer is longer than the audit trailer by a context, a sequence of labels and what a later system adds.
typedef struct {
  mach_msg_audit_trailer_t audit;
  unsigned int more[4];
} mach_msg_max_trailer_t;
#pragma pack(pop)
static_assert(sizeof(mach_msg_header_t) == 24 && sizeof(mach_msg_port_descriptor_t) == 12 && sizeof(mach_msg_ool_descriptor_t) == 16);
static_assert(sizeof(mach_msg_audit_trailer_t) == 52 && sizeof(mach_msg_max_trailer_t) == 68);

#define MACH_MSG_TYPE_MOVE_RECEIVE 16
#define MACH_MSG_TYPE_MOVE_SEND 17
#define MACH_MSG_TYPE_MOVE_SEND_ONCE 18
#define MACH_MSG_TYPE_COPY_SEND 19
#define MACH_MSG_TYPE_MAKE_SEND 20
#define MACH_MSG_TYPE_MAKE_SEND_ONCE 21
#define MACH_MSG_TYPE_PORT_RECEIVE MACH_MSG_TYPE_MOVE_RECEIVE
#define MACH_MSG_TYPE_PORT_SEND MACH_MSG_TYPE_MOVE_SEND
#define MACH_MSG_TYPE_PORT_SEND_ONCE MACH_MSG_TYPE_MOVE_SEND_ONCE

#define MACH_MSG_PORT_DESCRIPTOR 0
#define MACH_MSG_OOL_DESCRIPTOR 1
#define MACH_MSG_OOL_PORTS_DESCRIPTOR 2

#define MACH_MSGH_BITS_COMPLEX 0x80000000U
#define MACH_MSGH_BITS(remote, local) ((remote) | ((local) << 8))
#define MACH_MSGH_BITS_REMOTE(bits) ((bits) & 0x1fU)
#define MACH_MSGH_BITS_LOCAL(bits) (((bits) & 0x1f00U) >> 8)

#define MACH_SEND_MSG 0x1
#define MACH_RCV_MSG 0x2
#define MACH_RCV_LARGE 0x4
#define MACH_SEND_TIMEOUT 0x10
#define MACH_RCV_TIMEOUT 0x100
#define MACH_MSG_TIMEOUT_NONE (static_cast<mach_msg_timeout_t>(0))
#define MACH_MSG_TRAILER_FORMAT_0 0
#define MACH_RCV_TRAILER_AUDIT 3
#define MACH_RCV_TRAILER_TYPE(type) (((type) & 0xf) << 28)
#define MACH_RCV_TRAILER_ELEMENTS(elements) (((elements) & 0xf) << 24)

#define MACH_MSG_SUCCESS 0x0
#define MACH_MSG_IPC_SPACE 0x2000
#define MACH_MSG_MASK 0x3e00
#define MACH_SEND_INVALID_DATA 0x10000002
#define MACH_SEND_INVALID_DEST 0x10000003
#define MACH_SEND_TIMED_OUT 0x10000004
#define MACH_SEND_INTERRUPTED 0x10000007
#define MACH_SEND_MSG_TOO_SMALL 0x10000008
#define MACH_SEND_INVALID_REPLY 0x10000009
#define MACH_SEND_INVALID_RIGHT 0x1000000a
#define MACH_SEND_NO_BUFFER 0x1000000d
#define MACH_SEND_TOO_LARGE 0x1000000e
#define MACH_SEND_INVALID_TYPE 0x1000000f
#define MACH_SEND_INVALID_HEADER 0x10000010
#define MACH_RCV_INVALID_NAME 0x10004002
#define MACH_RCV_TIMED_OUT 0x10004003
#define MACH_RCV_TOO_LARGE 0x10004004
#define MACH_RCV_INTERRUPTED 0x10004005
#define MACH_RCV_PORT_CHANGED 0x10004006
#define MACH_RCV_PORT_DIED 0x10004009
#define MACH_RCV_HEADER_ERROR 0x1000400b
#define MACH_RCV_BODY_ERROR 0x1000400c

#define MACH_NOTIFY_FIRST 0100
#define MACH_NOTIFY_DEAD_NAME (MACH_NOTIFY_FIRST + 010)

extern mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_

mach_msg_return_t mach_msg(mach_msg_header_t* message, mach_msg_option_t option, mach_msg_size_t send_size, mach_msg_size_t receive_size,
                           mach_port_name_t receive_name, mach_msg_timeout_t timeout, mach_port_name_t notify);
void mach_msg_destroy(mach_msg_header_t* message);

kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right, mach_port_name_t* name);
kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name);
kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta);
kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name, mach_port_right_t right, mach_port_urefs_t* refs);
kern_return_t mach_port_get_srights(ipc_space_t task, mach_port_name_t name, mach_port_rights_t* rights);
kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t* type);
kern_return_t mach_port_insert_right(ipc_space_t task, mach_port_name_t name, mach_port_t right, mach_msg_type_name_t disposition);
kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name, mach_port_name_t set);
kern_return_t mach_port_set_attributes(ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor, mach_port_info_t info,
                                       mach_msg_type_number_t count);
kern_return_t mach_port_request_notification(ipc_space_t task, mach_port_name_t name, mach_msg_id_t kind, mach_port_mscount_t sync,
                                             mach_port_t notify, mach_msg_type_name_t disposition, mach_port_t* previous);

// Memory.
#define VM_PROT_NONE 0
#define VM_PROT_READ 1
#define VM_PROT_WRITE 2
#define VM_INHERIT_SHARE 0U
#define VM_INHERIT_NONE 2U
#define VM_FLAGS_FIXED 0
#define VM_FLAGS_ANYWHERE 1
#define MAP_MEM_NAMED_CREATE 0x020000

#define VM_REGION_EXTENDED_INFO 13
typedef struct vm_region_extended_info {
  vm_prot_t protection;
  unsigned int user_tag;
  unsigned int pages_resident;
  unsigned int pages_shared_now_private;
  unsigned int pages_swapped_out;
  unsigned int pages_dirtied;
  unsigned int ref_count;
  unsigned short shadow_depth;
  unsigned char external_pager;
  unsigned char share_mode;
  unsigned int pages_reusable;
} vm_region_extended_info_data_t;
#define VM_REGION_EXTENDED_INFO_COUNT (static_cast<mach_msg_type_number_t>(sizeof(vm_region_extended_info_data_t) / sizeof(natural_t)))

kern_return_t mach_make_memory_entry_64(vm_map_t task, memory_object_size_t* size, memory_object_offset_t offset, vm_prot_t permission,
                                        mach_port_t* entry, mem_entry_name_port_t parent);
kern_return_t vm_map(vm_task_entry_t task, vm_address_t* address, vm_size_t size, vm_address_t mask, int flags,
                     mem_entry_name_port_t object, vm_offset_t offset, boolean_t copy, vm_prot_t protection, vm_prot_t most_protection,
                     vm_inherit_t inheritance);
kern_return_t vm_deallocate(vm_task_entry_t task, vm_address_t address, vm_size_t size);
kern_return_t vm_region_64(vm_task_entry_t task, vm_address_t* address, vm_size_t* size, vm_region_flavor_t flavor, vm_region_info_t info,
                           mach_msg_type_number_t* count, mach_port_t* object);

const char* mach_error_string(kern_return_t code);
}
