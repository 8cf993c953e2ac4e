/* k-means, knn, transforms, quantizers. */
#include "check.h"
#include <math.h>

enum { D = 16, N = 3000 };

static void kmeans(const float *vectors) {
  float centroids[8 * D], again[8 * D];
  vicinal_kmeans_options options = VICINAL_KMEANS_OPTIONS_INIT;
  vicinal_kmeans_round rounds[10];
  int64_t count = 0;
  options.niter = 10;
  OK(vicinal_kmeans(N, D, vectors, NULL, 8, &options, 0, NULL, NULL, centroids,
                    rounds, &count));
  CHECK(count == 10 && rounds[9].objective < rounds[0].objective);
  vicinal_work work = VICINAL_WORK_INIT;
  work.threads = 1;
  OK(vicinal_kmeans(N, D, vectors, NULL, 8, &options, 0, NULL, &work, again,
                    NULL, NULL));
  CHECK(!memcmp(centroids, again, sizeof again));
  float *weights = numbers(N, 1, 5);
  OK(vicinal_kmeans(N, D, vectors, weights, 8, NULL, 1, vectors, NULL, again,
                    NULL, NULL));
  CHECK(memcmp(centroids, again, sizeof again));
  free(weights);
  FAILS(VICINAL_INSUFFICIENT_DATA,
        vicinal_kmeans(7, D, vectors, NULL, 8, NULL, 0, NULL, NULL, centroids,
                       NULL, NULL));
  options.niter = 0;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_kmeans(N, D, vectors, NULL, 8, &options, 0, NULL, NULL,
                       centroids, NULL, NULL));

  float distance[2];
  int64_t id[2];
  OK(vicinal_knn(1, vectors + 3 * D, N, vectors, D, 2, VICINAL_METRIC_L1, 0,
                 distance, id));
  CHECK(id[0] == 3 && distance[0] == 0 && distance[1] > 0);
}

static void batches(const float *vectors) {
  vicinal_minibatch_options options = VICINAL_MINIBATCH_OPTIONS_INIT;
  vicinal_minibatch_info info;
  vicinal_handle clusters, copy, bytes;
  int64_t labels[10 * 2];
  float values[10 * 2], all[2 * 10 * 8];
  options.batch_size = 500;
  OK(vicinal_minibatch_create(8, D, 2, &options, &clusters));
  FAILS(VICINAL_NOT_TRAINED,
        vicinal_minibatch_assign(clusters, 10, vectors, labels, values));
  OK(vicinal_minibatch_train(clusters, N, vectors, NULL));
  OK(vicinal_minibatch_get_info(clusters, &info));
  CHECK(info.is_trained && info.batch_size == 500 && info.steps == 12);
  OK(vicinal_minibatch_assign(clusters, 10, vectors, labels, values));
  OK(vicinal_minibatch_compare(clusters, 10, vectors, all));
  for (int row = 0; row < 10; row++)
    for (int part = 0; part < 2; part++) {
      int64_t label = labels[row * 2 + part];
      CHECK(fabsf(all[(part * 10 + row) * 8 + label] - values[row * 2 + part]) <
            1e-4f);
    }
  OK(vicinal_minibatch_array(clusters, "centroids", &bytes));
  const void *data;
  int64_t size;
  OK(vicinal_bytes_view(bytes, &data, &size));
  CHECK(size == 2 * 8 * (D / 2) * 4);
  OK(vicinal_minibatch_create(8, D, 2, NULL, &copy));
  OK(vicinal_minibatch_set_centroids(copy, data));
  int64_t again[10 * 2];
  OK(vicinal_minibatch_assign(copy, 10, vectors, again, NULL));
  CHECK(!memcmp(labels, again, sizeof labels));
  OK(vicinal_release(bytes));
  OK(vicinal_release(copy));
  OK(vicinal_release(clusters));
  /* One batch after the other; fewer than a start takes, until the end. */
  OK(vicinal_minibatch_create(8, D, 1, NULL, &clusters));
  OK(vicinal_minibatch_update(clusters, 100, vectors, NULL));
  OK(vicinal_minibatch_get_info(clusters, &info) || info.is_trained);
  OK(vicinal_minibatch_finish(clusters));
  OK(vicinal_minibatch_update(clusters, 100, vectors + 100 * D, NULL));
  OK(vicinal_minibatch_get_info(clusters, &info));
  CHECK(info.is_trained && info.steps == 2);
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_minibatch_array(clusters, "none", &bytes));
  OK(vicinal_release(clusters));
  options.passes = 0;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_minibatch_create(8, D, 1, &options, &clusters));
}

