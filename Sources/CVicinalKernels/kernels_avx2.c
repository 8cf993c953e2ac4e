#if defined(__x86_64__)
#include "cpu/stamp.h"
#include <immintrin.h>

#define VCL_ISA avx2
#define VCL_LEVEL VCL_LEVEL_AVX2
#define VCL_QUERY_LIMIT 63
#define VCL_X86_BITS 256

#pragma clang attribute push(                                                  \
    __attribute__((target("avx2,fma,bmi,bmi2,f16c"))), apply_to = function)
#include "panels/products_avx2.inc"
#include "distance/rows_body.inc"
#include "panels/quantize_body.inc"
#include "panels/scan_body.inc"
#define VCL_BINARY_PART "part_plain.inc"
#include "binary/row_body.inc"
#include "binary/scan_body.inc"
#define VCL_RABITQ_PART "part_avx2.inc"
#include "rabitq/encode_body.inc"
#include "rabitq/scan_body.inc"
#define VCL_GRAPH_PART "part_plain.inc"
#include "graph/quantize_body.inc"
#include "graph/scores_body.inc"
#include "graph/walk_body.inc"
#include "graph/link_body.inc"
#define VCL_LANES 8
#define VCL_TILE_ROWS 6
#include "linalg/linear_body.inc"
#define VCL_PQ_LANES 8
#define VCL_PQ_TILE 2
#include "pq/tables_body.inc"
#include "pq/sums_body.inc"
#include "pq/polysemous_body.inc"
#include "select/within_body.inc"
#include "select/gather_body.inc"
#include "fastscan/scan_avx2.inc"
#include "fastscan/values_body.inc"
#include "fastscan/rough_body.inc"
#include "fastscan/tables_body.inc"
#include "rabitq/fast_body.inc"
#include "hamming/hamming_body.inc"
#define VCL_SQ_PART "part_avx2.inc"
#include "sq/fetch_body.inc"
#include "sq/whole_body.inc"
#include "sq/scan_body.inc"
#include "sq/pick_body.inc"
#include "sq/code_body.inc"
#define VCL_ADDITIVE_LANES 8
#include "additive/fields_body.inc"
#include "additive/entries_body.inc"
#include "additive/search_body.inc"
#pragma clang attribute pop

#define VCL_PQ_FILTER NULL
#include "pq/table.inc"
#include "cpu/table.inc"
#endif
