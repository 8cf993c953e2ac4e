/* Files of indexes, in faiss's format: what faiss writes is read, and what is
 * written faiss reads. Paths are local. Include vicinal.h. */
#ifndef VICINAL_FILE_H
#define VICINAL_FILE_H

#include "vicinal_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How an index is opened; add what is wanted. */
enum {
  VICINAL_READ_DEFAULT = 0,
  /* Vectors stay in the file, which must not change while the index lives.
   * faiss: IO_FLAG_MMAP. */
  VICINAL_READ_MAPPED = 1,
  /* No int8 companions: a quarter less memory, slower searches. */
  VICINAL_READ_FLOAT_ONLY = 2
};

/* Writes an index of either kind. The file appears only when all of it is on
 * disk; one of that name is replaced. faiss: write_index, write_index_binary.
 */
vicinal_status vicinal_index_save(vicinal_handle index, const char *path,
                                  const vicinal_work *work);

/* Opens an index file of either kind; the file is not trusted. faiss:
 * read_index, read_index_binary. */
vicinal_status vicinal_index_load(const char *path, int32_t flags,
                                  const vicinal_work *work,
                                  vicinal_handle *out);

/* A flat index of the vectors of an .npy file of float32 or float16, which stay
 * in the file: for VICINAL_COMPOSE_REFINED, which looks at few of them. */
vicinal_status vicinal_index_map_vectors(const char *path, int32_t metric,
                                         vicinal_handle *out);

/* The bytes of the file of an index; read with vicinal_bytes_view. faiss:
 * serialize_index. */
vicinal_status vicinal_index_serialize(vicinal_handle index,
                                       vicinal_handle *out);

/* Makes an index from the bytes of a file, which are copied. faiss:
 * deserialize_index. */
vicinal_status vicinal_index_deserialize(const void *data, int64_t size,
                                         int32_t flags, vicinal_handle *out);

/* What a file holds, without loading it, as the JSON of `vicinal describe
 * --json`: className, dimension, count, metric, children ... */
vicinal_status vicinal_file_describe(const char *path, vicinal_handle *out);

/* The same of the bytes of a file. */
vicinal_status vicinal_bytes_describe(const void *data, int64_t size,
                                      vicinal_handle *out);

#ifdef __cplusplus
}
#endif

#endif
