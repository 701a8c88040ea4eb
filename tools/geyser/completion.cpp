// geyser completion: what a shell needs to complete the command line, made from the command line's own description. Not in --help: the
// build calls it and installs the result.
#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "tools/geyser/verb.hpp"

namespace geyser::tools {
namespace {

struct OptionModel {
  std::string long_name;   // "--size"
  std::string short_name;  // "-s", or empty
  std::string description;
  bool takes_value = false;
  bool takes_file = false;
  std::vector<std::string> choices;

  [[nodiscard]] std::string names(const char* between) const { return short_name.empty() ? long_name : short_name + between + long_name; }
};
struct VerbModel {
  std::string name;
  std::string description;
  std::vector<OptionModel> options;
  bool takes_stream = false;
  bool takes_file = false;
  bool takes_text = false;         // something that nobody can guess
  std::vector<std::string> words;  // what the first word after it may be
};

/// "TEXT:{latest,queue}" -> latest, queue.
[[nodiscard]] std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  std::istringstream inside(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(inside, word, ',');) choices.push_back(word);
  return choices;
}

[[nodiscard]] VerbModel model_of(CLI::App& verb) {
  VerbModel model{.name = verb.get_name(), .description = verb.get_description()};
  for (const CLI::Option* option : verb.get_options()) {
    model.takes_text = model.takes_text || (option->get_positional() && (!option->get_lnames().empty() || verb.get_name() == "formats"));
    if (option->get_positional() && option->get_lnames().empty()) {
      const auto choices = choices_of(option->get_type_name());
      model.words.insert(model.words.end(), choices.begin(), choices.end());
      model.takes_file = model.takes_file || option->get_name(true) == "file";
      model.takes_stream = model.takes_stream || (option->get_name(true) == "name" && verb.get_name() != "formats");
      continue;
    }
    OptionModel entry;
    entry.long_name = "--" + option->get_lnames().front();
    if (!option->get_snames().empty()) entry.short_name = "-" + option->get_snames().front();
    entry.description = option->get_description();
    entry.takes_value = option->get_items_expected_max() > 0;
    entry.takes_file = entry.long_name == "--png";
    if (entry.takes_value) entry.choices = choices_of(option->get_type_name());
    model.options.push_back(std::move(entry));
  }
  return model;
}

[[nodiscard]] std::vector<std::string> names_of(const std::vector<VerbModel>& verbs) {
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const auto& verb : verbs) names.push_back(verb.name);
  return names;
}

[[nodiscard]] std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

/// For zsh and fish, inside single quotes: the quote itself, and what the shell's own syntax of descriptions uses.
[[nodiscard]] std::string escaped(std::string_view text, std::string_view special = {}) {
  std::string all;
  for (const char c : text) {
    if (c == '\'') {
      all += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) all += '\\';
    all += c;
  }
  return all;
}

constexpr const char* stream_names = "geyser list --names 2>/dev/null";

void bash(const std::vector<VerbModel>& verbs) {
  const std::vector<std::string> names = names_of(verbs);
  std::cout << "# Completion of geyser for bash; made by `geyser completion bash`.\n"
               "_geyser() {\n"
               "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' at=0 i streams=no files=no words=''\n"
               "  COMPREPLY=()\n"
               "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "    if [[ ${COMP_WORDS[i]} != -* ]]; then verb=${COMP_WORDS[i]}; at=$i; break; fi\n"
               "  done\n"
               "  case \"$verb $prev\" in\n";
  for (const auto& verb : verbs) {
    for (const auto& option : verb.options) {
      if (!option.takes_value) continue;
      const std::string both = "'" + verb.name + " " + option.long_name + "'" +
                               (option.short_name.empty() ? "" : "|'" + verb.name + " " + option.short_name + "'");
      if (option.takes_file) {
        std::cout << "    " << both << ") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n";
      } else {
        std::cout << "    " << both << ") COMPREPLY=($(compgen -W '" << joined(option.choices) << "' -- \"$cur\")); return;;\n";
      }
    }
  }
  std::cout << "  esac\n  case \"$verb\" in\n    '') words='" << joined(names) << " --help --version';;\n";
  for (const auto& verb : verbs) {
    std::vector<std::string> words;
    words.reserve(verb.options.size() + verb.words.size());
    for (const auto& option : verb.options) words.push_back(option.long_name);
    words.insert(words.end(), verb.words.begin(), verb.words.end());
    std::cout << "    " << verb.name << ") words='" << joined(words) << "'" << (verb.takes_stream ? " streams=yes" : "")
              << (verb.takes_file ? " files=yes" : "") << ";;\n";
  }
  std::cout << "  esac\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
               "  [[ $cur == -* ]] && return\n"
               "  if [[ $streams == yes && $COMP_CWORD -eq $((at + 1)) ]]; then\n"
               "    local IFS=$'\\n'\n"
               "    COMPREPLY=($(compgen -W \"$("
            << stream_names
            << ")\" -- \"$cur\"))\n"
               "  elif [[ $files == yes ]]; then\n"
               "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
               "  fi\n"
               "}\n"
               "complete -F _geyser geyser\n";
}

