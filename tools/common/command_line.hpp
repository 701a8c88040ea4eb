// What main() starts with: arguments in UTF-8, and standard streams that carry UTF-8 to people and plain bytes to programs.
#pragma once

#include <string>
#include <vector>

namespace geyser::tools {

/// Windows gives arguments in another encoding, puts a carriage return before every line end, and shows escape codes only when asked to:
/// all of that is settled here. Elsewhere nothing has to be done. Ownership: value; restores the console that it changed when it is
/// destroyed. Valid usage: one object, first in main().
class CommandLine {
 public:
  CommandLine(int count, char** words);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  /// As main()'s own: the program's name first. They live as long as this object.
  [[nodiscard]] int count() const noexcept { return static_cast<int>(pointers_.size()); }
  [[nodiscard]] const char* const* words() const noexcept { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<const char*> pointers_;
  [[maybe_unused]] unsigned output_code_page_ = 0;  // what was before; 0: not changed
};

}  // namespace geyser::tools
