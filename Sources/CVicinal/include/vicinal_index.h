/* Making, training, filling and searching indexes over floats. Include
 * vicinal.h, whose rules hold here. */
#ifndef VICINAL_INDEX_H
#define VICINAL_INDEX_H

#include "vicinal_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes an empty index.
 * factory: as faiss's index_factory: "Flat", "IVF1024,PQ16", "HNSW32,SQ8",
 * "PCA64,IVF256,Flat", "IDMap2,Flat" ...; dimension: floats per vector;
 * metric_argument: p of VICINAL_METRIC_LP, else 0. */
vicinal_status vicinal_index_create(const char *factory, int64_t dimension,
                                    int32_t metric, float metric_argument,
                                    vicinal_handle *out);

/* What an index is; of indexes over floats and over binary vectors. */
typedef struct vicinal_index_info {
  /* Floats, or bits, per vector. */
  int64_t dimension;
  /* Vectors held. faiss: ntotal. */
  int64_t count;
  /* Bytes of memory held, mapped files not. */
  int64_t memory_bytes;
  /* Bytes of a code of vicinal_index_encode; -1 if the index has none. */
  int64_t code_size;
  int32_t metric;
  float metric_argument;
  /* 1 if vectors can be added. */
  int32_t is_trained;
  /* 1 for an index over binary vectors. */
  int32_t is_binary;
} vicinal_index_info;

/* Fills in what an index is. */
vicinal_status vicinal_index_get_info(vicinal_handle index,
                                      vicinal_index_info *out);

/* A copy with a life of its own. Memory is shared until one of them changes.
 * faiss: clone_index. */
vicinal_status vicinal_index_clone(vicinal_handle index, vicinal_handle *out);

/* Learns from n vectors; indexes that learn nothing return at once. work may be
 * null. */
vicinal_status vicinal_index_train(vicinal_handle index, int64_t n,
                                   const float *vectors,
                                   const vicinal_work *work);

/* Adds n vectors, which get the ids count ... count + n - 1. */
vicinal_status vicinal_index_add(vicinal_handle index, int64_t n,
                                 const float *vectors,
                                 const vicinal_work *work);

/* Adds n vectors with an id each. faiss: add_with_ids. */
vicinal_status vicinal_index_add_with_ids(vicinal_handle index, int64_t n,
                                          const float *vectors,
                                          const int64_t *ids,
                                          const vicinal_work *work);

/* Parameters of one search. Those that an index does not have are an error.
 * Begin with VICINAL_SEARCH_OPTIONS_INIT: the settings of the index. */
typedef struct vicinal_search_options {
  /* Ids that may be found, or 0 for all. */
  vicinal_handle filter;
  /* The following are -1 for what the index has set. */
  int64_t nprobe;
  int64_t ef_search;
  /* Of the graph that finds the lists. */
  int64_t coarse_ef_search;
  /* Lists visited by the index that finds the lists. */
  int64_t coarse_nprobe;
  int64_t max_codes;
  /* Polysemous search; 0 turns it off. faiss: polysemous_ht. */
  int64_t hamming_threshold;
  /* RaBitQ: bits of queries, 0 for floats. faiss: qb. */
  int64_t query_bits;
  /* Refined indexes, 0 for what is set. faiss: k_factor. */
  float refine_factor;
  /* Threads; 0 for the number of vicinal_set_threads. */
  int32_t threads;
  /* 1: where there is no result, distances are the largest finite number (or
   * its negative) as in faiss, instead of infinite; of vicinal_index_search
   * only. */
  int32_t finite_padding;
  /* Inverted files: lists are visited only if their cell is at least this part
   * as good as the best one, 0 ... 1; 0 for all, -1 for what is set. Compared
   * are similarities s / best, where both are negative best / s, and distances
   * best / s. */
  float cell_ratio;
  /* Refined indexes: how many of the k results are compared again; the values
   * of all are then on the line that fits these best. A query with no more
   * results has them all compared and ranked anew. 0 for none, -1 for all. */
  int64_t refine_samples;
} vicinal_search_options;

#define VICINAL_SEARCH_OPTIONS_INIT                                            \
  {0, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, -1, -1}

/* Finds the k nearest vectors of each of n queries.
 * options: or null; distances, ids: n x k places each, best first, equal
 * distances by id; padded with id -1 and the metric's worst value. */
vicinal_status vicinal_index_search(vicinal_handle index, int64_t n,
                                    const float *queries, int64_t k,
                                    const vicinal_search_options *options,
                                    float *distances, int64_t *ids);

/* The same among lists that the caller chose, of an inverted file.
 * lists: n x nprobe numbers of lists, below 0 for none; list_distances: what
 * the index that finds the lists says of each, a number for each list. options
 * must not set nprobe nor what finds the lists. faiss: search_preassigned. */
vicinal_status vicinal_index_search_lists(
    vicinal_handle index, int64_t n, const float *queries, int64_t nprobe,
    const int64_t *lists, const float *list_distances, int64_t k,
    const vicinal_search_options *options, float *distances, int64_t *ids);

/* The same, and the vectors found: n x k x dimension floats, NaN where there is
 * no result. faiss: search_and_reconstruct. */
vicinal_status vicinal_index_search_and_reconstruct(
    vicinal_handle index, int64_t n, const float *queries, int64_t k,
    const vicinal_search_options *options, float *distances, int64_t *ids,
    float *vectors);

/* Finds all vectors nearer than a radius: below it for distances, above it for
 * similarities. out: read with vicinal_range_view, then release. */
vicinal_status vicinal_index_range_search(vicinal_handle index, int64_t n,
                                          const float *queries, float radius,
                                          const vicinal_search_options *options,
                                          vicinal_handle *out);

/* Results of a range search, valid until it is released: those of query i are
 * at limits[i] ... limits[i + 1] - 1 of the other two, best first.
 * query_count may be null, as may the others. */
vicinal_status vicinal_range_view(vicinal_handle range, int64_t *query_count,
                                  const int64_t **limits,
                                  const float **distances, const int64_t **ids);

/* The vectors of n ids, decoded if codes are held: n x dimension floats.
 * faiss: reconstruct_batch. */
vicinal_status vicinal_index_reconstruct(vicinal_handle index, int64_t n,
                                         const int64_t *ids, float *vectors);

/* The vectors of the ids first ... first + n - 1. faiss: reconstruct_n. */
vicinal_status vicinal_index_reconstruct_range(vicinal_handle index,
                                               int64_t first, int64_t n,
                                               float *vectors);

/* n vectors less what the index holds under n ids: n x dimension floats.
 * faiss: compute_residual_n. */
vicinal_status vicinal_index_residuals(vicinal_handle index, int64_t n,
                                       const float *vectors, const int64_t *ids,
                                       float *out);

/* The codes that the index would keep of n vectors: n x code_size bytes.
 * faiss: sa_encode. */
vicinal_status vicinal_index_encode(vicinal_handle index, int64_t n,
                                    const float *vectors, uint8_t *codes);

/* The vectors that n codes stand for: n x dimension floats. faiss: sa_decode.
 */
vicinal_status vicinal_index_decode(vicinal_handle index, int64_t n,
                                    const uint8_t *codes, float *vectors);

#ifdef __cplusplus
}
#endif

#endif
