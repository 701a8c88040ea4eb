// POSIX: errno.
#include "platform/system_error.hpp"

#include <cerrno>
#include <system_error>

#include "core/message.hpp"

namespace geyser::platform {

Error system_error(std::string_view what, int code) {
  const bool used_up = code == ENOMEM || code == EMFILE || code == ENFILE || code == ENOBUFS;
  const char* hint = "";
  if (code == EMFILE) hint = " Close some file descriptors or raise RLIMIT_NOFILE.";
  if (code == ENFILE) hint = " The whole system has no file descriptor left; end some programs or raise fs.file-max.";
  return Error(used_up ? Errc::out_of_memory : Errc::os_error,
               detail::text(what, " failed: ", std::generic_category().message(code), ".", hint), ErrorDomain::posix, code);
}

}  // namespace geyser::platform
