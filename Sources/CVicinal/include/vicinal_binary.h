/* Indexes over binary vectors: rows of dimension / 8 bytes, compared by the
 * number of bits in which they differ. What is not here (info, clone, remove,
 * reset, merge, parameters, files) works with both kinds. Include vicinal.h. */
#ifndef VICINAL_BINARY_H
#define VICINAL_BINARY_H

#include "vicinal_index.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes an empty index.
 * factory: as faiss's index_binary_factory: "BFlat", "BIVF1024", "BHNSW32" ...;
 * dimension: bits per vector, a multiple of 8. */
vicinal_status vicinal_binary_create(const char *factory, int64_t dimension,
                                     vicinal_handle *out);

/* Learns from n vectors. */
vicinal_status vicinal_binary_train(vicinal_handle index, int64_t n,
                                    const uint8_t *vectors,
                                    const vicinal_work *work);

/* Adds n vectors, which get the ids count ... count + n - 1. */
vicinal_status vicinal_binary_add(vicinal_handle index, int64_t n,
                                  const uint8_t *vectors,
                                  const vicinal_work *work);

/* Adds n vectors with an id each. */
vicinal_status vicinal_binary_add_with_ids(vicinal_handle index, int64_t n,
                                           const uint8_t *vectors,
                                           const int64_t *ids,
                                           const vicinal_work *work);

/* Finds the k nearest vectors of each of n queries.
 * distances, ids: n x k places each, best first; padded with id -1 and
 * INT32_MAX. */
vicinal_status vicinal_binary_search(vicinal_handle index, int64_t n,
                                     const uint8_t *queries, int64_t k,
                                     const vicinal_search_options *options,
                                     int32_t *distances, int64_t *ids);

/* Finds all vectors that differ in fewer than radius bits; distances in
 * vicinal_range_view are floats. */
vicinal_status vicinal_binary_range_search(
    vicinal_handle index, int64_t n, const uint8_t *queries, int32_t radius,
    const vicinal_search_options *options, vicinal_handle *out);

/* The vectors of n ids: n x dimension / 8 bytes. */
vicinal_status vicinal_binary_reconstruct(vicinal_handle index, int64_t n,
                                          const int64_t *ids, uint8_t *vectors);

#ifdef __cplusplus
}
#endif

#endif
