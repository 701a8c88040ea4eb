#include "tools/geyser/share_trial.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tools/common/pattern.hpp"

namespace geyser::tools {
namespace {

constexpr std::uint32_t side = 64;
constexpr std::chrono::seconds patience{5};

[[nodiscard]] Result<void> expect_bytes(TextureShareManager& reader, SharedTexture& texture, const std::vector<std::byte>& wanted,
                                        std::string_view who) {
  std::vector<std::byte> seen(wanted.size(), std::byte{0xcd});  // poisoned: bytes that nobody wrote show
  if (auto ok = reader.read_back(texture, {}, seen); !ok)
    return std::move(ok).with_context(std::string("reading back on the ") + std::string(who));
  if (seen == wanted) return {};
  const auto differing = std::ranges::mismatch(seen, wanted).in1 - seen.begin();
  return Error(Errc::internal, std::string("The ") + std::string(who) + " sees other bytes than were written, first at byte " +
                                   std::to_string(differing) + "; the driver does not share this memory correctly.");
}

}  // namespace

Result<ShareTrial> try_sharing(TextureShareManager& exporter, TextureShareManager& importer) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::byte> first = make_pattern(Pattern::smpte, side, side).rgba;
  const std::vector<std::byte> second = make_pattern(Pattern::checker, side, side).rgba;

  TextureDescriptor descriptor;
  descriptor.extent = {side, side};
  descriptor.format = TextureFormat::rgba8_unorm;
  descriptor.label = "doctor";
  auto texture = exporter.create_shareable_texture(descriptor);
  if (!texture) return std::move(texture).error();
  auto ready = exporter.create_shared_semaphore();
  if (!ready) return std::move(ready).error();
  if (auto ok = exporter.attach_semaphore(*texture, *ready); !ok) return std::move(ok).error();
  auto handle = exporter.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto imported = importer.import_texture(*std::move(handle));
  if (!imported) return std::move(imported).error();

  if (auto ok = exporter.upload(*texture, {}, first); !ok) return std::move(ok).error();
  if (auto point = exporter.signal_texture_ready(*texture); !point) return std::move(point).error();
  if (auto value = importer.wait_for_texture(*imported, patience); !value) return std::move(value).error();
  if (auto ok = expect_bytes(importer, *imported, first, "importer"); !ok) return std::move(ok).error();

  if (auto ok = importer.upload(*imported, {}, second); !ok) return std::move(ok).error();
  if (auto ok = expect_bytes(exporter, *texture, second, "exporter"); !ok) return std::move(ok).error();
  return ShareTrial{texture->handle_type(), ready->kind(), std::chrono::steady_clock::now() - start};
}

}  // namespace geyser::tools
