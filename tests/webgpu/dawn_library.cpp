#include "webgpu/dawn_library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

// As in every webgpu.h so far; this file is the same for all of them.
struct StringView {
  const char* data;
  std::size_t length;
};
using Proc = void (*)();
using GetProcAddress = Proc (*)(StringView);

struct Loaded {
  std::map<std::string, void*, std::less<>> symbols;
  GetProcAddress get_proc_address = nullptr;
  std::string missing;
};

bool wanted(std::string_view name) { return name.starts_with("wgpu") || name == "dawnProcSetProcs" || name.starts_with("_ZN4dawn6native"); }

// The functions are hidden in newer addons, but the addon is not stripped: its symbol table says where they lie.
std::string read_symbols(const std::string& path, std::uintptr_t base, Loaded& loaded) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<char> bytes(file ? static_cast<std::size_t>(file.tellg()) : 0);
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto at = [&]<class T>(std::uint64_t offset, std::uint64_t index, T*) -> const T* {
    return offset + (index + 1) * sizeof(T) <= bytes.size() ? reinterpret_cast<const T*>(bytes.data() + offset) + index : nullptr;
  };
  const auto* header = at(0, 0, static_cast<Elf64_Ehdr*>(nullptr));
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return path + " is no ELF file";
  for (std::uint64_t s = 0; s < header->e_shnum; ++s) {
    const auto* section = at(header->e_shoff, s, static_cast<Elf64_Shdr*>(nullptr));
    if (section == nullptr || section->sh_type != SHT_SYMTAB) continue;
    const auto* names = at(header->e_shoff, section->sh_link, static_cast<Elf64_Shdr*>(nullptr));
    if (names == nullptr) continue;
    for (std::uint64_t i = 0; i < section->sh_size / sizeof(Elf64_Sym); ++i) {
      const auto* symbol = at(section->sh_offset, i, static_cast<Elf64_Sym*>(nullptr));
      if (symbol == nullptr || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_value == 0) continue;
      const std::uint64_t start = names->sh_offset + symbol->st_name;
      if (start >= bytes.size()) continue;
      const char* name = bytes.data() + start;
      if (wanted(name)) loaded.symbols.emplace(name, reinterpret_cast<void*>(base + symbol->st_value));
    }
  }
  return {};
}

Loaded load() {
  Loaded loaded;
  const char* given = std::getenv(GEYSER_DAWN_VARIABLE);
  const std::string path = given != nullptr && *given != '\0' ? given : GEYSER_DAWN_DEFAULT;
  // The stubs in this library must be seen by the addon, also where this library itself was opened for one program's own use only.
  Dl_info self{};
  if (::dladdr(reinterpret_cast<void*>(&geyser_test_dawn_missing), &self) != 0) {
    ::dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  }
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: drivers leave threads behind
  link_map* map = nullptr;
  if (handle == nullptr || ::dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
    const char* why = ::dlerror();
    loaded.missing = "Dawn's library cannot be opened (scripts/dawn fetches it, " GEYSER_DAWN_VARIABLE " names another): " +
                     std::string(why != nullptr ? why : path);
    return loaded;
  }
  loaded.missing = read_symbols(path, map->l_addr, loaded);
  if (!loaded.missing.empty()) return loaded;
  const auto find = [&](const char* name) -> void* {
    const auto found = loaded.symbols.find(name);
    return found == loaded.symbols.end() ? nullptr : found->second;
  };
  auto* get = reinterpret_cast<GetProcAddress>(find("wgpuGetProcAddress"));
  auto* set = reinterpret_cast<void (*)(const void*)>(find("dawnProcSetProcs"));
  auto* native = reinterpret_cast<const void* (*)()>(find("_ZN4dawn6native8GetProcsEv"));
  if (get == nullptr || set == nullptr || native == nullptr) {
    loaded.missing = path + " has not the functions by which Node's addon reaches Dawn";
    return loaded;
  }
  set(native());  // the addon's own functions go through a table that Node's side fills
  loaded.get_proc_address = get;
  return loaded;
}

const Loaded& dawn() {
  static const auto* loaded = new Loaded(load());
  return *loaded;
}

}  // namespace

extern "C" {

const char* geyser_test_dawn_missing() { return dawn().missing.empty() ? nullptr : dawn().missing.c_str(); }

void* geyser_test_dawn_symbol(const char* name) {
  const auto found = dawn().symbols.find(std::string_view(name));
  return found == dawn().symbols.end() ? nullptr : found->second;
}

__attribute__((visibility("default"))) Proc wgpuGetProcAddress(StringView name);
Proc wgpuGetProcAddress(StringView name) { return dawn().get_proc_address != nullptr ? dawn().get_proc_address(name) : nullptr; }
}
