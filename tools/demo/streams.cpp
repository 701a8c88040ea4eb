#include "tools/demo/streams.hpp"

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "geyser/directory.hpp"
#include "platform/runtime_directory.hpp"
#include "tools/common/table.hpp"
#include "tools/demo/child.hpp"
#include "tools/demo/duo.hpp"
#include "tools/demo/roles.hpp"

namespace geyser::demo {
namespace {

using Clock = std::chrono::steady_clock;
using example::must;
using tools::Json;

/// How often the table is drawn: in its place on a terminal, more seldom where it is printed again below itself.
[[nodiscard]] std::chrono::milliseconds refresh() { return std::chrono::milliseconds(tools::is_terminal(tools::Stream::out) ? 500 : 1000); }
/// Starting, connecting and ending of three processes, on a slow machine.
constexpr auto leeway = std::chrono::seconds(90);

[[nodiscard]] std::string number(double value, const char* format) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}
[[nodiscard]] std::string milliseconds(std::chrono::nanoseconds time) {
  return number(std::chrono::duration<double, std::milli>(time).count(), "%.3f ms");
}

/// The table that is drawn again and again: in its place on a terminal, one below the other elsewhere.
class LiveTable {
 public:
  void show(const StreamStatus& status) {
    const auto now = Clock::now();
    const double since = std::chrono::duration<double>(now - last_).count();
    const auto rate = [&](std::uint64_t key, std::uint64_t frames) {
      const std::uint64_t before = std::exchange(frames_[key], frames);
      return last_ == Clock::time_point() || since <= 0 ? std::string("-") : number(static_cast<double>(frames - before) / since, "%.1f");
    };
    tools::Table table(
        {{"PROCESS"}, {"WHAT"}, {"FPS", true}, {"LATENCY P50", true}, {"P99", true}, {"FRAMES", true}, {"SKIPPED", true}, {"TRANSPORT"}});
    table.add({std::to_string(status.stream.process_id), "publisher", rate(status.stream.process_id, status.frames), "", "",
               std::to_string(status.frames), "", std::to_string(status.textures) + " textures"});
    for (const ReaderStatus& reader : status.readers) {
      table.add({std::to_string(reader.process_id), "reader", rate(reader.process_id, reader.frames), milliseconds(reader.latency_p50),
                 milliseconds(reader.latency_p99), std::to_string(reader.frames), std::to_string(reader.skipped),
                 std::string(to_string(reader.transport))});
    }
    last_ = now;
    std::ostringstream text;
    table.print(text, color_, 2);
    if (in_place_ && lines_ != 0) std::cout << "\x1b[" << lines_ << "A\x1b[J";
    lines_ = 0;
    for (const char c : text.str()) lines_ += c == '\n' ? 1 : 0;
    if (!in_place_) std::cout << "after " << number(std::chrono::duration<double>(now - start_).count(), "%.1f") << " s\n";
    std::cout << text.str() << std::flush;
  }

