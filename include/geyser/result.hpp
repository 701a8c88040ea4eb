// Result<T>: a value or an Error. Member names are std::expected's; the type is our own so that the ABI
// does not depend on the language level of the caller.
#pragma once

#include <cassert>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "geyser/error.hpp"

namespace geyser {

template <class T>
class Result;

namespace detail {
template <class>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;
}  // namespace detail

/// The failing half of a Result: `return unexpected(Error(...))` where the return type is known.
struct Unexpected {
  Error error;
};
[[nodiscard]] inline Unexpected unexpected(Error&& error) noexcept { return Unexpected{std::move(error)}; }

/// A value of T, or the Error that says why there is none.
/// Ownership: owns whichever it holds; move-only. Threading: distinct objects are independent.
/// Valid usage: *, -> and value() only when has_value(), error() only when not (unchecked in release builds, asserted in debug builds).
/// Errors: none of its own; nothing here throws.
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_nothrow_move_constructible_v<T>, "Result<T> needs a T whose move cannot throw");

 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) noexcept : has_value_(true) { std::construct_at(&value_, std::move(value)); }       // NOLINT(google-explicit-constructor)
  Result(Error error) noexcept : has_value_(false) { std::construct_at(&error_, std::move(error)); }  // NOLINT(google-explicit-constructor)
  Result(Unexpected failure) noexcept : Result(std::move(failure.error)) {}                           // NOLINT(google-explicit-constructor)
  Result(Result&& other) noexcept : has_value_(other.has_value_) { take(std::move(other)); }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      destroy();
      has_value_ = other.has_value_;
      take(std::move(other));
    }
    return *this;
  }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result() { destroy(); }

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  T& operator*() & noexcept { return assert(has_value_), value_; }
  const T& operator*() const& noexcept { return assert(has_value_), value_; }
  T&& operator*() && noexcept { return assert(has_value_), std::move(value_); }
  T* operator->() noexcept { return assert(has_value_), &value_; }
  const T* operator->() const noexcept { return assert(has_value_), &value_; }
  T& value() & noexcept { return **this; }
  const T& value() const& noexcept { return **this; }
  T&& value() && noexcept { return *std::move(*this); }

  Error& error() & noexcept { return assert(!has_value_), error_; }
  const Error& error() const& noexcept { return assert(!has_value_), error_; }
  Error&& error() && noexcept { return assert(!has_value_), std::move(error_); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(fallback));
  }
  /// Calls `f(value)`, which returns a Result, or passes the error on.
  template <class F>
  auto and_then(F&& f) && {
    using R = std::invoke_result_t<F, T&&>;
    static_assert(detail::is_result<R>);
    return has_value_ ? std::forward<F>(f)(std::move(value_)) : R(std::move(error_));
  }
  /// Calls `f(value)`, which returns a plain value, or passes the error on.
  template <class F>
  auto transform(F&& f) && {
    using U = std::invoke_result_t<F, T&&>;
    return has_value_ ? Result<U>(std::forward<F>(f)(std::move(value_))) : Result<U>(std::move(error_));
  }
  /// Calls `f(error)`, which returns a Result<T>, or passes the value on.
  template <class F>
  Result or_else(F&& f) && {
    return has_value_ ? Result(std::move(value_)) : std::forward<F>(f)(std::move(error_));
  }
  /// Adds a step to the error's trail; a value passes unchanged.
  Result with_context(std::string_view what) && noexcept {
    if (!has_value_) error_ = std::move(error_).with_context(what);
    return std::move(*this);
  }

 private:
  void take(Result&& other) noexcept {
    if (has_value_) {
      std::construct_at(&value_, std::move(other.value_));
    } else {
      std::construct_at(&error_, std::move(other.error_));
    }
  }
  void destroy() noexcept {
    if (has_value_) {
      std::destroy_at(&value_);
    } else {
      std::destroy_at(&error_);
    }
  }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

namespace detail {
struct Unit {};
}  // namespace detail

/// Success without a value, or the Error. See Result<T>.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept : inner_(detail::Unit{}) {}
  Result(Error error) noexcept : inner_(std::move(error)) {}                 // NOLINT(google-explicit-constructor)
  Result(Unexpected failure) noexcept : inner_(std::move(failure.error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return inner_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  Error& error() & noexcept { return inner_.error(); }
  const Error& error() const& noexcept { return inner_.error(); }
  Error&& error() && noexcept { return std::move(inner_).error(); }

  /// Calls `f()`, which returns a Result, or passes the error on.
  template <class F>
  auto and_then(F&& f) && {
    using R = std::invoke_result_t<F>;
    static_assert(detail::is_result<R>);
    return has_value() ? std::forward<F>(f)() : R(std::move(inner_).error());
  }
  /// Adds a step to the error's trail; success passes unchanged.
  Result with_context(std::string_view what) && noexcept {
    if (!has_value()) return std::move(inner_.error()).with_context(what);
    return {};
  }

 private:
  Result<detail::Unit> inner_;
};

}  // namespace geyser
