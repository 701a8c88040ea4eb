// Windows: a folder with an access list for its user alone, and lock files in it.
#include "platform/runtime_directory.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "core/message.hpp"
#include "platform/runtime_files_windows.hpp"
#include "platform/runtime_folder_windows.hpp"
#include "platform/runtime_names.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// How long a taker waits for somebody who makes or removes a name's files at this moment: they need microseconds.
constexpr milliseconds longest_change{500};
constexpr milliseconds change_pause{1};

/// The files of a name, by their literal paths.
struct Paths {
  std::wstring lock, info, fresh;
  Paths(const std::wstring& folder, const NameFiles& files)
      : lock(folder + L'\\' + wide(files.lock)), info(folder + L'\\' + wide(files.info)), fresh(folder + L'\\' + wide(files.fresh)) {}
  void remove_all_but_lock() const noexcept {
    ::DeleteFileW(info.c_str());
    ::DeleteFileW(fresh.c_str());
  }
};

/// Removes the files of a name whose holder died. Does nothing when somebody else is at it, or took the name again.
void clean(const LockFile& lock, const Paths& paths) {
  const auto changing = lock.lock(1);
  if (!changing || !*changing) return;
  const auto held = lock.is_held();
  if (!held || *held || !lock.is_current(paths.lock)) return;  // closing the file frees byte 1
  paths.remove_all_but_lock();
  ::DeleteFileW(paths.lock.c_str());  // last: until then the lock keeps others away
}

bool is_absolute(std::string_view path) noexcept {
  const bool drive = path.size() >= 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/') &&
                     ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
  return drive || (path.starts_with("\\\\?\\") && path.size() > 4);
}

std::string environment(const wchar_t* name) {
  std::wstring value(::GetEnvironmentVariableW(name, nullptr, 0), L'\0');
  if (value.empty()) return {};
  const DWORD size = ::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size()));
  value.resize(size < value.size() ? size : 0);
  return utf8(value);
}

}  // namespace

std::string default_runtime_directory() {
  if (const std::string own = environment(L"XDG_RUNTIME_DIR"); is_absolute(own) && is_own_folder(literal_path(own)))
    return own + "\\geyser";
  if (const std::string local = environment(L"LOCALAPPDATA"); is_absolute(local)) return local + "\\geyser\\run";
  std::wstring temporary(MAX_PATH + 1, L'\0');
  temporary.resize(::GetTempPathW(static_cast<DWORD>(temporary.size()), temporary.data()));
  const auto user = current_user_sid();
  return detail::text(utf8(temporary), "geyser-", user ? *user : std::string("user"));
}

