#include "tools/common/file_path.hpp"

#include <system_error>

#include "core/message.hpp"

namespace geyser::tools {

std::filesystem::path path_of(std::string_view utf8) { return {std::u8string(utf8.begin(), utf8.end())}; }

std::string utf8_of(const std::filesystem::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

Result<void> make_folder_of(std::string_view file) {
  const auto folder = path_of(file).parent_path();
  if (folder.empty()) return {};
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (!failed) return {};
  // The standard library counts in errno, or on Windows in what GetLastError() says.
  const ErrorDomain domain = failed.category() == std::generic_category() ? ErrorDomain::posix : ErrorDomain::win32;
  return Error(
      Errc::os_error,
      detail::text("The folder ", utf8_of(folder), " cannot be made: ", failed.message(), "; name a folder that you may write to."), domain,
      failed.value());
}

}  // namespace geyser::tools
