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

/// Four values of four bytes, wherever they lie.
typedef int32_t vcl_quads __attribute__((vector_size(16), aligned(1)));

/// The first `whole` bytes of four queries, 16 at a time: word by word, storing
/// takes longer than a short list takes to scan.
static void vcl_pack_four(const char *const queries[4], size_t whole,
                          size_t line, char *to) {
  for (size_t at = 0; at < whole; at += 16, to += 4 * line) {
    vcl_quads a = *(const vcl_quads *)(queries[0] + at);
    vcl_quads b = *(const vcl_quads *)(queries[1] + at);
    vcl_quads c = *(const vcl_quads *)(queries[2] + at);
    vcl_quads d = *(const vcl_quads *)(queries[3] + at);
    vcl_quads ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    vcl_quads ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    vcl_quads cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    vcl_quads cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(vcl_quads *)to = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
    *(vcl_quads *)(to + line) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
    *(vcl_quads *)(to + 2 * line) =
        __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
    *(vcl_quads *)(to + 3 * line) =
        __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
  }
}

void vcl_pack_tile_int8(const void *codes, size_t stride,
                        const vcl_query_facts *facts, const int32_t *members,
                        size_t count, void *packed, vcl_tile *tile) {
  const size_t fours = count / 4 * 4, whole = stride / 16 * 16;
  for (size_t q = 0; q < fours; q += 4) {
    const char *queries[4];
    for (size_t i = 0; i < 4; i++)
      queries[i] = (const char *)codes + (size_t)members[q + i] * stride;
    vcl_pack_four(queries, whole, count * 4, (char *)packed + q * 4);
  }
  for (size_t q = 0; q < count; q++) {
    const char *query = (const char *)codes + (size_t)members[q] * stride;
    const size_t done = q < fours ? whole : 0;
    char *to = (char *)packed + done * count + q * 4;
    for (size_t at = done; at < stride; at += 4, to += count * 4)
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
