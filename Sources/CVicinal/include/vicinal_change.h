/* Changing indexes of any kind: removing, merging, settings. Include vicinal.h,
 * whose rules hold here. */
#ifndef VICINAL_CHANGE_H
#define VICINAL_CHANGE_H

#include "vicinal_coding.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Removes the vectors whose ids a filter contains. In indexes that number their
 * vectors, those behind a removed one move up. removed: how many; may be null.
 * faiss: remove_ids. */
vicinal_status vicinal_index_remove(vicinal_handle index, vicinal_handle filter,
                                    int64_t *removed);

/* Removes the vectors with n ids; ids that are not there are passed over. */
vicinal_status vicinal_index_remove_ids(vicinal_handle index, int64_t n,
                                        const int64_t *ids, int64_t *removed);

/* Puts n other vectors in the place of those with n different ids; indexes over
 * floats only. faiss: update_vectors. */
vicinal_status vicinal_index_update(vicinal_handle index, int64_t n,
                                    const int64_t *ids, const float *vectors,
                                    const vicinal_work *work);

/* Forgets all vectors; training and settings stay. */
vicinal_status vicinal_index_reset(vicinal_handle index);

/* Moves all vectors of another index of the same kind and training behind those
 * of this one; the other is empty then. id_offset is added to the ids of the
 * other where ids are stored. faiss: merge_from. */
vicinal_status vicinal_index_merge(vicinal_handle index, vicinal_handle other,
                                   int64_t id_offset);

/* Which vectors vicinal_index_copy_subset copies. */
enum {
  /* Ids a1 ... below a2. */
  VICINAL_SUBSET_IDS = 0,
  /* Ids i with i % a1 == a2. */
  VICINAL_SUBSET_MODULUS = 1,
  /* Vectors number a1 ... below a2, counted list by list; faiss takes some of
   * each list instead. */
  VICINAL_SUBSET_ELEMENTS = 2,
  /* Part a2, from 0, of a1 equal parts of each list. */
  VICINAL_SUBSET_SLICE = 3
};

/* Adds some vectors of an inverted file, with their ids, to another of the same
 * training. faiss: copy_subset_to. */
vicinal_status vicinal_index_copy_subset(vicinal_handle index, int32_t subset,
                                         int64_t a1, int64_t a2,
                                         vicinal_handle target);

/* Sets one or more parameters, "nprobe=16" or
 * "nprobe=16,quantizer_efSearch=64": all or, after an error, none. Names as in
 * faiss's ParameterSpace. */
vicinal_status vicinal_index_set_parameters(vicinal_handle index,
                                            const char *parameters);

/* The present value of a parameter. */
vicinal_status vicinal_index_get_parameter(vicinal_handle index,
                                           const char *name, double *value);

/* All parameters as JSON: [{"name": "nprobe", "aliases": [], "value": 1,
 * "least": 1, "most": 1024, "isWhole": true, "steps": [1, 2, 4]}]. out: read
 * with vicinal_bytes_view. faiss: ParameterSpace.initialize. */
vicinal_status vicinal_index_parameters(vicinal_handle index,
                                        vicinal_handle *out);

/* Keeps where each id is, so that reconstructing and removing need no search;
 * for inverted files, others already know. faiss: make_direct_map. */
vicinal_status vicinal_index_make_direct_map(vicinal_handle index);

/* The same with a choice of how: kind 0 for no map, 1 for an array, which needs
 * the ids 0 ..< count, 2 for a hash table, which takes any ids. For binary
 * vectors too. faiss: set_direct_map_type. */
vicinal_status vicinal_index_set_direct_map(vicinal_handle index, int32_t kind);

/* Kinds of indexes made of others. */
enum {
  /* Ids of the caller's own. parts: one index. faiss: IndexIDMap. */
  VICINAL_COMPOSE_ID_MAP = 0,
  /* The same, and vectors are found by id. faiss: IndexIDMap2. */
  VICINAL_COMPOSE_ID_MAP_2 = 1,
  /* parts: transforms, in the order in which they are applied, then one index.
   * faiss: IndexPreTransform. */
  VICINAL_COMPOSE_TRANSFORMED = 2,
  /* parts: an index, and one that compares its best again. faiss: IndexRefine.
   */
  VICINAL_COMPOSE_REFINED = 3,
  /* parts: indexes that each hold some of the vectors, whose ids follow each
   * other. faiss: IndexShards with successive ids. */
  VICINAL_COMPOSE_SHARDS = 4,
  /* The same, but every part knows its ids. faiss: IndexShards. */
  VICINAL_COMPOSE_SHARDS_WITH_IDS = 5,
  /* parts: indexes that hold the same. faiss: IndexReplicas. */
  VICINAL_COMPOSE_REPLICAS = 6
};

