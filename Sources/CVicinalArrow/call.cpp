#ifdef VICINAL_ARROW

#include "call.h"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

namespace vca {
namespace {

// Leaked: handles may still be closed while the process ends.
struct Registry {
  std::shared_mutex mutex;
  std::unordered_map<int64_t, std::shared_ptr<Object>> objects;
  int64_t last = 0;
};

Registry &registry() {
  static Registry *shared = new Registry;
  return *shared;
}

thread_local std::string last_message;
thread_local std::string last_text;

std::atomic<double> timeout_seconds{30};
std::atomic<bool> abandoned{false};

std::string sentence(const std::string &what, const arrow::Status &status) {
  return what + ": " + brief(status.message());
}

int32_t code_of(const arrow::Status &status) {
  if (status.IsInvalid() || status.IsTypeError() || status.IsKeyError())
    return VCA_INVALID_ARGUMENT;
  if (status.IsNotImplemented())
    return VCA_UNSUPPORTED;
  return VCA_FILE_SYSTEM;
}

} // namespace

int64_t keep(std::shared_ptr<Object> object) {
  auto &all = registry();
  std::unique_lock lock(all.mutex);
  all.objects.emplace(++all.last, std::move(object));
  return all.last;
}

std::shared_ptr<Object> found(int64_t handle) {
  auto &all = registry();
  std::shared_lock lock(all.mutex);
  auto place = all.objects.find(handle);
  return place == all.objects.end() ? nullptr : place->second;
}

void set_text(std::string text) { last_text = std::move(text); }

std::string brief(const std::string &text) {
  constexpr size_t longest = 400;
  auto line = text.substr(0, text.find('\n'));
  // Google's library wraps and repeats the reason.
  const std::string wrapping = "with a last message of ";
  if (auto at = line.find(wrapping); at != std::string::npos)
    line = line.substr(at + wrapping.size());
  for (auto end : {" error_info={", ". The request was not sent"})
    line = line.substr(0, line.find(end));
  if (line.find("OAuth2 access token") != std::string::npos)
    line += "; set GOOGLE_APPLICATION_CREDENTIALS, or write gs://anonymous@…";
  if (line.find("ACCESS_DENIED") != std::string::npos)
    line += "; check the credentials (AWS_ACCESS_KEY_ID …), or write"
            " s3://anonymous@… for a public bucket";
  if (line.size() > longest)
    line = line.substr(0, longest) + " …";
  while (!line.empty() && (line.back() == '.' || line.back() == ' '))
    line.pop_back();
  return line;
}

int32_t guarded(const std::function<void()> &body) {
  last_message.clear();
  last_text.clear();
  try {
    body();
    return VCA_OK;
  } catch (const Failure &failure) {
    last_message = failure.message;
    return failure.code;
  } catch (const parquet::ParquetStatusException &error) {
    last_message = brief(error.status().message());
    return code_of(error.status());
  } catch (const std::exception &error) {
    last_message = brief(error.what());
    return VCA_FILE_SYSTEM;
  } catch (...) {
    last_message = "Arrow failed without saying why";
    return VCA_FILE_SYSTEM;
  }
}

void require(const arrow::Status &status, const std::string &what) {
  if (!status.ok())
    throw Failure{code_of(status), sentence(what, status)};
}

void require_content(const arrow::Status &status, const std::string &what) {
  if (status.ok())
    return;
  auto code = code_of(status);
  if (code == VCA_INVALID_ARGUMENT)
    code = VCA_CORRUPT_FILE;
  throw Failure{code, sentence(what, status)};
}

arrow::Status within_time(std::function<arrow::Status()> body) {
  std::packaged_task<arrow::Status()> task([body = std::move(body)]() mutable {
    arrow::Status status;
    try {
      status = body();
    } catch (const std::exception &error) {
      status = arrow::Status::IOError(error.what());
    }
    // What it holds must not outlive the answer: whoever waits may end it next.
    body = nullptr;
    return status;
  });
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  std::chrono::duration<double> limit(timeout_seconds.load());
  if (result.wait_for(limit) == std::future_status::ready)
    return result.get();
  abandoned = true;
  return arrow::Status::IOError(
      "no answer within ", static_cast<int64_t>(limit.count()), " seconds");
}

bool has_abandoned_calls() { return abandoned; }

} // namespace vca

int32_t vca_is_available(void) { return 1; }

const char *vca_message(void) { return vca::last_message.c_str(); }

const char *vca_text(void) { return vca::last_text.c_str(); }

void vca_set_timeout(double seconds) {
  vca::timeout_seconds = seconds >= 1 ? seconds : 1;
}

void vca_close(int64_t handle) {
  std::shared_ptr<vca::Object> last;
  {
    auto &all = vca::registry();
    std::unique_lock lock(all.mutex);
    auto place = all.objects.find(handle);
    if (place == all.objects.end())
      return;
    last = std::move(place->second);
    all.objects.erase(place);
  }
  // What the object does at its end, it does without the lock.
  vca::guarded([&] { last.reset(); });
}

#endif
