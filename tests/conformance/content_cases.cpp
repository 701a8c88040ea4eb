// Every format in every kind: all levels, layers and planes, in both directions, bit for bit.
#include <algorithm>

#include "pair.hpp"

namespace geyser::test {
namespace {

using Bytes = std::vector<std::byte>;

struct Subresource {
  TextureRegion region;
  RegionLayout layout;
  Bytes bytes;  // what it must hold
};

Result<std::vector<Subresource>> subresources_of(const TextureDescriptor& descriptor) {
  std::vector<Subresource> all;
  for (const auto& region : all_subresources(descriptor)) {
    auto layout = region_layout(descriptor, region);
    if (!layout) return std::move(layout).error();
    all.push_back({region, *layout, {}});
  }
  return all;
}

std::string place(const TextureRegion& region) {
  return "level " + std::to_string(region.mip_level) + ", layer " + std::to_string(region.array_layer) + ", plane " +
         std::to_string(region.plane);
}

// A part of the subresource that touches no edge where there is room for that, on block boundaries.
TextureRegion inner_region(const FormatInfo& format, const Subresource& whole) {
  const auto inner = [](std::uint32_t size, std::uint32_t block) {
    const std::uint32_t blocks = (size + block - 1) / block;
    const std::uint32_t first = blocks / 3;
    const std::uint32_t count = std::max(1U, blocks / 2 - blocks / 6);
    // The last block may hang over the edge; a region that ends there ends with the texture.
    const std::uint32_t end = std::min(size, (first + count) * block);
    return std::pair{first * block, end - first * block};
  };
  TextureRegion part = whole.region;
  const auto [x, width] = inner(whole.layout.extent.width, format.block_width);
  const auto [y, height] = inner(whole.layout.extent.height, format.block_height);
  const auto [z, depth] = inner(whole.layout.extent.depth, 1);
  part.offset = {x, y, z};
  part.extent = Extent3D{width, height, depth};
  return part;
}

class ContentCase {
 public:
  ContentCase(Exchange& exchange, const FormatInfo& format, Random& random) : exchange_(exchange), format_(format), random_(random) {}

  void run() {
    auto all = subresources_of(exchange_.texture(Who::exporter).descriptor());
    ASSERT_TRUE(ok(all));
    all_ = std::move(*all);
    unwritten_is_refused();
    for (const Who writer : {Who::exporter, Who::importer}) {
      SCOPED_TRACE(writer == Who::exporter ? "the exporter writes" : "the importer writes");
      ASSERT_NO_FATAL_FAILURE(write_all(writer));
      ASSERT_NO_FATAL_FAILURE(read_all(other(writer)));
    }
    for (const Who writer : {Who::exporter, Who::importer}) {
      SCOPED_TRACE(writer == Who::exporter ? "the exporter writes a part" : "the importer writes a part");
      ASSERT_NO_FATAL_FAILURE(write_part(writer));
    }
  }

 private:
  void unwritten_is_refused() {
    Bytes bytes(all_[0].layout.total_bytes);
    EXPECT_TRUE(fails(exchange_.read(Who::importer, all_[0].region, bytes), Errc::not_initialized));
  }

  void write_all(Who writer) {
    for (auto& sub : all_) {
      sub.bytes = random_content(random_, format_, sub.region.plane, sub.layout.total_bytes);
      ASSERT_TRUE(ok(exchange_.write(writer, sub.region, sub.bytes, &sub == &all_.back()))) << place(sub.region);
    }
  }

  void read_all(Who reader) {
    for (const auto& sub : all_) {
      Bytes found(sub.layout.total_bytes);
      poison(found);
      ASSERT_TRUE(ok(exchange_.read(reader, sub.region, found))) << place(sub.region);
      ASSERT_TRUE(same_content(format_, sub.region.plane, sub.bytes, found)) << place(sub.region);
    }
  }

