// Writing one parquet file, whose bytes are taken out as they come.
#ifndef VICINAL_ARROW_PARQUET_WRITER_H
#define VICINAL_ARROW_PARQUET_WRITER_H

#include <string>

#include "call.h"

namespace vca {

// Keeps what the parquet writer writes until somebody takes it.
class Pending : public arrow::io::OutputStream {
public:
  std::string bytes;

  arrow::Status Close() override {
    is_closed = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return is_closed; }
  arrow::Result<int64_t> Tell() const override { return position; }
  arrow::Status Write(const void *data, int64_t count) override {
    bytes.append(static_cast<const char *>(data), static_cast<size_t>(count));
    position += count;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;

private:
  int64_t position = 0;
  bool is_closed = false;
};

// A parquet file that is being written.
struct ParquetWriter : Object {
  std::shared_ptr<Pending> sink = std::make_shared<Pending>();
  // What vca_pending() gave last.
  std::string given;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

} // namespace vca

#endif
