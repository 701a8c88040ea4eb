#include "tools/common/json.hpp"

namespace geyser::tools {
namespace {

template <class Support>
void add_directions(Json& json, const Support& support) {
  json["export"] = support.can_export;
  json["import"] = support.can_import;
  if (!support.why_not.empty()) json["why_not"] = support.why_not;
}

}  // namespace

std::string luid_text(const std::array<std::uint8_t, 8>& luid) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : luid) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

Json to_json(const DeviceIdentity& identity) {
  Json json;
  json["name"] = identity.name;
  json["driver"] = identity.driver;
  json["device_uuid"] = to_string(identity.device_uuid);
  json["driver_uuid"] = to_string(identity.driver_uuid);
  json["luid"] = identity.luid ? Json(luid_text(*identity.luid)) : Json(nullptr);
  json["pci"] = identity.pci ? Json(to_string(*identity.pci)) : Json(nullptr);
  return json;
}

Json to_json(const Capabilities& capabilities) {
  Json json;
  json["memory"] = Json::array();
  for (const auto& support : capabilities.memory) {
    Json entry{{"type", to_string(support.type)}};
    add_directions(entry, support);
    json["memory"].push_back(std::move(entry));
  }
  json["semaphores"] = Json::array();
  for (const auto& support : capabilities.semaphores) {
    Json entry{{"kind", to_string(support.kind)}, {"type", to_string(support.type)}};
    add_directions(entry, support);
    json["semaphores"].push_back(std::move(entry));
  }
  return json;
}

Json to_json(const Error& error) {
  Json json{{"code", to_string(error.code())}, {"message", error.message()}};
  if (error.domain() != ErrorDomain::none) {
    json["domain"] = to_string(error.domain());
    json["native_code"] = error.native_code();
  }
  json["trail"] = Json::array();
  for (const auto& step : error.trail()) json["trail"].push_back(step);
  return json;
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace geyser::tools
