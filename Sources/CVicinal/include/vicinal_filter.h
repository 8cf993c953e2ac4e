/* Filters of ids: which vectors a search may find, or a removal takes. They are
 * values: a filter made of others copies them. Include vicinal.h. */
#ifndef VICINAL_FILTER_H
#define VICINAL_FILTER_H

#include "vicinal_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ids from ... below to. faiss: IDSelectorRange. */
vicinal_status vicinal_filter_range(int64_t from, int64_t to,
                                    vicinal_handle *out);

/* Exactly these n ids, in any order. faiss: IDSelectorBatch, IDSelectorArray.
 */
vicinal_status vicinal_filter_ids(int64_t n, const int64_t *ids,
                                  vicinal_handle *out);

/* Ids i whose bit i % 8 of byte i / 8 is set; ids beyond the bytes are not
 * contained. faiss: IDSelectorBitmap. */
vicinal_status vicinal_filter_bitmap(int64_t byte_count, const uint8_t *bytes,
                                     vicinal_handle *out);

/* Ids that a filter does not contain. faiss: IDSelectorNot. */
vicinal_status vicinal_filter_not(vicinal_handle filter, vicinal_handle *out);

/* Ids that all of n filters contain; all ids for n = 0. faiss: IDSelectorAnd.
 */
vicinal_status vicinal_filter_and(int64_t n, const vicinal_handle *filters,
                                  vicinal_handle *out);

/* Ids that at least one of n filters contains. faiss: IDSelectorOr. */
vicinal_status vicinal_filter_or(int64_t n, const vicinal_handle *filters,
                                 vicinal_handle *out);

/* Ids that exactly one of two filters contains. faiss: IDSelectorXOr. */
vicinal_status vicinal_filter_xor(vicinal_handle first, vicinal_handle second,
                                  vicinal_handle *out);

/* Whether a filter contains an id: 1 or 0. */
vicinal_status vicinal_filter_contains(vicinal_handle filter, int64_t id,
                                       int32_t *out);

#ifdef __cplusplus
}
#endif

#endif
