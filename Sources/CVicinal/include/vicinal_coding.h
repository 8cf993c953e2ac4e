/* The parts of indexes on their own: k-means, transforms, quantizers. Include
 * vicinal.h, whose rules hold here. */
#ifndef VICINAL_CODING_H
#define VICINAL_CODING_H

#include "vicinal_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How k-means runs, with faiss's names. Begin with VICINAL_KMEANS_OPTIONS_INIT:
 * faiss's defaults. */
typedef struct vicinal_kmeans_options {
  int64_t niter;
  int64_t nredo;
  int64_t max_points_per_centroid;
  int64_t min_points_per_centroid;
  uint64_t seed;
  /* Centroids are normalised after each round. */
  int32_t spherical;
  /* Given centroids stay where they are. */
  int32_t frozen_centroids;
  /* VICINAL_METRIC_L2 or VICINAL_METRIC_INNER_PRODUCT. */
  int32_t metric;
  /* 0: rounds over all points, niter of them. Otherwise the points are gone
   * through in batches of so many rows, -1 for 1024 or 2 k: about a third of
   * the time of 10 rounds. Of an index with product codes: for these too. */
  int64_t batch_size;
} vicinal_kmeans_options;

#define VICINAL_KMEANS_OPTIONS_INIT                                            \
  {25, 1, 256, 39, 1234, 0, 0, VICINAL_METRIC_L2, 0}

/* What one round did. */
typedef struct vicinal_kmeans_round {
  /* Sum of the distances of points to their centroids. */
  double objective;
  /* 1 when all clusters are equally large. */
  double imbalance;
  /* Empty clusters that were refilled. */
  int64_t splits;
} vicinal_kmeans_round;

/* Finds k centroids of n points.
 * weights: n, or null; options: or null; initial: initial_count <= k starting
 * centroids, or null; centroids: k x dimension floats; rounds: niter places or
 * null; round_count: how many were filled, or null. faiss: Clustering.train. */
vicinal_status vicinal_kmeans(int64_t n, int64_t dimension, const float *points,
                              const float *weights, int64_t k,
                              const vicinal_kmeans_options *options,
                              int64_t initial_count, const float *initial,
                              const vicinal_work *work, float *centroids,
                              vicinal_kmeans_round *rounds,
                              int64_t *round_count);

/* How k-means in batches runs. Begin with VICINAL_MINIBATCH_OPTIONS_INIT. */
typedef struct vicinal_minibatch_options {
  /* Rows of a step; 0 for 1024 or 2 k, whichever is more. */
  int64_t batch_size;
  /* Times that vectors in memory are gone through. */
  int64_t passes;
  /* Steps at most; 0 for no limit. */
  int64_t max_steps;
  /* Learning ends when the mean distance of patience steps is not smaller than
   * that of as many before by this part, twice running. */
  int64_t patience;
  double tolerance;
  /* Rounds over all vectors at the end, where these are in memory. */
  int64_t final_passes;
  /* A cluster that holds less than this part of the largest takes over half of
   * another. */
  double least_share;
  uint64_t seed;
  /* 0: centroids begin at rows drawn at random; 1: as k-means++ draws them. */
  int32_t start;
  /* VICINAL_METRIC_L2, or VICINAL_METRIC_INNER_PRODUCT for cosine similarity:
   * centroids have length 1. */
  int32_t metric;
} vicinal_minibatch_options;

#define VICINAL_MINIBATCH_OPTIONS_INIT                                         \
  {0, 2, 0, 10, 1e-4, 1, 0.005, 1234, 0, VICINAL_METRIC_L2}

/* What is known of clusters. */
typedef struct vicinal_minibatch_info {
  int64_t batch_size;
  /* Steps done. */
  int64_t steps;
  /* Clusters that took over half of another, as they held nearly nothing. */
  int64_t repairs;
  /* 1 if there are centroids. */
  int32_t is_trained;
  /* 1 if more batches would bring nothing. */
  int32_t is_converged;
} vicinal_minibatch_info;

/* k-means that sees a batch at a time, of k clusters of each of the equal parts
 * that vectors are cut into; parts: 1 for whole vectors. options: or null. */
vicinal_status
vicinal_minibatch_create(int64_t k, int64_t dimension, int64_t parts,
                         const vicinal_minibatch_options *options,
                         vicinal_handle *out);

/* Learns from a batch of n vectors. The first are kept until there are enough
 * to begin. */