void zsh(const std::vector<VerbModel>& verbs) {
  std::cout << "#compdef geyser\n# Completion of geyser for zsh; made by `geyser completion zsh`.\n"
               "_geyser_streams() {\n  local -a streams\n  streams=(${(f)\"$("
            << stream_names
            << ")\"})\n  compadd -a streams\n}\n"
               "_geyser() {\n  local context state line\n  local -a verbs\n  verbs=(\n";
  for (const auto& verb : verbs) std::cout << "    '" << verb.name << ':' << escaped(verb.description, ":") << "'\n";
  std::cout << "  )\n  _arguments -C '(-h --help)'{-h,--help}'[help]' '(-V --version)'{-V,--version}'[version]' '1:verb:->verb' "
               "'*::options:->options'\n"
               "  case $state in\n    verb) _describe verb verbs ;;\n    options)\n      case $words[1] in\n";
  for (const auto& verb : verbs) {
    std::cout << "        " << verb.name << ") _arguments";
    for (const auto& option : verb.options) {
      const std::string head =
          option.short_name.empty() ? "'" + option.long_name : "'(" + option.names(" ") + ")'{" + option.names(",") + "}'";
      std::cout << " \\\n          " << head << '[' << escaped(option.description, "[]:") << ']';
      if (option.takes_value) {
        std::cout << ":value:" << (option.takes_file ? "_files" : option.choices.empty() ? "" : "(" + joined(option.choices) + ")");
      }
      std::cout << '\'';
    }
    if (verb.takes_stream) std::cout << " \\\n          '1:stream:_geyser_streams'";
    if (verb.takes_file) std::cout << " \\\n          '2:file:_files'";
    if (verb.takes_text) std::cout << " \\\n          '*:name:'";
    if (!verb.words.empty()) std::cout << " \\\n          '1:word:(" << joined(verb.words) << ")'";
    std::cout << " ;;\n";
  }
  std::cout << "      esac ;;\n  esac\n}\n"
               "if [[ $funcstack[1] = _geyser ]]; then _geyser \"$@\"; else compdef _geyser geyser; fi\n";
}

void fish(const std::vector<VerbModel>& verbs) {
  const std::vector<std::string> names = names_of(verbs);
  std::cout << "# Completion of geyser for fish; made by `geyser completion fish`.\n"
               "complete -c geyser -f\n"
               "set -l verbs "
            << joined(names) << '\n';
  const char* none = "complete -c geyser -n \"not __fish_seen_subcommand_from $verbs\" ";
  std::cout << none << "-s h -l help -d 'help'\n" << none << "-s V -l version -d 'version'\n";
  for (const auto& verb : verbs) std::cout << none << "-a " << verb.name << " -d '" << escaped(verb.description) << "'\n";
  for (const auto& verb : verbs) {
    const std::string head = "complete -c geyser -n '__fish_seen_subcommand_from " + verb.name + "' ";
    for (const auto& option : verb.options) {
      std::cout << head << "-l " << option.long_name.substr(2);
      if (!option.short_name.empty()) std::cout << " -s " << option.short_name.substr(1);
      if (option.takes_value) std::cout << (option.takes_file ? " -r -F" : " -x");
      if (!option.choices.empty()) std::cout << " -a '" << joined(option.choices) << "'";
      std::cout << " -d '" << escaped(option.description) << "'\n";
    }
    if (verb.takes_stream) std::cout << head << "-a '(" << stream_names << ")' -d stream\n";
    if (verb.takes_file) std::cout << head << "-F\n";
    for (const auto& word : verb.words) std::cout << head << "-a " << word << '\n';
  }
}

}  // namespace

void add_completion(CLI::App& program, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = program.add_subcommand("completion", "Print a completion script for a shell")->group("");
  verb->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->footer("Examples:\n  geyser completion bash > ~/.local/share/bash-completion/completions/geyser\n\n" + std::string(exit_code_help));
  verb->callback([shell, &program, &action] {
    action = [shell, &program] {
      std::vector<VerbModel> verbs;
      for (CLI::App* each : program.get_subcommands([](const CLI::App*) { return true; })) {
        if (!each->get_group().empty()) verbs.push_back(model_of(*each));
      }
      if (*shell == "bash") {
        bash(verbs);
      } else if (*shell == "zsh") {
        zsh(verbs);
      } else {
        fish(verbs);
      }
      return ExitCode::success;
    };
  });
}

}  // namespace geyser::tools
