#include "bench/stream/record.hpp"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "bench/revision.hpp"

namespace geyser::bench {
namespace {

[[nodiscard]] std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

Record::Record(std::string path) : path_(std::move(path)) {}

void Record::describe(const std::string& key, const std::string& value) { context_[key] = value; }

nlohmann::ordered_json Record::start(const std::string& name) {
  auto [at, fresh] = known_.try_emplace(name, static_cast<int>(known_.size()), 0);
  nlohmann::ordered_json run;
  run["name"] = name;
  run["run_name"] = name;
  run["run_type"] = "iteration";
  run["family_index"] = at->second.first;
  run["repetition_index"] = at->second.second++;
  run["time_unit"] = "ns";
  return run;
}

void Record::describe_run() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S+00:00", &parts);
  describe("date", date);
  describe("processor", processor_name());
  describe("cores", std::to_string(std::thread::hardware_concurrency()));
  describe("compiler", compiler);
  describe("build", build_type);
  describe("revision", revision);
}

void Record::add(const std::string& name, const Figures& figures) {
  auto run = start(name);
  if (const auto time = figures.find("library_ns"); time != figures.end()) run["real_time"] = time->second;
  std::printf("%-44s", name.c_str());
  for (const auto& [key, value] : figures) {
    run[key] = value;
    std::printf(" %s=%.6g", key.c_str(), value);
  }
  std::puts("");
  std::fflush(stdout);
  runs_.push_back(std::move(run));
}

void Record::add_error(const std::string& name, const std::string& message) {
  auto run = start(name);
  run["error_occurred"] = true;
  run["error_message"] = message;
  std::printf("%-44s %s\n", name.c_str(), message.c_str());
  std::fflush(stdout);
  runs_.push_back(std::move(run));
  failed_ = failed_ || message.starts_with("failed: ");
}

void Record::save(bool complete) const {
  if (path_.empty()) return;
  nlohmann::ordered_json all;
  all["context"] = context_;
  all["context"]["complete"] = complete;
  all["benchmarks"] = runs_;
  std::ofstream file(path_, std::ios::trunc);
  file << all.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  if (!file.flush()) throw std::runtime_error(path_ + " cannot be written");
}

}  // namespace geyser::bench
