/* How many of the exact nearest were found. The exact search is written out
 * here, so that what is tested does not test itself. */
#include "gates.h"
#include <math.h>
#include <string.h>

struct neighbour {
  float distance;
  int64_t id;
};

static float distance(const float *a, const float *b) {
  float sum = 0;
  for (int i = 0; i < DIMENSION; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/* Puts a row in its place among the K nearest so far, best first. */
static void offer(struct neighbour *nearest, struct neighbour row) {
  int place = K;
  while (place > 0 && row.distance < nearest[place - 1].distance)
    place--;
  if (place == K)
    return;
  memmove(nearest + place + 1, nearest + place,
          (size_t)(K - 1 - place) * sizeof *nearest);
  nearest[place] = row;
}

double recall(const struct subject *subject) {
  const struct operation *operation = subject->operation;
  int64_t hits = 0;
  for (int64_t query = 0; query < operation->queries; query++) {
    struct neighbour nearest[K];
    for (int i = 0; i < K; i++)
      nearest[i] = (struct neighbour){INFINITY, -1};
    for (int64_t row = 0; row < operation->rows; row++)
      offer(nearest,
            (struct neighbour){distance(subject->queries + query * DIMENSION,
                                        subject->rows + row * DIMENSION),
                               row});
    for (int i = 0; i < K; i++)
      for (int j = 0; j < K; j++)
        hits += subject->ids[query * K + i] == nearest[j].id;
  }
  return (double)hits / (double)(operation->queries * K);
}