 private:
  bool in_place_ = tools::is_terminal(tools::Stream::out);
  bool color_ = tools::wants_color(tools::Stream::out);
  int lines_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
  std::map<std::uint64_t, std::uint64_t> frames_;  // by process
};

struct Part {
  std::string role;
  Child child;
};

[[nodiscard]] Part start(const Options& options, const DeviceIdentity& device, const std::string& stream, const char* role) {
  std::vector<std::string> arguments{options.path,
                                     "--role",
                                     role,
                                     "--stream",
                                     stream,
                                     "--device",
                                     to_string(device.device_uuid),
                                     "--size",
                                     options.size,
                                     "--format",
                                     options.format,
                                     "--seconds",
                                     std::to_string(options.seconds),
                                     "--fps",
                                     std::to_string(options.fps)};
  if (options.validate) arguments.emplace_back("--validate");
  if (options.sabotage) arguments.emplace_back("--sabotage");
  return {role, Child(std::move(arguments))};
}

/// Until the publisher has ended, or somebody ended who should not.
void watch(const Options& options, const std::string& stream, std::vector<Part>& parts) {
  const auto directory = must(Directory::open());
  LiveTable table;
  const auto until = Clock::now() + leeway + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  while (Clock::now() < until) {
    for (const auto next = Clock::now() + refresh(); Clock::now() < next;) {
      for (Part& part : parts) {
        if (!part.child.running()) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (options.json) continue;
    // Not there yet, or over: the reports tell.
    if (const auto status = directory.status(stream); status && status->frames != 0) table.show(*status);
  }
}

/// The report of a part that has ended well; otherwise a complaint.
[[nodiscard]] Json report_of(Part& part, std::vector<std::string>& complaints) {
  const auto code = part.child.wait(std::chrono::seconds(15));
  if (!code) {
    complaints.push_back("The " + part.role + " process does not end.");
    return nullptr;
  }
  Json report = Json::parse(part.child.output(), nullptr, false);
  if (*code != 0 || !report.is_object()) {
    complaints.push_back("The " + part.role + " process ended with code " + std::to_string(*code) + "; its error is above.");
    return nullptr;
  }
  if (report.value("validation_messages", 0) != 0)
    complaints.push_back("The validation layers complained in the " + part.role + " process.");
  return report;
}

void judge(const Json& reader, std::string_view transport, std::uint64_t last, std::vector<std::string>& complaints) {
  const std::string who = "The " + reader["role"].get<std::string>() + " reader";
  const auto count = [&](const char* key) { return reader[key].get<std::uint64_t>(); };
  const auto complain_if = [&](std::uint64_t wrong, const std::string& what) {
    if (wrong != 0) complaints.push_back(who + " saw " + std::to_string(wrong) + " frames " + what + ".");
  };
  if (count("frames") == 0) complaints.push_back(who + " saw no frame.");
  complain_if(count("wrong_numbers"), "whose pixels say another number");
  complain_if(count("wrong_checksums"), "whose pixels are not the publisher's");
  complain_if(count("out_of_order"), "out of order");
  if (count("frames") + count("skipped") != count("last_frame") - count("first_frame") + 1) {
    complaints.push_back(who + " does not account for every frame.");
  }
  if (count("last_frame") != last) {
    complaints.push_back(who + " ended with frame " + std::to_string(count("last_frame")) + " of " + std::to_string(last) + ".");
  }
  if (reader["transport"] != transport) {
    complaints.push_back(who + " was served by " + reader["transport"].get<std::string>() + " instead of " + std::string(transport) + ".");
  }
}

}  // namespace

StreamOutcome run_streams(const Options& options, const DeviceIdentity& device) {
  const std::string stream = "geyser demo " + std::to_string(platform::current_process());
  if (!options.json) {
    std::cout << "stream    \"" << stream << "\": " << describe(options.texture) << ", a publisher and two readers, three processes\n"
              << std::flush;
  }
  std::vector<Part> parts;
  for (const char* role : {publisher_role, zero_copy_role, host_bridge_role}) parts.push_back(start(options, device, stream, role));
  watch(options, stream, parts);

  StreamOutcome outcome;
  // A reader that fails leaves the publisher waiting for it, and the other way round.
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto code = parts[i].child.running() ? std::nullopt : parts[i].child.wait({});
    if (code && *code != 0 && parts[0].child.running()) {
      outcome.complaints.push_back("The " + parts[i].role + " process ended before the publisher, with code " + std::to_string(*code) +
                                   (*code < 128 ? "; its error is above." : ", which is signal " + std::to_string(*code - 128) + "."));
      return outcome;
    }
  }
  outcome.publisher = report_of(parts[0], outcome.complaints);
  if (outcome.publisher.is_null()) return outcome;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    outcome.readers.push_back(report_of(parts[i], outcome.complaints));
    if (outcome.readers.back().is_null()) continue;
    judge(outcome.readers.back(), to_string(i == 1 ? Transport::zero_copy : Transport::host_bridge),
          outcome.publisher["frames"].get<std::uint64_t>(), outcome.complaints);
  }
  return outcome;
}

void print(const Options& options, const StreamOutcome& outcome) {
  const bool color = tools::wants_color(tools::Stream::out);
  if (outcome.publisher.is_null()) return;
  std::cout << '\n'
            << outcome.publisher["frames"] << " frames published at " << number(outcome.publisher["fps"].get<double>(), "%.1f")
            << " a second. What the readers found, frame by frame:\n";
  tools::Table table({{"READER"},
                      {"TRANSPORT"},
                      {"FPS", true},
                      {"PUBLISH TO PIXELS P50", true},
                      {"P99", true},
                      {"CHECKED", true},
                      {"SKIPPED", true},
                      {"WRONG NUMBERS", true},
                      {"WRONG PIXELS", true},
                      {"LAST FRAME AS PNG"}});
  for (const Json& reader : outcome.readers) {
    if (reader.is_null()) continue;
    const auto wrong = [&](const char* key) {
      return tools::Cell(reader[key].dump(), reader[key] == 0 ? tools::Tint::green : tools::Tint::red);
    };
    const Json& latency = reader["publish_to_pixels_ms"];
    table.add({reader["role"].get<std::string>(), reader["transport"].get<std::string>(), number(reader["fps"].get<double>(), "%.1f"),
               number(latency["p50"].get<double>(), "%.3f ms"), number(latency["p99"].get<double>(), "%.3f ms"), reader["frames"].dump(),
               reader["skipped"].dump(), wrong("wrong_numbers"), wrong("wrong_checksums"),
               reader["snapshot"].is_string() ? reader["snapshot"].get<std::string>() : "-"});
  }
  table.print(std::cout, color, 2);
  if (outcome.complaints.empty()) {
    std::cout << tools::tinted("Every frame that was taken had its number and its publisher's pixels.", tools::Tint::bold, color) << '\n';
  }
  if (options.validate && outcome.complaints.empty()) std::cout << "Validation messages of the three processes: 0.\n";
  std::cout << '\n';
}

Json to_json(const StreamOutcome& outcome) {
  return {{"publisher", outcome.publisher}, {"readers", outcome.readers}, {"complaints", outcome.complaints}};
}

}  // namespace geyser::demo
