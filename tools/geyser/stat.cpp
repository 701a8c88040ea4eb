// geyser stat: the readers of streams, live.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

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
  std::string name;
  double seconds = 0;
  double interval = 1;
  bool json = false;
};

/// One stream at one moment.
struct Sample {
  Clock::time_point at;
  std::optional<StreamStatus> status;
  std::string silence;
};
using Samples = std::map<std::string, Sample>;

[[nodiscard]] Result<Samples> take(const Directory& directory, const std::string& name) {
  std::vector<StreamInfo> streams;
  if (name.empty()) {
    auto all = directory.list();
    if (!all) return std::move(all).error();
    streams = *std::move(all);
  } else {
    auto one = directory.find(name);
    if (!one) return std::move(one).error();
    streams.push_back(*std::move(one));
  }
  Samples samples;
  for (auto& stream : streams) {
    Sample sample;
    auto status = directory.status(stream.name);
    sample.at = Clock::now();
    if (status) {
      sample.status = *std::move(status);
    } else {
      sample.silence = status.error().message();
    }
    samples.emplace(stream.name, std::move(sample));
  }
  return samples;
}

[[nodiscard]] double rate(std::uint64_t before, std::uint64_t after, double time) {
  return time > 0 && after > before ? static_cast<double>(after - before) / time : 0;
}

/// The same reader in an older answer: a process may have several, which keep their order.
[[nodiscard]] const ReaderStatus* same_reader(const StreamStatus& before, const StreamStatus& after, std::size_t index) {
  const std::uint32_t process = after.readers[index].process_id;
  const auto same = [process](const ReaderStatus& reader) { return reader.process_id == process; };
  auto nth = std::count_if(after.readers.begin(), after.readers.begin() + static_cast<std::ptrdiff_t>(index), same);
  for (const ReaderStatus& reader : before.readers) {
    if (same(reader) && nth-- == 0) return reader.frames <= after.readers[index].frames ? &reader : nullptr;
  }
  return nullptr;
}

struct ReaderRates {
  double fps = 0;
  double skipped = 0;
};
struct View {
  const StreamStatus* status = nullptr;  // null: silent
  double fps = 0;
  std::vector<ReaderRates> readers;
};

[[nodiscard]] View compare(const Sample* before, const Sample& now) {
  View view;
  if (!now.status) return view;
  view.status = &*now.status;
  view.readers.resize(now.status->readers.size());
  if (before == nullptr || !before->status || before->status->stream.uuid != now.status->stream.uuid) return view;
  const double time = std::chrono::duration<double>(now.at - before->at).count();
  view.fps = rate(before->status->frames, now.status->frames, time);
  for (std::size_t i = 0; i < view.readers.size(); ++i) {
    if (const ReaderStatus* old = same_reader(*before->status, *now.status, i)) {
      view.readers[i] = {rate(old->frames, now.status->readers[i].frames, time), rate(old->skipped, now.status->readers[i].skipped, time)};
    }
  }
  return view;
}

[[nodiscard]] const Sample* find(const Samples& samples, const std::string& name) {
  const auto found = samples.find(name);
  return found == samples.end() ? nullptr : &found->second;
}

void print(std::ostream& out, const Samples& before, const Samples& now, bool color) {
  if (now.empty()) out << "nobody publishes a stream; `geyser publish` starts one\n";
  for (const auto& [name, sample] : now) {
    const View view = compare(find(before, name), sample);
    if (view.status == nullptr) {
      out << tinted(printable(name), Tint::bold, color) << "  " << tinted(sample.silence, Tint::yellow, color) << '\n';
      continue;
    }
    const StreamStatus& status = *view.status;
    out << tinted(printable(name), Tint::bold, color) << "  " << size_text(status.stream.texture.extent) << ' '
        << to_string(status.stream.texture.format) << "  " << rate_text(view.fps) << " fps  frame " << status.frames << "  "
        << to_string(status.stream.pacing) << "  " << status.textures << " textures, " << status.bytes / 1048576 << " MiB  by "
        << printable(status.stream.application) << " (process " << status.stream.process_id << ") on "
        << printable(status.stream.device.name) << '\n';
    if (status.readers.empty()) {
      out << "  nobody reads\n";
      continue;
    }
    Table table({{"PID", true},
                 {"APPLICATION"},
                 {"TRANSPORT"},
                 {"FPS", true},
                 {"P50", true},
                 {"P99", true},
                 {"FRAMES", true},
                 {"SKIPPED", true},
                 {"CLAIMS", true},
                 {"NOTE"}});
    for (std::size_t i = 0; i < status.readers.size(); ++i) {
      const ReaderStatus& reader = status.readers[i];
      const bool measured = reader.frames != 0;
      table.add({std::to_string(reader.process_id),
                 printable(reader.application),
                 {std::string(to_string(reader.transport)), reader.transport == Transport::zero_copy ? Tint::green : Tint::yellow},
                 rate_text(view.readers[i].fps),
                 measured ? duration_text(reader.latency_p50) : std::string("-"),
                 measured ? duration_text(reader.latency_p99) : std::string("-"),
                 std::to_string(reader.frames),
                 std::to_string(reader.skipped),
                 std::to_string(reader.claims),
                 {printable(reader.why_not_zero_copy), Tint::dim}});
    }
    table.print(out, color, 2);
  }
}