static void transforms(const float *vectors) {
  vicinal_handle pca, loaded, bytes, map, linear;
  vicinal_transform_info info;
  OK(vicinal_transform_create("PCA4", D, &pca));
  OK(vicinal_transform_get_info(pca, &info));
  CHECK(info.input_dimension == D && info.output_dimension == 4);
  CHECK(!info.is_trained);
  float small[2 * 4], again[2 * 4], back[2 * D];
  FAILS(VICINAL_NOT_TRAINED, vicinal_transform_apply(pca, 2, vectors, small));
  OK(vicinal_transform_train(pca, N, vectors, NULL));
  OK(vicinal_transform_get_info(pca, &info));
  CHECK(info.is_trained && info.is_reversible);
  OK(vicinal_transform_apply(pca, 2, vectors, small));
  OK(vicinal_transform_reverse(pca, 2, small, back));
  CHECK(fabsf(back[0] - vectors[0]) < 1);
  OK(vicinal_transform_save(pca, in_folder("c.vt")));
  OK(vicinal_transform_load(in_folder("c.vt"), &loaded));
  OK(vicinal_transform_apply(loaded, 2, vectors, again));
  CHECK(!memcmp(small, again, sizeof small));
  OK(vicinal_release(loaded));
  OK(vicinal_transform_serialize(pca, &bytes));
  const void *data;
  int64_t size;
  OK(vicinal_bytes_view(bytes, &data, &size));
  OK(vicinal_transform_deserialize(data, size, &loaded));
  FAILS(VICINAL_CORRUPT_FILE,
        vicinal_transform_deserialize(data, size - 1, &map));
  OK(vicinal_release(bytes));
  OK(vicinal_release(loaded));
  OK(vicinal_release(pca));

  int32_t places[3] = {2, -1, 0};
  float three[3];
  OK(vicinal_transform_create_map(D, 3, places, &map));
  OK(vicinal_transform_apply(map, 1, vectors, three));
  CHECK(three[0] == vectors[2] && three[1] == 0 && three[2] == vectors[0]);
  OK(vicinal_release(map));
  places[0] = D;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_create_map(D, 3, places, &map));
  float matrix[4] = {1, 2, 3, 4}, bias[2] = {10, 20}, x[2] = {1, 1}, y[2];
  OK(vicinal_transform_create_linear(2, 2, matrix, bias, &linear));
  OK(vicinal_transform_apply(linear, 1, x, y));
  CHECK(y[0] == 13 && y[1] == 27);
  OK(vicinal_release(linear));
  FAILS(VICINAL_INVALID_SPECIFICATION,
        vicinal_transform_create("Turn3", D, &pca));
}

