#include "geyser/capabilities.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/device_difference.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser {
namespace {

using detail::text;

using detail::device_independent;

[[nodiscard]] std::string rung_name(const MemoryHandleSupport& rung) { return std::string(to_string(rung.type)); }
[[nodiscard]] std::string rung_name(const SemaphoreHandleSupport& rung) { return text(to_string(rung.kind), " ", to_string(rung.type)); }

[[nodiscard]] bool same_rung(const MemoryHandleSupport& a, const MemoryHandleSupport& b) noexcept { return a.type == b.type; }
[[nodiscard]] bool same_rung(const SemaphoreHandleSupport& a, const SemaphoreHandleSupport& b) noexcept {
  return a.kind == b.kind && a.type == b.type;
}

template <class Support>
[[nodiscard]] const Support* find_rung(const std::vector<Support>& list, const Support& wanted) noexcept {
  const auto found = std::ranges::find_if(list, [&](const Support& s) { return same_rung(s, wanted); });
  return found == list.end() ? nullptr : &*found;
}

[[nodiscard]] std::string refusal(std::string_view who, std::string_view verb, std::string_view why_not) {
  return why_not.empty() ? text("the ", who, " cannot ", verb, " it") : text("the ", who, " cannot ", verb, " it: ", why_not);
}

/// Why a rung cannot be used; `only_the_device` when everything but the device matches.
struct Verdict {
  std::string reason;  // empty: it can be used
  bool only_the_device = false;
};

/// Either side may not know the rung (null).
template <class Support>
[[nodiscard]] Verdict judge(const Support* exporter, const Support* importer, const std::string& difference) {
  if (exporter == nullptr) return {"the exporter does not know it"};
  if (!exporter->can_export) return {refusal("exporter", "export", exporter->why_not)};
  if (importer == nullptr) return {"the importer does not know it"};
  if (!importer->can_import) return {refusal("importer", "import", importer->why_not)};
  if (!difference.empty() && !device_independent(exporter->type)) return {difference, true};
  return {};
}

/// The first rung of the exporter's list that both sides can use; reasons of those before it go to `rejected`.
template <class Support>
[[nodiscard]] const Support* choose(const std::vector<Support>& exporter, const std::vector<Support>& importer,
                                    const std::string& difference, std::vector<std::string>& rejected, bool& only_the_device) {
  for (const Support& rung : exporter) {
    Verdict verdict = judge(&rung, find_rung(importer, rung), difference);
    if (verdict.reason.empty()) return &rung;
    only_the_device = only_the_device || verdict.only_the_device;
    rejected.push_back(text(rung_name(rung), ": ", verdict.reason));
  }
  return nullptr;
}

[[nodiscard]] Error none_chosen(std::string_view what, const std::vector<std::string>& rejected, bool only_the_device) {
  std::string reasons;
  for (const std::string& reason : rejected) reasons += text(reasons.empty() ? "" : "; ", reason);
  if (reasons.empty()) reasons = "the exporter lists none";
  return Error(only_the_device ? Errc::device_mismatch : Errc::unsupported_handle,
               text("No ", what, " handle type can pass from the exporter to the importer: ", reasons, "."));
}

template <class Support>
void explain_rungs(std::string& out, std::string_view what, const std::vector<Support>& exporter, const std::vector<Support>& importer,
                   const std::string& difference) {
  const auto line = [&](const Support& rung, const Support* from, const Support* to) {
    const Verdict verdict = judge(from, to, difference);
    out += text(what, " ", rung_name(rung), ": ", verdict.reason.empty() ? "yes" : "no, " + verdict.reason, "\n");
  };
  for (const Support& rung : exporter) line(rung, &rung, find_rung(importer, rung));
  for (const Support& rung : importer) {
    if (find_rung(exporter, rung) == nullptr) line(rung, nullptr, &rung);
  }
}

template <class Support, class Match>
[[nodiscard]] bool any_of(const std::vector<Support>& list, bool Support::* can, Match match) noexcept {
  return std::ranges::any_of(list, [&](const Support& s) { return s.*can && match(s); });
}

}  // namespace

