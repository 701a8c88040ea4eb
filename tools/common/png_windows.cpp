// By the Windows Imaging Component. 32bppBGRA is the one layout that both its PNG encoder and its converter take everywhere, so the bytes
// of each pixel are turned round here.
#include "platform/windows.hpp"
// After windows.h, which it rests on.
#include <wincodec.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <system_error>

#include "core/message.hpp"
#include "platform/system_error.hpp"
#include "tools/common/file_path.hpp"
#include "tools/common/png.hpp"

namespace geyser::tools {
namespace {

using detail::text;

struct Release {
  void operator()(IUnknown* object) const noexcept { object->Release(); }
};
template <class Interface>
using Owned = std::unique_ptr<Interface, Release>;

/// Calls `make(&raw)` and keeps what came of it.
template <class Interface, class Make>
[[nodiscard]] HRESULT take(Owned<Interface>& into, Make make) {
  Interface* raw = nullptr;
  const HRESULT result = make(&raw);
  into.reset(raw);
  return result;
}

/// COM for this thread. A thread that chose another model before has COM all the same.
class Apartment {
 public:
  Apartment() : entered_(SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {}
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;
  ~Apartment() {
    if (entered_) CoUninitialize();
  }

 private:
  bool entered_;
};

[[nodiscard]] HRESULT open_factory(Owned<IWICImagingFactory>& factory) {
  return take(factory, [](IWICImagingFactory** made) {
    return CoCreateInstance(CLSID_WICImagingFactory, nullptr, CLSCTX_INPROC_SERVER, IID_IWICImagingFactory, reinterpret_cast<void**>(made));
  });
}

/// Blue and red change places.
void swap_blue_and_red(std::vector<std::byte>& pixels) {
  for (std::size_t i = 0; i + 3 < pixels.size(); i += 4) std::swap(pixels[i], pixels[i + 2]);
}

[[nodiscard]] HRESULT encode_into(IWICImagingFactory& factory, IWICStream& stream, const Picture& picture) {
  Owned<IWICBitmapEncoder> encoder;
  HRESULT result = take(encoder, [&](auto** made) { return factory.CreateEncoder(GUID_ContainerFormatPng, nullptr, made); });
  if (SUCCEEDED(result)) result = encoder->Initialize(&stream, WICBitmapEncoderNoCache);
  Owned<IWICBitmapFrameEncode> frame;
  if (SUCCEEDED(result)) result = take(frame, [&](auto** made) { return encoder->CreateNewFrame(made, nullptr); });
  if (SUCCEEDED(result)) result = frame->Initialize(nullptr);
  if (SUCCEEDED(result)) result = frame->SetSize(picture.width, picture.height);
  WICPixelFormatGUID format = GUID_WICPixelFormat32bppBGRA;
  if (SUCCEEDED(result)) result = frame->SetPixelFormat(&format);
  // The encoder answers with the nearest format that it has: another one would mean other bytes.
  if (SUCCEEDED(result) && !IsEqualGUID(format, GUID_WICPixelFormat32bppBGRA)) return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
  if (FAILED(result)) return result;
  // In bands, since the whole may be larger than the UINT that counts its bytes.
  constexpr std::size_t band_bytes = std::size_t{16} << 20U;
  const std::size_t row = std::size_t{4} * picture.width;
  const std::size_t rows_at_once = std::max<std::size_t>(1, band_bytes / row);
  std::vector<std::byte> band;
  for (std::size_t y = 0; y < picture.height && SUCCEEDED(result); y += rows_at_once) {
    const std::size_t rows = std::min<std::size_t>(rows_at_once, picture.height - y);
    const auto first = picture.rgba.begin() + static_cast<std::ptrdiff_t>(y * row);
    band.assign(first, first + static_cast<std::ptrdiff_t>(rows * row));
    swap_blue_and_red(band);
    result = frame->WritePixels(static_cast<UINT>(rows), static_cast<UINT>(row), static_cast<UINT>(band.size()),
                                reinterpret_cast<BYTE*>(band.data()));
  }
  if (SUCCEEDED(result)) result = frame->Commit();
  return SUCCEEDED(result) ? encoder->Commit() : result;
}

[[nodiscard]] HRESULT decode_from(IWICImagingFactory& factory, const std::wstring& path, Picture& picture) {
  Owned<IWICBitmapDecoder> decoder;
  HRESULT result = take(decoder, [&](auto** made) {
    return factory.CreateDecoderFromFilename(path.c_str(), nullptr, GENERIC_READ, WICDecodeMetadataCacheOnDemand, made);
  });
  GUID container{};
  if (SUCCEEDED(result)) result = decoder->GetContainerFormat(&container);
  // The factory knows JPEG and more, which would then be read here and nowhere else.
  if (SUCCEEDED(result) && !IsEqualGUID(container, GUID_ContainerFormatPng)) return WINCODEC_ERR_UNKNOWNIMAGEFORMAT;
  Owned<IWICBitmapFrameDecode> frame;
  if (SUCCEEDED(result)) result = take(frame, [&](auto** made) { return decoder->GetFrame(0, made); });
  Owned<IWICFormatConverter> converter;
  if (SUCCEEDED(result)) result = take(converter, [&](auto** made) { return factory.CreateFormatConverter(made); });
  if (SUCCEEDED(result)) {
    result =
        converter->Initialize(frame.get(), GUID_WICPixelFormat32bppBGRA, WICBitmapDitherTypeNone, nullptr, 0.0, WICBitmapPaletteTypeCustom);
  }
  UINT width = 0;
  UINT height = 0;
  if (SUCCEEDED(result)) result = converter->GetSize(&width, &height);
  if (FAILED(result)) return result;
  constexpr std::uint64_t most = std::numeric_limits<INT>::max();  // WICRect counts in INT, and a row's bytes are a UINT
  if (width == 0 || height == 0 || std::uint64_t{4} * width > most || height > most) return WINCODEC_ERR_BADIMAGE;
  const std::size_t row = std::size_t{4} * width;
  picture = {width, height, std::vector<std::byte>(row * height)};
  for (UINT y = 0; y < height && SUCCEEDED(result); ++y) {
    const WICRect line{0, static_cast<INT>(y), static_cast<INT>(width), 1};
    result = converter->CopyPixels(&line, static_cast<UINT>(row), static_cast<UINT>(row),
                                   reinterpret_cast<BYTE*>(picture.rgba.data() + y * row));
  }
  swap_blue_and_red(picture.rgba);
  return result;
}

}  // namespace

Result<void> write_png(const std::string& path, const Picture& picture) {
  if (picture.width == 0 || picture.height == 0) return Error(Errc::invalid_argument, text("The picture for ", path, " is empty."));
  if (auto made = make_folder_of(path); !made) return made;
  const Apartment apartment;
  Owned<IWICImagingFactory> factory;
  HRESULT result = open_factory(factory);
  Owned<IWICStream> stream;
  if (SUCCEEDED(result)) result = take(stream, [&](auto** made) { return factory->CreateStream(made); });
  if (SUCCEEDED(result)) result = stream->InitializeFromFilename(platform::wide(path).c_str(), GENERIC_WRITE);
  if (SUCCEEDED(result)) result = encode_into(*factory, *stream, picture);
  if (FAILED(result)) return platform::system_error(text("Writing ", path), result);
  return {};
}

Result<Picture> read_png(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path_of(path), failed)) return Error(Errc::not_found, text("There is no file ", path, "."));
  const Apartment apartment;
  Owned<IWICImagingFactory> factory;
  HRESULT result = open_factory(factory);
  Picture picture;
  if (SUCCEEDED(result)) result = decode_from(*factory, platform::wide(path), picture);
  if (FAILED(result)) return platform::system_error(text("Reading ", path, " as a PNG"), result);
  return picture;
}

}  // namespace geyser::tools
