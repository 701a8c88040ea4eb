// Identities, capabilities, negotiation.
#include "c/objects.hpp"
#include "geyser/capabilities.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_format_support_list {
  std::vector<geyser::FormatSupport> entries;
  std::vector<std::vector<geyser_modifier>> modifiers;  // of each entry
};
struct geyser_negotiation {
  geyser::Negotiation outcome;
};

geyser_status geyser_uuid_parse(const char* text, geyser_uuid* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(text), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(uuid, geyser::parse_uuid(text));
    *out = from_uuid(uuid);
    return {};
  });
}
geyser_status geyser_uuid_format(const geyser_uuid* uuid, char* buffer, size_t capacity, size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(uuid)},
              [&]() -> Result<void> { return copy_text(geyser::to_string(to_uuid(*uuid)), buffer, capacity, length); });
}
geyser_status geyser_pci_address_parse(const char* text, geyser_pci_address* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(text), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(address, geyser::parse_pci_address(text));
    *out = from_pci(address);
    return {};
  });
}
geyser_status geyser_pci_address_format(const geyser_pci_address* address, char* buffer, size_t capacity, size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(address)},
              [&]() -> Result<void> { return copy_text(geyser::to_string(to_pci(*address)), buffer, capacity, length); });
}
geyser_status geyser_check_same_device(const geyser_device_identity* exporter, const geyser_device_identity* importer) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(exporter), GEYSER_GIVEN(importer)}, [&]() -> Result<void> {
    GEYSER_TAKE(one, to_identity(exporter, "exporter"));
    GEYSER_TAKE(other, to_identity(importer, "importer"));
    return geyser::check_same_device(one, other);
  });
}

geyser_status geyser_manager_identity(const geyser_manager* manager, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return write(out, from_identity(manager->manager.identity()), "out"); });
}
geyser_status geyser_manager_memory_support_count(const geyser_manager* manager, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(manager->manager.capabilities().memory.size());
    return {};
  });
}
geyser_status geyser_manager_memory_support(const geyser_manager* manager, uint32_t index, geyser_memory_support* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const auto& memory = manager->manager.capabilities().memory;
    GEYSER_CHECK(check_index(index, memory.size(), "memory types"));
    geyser_memory_support to{};
    to.type = static_cast<geyser_memory_type>(memory[index].type);
    to.can_export = flag(memory[index].can_export);
    to.can_import = flag(memory[index].can_import);
    to.why_not = memory[index].why_not.c_str();
    return write(out, to, "out");
  });
}
geyser_status geyser_manager_semaphore_support_count(const geyser_manager* manager, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(manager->manager.capabilities().semaphores.size());
    return {};
  });
}
geyser_status geyser_manager_semaphore_support(const geyser_manager* manager, uint32_t index,
                                               geyser_semaphore_support* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const auto& semaphores = manager->manager.capabilities().semaphores;
    GEYSER_CHECK(check_index(index, semaphores.size(), "pairs of kind and type"));
    geyser_semaphore_support to{};
    to.kind = static_cast<geyser_semaphore_kind>(semaphores[index].kind);
    to.type = static_cast<geyser_semaphore_type>(semaphores[index].type);
    to.can_export = flag(semaphores[index].can_export);
    to.can_import = flag(semaphores[index].can_import);
    to.why_not = semaphores[index].why_not.c_str();
    return write(out, to, "out");
  });
}

geyser_status geyser_manager_format_support(const geyser_manager* manager, const geyser_texture_descriptor* descriptor,
                                            geyser_format_support_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(entries, manager->manager.format_support(value));
    auto list = std::make_unique<geyser_format_support_list>();
    list->entries = std::move(entries);
    for (const auto& entry : list->entries) {
      auto& modifiers = list->modifiers.emplace_back();
      for (const auto& modifier : entry.modifiers) modifiers.push_back({modifier.modifier, modifier.memory_planes, 0});
    }
    *out = list.release();
    return {};
  });
}
geyser_status geyser_format_support_list_count(const geyser_format_support_list* list, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(list->entries.size());
    return {};
  });
}
geyser_status geyser_format_support_list_at(const geyser_format_support_list* list, uint32_t index,
                                            geyser_format_support* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->entries.size(), "entries"));
    const auto& entry = list->entries[index];
    geyser_format_support to{};
    to.type = static_cast<geyser_memory_type>(entry.type);
    to.can_export = flag(entry.can_export);
    to.can_import = flag(entry.can_import);
    to.dedicated_required = flag(entry.dedicated_required);
    to.max_extent = from_extent(entry.max_extent);
    to.max_mip_levels = entry.max_mip_levels;
    to.max_array_layers = entry.max_array_layers;
    to.modifier_count = count_of(list->modifiers[index].size());
    to.modifiers = list->modifiers[index].data();
    to.why_not = entry.why_not.c_str();
    return write(out, to, "out");
  });
}
void geyser_format_support_list_destroy(geyser_format_support_list* list) GEYSER_NOEXCEPT { delete list; }