std::string program_name() {
  std::wstring path(32768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  std::string name = utf8(path.substr(path.find_last_of(L"\\/") + 1));
  if (name.ends_with(".exe") || name.ends_with(".EXE")) name.resize(name.size() - 4);
  return name;
}

std::uint32_t current_process() noexcept { return ::GetCurrentProcessId(); }

struct HeldName::Block {
  OsHandle folder;  // pinned while names are held in it
  LockFile lock;
  Paths paths;
  std::string socket_path;

  Block(OsHandle own_folder, LockFile held, Paths own_paths, std::string path)
      : folder(std::move(own_folder)), lock(std::move(held)), paths(std::move(own_paths)), socket_path(std::move(path)) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    paths.remove_all_but_lock();
    ::DeleteFileW(paths.lock.c_str());
    lock.unlock();
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
  return replace_file(block_->paths.info, block_->paths.fresh, bytes).with_context("announcing a name");
}

const std::string& HeldName::socket_path() const noexcept { return block_->socket_path; }

struct RuntimeDirectory::Block {
  std::string path;
  std::wstring literal;
  OsHandle folder;
  FolderWatch watch;

  [[nodiscard]] Result<void> attach() {
    auto opened = open_private_folder(literal, path);
    if (!opened) return std::move(opened).error();
    folder = std::move(*opened);
    watch = FolderWatch::of(literal);
    return {};
  }
  /// The folder is pinned, but what is not a local disk may lose it all the same.
  [[nodiscard]] Result<void> refresh() {
    if (::GetFileAttributesW(literal.c_str()) != INVALID_FILE_ATTRIBUTES) return {};
    return attach();
  }
  [[nodiscard]] Result<std::optional<LiveName>> look_up(std::string_view stem, std::string_view kind, std::string_view name) const;
};

/// `name` is empty for a shortened stem whose name is not known yet.
Result<std::optional<LiveName>> RuntimeDirectory::Block::look_up(std::string_view stem, std::string_view kind,
                                                                 std::string_view name) const {
  const NameFiles files(stem, kind);
  const Paths paths(literal, files);
  auto lock = LockFile::open(paths.lock, false);
  if (!lock) return std::move(lock).error();
  if (!*lock) return std::optional<LiveName>();
  auto held = (*lock)->is_held();
  if (!held) return std::move(held).error();
  if (!*held) {
    clean(**lock, paths);
    return std::optional<LiveName>();
  }
  LiveName live{std::string(name), detail::text(path, '\\', files.socket), {}};
  if (file_stem(name) != stem || name_of_stem(stem) != name) {
    live.name = (*lock)->read_name();
    if (!check_name(kind, live.name) || file_stem(live.name) != stem || (!name.empty() && live.name != name)) {
      return std::optional<LiveName>();
    }
  }
  auto announcement = read_file(paths.info);
  if (!announcement) return std::move(announcement).error();
  live.announcement = std::move(*announcement);
  return std::optional(std::move(live));
}

RuntimeDirectory::RuntimeDirectory(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
RuntimeDirectory::RuntimeDirectory(RuntimeDirectory&&) noexcept = default;
RuntimeDirectory& RuntimeDirectory::operator=(RuntimeDirectory&&) noexcept = default;
RuntimeDirectory::~RuntimeDirectory() = default;

Result<RuntimeDirectory> RuntimeDirectory::open(std::string_view path) {
  while (path.size() > 3 && (path.ends_with('/') || path.ends_with('\\'))) path.remove_suffix(1);
  if (!is_absolute(path) || path.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_argument,
                 detail::text("The folder \"", path, "\" is no absolute path; give one that begins with a drive, as C:\\ does."));
  }
  auto block = std::make_unique<Block>();
  block->path = path;
  block->literal = literal_path(path);
  if (auto attached = block->attach(); !attached) return std::move(attached).error();
  return RuntimeDirectory(std::move(block));
}

Result<HeldName> RuntimeDirectory::hold(std::string_view kind, std::string_view name) const {
  if (auto valid = check_name(kind, name); !valid) return std::move(valid).error();
  if (auto there = block_->refresh(); !there) return std::move(there).error();
  const std::string stem = file_stem(name);
  const NameFiles files(stem, kind);
  const Paths paths(block_->literal, files);
  const auto begin = steady_clock::now();
  const auto taken = [&](const char* by_whom) {
    return Error(Errc::invalid_state, detail::text("The name \"", name, "\" (", kind, ") is taken by ", by_whom,
                                                   "; choose another one, or end the program that holds it."));
  };
  const auto too_long = [&] { return steady_clock::now() - begin > longest_change; };
  while (true) {
    auto opened = LockFile::open(paths.lock, true);
    if (!opened) return std::move(opened).error().with_context(detail::text("taking the name \"", name, '"'));
    if (!*opened) {
      if (too_long()) {
        return Error(Errc::os_error, detail::text("The lock file ", files.lock, " in \"", block_->path, "\" cannot be opened; remove it."),
                     ErrorDomain::win32, ERROR_ACCESS_DENIED);
      }
      std::this_thread::sleep_for(change_pause);
      continue;
    }
    LockFile& lock = **opened;
    auto changing = lock.lock(1);
    if (!changing) return std::move(changing).error();
    if (!*changing) {
      auto held = lock.is_held();
      if (!held) return std::move(held).error();
      if (*held) return taken("a live process");
      if (too_long()) return taken("a process that makes or removes it and does not go on");
      std::this_thread::sleep_for(change_pause);
      continue;
    }
    if (!lock.is_current(paths.lock)) {  // it was removed between opening and locking
      if (too_long()) return taken("a process that makes or removes it and does not go on");
      continue;
    }
    auto live = lock.is_held();
    if (!live) return std::move(live).error();
    if (*live) return taken("a live process");
    // Before byte 0 is locked: who finds the name live must not read what a dead holder said.
    paths.remove_all_but_lock();
    if (name_of_stem(stem) != name) {
      if (auto written = lock.write_name(name); !written) return std::move(written).error();
    }
    auto held = lock.lock(0);
    if (!held) return std::move(held).error();
    if (!*held) return taken("a live process");
    auto own_folder = block_->folder.duplicate();
    if (!own_folder) return std::move(own_folder).error();
    std::string socket_path = detail::text(block_->path, '\\', files.socket);
    return HeldName(std::make_unique<HeldName::Block>(std::move(*own_folder), std::move(lock), paths, std::move(socket_path)));
  }
}

Result<std::vector<LiveName>> RuntimeDirectory::live(std::string_view kind) const {
  if (auto valid = check_name(kind, "any"); !valid) return std::move(valid).error();
  if (auto there = block_->refresh(); !there) return std::move(there).error();
  const std::string suffix = detail::text('.', kind, ".lock");
  WIN32_FIND_DATAW entry{};
  const HANDLE search = ::FindFirstFileW((block_->literal + L"\\*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return system_error(detail::text("Reading the folder \"", block_->path, '"'), last_error());
  const std::unique_ptr<void, decltype(&::FindClose)> closed(search, &::FindClose);
  std::vector<LiveName> names;
  do {
    const std::string file = utf8(static_cast<const wchar_t*>(entry.cFileName));
    if (!file.ends_with(suffix)) continue;
    const std::string_view stem = std::string_view(file).substr(0, file.size() - suffix.size());
    // One file that is not as it should be hides one name, not all.
    if (auto found = block_->look_up(stem, kind, name_of_stem(stem).value_or("")); found && *found) names.push_back(std::move(**found));
  } while (::FindNextFileW(search, &entry) != 0);
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
