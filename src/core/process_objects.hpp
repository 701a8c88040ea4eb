// Objects that cross between backends of one process by a token, because the system has no handle for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

enum class ProcessObjectKind : std::uint8_t { metal_texture, metal_event };

/// A handle that find_process_object() turns back into `object`, in this process only. The table keeps the object as long as a handle is
/// left, and lets go of it at the next call of any of these functions. Threading: any thread. Errors: out_of_memory.
[[nodiscard]] GEYSER_INTERNAL_API Result<OsHandle> publish_process_object(ProcessObjectKind kind, std::shared_ptr<void> object);
/// The handle stays the caller's. Errors: protocol_error when this process published no such thing under it.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::shared_ptr<void>> find_process_object(ProcessObjectKind kind, const OsHandle& handle);
/// Lets go of what no handle names any more. Errors: none.
GEYSER_INTERNAL_API void sweep_process_objects() noexcept;
/// What the table holds, after a sweep: for tests that look for leaks.
[[nodiscard]] GEYSER_INTERNAL_API std::size_t process_object_count() noexcept;

}  // namespace geyser::detail
