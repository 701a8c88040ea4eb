// What every function of the C interface does before and after its own work: refuses null, remembers errors, reads and writes structs of
// other versions.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/geyser.h"
#include "geyser/result.hpp"

namespace geyser::c {

struct Argument {
  const char* name;
  bool given;
};
#define GEYSER_GIVEN(pointer) (::geyser::c::Argument{#pointer, (pointer) != nullptr})

/// Makes `error` the last one of this thread.
[[nodiscard]] geyser_status fail(Error&& error) noexcept;
[[nodiscard]] geyser_status refuse_null(const char* function, const char* parameter) noexcept;
/// For functions of rooms that are not built.
[[nodiscard]] geyser_status absent(const char* room, const char* option) noexcept;

/// Refuses null pointers, then runs `body`, which returns a Result<void>; nothing that it throws gets out.
template <class Body>
[[nodiscard]] geyser_status call(const char* function, std::initializer_list<Argument> required, Body&& body) noexcept {
  for (const Argument& argument : required) {
    if (!argument.given) return refuse_null(function, argument.name);
  }
  Result<void> done = detail::guard(std::forward<Body>(body));
  return done ? GEYSER_STATUS_OK : fail(std::move(done).error());
}

[[nodiscard]] inline Error invalid(std::string_view sentence) noexcept { return Error(Errc::invalid_argument, sentence); }

/// The size that a struct says it has. Only its first four bytes may be read before this.
[[nodiscard]] Result<std::size_t> size_of(const void* given, std::size_t alignment, const char* name);
[[nodiscard]] Result<void> check_tail(const void* given, std::size_t known, std::size_t size, const char* name);

/// A struct of the caller's version as one of ours: what it is too short for is zero; what we do not know must be zero.
template <class Struct>
[[nodiscard]] Result<Struct> read(const Struct* given, const char* name) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  const void* from = given;
  auto size = size_of(from, alignof(Struct), name);
  if (!size) return std::move(size).error();
  if (auto fine = check_tail(from, sizeof(Struct), *size, name); !fine) return std::move(fine).error();
  Struct ours{};
  std::memcpy(static_cast<void*>(&ours), from, *size < sizeof(Struct) ? *size : sizeof(Struct));
  ours.struct_size = sizeof(Struct);
  if constexpr (requires { ours.reserved; }) {
    if (ours.reserved != 0) return invalid(detail::text(name, "->reserved is ", ours.reserved, "; it must be 0: begin with GEYSER_INIT."));
  }
  return ours;
}
/// The same, where null stands for the defaults.
template <class Struct>
[[nodiscard]] Result<Struct> read_or_default(const Struct* given, const char* name) {
  if (given != nullptr) return read(given, name);
  return Struct{};
}
/// Looks whether write() will work, for those who must not fail later.
template <class Struct>
[[nodiscard]] Result<void> can_write(const Struct* out, const char* name) {
  auto size = size_of(out, alignof(Struct), name);
  if (!size) return std::move(size).error();
  return {};
}
/// Fills a struct of the caller's version: not a byte beyond its size, zero where we know nothing.
template <class Struct>
[[nodiscard]] Result<void> write(Struct* out, Struct value, const char* name) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  void* to = out;
  auto size = size_of(to, alignof(Struct), name);
  if (!size) return std::move(size).error();
  value.struct_size = static_cast<std::uint32_t>(*size);
  std::memcpy(to, &value, *size < sizeof(Struct) ? *size : sizeof(Struct));
  if (*size > sizeof(Struct)) std::memset(static_cast<char*>(to) + sizeof(Struct), 0, *size - sizeof(Struct));
  return {};
}

/// A number of the caller's as an enumerator, 0 to `last`.
template <class Enum>
[[nodiscard]] Result<Enum> enumerator(std::uint32_t value, Enum last, const char* name) {
  if (value > static_cast<std::uint32_t>(last)) {
    return invalid(
        detail::text(name, " is ", value, "; it can be 0 to ", static_cast<std::uint32_t>(last), " (geyser/geyser.h has their names)."));
  }
  return static_cast<Enum>(value);
}
/// An enumerator whose values have gaps: what does not fit is refused here, the rest by who validates it.
template <class Enum>
[[nodiscard]] Result<Enum> narrow(std::uint32_t value, const char* name) {
  using Number = std::underlying_type_t<Enum>;
  if (value > static_cast<Number>(-1))
    return invalid(detail::text(name, " is ", value, ", which is none of its values in geyser/geyser.h."));
  return static_cast<Enum>(static_cast<Number>(value));
}
/// Name of an enumerator as a C string; the library's names are literals.
template <class Enum>
[[nodiscard]] const char* name_of(std::uint32_t value) noexcept {
  using Number = std::underlying_type_t<Enum>;
  if (value > static_cast<Number>(-1)) return "unknown";
  return to_string(static_cast<Enum>(static_cast<Number>(value))).data();
}

/// A new object for the caller. Throws bad_alloc, which call() turns into a status.
template <class Object, class... Parts>
[[nodiscard]] Object* made(Parts&&... parts) {
  return new Object{std::forward<Parts>(parts)...};
}

/// "capacity, length": writes what fits and a zero byte.
[[nodiscard]] Result<void> copy_text(std::string_view text, char* buffer, std::size_t capacity, std::size_t* length);
/// Refuses an index beyond a list.
[[nodiscard]] Result<void> check_index(std::uint32_t index, std::size_t count, const char* what);
/// Refuses a null array of more than no elements.
[[nodiscard]] Result<void> check_array(const void* array, std::size_t count, const char* name);
/// The same for an array of pointers.
template <class Pointer>
[[nodiscard]] Result<void> check_array(Pointer* const* array, std::size_t count, const char* name) {
  return check_array(static_cast<const void*>(array), count, name);
}
/// `nanoseconds`, not below zero.
[[nodiscard]] std::int64_t bounded(std::int64_t nanoseconds) noexcept;
[[nodiscard]] inline const char* or_empty(const char* text) noexcept { return text != nullptr ? text : ""; }
[[nodiscard]] inline geyser_bool flag(bool value) noexcept { return value ? 1U : 0U; }
[[nodiscard]] inline std::uint32_t count_of(std::size_t count) noexcept { return static_cast<std::uint32_t>(count); }

}  // namespace geyser::c

// NOLINTBEGIN(bugprone-macro-parentheses): `name` is declared, and cannot stand in parentheses
/// Inside a body that returns a Result: the value, or the error passed on.
#define GEYSER_TAKE(name, expression)                          \
  auto name##_result = (expression);                           \
  if (!name##_result) return std::move(name##_result).error(); \
  auto& name = *name##_result
// NOLINTEND(bugprone-macro-parentheses)
#define GEYSER_CHECK(expression) \
  if (auto checked = (expression); !checked) return std::move(checked).error()
