// Compares the NEON kernels with the portable ones; run by scripts/check-neon.

#include "vcl_kernels.h"
#include "vcl_tile.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 70, PANELS = 3, QUERIES = 12, K = 5, ROOM = 200 };

static unsigned seed = 1;
static long checked, failed;

static float draw(void) {
  seed = seed * 1664525u + 1013904223u;
  return ((float)(seed >> 8) / 16777216.0f - 0.5f) * 4;
}

static float *draw_rows(size_t count, size_t dim) {
  float *rows = malloc(count * dim * sizeof(float));
  for (size_t i = 0; i < count * dim; i++)
    rows[i] = draw();
  return rows;
}

static void expect(int good, const char *what, size_t dim) {
  checked++;
  if (!good && failed++ < 20)
    printf("differs: %s at dimension %zu\n", what, dim);
}

static int close_to(float a, float b) {
  return fabsf(a - b) <= 1e-4f * (1 + fabsf(a)) || (a != a && b != b);
}

static vcl_topk new_state(void) {
  vcl_topk state = {.threshold = INFINITY,
                    .k = K,
                    .capacity = ROOM,
                    .upper = malloc(ROOM * sizeof(float)),
                    .lower = malloc(ROOM * sizeof(float)),
                    .labels = malloc(ROOM * sizeof(int64_t))};
  for (size_t i = 0; i < K; i++)
    state.upper[i] = INFINITY;
  return state;
}

static void compare_scans(const vcl_kernels *a, const vcl_kernels *b,
                          const vcl_panels *panels, const vcl_tile *tile,
                          int is_int8) {
  vcl_topk left[QUERIES], right[QUERIES];
  for (uint32_t q = 0; q < tile->count; q++) {
    left[q] = new_state();
    right[q] = new_state();
  }
  (is_int8 ? a->scan_int8 : a->scan_float)(panels, tile, left, 0);
  (is_int8 ? b->scan_int8 : b->scan_float)(panels, tile, right, 0);
  for (uint32_t q = 0; q < tile->count; q++) {
    expect(left[q].count == right[q].count &&
               close_to(left[q].threshold, right[q].threshold),
           is_int8 ? "int8 scan" : "float scan", panels->dim);
    free(left[q].upper), free(left[q].lower), free(left[q].labels);
    free(right[q].upper), free(right[q].lower), free(right[q].labels);
  }
}

static vcl_panels panels_at(const char *base, size_t code_bytes, size_t dim) {
  const float *facts = (const void *)(base + code_bytes);
  return (vcl_panels){.codes = base,
                      .half_norms = facts,
                      .scales = facts + 32,
                      .bounds = facts + 64,
                      .stride = code_bytes + 264,
                      .panel_count = PANELS,
                      .dim = dim};
}

static void check_panels(const vcl_kernels *a, const vcl_kernels *b,
                         const float *rows, const float *queries,
                         const float *centre, size_t dim) {
  size_t groups = (dim + 3) / 4;
  // Each panel's codes, half norms, scales and bounds.
  size_t stride = groups * 128 + 264, float_stride = dim * 128 + 264;
  char *codes = calloc(PANELS, stride), *other = calloc(PANELS, stride);
  char *floats = calloc(PANELS, float_stride);
  for (size_t p = 0; p < PANELS; p++) {
    size_t count = ROWS - p * 32 < 32 ? ROWS - p * 32 : 32;
    const float *part = rows + p * 32 * dim;
    char *at = codes + p * stride, *at2 = other + p * stride;
    char *at3 = floats + p * float_stride;
    float *facts = (void *)(at + groups * 128);
    float *facts2 = (void *)(at2 + groups * 128);
    float *facts3 = (void *)(at3 + dim * 128);
    a->quantize_panel(part, centre, dim, count, 1, at, facts, facts + 32,
                      facts + 64);
    b->quantize_panel(part, centre, dim, count, 1, at2, facts2, facts2 + 32,
                      facts2 + 64);
    expect(memcmp(at, at2, groups * 128) == 0, "row codes", dim);
    a->pack_panel(part, centre, dim, count, 1, at3, facts3, facts3 + 64);
  }
  int8_t *query_codes = malloc(QUERIES * groups * 4);
  vcl_query_facts facts[QUERIES];
  for (size_t q = 0; q < QUERIES; q++)
    a->quantize_query(queries + q * dim, centre, dim,
                      query_codes + q * groups * 4, &facts[q]);
  int32_t members[QUERIES];
  for (int32_t q = 0; q < QUERIES; q++)
    members[q] = q;
  char *packed = malloc(QUERIES * groups * 4);
  float *packed_floats = malloc(QUERIES * dim * sizeof(float));
  for (size_t n = 1; n <= QUERIES; n++) {
    vcl_tile tile, float_tile;
    vcl_pack_tile_int8(query_codes, groups * 4, facts, members, n, packed,
                       &tile);
    vcl_pack_tile_float(queries, dim, centre, facts, members, n, packed_floats,
                        &float_tile);
    vcl_panels run = panels_at(codes, groups * 128, dim);
    compare_scans(a, b, &run, &tile, 1);
    run = panels_at(floats, dim * 128, dim);
    compare_scans(a, b, &run, &float_tile, 0);
  }
  free(codes), free(other), free(floats);
  free(query_codes), free(packed), free(packed_floats);
}

