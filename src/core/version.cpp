#include "geyser/version.hpp"

namespace geyser {

std::string_view version() noexcept { return GEYSER_VERSION_STRING; }

}  // namespace geyser
