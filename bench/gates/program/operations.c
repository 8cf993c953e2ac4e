/* What is measured. Sizes are such that each takes some hundred million
 * instructions: seconds under valgrind, and much more than what a call costs
 * besides. */
#include "gates.h"

const struct operation operations[] = {
    {"flat-batch", BATCH, "Flat", NULL, "", 20000, 400, 0},
    {"flat-single", SINGLE, "Flat", NULL, "", 20000, 100, 0},
    {"ivf-train", TRAIN, "IVF512,Flat", NULL, "nprobe=16", 12000, 200, 0},
    {"ivf-add", ADD, "IVF128,Flat", NULL, "nprobe=8", 40000, 200, 0},
    {"ivf-batch", BATCH, "IVF128,Flat", NULL, "nprobe=8", 40000, 1000, 0},
    {"ivf-single", SINGLE, "IVF128,Flat", NULL, "nprobe=8", 40000, 400, 0},
    {"ivfpq-batch", BATCH, "IVF128,PQ32np", NULL, "nprobe=16", 20000, 1000, 0},
    {"fastscan-refined-batch", BATCH, "IVF128,PQ32x4fs,RFlat", NULL,
     "nprobe=16,k_factor_rf=8", 20000, 1000, 0},
    {"sq8-batch", BATCH, "SQ8", NULL, "", 20000, 50, 0},
    {"ivf-sq8-batch", BATCH, "IVF128,SQ8", NULL, "nprobe=16", 40000, 1000, 0},
    {"hnsw-build", ADD, "HNSW32", NULL, "efSearch=16", 5000, 200, 0},
    {"hnsw-batch", BATCH, "HNSW32", NULL, "efSearch=16", 20000, 1000, 0},
    {"opq-train", TRANSFORM, "PQ8", "OPQ8", "", 1000, 200, 4},
    {"hnsw-sq8-batch", BATCH, "HNSW32_SQ8", NULL, "efSearch=16", 20000, 1000,
     0},
};

const int operation_count = (int)(sizeof operations / sizeof *operations);

void prepare(struct subject *subject) {
  const struct operation *operation = subject->operation;
  if (operation->kind == TRANSFORM) {
    require(vicinal_transform_create(operation->transform, DIMENSION,
                                     &subject->handle),
            "creating the transform");
    if (operation->rounds)
      require(vicinal_transform_set_option(subject->handle, "niter",
                                           (double)operation->rounds),
              "setting the rounds");
    return;
  }
  require(vicinal_index_create(operation->factory, DIMENSION, VICINAL_METRIC_L2,
                               0, &subject->handle),
          "creating the index");
  if (operation->kind == TRAIN)
    return;
  require(vicinal_index_train(subject->handle, operation->rows, subject->rows,
                              NULL),
          "training");
  if (operation->kind == ADD)
    return;
  require(
      vicinal_index_add(subject->handle, operation->rows, subject->rows, NULL),
      "adding");
}

void make_ready(const struct subject *subject) {
  const struct operation *operation = subject->operation;
  if (operation->kind != BATCH && operation->kind != SINGLE)
    return;
  if (*operation->parameters)
    require(
        vicinal_index_set_parameters(subject->handle, operation->parameters),
        "setting parameters");
  require(vicinal_index_search(subject->handle, 1, subject->queries, K, NULL,
                               subject->distances, subject->ids),
          "searching");
}

__attribute__((noinline)) vicinal_status
measured_operation(const struct subject *subject) {
  const struct operation *operation = subject->operation;
  vicinal_status status = VICINAL_OK;
  switch (operation->kind) {
  case TRAIN:
    return vicinal_index_train(subject->handle, operation->rows, subject->rows,
                               NULL);
  case ADD:
    return vicinal_index_add(subject->handle, operation->rows, subject->rows,
                             NULL);
  case BATCH:
    return vicinal_index_search(subject->handle, operation->queries,
                                subject->queries, K, NULL, subject->distances,
                                subject->ids);
  case SINGLE:
    for (int64_t query = 0; query < operation->queries && !status; query++)
      status = vicinal_index_search(
          subject->handle, 1, subject->queries + query * DIMENSION, K, NULL,
          subject->distances + query * K, subject->ids + query * K);
    return status;
  case TRANSFORM:
    return vicinal_transform_train(subject->handle, operation->rows,
                                   subject->rows, NULL);
  }
  return VICINAL_UNSUPPORTED;
}

/* Makes a filled index of what was measured. */
static void finish(struct subject *subject) {
  const struct operation *operation = subject->operation;
  if (operation->kind == TRANSFORM) {
    vicinal_handle parts[2] = {subject->handle};
    require(vicinal_index_create(operation->factory, DIMENSION,
                                 VICINAL_METRIC_L2, 0, &parts[1]),
            "creating the index");
    require(vicinal_index_compose(VICINAL_COMPOSE_TRANSFORMED, 2, parts,
                                  &subject->handle),
            "putting the transform before the index");
    require(vicinal_index_train(subject->handle, operation->rows, subject->rows,
                                NULL),
            "training");
  }
  if (operation->kind != ADD)
    require(vicinal_index_add(subject->handle, operation->rows, subject->rows,
                              NULL),
            "adding");
}

void find_after(struct subject *subject) {
  const struct operation *operation = subject->operation;
  if (operation->kind == BATCH || operation->kind == SINGLE)
    return;
  finish(subject);
  if (*operation->parameters)
    require(
        vicinal_index_set_parameters(subject->handle, operation->parameters),
        "setting parameters");
  require(vicinal_index_search(subject->handle, operation->queries,
                               subject->queries, K, NULL, subject->distances,
                               subject->ids),
          "searching");
}
