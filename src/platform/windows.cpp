#include "platform/windows.hpp"

namespace geyser::platform {

std::wstring wide(std::string_view text) {
  std::wstring out;
  if (text.empty()) return out;
  const int bytes = static_cast<int>(text.size());
  const int count = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), bytes, nullptr, 0);
  out.resize(static_cast<std::size_t>(count));
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), bytes, out.data(), count);
  return out;
}

std::string utf8(std::wstring_view text) {
  std::string out;
  if (text.empty()) return out;
  const int units = static_cast<int>(text.size());
  const int count = ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, nullptr, 0, nullptr, nullptr);
  out.resize(static_cast<std::size_t>(count));
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, out.data(), count, nullptr, nullptr);
  return out;
}

}  // namespace geyser::platform
