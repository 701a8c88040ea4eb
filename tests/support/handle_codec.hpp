// Turns a TextureHandle's description into bytes for the two-process tests. Test code: both ends are the same program.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "geyser/handle.hpp"

namespace geyser::test {

/// Appends plain values and strings.
class Writer {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void put_text(const std::string& text);
  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Takes them out again; reading past the end gives zeros and clears good().
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}
  template <class T>
  [[nodiscard]] T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (rest_.size() < sizeof(T)) {
      good_ = false;
      return value;
    }
    std::copy_n(rest_.begin(), sizeof(T), std::as_writable_bytes(std::span(&value, 1)).begin());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  [[nodiscard]] std::string take_text();
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

void encode(Writer& writer, const DeviceIdentity& identity);
[[nodiscard]] DeviceIdentity decode_identity(Reader& reader);
void encode(Writer& writer, const TextureHandleInfo& info);
[[nodiscard]] TextureHandleInfo decode_info(Reader& reader);

}  // namespace geyser::test
