#include "stage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include "geyser/geyser.hpp"
#include "platform/runtime_directory.hpp"
#include "stage_system.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {

Scene::Scene() : path_(make_private_folder((std::filesystem::temp_directory_path() / "geyser-faults-").string())) {}

Scene::~Scene() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Slate Slate::create(const std::string& file) {
  void* page = map_file(file, sizeof(Page), true);
  if (page == nullptr) std::abort();
  return Slate(new (page) Page);
}

Slate Slate::open(const std::string& file) {
  void* page = map_file(file, sizeof(Page), false);
  if (page == nullptr) std::abort();
  return Slate(static_cast<Page*>(page));
}

Slate::~Slate() {
  if (page_ != nullptr) unmap_file(page_, sizeof(Page));
}

void Slate::say(std::string_view words) const noexcept {
  const std::size_t length = std::min(words.size(), sizeof(page_->words) - 1);
  std::memcpy(page_->words, words.data(), length);
  page_->words[length] = '\0';
  page_->has_words.store(1);
}

std::string Slate::words() const { return page_->has_words.load() != 0 ? page_->words : ""; }

void Slate::reach(std::uint32_t step) const noexcept {
  page_->step.store(step);
  while (page_->allowed.load() <= step) std::this_thread::sleep_for(500us);
}

std::string Settings::text(const std::string& key, const std::string& otherwise) const {
  const auto at = values_.find(key);
  return at == values_.end() ? otherwise : at->second;
}

std::uint64_t Settings::number(const std::string& key, std::uint64_t otherwise) const {
  const auto at = values_.find(key);
  return at == values_.end() ? otherwise : std::stoull(at->second);
}

int run_role(int argc, char** argv) {
  const std::vector<std::string> words = arguments_of(argc, argv);
  Settings settings;
  for (std::size_t i = 3; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto equals = word.find('=');
    if (equals == std::string::npos) return 2;
    settings.set(word.substr(0, equals), word.substr(equals + 1));
  }
  const Role role = words.size() > 2 ? find_role(words[2]) : nullptr;
  if (role == nullptr) return 2;
  const Slate slate = Slate::open(settings.text("slate"));
  end_with_parent(static_cast<std::uint32_t>(settings.number("parent")));
  return role(settings, slate);
}

Result<Actor> Actor::start(const Scene& scene, const std::string& role, const Settings& settings) {
  static std::atomic<int> count{0};
  const std::string file = scene.path() + "/slate-" + std::to_string(++count);
  Slate slate = Slate::create(file);
  std::vector<std::string> words{"--role", role, "slate=" + file, "parent=" + std::to_string(platform::current_process())};
  if (settings.text("dir").empty()) words.push_back("dir=" + scene.streams());
  for (const auto& [key, value] : settings.all()) words.push_back(key + "=" + value);
  auto child = Child::start(words);
  if (!child) return std::move(child).error();
  return Actor(std::move(*child), std::move(slate));
}

void Actor::kill() noexcept {
  child_.kill();
  static_cast<void>(child_.wait(20s));
}

void Actor::freeze() const noexcept {
  child_.stop();
  wait_until_stopped(pid());
}

bool Actor::ended() const noexcept { return has_ended(pid()); }

bool Actor::wait_step(std::uint32_t step, std::chrono::milliseconds timeout) const {
  return eventually(timeout, [&] { return slate_->step.load() >= step; });
}

::testing::AssertionResult Actor::finish(std::chrono::milliseconds timeout) {
  slate_->stop.store(1);
  allow_all();
  auto status = child_.wait(timeout);
  if (!status) return ::testing::AssertionFailure() << status.error().describe() << "; it says: " << words();
  if (*status != 0) return ::testing::AssertionFailure() << "exit status " << *status << "; it says: " << words();
  return ::testing::AssertionSuccess();
}

bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return condition();
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

bool long_tests() { return std::getenv("GEYSER_LONG_TESTS") != nullptr; }

int patience() noexcept {
#if defined(_WIN32)
  return 4;
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 5;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return 5;
#else
  return 1;
#endif
#else
  return 1;
#endif
}

::testing::AssertionResult logged(std::size_t mark, std::string_view part) {
  std::string all;
  for (const auto& line : lines_since(mark, LogLevel::debug)) {
    if (line.text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
    all += "\n  " + line.text;
  }
  return ::testing::AssertionFailure() << "no line has \"" << part << "\" among:" << all;
}

}  // namespace geyser::test
