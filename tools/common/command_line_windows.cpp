#include "tools/common/command_line.hpp"

#include "platform/windows.hpp"
// After windows.h, which it rests on.
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

#include <cstdio>
#include <memory>

namespace geyser::tools {
namespace {

struct LocalMemory {
  void operator()(wchar_t** words) const noexcept { LocalFree(static_cast<void*>(words)); }
};

void show_escape_codes(DWORD which) {
  const HANDLE console = GetStdHandle(which);
  DWORD mode = 0;
  if (GetConsoleMode(console, &mode) != 0)
    (void)SetConsoleMode(console, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

[[nodiscard]] bool is_console(DWORD which) {
  DWORD mode = 0;
  return GetConsoleMode(GetStdHandle(which), &mode) != 0;
}

}  // namespace

CommandLine::CommandLine(int count, char** words) {
  int given = 0;
  const std::unique_ptr<wchar_t*, LocalMemory> wide(CommandLineToArgvW(GetCommandLineW(), &given));
  if (wide != nullptr && given > 0) {
    for (int i = 0; i < given; ++i) words_.push_back(platform::utf8(wide.get()[i]));
  } else {
    words_.assign(words, words + count);  // without memory for better
  }
  for (const std::string& word : words_) pointers_.push_back(word.c_str());

  // Frames and JSON go through pipes as they are.
  for (std::FILE* stream : {stdin, stdout, stderr}) (void)_setmode(_fileno(stream), _O_BINARY);
  if (!is_console(STD_OUTPUT_HANDLE) && !is_console(STD_ERROR_HANDLE)) return;
  show_escape_codes(STD_OUTPUT_HANDLE);
  show_escape_codes(STD_ERROR_HANDLE);
  // Without a buffer, text reaches a console byte by byte, which tears characters and is slow. What has to be seen is flushed.
  (void)std::setvbuf(stdout, nullptr, _IOFBF, std::size_t{16} * 1024);
  const UINT before = GetConsoleOutputCP();
  if (before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8) != 0) output_code_page_ = before;
}

CommandLine::~CommandLine() {
  // The code page is the console's, not ours: the next program finds what it left.
  if (output_code_page_ != 0) (void)SetConsoleOutputCP(output_code_page_);
}

}  // namespace geyser::tools
