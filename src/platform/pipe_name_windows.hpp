// Windows: the names of pipes.
#pragma once

#include <string>

#include "geyser/os_handle.hpp"
#include "geyser/result.hpp"

namespace geyser::platform {

/// What file names leave room for, in UTF-8 bytes: a pipe's name has 256 characters, and the user's SID and a digest are part of it.
inline constexpr std::size_t max_socket_path = 4096;
inline constexpr std::size_t max_socket_file = 96;

/// The pipe that stands for a socket's path: its folder goes in as a digest, so that paths of any length fit, and the user's SID, so that
/// users never meet. Errors: invalid_argument, os_error.
[[nodiscard]] Result<std::wstring> pipe_name_of(const std::string& path);

/// The name of the pair that a pipe's handle belongs to; empty when it is none of this library's.
[[nodiscard]] std::wstring pair_name_of(const OsHandle& pipe);
/// A new one. Errors: os_error.
[[nodiscard]] Result<std::wstring> new_pair_name();
[[nodiscard]] std::wstring full_pipe_name(const std::wstring& name);

}  // namespace geyser::platform
