#include "c/support.hpp"

#include <algorithm>

namespace geyser::c {

using detail::text;

namespace {
// No struct of ours comes near it; whoever did not set struct_size gives something like this.
constexpr std::size_t largest_struct = 65536;
}  // namespace

geyser_status refuse_null(const char* function, const char* parameter) noexcept {
  auto refusal =
      detail::guard([&]() -> Result<void> { return invalid(text(function, ": ", parameter, " is null; this parameter is needed.")); });
  return fail(std::move(refusal).error());
}

geyser_status absent(const char* room, const char* option) noexcept {
  auto refusal = detail::guard([&]() -> Result<void> {
    return Error(Errc::unsupported_feature, text("This library was built without ", room, "; build it with ", option, "=ON."));
  });
  return fail(std::move(refusal).error());
}

Result<std::size_t> size_of(const void* given, std::size_t alignment, const char* name) {
  std::uint32_t size = 0;
  std::memcpy(&size, given, sizeof(size));
  if (size < sizeof(size) || size > largest_struct || size % alignment != 0) {
    return invalid(text(name, "->struct_size is ", size, "; it must be sizeof the struct: begin with GEYSER_INIT."));
  }
  return std::size_t{size};
}

Result<void> check_tail(const void* given, std::size_t known, std::size_t size, const char* name) {
  const auto* bytes = static_cast<const unsigned char*>(given);
  for (std::size_t i = known; i < size; ++i) {
    if (bytes[i] != 0) {
      return Error(Errc::unsupported_feature, text(name, " has a field at byte ", i, " that this library does not know (it knows ", known,
                                                   " bytes); leave it zero, or use the library that the header came with."));
    }
  }
  return {};
}

Result<void> copy_text(std::string_view from, char* buffer, std::size_t capacity, std::size_t* length) {
  GEYSER_CHECK(check_array(buffer, capacity, "buffer"));
  if (length != nullptr) *length = from.size();
  if (capacity == 0) return {};
  const std::size_t fits = std::min(from.size(), capacity - 1);
  std::memcpy(buffer, from.data(), fits);
  buffer[fits] = '\0';
  return {};
}

Result<void> check_index(std::uint32_t index, std::size_t count, const char* what) {
  if (index >= count) return invalid(text("index is ", index, ", but there are ", count, " ", what, "; count from 0."));
  return {};
}

Result<void> check_array(const void* array, std::size_t count, const char* name) {
  if (array == nullptr && count != 0) return invalid(text(name, " is null, but ", count, " of its elements are announced."));
  return {};
}

std::int64_t bounded(std::int64_t nanoseconds) noexcept { return std::max<std::int64_t>(nanoseconds, 0); }

}  // namespace geyser::c
