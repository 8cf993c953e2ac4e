#ifdef VICINAL_ARROW

#include <bit>
#include <cstring>

#include "parquet_files.h"

namespace {

using vca::Failure;

struct VectorStream : vca::Object {
  vca::Batches batches;
  std::string column;

  VectorStream(std::shared_ptr<vca::Parquet> parquet, std::string name,
               int64_t group, int64_t batch_rows)
      : batches(parquet, {&parquet->column(name)}, group, batch_rows),
        column(std::move(name)) {}

  // "row 7 of vectors.parquet"
  std::string place(int64_t row) const {
    return "row " + std::to_string(row) + " of " + batches.parquet->name;
  }
};

// A type without the names that extensions give it, such as tensors.
std::shared_ptr<arrow::DataType> plain(std::shared_ptr<arrow::DataType> type) {
  while (type->id() == arrow::Type::EXTENSION)
    type = static_cast<const arrow::ExtensionType &>(*type).storage_type();
  return type;
}

// A dimension beyond this is taken for damage, as in .fvecs files.
constexpr int64_t largest_dimension = 1 << 20;

// The column of the file that the numbers of a field are in.
int first_leaf(const parquet::arrow::SchemaField &field) {
  auto *leaf = &field;
  while (!leaf->is_leaf() && !leaf->children.empty())
    leaf = &leaf->children.front();
  return leaf->column_index;
}

bool is_number(const arrow::DataType &type) {
  return arrow::is_floating(type.id()) || arrow::is_integer(type.id());
}

// The type of the numbers of a column of vectors; throws for other columns.
void require_vectors(const vca::Parquet &parquet,
                     const parquet::arrow::SchemaField &field) {
  auto type = plain(field.field->type());
  std::shared_ptr<arrow::DataType> numbers;
  switch (type->id()) {
  case arrow::Type::LIST:
  case arrow::Type::LARGE_LIST:
  case arrow::Type::FIXED_SIZE_LIST:
    numbers = static_cast<const arrow::BaseListType &>(*type).value_type();
    break;
  default:
    break;
  }
  if (!numbers || !is_number(*numbers))
    throw Failure{VCA_UNSUPPORTED,
                  "column '" + field.field->name() + "' of " + parquet.name +
                      " has the type " +
                      vca::brief(field.field->type()->ToString()) +
                      ", expected lists of float16, float32 or float64"};
}

float from_half(uint16_t bits) {
  uint32_t magnitude = bits & 0x7fff;
  float value;
  if (magnitude < 0x400) {
    value = static_cast<float>(magnitude) * 0x1p-24f;
  } else {
    // From bias 15 to bias 127; all ones stay all ones.
    uint32_t rebias = magnitude >= 0x7c00 ? 224u << 23 : 112u << 23;
    value = std::bit_cast<float>((magnitude << 13) + rebias);
  }
  return std::bit_cast<float>(std::bit_cast<uint32_t>(value) |
                              static_cast<uint32_t>(bits & 0x8000) << 16);
}

template <typename Stored>
void widen(const arrow::Array &values, int64_t first, int64_t count,
           float *out) {
  auto *from = values.data()->GetValues<Stored>(1) + first;
  for (int64_t i = 0; i < count; i++)
    out[i] = static_cast<float>(from[i]);
}

// Converts numbers `first` ... of a flat array, which has that many.
void convert(const arrow::Array &values, int64_t first, int64_t count,
             float *out) {
  switch (values.type_id()) {
  case arrow::Type::HALF_FLOAT: {
    auto *from = values.data()->GetValues<uint16_t>(1) + first;
    for (int64_t i = 0; i < count; i++)
      out[i] = from_half(from[i]);
    return;
  }
  case arrow::Type::FLOAT:
    if (count > 0)
      std::memcpy(out, values.data()->GetValues<float>(1) + first,
                  static_cast<size_t>(count) * sizeof(float));
    return;
  case arrow::Type::DOUBLE:
    return widen<double>(values, first, count, out);
  case arrow::Type::INT8:
    return widen<int8_t>(values, first, count, out);
  case arrow::Type::INT16:
    return widen<int16_t>(values, first, count, out);
  case arrow::Type::INT32:
    return widen<int32_t>(values, first, count, out);
  case arrow::Type::INT64:
    return widen<int64_t>(values, first, count, out);
  case arrow::Type::UINT8:
    return widen<uint8_t>(values, first, count, out);
  case arrow::Type::UINT16:
    return widen<uint16_t>(values, first, count, out);
  case arrow::Type::UINT32:
    return widen<uint32_t>(values, first, count, out);
  case arrow::Type::UINT64:
    return widen<uint64_t>(values, first, count, out);
  default:
    throw Failure{VCA_UNSUPPORTED, "vectors of another type"};
  }
}

std::shared_ptr<arrow::Array> storage(std::shared_ptr<arrow::Array> array) {
  while (array->type_id() == arrow::Type::EXTENSION)
    array = static_cast<const arrow::ExtensionArray &>(*array).storage();
  return array;
}

// Where the numbers of row `row` of a list array begin and how many they are.
template <typename Lists>
std::pair<int64_t, int64_t> extent(const Lists &lists, int64_t row) {
  return {lists.value_offset(row), lists.value_length(row)};
}

// Converts rows `first` ... of a list array.
template <typename Lists>
void convert_lists(const VectorStream &stream, const Lists &lists,
                   int64_t first, int64_t count, int64_t dimension,
                   float *out) {
  auto values = lists.values();
  bool has_gaps = values->null_count() > 0;
  for (int64_t i = 0; i < count; i++) {
    auto row = first + i;
    auto place = [&] { return stream.place(stream.batches.row + i); };
    if (lists.IsNull(row))
      throw Failure{VCA_CORRUPT_FILE, place() + " has no vector in column '" +
                                          stream.column + "' (null)"};
    auto [start, length] = extent(lists, row);
    if (start < 0 || length < 0 || start > values->length() - length)
      throw Failure{VCA_CORRUPT_FILE, place() + " lies outside its column"};
    if (length != dimension)
      throw Failure{VCA_DIMENSION_MISMATCH,
                    place() + " has a vector of " + std::to_string(length) +
                        " numbers in column '" + stream.column +
                        "', expected " + std::to_string(dimension)};
    for (auto j = start; has_gaps && j < start + length; j++)
      if (values->IsNull(j))
        throw Failure{VCA_CORRUPT_FILE, place() + " lacks number " +
                                            std::to_string(j - start) +
                                            " of its vector (null)"};
    convert(*values, start, length, out + i * dimension);
  }
}

} // namespace

