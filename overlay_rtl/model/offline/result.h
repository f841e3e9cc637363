// A value, or the text of why there is none; the caller has to look.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace norman {

struct Failure {
  std::string text;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}         // NOLINT: a value is a result
  Result(Failure failure) : content_(std::move(failure)) {}  // NOLINT: so is a failure

  explicit operator bool() const { return std::holds_alternative<T>(content_); }
  T& operator*() { return std::get<T>(content_); }
  const T& operator*() const { return std::get<T>(content_); }
  T* operator->() { return &std::get<T>(content_); }
  const T* operator->() const { return &std::get<T>(content_); }
  const std::string& error() const { return std::get<Failure>(content_).text; }

 private:
  std::variant<T, Failure> content_;
};

}  // namespace norman
