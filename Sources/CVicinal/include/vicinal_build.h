/* Choosing, building, tuning and measuring an index, as AutoFaiss does. Options
 * and results are JSON; unknown options are errors. Include vicinal.h. */
#ifndef VICINAL_BUILD_H
#define VICINAL_BUILD_H

#include "vicinal_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Builds the best index for some vectors within bounds.
 * options: JSON, or null for defaults, any of
 *   "metric_type": "ip" (default), "l2" or "cosine",
 *   "index_key": a factory string instead of choosing,
 *   "index_param": "nprobe=16" instead of tuning,
 *   "max_index_memory_usage": "16G", "current_memory_available": "32G",
 *   "max_index_query_time_ms": 10, "min_nearest_neighbors_to_retrieve": 20,
 *   "target_recall": 0.95, "should_be_memory_mappable": false,
 *   "make_direct_map": false, "selection": "measured" or "table",
 *   "seed": 1234, "k": 10, "float_only": false;
 * index: the index, or null; infos: JSON as index_infos.json, read with
 * vicinal_bytes_view, or null. */
vicinal_status vicinal_build(const char *options, int64_t n, int64_t dimension,
                             const float *vectors, const vicinal_work *work,
                             vicinal_handle *index, vicinal_handle *infos);

/* Builds from files: .npy, .fvecs, raw matrices, or folders of them (parquet
 * and remote files where the library was built with Apache Arrow).
 * paths: path_count texts. */
vicinal_status vicinal_build_from_files(const char *options, int64_t path_count,
                                        const char *const *paths,
                                        const vicinal_work *work,
                                        vicinal_handle *index,
                                        vicinal_handle *infos);

/* Builds index files: what the command `vicinal build-index` does. An index
 * that does not fit the memory is put together on disk. Files appear under
 * their names when they are complete. options: as for vicinal_build, and any of
 *   "index_path": "knn.index", "index_infos_path": "index_infos.json",
 *   "report": a path for a page (HTML), "ids_path" and "id_columns": a folder
 *   for parquet files with these columns of parquet embeddings,
 *   "file_format": which files to take from folders, "embedding_column_name":
 *   "embedding", "nb_indices_to_keep": 1, "append": false, "resume": false,
 *   "checkpoint_vectors": vectors in each step that "resume" keeps;
 * paths: path_count files or folders; infos: a JSON list with the infos of
 * every index, or null. */
vicinal_status vicinal_build_files(const char *options, int64_t path_count,
                                   const char *const *paths,
                                   const vicinal_work *work,
                                   vicinal_handle *infos);

/* What would fit for so many vectors, without any: JSON, a list of
 * {"index_key", "file_bytes", "memory_bytes", "is_accelerated", "fits"},
 * smallest file first. options: as for vicinal_build. */
vicinal_status vicinal_plan(const char *options, int64_t n, int64_t dimension,
                            vicinal_handle *out);

/* Finds other search parameters for an index and sets them.
 * options: as for vicinal_build; n, vectors: those of the index, in its order,
 * or 0 and null to measure with what the index keeps; infos: or null. Other
 * calls can search meanwhile; they see the parameters when they are found. */
vicinal_status vicinal_tune(vicinal_handle index, const char *options,
                            int64_t n, const float *vectors,
                            const vicinal_work *work, vicinal_handle *infos);

/* Measures recall and speed against exact neighbours: JSON with AutoFaiss's
 * keys. n, vectors: those of the index, in its order; query_count: how many of
 * them become queries. */
vicinal_status vicinal_score(vicinal_handle index, int64_t n,
                             const float *vectors, int64_t query_count,
                             const vicinal_work *work, vicinal_handle *out);

#ifdef __cplusplus
}
#endif

#endif
