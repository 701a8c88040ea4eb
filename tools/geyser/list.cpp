// geyser list: who publishes, what, how fast, to whom.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/table.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using Clock = std::chrono::steady_clock;

struct Options {
  bool watch = false;
  bool names = false;
  bool json = false;
  double seconds = 0;
};

/// A stream and what its publisher answers now; two answers, some time apart, give its speed.
struct Seen {
  StreamInfo info;
  std::optional<StreamStatus> first;
  Clock::time_point first_at;
  std::optional<StreamStatus> second;
  Clock::time_point second_at;
  std::string silence;  // why there is no answer

  [[nodiscard]] std::optional<double> fps() const {
    if (!first || !second) return std::nullopt;
    const double time = std::chrono::duration<double>(second_at - first_at).count();
    return static_cast<double>(second->frames - std::min(first->frames, second->frames)) / time;
  }
};

[[nodiscard]] std::vector<Seen> look(const Directory& directory, const std::vector<StreamInfo>& streams) {
  constexpr std::chrono::milliseconds patience{300};
  constexpr std::chrono::milliseconds apart{250};
  std::vector<Seen> seen;
  for (const StreamInfo& stream : streams) {
    Seen entry;
    entry.info = stream;
    auto status = directory.status(stream.name, patience);
    entry.first_at = Clock::now();
    if (status) {
      entry.first = *std::move(status);
    } else {
      entry.silence = status.error().message();
    }
    seen.push_back(std::move(entry));
  }
  for (Seen& entry : seen) {
    if (!entry.first) continue;
    sleep_until(entry.first_at + apart);
    auto status = directory.status(entry.info.name, patience);
    entry.second_at = Clock::now();
    if (status) entry.second = *std::move(status);
  }
  return seen;
}

[[nodiscard]] Json seen_json(const Seen& seen) {
  Json json = to_json(seen.info);
  json["answers"] = seen.first.has_value();
  if (!seen.first) {
    json["silence"] = seen.silence;
    return json;
  }
  const StreamStatus& status = seen.second ? *seen.second : *seen.first;
  json["frames"] = status.frames;
  json["fps"] = seen.fps() ? Json(*seen.fps()) : Json(nullptr);
  json["textures"] = status.textures;
  json["bytes"] = status.bytes;
  json["readers"] = Json::array();
  for (const auto& reader : status.readers) json["readers"].push_back(to_json(reader));
  return json;
}

void print_table(const std::vector<Seen>& streams, bool color) {
  Table table({{"NAME"},
               {"SIZE"},
               {"FORMAT"},
               {"FPS", true},
               {"FRAMES", true},
               {"READERS", true},
               {"PACING"},
               {"APPLICATION"},
               {"PID", true},
               {"DEVICE"}});
  for (const Seen& seen : streams) {
    const auto fps = seen.fps();
    const StreamStatus* status = seen.second ? &*seen.second : seen.first ? &*seen.first : nullptr;
    table.add({{printable(seen.info.name), Tint::bold},
               size_text(seen.info.texture.extent),
               std::string(to_string(seen.info.texture.format)),
               fps ? Cell(rate_text(*fps)) : Cell("silent", Tint::yellow),
               status != nullptr ? std::to_string(status->frames) : std::string("-"),
               status != nullptr ? std::to_string(status->readers.size()) : std::string("-"),
               std::string(to_string(seen.info.pacing)),
               printable(seen.info.application),
               std::to_string(seen.info.process_id),
               printable(seen.info.device.name)});
  }
  table.print(std::cout, color);
}

[[nodiscard]] ExitCode list_once(const Directory& directory, const Options& options) {
  const auto streams = directory.list();
  if (!streams) return complain_about_stream(streams.error());
  if (options.names) {
    for (const auto& stream : *streams) std::cout << stream.name << '\n';
    return ExitCode::success;
  }
  const auto seen = look(directory, *streams);
  if (options.json) {
    Json document{{"geyser", version()}, {"directory", directory.path()}};
    document["streams"] = Json::array();
    for (const auto& entry : seen) document["streams"].push_back(seen_json(entry));
    std::cout << dump(document);
  } else if (seen.empty()) {
    std::cerr << "geyser: note: nobody publishes a stream here (" << directory.path() << "); `geyser publish` starts one\n";
  } else {
    print_table(seen, wants_color(Stream::out));
  }
  return ExitCode::success;
}

class Watcher {
 public:
  explicit Watcher(bool json) : json_(json) {}
  void show(const std::vector<StreamInfo>& streams) {
    std::map<std::string, StreamInfo> now;
    for (const auto& stream : streams) now.emplace(stream.name, stream);
    for (const auto& [name, stream] : known_) {
      if (!now.contains(name)) say("removed", "-", Tint::red, stream);
    }
    for (const auto& [name, stream] : now) {
      const auto before = known_.find(name);
      if (before == known_.end()) {
        say("added", "+", Tint::green, stream);
      } else if (before->second.uuid != stream.uuid) {
        say("restarted", "*", Tint::yellow, stream);
      } else if (before->second.generation != stream.generation || before->second.texture != stream.texture) {
        say("changed", "~", Tint::yellow, stream);
      }
    }
    known_ = std::move(now);
  }

 private:
  void say(const char* event, const char* sign, Tint tint, const StreamInfo& stream) const {
    if (json_) {
      print_line({{"event", event}, {"stream", to_json(stream)}});
    } else {
      std::cout << tinted(sign, tint, color_) << ' ' << printable(stream.name) << "  " << size_text(stream.texture.extent) << ' '
                << to_string(stream.texture.format) << "  " << event << "  by " << printable(stream.application) << " (process "
                << stream.process_id << ")" << '\n'
                << std::flush;
    }
  }
  bool json_;
  bool color_ = wants_color(Stream::out);
  std::map<std::string, StreamInfo> known_;
};

[[nodiscard]] ExitCode watch(Directory& directory, const Options& options) {
  Watcher watcher(options.json);
  const auto until = Clock::now() + seconds(options.seconds);
  auto streams = directory.list();
  while (true) {
    if (!streams) return complain_about_stream(streams.error());
    watcher.show(*streams);
    if (!std::cout || interrupted() || (options.seconds > 0 && Clock::now() >= until)) return ExitCode::success;
    streams = directory.wait_for_change(std::chrono::milliseconds(200));
  }
}

[[nodiscard]] ExitCode run(const Options& options) {
  catch_interrupts();
  auto directory = Directory::open();
  if (!directory) return complain(directory.error(), "set XDG_RUNTIME_DIR to a folder of your own");
  return options.watch ? watch(*directory, options) : list_once(*directory, options);
}

}  // namespace

void add_list(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("list", "Who publishes, what, how fast, to whom");
  CLI::Option* watch = verb->add_flag("-w,--watch", options->watch, "Say who comes, changes and goes, until it is stopped");
  verb->add_option("--seconds", options->seconds, "Watch for so long; 0: until it is stopped")
      ->capture_default_str()
      ->needs(watch)
      ->check(CLI::Range(0.0, 1e9));
  verb->add_flag("--names", options->names, "Names alone, one a line; asks no publisher")->excludes(watch);
  verb->add_flag("--json", options->json, "For programs; with --watch one object a line");
  verb->footer("Examples:\n  geyser list\n  geyser list --json | jq -r '.streams[].name'\n  geyser list --watch\n\n" +
               std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
