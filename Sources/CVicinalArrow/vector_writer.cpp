#ifdef VICINAL_ARROW

#include "parquet_writer.h"

namespace {

using vca::Failure;

struct VectorWriter : vca::ParquetWriter {
  std::shared_ptr<arrow::Schema> schema;
  bool has_ids = false, has_vectors = false;
  int64_t dimension = 0;
};

// An array that views `count` values; it must not outlive them.
template <typename Type>
std::shared_ptr<arrow::Array> view(const typename Type::c_type *values,
                                   int64_t count) {
  auto bytes = count * static_cast<int64_t>(sizeof(*values));
  auto buffer = std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t *>(values), bytes);
  return std::make_shared<arrow::NumericArray<Type>>(count, std::move(buffer));
}

} // namespace

int32_t vca_open_vector_writer(const char *id_column, const char *vector_column,
                               int64_t dimension, int64_t *writer) {
  return vca::guarded([=] {
    if (dimension < 1 || dimension > 1 << 20)
      throw Failure{VCA_INVALID_ARGUMENT, "vectors of this dimension cannot "
                                          "be written"};
    auto made = std::make_shared<VectorWriter>();
    made->dimension = dimension;
    made->has_ids = *id_column != 0;
    made->has_vectors = *vector_column != 0;
    arrow::FieldVector fields;
    if (made->has_ids)
      fields.push_back(arrow::field(id_column, arrow::int64(), false));
    if (made->has_vectors) {
      auto number = arrow::field("element", arrow::float32(), false);
      fields.push_back(arrow::field(
          vector_column,
          arrow::fixed_size_list(number, static_cast<int32_t>(dimension)),
          false));
    }
    made->schema = arrow::schema(fields);
    // Neither dictionaries nor compression make floats smaller.
    auto properties =
        parquet::WriterProperties::Builder().disable_dictionary()->build();
    // Lists of fixed size come back as such.
    auto options =
        parquet::ArrowWriterProperties::Builder().store_schema()->build();
    made->writer = vca::require(parquet::arrow::FileWriter::Open(
                                    *made->schema, arrow::system_memory_pool(),
                                    made->sink, properties, options),
                                "cannot write vectors");
    *writer = vca::keep(made);
  });
}

int32_t vca_add_vectors(int64_t writer, const int64_t *ids,
                        const float *vectors, int64_t rows) {
  return vca::guarded([=] {
    auto target = vca::find<VectorWriter>(writer);
    arrow::ArrayVector columns;
    if (target->has_ids)
      columns.push_back(view<arrow::Int64Type>(ids, rows));
    if (target->has_vectors)
      columns.push_back(std::make_shared<arrow::FixedSizeListArray>(
          target->schema->fields().back()->type(), rows,
          view<arrow::FloatType>(vectors, rows * target->dimension)));
    auto table = arrow::Table::Make(target->schema, columns, rows);
    vca::require(target->writer->WriteTable(*table, rows),
                 "cannot write vectors");
  });
}

int32_t vca_finish_vectors(int64_t writer) {
  return vca::guarded([=] {
    auto target = vca::find<VectorWriter>(writer);
    vca::require(target->writer->Close(), "cannot write vectors");
  });
}

#endif
