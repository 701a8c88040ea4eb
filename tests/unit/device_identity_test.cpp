// UUIDs, PCI addresses, and the one rule that decides whether an opaque handle may pass.
#include "geyser/device_identity.hpp"
#include "check.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;

constexpr Uuid counting{{0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0}};

TEST(Uuid, text) {
  EXPECT_EQ(to_string(counting), "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
  EXPECT_EQ(to_string(Uuid{}), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, nil) {
  EXPECT_TRUE(Uuid{}.is_nil());
  EXPECT_FALSE(counting.is_nil());
}

TEST(Uuid, reads_both_spellings_in_any_case) {
  for (const std::string_view text :
       {"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"}) {
    auto uuid = parse_uuid(text);
    ASSERT_TRUE(ok(uuid)) << text;
    EXPECT_EQ(*uuid, counting);
  }
}

TEST(Uuid, round_trips) {
  auto random = unit::random_source();
  for (int i = 0; i < 2'000; ++i) {
    Uuid uuid;
    for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(random());
    auto again = parse_uuid(to_string(uuid));
    ASSERT_TRUE(ok(again));
    EXPECT_EQ(*again, uuid);
  }
}

TEST(Uuid, refuses_what_is_none) {
  for (const std::string_view text :
       {"", "0", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f00", "0f1e2d3c4-b5a-6978-8796-a5b4c3d2e1f0",
        "0f1e2d3c-4b5a-6978-8796_a5b4c3d2e1f0", "0f1e2d3g4b5a69788796a5b4c3d2e1f0", "0f1e2d3c 4b5a-6978-8796-a5b4c3d2e1f0",
        "0f1e2d3c-4b5a69788796a5b4c3d2e1f0", "{0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0}", "-f1e2d3c4b5a69788796a5b4c3d2e1f0"}) {
    EXPECT_TRUE(fails(parse_uuid(text), Errc::invalid_argument, {"UUID", text, "32 hexadecimal digits"}));
  }
}

TEST(PciAddress, text) {
  EXPECT_EQ(to_string(PciAddress{0, 0xc1, 0, 0}), "0000:c1:00.0");
  EXPECT_EQ(to_string(PciAddress{0x10000, 0xff, 0x1f, 7}), "10000:ff:1f.7");
}

TEST(PciAddress, reads_with_and_without_domain) {
  EXPECT_EQ(*parse_pci_address("0000:c1:00.0"), (PciAddress{0, 0xc1, 0, 0}));
  EXPECT_EQ(*parse_pci_address("c1:00.0"), (PciAddress{0, 0xc1, 0, 0}));
  EXPECT_EQ(*parse_pci_address("0001:0A:1f.7"), (PciAddress{1, 10, 31, 7}));
  EXPECT_EQ(*parse_pci_address("ffffffff:ff:1f.7"), (PciAddress{0xFFFFFFFF, 255, 31, 7}));
}

TEST(PciAddress, round_trips) {
  auto random = unit::random_source();
  for (int i = 0; i < 2'000; ++i) {
    const PciAddress address{static_cast<std::uint32_t>(random()), unit::between(random, 0, 255), unit::between(random, 0, 31),
                             unit::between(random, 0, 7)};
    auto again = parse_pci_address(to_string(address));
    ASSERT_TRUE(ok(again));
    EXPECT_EQ(*again, address);
  }
}

TEST(PciAddress, refuses_what_is_none) {
  for (const std::string_view text : {"",
                                      "c1",
                                      "c1:00",
                                      "c1.0",
                                      "c1:00.8",
                                      "c1:20.0",
                                      "100:00.0",
                                      "0000:c1:00.",
                                      "0000:c1:.0",
                                      "0000::00.0",
                                      ":c1:00.0",
                                      "0000:c1:00.0 ",
                                      " 0000:c1:00.0",
                                      "0x0:c1:00.0",
                                      "-1:c1:00.0",
                                      "1:0000:c1:00.0",
                                      "100000000:c1:00.0",
                                      "0000:c1:00.0.0",
                                      "gg:00.0",
                                      "c1:00.-1",
                                      "+1:00.0"}) {
    EXPECT_TRUE(fails(parse_pci_address(text), Errc::invalid_argument, {"PCI address", text, "bus:device.function"})) << text;
  }
}

[[nodiscard]] DeviceIdentity identity(std::uint8_t device, std::uint8_t driver, std::string name = {}) {
  DeviceIdentity id;
  id.device_uuid.bytes[0] = device;
  id.driver_uuid.bytes[15] = driver;
  id.name = std::move(name);
  return id;
}

TEST(SameDevice, needs_both_uuids) {
  EXPECT_TRUE(ok(check_same_device(identity(1, 2), identity(1, 2))));
  EXPECT_TRUE(fails(check_same_device(identity(1, 2), identity(3, 2)), Errc::device_mismatch, {"device UUIDs differ"}));
  EXPECT_TRUE(fails(check_same_device(identity(1, 2), identity(1, 3)), Errc::device_mismatch, {"driver UUIDs differ"}));
  EXPECT_TRUE(fails(check_same_device(identity(1, 2), identity(3, 4)), Errc::device_mismatch, {"device and driver UUIDs differ"}));
}

TEST(SameDevice, every_bit_counts) {
  const DeviceIdentity mine = identity(3, 3);  // two bits each: without one of them it is not nil, which would mean "not told"
  for (std::size_t bit = 0; bit < 128; ++bit) {
    DeviceIdentity other = mine;
    other.device_uuid.bytes[bit / 8] = static_cast<std::uint8_t>(other.device_uuid.bytes[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_TRUE(fails(check_same_device(mine, other), Errc::device_mismatch, {}));
    other = mine;
    other.driver_uuid.bytes[bit / 8] = static_cast<std::uint8_t>(other.driver_uuid.bytes[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_TRUE(fails(check_same_device(mine, other), Errc::device_mismatch, {}));
  }
}

TEST(SameDevice, a_driver_that_is_not_told_is_not_compared) {
  EXPECT_TRUE(ok(check_same_device(identity(1, 0), identity(1, 2))));
  EXPECT_TRUE(ok(check_same_device(identity(1, 2), identity(1, 0))));
  EXPECT_TRUE(ok(check_same_device(identity(1, 0), identity(1, 0))));
  EXPECT_TRUE(fails(check_same_device(identity(1, 0), identity(3, 2)), Errc::device_mismatch, {"device and driver UUIDs differ"}));
  EXPECT_TRUE(fails(check_same_device(identity(0, 0), identity(3, 0)), Errc::device_mismatch, {"device UUIDs differ"}));
}

TEST(SameDevice, names_are_for_people) {
  DeviceIdentity a = identity(1, 2, "one");
  DeviceIdentity b = identity(1, 2, "two");
  a.pci = PciAddress{0, 1, 2, 3};
  b.luid = std::array<std::uint8_t, 8>{1};
  EXPECT_TRUE(ok(check_same_device(a, b)));
}

[[nodiscard]] DeviceIdentity direct3d(std::uint8_t luid, std::string name = {}) {
  DeviceIdentity id;
  id.luid = std::array<std::uint8_t, 8>{luid, 0xff};
  id.name = std::move(name);
  return id;
}

TEST(SameDevice, a_luid_that_a_driver_leaves_out_does_not_matter_between_uuids) {
  DeviceIdentity with = identity(1, 2);
  with.luid = std::array<std::uint8_t, 8>{1};
  EXPECT_TRUE(ok(check_same_device(with, identity(1, 2))));
  EXPECT_TRUE(ok(check_same_device(identity(1, 2), with)));
  EXPECT_TRUE(fails(check_same_device(with, identity(3, 2)), Errc::device_mismatch, {"device UUIDs differ"}));
}

TEST(SameDevice, the_luid_decides_for_direct3d) {
  DeviceIdentity vulkan = identity(1, 2, "Vulkan GPU");
  vulkan.luid = direct3d(7).luid;
  EXPECT_TRUE(ok(check_same_device(direct3d(7), vulkan)));
  EXPECT_TRUE(ok(check_same_device(vulkan, direct3d(7))));
  EXPECT_TRUE(ok(check_same_device(direct3d(7), direct3d(7))));
  EXPECT_TRUE(fails(check_same_device(direct3d(8, "D3D GPU"), vulkan), Errc::device_mismatch,
                    {"LUIDs differ", "D3D GPU with LUID 08ff000000000000", "Vulkan GPU with LUID 07ff000000000000"}));
  EXPECT_TRUE(fails(check_same_device(vulkan, direct3d(8)), Errc::device_mismatch, {"LUIDs differ"}));
  EXPECT_TRUE(fails(check_same_device(direct3d(7), direct3d(8)), Errc::device_mismatch, {"LUIDs differ"}));
}

TEST(SameDevice, direct3d_and_a_device_without_luid_cannot_be_compared) {
  for (const DeviceIdentity& other : {identity(1, 2, "no LUID here"), DeviceIdentity{}}) {
    EXPECT_TRUE(fails(check_same_device(direct3d(7), other), Errc::device_mismatch, {"cannot be compared", "no LUID"}));
    EXPECT_TRUE(fails(check_same_device(other, direct3d(7)), Errc::device_mismatch, {"cannot be compared", "no LUID"}));
  }
}

TEST(SameDevice, every_byte_of_a_luid_counts) {
  const DeviceIdentity mine = direct3d(3);
  for (std::size_t i = 0; i < 8; ++i) {
    DeviceIdentity other = mine;
    (*other.luid)[i] ^= 1U;
    EXPECT_TRUE(fails(check_same_device(mine, other), Errc::device_mismatch, {"LUIDs differ"}));
  }
}

TEST(SameDevice, message_names_both_sides_and_a_way_out) {
  const auto result = check_same_device(identity(0xaa, 2, "left GPU"), identity(0xbb, 2, "right GPU"));
  EXPECT_TRUE(fails(result, Errc::device_mismatch, {"left GPU", "right GPU", "aa000000-", "bb000000-", "shared_memory"}));
  EXPECT_TRUE(fails(check_same_device(identity(1, 1), identity(2, 1)), Errc::device_mismatch, {"an unnamed device"}));
}

}  // namespace
}  // namespace geyser
