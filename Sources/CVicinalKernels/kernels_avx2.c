#if defined(__x86_64__)
#include "cpu/stamp.h"
#include <immintrin.h>

#define VCL_ISA avx2
#define VCL_LEVEL VCL_LEVEL_AVX2
#define VCL_QUERY_LIMIT 63
#define VCL_X86_BITS 256

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))),     \
                             apply_to = function)
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
#define VCL_PQ_LANES 8
#define VCL_PQ_TILE 2
#include "pq/tables_body.inc"
#include "pq/sums_body.inc"
#include "pq/polysemous_body.inc"
#include "select/within_body.inc"
#include "fastscan/scan_avx2.inc"
#include "fastscan/values_body.inc"
#include "fastscan/tables_body.inc"
#pragma clang attribute pop

#include "cpu/table.inc"
#endif