  // One part of one level and layer in every plane: the rest of the subresource keeps its content, and a part is read back as that part.
  void write_part(Who writer) {
    const auto& descriptor = exchange_.texture(writer).descriptor();
    const std::uint32_t layer = random_.below(descriptor.array_layers);
    for (auto& sub : all_) {
      if (sub.region.mip_level != 0 || sub.region.array_layer != layer) continue;
      const TextureRegion part = inner_region(format_, sub);
      auto layout = region_layout(descriptor, part);
      ASSERT_TRUE(ok(layout)) << place(part);
      const Bytes fresh = random_content(random_, format_, part.plane, layout->total_bytes);
      ASSERT_TRUE(ok(exchange_.write(writer, part, fresh))) << place(part);
      paste(format_, part, sub.layout, *layout, fresh, sub.bytes);

      Bytes whole(sub.layout.total_bytes);
      poison(whole);
      ASSERT_TRUE(ok(exchange_.read(other(writer), sub.region, whole))) << place(part);
      ASSERT_TRUE(same_content(format_, part.plane, sub.bytes, whole)) << place(part) << ", the whole after writing a part";

      Bytes found(layout->total_bytes);
      poison(found);
      ASSERT_TRUE(ok(exchange_.read(other(writer), part, found))) << place(part);
      ASSERT_TRUE(same_content(format_, part.plane, cut(format_, part, sub.layout, *layout, sub.bytes), found))
          << place(part) << ", the part";
    }
  }

