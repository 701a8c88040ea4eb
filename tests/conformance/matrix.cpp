// The run as JSON, one file a machine: what scripts/support_matrix.py turns into docs/support_matrix.md.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/message.hpp"
#include "pair.hpp"

namespace geyser::test {
namespace {

using Json = nlohmann::ordered_json;

std::string version(std::uint32_t value) {
  return detail::text(VK_API_VERSION_MAJOR(value), ".", VK_API_VERSION_MINOR(value), ".", VK_API_VERSION_PATCH(value));
}

Json describe_device(const DeviceEntry& entry) {
  Json device;
  device["key"] = entry.key;
  device["backend"] = to_string(entry.api);
  device["name"] = entry.identity.name;
  device["driver"] = entry.identity.driver;
  if (!entry.partner.empty()) device["partner"] = entry.partner;
  if (entry.vulkan) device["api_version"] = version(entry.api_version);
  auto participant = Participant::open(entry);
  if (!participant) {
    device["error"] = participant.error().describe();
    return device;
  }
  const Capabilities& capabilities = (*participant)->manager().capabilities();
  device["memory"] = Json::array();
  for (const auto& m : capabilities.memory) {
    device["memory"].push_back({{"type", to_string(m.type)}, {"export", m.can_export}, {"import", m.can_import}, {"why_not", m.why_not}});
  }
  device["semaphores"] = Json::array();
  for (const auto& s : capabilities.semaphores) {
    device["semaphores"].push_back({{"kind", to_string(s.kind)},
                                    {"type", to_string(s.type)},
                                    {"export", s.can_export},
                                    {"import", s.can_import},
                                    {"why_not", s.why_not}});
  }
  return device;
}

}  // namespace

Result<void> write_matrix(const std::string& file, const std::string& date, const std::string& machine) {
  Json root;
  root["date"] = date;
  root["machine"] = machine;
  root["validation"] = validation_missing().empty() ? "on" : validation_missing();
  const auto records = ledger().records();
  root["devices"] = Json::array();
  for (const auto& entry : all_devices()) {
    const bool used =
        std::any_of(records.begin(), records.end(), [&](const auto& r) { return r.exporter == entry.key || r.importer == entry.key; });
    if (used) root["devices"].push_back(describe_device(entry));
  }
  // Content cases by format, handle type and outcome: "shared" lists kinds, the others say why. Everything else one by one.
  root["formats"] = Json::object();
  root["pairs"] = Json::object();
  root["cases"] = Json::array();
  for (const auto& r : records) {
    if (r.suite == "content") {
      Json& format =
          r.exporter == r.importer ? root["formats"][r.exporter][r.format] : root["pairs"][r.exporter + " -> " + r.importer][r.format];
      if (r.outcome == Outcome::passed) {
        format["shared"][r.handle].push_back(r.kind);
      } else {
        format[std::string(to_string(r.outcome))][r.kind] = r.why;
      }
      continue;
    }
    Json made{{"exporter", r.exporter}, {"importer", r.importer}, {"suite", r.suite},
              {"kind", r.kind},         {"handle", r.handle},     {"outcome", to_string(r.outcome)}};
    if (!r.why.empty()) made["why"] = r.why;
    root["cases"].push_back(std::move(made));
  }
  root["counts"] = Json::object();
  for (const auto& r : records) {
    Json& count = root["counts"][r.exporter + " -> " + r.importer][std::string(to_string(r.outcome))];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  std::ofstream out(file);
  out << root.dump(1) << "\n";
  if (!out.flush()) return Error(Errc::os_error, "the matrix cannot be written to " + file);
  return {};
}

}  // namespace geyser::test