static void quantizers(const float *vectors) {
  vicinal_handle product, same, bytes, scalar;
  vicinal_quantizer_info info;
  uint8_t codes[2 * D], again[2 * D];
  float decoded[2 * D];
  OK(vicinal_quantizer_create("PQ4x6", D, VICINAL_METRIC_L2, &product));
  OK(vicinal_quantizer_get_info(product, &info));
  CHECK(info.dimension == D && info.code_size == 3 && !info.is_trained);
  CHECK(info.parts == 4 && info.bits == 6);
  vicinal_kmeans_options options;
  OK(vicinal_quantizer_get_clustering(product, &options));
  CHECK(options.niter == 25 && options.max_points_per_centroid == 256);
  options.niter = 5;
  OK(vicinal_quantizer_set_clustering(product, &options));
  OK(vicinal_quantizer_get_clustering(product, &options));
  CHECK(options.niter == 5);
  int32_t type = -1;
  FAILS(VICINAL_UNSUPPORTED, vicinal_quantizer_get_type(product, &type));
  FAILS(VICINAL_NOT_TRAINED,
        vicinal_quantizer_encode(product, 1, vectors, codes));
  FAILS(VICINAL_NOT_TRAINED, vicinal_quantizer_centroids(product, &bytes));
  OK(vicinal_quantizer_train(product, N, vectors, NULL));
  OK(vicinal_quantizer_encode(product, 2, vectors, codes));
  OK(vicinal_quantizer_decode(product, 2, codes, decoded));
  CHECK(fabsf(decoded[0] - vectors[0]) < 0.5f);
  OK(vicinal_quantizer_centroids(product, &bytes));
  const void *data;
  int64_t size;
  OK(vicinal_bytes_view(bytes, &data, &size));
  CHECK(size == 64 * D * 4);
  OK(vicinal_quantizer_create_product(D, 4, 6, data, &same));
  OK(vicinal_quantizer_encode(same, 2, vectors, again));
  CHECK(!memcmp(codes, again, 6));
  OK(vicinal_release(bytes));
  OK(vicinal_release(same));
  OK(vicinal_release(product));
  OK(vicinal_quantizer_create("SQ8", D, VICINAL_METRIC_L2, &scalar));
  OK(vicinal_quantizer_train(scalar, N, vectors, NULL));
  OK(vicinal_quantizer_encode(scalar, 2, vectors, codes));
  OK(vicinal_quantizer_decode(scalar, 2, codes, decoded));
  CHECK(fabsf(decoded[0] - vectors[0]) < 0.01f);
  FAILS(VICINAL_UNSUPPORTED, vicinal_quantizer_centroids(scalar, &bytes));
  OK(vicinal_quantizer_get_type(scalar, &type));
  CHECK(type == 0);
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_quantizer_get_clustering(scalar, &options));
  FAILS(VICINAL_UNSUPPORTED, vicinal_quantizer_set_clustering(scalar, NULL));
  OK(vicinal_release(scalar));
  FAILS(VICINAL_INVALID_SPECIFICATION,
        vicinal_quantizer_create("HNSW32", D, 1, &scalar));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_quantizer_create_product(D, 5, 6, vectors, &same));
}

static void options(const float *vectors) {
  vicinal_handle opq, pca, other;
  double value = 0;
  OK(vicinal_transform_create("OPQ4", D, &opq));
  OK(vicinal_transform_get_option(opq, "niter", &value));
  CHECK(value == 50);
  OK(vicinal_transform_set_option(opq, "niter", 2));
  OK(vicinal_transform_get_option(opq, "niter", &value));
  CHECK(value == 2);
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_set_option(opq, "niter", 0));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_set_option(opq, "niter", 1.5));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_set_option(opq, "eigen_power", 1));
  OK(vicinal_transform_create("PCA3", D, &pca));
  OK(vicinal_transform_set_option(pca, "eigen_power", -0.5));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_set_option(pca, "epsilon", 1e300));
  OK(vicinal_transform_train(pca, N, vectors, NULL));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_set_option(pca, "eigen_power", 0));
  OK(vicinal_transform_create("L2norm", D, &other));
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_transform_get_option(other, "niter", &value));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_transform_get_option(opq, NULL, &value));
  OK(vicinal_release(opq));
  OK(vicinal_release(pca));
  OK(vicinal_release(other));
}

void test_coding(void) {
  float *vectors = numbers(N, D, 8);
  kmeans(vectors);
  batches(vectors);
  transforms(vectors);
  quantizers(vectors);
  options(vectors);
  free(vectors);
}
