// What Vicinal needs of Apache Arrow C++, as plain C: file systems behind URIs,
// and parquet files.
//
// Results. Functions return a code: VCA_OK, or a code of Vicinal's IndexError.
// vca_message() then says what happened, in a sentence without a full stop. No
// C++ exception leaves a function.
//
// Handles. Objects are numbers, never pointers: a closed or invented handle is
// an error, not a crash. Whoever opens something closes it with vca_close().
//
// Threads. Every function may be called from any thread. Streams, writers and
// outputs are for one thread at a time; everything else may be shared.
//
// Texts are UTF-8 and end with a zero byte. `name` is what messages call a
// file; it holds no credentials.
//
// Without Arrow (package trait "Arrow" off) every function that could fail
// does, with VCA_UNSUPPORTED and advice.
#ifndef VICINAL_ARROW_H
#define VICINAL_ARROW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  VCA_OK = 0,
  VCA_INVALID_ARGUMENT = 1,
  VCA_DIMENSION_MISMATCH = 2,
  VCA_UNSUPPORTED = 5,
  VCA_CORRUPT_FILE = 7,
  VCA_FILE_SYSTEM = 8,
};

enum { VCA_MISSING = 0, VCA_FILE = 1, VCA_FOLDER = 2 };

// The handle of the file system of this machine; it need not be opened.
enum { VCA_LOCAL = 0 };

// Whether this build has Arrow: 1 or 0.
int32_t vca_is_available(void);

// Why the last call on this thread failed. Valid until the next call on it.
const char *vca_message(void);

// The text that the last call on this thread gave. Valid until the next call.
const char *vca_text(void);

// Ends the life of what a handle stands for. An output that was not committed
// leaves nothing behind. Unknown handles are ignored.
void vca_close(int64_t handle);

// ---- File systems -----------------------------------------------------------

// Calls that must reach a server give up after so many seconds; at least 1.
void vca_set_timeout(double seconds);

// Opens the file system behind a URI, for example
// "s3://bucket?region=eu-west-1" or "hdfs://host:9000/". The same URI gives the
// same handle; it is never closed. Credentials come from the URI or from the
// environment.
int32_t vca_open_system(const char *uri, int64_t *system);

// What is at a path inside a file system: VCA_MISSING, VCA_FILE or VCA_FOLDER,
// and the bytes of a file.
int32_t vca_status(int64_t system, const char *path, int32_t *kind,
                   int64_t *size);

// All files in a folder and in its sub-folders, in no order.
int32_t vca_list(int64_t system, const char *path, int64_t *listing,
                 int64_t *count);

// One file of a listing; its path inside the file system is vca_text().
int32_t vca_listed(int64_t listing, int64_t index, int64_t *size);

// Makes a folder and those above it; one that exists is left as it is.
int32_t vca_make_folder(int64_t system, const char *path);

// Deletes a file.
int32_t vca_delete(int64_t system, const char *path);

// Deletes a folder with everything in it.
int32_t vca_delete_folder(int64_t system, const char *path);

// Opens a file for reading in any order. `size` are its bytes, -1 if unknown.
int32_t vca_open_file(int64_t system, const char *path, const char *name,
                      int64_t size, int64_t *file);

// Bytes of an open file.
int32_t vca_file_size(int64_t file, int64_t *size);

// Copies `count` parts of a file, one after the other, to `bytes`, which must
// have room for all of them. The parts are fetched at the same time.
int32_t vca_read(int64_t file, int64_t count, const int64_t *offsets,
                 const int64_t *lengths, void *bytes);

// Opens a file for writing under its name; nothing is visible there before
// vca_commit(). `replaces_by_moving` is 1 where a file is written under another
// name and then moved (HDFS), 0 where uploads appear when complete (S3, GCS).
int32_t vca_open_output(int64_t system, const char *path, const char *name,
                        int32_t replaces_by_moving, int64_t *output);

// Adds bytes at the end.
int32_t vca_write(int64_t output, const void *bytes, int64_t count);

// Makes what was written visible under its name.
int32_t vca_commit(int64_t output);

// ---- Parquet: vectors -------------------------------------------------------

// Opens a parquet file and reads its footer, no data. `size` as above.
int32_t vca_open_parquet(int64_t system, const char *path, const char *name,
                         int64_t size, int64_t *parquet);

// Rows of the file.
int32_t vca_parquet_rows(int64_t parquet, int64_t *rows);

// Row groups, and the rows of one.
int32_t vca_parquet_groups(int64_t parquet, int64_t *groups);
int32_t vca_parquet_group_rows(int64_t parquet, int64_t group, int64_t *rows);

// Columns, those of a nested type counted once.
int32_t vca_parquet_columns(int64_t parquet, int64_t *columns);

// A value of the key-value metadata as vca_text(), "" if there is none.
int32_t vca_parquet_value(int64_t parquet, const char *key);

// Requires a column of vectors: a list, large list or list of fixed size of
// floating-point numbers or integers. Gives the numbers per vector, taken from
// the type or from the first row; 0 if there is no row.
int32_t vca_vectors_dimension(int64_t parquet, const char *column,
                              int64_t *dimension);

// Reads vectors from the beginning of a row group on, about `batch_rows` at a
// time: memory is bounded by that and by pages of the file.
int32_t vca_open_vectors(int64_t parquet, const char *column, int64_t group,
                         int64_t batch_rows, int64_t *stream);

// Passes over rows.
int32_t vca_skip_vectors(int64_t stream, int64_t rows);

// Converts up to `capacity` vectors of `dimension` numbers to floats; 0 rows
// mean the end. A missing vector or number, or another dimension, is an error
// that names the row.
int32_t vca_next_vectors(int64_t stream, int64_t dimension, int64_t capacity,
                         float *vectors, int64_t *rows);

// ---- Parquet: id columns ----------------------------------------------------

// Reads columns of any type, `batch_rows` at a time. `names` holds `count`
// names, each with a zero byte behind it.
int32_t vca_open_columns(int64_t parquet, const char *names, int64_t count,
                         int64_t batch_rows, int64_t *stream);

// Requires that two streams of the same columns have the same types; the
// message names the file of the first.
int32_t vca_require_same_types(int64_t stream, int64_t earlier);

// A writer of one parquet file: some columns, then `i` (int64). The bytes are
// taken out with vca_pending(). `key` and `value` go to its metadata.
int32_t vca_open_mapping(const char *key, const char *value, int64_t *writer);

// Takes the next rows of a stream, at most `capacity`, which get the numbers
// from `first` on. 0 rows mean the end of the stream. All streams of a writer
// must have the same types.
int32_t vca_map_columns(int64_t writer, int64_t stream, int64_t first,
                        int64_t capacity, int64_t *rows);

// Adds rows that have a number only.
int32_t vca_map_numbers(int64_t writer, int64_t first, int64_t count);

// Ends the file.
int32_t vca_finish_mapping(int64_t writer);

// A writer of one parquet file of ids (int64) and vectors (lists of
// `dimension` float32, at least 1). An empty name leaves a column out. The
// bytes are taken out with vca_pending().
int32_t vca_open_vector_writer(const char *id_column, const char *vector_column,
                               int64_t dimension, int64_t *writer);

// Adds rows, as a row group.
int32_t vca_add_vectors(int64_t writer, const int64_t *ids,
                        const float *vectors, int64_t rows);

// Ends the file.
int32_t vca_finish_vectors(int64_t writer);

// Bytes that came since the last call; valid until the next call that takes
// this writer. They are given once.
int32_t vca_pending(int64_t writer, const void **bytes, int64_t *count);

#ifdef __cplusplus
}
#endif

#endif
