// Open parquet files and reading them batch by batch.
#ifndef VICINAL_ARROW_PARQUET_FILES_H
#define VICINAL_ARROW_PARQUET_FILES_H

#include <vector>

#include "systems.h"

namespace vca {

// The footer of a parquet file. It holds no open file: there may be thousands.
struct Parquet : Object {
  std::shared_ptr<System> system;
  std::string path;
  std::string name;
  int64_t size = -1;
  std::shared_ptr<parquet::FileMetaData> metadata;
  parquet::arrow::SchemaManifest manifest;

  // The top-level column of a name; throws if there is none or more than one.
  const parquet::arrow::SchemaField &column(const std::string &name) const;
};

// Batches of some columns.
struct Batches {
  std::shared_ptr<Parquet> parquet;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::unique_ptr<arrow::RecordBatchReader> reader;
  std::shared_ptr<arrow::RecordBatch> batch;
  // Rows of `batch` that were used, and the row of the file that comes next.
  int64_t used = 0;
  int64_t row = 0;

  // Begins at a row group.
  Batches(std::shared_ptr<Parquet> parquet,
          const std::vector<const parquet::arrow::SchemaField *> &columns,
          int64_t group, int64_t batch_rows);

  // Makes sure that `batch` has unused rows; false at the end.
  bool fill();

  // Unused rows of `batch`.
  int64_t left() const { return batch ? batch->num_rows() - used : 0; }

  // Marks rows as used.
  void use(int64_t rows) {
    used += rows;
    row += rows;
  }
};

} // namespace vca

#endif