vicinal_status vicinal_minibatch_update(vicinal_handle clusters, int64_t n,
                                        const float *vectors,
                                        const vicinal_work *work);

/* There are no more batches: begins with what came, if it has not begun. */
vicinal_status vicinal_minibatch_finish(vicinal_handle clusters);

/* Learns from n vectors that are all there, in batches and then by rounds over
 * all of them. */
vicinal_status vicinal_minibatch_train(vicinal_handle clusters, int64_t n,
                                       const float *vectors,
                                       const vicinal_work *work);

/* Begins at given centroids, parts x k x dimension / parts floats. */
vicinal_status vicinal_minibatch_set_centroids(vicinal_handle clusters,
                                               const float *centroids);

/* The nearest cluster of each part of n vectors: n x parts labels, and their
 * distances (similarities) unless that is null. */
vicinal_status vicinal_minibatch_assign(vicinal_handle clusters, int64_t n,
                                        const float *vectors, int64_t *labels,
                                        float *values);

/* Distances (similarities) to all centroids: parts x n x k floats. */
vicinal_status vicinal_minibatch_compare(vicinal_handle clusters, int64_t n,
                                         const float *vectors, float *values);

/* Fills in what is known. */
vicinal_status vicinal_minibatch_get_info(vicinal_handle clusters,
                                          vicinal_minibatch_info *out);

/* "centroids", parts x k x dimension / parts floats, or "history", the mean
 * distance (similarity) of each step; to be read as float with
 * vicinal_bytes_view. */
vicinal_status vicinal_minibatch_array(vicinal_handle clusters,
                                       const char *name, vicinal_handle *out);

/* The k nearest rows of each query among n vectors, without an index.
 * faiss: knn. */
vicinal_status vicinal_knn(int64_t query_count, const float *queries, int64_t n,
                           const float *vectors, int64_t dimension, int64_t k,
                           int32_t metric, float metric_argument,
                           float *distances, int64_t *ids);

/* Makes a transform from its word in factory strings: "PCA64", "PCAW64",
 * "OPQ16_64", "RR64", "ITQ64", "AE64", "CC64x1024", "L2norm", "Pad128", "HR".
 */
vicinal_status vicinal_transform_create(const char *word,
                                        int64_t input_dimension,
                                        vicinal_handle *out);

/* Makes a transform that chooses coordinates: output i is input map[i], or 0
 * for -1. faiss: RemapDimensionsTransform. */
vicinal_status vicinal_transform_create_map(int64_t input_dimension,
                                            int64_t output_dimension,
                                            const int32_t *map,
                                            vicinal_handle *out);

/* Makes a linear transform, A x + b.
 * matrix: output x input floats, row-major; bias: output floats, or null.
 * faiss: LinearTransform. */
vicinal_status vicinal_transform_create_linear(int64_t input_dimension,
                                               int64_t output_dimension,
                                               const float *matrix,
                                               const float *bias,
                                               vicinal_handle *out);

/* What a transform is. */
typedef struct vicinal_transform_info {
  int64_t input_dimension;
  int64_t output_dimension;
  int32_t is_trained;
  /* 1 if vicinal_transform_reverse gives something back. */
  int32_t is_reversible;
} vicinal_transform_info;

/* Fills in what a transform is. */
vicinal_status vicinal_transform_get_info(vicinal_handle transform,
                                          vicinal_transform_info *out);

/* A setting of training by faiss's name: of OPQ "niter", "niter_pq",
 * "niter_pq_0", "max_train_points", of PCA "eigen_power", "epsilon",
 * "random_rotation", "balanced_bins", "max_points_per_d", of projections that
 * are learnt "epochs", "max_steps", "batch_size", "learning_rate", "dropout",
 * "label_smoothing", "orthonormal", "max_train_points", "seed". Other
 * transforms have none. Files do not hold those of OPQ and of learnt
 * projections. */
vicinal_status vicinal_transform_get_option(vicinal_handle transform,
                                            const char *name, double *value);

/* Changes one before training. */
vicinal_status vicinal_transform_set_option(vicinal_handle transform,
                                            const char *name, double value);

/* Learns from n vectors of input_dimension floats. */
vicinal_status vicinal_transform_train(vicinal_handle transform, int64_t n,
                                       const float *vectors,
                                       const vicinal_work *work);

/* n transformed vectors: n x output_dimension floats. */
vicinal_status vicinal_transform_apply(vicinal_handle transform, int64_t n,
                                       const float *vectors, float *out);

