#include "support/exchange.hpp"

namespace geyser::test {

Result<Link> Link::create(Participant& exporter, Participant& importer, std::optional<SemaphoreKind> kind,
                          std::optional<SemaphoreHandleType> type) {
  Link link;
  link.sides_ = {&exporter, &importer};
  if (!kind || !type) {
    auto chosen = negotiate(exporter.manager().capabilities(), importer.manager().capabilities());
    if (!chosen) return std::move(chosen).error();
    kind = chosen->semaphore;
    type = chosen->semaphore_handle;
  }
  link.kind_ = *kind;
  link.type_ = *type;
  auto made = exporter.manager().create_shared_semaphore({.kind = link.kind_, .initial_value = 0, .label = "link"});
  if (!made) return std::move(made).error();
  auto handle = exporter.manager().export_semaphore(*made, link.type_);
  if (!handle) return std::move(handle).error();
  auto taken = importer.manager().import_semaphore(std::move(*handle));
  if (!taken) return std::move(taken).error();
  link.semaphores_ = {std::move(*made), std::move(*taken)};
  return link;
}

Result<Exchange> Exchange::create(Link& link, const TextureDescriptor& descriptor, const CreateOptions& options) {
  Exchange exchange(link);
  auto texture = link.manager(Who::exporter).create_shareable_texture(descriptor, options);
  if (!texture) return std::move(texture).error();
  auto handle = link.manager(Who::exporter).export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto imported = link.manager(Who::importer).import_texture(std::move(*handle));
  if (!imported) return std::move(imported).error();
  exchange.textures_[0] = std::move(*texture);
  exchange.textures_[1] = std::move(*imported);
  return exchange;
}

AccessInfo Exchange::next_access(Who who, bool signal) {
  AccessInfo info;
  TextureState state;
  state.initialized = initialized_;
  state.layout = layout_;
  const Participant& side = *sides_[static_cast<std::size_t>(who)];
  Link& link = *links_[static_cast<std::size_t>(who)];
  if (pending_ != 0) state.points.push_back({pending_link_->semaphore_of(side), pending_});
  info.state = std::move(state);
  if (signal) info.signal = SyncPoint{link.semaphore_of(side), link.next_value()};
  return info;
}

void Exchange::ended(Who who, const AccessInfo& info, const TextureState& state) {
  initialized_ = state.initialized;
  layout_ = state.layout;
  pending_ = info.signal ? info.signal->value : 0;
  pending_link_ = links_[static_cast<std::size_t>(who)];
  pending_by_ = who;
}

Result<void> Exchange::settle(std::chrono::nanoseconds timeout) {
  if (pending_ == 0) return {};
  const Participant& side = *sides_[static_cast<std::size_t>(other(pending_by_))];
  if (auto taken = pending_link_->semaphore_of(side).wait(pending_, timeout); !taken) return taken;
  pending_ = 0;
  return {};
}

Result<void> Exchange::write(Who who, const TextureRegion& region, std::span<const std::byte> bytes, bool signal) {
  const AccessInfo info = next_access(who, signal);
  auto done = sides_[static_cast<std::size_t>(who)]->manager().upload(texture(who), region, bytes, info);
  if (done) ended(who, info, texture(who).state());
  return done;
}

Result<void> Exchange::read(Who who, const TextureRegion& region, std::span<std::byte> bytes) {
  const AccessInfo info = next_access(who, false);
  auto done = sides_[static_cast<std::size_t>(who)]->manager().read_back(texture(who), region, bytes, info);
  if (done) ended(who, info, texture(who).state());
  return done;
}

}  // namespace geyser::test
