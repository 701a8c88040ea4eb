// geyser: the command line tool. Parses, then runs the one verb that was named.
#include <array>
#include <exception>
#include <iostream>

#include "geyser/version.hpp"
#include "tools/common/command_line.hpp"
#include "tools/common/terminal.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {
namespace {

// The order is the order in --help.
constexpr std::array verbs{
    add_list,  add_publish, add_view,    add_snapshot, add_record, add_stat,
    add_serve, add_devices, add_formats, add_doctor,   add_bench,  add_completion,
};

[[nodiscard]] ExitCode run(const CommandLine& line) {
  CLI::App program("Shares GPU textures between APIs, devices and processes, and says what can be shared here.", "geyser");
  program.set_version_flag("-V,--version", "geyser " + std::string(version()));
  program.require_subcommand(1);
  program.allow_windows_style_options(false);  // one command line everywhere; a path may begin with a slash
  program.footer("Examples:\n  geyser publish test --pattern smpte\n  geyser list\n  geyser view test\n  geyser doctor\n\n" +
                 std::string(exit_code_help));
  Action action;
  for (const AddVerb add : verbs) add(program, action);
  try {
    program.parse(line.count(), line.words());
  } catch (const CLI::Success& asked) {  // --help, --version
    program.exit(asked);
    return ExitCode::success;
  } catch (const CLI::RequiredError& wrong) {
    // A word that is no verb arrives as "a subcommand is required"; the word itself is what the user wants to read.
    const auto extra = program.remaining();
    if (program.get_subcommands().empty() && !extra.empty()) {
      return complain("There is no verb \"" + extra.front() + "\".", "run `geyser --help` for those that there are", ExitCode::usage);
    }
    return complain(wrong.what(), "run `geyser --help`, or `geyser VERB --help`", ExitCode::usage);
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong.what(), "run `geyser --help`, or `geyser VERB --help`", ExitCode::usage);
  }
  const ExitCode code = action();
  if (!std::cout.flush()) return complain("Standard output cannot be written.", "check the disk or the pipe behind it");
  return code;
}

}  // namespace

ExitCode complain(std::string_view message, std::string_view next, ExitCode code) {
  const bool color = wants_color(Stream::err);
  std::cout.flush();
  std::cerr << "geyser: " << tinted("error:", Tint::red, color) << ' ' << message << '\n';
  if (!next.empty()) std::cerr << "  " << tinted("next:", Tint::bold, color) << ' ' << next << '\n';
  return code;
}

ExitCode complain(const Error& error, std::string_view next, ExitCode code) {
  std::string message(error.message());
  for (const auto& step : error.trail()) message += "\n  while " + step;
  return complain(message, next, code);
}

}  // namespace geyser::tools

int main(int argc, char** argv) {
  try {
    const geyser::tools::CommandLine line(argc, argv);
    return static_cast<int>(geyser::tools::run(line));
  } catch (const std::exception& failure) {
    return static_cast<int>(geyser::tools::complain(failure.what(), "report this as a defect, with the command line"));
  }
}