/* n vectors that transform to the given ones: n x input_dimension floats. */
vicinal_status vicinal_transform_reverse(vicinal_handle transform, int64_t n,
                                         const float *vectors, float *out);

/* Writes, opens, and the same in memory. faiss: write_VectorTransform,
 * read_VectorTransform. */
vicinal_status vicinal_transform_save(vicinal_handle transform,
                                      const char *path);
vicinal_status vicinal_transform_load(const char *path, vicinal_handle *out);
vicinal_status vicinal_transform_serialize(vicinal_handle transform,
                                           vicinal_handle *out);
vicinal_status vicinal_transform_deserialize(const void *data, int64_t size,
                                             vicinal_handle *out);

/* The numbers of a transform, to be read as float with vicinal_bytes_view.
 * name: "A" (output x input, row-major) and "b" of linear ones, "mean",
 * "eigenvalues" and "PCAMat" of principal components; empty before training,
 * and "b" where there is none. The names are faiss's. */
vicinal_status vicinal_transform_array(vicinal_handle transform,
                                       const char *name, vicinal_handle *out);

/* Makes a quantizer from its word in factory strings: "PQ16", "PQ16x4", "SQ8",
 * "SQfp16", "RQ4x8", "LSQ4x8", "LSH", "RaBitQ". */
vicinal_status vicinal_quantizer_create(const char *word, int64_t dimension,
                                        int32_t metric, vicinal_handle *out);

/* An untrained scalar quantizer by the number of its type in faiss, those that
 * factory strings have no word for included. faiss:
 * ScalarQuantizer::QuantizerType. */
vicinal_status vicinal_quantizer_create_scalar(int64_t dimension, int32_t type,
                                               vicinal_handle *out);

/* Makes a trained product quantizer.
 * centroids: parts x 2^bits x dimension / parts floats. */
vicinal_status vicinal_quantizer_create_product(int64_t dimension,
                                                int64_t parts, int64_t bits,
                                                const float *centroids,
                                                vicinal_handle *out);

/* What a quantizer is. */
typedef struct vicinal_quantizer_info {
  int64_t dimension;
  /* Bytes of a code. */
  int64_t code_size;
  /* Of product quantizers, otherwise 0. faiss: M, nbits. */
  int64_t parts;
  int64_t bits;
  int32_t is_trained;
} vicinal_quantizer_info;

/* Fills in what a quantizer is. */
vicinal_status vicinal_quantizer_get_info(vicinal_handle quantizer,
                                          vicinal_quantizer_info *out);

/* faiss's number of the type of a scalar quantizer. faiss: qtype. */
vicinal_status vicinal_quantizer_get_type(vicinal_handle quantizer,
                                          int32_t *type);

/* How a product quantizer is trained; the metric is not used. What is set
 * replaces all settings at once and is used by the next training; null sets
 * those of VICINAL_KMEANS_OPTIONS_INIT. faiss: ProductQuantizer.cp. */
vicinal_status vicinal_quantizer_get_clustering(vicinal_handle quantizer,
                                                vicinal_kmeans_options *out);
vicinal_status
vicinal_quantizer_set_clustering(vicinal_handle quantizer,
                                 const vicinal_kmeans_options *options);

/* Learns from n vectors. */
vicinal_status vicinal_quantizer_train(vicinal_handle quantizer, int64_t n,
                                       const float *vectors,
                                       const vicinal_work *work);

/* The codes of n vectors: n x code_size bytes. faiss: compute_codes. */
vicinal_status vicinal_quantizer_encode(vicinal_handle quantizer, int64_t n,
                                        const float *vectors, uint8_t *codes);

/* The vectors that n codes stand for: n x dimension floats. */
vicinal_status vicinal_quantizer_decode(vicinal_handle quantizer, int64_t n,
                                        const uint8_t *codes, float *vectors);

/* What a scalar quantizer learnt, to be read as float with vicinal_bytes_view;
 * empty before training. faiss: ScalarQuantizer.trained. */
vicinal_status vicinal_quantizer_trained(vicinal_handle quantizer,
                                         vicinal_handle *out);

/* The centroids of a trained product quantizer: parts x 2^bits x dimension /
 * parts floats, to be read as float with vicinal_bytes_view. */
vicinal_status vicinal_quantizer_centroids(vicinal_handle quantizer,
                                           vicinal_handle *out);

#ifdef __cplusplus
}
#endif

#endif