  Exchange& exchange_;
  const FormatInfo& format_;
  Random& random_;
  std::vector<Subresource> all_;
};

void skip(CaseRecord record, std::string why) {
  record.outcome = Outcome::skipped;
  record.why = std::move(why);
  ledger().add(std::move(record));
}

const FormatSupport* find(const std::vector<FormatSupport>& all, MemoryHandleType type) {
  for (const auto& s : all) {
    if (s.type == type) return &s;
  }
  return nullptr;
}

// What format_support() calls impossible must be refused cleanly by creation too.
void expect_refusal(Pair& pair, const TextureDescriptor& descriptor, MemoryHandleType type) {
  const std::size_t before = open_descriptors();
  {
    auto refused = pair.exporter().manager().create_shareable_texture(descriptor, {.handle_type = type});
    ASSERT_FALSE(refused.has_value()) << describe(descriptor) << " is created although format_support() says that it cannot be exported";
    const Errc code = refused.error().code();
    EXPECT_TRUE(code == Errc::unsupported_format || code == Errc::unsupported_handle || code == Errc::limit_exceeded ||
                code == Errc::unsupported_feature)
        << refused.error().describe();
  }
  EXPECT_EQ(open_descriptors(), before);
}

bool is_named_refusal(const Error& error) {
  const bool named =
      error.code() == Errc::unsupported_format || error.code() == Errc::unsupported_handle || error.code() == Errc::limit_exceeded;
  return named && !error.message().empty();
}

// CUDA's and WebGPU's block-compressed textures are whole blocks.
TextureDescriptor descriptor_for(const Pair& pair, const FormatInfo& format, Kind kind) {
  TextureDescriptor descriptor = descriptor_of(format.format, kind);
  const auto whole = [](Api api) { return api == Api::cuda || api == Api::webgpu; };
  if (!(whole(pair.exporter_entry().api) || whole(pair.importer_entry().api)) || format.block_width == 1) return descriptor;
  const auto up = [](std::uint32_t size, std::uint32_t block) { return (size + block - 1) / block * block; };
  descriptor.extent.width = up(descriptor.extent.width, format.block_width);
  descriptor.extent.height = up(descriptor.extent.height, format.block_height);
  return descriptor;
}

void run_case(Pair& pair, CaseRecord record, const TextureDescriptor& descriptor, const CreateOptions& options, const FormatInfo& format,
              Random& random) {
  auto link = pair.link();
  ASSERT_TRUE(ok(link));
  const std::size_t before = open_descriptors();
  auto exchange = Exchange::create(**link, descriptor, options);
  if (!exchange && (pair.across() || options.linear) && is_named_refusal(exchange.error())) {
    // OpenGL's and CUDA's drivers can only be asked with a texture in hand; floors say how often they must agree.
    EXPECT_EQ(open_descriptors(), before) << exchange.error().describe();
    record.outcome = Outcome::refused;
    record.why = exchange.error().describe();
    ledger().add(std::move(record));
    return;
  }
  record_case(pair, std::move(record), [&] {
    ASSERT_TRUE(ok(exchange));
    ContentCase(*exchange, format, random).run();
  });
}

void run_kind(Pair& pair, const FormatInfo& format, Kind kind, Random& random) {
  const TextureDescriptor descriptor = descriptor_for(pair, format, kind);
  const std::string format_name(format.name);
  const std::string kind_name(to_string(kind));
  if (auto valid = validate(descriptor); !valid) {
    // The rule is the same on every device and its tests are in tests/unit; here it only explains why nothing ran.
    skip(pair.record("content", format_name, kind_name, {}), "no device may have this format as " + kind_name);
    return;
  }
  auto exporter = pair.exporter().manager().format_support(descriptor);
  auto importer = pair.importer().manager().format_support(descriptor);
  ASSERT_TRUE(ok(exporter));
  ASSERT_TRUE(ok(importer));
  for (const auto& offered : *exporter) {
    // Handle types that the device has not at all are written down once, by the sync suite's capability test.
    if (!pair.exporter().manager().capabilities().exports(offered.type)) continue;
    CaseRecord record = pair.record("content", format_name, kind_name, std::string(to_string(offered.type)));
    const FormatSupport* wanted = find(*importer, offered.type);
    if (!offered.can_export) {
      EXPECT_FALSE(offered.why_not.empty()) << describe(descriptor) << " cannot be exported and nobody says why";
      expect_refusal(pair, descriptor, offered.type);
      skip(std::move(record), offered.why_not);
      continue;
    }
    if (wanted == nullptr || !wanted->can_import) {
      skip(std::move(record), wanted == nullptr ? "the importer does not know the handle type" : wanted->why_not);
      continue;
    }
    run_case(pair, std::move(record), descriptor, {.handle_type = offered.type}, format, random);
  }
}

// Rows one after the other. format_support() is not asked for linear textures, so creation says whether the device has them.
void run_linear(Pair& pair, const FormatInfo& format, Random& random) {
  const TextureDescriptor descriptor = descriptor_for(pair, format, Kind::d2);
  CreateOptions options;
  options.linear = true;
  run_case(pair, pair.record("content", std::string(format.name), "d2_linear", "linear"), descriptor, options, format, random);
}

bool in_every_kind(TextureFormat format) {
  constexpr std::array in_full{TextureFormat::rgba8_unorm,  TextureFormat::r8_unorm,      TextureFormat::rgba16_float,
                               TextureFormat::r32_uint,     TextureFormat::rgb10a2_unorm, TextureFormat::bc1_rgba_unorm,
                               TextureFormat::depth32_float};
  return std::find(in_full.begin(), in_full.end(), format) != in_full.end();
}

// Pairs of two APIs are many, and run every format in one kind and some in every kind; pairs of one API run all.
std::span<const Kind> kinds_for(const Pair& pair, TextureFormat format) {
  const bool all = !plain_only() && (!pair.across() || in_every_kind(format));
  return all ? std::span<const Kind>(all_kinds) : std::span<const Kind>(all_kinds).first(1);
}

}  // namespace

void add_content_tests(const std::shared_ptr<Pair>& pair) {
  for (const auto& format : all_formats()) {
    add_test(pair, std::string(format.name), [&format](Pair& p) {
      const std::uint64_t seed = seed_for(p.name() + "." + std::string(format.name));
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      for (const Kind kind : kinds_for(p, format.format)) run_kind(p, format, kind, random);
      const bool host = p.exporter_entry().api == Api::host;  // its textures are linear as they are
      if (in_every_kind(format.format) && !host) run_linear(p, format, random);
    });
  }
}

}  // namespace geyser::test
