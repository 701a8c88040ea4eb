#include "support/devices.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <map>

#include "geyser/host.hpp"
#include "support/drivers.hpp"
#include "support/layer_turns.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

std::string driver_key(const vulkan::DeviceSummary& summary) {
  std::string name = summary.identity.name;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.find("llvmpipe") != std::string::npos || name.find("lavapipe") != std::string::npos) return "lavapipe";
  if (name.find("swiftshader") != std::string::npos) return "swiftshader";
  constexpr std::uint32_t nvidia_vendor = 0x10de;
  if (summary.vendor_id == nvidia_vendor) return "nvidia";
  std::string key;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      key += c;
    } else if (!key.empty() && key.back() != '-') {
      key += '-';
    }
  }
  return key.empty() ? "vulkan" : key;
}

std::vector<DeviceEntry> find_devices() {
  std::vector<DeviceEntry> found;
  DeviceEntry host;
  host.key = "host";
  if (auto manager = host::create_manager()) host.identity = manager->identity();
  found.push_back(std::move(host));
  auto summaries = vulkan::enumerate_devices(driver_under_test());
  if (!summaries) {
    std::cerr << "NO VULKAN DEVICE: " << summaries.error().describe() << "\n";
    return found;
  }
  for (const auto& summary : *summaries) {
    DeviceEntry entry;
    const std::string key = (driver_under_test() != nullptr ? "emulated-" : "") + driver_key(summary);
    entry.key = key;
    const auto taken = [&](const std::string& k) {
      return std::any_of(found.begin(), found.end(), [&](const auto& d) { return d.key == k; });
    };
    for (int n = 1; taken(entry.key); ++n) entry.key = key + "-" + std::to_string(n);
    entry.api = Api::vulkan;
    entry.vulkan = true;
    entry.index = summary.index;
    entry.identity = summary.identity;
    entry.api_version = summary.api_version;
    found.push_back(std::move(entry));
  }
  return found;
}

vulkan::DeviceOptions options_for(const DeviceEntry& entry, bool validation) {
  vulkan::DeviceOptions options;
  options.selector.index = entry.index;
  options.validation = validation;
  options.get_instance_proc_addr = validation ? loader_for_validation() : nullptr;
  if (options.get_instance_proc_addr == nullptr) options.get_instance_proc_addr = driver_under_test();
  options.application_name = "geyser tests";
  return options;
}

std::string probe_validation() {
  for (const auto& entry : devices()) {
    if (!entry.vulkan) continue;
    auto device = vulkan::Device::create(options_for(entry, true));
    if (device) return {};
    if (device.error().code() == Errc::unsupported_feature) {
      std::cerr << "VALIDATION IS OFF: " << device.error().describe() << "\n";
      return device.error().describe();
    }
  }
  return "there is no Vulkan device";
}

}  // namespace

std::string_view to_string(Api api) noexcept {
  switch (api) {
    case Api::host:
      return "host";
    case Api::vulkan:
      return "vulkan";
    case Api::opengl:
      return "opengl";
    case Api::cuda:
      return "cuda";
    case Api::metal:
      return "metal";
    case Api::webgpu:
      return "webgpu";
  }
  return "unknown";
}

ExtraDevices& extra_devices() noexcept {
  static ExtraDevices extra;
  return extra;
}

const std::vector<DeviceEntry>& devices() {
  static const std::vector<DeviceEntry> found = find_devices();
  return found;
}

std::vector<std::string>& missing_devices() {
  static std::vector<std::string> all;
  return all;
}

const std::vector<DeviceEntry>& all_devices() {
  static const std::vector<DeviceEntry> found = [] {
    std::vector<DeviceEntry> all = devices();
    std::vector<DeviceEntry> partners;
    for (const auto& entry : all) {
      if (entry.vulkan) partners.push_back(entry);
    }
    for (auto* find : {&find_opengl, &find_cuda}) {
      for (auto& entry : (*find)(partners)) all.push_back(std::move(entry));
    }
    if (extra_devices().find != nullptr) {
      for (auto& entry : extra_devices().find()) all.push_back(std::move(entry));
    }
    return all;
  }();
  return found;
}

const DeviceEntry* find_device(std::string_view key) {
  // Most programs ask for devices of Vulkan, and need no context of another API made for the answer.
  for (const auto& entry : devices()) {
    if (entry.key == key) return &entry;
  }
  for (const auto& entry : all_devices()) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Result<Capabilities> capabilities_of(const DeviceEntry& entry) {
  static std::map<std::string, Capabilities> known;
  if (const auto at = known.find(entry.key); at != known.end()) return at->second;
  auto participant = Participant::open(entry);
  if (!participant) return std::move(participant).error();
  return known.emplace(entry.key, (*participant)->manager().capabilities()).first->second;
}

const std::string& validation_missing() {
  static const std::string reason = probe_validation();
  return reason;
}

Result<std::unique_ptr<Participant>> Participant::open(const DeviceEntry& entry) {
  std::unique_ptr<Participant> participant(new Participant(entry));
  const DeviceEntry* device_entry = entry.vulkan ? &entry : entry.partner.empty() ? nullptr : find_device(entry.partner);
  if (device_entry != nullptr) {
    auto device = vulkan::Device::create(options_for(*device_entry, validation_missing().empty()));
    if (!device) return std::move(device).error();
    participant->device_ = std::move(*device);
  }
  if (participant->device_ && !entry.vulkan) {
    auto partner = participant->device_->create_manager();
    if (!partner) return std::move(partner).error();
    participant->partner_ = std::move(*partner);
  }
  if (entry.api == Api::metal || entry.api == Api::webgpu) {
    auto side = extra_devices().open(entry);
    if (!side) return std::move(side).error();
    participant->side_ = std::move(*side);
  } else if (entry.api == Api::opengl || entry.api == Api::cuda) {
    auto side = entry.api == Api::opengl ? open_opengl(entry) : open_cuda(entry);
    if (!side) return std::move(side).error();
    participant->side_ = std::move(*side);
  }
  auto manager = participant->second_manager();
  if (!manager) return std::move(manager).error();
  participant->manager_ = std::move(*manager);
  return participant;
}

void Participant::enter() const noexcept {
  if (side_) side_->enter();
}

Result<TextureShareManager> Participant::second_manager() const {
  enter();
  if (side_) return side_->create_manager(partner_ ? &*partner_ : nullptr);
  return device_ ? device_->create_manager() : host::create_manager();
}

std::uint64_t Participant::validation_messages() const noexcept {
  return (device_ ? device_->validation_messages() + driver_complaints() : 0) + (side_ ? side_->messages() : 0);
}

Quiet::Quiet(std::vector<const Participant*> participants) : participants_(std::move(participants)), mark_(log_mark()) {
  for (const auto* p : participants_) before_.push_back(p->validation_messages());
}

Quiet::~Quiet() {
  std::string why;
  for (std::size_t i = 0; i < participants_.size(); ++i) {
    const std::uint64_t n = participants_[i]->validation_messages() - before_[i];
    if (n != 0) why += std::to_string(n) + " validation message(s) on " + participants_[i]->entry().key + ". ";
  }
  for (const auto& line : lines_since(mark_, LogLevel::error)) why += "\n  logged: " + line.text;
  if (!why.empty()) ADD_FAILURE() << why;
}

}  // namespace geyser::test