geyser_status geyser_common_modifiers(const geyser_modifier* exporter, uint32_t exporter_count, const geyser_modifier* importer,
                                      uint32_t importer_count, geyser_modifier* out, uint32_t capacity, uint32_t* count) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(count)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_array(exporter, exporter_count, "exporter"));
    GEYSER_CHECK(check_array(importer, importer_count, "importer"));
    GEYSER_CHECK(check_array(out, capacity, "out"));
    std::vector<geyser::ModifierSupport> from;
    std::vector<geyser::ModifierSupport> to;
    from.reserve(exporter_count);
    to.reserve(importer_count);
    for (std::uint32_t i = 0; i < exporter_count; ++i) from.push_back({exporter[i].modifier, exporter[i].memory_planes});
    for (std::uint32_t i = 0; i < importer_count; ++i) to.push_back({importer[i].modifier, importer[i].memory_planes});
    const auto common = geyser::common_modifiers(from, to);
    for (std::size_t i = 0; i < common.size() && i < capacity; ++i) out[i] = {common[i].modifier, common[i].memory_planes, 0};
    *count = count_of(common.size());
    return {};
  });
}

geyser_status geyser_negotiate(const geyser_manager* exporter, const geyser_manager* importer, geyser_negotiation** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(exporter), GEYSER_GIVEN(importer), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(outcome, geyser::negotiate(exporter->manager.capabilities(), importer->manager.capabilities()));
    *out = made<geyser_negotiation>(std::move(outcome));
    return {};
  });
}
geyser_status geyser_negotiation_query(const geyser_negotiation* negotiation, geyser_negotiation_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(negotiation), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const geyser::Negotiation& outcome = negotiation->outcome;
    geyser_negotiation_info to{};
    to.memory = static_cast<geyser_memory_type>(outcome.memory);
    to.semaphore_kind = static_cast<geyser_semaphore_kind>(outcome.semaphore);
    to.semaphore_type = static_cast<geyser_semaphore_type>(outcome.semaphore_handle);
    to.same_device = flag(outcome.same_device);
    to.rejected_count = count_of(outcome.rejected.size());
    return write(out, to, "out");
  });
}
geyser_status geyser_negotiation_rejected(const geyser_negotiation* negotiation, uint32_t index, const char** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(negotiation), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, negotiation->outcome.rejected.size(), "rejected rungs"));
    *out = negotiation->outcome.rejected[index].c_str();
    return {};
  });
}
void geyser_negotiation_destroy(geyser_negotiation* negotiation) GEYSER_NOEXCEPT { delete negotiation; }

geyser_status geyser_explain(const geyser_manager* exporter, const geyser_manager* importer, char* buffer, size_t capacity,
                             size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(exporter), GEYSER_GIVEN(importer)}, [&]() -> Result<void> {
    return copy_text(geyser::explain(exporter->manager.capabilities(), importer->manager.capabilities()), buffer, capacity, length);
  });
}

const char* geyser_memory_type_name(geyser_memory_type type) GEYSER_NOEXCEPT { return name_of<geyser::MemoryHandleType>(type); }
const char* geyser_semaphore_type_name(geyser_semaphore_type type) GEYSER_NOEXCEPT { return name_of<geyser::SemaphoreHandleType>(type); }
const char* geyser_semaphore_kind_name(geyser_semaphore_kind kind) GEYSER_NOEXCEPT { return name_of<geyser::SemaphoreKind>(kind); }
