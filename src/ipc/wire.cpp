#include "ipc/wire.hpp"

#include "platform/handle_identity.hpp"

namespace geyser::ipc {
namespace {

/// At most `limit` bytes that end before a NUL, and not within a UTF-8 character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t limit) noexcept {
  text = text.substr(0, text.find('\0'));
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace

flatbuffers::Offset<flatbuffers::String> Encoder::text(std::string_view value) {
  const std::string_view kept = cut(value, text_limit_);
  return builder.CreateSharedString(kept.data(), kept.size());  // readers of one stream often have the same reasons
}

void Encoder::handle(std::string_view name, const OsHandle& value) {
  if (value) {
    handles.push_back(value.borrow());
  } else if (!error_) {
    error_.emplace(Errc::invalid_argument, detail::text(name, " holds no handle; was it moved from?"));
  }
}

std::string to_string(const Place& place) {
  std::string text = place.parent != nullptr ? to_string(*place.parent) : std::string();
  if (!text.empty() && !place.name.empty()) text += '.';
  text += place.name;
  if (place.index) text += detail::text("[", *place.index, "]");
  return text;
}

std::string Decoder::text(const Place& at, const flatbuffers::String* value, std::size_t limit) {
  if (!present(at, value)) return {};
  const std::string_view seen(value->c_str(), value->size());
  if (seen.size() > limit) {
    refuse(at, "has ", seen.size(), " bytes; allowed are at most ", limit);
    return {};
  }
  if (const auto nul = seen.find('\0'); nul != std::string_view::npos) {
    refuse(at, "has a NUL at byte ", nul, "; allowed is none");
    return {};
  }
  return std::string(seen);
}

OsHandle Decoder::take_memory(const Place& at, std::uint64_t bytes) {
  if (taken_ == handles_.size()) {
    refuse(at, "is handle number ", taken_ + 1, " of a message that came with ", handles_.size(), " handles");
    return {};
  }
  OsHandle handle = std::move(handles_[taken_++]);
  // Some drivers block or crash on a pipe, and mapping what is too short kills its reader.
  if (!platform::may_be_memory(handle, bytes)) {
    refuse(at, "is a handle that cannot be memory of ", bytes, " bytes");
    handle.reset();
  }
  return handle;
}

Result<void> Decoder::finish(std::string_view message) {
  if (error_) return std::move(*error_);
  if (taken_ == handles_.size()) return {};
  return Error(Errc::protocol_error, detail::text(message, " came with ", handles_.size(), " handles and names ", taken_,
                                                  "; allowed are exactly those that it names."));
}

}  // namespace geyser::ipc
