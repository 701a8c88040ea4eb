// POSIX: a folder of mode 0700 and lock files. How changes are noticed: runtime_folder_*.cpp.
#include "platform/runtime_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include "core/message.hpp"
#include "platform/runtime_files.hpp"
#include "platform/runtime_folder.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// How long a taker waits for somebody who makes or removes a name's files at this moment: they need microseconds.
constexpr milliseconds longest_change{500};

struct Files : NameFiles {
  using NameFiles::NameFiles;
  void remove_all_but_lock(const FileHandle& folder) const noexcept {
    for (const std::string* file : {&info, &fresh, &socket}) ::unlinkat(folder.fd(), file->c_str(), 0);
  }
};

Result<FileHandle> open_folder(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), S_IRWXU) == 0;
  if (!made && errno != EEXIST) {
    const int code = errno;
    return Error(Errc::os_error,
                 detail::text("The folder \"", path, "\" cannot be made: ", std::generic_category().message(code),
                              "; set XDG_RUNTIME_DIR or TMPDIR to a folder that you may write to."),
                 ErrorDomain::posix, code);
  }
  FileHandle folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) {
    const int code = errno;
    if (code == ELOOP || code == ENOTDIR) {
      return Error(Errc::invalid_state, detail::text("\"", path, "\" is a link or no folder; remove it, or choose another place."),
                   ErrorDomain::posix, code);
    }
    struct stat info{};
    const bool foreign = code == EACCES && ::lstat(path.c_str(), &info) == 0 && info.st_uid != ::geteuid();
    if (!foreign) return system_error(detail::text("Opening the folder \"", path, "\""), code);
    return Error(Errc::invalid_state,
                 detail::text("The folder \"", path, "\" belongs to user ", info.st_uid, ", and this is user ", ::geteuid(),
                              "; set XDG_RUNTIME_DIR or TMPDIR to a folder of your own."),
                 ErrorDomain::posix, code);
  }
  if (made) ::fchmod(folder.fd(), S_IRWXU);  // whatever the umask took away
  struct stat info{};
  if (::fstat(folder.fd(), &info) != 0) return system_error(detail::text("Looking at the folder \"", path, "\""), errno);
  if (info.st_uid != ::geteuid()) {
    return Error(Errc::invalid_state, detail::text("The folder \"", path, "\" belongs to user ", info.st_uid, ", and this is user ",
                                                   ::geteuid(), "; set XDG_RUNTIME_DIR or TMPDIR to a folder of your own."));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error(Errc::invalid_state, detail::text("Others may write to the folder \"", path, "\"; run chmod 700 on it."));
  }
  return folder;
}

/// Removes the files of a name whose holder died. Does nothing when somebody else is at it, or took the name again.
void clean(const FileHandle& folder, const LockFile& lock, const Files& files) {
  const auto changing = lock.lock(1);
  if (!changing || !*changing) return;
  const auto held = lock.is_held();
  if (!held || *held || !lock.is_current(folder, files.lock)) return;  // closing the file frees byte 1
  files.remove_all_but_lock(folder);
  ::unlinkat(folder.fd(), files.lock.c_str(), 0);  // last: until then the lock keeps others away
}

}  // namespace

bool is_own_folder(const std::string& path) noexcept {
  struct stat info{};
  return path.starts_with('/') && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::uint32_t current_process() noexcept { return static_cast<std::uint32_t>(::getpid()); }

struct HeldName::Block {
  FileHandle folder;
  LockFile lock;
  Files files;
  std::string socket_path;
  std::uint32_t process = current_process();

  Block(FileHandle own_folder, LockFile held, Files own_files, std::string path)
      : folder(std::move(own_folder)), lock(std::move(held)), files(std::move(own_files)), socket_path(std::move(path)) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (process != current_process()) return;  // a forked copy: the name is the parent's
    files.remove_all_but_lock(folder);
    ::unlinkat(folder.fd(), files.lock.c_str(), 0);
    lock.unlock();  // else a forked child that inherited the open file keeps it locked for those who had opened it too
  }
};

