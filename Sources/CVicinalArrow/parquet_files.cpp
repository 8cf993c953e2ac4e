#ifdef VICINAL_ARROW

#include "parquet_files.h"

namespace vca {
namespace {

// The leaf columns under a field.
void collect(const parquet::arrow::SchemaField &field, std::vector<int> &into) {
  if (field.is_leaf())
    into.push_back(field.column_index);
  for (auto &child : field.children)
    collect(child, into);
}

// Runs what reads a parquet file; damage is a damaged file, whichever way
// Arrow says so.
template <typename Body> auto reading(const Parquet &parquet, Body body) {
  try {
    return body();
  } catch (const parquet::ParquetException &error) {
    // Requests that failed come as errors of input and output.
    auto *cause = dynamic_cast<const parquet::ParquetStatusException *>(&error);
    bool is_request =
        cause && cause->status().IsIOError() && !parquet.system->is_local;
    auto reason = cause ? cause->status().message() : error.what();
    throw Failure{is_request ? VCA_FILE_SYSTEM : VCA_CORRUPT_FILE,
                  "cannot read " + parquet.name + ": " + brief(reason)};
  }
}

} // namespace

const parquet::arrow::SchemaField &
Parquet::column(const std::string &wanted) const {
  const parquet::arrow::SchemaField *found = nullptr;
  std::string others;
  for (auto &field : manifest.schema_fields) {
    if (field.field->name() == wanted) {
      if (found)
        throw Failure{VCA_INVALID_ARGUMENT,
                      name + " has more than one column '" + wanted + "'"};
      found = &field;
    }
    others += (others.empty() ? "" : ", ") + field.field->name();
  }
  if (!found)
    throw Failure{VCA_INVALID_ARGUMENT, name + " has no column '" + wanted +
                                            "'; it has " + brief(others)};
  return *found;
}

Batches::Batches(
    std::shared_ptr<Parquet> from,
    const std::vector<const parquet::arrow::SchemaField *> &columns,
    int64_t group, int64_t batch_rows)
    : parquet(std::move(from)) {
  auto source = open_for_reading(*parquet->system, parquet->path, parquet->name,
                                 parquet->size);
  // The C library's heap gives freed blocks back; Arrow's own keeps tens of
  // MiB.
  auto *pool = arrow::system_memory_pool();
  // Without buffered streams a column of a row group would be read at once.
  parquet::ReaderProperties properties(pool);
  properties.enable_buffered_stream();
  properties.set_buffer_size(parquet->system->is_local ? 1 << 20 : 8 << 20);
  parquet::ArrowReaderProperties options(/*use_threads=*/false);
  options.set_pre_buffer(false);
  options.set_batch_size(std::max<int64_t>(1, batch_rows));
  auto what = "cannot read " + parquet->name;
  reading(*parquet, [&] {
    parquet::arrow::FileReaderBuilder builder;
    require_content(builder.Open(source, properties, parquet->metadata), what);
    builder.properties(options);
    builder.memory_pool(pool);
    require_content(builder.Build(&file), what);
    std::vector<int> groups, leaves;
    for (int each = 0; each < parquet->metadata->num_row_groups(); each++) {
      if (each >= group)
        groups.push_back(each);
      else
        row += parquet->metadata->RowGroup(each)->num_rows();
    }
    for (auto *column : columns)
      collect(*column, leaves);
    reader = require_content(file->GetRecordBatchReader(groups, leaves), what);
  });
}

bool Batches::fill() {
  while (left() == 0) {
    batch.reset();
    used = 0;
    reading(*parquet, [&] {
      auto status = reader->ReadNext(&batch);
      // A local file that ends early is damaged, not a failed request.
      if (status.IsIOError() && parquet->system->is_local)
        status = arrow::Status::Invalid(status.message());
      require_content(status, "cannot read " + parquet->name);
    });
    if (!batch)
      return false;
  }
  return true;
}

} // namespace vca

int32_t vca_open_parquet(int64_t system, const char *path, const char *name,
                         int64_t size, int64_t *parquet) {
  return vca::guarded([=] {
    auto opened = std::make_shared<vca::Parquet>();
    opened->system = vca::system_of(system);
    opened->path = path;
    opened->name = name;
    opened->size = size;
    auto file = vca::open_for_reading(*opened->system, path, name, size);
    auto what = "cannot read " + opened->name;
    vca::reading(*opened, [&] {
      opened->metadata = parquet::ReadMetaData(file);
      vca::require_content(parquet::arrow::SchemaManifest::Make(
                               opened->metadata->schema(),
                               opened->metadata->key_value_metadata(),
                               parquet::default_arrow_reader_properties(),
                               &opened->manifest),
                           what);
    });
    int64_t rows = 0;
    for (int each = 0; each < opened->metadata->num_row_groups(); each++) {
      auto more = opened->metadata->RowGroup(each)->num_rows();
      if (more < 0 || more > INT64_MAX - rows)
        throw vca::Failure{VCA_CORRUPT_FILE,
                           opened->name + " counts impossible rows"};
      rows += more;
    }
    if (rows != opened->metadata->num_rows())
      throw vca::Failure{VCA_CORRUPT_FILE,
                         opened->name + " says that it has " +
                             std::to_string(opened->metadata->num_rows()) +
                             " rows, but its row groups have " +
                             std::to_string(rows)};
    *parquet = vca::keep(opened);
  });
}

int32_t vca_parquet_rows(int64_t parquet, int64_t *rows) {
  return vca::guarded(
      [=] { *rows = vca::find<vca::Parquet>(parquet)->metadata->num_rows(); });
}

int32_t vca_parquet_columns(int64_t parquet, int64_t *columns) {
  return vca::guarded([=] {
    auto opened = vca::find<vca::Parquet>(parquet);
    *columns = opened->metadata->schema()->group_node()->field_count();
  });
}

int32_t vca_parquet_groups(int64_t parquet, int64_t *groups) {
  return vca::guarded([=] {
    *groups = vca::find<vca::Parquet>(parquet)->metadata->num_row_groups();
  });
}

int32_t vca_parquet_group_rows(int64_t parquet, int64_t group, int64_t *rows) {
  return vca::guarded([=] {
    auto opened = vca::find<vca::Parquet>(parquet);
    if (group < 0 || group >= opened->metadata->num_row_groups())
      throw vca::Failure{VCA_INVALID_ARGUMENT, "there is no such row group"};
    *rows = opened->metadata->RowGroup(static_cast<int>(group))->num_rows();
  });
}

int32_t vca_parquet_value(int64_t parquet, const char *key) {
  return vca::guarded([=] {
    auto pairs =
        vca::find<vca::Parquet>(parquet)->metadata->key_value_metadata();
    if (!pairs)
      return;
    auto value = pairs->Get(key);
    if (value.ok())
      vca::set_text(*value);
  });
}

#endif
