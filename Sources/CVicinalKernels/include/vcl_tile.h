// Packing queries into the tiles that scans take. The same on every processor.
#ifndef VCL_TILE_H
#define VCL_TILE_H

#include "vcl_kernels.h"

/// Packs the `count` quantised queries named by `members` into `packed`, as
/// [group][query][4], and fills `tile`. Query i begins at codes + i * stride;
/// stride is the number of groups times four.
void vcl_pack_tile_int8(const void *codes, size_t stride,
                        const vcl_query_facts *facts, const int32_t *members,
                        size_t count, void *packed, vcl_tile *tile);

/// Packs float queries, minus `centre` unless NULL, into `packed` as
/// [dim][query], and fills `tile`.
void vcl_pack_tile_float(const void *queries, size_t dim, const float *centre,
                         const vcl_query_facts *facts, const int32_t *members,
                         size_t count, void *packed, vcl_tile *tile);

#endif