std::string_view to_string(MemoryHandleType type) noexcept {
  switch (type) {
    case MemoryHandleType::none:
      return "none";
    case MemoryHandleType::opaque_fd:
      return "opaque_fd";
    case MemoryHandleType::dma_buf:
      return "dma_buf";
    case MemoryHandleType::shared_memory:
      return "shared_memory";
    case MemoryHandleType::opaque_win32:
      return "opaque_win32";
    case MemoryHandleType::d3d11_texture:
      return "d3d11_texture";
    case MemoryHandleType::d3d12_resource:
      return "d3d12_resource";
    case MemoryHandleType::io_surface:
      return "io_surface";
    case MemoryHandleType::metal_texture:
      return "metal_texture";
  }
  return "unknown";
}

std::string_view to_string(SemaphoreHandleType type) noexcept {
  switch (type) {
    case SemaphoreHandleType::none:
      return "none";
    case SemaphoreHandleType::opaque_fd:
      return "opaque_fd";
    case SemaphoreHandleType::sync_fd:
      return "sync_fd";
    case SemaphoreHandleType::host_page:
      return "host_page";
    case SemaphoreHandleType::opaque_win32:
      return "opaque_win32";
    case SemaphoreHandleType::d3d12_fence:
      return "d3d12_fence";
    case SemaphoreHandleType::metal_shared_event:
      return "metal_shared_event";
  }
  return "unknown";
}

std::string_view to_string(SemaphoreKind kind) noexcept {
  switch (kind) {
    case SemaphoreKind::timeline:
      return "timeline";
    case SemaphoreKind::binary:
      return "binary";
    case SemaphoreKind::host_timeline:
      return "host_timeline";
  }
  return "unknown";
}

bool Capabilities::exports(MemoryHandleType type) const noexcept {
  return any_of(memory, &MemoryHandleSupport::can_export, [type](const auto& s) { return s.type == type; });
}
bool Capabilities::imports(MemoryHandleType type) const noexcept {
  return any_of(memory, &MemoryHandleSupport::can_import, [type](const auto& s) { return s.type == type; });
}
bool Capabilities::exports(SemaphoreKind kind, SemaphoreHandleType type) const noexcept {
  return any_of(semaphores, &SemaphoreHandleSupport::can_export, [=](const auto& s) { return s.kind == kind && s.type == type; });
}
bool Capabilities::imports(SemaphoreKind kind, SemaphoreHandleType type) const noexcept {
  return any_of(semaphores, &SemaphoreHandleSupport::can_import, [=](const auto& s) { return s.kind == kind && s.type == type; });
}

Result<Negotiation> negotiate(const Capabilities& exporter, const Capabilities& importer) {
  return detail::guard([&]() -> Result<Negotiation> {
    const std::string difference = detail::device_difference(exporter.identity, importer.identity);
    Negotiation outcome;
    outcome.same_device = difference.empty();

    bool only_the_device = false;
    const auto* memory = choose(exporter.memory, importer.memory, difference, outcome.rejected, only_the_device);
    if (memory == nullptr) return none_chosen("memory", outcome.rejected, only_the_device);
    outcome.memory = memory->type;

    std::vector<std::string> rejected;
    only_the_device = false;
    const auto* semaphore = choose(exporter.semaphores, importer.semaphores, difference, rejected, only_the_device);
    if (semaphore == nullptr) return none_chosen("semaphore", rejected, only_the_device);
    outcome.semaphore = semaphore->kind;
    outcome.semaphore_handle = semaphore->type;
    outcome.rejected.insert(outcome.rejected.end(), rejected.begin(), rejected.end());
    return outcome;
  });
}

std::vector<ModifierSupport> common_modifiers(std::span<const ModifierSupport> exporter, std::span<const ModifierSupport> importer) {
  std::vector<ModifierSupport> both;
  std::ranges::copy_if(exporter, std::back_inserter(both),
                       [importer](const ModifierSupport& m) { return std::ranges::find(importer, m) != importer.end(); });
  return both;
}

std::string explain(const Capabilities& exporter, const Capabilities& importer) {
  const std::string difference = detail::device_difference(exporter.identity, importer.identity);
  std::string out;
  explain_rungs(out, "memory", exporter.memory, importer.memory, difference);
  explain_rungs(out, "semaphore", exporter.semaphores, importer.semaphores, difference);
  return out;
}

}  // namespace geyser
