// By libpng's simplified interface.
#include <png.h>

#include <system_error>

#include "core/message.hpp"
#include "tools/common/file_path.hpp"
#include "tools/common/png.hpp"

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
  if (auto made = make_folder_of(path); !made) return made;
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
  if (!std::filesystem::exists(path_of(path), failed)) return Error(Errc::not_found, text("There is no file ", path, "."));
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
