/* Vectors that are the same on every machine: whole-number random numbers, and
 * sums of floats in a fixed order. */
#include "gates.h"
#include <math.h>

/* Clusters that overlap a little, each of few dimensions, as in embeddings. */
enum { CLUSTERS = 80, FRAMES = 16, INTRINSIC = 12 };

static uint64_t state;

/* splitmix64. */
static uint64_t next_number(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Nearly normal, with variance 1: four uniform numbers of 16 bits. */
static float normal(void) {
  uint64_t bits = next_number();
  int32_t sum = 0;
  for (int part = 0; part < 4; part++)
    sum += (int32_t)(bits >> (16 * part) & 0xffff);
  return (float)(sum - 2 * 0xffff) * (1.7320508f / 0xffff);
}

float *clustered(int64_t count) {
  static float centres[CLUSTERS][DIMENSION];
  static float frames[FRAMES][INTRINSIC][DIMENSION];
  state = 20261122;
  for (int64_t i = 0; i < CLUSTERS * DIMENSION; i++)
    (&centres[0][0])[i] = normal() / sqrtf(DIMENSION);
  for (int64_t i = 0; i < FRAMES * INTRINSIC * DIMENSION; i++)
    (&frames[0][0][0])[i] = 0.5f * normal() / sqrtf(DIMENSION);
  float *vectors = room((size_t)count * DIMENSION * sizeof *vectors);
  for (int64_t row = 0; row < count; row++) {
    /* The smaller of two: sizes differ. */
    uint64_t one = next_number() % CLUSTERS, other = next_number() % CLUSTERS;
    uint64_t cluster = one < other ? one : other;
    float *vector = vectors + row * DIMENSION;
    for (int i = 0; i < DIMENSION; i++)
      vector[i] = centres[cluster][i] + 0.02f * normal();
    for (int latent = 0; latent < INTRINSIC; latent++) {
      float amount = normal();
      const float *axis = frames[cluster % FRAMES][latent];
      for (int i = 0; i < DIMENSION; i++)
        vector[i] += amount * axis[i];
    }
  }
  return vectors;
}
