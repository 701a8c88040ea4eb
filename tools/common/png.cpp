#include "tools/common/png.hpp"

#include <png.h>

#include <filesystem>
#include <system_error>

#include "core/message.hpp"

namespace geyser::tools {
namespace {

using detail::text;

/// libpng's simplified interface reports through the struct; this frees what it holds on every way out.
struct Image {
  png_image png{};
  Image() { png.version = PNG_IMAGE_VERSION; }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() { png_image_free(&png); }
};

}  // namespace

Result<void> write_png(const std::string& path, const Picture& picture) {
  if (picture.width == 0 || picture.height == 0) return Error(Errc::invalid_argument, text("The picture for ", path, " is empty."));
  std::error_code failed;
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    std::filesystem::create_directories(folder, failed);
    if (failed) {
      return Error(Errc::os_error,
                   text("The folder ", folder.string(), " cannot be made: ", failed.message(), "; name a folder that you may write to."),
                   ErrorDomain::posix, failed.value());
    }
  }
  Image image;
  image.png.width = picture.width;
  image.png.height = picture.height;
  image.png.format = PNG_FORMAT_RGBA;
  if (png_image_write_to_file(&image.png, path.c_str(), 0, picture.rgba.data(), 0, nullptr) == 0) {
    return Error(Errc::os_error, text(path, " cannot be written: ", image.png.message, "; name a file that you may write to."));
  }
  return {};
}

Result<Picture> read_png(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return Error(Errc::not_found, text("There is no file ", path, "."));
  Image image;
  if (png_image_begin_read_from_file(&image.png, path.c_str()) == 0) {
    return Error(Errc::os_error, text(path, " cannot be read as a PNG: ", image.png.message, "."));
  }
  image.png.format = PNG_FORMAT_RGBA;
  Picture picture{image.png.width, image.png.height, std::vector<std::byte>(PNG_IMAGE_SIZE(image.png))};
  if (png_image_finish_read(&image.png, nullptr, picture.rgba.data(), 0, nullptr) == 0) {
    return Error(Errc::os_error, text(path, " cannot be read as a PNG: ", image.png.message, "."));
  }
  return picture;
}

}  // namespace geyser::tools
