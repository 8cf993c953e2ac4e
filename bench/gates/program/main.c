/* Does one operation of the engine, for bench/gates/gates.py.
 *
 * gates list                     the names of the operations
 * gates prepare OPERATION FILE   prepares it, keeps what was prepared in a
 *                                file, does it and prints recall@10
 * gates measure OPERATION FILE   does it with what is in the file: under
 *                                callgrind, where preparing would take long
 *
 * Both print the instruction set of the kernels. */
#include "gates.h"
#include <string.h>

void require(vicinal_status status, const char *what) {
  if (status == VICINAL_OK)
    return;
  fprintf(stderr, "%s failed: %s\n", what, vicinal_last_error());
  exit(1);
}

void *room(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) {
    fprintf(stderr, "there is no memory for %zu bytes\n", bytes);
    exit(1);
  }
  return memory;
}

static const struct operation *operation_called(const char *name) {
  for (int i = 0; i < operation_count; i++)
    if (strcmp(operations[i].name, name) == 0)
      return &operations[i];
  fprintf(stderr, "no operation is called %s\n", name);
  exit(2);
}

/* Makes what is worked on, by way of a file where that takes long: what was
 * loaded is measured in either case. */
static void begin(struct subject *subject, int prepares, const char *path) {
  if (subject->operation->kind == TRAIN ||
      subject->operation->kind == TRANSFORM) {
    prepare(subject);
    return;
  }
  if (prepares) {
    prepare(subject);
    require(vicinal_index_save(subject->handle, path, NULL), "saving");
    require(vicinal_release(subject->handle), "releasing");
  }
  require(
      vicinal_index_load(path, VICINAL_READ_DEFAULT, NULL, &subject->handle),
      "loading");
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "list") == 0) {
    for (int i = 0; i < operation_count; i++)
      puts(operations[i].name);
    return 0;
  }
  int prepares = count == 4 && strcmp(arguments[1], "prepare") == 0;
  if (!prepares && !(count == 4 && strcmp(arguments[1], "measure") == 0)) {
    fputs("gates list | gates prepare OPERATION FILE | gates measure OPERATION "
          "FILE\n",
          stderr);
    return 2;
  }
  if (vicinal_abi_version() != VICINAL_ABI_VERSION) {
    fputs("the library is of another version than the headers\n", stderr);
    return 1;
  }
  require(vicinal_set_threads(1), "setting the threads");
  const struct operation *operation = operation_called(arguments[2]);
  float *vectors = clustered(operation->rows + operation->queries);
  size_t results = (size_t)operation->queries * K;
  struct subject subject = {
      operation, vectors, vectors + operation->rows * DIMENSION, 0, NULL, NULL};
  subject.distances = room(results * sizeof *subject.distances);
  subject.ids = room(results * sizeof *subject.ids);

  begin(&subject, prepares, arguments[3]);
  make_ready(&subject);
  require(measured_operation(&subject), operation->name);
  printf("kernels %s\n", vicinal_instruction_set());
  if (prepares) {
    find_after(&subject);
    printf("recall %.6f\n", recall(&subject));
  }
  return 0;
}
