// Windows: who may do what. Everything this library makes is for one user, named by the whole SID, and what others made is looked at.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "geyser/result.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {

/// This process's user as text ("S-1-5-21-..."). Threading: any thread. Errors: os_error, out_of_memory.
[[nodiscard]] Result<std::string> current_user_sid();
/// The user of another process. Valid usage: a handle with PROCESS_QUERY_LIMITED_INFORMATION (checked). Errors: os_error, out_of_memory.
[[nodiscard]] Result<std::string> user_sid_of(HANDLE process);
/// The last part of a SID, for people; 0 for what is none.
[[nodiscard]] std::uint32_t last_part_of_sid(std::string_view sid) noexcept;

/// A security descriptor made of its text (SDDL), and the attributes that calls take. Ownership: move-only; freed with the object.
class GEYSER_INTERNAL_API SecurityDescriptor {
 public:
  /// Errors: os_error, out_of_memory.
  static Result<SecurityDescriptor> of(std::string_view sddl);
  /// A protected list that grants `rights` (SDDL, "GA") to this process's user and nobody else. Errors: os_error, out_of_memory.
  static Result<SecurityDescriptor> for_user_only(std::string_view rights);
  SecurityDescriptor(SecurityDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, nullptr)) {}
  SecurityDescriptor& operator=(SecurityDescriptor&&) = delete;
  SecurityDescriptor(const SecurityDescriptor&) = delete;
  SecurityDescriptor& operator=(const SecurityDescriptor&) = delete;
  ~SecurityDescriptor() {
    if (descriptor_ != nullptr) ::LocalFree(descriptor_);
  }
  /// Valid while this object lives. Handles made with it are not inherited.
  [[nodiscard]] SECURITY_ATTRIBUTES attributes() const noexcept { return {sizeof(SECURITY_ATTRIBUTES), descriptor_, FALSE}; }

 private:
  explicit SecurityDescriptor(PSECURITY_DESCRIPTOR descriptor) noexcept : descriptor_(descriptor) {}
  PSECURITY_DESCRIPTOR descriptor_ = nullptr;
};

/// Numbers that nobody can guess. Errors: os_error.
[[nodiscard]] Result<std::array<std::uint64_t, 2>> random_id();
/// 32 hexadecimal digits.
[[nodiscard]] std::string hexadecimal(const std::array<std::uint64_t, 2>& id);

}  // namespace geyser::platform
