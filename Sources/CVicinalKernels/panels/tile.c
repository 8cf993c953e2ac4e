#include "vcl_tile.h"

static void vcl_fill_tile(const vcl_query_facts *facts, const int32_t *members,
                          size_t count, const void *packed, vcl_tile *tile) {
  tile->codes = packed;
  tile->count = (uint32_t)count;
  for (size_t q = 0; q < count; q++) {
    const vcl_query_facts *fact = &facts[members[q]];
    tile->state[q] = (uint32_t)members[q];
    tile->code_sum[q] = fact->code_sum;
    tile->scale[q] = fact->scale;
    tile->norm[q] = fact->norm;
    tile->residual[q] = fact->residual;
  }
}

void vcl_pack_tile_int8(const void *codes, size_t stride,
                        const vcl_query_facts *facts, const int32_t *members,
                        size_t count, void *packed, vcl_tile *tile) {
  for (size_t q = 0; q < count; q++) {
    const char *query = (const char *)codes + (size_t)members[q] * stride;
    char *to = (char *)packed + q * 4;
    for (size_t at = 0; at < stride; at += 4, to += count * 4)
      __builtin_memcpy(to, query + at, 4);
  }
  vcl_fill_tile(facts, members, count, packed, tile);
}

void vcl_pack_tile_float(const void *queries, size_t dim, const float *centre,
                         const vcl_query_facts *facts, const int32_t *members,
                         size_t count, void *packed, vcl_tile *tile) {
  float *to = packed;
  for (size_t q = 0; q < count; q++) {
    const float *query = (const float *)queries + (size_t)members[q] * dim;
    for (size_t j = 0; j < dim; j++)
      to[j * count + q] = centre ? query[j] - centre[j] : query[j];
  }
  vcl_fill_tile(facts, members, count, packed, tile);
}
