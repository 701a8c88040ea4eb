// The command line of an example: a few options, --help, and exit codes that mean the same everywhere.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// What the user typed makes no sense; the message says what does.
struct WrongUsage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Options are asked for one by one; done() complains about what nobody asked for.
class Arguments {
 public:
  explicit Arguments(std::span<char* const> words) : words_(words.begin(), words.end()) {}

  [[nodiscard]] bool flag(std::string_view name) {
    const auto found = find(name);
    if (found == words_.end()) return false;
    words_.erase(found);
    return true;
  }
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) {
    const auto found = find(name);
    if (found == words_.end()) return std::string(otherwise);
    if (found + 1 == words_.end() || (found + 1)->empty()) throw WrongUsage(std::string(name) + " needs a value");
    std::string value((found + 1)->begin(), (found + 1)->end());
    words_.erase(found, found + 2);
    return value;
  }
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t lowest, std::uint64_t highest) {
    const std::string value = text(name, std::to_string(otherwise));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < lowest || number > highest) {
      throw WrongUsage(std::string(name) + " is " + value + "; give a number from " + std::to_string(lowest) + " to " +
                       std::to_string(highest));
    }
    return number;
  }
  void done() const {
    if (!words_.empty()) throw WrongUsage("unknown argument " + std::string(words_.front()));
  }

 private:
  [[nodiscard]] std::vector<std::string_view>::iterator find(std::string_view name) {
    auto found = words_.begin();
    while (found != words_.end() && *found != name) ++found;
    return found;
  }
  std::vector<std::string_view> words_;
};

/// main() of an example: 0 all is right, 1 something is wrong or failed, 2 wrong usage.
template <class Body>
int run(const char* name, const char* usage, int argc, char** argv, Body body) {
  try {
    Arguments arguments(std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (arguments.flag("--help")) {
      std::printf("%s\nExit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.\n", usage);
      return 0;
    }
    return body(arguments);
  } catch (const WrongUsage& wrong) {
    std::fprintf(stderr, "%s: %s\n%s\n", name, wrong.what(), usage);
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", name, failure.what());
    return 1;
  }
}

}  // namespace example