int32_t vca_vectors_dimension(int64_t parquet, const char *column,
                              int64_t *dimension) {
  return vca::guarded([=] {
    auto opened = vca::find<vca::Parquet>(parquet);
    auto &field = opened->column(column);
    require_vectors(*opened, field);
    *dimension = 0;
    if (opened->metadata->num_rows() == 0)
      return;
    auto type = plain(field.field->type());
    if (type->id() == arrow::Type::FIXED_SIZE_LIST) {
      *dimension =
          static_cast<const arrow::FixedSizeListType &>(*type).list_size();
    } else {
      VectorStream stream(opened, column, 0, 1);
      if (!stream.batches.fill())
        return;
      auto lists = storage(stream.batches.batch->column(0));
      if (lists->IsNull(0))
        throw Failure{VCA_CORRUPT_FILE, stream.place(0) +
                                            " has no vector in column '" +
                                            stream.column + "' (null)"};
      *dimension =
          lists->type_id() == arrow::Type::LARGE_LIST
              ? static_cast<const arrow::LargeListArray &>(*lists).value_length(
                    0)
              : static_cast<const arrow::ListArray &>(*lists).value_length(0);
    }
    // Sizes are allocated by it, so a claim must be believable.
    int64_t numbers = 0;
    for (int each = 0; each < opened->metadata->num_row_groups(); each++)
      numbers += std::max<int64_t>(0, opened->metadata->RowGroup(each)
                                          ->ColumnChunk(first_leaf(field))
                                          ->num_values());
    if (*dimension > std::min(numbers, largest_dimension))
      throw Failure{VCA_CORRUPT_FILE,
                    opened->name + " claims vectors of " +
                        std::to_string(*dimension) + " numbers, but has " +
                        std::to_string(numbers) + " in all (at most " +
                        std::to_string(largest_dimension) + " are accepted)"};
    if (*dimension <= 0)
      throw Failure{VCA_CORRUPT_FILE, "row 0 of " + opened->name +
                                          " has a vector of no numbers in"
                                          " column '" +
                                          column + "'"};
  });
}

int32_t vca_open_vectors(int64_t parquet, const char *column, int64_t group,
                         int64_t batch_rows, int64_t *stream) {
  return vca::guarded([=] {
    auto opened = vca::find<vca::Parquet>(parquet);
    require_vectors(*opened, opened->column(column));
    *stream = vca::keep(
        std::make_shared<VectorStream>(opened, column, group, batch_rows));
  });
}

int32_t vca_skip_vectors(int64_t stream, int64_t rows) {
  return vca::guarded([=] {
    auto &batches = vca::find<VectorStream>(stream)->batches;
    for (auto left = rows; left > 0 && batches.fill();) {
      auto taken = std::min(left, batches.left());
      batches.use(taken);
      left -= taken;
    }
  });
}

int32_t vca_next_vectors(int64_t stream, int64_t dimension, int64_t capacity,
                         float *vectors, int64_t *rows) {
  return vca::guarded([=] {
    auto kept = vca::find<VectorStream>(stream);
    auto &batches = kept->batches;
    *rows = 0;
    while (*rows < capacity && batches.fill()) {
      auto taken = std::min(capacity - *rows, batches.left());
      auto lists = storage(batches.batch->column(0));
      auto *out = vectors + *rows * dimension;
      switch (lists->type_id()) {
      case arrow::Type::LIST:
        convert_lists(*kept, static_cast<const arrow::ListArray &>(*lists),
                      batches.used, taken, dimension, out);
        break;
      case arrow::Type::LARGE_LIST:
        convert_lists(*kept, static_cast<const arrow::LargeListArray &>(*lists),
                      batches.used, taken, dimension, out);
        break;
      case arrow::Type::FIXED_SIZE_LIST:
        convert_lists(*kept,
                      static_cast<const arrow::FixedSizeListArray &>(*lists),
                      batches.used, taken, dimension, out);
        break;
      default:
        throw Failure{VCA_UNSUPPORTED, "a column of another type"};
      }
      batches.use(taken);
      *rows += taken;
    }
  });
}

#endif
