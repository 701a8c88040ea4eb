// What the watchdog needs of the system; CMake picks watchdog_linux.cpp or watchdog_windows.cpp.
#pragma once

namespace geyser::test {

/// Once, at the start.
void prepare_stacks();
/// Prints to stderr where every thread of this process is, as well as the system allows.
void print_stacks();
/// Starts this program anew with its own arguments and `variable` set to `left`, in the place of this process. Returns when that fails.
void start_again(const char* variable, long left);

}  // namespace geyser::test
