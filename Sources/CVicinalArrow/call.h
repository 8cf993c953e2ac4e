// What every function of the interface does: find handles, keep C++ inside, and
// say what went wrong.
#ifndef VICINAL_ARROW_CALL_H
#define VICINAL_ARROW_CALL_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "arrow_headers.h"
#include "vicinal_arrow.h"

namespace vca {

// What a handle stands for.
struct Object {
  virtual ~Object() = default;
};

// A failure on its way to the caller.
struct Failure {
  int32_t code;
  std::string message;
};

// Gives an object a handle.
int64_t keep(std::shared_ptr<Object> object);

// The object of a handle, or null.
std::shared_ptr<Object> found(int64_t handle);

// The object of a handle; throws if there is none of that kind.
template <typename T> std::shared_ptr<T> find(int64_t handle) {
  auto object = std::dynamic_pointer_cast<T>(found(handle));
  if (!object)
    throw Failure{VCA_INVALID_ARGUMENT, "a handle is not in use"};
  return object;
}

// Keeps the text that vca_text() gives.
void set_text(std::string text);

// Runs the body of an interface function and turns what it throws into a code.
int32_t guarded(const std::function<void()> &body);

// The first line of what Arrow says, short enough for a terminal.
std::string brief(const std::string &text);

// Throws unless a status is good. `what` begins the sentence, for example
// "cannot open s3://bucket/file".
void require(const arrow::Status &status, const std::string &what);

// As require, where bad content is a damaged file and not a wrong argument.
void require_content(const arrow::Status &status, const std::string &what);

template <typename T>
T require(arrow::Result<T> result, const std::string &what) {
  require(result.status(), what);
  return std::move(result).ValueUnsafe();
}

template <typename T>
T require_content(arrow::Result<T> result, const std::string &what) {
  require_content(result.status(), what);
  return std::move(result).ValueUnsafe();
}

// Runs `body` on a thread of its own and gives up when the time-out is over;
// the thread is then left to itself. `body` must therefore own what it uses.
arrow::Status within_time(std::function<arrow::Status()> body);

// Whether a call was given up, so that its thread may still be in Arrow.
bool has_abandoned_calls();

} // namespace vca

#endif