/* Makes an index out of n others, which are copied (memory is shared until one
 * of them changes). Over floats; id maps also over binary vectors. */
vicinal_status vicinal_index_compose(int32_t kind, int64_t n,
                                     const vicinal_handle *parts,
                                     vicinal_handle *out);

/* Makes an index that keeps codes of a quantizer, which is copied, trained or
 * not. links: 0 for codes one after the other, else the links per node of a
 * graph over them. faiss: IndexScalarQuantizer, IndexHNSWSQ ... */
vicinal_status vicinal_index_compose_codes(vicinal_handle quantizer,
                                           int32_t metric, int64_t links,
                                           vicinal_handle *out);

/* Makes an inverted file like an empty, untrained one (also IVF...,PQ8+16) of
 * other parts, which are copied. coarse: 0, or the index that finds the lists,
 * which is empty or holds a vector for each of them; quantizer: 0, or what
 * turns vectors into codes; is_residual: -1, or whether codes are of what is
 * left after the centroid. faiss: arguments of IndexIVF..., by_residual. */
vicinal_status vicinal_index_compose_lists(vicinal_handle lists,
                                           vicinal_handle coarse,
                                           vicinal_handle quantizer,
                                           int32_t is_residual,
                                           vicinal_handle *out);

/* What an index is, as JSON: {"className": faiss's name, "listCount": of
 * inverted files, "links": M of graphs, "entryPoint" and "maxLevel" of graphs,
 * -1 while they are empty, "isResidual": whether codes of inverted files are of
 * what is left after the centroid, "blockVectors": codes that lie together for
 * fast scans}. */
vicinal_status vicinal_index_describe(vicinal_handle index,
                                      vicinal_handle *out);

/* A copy of an index inside another. name: "inner" of id maps and transforms,
 * "quantizer" of inverted files, "storage" of graphs: their vectors or codes as
 * a flat index, "base" and "refiner" of refined indexes, or a number of shards
 * and replicas. */
vicinal_status vicinal_index_part(vicinal_handle index, const char *name,
                                  vicinal_handle *out);

/* A copy of the quantizer of an index that keeps codes, alone or in inverted
 * lists, or of a multi-index; for functions that begin with vicinal_quantizer_.
 * faiss: pq, sq. */
vicinal_status vicinal_index_get_quantizer(vicinal_handle index,
                                           vicinal_handle *out);

/* A copy of transform number number, from 0, in front of an index. faiss:
 * chain. */
vicinal_status vicinal_index_get_transform(vicinal_handle index, int64_t number,
                                           vicinal_handle *out);

/* The ids of the vectors in list number list of an inverted file; to be read as
 * int64_t with vicinal_bytes_view. faiss: invlists.get_ids. */
vicinal_status vicinal_index_list_ids(vicinal_handle index, int64_t list,
                                      vicinal_handle *out);

/* The codes in list number list, or its vectors where there are no codes, one
 * after the other as the quantizer makes them, also where the index keeps them
 * in another order. faiss: invlists.get_codes. */
vicinal_status vicinal_index_list_codes(vicinal_handle index, int64_t list,
                                        vicinal_handle *out);

/* A copy of what an index holds, to be read with vicinal_bytes_view. name:
 * "codes" of indexes that keep codes or vectors one after the other, "id_map"
 * (int64_t) of id maps; of graphs "levels", "neighbors",
 * "cum_nneighbor_per_level" (int32_t), "offsets" (uint64_t), "assign_probas"
 * (double). The names are faiss's. */
vicinal_status vicinal_index_array(vicinal_handle index, const char *name,
                                   vicinal_handle *out);

/* How an inverted file, of floats or of binary vectors, finds its lists when it
 * is trained: by default faiss's settings, 10 rounds. What is set replaces all
 * settings at once, so ask for them first; null sets those of
 * VICINAL_KMEANS_OPTIONS_INIT. It can be set at any time and is used by the
 * next training. The metric of the options is not used, the index has its own.
 * Indexes whose lists are not found by k-means refuse both. faiss: cp. */
vicinal_status vicinal_index_get_clustering(vicinal_handle index,
                                            vicinal_kmeans_options *out);
vicinal_status
vicinal_index_set_clustering(vicinal_handle index,
                             const vicinal_kmeans_options *options);

#ifdef __cplusplus
}
#endif

#endif
