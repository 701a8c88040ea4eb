#include "platform/listener_apple.hpp"

#include <fcntl.h>
#include <servers/bootstrap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <random>
#include <string_view>

#include "core/message.hpp"
#include "platform/file_handle.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

constexpr std::size_t longest_path = 1023;
constexpr mach_port_msgcount_t waiting_connections = 128;
// The file: this line, the service's name, the process.
constexpr std::string_view first_line = "geyser mach service 1\n";

Result<void> check(const std::string& path) {
  if (path.empty() || path.size() > longest_path) {
    return Error(Errc::invalid_argument, detail::text("The socket path \"", path, "\" has ", path.size(), " bytes, and 1 to ", longest_path,
                                                      " are allowed; choose a shorter folder (XDG_RUNTIME_DIR or TMPDIR)."));
  }
  if (path.find('\0') != std::string::npos) {
    return Error(Errc::invalid_argument, "The socket path holds a NUL byte; give a path of the file system.");
  }
  return {};
}

/// Of this user, and not to be guessed: nobody can take it first.
std::string new_name() {
  std::random_device random;
  std::string name = detail::text("org.geyser.", ::geteuid(), '.');
  constexpr std::string_view digits = "0123456789abcdef";
  for (int i = 0; i < 8; ++i) {
    std::uint32_t bits = random();
    for (int digit = 0; digit < 4; ++digit, bits >>= 4) name += digits[bits & 15];
  }
  return name;
}

Error bootstrap_error(std::string_view what, kern_return_t code) {
  if (code == BOOTSTRAP_NOT_PRIVILEGED) {
    return Error(Errc::unsupported_feature,
                 detail::text(what,
                              " is not allowed here: a sandbox lets no names pass between processes (every app on iOS has one); run "
                              "without it, or share within one process."),
                 ErrorDomain::none, code);
  }
  if (code == BOOTSTRAP_NO_MEMORY)
    return Error(Errc::out_of_memory, detail::text(what, " failed: launchd has no memory left."), ErrorDomain::none, code);
  return mach::error(what, code);
}

/// What stands in a file of ours; empty when it is none.
struct Entry {
  std::string name;
  std::uint32_t process_id = 0;
};
Entry parse(std::string_view text) {
  if (!text.starts_with(first_line)) return {};
  text.remove_prefix(first_line.size());
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0 || end > 120 || !text.ends_with('\n')) return {};
  Entry entry{std::string(text.substr(0, end)), 0};
  const std::string_view number = text.substr(end + 1, text.size() - end - 2);
  const auto [rest, failed] = std::from_chars(number.data(), number.data() + number.size(), entry.process_id);
  if (failed != std::errc() || rest != number.data() + number.size() || entry.name.find('\0') != std::string::npos) return {};
  return entry;
}

std::string read_all(int fd) {
  std::array<char, 512> bytes{};
  const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), 0);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
}

/// Removes what a listener left at `path`, and nothing else. Errors: os_error.
Result<void> clear(const std::string& path) {
  const FileHandle there(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!there && errno == ENOENT) return {};
  struct stat info{};
  const bool file = there && ::fstat(there.fd(), &info) == 0 && S_ISREG(info.st_mode);
  // An empty one: its writer died between making and filling it.
  if (!file || (info.st_size != 0 && parse(read_all(there.fd())).name.empty())) {
    return Error(Errc::os_error, detail::text("\"", path, "\" is there and is no socket; remove it."), ErrorDomain::posix, EEXIST);
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

Result<mach::ReceiveRight> publish_service(const std::string& path) {
  if (auto valid = check(path); !valid) return std::move(valid).error();
  if (auto cleared = clear(path); !cleared) return std::move(cleared).error();
  const std::string name = new_name();
  mach_port_t port = MACH_PORT_NULL;
  const kern_return_t code = bootstrap_check_in(bootstrap_port, name.c_str(), &port);
  if (code != BOOTSTRAP_SUCCESS) return bootstrap_error(detail::text("Registering a service for \"", path, "\""), code);
  mach::ReceiveRight service(port);
  if (auto limited = mach::limit_queue(service, waiting_connections); !limited) return std::move(limited).error();
  const FileHandle file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return system_error(detail::text("Listening at \"", path, "\""), errno);
  const std::string text = detail::text(first_line, name, '\n', ::getpid(), '\n');
  const ssize_t written = ::write(file.fd(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    const int why = written < 0 ? errno : ENOSPC;
    ::unlink(path.c_str());
    return system_error(detail::text("Listening at \"", path, "\""), why);
  }
  return service;
}

Result<Service> look_up_service(const std::string& path) {
  if (auto valid = check(path); !valid) return std::move(valid).error();
  const auto nobody = [&](int code) {
    return Error(Errc::not_found, detail::text("Nobody listens at \"", path, "\"; start the program that should."), ErrorDomain::none,
                 code);
  };
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return nobody(0);
    return system_error(detail::text("Connecting to \"", path, "\""), errno);
  }
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0) return system_error(detail::text("Connecting to \"", path, "\""), errno);
  if (info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error(Errc::invalid_state,
                 detail::text("\"", path, "\" belongs to user ", info.st_uid, " or others may write to it, and only this user's (",
                              ::geteuid(), ") services are spoken to."));
  }
  const Entry entry = parse(S_ISREG(info.st_mode) ? read_all(file.fd()) : std::string());
  if (entry.name.empty()) return nobody(0);
  mach_port_t port = MACH_PORT_NULL;
  const kern_return_t code = bootstrap_look_up(bootstrap_port, entry.name.c_str(), &port);
  if (code == BOOTSTRAP_UNKNOWN_SERVICE) return nobody(code);
  if (code != BOOTSTRAP_SUCCESS) return bootstrap_error(detail::text("Connecting to \"", path, "\""), code);
  Service service{mach::SendRight(port), entry.process_id};
  if (!mach::is_live_send_right(port)) return nobody(code);
  return service;
}

}  // namespace geyser::platform
