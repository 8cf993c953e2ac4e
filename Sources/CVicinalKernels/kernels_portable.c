// The specification of all other copies: plain C for any processor.
#include "cpu/stamp.h"

#define VCL_ISA portable
#define VCL_LEVEL VCL_LEVEL_PORTABLE
#define VCL_QUERY_LIMIT 127
#define VCL_X86_BITS 0

#include "panels/products_portable.inc"
#include "distance/rows_body.inc"
#include "panels/quantize_body.inc"
#include "panels/scan_body.inc"
#define VCL_BINARY_PART "part_plain.inc"
#include "binary/row_body.inc"
#include "binary/scan_body.inc"
#define VCL_RABITQ_PART "part_plain.inc"
#include "rabitq/encode_body.inc"
#include "rabitq/scan_body.inc"
#define VCL_GRAPH_PART "part_plain.inc"
#include "graph/quantize_body.inc"
#include "graph/scores_body.inc"
#include "graph/walk_body.inc"
#include "graph/link_body.inc"
#define VCL_LANES 4
#define VCL_TILE_ROWS 4
#include "linalg/linear_body.inc"
#define VCL_PQ_LANES 4
#define VCL_PQ_TILE 2
#include "pq/tables_body.inc"
#include "pq/sums_body.inc"
#include "pq/polysemous_body.inc"
#include "select/within_body.inc"
#include "select/gather_body.inc"
#include "fastscan/scan_portable.inc"
#include "fastscan/values_body.inc"
#include "fastscan/rough_body.inc"
#include "fastscan/tables_body.inc"
#include "rabitq/fast_body.inc"
#include "hamming/hamming_body.inc"
#define VCL_SQ_PART "part_plain.inc"
#include "sq/fetch_body.inc"
#include "sq/whole_body.inc"
#include "sq/scan_body.inc"
#include "sq/pick_body.inc"
#include "sq/code_body.inc"
#define VCL_ADDITIVE_LANES 4
#include "additive/fields_body.inc"
#include "additive/entries_body.inc"
#include "additive/search_body.inc"

#define VCL_PQ_FILTER NULL
#include "pq/table.inc"
#include "cpu/table.inc"
