#ifdef VICINAL_ARROW

#include <cstring>

#include "parquet_files.h"
#include "parquet_writer.h"

namespace {

using vca::Failure;

// A row group ends at so many bytes of ids: the writer holds it several times,
// and ids may be long.
const int64_t GROUP_BYTES = 8 << 20;

struct ColumnStream : vca::Object {
  // Names and types; files may differ in what they say beside that.
  arrow::FieldVector fields;
  vca::Batches batches;

  ColumnStream(std::shared_ptr<vca::Parquet> parquet,
               const std::vector<const parquet::arrow::SchemaField *> &columns,
               int64_t batch_rows)
      : batches(std::move(parquet), columns, 0, batch_rows) {
    for (auto *column : columns)
      fields.push_back(
          arrow::field(column->field->name(), column->field->type()));
  }
};

// Requires the types of earlier columns.
void require_types(const arrow::FieldVector &fields,
                   const arrow::FieldVector &earlier, const std::string &name) {
  for (size_t i = 0; i < fields.size(); i++) {
    auto &here = *fields[i]->type(), &before = *earlier[i]->type();
    if (!here.Equals(before))
      throw Failure{VCA_INVALID_ARGUMENT,
                    "column '" + fields[i]->name() + "' of " + name +
                        " has the type " + vca::brief(here.ToString()) +
                        ", but " + vca::brief(before.ToString()) +
                        " in the files before it"};
  }
}

struct Mapping : vca::ParquetWriter {
  std::string key, value;
  std::shared_ptr<arrow::Schema> schema;

  // Adds columns and the number of each row, as a row group.
  void write(arrow::FieldVector fields, arrow::ChunkedArrayVector columns,
             int64_t first, int64_t count, const std::string &name) {
    arrow::Int64Builder numbers;
    vca::require(numbers.Reserve(count), "cannot number rows");
    for (int64_t i = 0; i < count; i++)
      numbers.UnsafeAppend(first + i);
    columns.push_back(std::make_shared<arrow::ChunkedArray>(
        vca::require(numbers.Finish(), "cannot number rows")));
    fields.push_back(arrow::field("i", arrow::int64()));
    if (!writer)
      open(arrow::schema(fields));
    else
      require_types(fields, schema->fields(), name);
    auto table = arrow::Table::Make(schema, columns, count);
    vca::require(writer->WriteTable(*table, count), "cannot write ids");
  }

  void open(const std::shared_ptr<arrow::Schema> &needed) {
    schema = needed;
    auto properties = parquet::WriterProperties::Builder()
                          .compression(parquet::Compression::SNAPPY)
                          ->build();
    // Types that parquet does not have, such as large strings, come back.
    auto options =
        parquet::ArrowWriterProperties::Builder().store_schema()->build();
    writer = vca::require(
        parquet::arrow::FileWriter::Open(*schema, arrow::system_memory_pool(),
                                         sink, properties, options),
        "cannot write ids");
  }
};

} // namespace

int32_t vca_open_columns(int64_t parquet, const char *names, int64_t count,
                         int64_t batch_rows, int64_t *stream) {
  return vca::guarded([=] {
    auto opened = vca::find<vca::Parquet>(parquet);
    std::vector<const parquet::arrow::SchemaField *> columns;
    auto *name = names;
    for (int64_t i = 0; i < count; i++, name += std::strlen(name) + 1)
      columns.push_back(&opened->column(name));
    *stream =
        vca::keep(std::make_shared<ColumnStream>(opened, columns, batch_rows));
  });
}

int32_t vca_require_same_types(int64_t stream, int64_t earlier) {
  return vca::guarded([=] {
    auto here = vca::find<ColumnStream>(stream);
    auto before = vca::find<ColumnStream>(earlier);
    if (here->fields.size() != before->fields.size())
      throw Failure{VCA_INVALID_ARGUMENT, "other columns than before"};
    require_types(here->fields, before->fields, here->batches.parquet->name);
  });
}

int32_t vca_open_mapping(const char *key, const char *value, int64_t *writer) {
  return vca::guarded([=] {
    auto opened = std::make_shared<Mapping>();
    opened->key = key;
    opened->value = value;
    *writer = vca::keep(opened);
  });
}

int32_t vca_map_columns(int64_t writer, int64_t stream, int64_t first,
                        int64_t capacity, int64_t *rows) {
  return vca::guarded([=] {
    auto mapping = vca::find<Mapping>(writer);
    auto &batches = vca::find<ColumnStream>(stream)->batches;
    *rows = 0;
    if (capacity <= 0 || !batches.fill())
      return;
    arrow::FieldVector fields;
    for (auto &field : batches.batch->schema()->fields())
      fields.push_back(arrow::field(field->name(), field->type()));
    std::vector<arrow::ArrayVector> pieces(fields.size());
    int64_t taken = 0, bytes = 0;
    while (taken < capacity && bytes < GROUP_BYTES && batches.fill()) {
      auto count = std::min(capacity - taken, batches.left());
      for (size_t i = 0; i < fields.size(); i++) {
        auto column = batches.batch->column(static_cast<int>(i));
        pieces[i].push_back(column->Slice(batches.used, count));
        bytes +=
            vca::require(arrow::util::ReferencedBufferSize(*pieces[i].back()),
                         "cannot measure ids");
      }
      batches.use(count);
      taken += count;
    }
    arrow::ChunkedArrayVector columns;
    for (auto &chunks : pieces)
      columns.push_back(std::make_shared<arrow::ChunkedArray>(chunks));
    mapping->write(std::move(fields), std::move(columns), first, taken,
                   batches.parquet->name);
    *rows = taken;
  });
}

int32_t vca_map_numbers(int64_t writer, int64_t first, int64_t count) {
  return vca::guarded(
      [=] { vca::find<Mapping>(writer)->write({}, {}, first, count, ""); });
}

int32_t vca_finish_mapping(int64_t writer) {
  return vca::guarded([=] {
    auto mapping = vca::find<Mapping>(writer);
    if (!mapping->writer)
      throw Failure{VCA_INVALID_ARGUMENT, "no ids"};
    auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    pairs->Append(mapping->key, mapping->value);
    vca::require(mapping->writer->AddKeyValueMetadata(pairs),
                 "cannot write ids");
    vca::require(mapping->writer->Close(), "cannot write ids");
  });
}

int32_t vca_pending(int64_t writer, const void **bytes, int64_t *count) {
  return vca::guarded([=] {
    auto target = vca::find<vca::ParquetWriter>(writer);
    target->given.clear();
    std::swap(target->given, target->sink->bytes);
    *bytes = target->given.data();
    *count = static_cast<int64_t>(target->given.size());
  });
}

#endif
