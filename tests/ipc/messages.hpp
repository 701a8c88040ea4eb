// Random messages, and what makes two of them equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "handles.hpp"
#include "ipc/codec.hpp"
#include "support/content.hpp"

namespace geyser::test {

inline constexpr std::size_t message_kinds = std::variant_size_v<ipc::Message>;

/// "Hello", "ReaderReady", ... Static storage.
[[nodiscard]] const char* kind_name(std::size_t kind);
/// A message of that kind with random, allowed content. Texts have 1 to `longest_text` bytes.
[[nodiscard]] ipc::Message random_message(Random& random, std::size_t kind, std::size_t longest_text = 40);
[[nodiscard]] StreamInfo random_stream(Random& random, std::size_t longest_text = 40);
/// Empty when equal, handles compared as objects of the system; else the first field that differs.
[[nodiscard]] std::string message_difference(const ipc::Message& a, const ipc::Message& b);
[[nodiscard]] std::string difference(const StreamInfo& a, const StreamInfo& b);
/// What would arrive at the other end.
[[nodiscard]] std::vector<OsHandle> duplicates(const ipc::Encoded& encoded);

}  // namespace geyser::test
