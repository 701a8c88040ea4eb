// The figures of a run, as Google Benchmark would write them.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <utility>

namespace geyser::bench {

/// One repetition of one case. The keys that scripts/bench_report.py looks for: library_ns, floor_ns, ratio; the rest is in each case's
/// file.
using Figures = std::map<std::string, double>;

class Record {
 public:
  /// `path` empty: nothing is written.
  explicit Record(std::string path);
  void describe(const std::string& key, const std::string& value);
  /// When, on what processor, and what was built.
  void describe_run();
  /// Adds a repetition, and says so in one line of standard output.
  void add(const std::string& name, const Figures& figures);
  /// A case that failed, or that this device cannot do ("skipped: ...").
  void add_error(const std::string& name, const std::string& message);
  /// Writes all there is so far, so that a run that is stopped leaves what it has.
  void save(bool complete) const;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  [[nodiscard]] nlohmann::ordered_json start(const std::string& name);
  std::string path_;
  nlohmann::ordered_json context_ = nlohmann::ordered_json::object();
  nlohmann::ordered_json runs_ = nlohmann::ordered_json::array();
  std::map<std::string, std::pair<int, int>> known_;  // family, repetitions so far
  bool failed_ = false;
};

}  // namespace geyser::bench
