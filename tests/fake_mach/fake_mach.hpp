// Control of the fake kernel: where it runs, what it counts, which of its calls fail.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fake_mach/kernel.hpp"

namespace fake_mach {

/// Makes the kernel in this process, and serves it to processes that this one forks or starts. Once, before any other call.
void start_kernel();

/// Programs that are started from now on find this kernel.
void show_kernel_to_children();

/// The call of this process's task, with the failure that was asked for. `code` is what an injected failure answers; 0: never fails.
[[nodiscard]] Answer call(Call call, std::int32_t failure = 0);

struct Counts {
  std::uint64_t names = 0;       // of this task
  std::uint64_t references = 0;  // send rights and dead names of this task
  std::uint64_t ports = 0;       // of all tasks, memory entries among them
  std::uint64_t tasks = 0;
  std::uint64_t mappings = 0;  // of this process
  bool operator==(const Counts&) const = default;
};
[[nodiscard]] Counts counts();
/// Descriptors of this process, without those that the emulation needs for itself.
void forget_closed_queues();

/// From now on the call that is `after` calls away fails, and only that one; counted are calls that take something. Returns nothing to
/// undo: a negative number asks for no failure.
void fail_after(int after);
/// Whether the failure that was asked for has happened.
[[nodiscard]] bool has_failed();
/// How many further names this task may have; negative: enough.
void limit_names(int more);
/// Whom messages of this process come from; for hostile ones.
void be_user(std::uint32_t user);
/// Registering and looking up names is refused, as in a sandbox.
void be_sandboxed(bool sandboxed);
[[nodiscard]] bool is_sandboxed();
/// A send right to an object of the kernel's that is no memory, as an IOSurface's port is one.
[[nodiscard]] mach_port_name_t make_object();
/// A memory entry over a file of so many bytes, as a peer that can shorten it would send it.
[[nodiscard]] mach_port_name_t make_file_entry(std::uint64_t bytes);

}  // namespace fake_mach