[[nodiscard]] Json document(const Samples& before, const Samples& now, double time) {
  Json json{{"geyser", version()}, {"seconds", time}};
  json["streams"] = Json::array();
  for (const auto& [name, sample] : now) {
    const View view = compare(find(before, name), sample);
    if (view.status == nullptr) {
      json["streams"].push_back({{"name", name}, {"answers", false}, {"silence", sample.silence}});
      continue;
    }
    Json entry = to_json(view.status->stream);
    entry["answers"] = true;
    entry["frames"] = view.status->frames;
    entry["fps"] = view.fps;
    entry["last_publish_ns"] = view.status->last_publish.nanoseconds;
    entry["textures"] = view.status->textures;
    entry["bytes"] = view.status->bytes;
    entry["readers"] = Json::array();
    for (std::size_t i = 0; i < view.readers.size(); ++i) {
      Json reader = to_json(view.status->readers[i]);
      reader["fps"] = view.readers[i].fps;
      reader["skipped_per_second"] = view.readers[i].skipped;
      entry["readers"].push_back(std::move(reader));
    }
    json["streams"].push_back(std::move(entry));
  }
  return json;
}

/// A screenful that takes the place of the one before.
class Screen {
 public:
  void show(const std::string& page) {
    if (lines_ != 0) std::cout << "\x1b[" << lines_ << "A\x1b[J";
    std::cout << page << std::flush;
    lines_ = std::ranges::count(page, '\n');
  }

 private:
  std::ptrdiff_t lines_ = 0;
};

[[nodiscard]] ExitCode run(const Options& options) {
  catch_interrupts();
  auto directory = Directory::open();
  if (!directory) return complain(directory.error(), "set XDG_RUNTIME_DIR to a folder of your own");
  const bool live = is_terminal(Stream::out) && !options.json;
  // On a terminal it goes on until it is stopped; a program that reads the output waits for its end.
  const double time = options.seconds > 0 || live ? options.seconds : 1;
  const auto start = Clock::now();
  auto first = take(*directory, options.name);
  if (!first) return complain_about_stream(first.error());
  Samples before = *std::move(first);
  if (!live) {
    sleep_until(start + seconds(time));
    auto now = take(*directory, options.name);
    if (!now) return complain_about_stream(now.error());
    if (options.json) {
      std::cout << dump(document(before, *now, std::chrono::duration<double>(Clock::now() - start).count()));
    } else {
      print(std::cout, before, *now, false);
    }
    return ExitCode::success;
  }
  Screen screen;
  while (sleep_until(Clock::now() + seconds(options.interval))) {
    auto now = take(*directory, options.name);
    if (!now) return complain_about_stream(now.error());
    std::ostringstream page;
    print(page, before, *now, wants_color(Stream::out));
    screen.show(page.str());
    before = *std::move(now);
    if (time > 0 && Clock::now() - start >= seconds(time)) break;
  }
  return ExitCode::success;
}

}  // namespace

void add_stat(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("stat", "The readers of streams: transport, fps, latency, skipped frames, claims");
  verb->add_option("name", options->name, "One stream; default: all");
  verb->add_option("--seconds", options->seconds, "How long; 0: on a terminal until it is stopped, else one second")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9));
  verb->add_option("--interval", options->interval, "Seconds from one picture to the next on a terminal")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  verb->add_flag("--json", options->json, "For programs: one document when the time is over");
  verb->footer(
      "Latency is from publish() to acquire(), over a reader's last 1024 frames. CLAIMS are the frames that it holds now.\n"
      "Examples:\n  geyser stat\n  geyser stat camera-1 --seconds 10 --json\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
