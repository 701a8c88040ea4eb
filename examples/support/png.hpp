// Writes a picture as PNG, without a library: its compression may store bytes as they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace example {

/// `pixels`: red, green, blue and alpha, a byte each, rows without gaps.
inline void write_png(const std::string& path, std::uint32_t width, std::uint32_t height, std::span<const std::byte> pixels) {
  std::vector<std::uint8_t> file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  const auto put = [](std::vector<std::uint8_t>& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  };
  const auto chunk = [&](const char* type, const std::vector<std::uint8_t>& content) {
    put(file, static_cast<std::uint32_t>(content.size()));
    const std::size_t start = file.size();
    file.insert(file.end(), type, type + 4);
    file.insert(file.end(), content.begin(), content.end());
    std::uint32_t crc = ~0U;
    for (std::size_t i = start; i < file.size(); ++i) {
      crc ^= file[i];
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    put(file, ~crc);
  };
  std::vector<std::uint8_t> header;
  put(header, width);
  put(header, height);
  header.insert(header.end(), {8, 6, 0, 0, 0});  // 8 bits, RGBA
  chunk("IHDR", header);

  std::vector<std::uint8_t> rows;  // each row begins with its filter: none
  const std::size_t row = std::size_t{4} * width;
  for (std::uint32_t y = 0; y < height; ++y) {
    rows.push_back(0);
    for (const std::byte each : pixels.subspan(y * row, row)) rows.push_back(std::to_integer<std::uint8_t>(each));
  }
  std::vector<std::uint8_t> stream{0x78, 0x01};
  constexpr std::size_t longest = 65535;
  for (std::size_t at = 0; at < rows.size(); at += longest) {
    const auto size = static_cast<std::uint16_t>(std::min(longest, rows.size() - at));
    const auto inverse = static_cast<std::uint16_t>(~size);
    stream.push_back(at + size == rows.size() ? 1 : 0);
    for (const std::uint16_t each : {size, inverse}) {
      stream.push_back(static_cast<std::uint8_t>(each & 0xffU));
      stream.push_back(static_cast<std::uint8_t>(each >> 8U));
    }
    stream.insert(stream.end(), rows.begin() + static_cast<std::ptrdiff_t>(at), rows.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const std::uint8_t each : rows) {
    a = (a + each) % 65521;
    b = (b + a) % 65521;
  }
  put(stream, (b << 16U) | a);
  chunk("IDAT", stream);
  chunk("IEND", {});

  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (!out || std::fwrite(file.data(), 1, file.size(), out.get()) != file.size()) throw std::runtime_error(path + " cannot be written");
}

}  // namespace example
