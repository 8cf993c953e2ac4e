/* The program whose instructions are counted: what its files share. */
#ifndef GATES_H
#define GATES_H

#include "vicinal.h"
#include <stdio.h>
#include <stdlib.h>

enum { DIMENSION = 64, K = 10 };

/* What of an index is measured. */
enum kind {
  /* Training it. */
  TRAIN,
  /* Adding to it; it has been trained. */
  ADD,
  /* Searching it, all queries in one call. */
  BATCH,
  /* Searching it, one query a call. */
  SINGLE,
  /* Training the transform in front of it. */
  TRANSFORM
};

struct operation {
  const char *name;
  enum kind kind;
  /* Of the index; of TRANSFORM, of what comes behind the transform. */
  const char *factory;
  /* The word of the transform, or null. */
  const char *transform;
  /* Search parameters, or "". */
  const char *parameters;
  int64_t rows;
  int64_t queries;
  /* Of training a transform, 0 for as many as it has by itself. */
  int64_t rounds;
};

extern const struct operation operations[];
extern const int operation_count;

/* What an operation works on. */
struct subject {
  const struct operation *operation;
  const float *rows;
  const float *queries;
  /* An index, or a transform. */
  vicinal_handle handle;
  float *distances;
  int64_t *ids;
};

/* Ends the program with what the library said unless a call succeeded. */
void require(vicinal_status status, const char *what);

/* Memory, or the end of the program. */
void *room(size_t bytes);

/* rows + queries vectors of the same clusters, that depend on the numbers
 * only. */
float *clustered(int64_t count);

/* Does what is needed before the operation can be measured. */
void prepare(struct subject *subject);

/* Sets the parameters of a search, and searches once: tables that the first
 * search makes are not what is measured. */
void make_ready(const struct subject *subject);

/* The operation itself. Instructions are counted while this runs, so the
 * name is also in gates.py. */
vicinal_status measured_operation(const struct subject *subject);

/* Fills in the results of the queries where the operation was no search. */
void find_after(struct subject *subject);

/* The part of the exact K nearest that is among the results. */
double recall(const struct subject *subject);

#endif
