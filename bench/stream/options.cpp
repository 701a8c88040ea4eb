#include "bench/stream/options.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace geyser::bench {

std::string usage() {
  return "geyser_stream_bench [--device NAME|host] [--seconds 60] [--quick] [--out FILE.json] [--only PART] [--readers 64]\n"
         "                    [--other INDEX]\n"
         "  --device   part of a Vulkan device's name; host: host memory alone; default: the first Vulkan device, if there is one\n"
         "  --seconds  about how long the measuring takes, all cases together\n"
         "  --quick    a smoke run: few readers, small frames, a few seconds\n"
         "  --only     cases whose name contains PART\n"
         "  --readers  the most readers at once\n"
         "  --other    a second Vulkan device by its index in `geyser devices`, for the cases \"beside\"; default: the next that is not "
         "the same\n";
}

Options parse(int argc, char** argv) {
  Options made;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i];
    std::string value;
    const auto equals = flag.find('=');
    const bool attached = equals != std::string_view::npos;
    if (attached) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    }
    if (flag == "--quick") {
      made.quick = true;
      continue;
    }
    if (!attached) {
      if (i + 1 >= argc) throw std::runtime_error(std::string(flag) + " needs a value\n" + usage());
      value = argv[++i];
    }
    if (flag == "--device") {
      made.device = value;
    } else if (flag == "--seconds") {
      made.seconds = std::strtod(value.c_str(), nullptr);
      if (!(made.seconds > 0)) throw std::runtime_error("--seconds needs a number above 0");
    } else if (flag == "--out") {
      made.out = value;
    } else if (flag == "--only") {
      made.only = value;
    } else if (flag == "--readers") {
      made.most_readers = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    } else if (flag == "--member") {
      made.member = std::atoi(value.c_str());
    } else if (flag == "--index") {
      made.index = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    } else if (flag == "--other") {
      made.other = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    } else if (flag == "--folder") {
      made.folder = value;
    } else {
      throw std::runtime_error("unknown option " + std::string(flag) + "\n" + usage());
    }
  }
  if (made.quick) {
    made.seconds = 2;
    made.most_readers = 2;
  }
  return made;
}

}  // namespace geyser::bench
