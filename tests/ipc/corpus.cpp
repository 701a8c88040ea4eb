#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "messages.hpp"
#include "peers.hpp"

namespace geyser::test {
namespace {

/// Named by its content, as libFuzzer names inputs closely enough: equal inputs are one file.
bool write_input(const std::filesystem::path& folder, const std::vector<std::byte>& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const std::byte byte : bytes) hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
  std::array<char, 17> name{};
  std::snprintf(name.data(), name.size(), "%016llx", static_cast<unsigned long long>(hash));
  std::ofstream file(folder / name.data(), std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int write_corpus(const std::string& folder) {
  const std::filesystem::path root(folder);
  std::filesystem::create_directories(root / "message");
  std::filesystem::create_directories(root / "announcement");
  Random random(seed_for("corpus"));
  for (std::size_t kind = 0; kind < message_kinds; ++kind) {
    for (int i = 0; i < 3; ++i) {
      const ipc::Message message = random_message(random, kind, 12);
      auto encoded = ipc::encode(message);
      if (!encoded) return std::cerr << encoded.error().describe() << "\n", 1;
      // As fuzz_message.cpp reads it: how many handles, that all are memory, the message.
      std::vector<std::byte> input{static_cast<std::byte>(encoded->handles.size()), std::byte{0}};
      input.insert(input.end(), encoded->bytes.begin(), encoded->bytes.end());
      if (!write_input(root / "message", input)) return std::cerr << "cannot write to " << folder << "\n", 1;
    }
  }
  for (int i = 0; i < 6; ++i) {
    auto bytes = ipc::encode_announcement(random_stream(random, 12));
    if (!bytes) return std::cerr << bytes.error().describe() << "\n", 1;
    if (!write_input(root / "announcement", *bytes)) return std::cerr << "cannot write to " << folder << "\n", 1;
  }
  return 0;
}

}  // namespace geyser::test