HeldName::HeldName(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
HeldName::HeldName(HeldName&&) noexcept = default;
HeldName& HeldName::operator=(HeldName&&) noexcept = default;
HeldName::~HeldName() = default;

Result<void> HeldName::announce(std::span<const std::byte> bytes) const {
  if (bytes.size() > max_announcement_bytes) {
    return Error(Errc::limit_exceeded,
                 detail::text("The announcement has ", bytes.size(), " bytes, and at most ", max_announcement_bytes, " are allowed."));
  }
  return replace_file(block_->folder, block_->files.info, block_->files.fresh, bytes).with_context("announcing a name");
}

const std::string& HeldName::socket_path() const noexcept { return block_->socket_path; }

struct RuntimeDirectory::Block {
  std::string path;
  FileHandle folder;
  FolderWatch watch = FolderWatch::create();

  [[nodiscard]] Result<void> attach() {
    auto opened = open_folder(path);
    if (!opened) return std::move(opened).error();
    folder = std::move(*opened);
    watch.attach(folder, path);
    return {};
  }
  /// Somebody may have removed the folder. Then the name's users meet in a new one.
  [[nodiscard]] Result<void> refresh() {
    struct stat info{};
    if (::fstat(folder.fd(), &info) == 0 && info.st_nlink > 0) return {};
    return attach();
  }
  [[nodiscard]] Result<std::optional<LiveName>> look_up(std::string_view stem, std::string_view kind, std::string_view name) const;
};

/// `name` is empty for a shortened stem whose name is not known yet.
Result<std::optional<LiveName>> RuntimeDirectory::Block::look_up(std::string_view stem, std::string_view kind,
                                                                 std::string_view name) const {
  const Files files(stem, kind);
  auto lock = LockFile::open(folder, files.lock, false);
  if (!lock) return std::move(lock).error();
  if (!*lock) return std::optional<LiveName>();
  auto held = (*lock)->is_held();
  if (!held) return std::move(held).error();
  if (!*held) {
    clean(folder, **lock, files);
    return std::optional<LiveName>();
  }
  LiveName live{std::string(name), detail::text(path, '/', files.socket), {}};
  if (file_stem(name) != stem || name_of_stem(stem) != name) {
    live.name = (*lock)->read_name();
    if (!check_name(kind, live.name) || file_stem(live.name) != stem || (!name.empty() && live.name != name))
      return std::optional<LiveName>();
  }
  auto announcement = read_file(folder, files.info);
  if (!announcement) return std::move(announcement).error();
  live.announcement = std::move(*announcement);
  return std::optional(std::move(live));
}

RuntimeDirectory::RuntimeDirectory(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
RuntimeDirectory::RuntimeDirectory(RuntimeDirectory&&) noexcept = default;
RuntimeDirectory& RuntimeDirectory::operator=(RuntimeDirectory&&) noexcept = default;
RuntimeDirectory::~RuntimeDirectory() = default;

Result<RuntimeDirectory> RuntimeDirectory::open(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);  // with a slash at its end, a link would be followed
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_argument, detail::text("The folder \"", path, "\" is no absolute path; give one that begins with /."));
  }
  auto block = std::make_unique<Block>();
  block->path = path;
  if (auto attached = block->attach(); !attached) return std::move(attached).error();
  return RuntimeDirectory(std::move(block));
}

Result<HeldName> RuntimeDirectory::hold(std::string_view kind, std::string_view name) const {
  if (auto valid = check_name(kind, name); !valid) return std::move(valid).error();
  if (auto there = block_->refresh(); !there) return std::move(there).error();
  const FileHandle& folder = block_->folder;
  const std::string stem = file_stem(name);
  const Files files(stem, kind);
  const auto begin = steady_clock::now();
  const auto taken = [&](const char* by_whom) {
    return Error(Errc::invalid_state, detail::text("The name \"", name, "\" (", kind, ") is taken by ", by_whom,
                                                   "; choose another one, or end the program that holds it."));
  };
  while (true) {
    auto opened = LockFile::open(folder, files.lock, true);
    if (!opened) return std::move(opened).error();
    LockFile& lock = **opened;
    auto changing = lock.lock(1);
    if (!changing) return std::move(changing).error();
    if (!*changing) {
      auto held = lock.is_held();
      if (!held) return std::move(held).error();
      if (*held) return taken("a live process");
      if (steady_clock::now() - begin > longest_change) return taken("a process that makes or removes it and does not go on");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    // Where a holder keeps byte 0 alone, it is asked first: it removes its file before it lets go, so what is free and there is nobody's.
    auto live = lock.is_held();
    if (!live) return std::move(live).error();
    if (*live) return taken("a live process");
    if (!lock.is_current(folder, files.lock)) continue;  // it was removed between opening and locking
    // Before byte 0 is locked: who finds the name live must not read what a dead holder said.
    files.remove_all_but_lock(folder);
    if (name_of_stem(stem) != name) {
      if (auto written = lock.write_name(name); !written) return std::move(written).error();
    }
    auto held = lock.lock(0);
    if (!held) return std::move(held).error();
    if (!*held) return taken("a live process");
    auto own_folder = folder.duplicate();
    if (!own_folder) return std::move(own_folder).error();
    std::string socket_path = detail::text(block_->path, '/', files.socket);
    return HeldName(std::make_unique<HeldName::Block>(std::move(*own_folder), std::move(lock), files, std::move(socket_path)));
  }
}

Result<std::vector<LiveName>> RuntimeDirectory::live(std::string_view kind) const {
  if (auto valid = check_name(kind, "any"); !valid) return std::move(valid).error();
  if (auto there = block_->refresh(); !there) return std::move(there).error();
  // An open of its own: duplicates would share one reading position.
  FileHandle again(::openat(block_->folder.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again) return system_error(detail::text("Reading the folder \"", block_->path, "\""), errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(again.fd()), ::closedir);
  if (!entries) return system_error(detail::text("Reading the folder \"", block_->path, "\""), errno);
  (void)again.release();  // closed with `entries`
  const std::string suffix = detail::text('.', kind, ".lock");
  std::vector<LiveName> names;
  while (const dirent* entry = ::readdir(entries.get())) {
    std::string_view file(static_cast<const char*>(entry->d_name));
    if (!file.ends_with(suffix)) continue;
    file.remove_suffix(suffix.size());
    // One file that is not as it should be hides one name, not all.
    if (auto found = block_->look_up(file, kind, name_of_stem(file).value_or("")); found && *found) names.push_back(std::move(**found));
  }
  std::ranges::sort(names, {}, &LiveName::name);
  return names;
}

Result<std::optional<LiveName>> RuntimeDirectory::find(std::string_view kind, std::string_view name) const {
  if (auto valid = check_name(kind, name); !valid) return std::move(valid).error();
  if (auto there = block_->refresh(); !there) return std::move(there).error();
  return block_->look_up(file_stem(name), kind, name);
}

void RuntimeDirectory::wait_for_change(nanoseconds timeout) { block_->watch.wait(timeout); }
Watchable RuntimeDirectory::watchable() const noexcept { return block_->watch.watchable(); }
const std::string& RuntimeDirectory::path() const noexcept { return block_->path; }

}  // namespace geyser::platform
