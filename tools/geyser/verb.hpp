// A verb of the command line: one file each, one line in verbs.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string_view>

#include "geyser/error.hpp"
#include "tools/geyser/exit_codes.hpp"

namespace geyser::tools {

/// What the command line asks for; set by the verb that was named.
using Action = std::function<ExitCode()>;

/// Adds a verb's options to the program; when the verb is named, `action` is what runs after parsing.
using AddVerb = void (*)(CLI::App& program, Action& action);

void add_list(CLI::App& program, Action& action);
void add_publish(CLI::App& program, Action& action);
void add_view(CLI::App& program, Action& action);
void add_snapshot(CLI::App& program, Action& action);
void add_record(CLI::App& program, Action& action);
void add_stat(CLI::App& program, Action& action);
void add_serve(CLI::App& program, Action& action);
void add_bench(CLI::App& program, Action& action);
void add_completion(CLI::App& program, Action& action);
void add_formats(CLI::App& program, Action& action);
void add_devices(CLI::App& program, Action& action);
void add_doctor(CLI::App& program, Action& action);

/// "geyser: error: ..." and, where there is one, "  next: ..." on standard error. Gives `code` back.
ExitCode complain(std::string_view message, std::string_view next, ExitCode code = ExitCode::failure);
/// The same for an error of the library: message and trail.
ExitCode complain(const Error& error, std::string_view next, ExitCode code = ExitCode::failure);

}  // namespace geyser::tools
