#include "tools/common/command_line.hpp"

namespace geyser::tools {

CommandLine::CommandLine(int count, char** words) : words_(words, words + count) {
  for (const std::string& word : words_) pointers_.push_back(word.c_str());
}

CommandLine::~CommandLine() = default;

}  // namespace geyser::tools
