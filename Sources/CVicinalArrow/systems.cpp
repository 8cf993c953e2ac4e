#ifdef VICINAL_ARROW

#include "systems.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <unistd.h>

namespace vca {
namespace {

struct Listing : Object {
  arrow::fs::FileInfoVector files;
};

std::mutex systems_mutex;

// Leaked, as the registry of handles is.
std::map<std::string, int64_t> &systems() {
  static auto *shared = new std::map<std::string, int64_t>;
  return *shared;
}

// S3's client crashes if its threads are there when the process ends.
#ifdef __GLIBC__
void shut_down(int status, void *) {
  if (!has_abandoned_calls())
    return arrow::fs::EnsureFinalized();
  // A call that was given up would be waited for, or pulled from under its
  // thread: end at once, as the caller wanted to end.
  std::fflush(nullptr);
  _exit(status);
}

void register_shut_down() { on_exit(shut_down, nullptr); }
#else
void shut_down() {
  if (!has_abandoned_calls())
    arrow::fs::EnsureFinalized();
}

void register_shut_down() { std::atexit(shut_down); }
#endif

// The folder that Arrow's library was loaded from.
std::string library_folder() {
  Dl_info info;
  auto *function = reinterpret_cast<const void *>(&arrow::GetBuildInfo);
  if (dladdr(function, &info) == 0 || info.dli_fname == nullptr)
    return "";
  std::string path = info.dli_fname;
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Since Arrow 26 the S3 file system is a library of its own, which is loaded
// on demand.
arrow::Status load_s3() {
  auto name = library_folder() + "libarrow_s3.so." ARROW_SO_VERSION;
  return arrow::fs::LoadFileSystemFactories(name.c_str());
}

// What is missing when Arrow cannot load what HDFS needs.
std::string advice(const arrow::Status &status) {
  for (auto word : {"libjvm", "libhdfs", "HDFS connection", "CLASSPATH"}) {
    if (status.message().find(word) == std::string::npos)
      continue;
    return "; HDFS needs Java and Hadoop's client: set JAVA_HOME, HADOOP_HOME"
           " and CLASSPATH=$(hadoop classpath --glob), and"
           " ARROW_LIBHDFS_DIR if libhdfs.so lies elsewhere";
  }
  return "";
}

std::shared_ptr<arrow::fs::FileSystem> connect(const std::string &uri) {
  static std::once_flag once;
  auto opened = std::make_shared<std::shared_ptr<arrow::fs::FileSystem>>();
  auto status = within_time([uri, opened]() -> arrow::Status {
    auto result = arrow::fs::FileSystemFromUri(uri);
    if (!result.ok() && uri.rfind("s3:", 0) == 0 &&
        result.status().message().find("Unrecognized") != std::string::npos) {
      ARROW_RETURN_NOT_OK(load_s3());
      result = arrow::fs::FileSystemFromUri(uri);
    }
    return std::move(result).Value(opened.get());
  });
  // Behind the loading of libraries, so that it runs before their own ends.
  std::call_once(once, register_shut_down);
  if (!status.ok()) {
    auto message = brief(status.message());
    // Arrow repeats the URI, which may hold credentials.
    for (size_t at; (at = message.find(uri)) != std::string::npos;)
      message.replace(at, uri.size(), "the URI");
    throw Failure{VCA_FILE_SYSTEM, message + advice(status)};
  }
  return *opened;
}

} // namespace

std::shared_ptr<System> system_of(int64_t handle) {
  if (handle != VCA_LOCAL)
    return find<System>(handle);
  static auto *shared = [] {
    auto system = std::make_shared<System>();
    system->files = std::make_shared<arrow::fs::LocalFileSystem>();
    system->is_local = true;
    return new std::shared_ptr<System>(system);
  }();
  return *shared;
}

std::shared_ptr<arrow::io::RandomAccessFile>
open_for_reading(const System &system, const std::string &path,
                 const std::string &name, int64_t size) {
  if (system.is_local)
    return require(system.files->OpenInputFile(path), "cannot open " + name);
  auto opened =
      std::make_shared<std::shared_ptr<arrow::io::RandomAccessFile>>();
  auto status = within_time([files = system.files, path, size, opened] {
    if (size < 0)
      return files->OpenInputFile(path).Value(opened.get());
    arrow::fs::FileInfo info(path, arrow::fs::FileType::File);
    info.set_size(size);
    return files->OpenInputFile(info).Value(opened.get());
  });
  require(status, "cannot open " + name);
  return *opened;
}

} // namespace vca

int32_t vca_open_system(const char *uri, int64_t *system) {
  return vca::guarded([=] {
    std::lock_guard lock(vca::systems_mutex);
    auto known = vca::systems().find(uri);
    if (known != vca::systems().end()) {
      *system = known->second;
      return;
    }
    auto opened = std::make_shared<vca::System>();
    opened->files = vca::connect(uri);
    *system = vca::keep(opened);
    vca::systems().emplace(uri, *system);
  });
}

int32_t vca_status(int64_t system, const char *path, int32_t *kind,
                   int64_t *size) {
  return vca::guarded([=] {
    auto found = std::make_shared<arrow::fs::FileInfo>();
    auto files = vca::system_of(system)->files;
    auto status = vca::within_time([files, text = std::string(path), found] {
      return files->GetFileInfo(text).Value(found.get());
    });
    vca::require(status, "cannot be reached");
    *kind = found->IsFile()        ? VCA_FILE
            : found->IsDirectory() ? VCA_FOLDER
                                   : VCA_MISSING;
    *size = found->size();
  });
}

int32_t vca_list(int64_t system, const char *path, int64_t *listing,
                 int64_t *count) {
  return vca::guarded([=] {
    arrow::fs::FileSelector selector;
    selector.base_dir = path;
    selector.recursive = true;
    auto all =
        vca::require(vca::system_of(system)->files->GetFileInfo(selector),
                     "cannot be listed");
    auto kept = std::make_shared<vca::Listing>();
    for (auto &file : all)
      if (file.IsFile())
        kept->files.push_back(std::move(file));
    *count = static_cast<int64_t>(kept->files.size());
    *listing = vca::keep(kept);
  });
}

int32_t vca_listed(int64_t listing, int64_t index, int64_t *size) {
  return vca::guarded([=] {
    auto kept = vca::find<vca::Listing>(listing);
    if (index < 0 || index >= static_cast<int64_t>(kept->files.size()))
      throw vca::Failure{VCA_INVALID_ARGUMENT, "there is no such file"};
    vca::set_text(kept->files[index].path());
    *size = kept->files[index].size();
  });
}

int32_t vca_make_folder(int64_t system, const char *path) {
  return vca::guarded([=] {
    auto files = vca::system_of(system)->files;
    auto status = vca::within_time([files, text = std::string(path)] {
      return files->CreateDir(text, true);
    });
    vca::require(status, "cannot be made");
  });
}

int32_t vca_delete(int64_t system, const char *path) {
  return vca::guarded([=] {
    auto files = vca::system_of(system)->files;
    auto status = vca::within_time(
        [files, text = std::string(path)] { return files->DeleteFile(text); });
    vca::require(status, "cannot be deleted");
  });
}

int32_t vca_delete_folder(int64_t system, const char *path) {
  return vca::guarded([=] {
    auto files = vca::system_of(system)->files;
    auto status = vca::within_time(
        [files, text = std::string(path)] { return files->DeleteDir(text); });
    vca::require(status, "cannot be deleted");
  });
}

#endif
