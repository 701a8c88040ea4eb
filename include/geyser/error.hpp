// Errors: what went wrong, in which API, in one sentence that says what was given, what is allowed and what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "geyser/export.hpp"

namespace geyser {

/// The class of a failure: what a program branches on.
enum class Errc : std::uint16_t {
  invalid_argument = 1,  ///< A value that no device accepts; the message names the field, the given and the allowed value.
  unsupported_format,    ///< This device cannot use the format in the way asked for.
  unsupported_handle,    ///< No handle type that both sides can use.
  unsupported_feature,   ///< The device or driver lacks something; the message names it.
  limit_exceeded,        ///< Valid in itself, but beyond a limit of this device or process.
  device_mismatch,       ///< The object or handle belongs to another device, driver or manager.
  access_conflict,       ///< Another access is open that excludes this one.
  invalid_state,         ///< Right call, wrong time; the message says which call must come first.
  not_initialized,       ///< A read of a texture that nobody has written.
  timed_out,             ///< A bounded wait ended; the message says who did not signal.
  out_of_memory,         ///< Host or device memory, or the process's file descriptors, are used up.
  not_found,             ///< No device, library or name like that.
  peer_gone,             ///< The other process closed its end or died.
  protocol_error,        ///< Bytes or handles from another process that break the contract.
  device_lost,           ///< The device is gone; destroy everything made from it.
  os_error,              ///< A system call failed; native_code() is errno or GetLastError().
  internal,              ///< A defect of this library; please report the message.
};

/// The API whose code native_code() holds.
enum class ErrorDomain : std::uint8_t { none, posix, win32, vulkan, opengl, egl, metal, webgpu, cuda };

/// Name of an error class, as written in this header ("timed_out").
/// Ownership: static storage. Threading: any thread. Valid usage: any value (checked; unknown ones give "unknown"). Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(Errc code) noexcept;
/// Name of a domain ("vulkan"); see to_string(Errc).
/// Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(ErrorDomain domain) noexcept;

/// A failure. Pointer-sized, so that Result<T> stays small; building one never throws (without memory it is `out_of_memory`).
/// Ownership: value, move-only; clone() copies. Threading: distinct objects are independent.
class [[nodiscard]] GEYSER_API Error {
 public:
  /// Builds an error. `message` is one sentence, present tense, with the given and the allowed value.
  /// Ownership: copies the text. Threading: any thread. Errors: none.
  explicit Error(Errc code, std::string_view message, ErrorDomain domain = ErrorDomain::none, std::int64_t native_code = 0) noexcept;
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error();

  [[nodiscard]] Errc code() const noexcept;
  [[nodiscard]] ErrorDomain domain() const noexcept;
  /// VkResult, errno, CUresult ... as domain() says; 0 when there is none.
  [[nodiscard]] std::int64_t native_code() const noexcept;
  /// One sentence. Lives as long as this object.
  [[nodiscard]] std::string_view message() const noexcept;
  /// What the library was doing, innermost first ("importing texture "camera""). Lives as long as this object.
  [[nodiscard]] std::span<const std::string> trail() const noexcept;
  /// Adds a step to the trail and gives the error back. Threading: one thread per object. Errors: none (dropped without memory).
  [[nodiscard]] Error&& with_context(std::string_view what) && noexcept;
  /// message, code, native code and trail in one line, for logs.
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Error clone() const noexcept;

 private:
  struct Block;
  std::unique_ptr<Block> block_;  // null: out_of_memory while building the error itself
};

}  // namespace geyser
