// geyser doctor: what is missing on this machine and the command that fixes it. The exit code says whether sharing works.
#include <algorithm>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/json.hpp"
#include "tools/common/table.hpp"
#include "tools/geyser/device_list.hpp"
#include "tools/geyser/finding.hpp"
#include "tools/geyser/share_trial.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {
namespace {

using detail::text;

struct Options {
  bool json = false;
};

[[nodiscard]] std::string_view name_of(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::note:
      return "note";
    case Health::warning:
      return "warning";
    case Health::problem:
      return "problem";
  }
  return "unknown";
}

[[nodiscard]] Tint tint_of(Health health) {
  switch (health) {
    case Health::good:
      return Tint::green;
    case Health::note:
      return Tint::dim;
    case Health::warning:
      return Tint::yellow;
    case Health::problem:
      return Tint::red;
  }
  return Tint::plain;
}

struct Verdict {
  std::size_t devices = 0;          // Vulkan devices
  std::size_t sharing_devices = 0;  // of them, those whose trial passed
  std::size_t software_devices = 0;
  bool host = false;  // host memory's trial passed
};

[[nodiscard]] Result<ShareTrial> trial(ListedDevice& device) {
  if (!device.manager) return device.failure->clone();
  device.enter();
  auto second = open_again(device);
  if (!second) return std::move(second).error();
  return try_sharing(*device.manager, *second);
}

/// The mend of the first thing that is wrong with Vulkan so far; without one, a driver is what is missing.
[[nodiscard]] std::string vulkan_fix(const Findings& findings, const Packages& packages) {
  const auto wrong = std::ranges::find_if(findings, [](const Finding& f) {
    return f.check.starts_with("vulkan") && (f.health == Health::problem || f.health == Health::warning) && !f.fix.empty();
  });
  return wrong == findings.end() ? packages.drivers : wrong->fix;
}

[[nodiscard]] Verdict check_devices(Findings& findings, const Packages& packages) {
  Verdict verdict;
  DeviceList list = *list_devices();  // without a selector that is always a list
  if (list.vulkan_failure) {
    findings.push_back({"vulkan devices", Health::problem, std::string(list.vulkan_failure->message()), vulkan_fix(findings, packages)});
  }
  for (auto& device : list.devices) {
    const bool vulkan = device.api == "vulkan";
    verdict.devices += vulkan ? 1 : 0;
    verdict.software_devices += device.software() ? 1 : 0;
    if (vulkan) check_adapter(findings, device.id, device.identity.luid);
    const std::string check = "sharing on " + device.id;
    const std::string name = text(device.identity.name, " (", device.type, ")");
    if (const auto outcome = trial(device)) {
      verdict.sharing_devices += vulkan ? 1 : 0;
      verdict.host = verdict.host || device.api == "host";
      const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(outcome->elapsed).count();
      findings.push_back({check,
                          Health::good,
                          text(name, ": a texture went both ways bit for bit in ", milliseconds, " ms; memory by ",
                               to_string(outcome->memory), ", synchronised by ", to_string(outcome->semaphore)),
                          {}});
    } else {
      findings.push_back({check, Health::problem, text(name, ": ", outcome.error().describe()),
                          "update this device's driver; `geyser devices` says what it lacks"});
    }
  }
  if (!list.vulkan_failure && verdict.devices == 0) {
    findings.push_back({"vulkan devices", Health::problem, "the drivers show no device", vulkan_fix(findings, packages)});
  } else if (verdict.devices != 0 && verdict.devices == verdict.software_devices) {
    findings.push_back({"vulkan devices", Health::note, "all of them are software: everything works, but pixels are made by the CPU", {}});
  }
  return verdict;
}

void print(const Findings& findings, bool color) {
  for (const auto& finding : findings) {
    const std::string word(name_of(finding.health));
    std::cout << tinted(word, tint_of(finding.health), color) << std::string(9 - word.size(), ' ')
              << tinted(finding.check, Tint::bold, color) << ": " << finding.detail << '\n';
    if (!finding.fix.empty()) std::cout << std::string(9, ' ') << "fix: " << finding.fix << '\n';
  }
}

[[nodiscard]] std::string summary(const Verdict& verdict) {
  if (verdict.sharing_devices != 0) {
    return text("Sharing works on ", verdict.sharing_devices, " of ", verdict.devices,
                verdict.devices == 1 ? " Vulkan device" : " Vulkan devices",
                verdict.host ? " and through host memory." : "; host memory does not work.");
  }
  return verdict.host ? "No Vulkan device can share textures here; only host memory works." : "Nothing can be shared here.";
}

[[nodiscard]] ExitCode run(const Options& options) {
  const Packages packages = packages_here();
  Findings findings;
  check_limits(findings);
  check_device_nodes(findings, packages);
  check_vulkan(findings, packages);
  const Verdict verdict = check_devices(findings, packages);
  const bool works = verdict.sharing_devices != 0;
  if (options.json) {
    Json document{{"geyser", version()}, {"system", packages.system}, {"sharing_works", works}, {"summary", summary(verdict)}};
    document["findings"] = Json::array();
    for (const auto& finding : findings) {
      Json entry{{"check", finding.check}, {"health", name_of(finding.health)}, {"detail", finding.detail}};
      entry["fix"] = finding.fix.empty() ? Json(nullptr) : Json(finding.fix);
      document["findings"].push_back(std::move(entry));
    }
    std::cout << dump(document);
  } else {
    const bool color = wants_color(Stream::out);
    std::cout << "geyser " << version() << " on " << packages.system << '\n';
    print(findings, color);
    std::cout << '\n' << tinted(summary(verdict), works ? Tint::green : Tint::red, color) << '\n';
  }
  return works ? ExitCode::success : ExitCode::cannot_share;
}

}  // namespace

void add_doctor(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("doctor", "What is missing on this machine, and the command that fixes it");
  verb->add_flag("--json", options->json, "For programs");
  verb->footer(
      "Shares a small texture on every device and compares every byte; exit code 0 when it works on a Vulkan device, 4 when on none.\n"
      "Examples:\n  geyser doctor\n  geyser doctor --json | jq .findings\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
