#ifdef VICINAL_ARROW

#include <algorithm>
#include <vector>

#include "systems.h"

namespace {

struct File : vca::Object {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  std::string name;
  int64_t size = 0;
  bool is_local = false;
};

// A file that is being written.
struct Output : vca::Object {
  std::shared_ptr<arrow::fs::FileSystem> files;
  std::shared_ptr<arrow::io::OutputStream> stream;
  std::string name;
  std::string target;
  std::string place;
  bool is_done = false;

  ~Output() override {
    if (is_done)
      return;
    // Best effort: nobody is left to be told.
    if (stream)
      (void)stream->Abort();
    if (place != target)
      (void)files->DeleteFile(place);
  }
};

// One request should not carry more: several run at the same time.
constexpr int64_t largest_piece = 8 << 20;

// Reads one piece and requires all of it.
arrow::Status read_piece(arrow::io::RandomAccessFile &file, int64_t offset,
                         int64_t length, void *bytes) {
  ARROW_ASSIGN_OR_RAISE(auto count, file.ReadAt(offset, length, bytes));
  if (count == length)
    return arrow::Status::OK();
  return arrow::Status::Invalid("it ends at byte ", offset + count,
                                ", more was expected");
}

} // namespace

int32_t vca_open_file(int64_t system, const char *path, const char *name,
                      int64_t size, int64_t *file) {
  return vca::guarded([=] {
    auto files = vca::system_of(system);
    auto opened = std::make_shared<File>();
    opened->file = vca::open_for_reading(*files, path, name, size);
    opened->name = name;
    opened->is_local = files->is_local;
    opened->size = size >= 0 ? size
                             : vca::require(opened->file->GetSize(),
                                            "cannot read " + opened->name);
    *file = vca::keep(opened);
  });
}

int32_t vca_file_size(int64_t file, int64_t *size) {
  return vca::guarded([=] { *size = vca::find<File>(file)->size; });
}

int32_t vca_read(int64_t file, int64_t count, const int64_t *offsets,
                 const int64_t *lengths, void *bytes) {
  return vca::guarded([=] {
    auto opened = vca::find<File>(file);
    auto what = "cannot read " + opened->name;
    auto *executor = arrow::io::default_io_context().executor();
    std::vector<arrow::Future<>> running;
    auto *target = static_cast<uint8_t *>(bytes);
    arrow::Status failure;
    for (int64_t part = 0; part < count && failure.ok(); part++) {
      int64_t done = 0;
      while (done < lengths[part] && failure.ok()) {
        auto offset = offsets[part] + done;
        auto length = std::min(largest_piece, lengths[part] - done);
        if (opened->is_local) {
          failure = read_piece(*opened->file, offset, length, target);
        } else {
          auto task = executor->Submit([opened, offset, length, target] {
            return read_piece(*opened->file, offset, length, target);
          });
          failure = task.status();
          if (task.ok())
            running.push_back(*task);
        }
        done += length;
        target += length;
      }
    }
    // All of them write into the caller's memory: none may outlive this call.
    for (auto &task : running) {
      auto status = task.status();
      if (failure.ok())
        failure = status;
    }
    vca::require_content(failure, what);
  });
}

int32_t vca_open_output(int64_t system, const char *path, const char *name,
                        int32_t replaces_by_moving, int64_t *output) {
  return vca::guarded([=] {
    auto opened = std::make_shared<Output>();
    opened->files = vca::system_of(system)->files;
    opened->name = name;
    opened->target = path;
    opened->place = opened->target;
    if (replaces_by_moving) {
      auto slash = opened->target.rfind('/') + 1;
      opened->place.insert(slash, ".vicinal-");
      opened->place += ".partial";
    }
    auto status = vca::within_time([opened] {
      return opened->files->OpenOutputStream(opened->place)
          .Value(&opened->stream);
    });
    vca::require(status, "cannot write " + opened->name);
    *output = vca::keep(opened);
  });
}

int32_t vca_write(int64_t output, const void *bytes, int64_t count) {
  return vca::guarded([=] {
    auto opened = vca::find<Output>(output);
    vca::require(opened->stream->Write(bytes, count),
                 "cannot write " + opened->name);
  });
}

int32_t vca_commit(int64_t output) {
  return vca::guarded([=] {
    auto opened = vca::find<Output>(output);
    auto what = "cannot write " + opened->name;
    vca::require(opened->stream->Close(), what);
    if (opened->place != opened->target) {
      // HDFS does not move a file over another one.
      auto old = vca::require(opened->files->GetFileInfo(opened->target), what);
      if (old.IsFile())
        vca::require(opened->files->DeleteFile(opened->target), what);
      vca::require(opened->files->Move(opened->place, opened->target), what);
    }
    opened->is_done = true;
  });
}

#endif