static void check_rows(const vcl_kernels *a, const vcl_kernels *b,
                       const float *rows, const float *query, size_t dim) {
  static const int32_t metrics[] = {0, 1, 2, 3, 4, 20, 21, 23, 24};
  float left[ROWS], right[ROWS];
  for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
    a->rows(metrics[m], 3, query, rows, dim, ROWS, left);
    b->rows(metrics[m], 3, query, rows, dim, ROWS, right);
    for (size_t i = 0; i < ROWS; i++)
      expect(close_to(left[i], right[i]), "row distance", dim);
  }
}

static void check_fastscan(const vcl_kernels *a, const vcl_kernels *b,
                           size_t parts) {
  enum { VECTORS = 64, BLOCKS = 2 };
  size_t pairs = (parts + 1) / 2, bytes = pairs * VECTORS * BLOCKS;
  size_t count = VECTORS + 37;
  uint8_t *blocks = malloc(bytes);
  for (size_t i = 0; i < bytes; i++)
    blocks[i] = (uint8_t)(draw() * 64 + 128);
  vcl_fastscan_codes codes = {blocks, pairs * VECTORS, VECTORS, pairs};
  float *query = draw_rows(1, 2 * pairs * 3);
  float *centroids = draw_rows(16, 2 * pairs * 3);
  float *left = calloc(pairs * 32, sizeof(float));
  float *right = calloc(pairs * 32, sizeof(float));
  float base[2][256], facts[2];
  uint8_t lut[2][256 * 16];
  for (int32_t l2 = 0; l2 < 2; l2++) {
    a->fastscan.table(query, centroids, 2 * pairs, 3, l2, left, base[0], facts);
    b->fastscan.table(query, centroids, 2 * pairs, 3, l2, right, base[1],
                      facts);
    expect(memcmp(left, right, pairs * 128) == 0, "fast-scan table", parts);
    for (float scale = 0.5f; scale < 60; scale *= 5) {
      float s = l2 ? scale : -scale;
      a->fastscan.quantize(left, base[0], 2 * pairs, s, 255, lut[0]);
      b->fastscan.quantize(right, base[1], 2 * pairs, s, 255, lut[1]);
      expect(memcmp(lut[0], lut[1], pairs * 32) == 0, "fast-scan units", parts);
      uint16_t sums[2][128];
      a->fastscan.sums(&codes, lut[0], count, sums[0]);
      b->fastscan.sums(&codes, lut[0], count, sums[1]);
      expect(memcmp(sums[0], sums[1], count * 2) == 0, "fast-scan sums", parts);
      for (uint32_t limit = 1; limit < 70000; limit = limit * 3 / 2 + 1) {
        int32_t rows[2][128];
        size_t n = a->fastscan.below(&codes, lut[0], count, limit, rows[0]);
        size_t m = b->fastscan.below(&codes, lut[0], count, limit, rows[1]);
        expect(n == m && memcmp(rows[0], rows[1], n * 4) == 0, "fast-scan rows",
               parts);
        float rough[2][128];
        n = a->fastscan.rough(&codes, lut[0], count, limit, 1.5f, -0.3f,
                              rows[0], rough[0]);
        m = b->fastscan.rough(&codes, lut[0], count, limit, 1.5f, -0.3f,
                              rows[1], rough[1]);
        expect(n == m && memcmp(rows[0], rows[1], n * 4) == 0 &&
                   memcmp(rough[0], rough[1], n * 4) == 0,
               "fast-scan rough values", parts);
      }
    }
    float values[2][128];
    a->fastscan.values(&codes, left, 1.5f, count, values[0]);
    b->fastscan.values(&codes, left, 1.5f, count, values[1]);
    expect(memcmp(values[0], values[1], count * 4) == 0, "fast-scan values",
           parts);
  }
  free(blocks), free(query), free(centroids), free(left), free(right);
}

int main(void) {
  const vcl_kernels *portable = vcl_kernels_at(VCL_LEVEL_PORTABLE);
  const vcl_kernels *neon = vcl_kernels_at(VCL_LEVEL_NEON);
  if (!neon) {
    printf("this processor has no NEON with dot products\n");
    return 1;
  }
  for (size_t dim = 1; dim <= 129; dim++) {
    float *rows = draw_rows(ROWS, dim), *queries = draw_rows(QUERIES, dim);
    float *centre = draw_rows(1, dim);
    check_panels(portable, neon, rows, queries, centre, dim);
    check_rows(portable, neon, rows, queries, dim);
    free(rows), free(queries), free(centre);
  }
  for (size_t parts = 1; parts <= 129; parts++)
    check_fastscan(portable, neon, parts);
  printf("NEON against portable: %ld passed, %ld failed\n", checked - failed,
         failed);
  return failed != 0;
}
